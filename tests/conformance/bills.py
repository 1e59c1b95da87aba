"""Recorded requests with what they were billed, and what the kit says of them.

A folder of recordings has ``images.jsonl``, ``pdfs.jsonl`` and ``text.jsonl``, a request a line, and the PDFs under
``files``. Bytes of images are not recorded; a blank image of the same size stands for each. A request that cannot be
counted, since it or its bill is not what was recorded, is left out with the reason.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from PIL import Image as pil

from claude_kit import models
from claude_kit.content import Pdf, image
from claude_kit.errors import ClaudeKitError
from claude_kit.estimate import Line, lines
from tests.conformance import converse

Kind = Literal["images", "pdfs", "text"]

KINDS: Final[tuple[Kind, ...]] = ("images", "pdfs", "text")

#: How near the bill a count has to be, in tokens or in per cent, whichever is more: simple requests, and all others.
SIMPLE: Final[dict[Kind, tuple[int, float]]] = {"images": (3, 0), "pdfs": (0, 1), "text": (1, 1)}
REST: Final[tuple[int, float]] = (0, 3)

#: Recordings that were changed after they were billed.
ALTERED: Final = {"text-1545": "its system prompt of 18,000 tokens was replaced by five words in the recording"}

#: Misses whose cause is known. None of them is counted differently for it.
EXPLAINED: Final = {"text-1550": "Claude 2 has another tokenizer than Claude 3, which is not covered"}

# What stands in a recording where a file's bytes stood.
_FILE_MARK: Final = "$file:"

# Files that some requests gave by URL and others of the same recorded test in base64: the end of the URL, and the file.
_BY_URL: Final = {
    "/chatlas/main/tests/apples.pdf": "files/1a89fa80cbe7fa4c.pdf",
    "pdfobject.com/pdf/sample.pdf": "files/229defbb0cee6f02.pdf",
    "gstatic.com/webp/gallery3/1.png": "files/776130f3e1d2810c.png",
}

# Names of models with a window of their own, as Bedrock sold them.
_WINDOWS: Final = ("-28k", "-48k")


class NotRecorded(Exception):
    """Something of a request or of its bill that the recording does not hold; says what."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A recorded request that cannot be counted, and why."""

    id: str
    kind: Kind
    simple: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Counted:
    """A recorded request: what it was billed, and what the kit says."""

    id: str
    kind: Kind
    simple: bool
    model: str
    billed: int
    lines: tuple[Line, ...]

    @property
    def tokens(self) -> int:
        return sum(line.count.tokens for line in self.lines)

    @property
    def low(self) -> int:
        return sum(line.count.low for line in self.lines)

    @property
    def high(self) -> int:
        return sum(line.count.high for line in self.lines)

    @property
    def error(self) -> int:
        return self.tokens - self.billed

    @property
    def percent(self) -> float:
        return 100 * abs(self.error) / self.billed

    @property
    def in_range(self) -> bool:
        return self.low <= self.billed <= self.high

    @property
    def hit(self) -> bool:
        """Whether it is as near the bill as its kind has to be."""
        return self.within(*(SIMPLE[self.kind] if self.simple else REST))

    def within(self, tokens: int, percent: float) -> bool:
        return abs(self.error) <= tokens or self.percent <= percent


def compared(folder: Path) -> tuple[list[Counted], list[LeftOut]]:
    """Count every recorded request of a folder that can be counted, and say of the others why they cannot."""
    counted, left_out = [], []
    for kind, row in recorded(folder):
        try:
            counted.append(_counted(kind, row, folder))
        except (NotRecorded, ClaudeKitError) as why:
            left_out.append(LeftOut(row["id"], kind, _is_simple(row), str(why)))
    return counted, left_out


def recorded(folder: Path) -> Iterator[tuple[Kind, dict[str, Any]]]:
    """Yield every row of a folder with its kind."""
    for kind in KINDS:
        path = folder / f"{kind}.jsonl"
        if path.is_file():
            for line in path.read_text(encoding="utf-8").splitlines():
                if line.strip():
                    yield kind, json.loads(line)


def _counted(kind: Kind, row: Mapping[str, Any], folder: Path) -> Counted:
    if not (row.get("request") or {}).get("messages"):
        raise NotRecorded("the request itself is not recorded")
    if row["id"] in ALTERED:
        raise NotRecorded(ALTERED[row["id"]])
    if _is_invented(row):
        raise NotRecorded("its bill speaks of a cache that it never asked for: written by hand for a test")
    model = models.find(_model_name(row["model"]))
    request = row["request"]
    if row["api"] == "bedrock-converse":
        if reason := converse.drops_documents(request, model):
            raise NotRecorded(reason)
        request = converse.as_messages(request)
    media = _media(folder)
    messages = [{**message, "content": _restored(message.get("content"), media, folder)} for message in _told(request)]
    options = {name: request.get(name) for name in ("system", "tools", "tool_choice", "thinking", "output_config")}
    found = tuple(lines(messages, model, **options))
    if unseen := [line.label for line in found if line.count.method == "uncounted"]:
        raise NotRecorded(f"{', '.join(unseen)}: cannot be counted from here")
    return Counted(row["id"], kind, _is_simple(row), model.id, row["input_tokens_total"], found)


def _told(request: Mapping[str, Any]) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = request["messages"]
    return messages


def _is_simple(row: Mapping[str, Any]) -> bool:
    """Whether it is one user turn without tools, as it is marked, or where no mark is, as it is."""
    request = row.get("request") or {}
    if row.get("simple") is not None or "messages" not in request:
        return bool(row.get("simple"))
    return len(request["messages"]) == 1 and not request.get("tools") and "toolConfig" not in request


def _is_invented(row: Mapping[str, Any]) -> bool:
    """Whether the bill speaks of a cache that the request never asked for, which no API does."""
    cached = ("cache_creation_input_tokens", "cache_read_input_tokens")
    asked = json.dumps(row["request"])
    return any(row["usage"].get(name) for name in cached) and "cache_control" not in asked and "cachePoint" not in asked


def _model_name(name: str) -> str:
    name = name.replace("%3A", ":")
    for window in _WINDOWS:
        name = name.replace(window, "")
    return name


def _restored(content: Any, media: Mapping[str, Mapping[str, Any]], folder: Path) -> Any:
    """Put images and PDFs back where the recording has a mark in their place."""
    if not isinstance(content, list):
        return content
    return [_block(block, media, folder) for block in content]


def _block(block: Mapping[str, Any], media: Mapping[str, Mapping[str, Any]], folder: Path) -> Any:
    if block.get("type") == "tool_result":
        return {**block, "content": _restored(block.get("content"), media, folder)}
    if block.get("type") not in ("image", "document", "image_url", "file"):
        return block
    source = block.get("source") or {}
    if source.get("type") in ("text", "content"):
        return block
    medium = media.get(_file(block))
    if medium is None:
        where = {"url": "by URL", "file": "by file id"}.get(source.get("type", ""), "in a form of its own")
        raise NotRecorded(f"{str(block['type']).replace('_', ' ')} {where}: what it held is not recorded")
    if medium["kind"] == "image":
        if not (medium.get("width") and medium.get("height")):
            raise NotRecorded("the size of its image is not recorded")
        return _blank(medium["width"], medium["height"])
    path = folder / medium["file"]
    if not path.is_file():
        raise NotRecorded("the bytes of its PDF are not recorded")
    cited = block.get("citations") or {}
    return Pdf(path.read_bytes(), title=block.get("title"), citations=bool(cited.get("enabled")))


def _file(block: Mapping[str, Any]) -> str:
    """Name the recorded file that a block held; empty where it is not known."""
    written = json.dumps(block)
    _, mark, name = written.partition(_FILE_MARK)
    if mark:
        return "files/" + name.partition('"')[0]
    return next((file for end, file in _BY_URL.items() if f'{end}"' in written), "")


@cache
def _media(folder: Path) -> Mapping[str, Mapping[str, Any]]:
    """Return what is recorded of every file: what it is, and an image's size."""
    return {medium["file"]: medium for _, row in recorded(folder) for medium in row.get("media") or ()}


def _blank(width: int, height: int) -> Any:
    buffer = io.BytesIO()
    pil.new("1", (width, height)).save(buffer, "PNG")
    return image(buffer.getvalue())
