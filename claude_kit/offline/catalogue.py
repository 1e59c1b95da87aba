"""Which models are there? ``GET /v1/models``, from the same table that the kit itself goes by."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from claude_kit import models
from claude_kit.errors import UnknownModelError
from claude_kit.models import Model
from claude_kit.offline.exchange import Outcome, Request, as_json
from claude_kit.offline.paging import page
from claude_kit.offline.refusals import Refusal

__all__ = ["list_models", "retrieve"]

_EFFORTS: Final = ("low", "medium", "high", "xhigh", "max")
_THINKING: Final = ("adaptive", "enabled", "disabled", "between_tools")
# What the API says of a model whose day is not known.
_UNKNOWN_DAY: Final = date(1970, 1, 1)


def list_models(request: Request) -> Outcome:
    """Answer with a page of the models, newest first; the retired ones only if they are asked for."""
    wanted = request.query.get("lifecycle") or request.query.get("lifecycle[]") or ("active", "deprecated")
    told = [_told(model) for model in models.all_models()]
    return as_json(page([model for model in told if model["lifecycle"] in wanted], request.query))


def retrieve(_: Request, name: str) -> Outcome:
    """Answer with one model, by its id or any other name of it."""
    try:
        return as_json(_told(models.find(name)))
    except UnknownModelError as error:
        raise Refusal(404, f"model: {error}") from None


def _told(model: Model) -> dict[str, Any]:
    return {
        "type": "model",
        "id": model.id,
        "display_name": model.display_name,
        "created_at": _moment(model.released or _UNKNOWN_DAY),
        "lifecycle": _lifecycle(model),
        "deprecated_at": _moment(model.deprecated_on),
        "retires_at": _moment(model.retires_on),
        "line": model.line,
        "max_input_tokens": model.context,
        "max_tokens": model.max_output,
        "capabilities": _capabilities(model),
    }


def _lifecycle(model: Model) -> str:
    if model.is_retired():
        return "retired"
    return "deprecated" if model.status == "deprecated" else "active"


def _capabilities(model: Model) -> dict[str, Any]:
    """Tell what the table knows; of what it does not, that the offline model has it not."""
    efforts = {level: _support(level in model.effort) for level in _EFFORTS}
    thinking = {kind: _support(kind in model.thinking) for kind in _THINKING}
    none = _support(False)
    return {
        "batch": _support(True),
        "citations": _support(model.accepts_images),
        "code_execution": none,
        "context_management": none,
        "effort": {**_support(bool(model.effort)), **efforts},
        "image_input": _support(model.accepts_images),
        "pdf_input": _support(model.accepts_images),
        "server_tools": {**none, "code_execution": none, "web_search": none},
        "structured_outputs": _support(True),
        "thinking": {**_support(model.thinking != ("disabled",)), "types": thinking},
    }


def _support(supported: bool) -> dict[str, bool]:
    return {"supported": supported}


def _moment(day: date | None) -> str | None:
    return f"{day}T00:00:00Z" if day else None
