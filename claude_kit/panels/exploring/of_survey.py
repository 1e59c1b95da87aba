"""A what-if about a survey: every file a document, in the tokens that were counted for the survey's model."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from claude_kit.content import Text
from claude_kit.estimate import frames, images
from claude_kit.estimate.count import Count
from claude_kit.estimate.request import lines
from claude_kit.models import Model
from claude_kit.panels.exploring.limits import OF_THE_SIZE
from claude_kit.panels.exploring.subject import Measured, Numbers, Subject, least_sure
from claude_kit.planning import Survey
from claude_kit.planning.questions.caching import ASSUMED_QUESTION
from claude_kit.preflight import Finding
from claude_kit.render import units
from claude_kit.wire.body import base64_bytes

__all__ = ["surveyed"]

# How many times as many tokens the same text is from tokenizer v3 to those from Opus 4.7 on: mostly some 1.3; least and
# most of what was seen (recorded requests, prose and code in several languages).
_NEWER: Final = np.array([1.0, 1.3, 1.47])


def surveyed(survey: Survey, question: str | int | None) -> Subject:
    """Return the files of a survey, each a document; those that could not be counted are left out.

    Parameters
    ----------
    survey : Survey
    question : str, int or None
        By default the one the survey was asked with, else 40 tokens.

    Raises
    ------
    ValueError
        If no file could be counted.
    """
    whole = survey.to_frame()
    known = whole[whole["error"].isna()]
    if known.empty:
        raise ValueError("the survey holds no file that could be counted: there is nothing to explore")
    held = {name: known[name].to_numpy(dtype=np.int64) for name in _HELD}
    kinds = known["kind"].to_numpy()
    faults = _Faults(known)
    frame = frames.conversation(["user"], survey.model).tokens
    around = held["input_tokens"] - held["text_tokens"] - held["image_tokens"]
    asked = int(np.median(around)) - frame
    pages = max(round(float(held["pages"].mean())), 1) if held["pages"].any() else 0

    def measure(model: Model) -> Measured:
        text, image = _for_model(held, kinds, survey.model, model)
        each = _question(question, asked, model)
        has_pages = held["pages"] > 0
        counted = text + image
        paged = np.where(has_pages, counted, 0)
        same = model.tokenizer == survey.model.tokenizer
        method = least_sure(*known["method"].unique(), *(() if same else ("heuristic",)))
        beside = frames.conversation(["user"], model).tokens
        return Measured(counted - paged + beside, paged, each, method)

    left_out = len(whole) - len(known)
    return Subject(
        name=f"the survey's {units.plural(len(known), 'file')}",
        documents=len(known),
        pages=pages,
        page_counts=held["pages"],
        sizes=np.array([base64_bytes(int(size)) for size in held["bytes"]]),
        measure=measure,
        refuse=faults,
        sources=_sources(survey, known, question, asked, left_out),
    )


_HELD: Final = ("pages", "bytes", "text_tokens", "image_tokens", "input_tokens", "low", "high")


class _Faults:
    """Why files of a survey are refused, whatever their number of pages."""

    def __init__(self, known: Any) -> None:
        refused = known[~known["ok"]]
        rules = refused["findings"].str.split(", ").str[0]
        stays = ~rules.isin(OF_THE_SIZE)
        self._files = list(refused["file"][stays])
        self._rules = list(rules[stays])

    def __call__(self, model: Model) -> Finding | None:
        if not self._files:
            return None
        measured = f"{units.plural(len(self._files), 'file')} the API refuses, such as {self._files[0]}"
        return Finding(self._rules[0], "error", self._files[0], measured, "", "Look at the survey's findings.")


def _for_model(held: dict[str, Numbers], kinds: Any, counted: Model, model: Model) -> tuple[Numbers, Numbers]:
    """Return the tokens of all texts and of all else, with their ranges, for another model than was counted for."""
    text, image = held["text_tokens"], held["image_tokens"]
    below, above = held["input_tokens"] - held["low"], held["high"] - held["input_tokens"]
    texts = np.array([text - below, text, text + above])
    seen = np.array([image, image, image])
    if counted.tokenizer != model.tokenizer and "v3" in (counted.tokenizer, model.tokenizer):
        factors = _NEWER if counted.tokenizer == "v3" else 1 / _NEWER[[2, 1, 0]]
        texts = np.rint(texts * factors[:, None]).astype(np.int64)
    most, was = images.unseen(model).high, images.unseen(counted).high  # of one image, by the model's tier
    pictures = kinds == "image"
    if most < was:
        seen = np.where(pictures, np.minimum(seen, most), seen)
    elif most > was:  # what was scaled down may be scaled down less
        seen[2] = np.where(pictures & (image > was * 0.9), most, seen[2])
    return texts, seen


def _question(question: str | int | None, asked: int, model: Model) -> Count:
    if isinstance(question, str):
        one = [{"role": "user", "content": [Text(question)]}]
        return lines(one, model)[0].count
    if question is not None:
        return Count.exactly(question)
    return Count.exactly(asked if asked > 0 else ASSUMED_QUESTION)


def _sources(survey: Survey, known: Any, question: object, asked: int, left_out: int) -> tuple[str, ...]:
    middle, most = (int(known["input_tokens"].quantile(share)) for share in (0.5, 0.95))
    counted = (
        f"Every file of the survey counts as it is, in the tokens of {survey.model}: half of them are below "
        f"{units.count(middle)}, one in twenty is above {units.count(most)}. For models with another tokenizer their "
        "text is taken 1.3 times as long or as short (range 1 to 1.47): ck.survey(…, model) counts it."
    )
    beyond = "Other numbers of pages stretch each file alike; other numbers of documents are taken to be like these."
    missing = f" {units.plural(left_out, 'file')} could not be read and is left out." if left_out == 1 else ""
    missing = f" {units.plural(left_out, 'file')} could not be read and are left out." if left_out > 1 else missing
    if question is not None:
        return counted + missing, beyond, "Every question is as long as the one given."
    if asked > 0:
        return counted + missing, beyond, f"A question is {units.plural(asked, 'token')}, as in the survey."
    assumed = f"A question is {ASSUMED_QUESTION} tokens, an assumption: two sentences. question=… says better."
    return counted + missing, beyond, assumed
