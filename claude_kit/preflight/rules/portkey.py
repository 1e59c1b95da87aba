"""What Portkey's gateway loses or breaks of a chat completion's content, and answers with 200 all the same."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from claude_kit.content import Pdf
from claude_kit.estimate import turns
from claude_kit.preflight.report import Finding
from claude_kit.preflight.request import CHAT_PARTS, Request
from claude_kit.preflight.rules.chat import Block, blocks, is_chat, is_translated, mapping

_DATA_URL: Final = re.compile(r"data:[\w.+-]+/[\w.+-]+;base64")
_NATIVE: Final = 'Use the messages dialect, dialect="messages", which keeps it.'
_TRANSLATE: Final = 'Let ck.encode(..., dialect="chat") write it, or use the messages dialect, dialect="messages".'

# The parts that the gateway knows of a person's turn, and the sources it knows of what the kit writes as such parts.
_CARRIED: Final = ("text", "image_url", "file", "tool_result")
_SOURCES: Final = {"image": ("base64", "url"), "document": ("base64", "url", "text")}

# What a block says beside its content, and no part has a place for.
_BESIDE: Final = ("title", "context", "citations", "transformations")


# ---- parts that look right ------------------------------------------------------------------------------------------


def file_data_url(request: Request) -> Iterator[Finding]:
    """A ``file`` holds base64 alone, or plain text."""
    for block in blocks(request, "file"):
        file = mapping(block.given.get("file"))
        data, kind = file.get("file_data"), str(file.get("mime_type") or "application/pdf")
        if isinstance(data, str) and data[:5].lower() == "data:":
            measured = "file_data is a data: URL, which the gateway passes on as if it were base64"
            fix = "Give what stands after its comma, or let ck.encode(..., dialect='chat') write it."
            yield Finding("portkey.file-data-url", "error", block.where, measured, "", fix)
        elif data and kind.startswith("text/") and kind != "text/plain":
            measured = f"file_data of {kind}, which the gateway passes on as if it were base64"
            fix = 'Give "mime_type": "text/plain".'
            yield Finding("portkey.file-data-url", "error", block.where, measured, "", fix)


def bare_image_url(request: Request) -> Iterator[Finding]:
    """An ``image_url`` is an object whose ``url`` the gateway understands."""
    for block in blocks(request, "image_url"):
        problem = _problem(block.given.get("image_url"))
        if problem:
            fix = 'Give {"image_url": {"url": "data:image/png;base64,..."}}, as ck.encode(..., dialect="chat") does.'
            yield Finding("portkey.bare-image-url", "error", block.where, problem, "", fix)


def _problem(address: object) -> str:
    if not isinstance(address, Mapping):
        return "image_url is a bare string, and the gateway drops it without a word"
    url = str(address.get("url") or "")
    if url[:5].lower() != "data:":
        known = url.startswith(("http://", "https://"))
        return "" if known else "its url is neither an address nor a data: URL, and goes to the API as an address"
    if not url.startswith("data:"):
        return f"its url begins with {url[:5]}, and goes to the API as an address"
    header = url.partition(",")[0]
    if _DATA_URL.fullmatch(header):
        return ""
    return f"its url begins with {header[:60]}, and the gateway drops it without a word"


def untranslated(request: Request) -> Iterator[Finding]:
    """An image or file stands in a person's turn: elsewhere the gateway does not turn it into Anthropic's block."""
    if not is_chat(request):
        return
    for number, message in enumerate(request.messages, start=1):
        for given in message.given or message.content:
            held = turns.inside(given) if isinstance(given, Mapping) else ()
            for part in (given, *held) if message.role in ("assistant", "tool") else held:
                if isinstance(part, Mapping) and part.get("type") in CHAT_PARTS:
                    what = "a tool's result" if held or message.role == "tool" else "an answer"
                    measured = f"a part of type {part['type']!r} in {what}, which goes to the API as it is"
                    fix = "Give Anthropic's own block, as ck.encode(...) writes it."
                    yield Finding("portkey.untranslated", "error", f"message {number}", measured, "", fix)


# ---- what does not arrive -------------------------------------------------------------------------------------------


def content_dropped(request: Request) -> Iterator[Finding]:
    """Every block of a person's turn is of a kind that the gateway carries."""
    for block in blocks(request):
        problem = _dropped(block, is_translated(request)) if block.role == "user" else None
        if problem:
            what, fix = problem
            measured = f"{what}, which does not arrive"
            yield Finding("portkey.content-dropped", "error", block.where, measured, "", fix)


def _dropped(block: Block, translated: bool) -> tuple[str, str] | None:
    """Return what of a block the gateway drops, and what to do; None where it arrives."""
    kind, source = str(block.given.get("type")), turns.source_of(block.given)
    if kind == "tool_result" and not translated:
        fix = 'Give a message of its own: {"role": "tool", "tool_call_id": ..., "content": ...}.'
        return "a tool_result block", fix
    if kind == "file" and not {"file_data", "file_url"} & mapping(block.given.get("file")).keys():
        return "a file id", "Give the file itself: file_data."
    if kind in _SOURCES:
        if not translated:
            return f"Anthropic's own {kind} block", _TRANSLATE
        if source.get("type") not in _SOURCES[kind]:
            return f"a block of type {kind!r} whose source is {source.get('type')!r}", _NATIVE
    elif kind not in _CARRIED:
        return f"a block of type {kind!r}", _NATIVE
    return None


def content_lost(request: Request) -> Iterator[Finding]:
    """Nothing is said of a file or of a tool's result that has no place in a chat completion."""
    for block in blocks(request, *_SOURCES, "tool_result"):
        lost = _lost(block) if is_translated(request) and block.role == "user" else []
        if lost:
            yield _named(block.where, lost, str(block.given["type"]))
    for block in blocks(request, "tool_use"):
        if is_translated(request) and mapping(block.given.get("caller")).get("type") not in (None, "direct"):
            yield _named(block.where, ["caller"], "tool_use")
    for item, given in request.entries if is_chat(request) else ():
        if isinstance(item, Pdf) and item is given:
            lost = [name for name in ("title", "citations") if getattr(item, name)]
            if lost:
                yield _named(item.label, lost, "document")


def _lost(block: Block) -> list[str]:
    if block.given["type"] == "tool_result":
        return ["is_error"] if block.given.get("is_error") else []
    # The name of a file of text is written into its words.
    written = ("title",) if turns.source_of(block.given).get("type") == "text" else ()
    return [name for name in _BESIDE if name not in written and _is_set(block.given.get(name))]


def _is_set(value: object) -> bool:
    # Citations that are switched off are no loss.
    return bool(value.get("enabled", True) if isinstance(value, Mapping) else value)


def _named(where: str, lost: list[str], kind: str) -> Finding:
    fix = "Say in its text that the tool failed, or use dialect='messages'." if kind == "tool_result" else _NATIVE
    said = "call of a tool" if kind == "tool_use" else kind.replace("_", " ")
    measured = f"{' and '.join(lost)} of the {said} would be lost"
    return Finding("portkey.content-lost", "warning", where, measured, "", fix)


def order_lost(request: Request) -> Iterator[Finding]:
    """No block of an answer stands after a call of a tool: the gateway moves all calls to the end."""
    if not is_translated(request):
        return
    for number, message in enumerate(request.messages, start=1):
        kinds = [str(mapping(given).get("type")) for given in message.given or message.content]
        if message.role != "assistant" or "tool_use" not in kinds:
            continue
        late = dict.fromkeys(kind for kind in kinds[kinds.index("tool_use") :] if kind != "tool_use")
        if late:
            measured = f"{' and '.join(late)} after a call of a tool, which would arrive before it"
            fix = f"The API refuses thinking that was moved. {_NATIVE}" if "thinking" in " ".join(late) else _NATIVE
            yield Finding("portkey.order-lost", "warning", f"message {number}", measured, "", fix)


def system_moved(request: Request) -> Iterator[Finding]:
    """No system prompt stands between the turns: the gateway moves all of them to the front."""
    if not is_chat(request):
        return
    begun = False
    for number, message in enumerate(request.messages, start=1):
        prompt = message.role in ("system", "developer")
        if prompt and begun:
            measured = "a system message after the first turn, which would arrive before it"
            yield Finding("portkey.system-moved", "warning", f"message {number}", measured, "", _NATIVE)
        begun = begun or not prompt


# ---- caching --------------------------------------------------------------------------------------------------------


def cache_lost(request: Request) -> Iterator[Finding]:
    """A breakpoint stands where the gateway keeps it."""
    for block in blocks(request):
        what = _unmarkable(block, is_translated(request))
        if what and block.given.get("cache_control"):
            yield _uncached(block.where, f"cache_control on {what}")
    last = list(blocks(request))[-1:] if request.option("cache") and request.messages else []
    for block in last:
        at_the_end = block.given is (request.messages[-1].given or (None,))[-1]
        # The kit writes a file that it is to mark in the form that keeps the mark.
        what = _unmarkable(block, is_translated(request)) if at_the_end and block.given.get("type") != "file" else ""
        if what:
            yield _uncached(block.where, f"cache={request.option('cache')!r}, and the last block is {what}")


def _unmarkable(block: Block, translated: bool) -> str:
    """Return what a block is that loses its breakpoint; empty for one that keeps it."""
    kind, source = block.given.get("type"), turns.source_of(block.given)
    if kind == "file":
        return "a file"
    if kind == "image_url":
        url = str(mapping(block.given.get("image_url")).get("url") or "")
        return "an image given by URL" if url.startswith("http") else ""
    if translated and block.role == "user" and kind in _SOURCES and source.get("type") == "url":
        return f"{'an image' if kind == 'image' else 'a document'} given by URL"
    return "a call of a tool" if translated and kind == "tool_use" else ""


def _uncached(where: str, measured: str) -> Finding:
    fix = (
        "Nothing is cached up to there: give a file as image_url with a data: URL (a PDF too, as data:application/pdf),"
        " or put the breakpoint on the text after it."
    )
    return Finding("portkey.cache-lost", "warning", where, measured, "", fix)


def ttl_lost(request: Request) -> Iterator[Finding]:
    """Nothing asks to be cached for longer than five minutes."""
    if not is_chat(request):
        return
    for where, control in _asked(request):
        if control.get("ttl") not in (None, "5m"):
            fix = "It is cached for 5 minutes. For longer, use the messages dialect, dialect='messages'."
            yield Finding("portkey.ttl-lost", "warning", where, f"cached for {control['ttl']}", "5m", fix)


def _asked(request: Request) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield every breakpoint of which the gateway keeps only that there is one."""
    if request.messages and not _ends_verbatim(request):
        yield "request", {"ttl": request.option("cache")}
    for tool in request.tools or ():
        yield "tools", mapping(mapping(tool).get("cache_control"))
    if request.system and not isinstance(request.system, str):
        for block in request.system:
            yield "system prompt", mapping(mapping(block).get("cache_control"))
    for number, message in enumerate(request.messages, start=1):
        yield f"message {number}", mapping(message.fields.get("cache_control"))
    for each in blocks(request):
        if not _is_verbatim(each):
            yield each.where, mapping(each.given.get("cache_control"))


def _is_verbatim(block: Block) -> bool:
    # Answers, and what the results of tools hold, pass as they are.
    return block.role in ("assistant", "tool") or block.given.get("type") == "tool_result"


def _ends_verbatim(request: Request) -> bool:
    """Tell whether the last block of all, which ``cache`` marks, passes as it is."""
    last = request.messages[-1]
    given = (last.given or last.content or (None,))[-1]
    return isinstance(given, Mapping) and _is_verbatim(Block("", last.role, given))
