"""How many tokens a text is.

On Python 3.12 and later `claude_kit.estimate.exact` counts as the API bills: of 155 distinct recorded single-message
requests `ctok` gives 149 to the token. On 3.11, where that cannot be installed, `claude_kit.estimate.heuristic`
estimates, with its range. Either takes about a second for 5 million characters, more than any window holds.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

from claude_kit.estimate import exact
from claude_kit.estimate.count import Count
from claude_kit.estimate.exact import FRAME
from claude_kit.models import Model

__all__ = ["FRAME", "alone", "count", "is_exact"]

# Estimating, checking and asking count the same texts again. They are remembered by their hash, as a text may be long:
# 16,000 are 4 MB.
_REMEMBERED: Final = 16_384
_counts: Final[dict[tuple[bytes, str], Count]] = {}


def count(text: str, model: Model) -> Count:
    """Count the tokens of a text alone, without the frame of the message around it.

    Examples
    --------
    >>> from claude_kit.models import find
    >>> counted = count("How many tokens are these?", find("claude-sonnet-5-5"))
    >>> counted.low <= counted.tokens <= counted.high
    True
    """
    key = blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest(), model.tokenizer
    found = _counts.get(key)
    if found is None:
        found = _count(text, model.tokenizer)
        if len(_counts) >= _REMEMBERED:
            _counts.clear()
        _counts[key] = found
    return found


def alone(text: str, model: Model) -> Count:
    """Count a text that is all of a message: also an empty one, which is a token to `ctok` up to v4.7.

    Examples
    --------
    >>> from claude_kit.models import find
    >>> alone("", find("claude-sonnet-5-5")).tokens
    0
    """
    if text or not exact.is_installed():
        return count(text, model)
    return Count.exactly(exact.count(text, model.tokenizer))


def is_exact() -> bool:
    """Tell whether texts are counted exactly here: whether `ctok` is installed, which needs Python 3.12."""
    return exact.is_installed()


def _count(text: str, tokenizer: exact.Tokenizer) -> Count:
    if not text:
        return Count.exactly(0)
    if exact.is_installed():
        return Count.exactly(exact.count(text, tokenizer))
    from claude_kit.estimate import heuristic  # its patterns take 10 ms to load, in every process of a survey

    guess = heuristic.count(text, "v3" if tokenizer == "v3" else "v4.7")
    return Count(guess.tokens, guess.low, guess.high, "heuristic")
