"""A number of tokens, how sure it is, and how it was got."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

__all__ = ["METHODS", "UNCOUNTED", "Count", "Method"]

Method = Literal["count_tokens", "exact", "measured", "interpolated", "heuristic", "uncounted"]

#: From sure to unsure. ``count_tokens``: Anthropic's own count of the whole, asked for. ``exact``: reproduces recorded
#: bills. ``measured``: a constant from recordings. ``interpolated``: between measured cases. ``heuristic``: a
#: calibrated guess. ``uncounted``: it is billed, but what it holds is not here (a URL, a file id), so it is left out,
#: and counted in the range alone, at its largest.
METHODS: Final[tuple[Method, ...]] = (
    "count_tokens",
    "exact",
    "measured",
    "interpolated",
    "heuristic",
    "uncounted",
)


@dataclass(frozen=True, slots=True)
class Count:
    """A number of tokens.

    Attributes
    ----------
    tokens : int
        The likeliest number.
    low, high : int
        The range the true number is expected in.
    method : {"count_tokens", "exact", "measured", "interpolated", "heuristic", "uncounted"}
        How it was got.
    """

    tokens: int
    low: int
    high: int
    method: Method

    @classmethod
    def exactly(cls, tokens: int) -> Count:
        """A number without a doubt."""
        return cls(tokens, tokens, tokens, "exact")

    def __add__(self, other: Count) -> Count:
        same = self.method == other.method
        method = self.method if same else max(self.method, other.method, key=METHODS.index)
        return Count(self.tokens + other.tokens, self.low + other.low, self.high + other.high, method)


#: What is billed, but cannot be counted from here.
UNCOUNTED: Final = Count(0, 0, 0, "uncounted")
