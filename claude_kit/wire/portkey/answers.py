"""What the gateway did with a request, as it tells in the headers of the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["Gateway"]

_PREFIX: Final = "x-portkey-"
# What `retry_count` is when the last try failed too.
_EXHAUSTED: Final = -1


@dataclass(frozen=True, slots=True, repr=False)
class Gateway:
    """What became of one request in the gateway.

    Attributes
    ----------
    cache_status : str or None
        Of the gateway's own cache, not of Anthropic's: ``"HIT"``, ``"SEMANTIC HIT"``, ``"MISS"``, ``"SEMANTIC MISS"``,
        ``"REFRESH"`` or ``"DISABLED"``.
    retry_count : int or None
        How often the gateway asked again; -1 if it gave up.
    option_index : str or None
        Which part of the config answered: ``"config"``, or ``"config.targets[1]"`` for the second target.
    trace_id : str or None
        What to look for in Portkey's logs, and to give feedback on; at a gateway of your own only if you gave one.
    provider : str or None
        Who answered.

    Examples
    --------
    >>> Gateway.of({"x-portkey-provider": "anthropic", "x-portkey-last-used-option-index": "config.targets[1]"})
    <Gateway: anthropic, config.targets[1]>
    """

    cache_status: str | None = None
    retry_count: int | None = None
    option_index: str | None = None
    trace_id: str | None = None
    provider: str | None = None

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Gateway | None:
        """Read the headers of an answer; None if no gateway was on the way.

        Parameters
        ----------
        headers : mapping of str to str
            Names in any case.
        """
        told = {name.lower(): value for name, value in headers.items()}
        if not any(name.startswith(_PREFIX) for name in told):
            return None
        # The open-source gateway sends the header of a trace without a value where it was given none.
        return cls(
            told.get("x-portkey-cache-status") or None,
            _number(told.get("x-portkey-retry-attempt-count")),
            told.get("x-portkey-last-used-option-index") or None,
            told.get("x-portkey-trace-id") or None,
            told.get("x-portkey-provider") or None,
        )

    def __repr__(self) -> str:
        said = [self.provider, self.option_index, self._cache(), self._retries(), self.trace_id]
        return f"<Gateway: {', '.join(each for each in said if each) or 'nothing told'}>"

    def _cache(self) -> str:
        return f"cache {self.cache_status}" if self.cache_status not in (None, "DISABLED") else ""

    def _retries(self) -> str:
        if self.retry_count == _EXHAUSTED:
            return "gave up retrying"
        return f"retried {self.retry_count} times" if self.retry_count else ""


def _number(value: str | None) -> int | None:
    try:
        return int(value or "")
    except ValueError:
        return None
