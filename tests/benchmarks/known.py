"""Requests of one user turn whose input tokens are known: recorded ones with their bill, and ones made here.

Of recorded images their size alone is recorded: a black one stands for each. What is made here has no bill: its text is
what `ctok` says, its images and pages are what the same were billed in recorded requests.
"""

from __future__ import annotations

import importlib
import inspect
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from pydoc_data.topics import topics
from typing import Any

from PIL import Image as pil

import claude_kit as ck
from claude_kit import models
from tests.benchmarks import papers
from tests.content import making

__all__ = ["QUESTION", "Case", "image", "made", "recorded"]

QUESTION = "What are the key findings?"
CONTENT = {"text": "texts", "images": "images", "pdfs": "PDFs"}
NATIVE = ("anthropic-messages", "bedrock-invoke", "count_tokens")

# How ctok calls a model's tokenizer, and what it counts around a message.
TOKENIZERS = {"claude-sonnet-4-5": "3.0", "claude-sonnet-5-5": "4.8"}
FRAMES = {"claude-sonnet-4-5": 7, "claude-sonnet-5-5": 6}

# Pixels -> tokens: one for each 28 by 28, and 3; the largest as it was billed, on either tier.
SMALL = {(64, 64): 12, (640, 480): 417, (1000, 1000): 1299, (1092, 1092): 1524}
IMAGE_TOKENS = {"claude-sonnet-4-5": SMALL | {(1800, 1200): 1539}, "claude-sonnet-5-5": SMALL | {(1800, 1200): 2798}}

# A PDF, as billed: what wraps it, and the image of each page.
PDF_WRAPPER = {"claude-sonnet-4-5": 21, "claude-sonnet-5-5": 25}
LETTER_PAGE = 1553
A4_PAGE = 1573
A4 = (595.3, 841.9)

CHINESE_AND_OTHERS = (
    "本报告总结了过去一年的主要发现。",
    "与去年同期相比，收入增长了百分之十二。",
    "请在提交之前检查所有附件。",
    "この論文では新しい手法を提案する。",
    "結果は表２に示すとおりである。",
    "詳細については付録を参照してください。",
    "이 보고서는 주요 결과를 요약한다.",
    "자세한 내용은 부록을 참고하십시오.",
    "매출은 작년보다 크게 늘었다.",
)


@dataclass(frozen=True)
class Case:
    """One request of one user turn: strings, images and PDFs, in order, and the input tokens it is."""

    content: str
    model: str
    parts: tuple[Any, ...]
    truth: int


def recorded(folder: Path) -> Iterator[Case]:
    """Yield the recorded requests in a folder of ``images.jsonl``, ``pdfs.jsonl`` and ``text.jsonl``."""
    for kind in CONTENT:
        for line in (folder / f"{kind}.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            parts = _parts(row, folder)
            if parts is None or _invented(row):
                continue
            try:
                model = models.find(row["model"].replace("%3A", ":")).id
            except ck.UnknownModelError:  # Claude 2 and before
                continue
            yield Case(CONTENT[kind], model, parts, row["input_tokens_total"])


def _parts(row: dict[str, Any], folder: Path) -> tuple[Any, ...] | None:
    """Return what a recorded request holds; None if that is not recorded, or more than one user turn of content."""
    request = row["request"] or {}
    alone = len(request.get("messages", ())) == 1 and not request.get("tools") and not request.get("system")
    if not alone or row["api"] not in NATIVE:
        return None
    content = request["messages"][0]["content"]
    if isinstance(content, str):
        return (content,)
    if any(_elsewhere(block) for block in content):
        return None
    media = iter(row.get("media") or ())
    return tuple(_part(block, media, folder) for block in content)


def _elsewhere(block: dict[str, Any]) -> bool:
    return block["type"] != "text" and block.get("source", {}).get("type") != "base64"


def _part(block: dict[str, Any], media: Iterator[dict[str, Any]], folder: Path) -> Any:
    if block["type"] == "text":
        return block["text"]
    what = next(media)
    if what["kind"] == "image":
        return image(what["width"], what["height"])
    cited = bool((block.get("citations") or {}).get("enabled"))
    return ck.Pdf((folder / what["file"]).read_bytes(), "document.pdf", block.get("title"), cited)


def _invented(row: dict[str, Any]) -> bool:
    """Tell a bill that speaks of a cache the request never asked for: written by hand for a test."""
    cached = ("cache_creation_input_tokens", "cache_read_input_tokens")
    return any(row["usage"].get(name) for name in cached) and "cache_control" not in json.dumps(row["request"])


def image(width: int, height: int) -> ck.Image:
    """Return a black PNG."""
    return ck.image(pil.new("1", (width, height)), name="image.png")


def made() -> Iterator[Case]:
    """Yield content of every kind, for a model of either tokenizer and image tier; prose is of Python's manual."""
    for model, image_tokens in IMAGE_TOKENS.items():
        for content, written in _texts().items():
            for text in written:
                yield Case(content, model, (text,), _with_frame(text, model))
        asked = _with_frame(QUESTION, model)
        for (width, height), tokens in image_tokens.items():
            yield Case("images", model, (QUESTION, image(width, height)), asked + tokens)
        for pages in (1, 3, 10):
            paper = ck.Pdf(papers.paper(pages, seed=pages), "paper.pdf")
            said = sum(_with_frame(text, model) - _with_frame("", model) for text in paper.page_texts)
            yield Case("PDFs", model, (QUESTION, paper), asked + PDF_WRAPPER[model] + pages * LETTER_PAGE + said)
        scan = ck.Pdf(making.pdf([""] * 5, size=A4), "scan.pdf")
        yield Case("scanned PDFs", model, (QUESTION, scan), asked + PDF_WRAPPER[model] + 5 * A4_PAGE)


def _texts() -> dict[str, list[str]]:
    chance = random.Random(11)
    prose = [topics[name] for name in ("assert", "import", "specialnames")]
    code = [inspect.getsource(importlib.import_module(name)) for name in ("textwrap", "argparse", "json.decoder")]
    rows = [{"id": at, "key": f"{chance.getrandbits(64):x}", "ratio": chance.random()} for at in range(400)]
    chinese = ["".join(chance.choices(CHINESE_AND_OTHERS, k=count)) for count in (2, 20, 200)]
    return {"prose": prose, "code": code, "JSON": [json.dumps(rows[:n]) for n in (4, 40, 400)], "CJK": chinese}


def _with_frame(text: str, model: str) -> int:
    """Return what the tokenizer itself says of a message."""
    import ctok

    return int(ctok.token_count(text, version=TOKENIZERS[model])) if text else FRAMES[model]
