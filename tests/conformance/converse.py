"""Requests to Amazon Bedrock's Converse, written as the Messages API takes them.

Claude is billed the same for both, but for documents: Converse hands a PDF on as text to models before Claude 4, and
inside a tool's result not at all (three recorded results were billed 45 tokens each, whatever the PDF held).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from claude_kit.models import Model

# Claude 4, the first whose PDFs Converse hands on as pages.
_PAGES_SINCE: Final = date(2025, 5, 22)


def drops_documents(request: Mapping[str, Any], model: Model) -> str | None:
    """Say why the documents of a request are not what Claude was billed for; None where they are."""
    blocks = [block for message in request["messages"] for block in message["content"]]
    results = [block["toolResult"] for block in blocks if "toolResult" in block]
    if any("document" in held for result in results for held in result["content"]):
        return "Converse does not hand on a PDF inside a tool's result"
    if any("document" in block for block in blocks) and (model.released or date.max) < _PAGES_SINCE:
        return "Converse hands a PDF on as text alone to models before Claude 4"
    return None


def as_messages(request: Mapping[str, Any]) -> dict[str, Any]:
    """Write a request in the words of the Messages API."""
    messages = [{"role": said["role"], "content": _blocks(said["content"])} for said in request["messages"]]
    system = [{"type": "text", "text": block["text"]} for block in request.get("system") or () if "text" in block]
    written: dict[str, Any] = {"messages": messages, "system": system or None}
    if tools := request.get("toolConfig"):
        written["tools"] = [_tool(tool["toolSpec"]) for tool in tools["tools"]]
        written["tool_choice"] = next(({"type": kind} for kind in tools.get("toolChoice") or ()), None)
    return written


def _tool(spec: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: spec[name] for name in ("name", "description") if name in spec}
    return {**told, "input_schema": spec["inputSchema"]["json"]}


def _blocks(content: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [_block(*item) for block in content for item in block.items() if item[0] != "cachePoint"]


def _block(kind: str, held: Any) -> dict[str, Any]:
    if kind == "text":
        return {"type": "text", "text": held}
    if kind == "image":
        return {"type": "image", "source": {"type": "base64", "data": held["source"]["bytes"]}}
    if kind == "document":
        source = {"type": "base64", "media_type": "application/pdf", "data": held["source"]["bytes"]}
        return {"type": "document", "title": held["name"], "source": source}
    if kind == "toolUse":
        return {"type": "tool_use", "id": held["toolUseId"], "name": held["name"], "input": held["input"]}
    if kind == "toolResult":
        return {"type": "tool_result", "tool_use_id": held["toolUseId"], "content": _blocks(held["content"])}
    return {"type": kind}
