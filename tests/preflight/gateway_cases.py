"""Requests through Portkey's gateway: one that each rule is for, and the nearest one that it is not for."""

from typing import Any

from claude_kit.content import Pdf
from claude_kit.preflight.request import Request
from tests.content import making
from tests.preflight.asking import (
    PNG,
    asking,
    base64_block,
    by_url,
    chat,
    file_part,
    image_part,
    marked,
    picture,
    request,
    verbatim,
)

ASKED = {"role": "user", "content": "Hi"}
PROMPT = {"role": "system", "content": "Be brief."}
MARK = {"cache_control": {"type": "ephemeral"}}
HOUR = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
CALL = {"type": "tool_use", "id": "t1", "name": "f", "input": {}}
THOUGHT = {"type": "thinking", "thinking": "Hm.", "signature": "s"}
SCHEMA = {"type": "object", "properties": {"a": {"type": "string", "minLength": 1}}, "required": ["a"], "title": "F"}
TOOL = {"name": "f", "description": "d", "input_schema": SCHEMA, **MARK}
FUNCTION = {"type": "function", "function": {"name": "f", "description": "d", "parameters": SCHEMA}}
SEARCH = {"type": "web_search_20250305", "name": "web_search", "max_uses": 2}
FOUND = {"type": "search_result", "source": "s", "title": "t", "content": [{"type": "text", "text": "w"}]}


def result(*content: object, **fields: Any) -> dict[str, Any]:
    """The result of a tool, as the Messages API takes it."""
    return {"type": "tool_result", "tool_use_id": "t1", "content": list(content) or "42", **fields}


def told(role: str, *content: object, **fields: Any) -> Request:
    """A chat completion written by hand, with a message of this role."""
    messages = [{"role": "system", "content": "Be brief."}, {"role": role, "content": list(content), **fields}]
    return request(messages=messages, via="portkey")


def by_hand(tools=None, max_tokens=None, **options: Any) -> Request:
    """A chat completion written by hand, with fields."""
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
    return request(messages=messages, via="portkey", tools=tools, max_tokens=max_tokens, options=options)


FORMS = [
    (
        "portkey.file-data-url",
        lambda: verbatim(file_part(prefix="data:application/pdf;base64,")),
        lambda: verbatim(file_part()),
        "error",
    ),
    (
        "portkey.file-data-url",
        lambda: verbatim({"type": "file", "file": {"mime_type": "text/markdown", "file_data": "# Hi"}}),
        lambda: verbatim({"type": "file", "file": {"mime_type": "text/plain", "file_data": "# Hi"}}),
        "error",
    ),
    (
        "portkey.bare-image-url",
        lambda: verbatim({"type": "image_url", "image_url": image_part()["image_url"]["url"]}),
        lambda: verbatim(image_part()),
        "error",
    ),
    (
        "portkey.bare-image-url",
        lambda: verbatim(image_part(image_part()["image_url"]["url"].replace(";", ";charset=utf-8;"))),
        lambda: verbatim(image_part("https://example.com/a.png")),
        "error",
    ),
    (
        "portkey.bare-image-url",
        lambda: verbatim(image_part(image_part()["image_url"]["url"].replace("data:", "DATA:"))),
        lambda: chat(picture()),
        "error",
    ),
    ("portkey.untranslated", lambda: told("tool", image_part()), lambda: told("user", image_part()), "error"),
    (
        "portkey.untranslated",
        lambda: told("assistant", image_part()),
        lambda: told("assistant", {"type": "text", "text": "Hi"}),
        "error",
    ),
    (
        "portkey.untranslated",
        lambda: chat(result(image_part())),
        lambda: chat(result(base64_block("image", "image/png", PNG))),
        "error",
    ),
]

CONTENT = [
    (
        "portkey.content-dropped",
        lambda: verbatim(base64_block("image", "image/png", PNG)),
        lambda: chat(base64_block("image", "image/png", PNG)),
        "error",
    ),
    (
        "portkey.content-dropped",
        lambda: verbatim({"type": "file", "file": {"file_id": "file_1"}}),
        lambda: verbatim({"type": "file", "file": {"file_url": "https://example.com/a.pdf"}}),
        "error",
    ),
    ("portkey.content-dropped", lambda: verbatim(result()), lambda: chat(result()), "error"),
    ("portkey.content-dropped", lambda: chat(FOUND), lambda: chat(result(FOUND)), "error"),
    (
        "portkey.content-dropped",
        lambda: chat({"type": "document", "source": {"type": "file", "file_id": "file_1"}}),
        lambda: chat(by_url("document")),
        "error",
    ),
    (
        "portkey.content-dropped",
        lambda: chat({"type": "document", "source": {"type": "content", "content": [{"type": "text", "text": "a"}]}}),
        lambda: chat({"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "a"}}),
        "error",
    ),
    (
        "portkey.content-dropped",
        lambda: chat({"type": "container_upload", "file_id": "file_1"}),
        lambda: request({"type": "container_upload", "file_id": "file_1"}, via="portkey"),
        "error",
    ),
    (
        "portkey.content-lost",
        lambda: chat(Pdf(making.pdf(), title="T")),
        lambda: chat(Pdf(making.pdf())),
        "warning",
    ),
    (
        "portkey.content-lost",
        lambda: chat(base64_block("document", "application/pdf", making.pdf(), citations={"enabled": True})),
        lambda: chat(base64_block("document", "application/pdf", making.pdf(), citations={"enabled": False})),
        "warning",
    ),
    (
        "portkey.content-lost",
        lambda: chat({**by_url("document"), "context": "From 2019."}),
        lambda: request({**by_url("document"), "context": "From 2019."}, via="portkey"),
        "warning",
    ),
    (
        "portkey.content-lost",
        lambda: chat({"type": "document", "source": {"type": "text", "data": "a"}, "title": "T", "context": "C"}),
        lambda: chat({"type": "document", "source": {"type": "text", "data": "a"}, "title": "T"}),
        "warning",
    ),
    (
        "portkey.content-lost",
        lambda: chat({**by_url(), "transformations": {"oversized_image": "error"}}),
        lambda: chat(by_url()),
        "warning",
    ),
    ("portkey.content-lost", lambda: chat(result(is_error=True)), lambda: chat(result(is_error=False)), "warning"),
    (
        "portkey.content-lost",
        lambda: chat({**CALL, "caller": {"type": "code_execution_20260120"}}, role="assistant"),
        lambda: chat(CALL, role="assistant"),
        "warning",
    ),
    (
        "portkey.order-lost",
        lambda: chat(THOUGHT, CALL, THOUGHT, role="assistant"),
        lambda: chat(THOUGHT, {"type": "text", "text": "So."}, CALL, CALL, role="assistant"),
        "warning",
    ),
    (
        "portkey.order-lost",
        lambda: chat(CALL, {"type": "text", "text": "So."}, role="assistant"),
        lambda: request(messages=[{"role": "assistant", "content": [CALL, THOUGHT]}], via="portkey"),
        "warning",
    ),
    (
        "portkey.system-moved",
        lambda: request(messages=[ASKED, PROMPT, ASKED], via="portkey"),
        lambda: request(messages=[PROMPT, ASKED, ASKED], via="portkey"),
        "warning",
    ),
]

CACHES = [
    (
        "portkey.cache-lost",
        lambda: verbatim(file_part(**MARK)),
        lambda: verbatim(image_part(**MARK)),
        "warning",
    ),
    (
        "portkey.cache-lost",
        lambda: verbatim(image_part("https://example.com/a.png", **MARK)),
        lambda: verbatim(image_part("https://example.com/a.png")),
        "warning",
    ),
    (
        "portkey.cache-lost",
        lambda: chat({**by_url("document"), **MARK}),
        lambda: chat(base64_block("document", "application/pdf", making.pdf(), **MARK)),
        "warning",
    ),
    (
        "portkey.cache-lost",
        lambda: chat(by_url(), cache="5m"),
        lambda: chat(by_url(), "What is this?", cache="5m"),
        "warning",
    ),
    (
        "portkey.cache-lost",
        lambda: chat({**CALL, **MARK}, role="assistant"),
        lambda: chat(result(**MARK)),
        "warning",
    ),
    ("portkey.ttl-lost", lambda: chat(marked(ttl="1h")), lambda: chat(marked(ttl="5m")), "warning"),
    ("portkey.ttl-lost", lambda: chat("Hi", cache="1h"), lambda: chat("Hi", cache="5m"), "warning"),
    ("portkey.ttl-lost", lambda: chat(marked(ttl="1h")), lambda: chat(marked(ttl="1h"), role="assistant"), "warning"),
    ("portkey.ttl-lost", lambda: chat(result(), "Hi", cache="1h"), lambda: chat(result(), cache="1h"), "warning"),
    ("portkey.ttl-lost", lambda: chat(marked(ttl="1h")), lambda: chat(result(**HOUR)), "warning"),
    ("portkey.ttl-lost", lambda: chat("Hi", tools=[{**TOOL, **HOUR}]), lambda: chat("Hi", tools=[TOOL]), "warning"),
    (
        "portkey.ttl-lost",
        lambda: chat("Hi", system=[marked(ttl="1h")]),
        lambda: asking(via="portkey", system=[marked(ttl="1h")]),
        "warning",
    ),
]

FIELDS = [
    (
        "portkey.parameter-dropped",
        lambda: by_hand(stop_sequences=["."]),
        lambda: by_hand(stop=["."], thinking={"type": "adaptive"}, user="ada", top_k=3),
        "warning",
    ),
    (
        "portkey.parameter-dropped",
        lambda: chat("Hi", output_config={"format": {}}),
        lambda: chat("Hi", stop_sequences=["."], metadata={"user_id": "ada"}, tool_choice={"type": "any"}),
        "warning",
    ),
    (
        "portkey.parameter-dropped",
        lambda: chat("Hi", metadata={"user_id": "ada", "team": "a"}),
        lambda: chat("Hi", metadata={"user_id": "ada"}),
        "warning",
    ),
    (
        "portkey.parameter-dropped",
        lambda: chat("Hi", tool_choice={"type": "auto", "disable_parallel_tool_use": True}),
        lambda: asking(via="portkey", tool_choice={"type": "auto", "disable_parallel_tool_use": True}),
        "warning",
    ),
    (
        "portkey.parameter-dropped",
        lambda: asking(via="portkey", effort="low"),
        lambda: asking(via="anthropic", effort="low"),
        "note",
    ),
    (
        "portkey.parameter-dropped",
        lambda: asking(via="portkey", hosted=False, effort="low"),
        lambda: asking(via="portkey", hosted=False, service_tier="auto", container="c", mcp_servers=[]),
        "warning",
    ),
    ("portkey.stop", lambda: by_hand(stop="."), lambda: by_hand(stop=["."]), "error"),
    (
        "portkey.tool-choice",
        lambda: by_hand(tool_choice={"type": "tool", "name": "f"}),
        lambda: by_hand(tool_choice={"type": "function", "function": {"name": "f"}}),
        "error",
    ),
    (
        "portkey.tool-choice",
        lambda: by_hand(tool_choice="any"),
        lambda: chat("Hi", tool_choice={"type": "any"}),
        "error",
    ),
    ("portkey.max-tokens", by_hand, lambda: by_hand(max_tokens=9), "note"),
    ("portkey.max-tokens", by_hand, lambda: by_hand(max_completion_tokens=9), "note"),
    ("portkey.max-tokens", by_hand, lambda: chat("Hi"), "note"),
    ("portkey.tools", lambda: by_hand([TOOL]), lambda: by_hand([FUNCTION]), "error"),
    (
        "portkey.tools",
        lambda: by_hand([SEARCH]),
        lambda: by_hand([{"type": "web_search", "web_search": {"name": "web_search_20250305"}}]),
        "error",
    ),
    (
        "portkey.tools",
        lambda: chat("Hi", tools=[{"type": "mcp_toolset", "mcp_server_name": "m"}]),
        lambda: chat("Hi", tools=[SEARCH, TOOL]),
        "error",
    ),
    (
        "portkey.tools",
        lambda: chat("Hi", tools=[{**TOOL, "strict": True}]),
        lambda: request("Hi", via="portkey", tools=[{**TOOL, "strict": True}]),
        "warning",
    ),
    (
        "portkey.tools",
        lambda: chat("Hi", tools=[{**TOOL, "input_schema": {**SCHEMA, "additionalProperties": False}}]),
        lambda: chat("Hi", tools=[{**TOOL, "input_schema": {**SCHEMA, "$defs": {}}}]),
        "warning",
    ),
    (
        "portkey.tools",
        lambda: by_hand([{"type": "function", "function": {**FUNCTION["function"], "strict": True}}]),
        lambda: by_hand([FUNCTION]),
        "warning",
    ),
]

GATEWAY = [*FORMS, *CONTENT, *CACHES, *FIELDS]
