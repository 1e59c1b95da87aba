"""How many tokens a text is.

On Python 3.12 and later `ctok` counts as the API bills: of 155 distinct recorded single-message requests it gives 149
to the token. On 3.11, where it cannot be installed, `claude_kit.estimate.heuristic` estimates, with its range.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any, Final, Literal

from claude_kit.estimate import heuristic
from claude_kit.estimate.count import Count
from claude_kit.models import Model

__all__ = ["FRAME", "count", "is_exact", "whole"]

Tokenizer = Literal["v3", "v4.7", "v4.8"]

# Tokenizer -> the version ctok knows it by; v4.8 is the vocabulary of v4.7 in a smaller frame.
_CTOK_VERSION: Final[dict[str, str]] = {"v3": "3.0", "v4.7": "4.7", "v4.8": "4.8"}

#: Tokenizer -> tokens around a single user message, which `ctok` counts in (n = 142, 3, 13 recorded requests).
FRAME: Final[dict[str, int]] = {"v3": 7, "v4.7": 11, "v4.8": 6}


def count(text: str, model: Model) -> Count:
    """Count the tokens of a text alone, without the frame of the message around it; by samples beyond every window."""
    return whole(text, model) if len(text) <= _COUNTED_WHOLE else _sampled(text, model)


def whole(text: str, model: Model) -> Count:
    """Count the tokens of a text alone, however long that takes."""
    return _count(text, model.tokenizer)


def is_exact() -> bool:
    """Tell whether texts are counted exactly here: whether `ctok` is installed, which needs Python 3.12."""
    return _ctok() is not None


# ctok counts some 300,000 characters a second. A text of more than this is beyond every context window, so that how far
# beyond is told from samples of it, within a tenth.
_COUNTED_WHOLE: Final = 4_000_000
_SAMPLES: Final = 20
_SAMPLE_CHARACTERS: Final = 20_000
_SAMPLED_DOUBT: Final = 0.1


# Estimating, checking and asking count the same texts again; a page of a PDF is some 3 kB.
@lru_cache(maxsize=4096)
def _count(text: str, tokenizer: Tokenizer) -> Count:
    if not text:
        return Count.exactly(0)
    ctok = _ctok()
    if ctok is not None:
        return Count.exactly(ctok.token_count(text, version=_CTOK_VERSION[tokenizer]) - FRAME[tokenizer])
    guess = heuristic.count(text, "v3" if tokenizer == "v3" else "v4.7")
    return Count(guess.tokens, guess.low, guess.high, "heuristic")


def _sampled(text: str, model: Model) -> Count:
    step = len(text) // _SAMPLES
    pieces = [text[at * step : at * step + _SAMPLE_CHARACTERS] for at in range(_SAMPLES)]
    counted = sum(whole(piece, model).tokens for piece in pieces)
    tokens = round(counted * len(text) / sum(map(len, pieces)))
    doubt = round(tokens * _SAMPLED_DOUBT)
    return Count(tokens, tokens - doubt, tokens + doubt, "interpolated")


@cache
def _ctok() -> Any:
    try:
        import ctok
    except ImportError:
        return None
    return ctok
