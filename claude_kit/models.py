"""Which Claude model is meant, and what does it allow?

The facts are data: ``models.toml`` beside this file, one table a model, each with its source and the day it was
checked (Anthropic's docs, the ``anthropic`` SDK, ``genai-prices``, ``litellm``). This module reads them once, when
first asked, and finds a model by any name that providers give it (`claude_kit.spellings`). A new model is a new table.
What a live registry tells, as ``client.models()`` asks it, goes before the table until Python ends; see `refresh`.

Examples
--------
>>> from claude_kit import models
>>> models.find("us.anthropic.claude-haiku-4-5-20251001-v1:0").max_pdf_pages
100
>>> models.find("@anthropic-prod/claude-sonnet-5-5").thinking
('adaptive', 'between_tools')
>>> models.find("claude-3-opus-latest").replacement
Model('claude-opus-5-5')
"""

from __future__ import annotations

import difflib
import os
import re
import sys
import threading
import tomllib
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from claude_kit.errors import RetiredModelError, UnknownModelError
from claude_kit.spellings import PROVIDERS, Spelling, readings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    default_model: str

__all__ = [
    "PROVIDERS",
    "Model",
    "Spelling",
    "ToolTokens",
    "all_models",
    "default_model",
    "find",
    "refresh",
    "require_active",
    "unknown",
]

Line = Literal["fable", "mythos", "opus", "sonnet", "haiku"]
ImageTier = Literal["none", "standard", "high"]
Tokenizer = Literal["v3", "v4.7", "v4.8"]
Thinking = Literal["adaptive", "enabled", "disabled", "between_tools"]
Effort = Literal["low", "medium", "high", "xhigh", "max"]
Status = Literal["active", "legacy", "deprecated", "retired"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolTokens:
    """The hidden system prompt of a request with tools, in tokens, as documented.

    Attributes
    ----------
    auto, any : int or None
        Under ``tool_choice`` auto or none, and under any or tool.
    """

    auto: int | None = None
    any: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Model:
    """What one Claude model is and allows. ``str(model)`` is its id.

    Attributes
    ----------
    id, display_name : str
        What the Claude API calls it, a pinned snapshot; what people call it, such as ``"Claude Sonnet 5.5"``.
    line : {"fable", "mythos", "opus", "sonnet", "haiku"} or None
        None before Claude 3.
    aliases : tuple of str
        Other names of the very same model.
    released : datetime.date or None
        None where the day is not known (Claude 1).
    context, max_output : int
        Tokens of the context window, input and output together; most tokens in one answer.
    image_tier : {"none", "standard", "high"}
        To what an image is scaled down: 1,568 px and 1,568 tokens, or 2,576 px and 4,784 tokens.
    tokenizer : {"v3", "v4.7", "v4.8"}
        By which text is counted; 4.7 and 4.8 share the vocabulary, not the frame.
    thinking : tuple of {"adaptive", "enabled", "disabled", "between_tools"}
        What ``thinking.type`` may be; ``("disabled",)`` for a model that cannot think.
    thinking_default : {"on", "off", "always"}
        What happens without the parameter; ``"always"`` cannot be turned off.
    thinking_off_max_effort : str or None
        The highest effort at which thinking may be turned off; None: any.
    thinking_display_default : {"summarized", "omitted"} or None
        ``"omitted"`` sends thinking blocks without text; None for a model that cannot think.
    effort : tuple of {"low", "medium", "high", "xhigh", "max"}
        What ``output_config.effort`` may be, lowest first; empty where the parameter is refused.
    default_effort : str or None
        The API's choice; None where there is no effort.
    sampling : bool
        Whether ``temperature``, ``top_p`` and ``top_k`` are accepted. API version 2026-10-21 refuses them always.
    forced_tool_choice : bool
        Whether ``tool_choice`` may be any or tool.
    max_pdf_pages, max_images : int
        Most of them in one request to the Claude API.
    cache_minimum_tokens : int or None
        A shorter prefix is silently not cached; None: the model has no prompt caching.
    prefix_bound, keeps_prior_thinking : bool
        Whether thinking blocks are refused once an earlier part of the conversation was changed; whether thinking
        of earlier turns stays in the context and is billed as input.
    us_inference : bool
        Whether ``inference_geo="us"`` is accepted.
    fast : bool
        Whether ``speed="fast"`` exists, until ``fast_until`` (datetime.date or None); see `offers_fast`.
    status : {"active", "legacy", "deprecated", "retired"}
        In Anthropic's words, on the day of ``checked``.
    deprecated_on, retires_on, not_before : datetime.date or None
        Announcement; day from which requests fail; earliest day of a retirement that is not yet announced.
    replaced_by : str or None
        Id of the recommended next model; `replacement` follows it to the end.
    priced_as : str or None
        The id under which genai-prices knows the price; None: under its own.
    tool_tokens : ToolTokens or None
        Overhead of using tools; None where no source gives it.
    inferred : tuple of str
        The fields above that no source states outright.
    source, checked : str, datetime.date
        Where the row comes from, and when it was compared.
    """

    id: str
    display_name: str
    line: Line | None = None
    aliases: tuple[str, ...] = ()
    released: date | None = None
    context: int
    max_output: int
    image_tier: ImageTier
    tokenizer: Tokenizer
    thinking: tuple[Thinking, ...]
    thinking_default: Literal["on", "off", "always"]
    thinking_off_max_effort: Effort | None = None
    thinking_display_default: Literal["summarized", "omitted"] | None = None
    effort: tuple[Effort, ...]
    default_effort: Effort | None = None
    sampling: bool
    forced_tool_choice: bool
    max_pdf_pages: int
    max_images: int
    cache_minimum_tokens: int | None = None
    prefix_bound: bool
    keeps_prior_thinking: bool
    us_inference: bool
    fast: bool
    fast_until: date | None = None
    status: Status
    deprecated_on: date | None = None
    retires_on: date | None = None
    not_before: date | None = None
    replaced_by: str | None = None
    priced_as: str | None = None
    tool_tokens: ToolTokens | None = None
    inferred: tuple[str, ...] = ()
    source: str
    checked: date

    def __str__(self) -> str:
        return self.id

    def __repr__(self) -> str:
        return f"Model({self.id!r})"

    @property
    def accepts_images(self) -> bool:
        """Whether an image may be sent at all (and with it, the pages of a PDF as images)."""
        return self.image_tier != "none"

    @property
    def replacement(self) -> Model | None:
        """The active model at the end of the recommendations, or None when nothing replaces this one."""
        model = self
        while model.replaced_by:
            model = find(model.replaced_by)
        return None if model is self else model

    def is_retired(self, today: date | None = None) -> bool:
        """Whether requests fail on that day (by default today). They fail on the announced day itself."""
        if self.retires_on is None:
            return self.status == "retired"
        return (today or date.today()) >= self.retires_on

    def retires_within(self, days: int, today: date | None = None) -> bool:
        """Whether it still works on that day (by default today) but is announced to stop within so many days."""
        today = today or date.today()
        if self.retires_on is None or self.is_retired(today):
            return False
        return self.retires_on - today <= timedelta(days=days)

    def offers_fast(self, today: date | None = None) -> bool:
        """Whether ``speed="fast"`` is there on that day (by default today)."""
        return self.fast and (self.fast_until is None or (today or date.today()) < self.fast_until)


def all_models() -> tuple[Model, ...]:
    """Every model of the table, newest first, retired ones too; with the limits that a live registry told."""
    return _registry(_told).models


def refresh(told: Iterable[Model]) -> None:
    """Let what a live registry tells go before the table, until Python ends.

    A model of the table is replaced; one that is not in it can be found from then on, but is none of `all_models`: it
    has no price, and much of it is inferred. May be called from several threads.

    Parameters
    ----------
    told : iterable of Model

    Examples
    --------
    >>> refresh([replace(find("claude-opus-5"), max_output=256_000)])
    >>> find("anthropic/claude-opus-5").max_output
    256000
    >>> refresh([replace(find("claude-opus-5"), max_output=128_000)])
    """
    global _told
    table = {model.id: model for model in _table()}
    with _telling:
        now = {**_told.models, **{model.id: model for model in told}}
        # What says the same as the table is the table's own, so that `is` still tells.
        _told = _Told({id: model for id, model in now.items() if model != table.get(id)})


def find(name: str | Model | None = None) -> Model:
    """Find the model that a name means, however the provider spells it.

    Parameters
    ----------
    name : str, Model or None
        An id or alias, with or without a date, in a spelling of `PROVIDERS`; case and blanks around it do not
        matter. None is the default model: what was assigned to ``claude_kit.default_model``, else
        ``CLAUDE_KIT_MODEL``, else the newest active Sonnet.

    Returns
    -------
    Model
        Also when it is retired; see `require_active`.

    Raises
    ------
    UnknownModelError
        With up to three near misses in ``suggestions``.

    Examples
    --------
    >>> find("claude-haiku-4-5@20251001").id
    'claude-haiku-4-5-20251001'
    """
    if isinstance(name, Model):
        return name
    if name is not None and not isinstance(name, str):
        raise TypeError(f"model={name!r}: give the id of a model, such as {_default()[0]!s}")
    origin = ""
    if name is None:
        name, origin = _default()
        if isinstance(name, Model):
            return name
    model = _resolve(name.strip().lower())
    if model is not None:
        return model
    near = _near_misses(name.strip().lower())
    hint = f" Nearest: {', '.join(near)}." if near else ""
    message = f"{name!r}{origin} is not a known model.{hint} ck.models.all_models() lists those that are."
    raise UnknownModelError(message, model=name, suggestions=near)


def unknown(name: str) -> Model:
    """Return a model that is not in the table, taken to be like the newest active one of its line.

    For names that are newer than the table: whoever uses them has said so by giving a price.

    Examples
    --------
    >>> unknown("claude-haiku-7").max_images == find("claude-haiku-5-5").max_images
    True
    """
    line = next((m.line for m in all_models() if m.line and m.line in name.lower()), None)
    served = [m for m in all_models() if m.status == "active" and m.line == line]
    like = served[0] if served else find(_default()[0])
    guessed = tuple(field.name for field in fields(Model) if field.name not in ("id", "display_name"))
    source = f"taken to be like {like}"
    return replace(like, id=name, display_name=name, aliases=(), replaced_by=None, inferred=guessed, source=source)


def require_active(model: str | Model | None = None, today: date | None = None) -> Model:
    """Find a model and make sure that requests to it do not fail because it is retired.

    Retired here means on Anthropic's own platforms; Bedrock and Google Cloud keep some models longer.

    Raises
    ------
    UnknownModelError
        If there is no such model.
    RetiredModelError
        If it is retired on that day (by default today); the message names the model to use instead.
    """
    found = find(model)
    if not found.is_retired(today):
        return found
    since = f" on {found.retires_on}" if found.retires_on else ""
    advice = f" Use {found.replacement}." if found.replacement else ""
    raise RetiredModelError(f"{found} was retired{since}; requests to it fail.{advice}")


def __getattr__(name: str) -> str:
    # Not a constant: the environment may be set after the import, in the first cell of a notebook.
    if name == "default_model":
        return str(_default()[0])
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _default() -> tuple[str | Model, str]:
    """Name the default model and, for an error message, where it was set."""
    # `ck.default_model = "..."` puts a name into the package and cannot reach this module. Look into the package's
    # dictionary: getattr would run its lazy import, which asks this module again.
    for module in ("claude_kit", __name__):
        assigned = vars(sys.modules[module]).get("default_model") if module in sys.modules else None
        if assigned:
            return assigned, f" (from {module}.default_model)"
    if from_environment := os.environ.get("CLAUDE_KIT_MODEL", "").strip():
        return from_environment, " (from CLAUDE_KIT_MODEL)"
    sonnets = (m for m in all_models() if m.line == "sonnet" and m.status == "active" and m.released)
    return max(sonnets, key=lambda m: m.released or date.min), ""


def _inherit(row: dict[str, Any], groups: dict[str, dict[str, Any]]) -> dict[str, Any]:
    base = _inherit(groups[row["like"]], groups) if "like" in row else {}
    return base | {field: value for field, value in row.items() if field != "like"}


def _model(id: str, row: dict[str, Any]) -> Model:
    # TOML has lists and no null; "" stands for "not here, whatever the group says".
    values: dict[str, Any] = {
        key: tuple(v) if isinstance(v, list) else None if v == "" else v for key, v in row.items()
    }
    if tools := values.get("tool_tokens"):
        values["tool_tokens"] = ToolTokens(**tools)
    return Model(id=id, **values)


@cache
def _table() -> tuple[Model, ...]:
    facts = tomllib.loads(Path(__file__).with_name("models.toml").read_text(encoding="utf-8"))
    return tuple(_model(id, _inherit(row, facts["defaults"])) for id, row in facts["models"].items())


class _Told:
    """What a live registry has told so far, by id; never changed, so that a thread sees all of it or nothing."""

    def __init__(self, models: Mapping[str, Model]) -> None:
        self.models = MappingProxyType(dict(models))


_told = _Told({})
_telling = threading.Lock()


class _Registry(NamedTuple):
    """The models of the table, and all there are by every id and alias, newest first."""

    models: tuple[Model, ...]
    names: Mapping[str, Model]


@lru_cache(maxsize=1)
def _registry(told: _Told) -> _Registry:
    models = tuple(told.models.get(model.id, model) for model in _table())
    found = dict.fromkeys([*models, *told.models.values()])
    return _Registry(models, MappingProxyType({name: model for model in found for name in (model.id, *model.aliases)}))


def _resolve(text: str) -> Model | None:
    names = _registry(_told).names
    # Each reading in turn: claude-2.1 has a dot of its own, anthropic.claude-v2:1 a version.
    return next((names[name] for name in readings(text) if name in names), None)


def _near_misses(text: str) -> tuple[str, ...]:
    """Up to three ids: the very words first, then models with all of them, then what looks alike."""
    wanted = re.sub(r"[^a-z0-9]+", "-", text.rpartition("/")[2][:80]).strip("-").removeprefix("claude").strip("-")
    if not wanted:
        return ()
    names = {name.removeprefix("claude-"): model for name, model in _registry(_told).names.items()}
    words = set(wanted.split("-"))
    exact = [names[wanted].id] if wanted in names else []
    served = [m.id for m in all_models() if not m.is_retired() and words <= set(m.id.split("-"))]
    alike = [names[name].id for name in difflib.get_close_matches(wanted, names, n=9, cutoff=0.6)]
    return tuple(dict.fromkeys([*exact, *served, *alike]))[:3]
