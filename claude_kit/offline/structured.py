"""Shall the answer be JSON of a schema? What ``output_config.format`` asks for, and what the API wants of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from claude_kit.offline.refusals import Refusal

__all__ = ["schema"]

_PLACE: Final = "output_config.format"
_OPEN: Final = f"{_PLACE}.schema: For 'object' type, 'additionalProperties' must be explicitly set to false"
_CITING: Final = f"{_PLACE}: citations cannot be enabled on documents when an output format is set"


def schema(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the schema that the answer has to fit; None where it is free.

    Raises
    ------
    Refusal
        If it is none that the API takes, or a document of the request is to be cited.
    """
    config = body.get("output_config")
    form = config.get("format") if isinstance(config, Mapping) else None
    if form is None:
        return None
    if not isinstance(form, Mapping) or form.get("type") != "json_schema":
        raise Refusal(400, f"{_PLACE}.type: Input should be 'json_schema'")
    bound = form.get("schema")
    if not isinstance(bound, Mapping):
        raise Refusal(400, f"{_PLACE}.schema: Field required")
    if any(one.get("type") == "object" and one.get("additionalProperties") is not False for one in _parts(bound)):
        raise Refusal(400, _OPEN)
    if any(_is_cited(block) for message in body["messages"] for block in _listed(message["content"])):
        raise Refusal(400, _CITING)
    return bound


def _parts(found: object) -> Iterator[Mapping[str, Any]]:
    """Yield a schema, and every schema inside it."""
    if isinstance(found, Mapping):
        yield found
        for name, held in found.items():
            # What is under these are values, not schemas.
            if name not in ("const", "default", "enum", "examples"):
                yield from _parts(held)
    elif isinstance(found, list):
        for held in found:
            yield from _parts(held)


def _listed(content: object) -> Iterable[Mapping[str, Any]]:
    return [one for one in content if isinstance(one, Mapping)] if isinstance(content, list) else []


def _is_cited(block: Mapping[str, Any]) -> bool:
    citations = block.get("citations")
    return block.get("type") == "document" and isinstance(citations, Mapping) and bool(citations.get("enabled"))
