"""On which terms is a request billed: at the standard price, as a batch, fast, in the US?

What a request asks for (``speed``, ``inference_geo``) and what an answer's usage says come in the API's own words; a
word that is not known here is an error, since the standard price would be a guess.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypedDict

__all__ = ["Terms", "of_request", "of_usage"]

# The words for "as ever": recorded in answers, or accepted in requests.
_STANDARD_SPEED: Final = (None, "", "standard")
_STANDARD_GEO: Final = (None, "", "global", "not_available")
_STANDARD_TIER: Final = (None, "", "standard", "auto", "standard_only")


class Terms(TypedDict):
    """What changes the price of all tokens of a request, as `claude_kit.estimate.prices.price` takes it.

    Attributes
    ----------
    batch : bool
        A Message Batch: half.
    fast : bool
        ``speed="fast"``, on the models that have it.
    us_inference : bool
        ``inference_geo="us"``: a tenth more, from Opus 4.6 on.
    """

    batch: bool
    fast: bool
    us_inference: bool


def of_request(*, batch: bool = False, speed: str | None = None, inference_geo: str | None = None) -> Terms:
    """Return the terms a request asks for.

    Raises
    ------
    ValueError
        If an option is none that has a known price.

    Examples
    --------
    >>> of_request(speed="fast", inference_geo="us")
    {'batch': False, 'fast': True, 'us_inference': True}
    """
    return Terms(
        batch=batch,
        fast=_is("speed", speed, "fast", _STANDARD_SPEED),
        us_inference=_is("inference_geo", inference_geo, "us", _STANDARD_GEO),
    )


def of_usage(usage: Mapping[str, Any]) -> Terms:
    """Return the terms an answer was billed on, as its usage tells.

    Raises
    ------
    ValueError
        If it tells of terms without a known price, such as a priority tier, which is paid by contract.
    """
    return Terms(
        batch=_is("service_tier", usage.get("service_tier"), "batch", _STANDARD_TIER),
        fast=_is("speed", usage.get("speed"), "fast", _STANDARD_SPEED),
        us_inference=_is("inference_geo", usage.get("inference_geo"), "us", _STANDARD_GEO),
    )


def _is(name: str, value: object, special: str, standard: tuple[str | None, ...]) -> bool:
    if value != special and value not in standard:
        known = ", ".join(f'"{word}"' for word in (special, *standard) if word)
        raise ValueError(f"{name}={value!r}: no price is known for that; known are {known}")
    return value == special
