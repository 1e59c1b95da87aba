"""What can go wrong on request: a refusal, an error in mid-stream, a cut, a stall, slowness, garbage.

So that a program's handling of failures can be tried before they happen. A fault is written as words, in a header of
the request or for the whole server: ``status=529; retry-after=1; times=2``.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from itertools import chain, repeat
from typing import Any, Final

from claude_kit.offline.exchange import HangUp, Outcome, Piece, Silence
from claude_kit.offline.refusals import STATUSES, TYPES, Refusal

__all__ = ["HEADER", "Fault", "Faults", "strike"]

#: The header in which a request may ask for its own fault.
HEADER: Final = "x-claude-kit-fault"

# An event that lost its second half on the way.
_GARBAGE: Final = b'event: content_block_delta\ndata: {"type": "content_block_delta", "index": 0, "del\n\n'

_MESSAGES: Final[dict[str, str]] = {
    "rate_limit_error": "This request would exceed your rate limit",
    "api_error": "Internal server error",
    "overloaded_error": "Overloaded",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong with a request; several at once are possible.

    Attributes
    ----------
    status : int, optional
        The request is refused with this HTTP status.
    error : str, optional
        A type such as ``"overloaded_error"``: the stream ends in an error event. An answer that is no stream is
        refused with the status of that type.
    cut : bool
        The connection ends in the middle of an event.
    stall_s : float, optional
        So many seconds of silence, once.
    slow_s : float, optional
        So many seconds before every event.
    garbage : bool
        An event that is no JSON.
    after : int
        How many events come before an error, a cut, a stall or garbage.
    times : int, optional
        How many requests it hits, one after the other. By default every one; of several faults in turn, one each.
    message : str, optional
        What the error says.
    code : str, optional
        The error's ``details.error_code``, such as ``"enforced_spend_limit_reached"``.
    retry_after_s : float, optional
        What the refusal's header ``retry-after`` says.
    should_retry : bool, optional
        What its header ``x-should-retry`` says.

    Examples
    --------
    >>> Fault.parse("status=529; retry-after=1; times=2") == Fault(status=529, retry_after_s=1, times=2)
    True
    """

    status: int | None = None
    error: str | None = None
    cut: bool = False
    stall_s: float | None = None
    slow_s: float | None = None
    garbage: bool = False
    after: int = 0
    times: int | None = None
    message: str | None = None
    code: str | None = None
    retry_after_s: float | None = None
    should_retry: bool | None = None

    def __post_init__(self) -> None:
        if self.status is not None and not 400 <= self.status <= 599:
            raise ValueError(f"status={self.status}: an error's status is 400 to 599")
        if self.error is not None and self.error not in STATUSES:
            raise ValueError(f"error={self.error}: there is {', '.join(STATUSES)}")
        if self.times is not None and self.times < 1:
            raise ValueError(f"times={self.times}: at least 1, or leave it out for every request")
        if any((getattr(self, name) or 0) < 0 for name in ("stall_s", "slow_s", "after", "retry_after_s")):
            raise ValueError("seconds and events are at least 0")
        if not any((self.status, self.error, self.cut, self.stall_s, self.slow_s, self.garbage)):
            raise ValueError("nothing goes wrong: give status, error, cut, stall, slow or garbage")

    @classmethod
    def parse(cls, text: str) -> Fault:
        """Read a fault from its words, which are separated by semicolons.

        Parameters
        ----------
        text : str
            ``status=529``, ``error=overloaded_error``, ``cut``, ``stall=10``, ``slow=0.2``, ``garbage``; with them
            ``after=3``, ``times=2``, ``retry-after=1``, ``should-retry=false``, ``code=…``, ``message=…``.

        Raises
        ------
        ValueError
            For a word that is none of these, or a value that is no such thing.
        """
        given: dict[str, Any] = {}
        for word in filter(None, map(str.strip, text.split(";"))):
            name, said, value = word.partition("=")
            name = name.strip()
            if name not in _WORDS:
                raise ValueError(f"fault {text!r}: {name!r} is no word for it; there is {', '.join(_WORDS)}")
            field, read = _WORDS[name]
            try:
                given[field] = read(value.strip() if said else "true")
            except ValueError:
                raise ValueError(f"fault {text!r}: {word!r} has no value that {name} can have") from None
        try:
            return cls(**given)
        except ValueError as error:
            raise ValueError(f"fault {text!r}: {error}") from None

    def __str__(self) -> str:
        unsaid = {field.name: field.default for field in fields(self)}
        said = {word: getattr(self, name) for word, (name, _) in _WORDS.items() if getattr(self, name) != unsaid[name]}
        return "; ".join(word if value is True else f"{word}={_written(value)}" for word, value in said.items())


def _yes_or_no(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(text)
    return text == "true"


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


_WORDS: Final[dict[str, tuple[str, Callable[[str], Any]]]] = {
    "status": ("status", int),
    "error": ("error", str),
    "cut": ("cut", _yes_or_no),
    "stall": ("stall_s", float),
    "slow": ("slow_s", float),
    "garbage": ("garbage", _yes_or_no),
    "after": ("after", int),
    "times": ("times", int),
    "message": ("message", str),
    "code": ("code", str),
    "retry-after": ("retry_after_s", float),
    "should-retry": ("should_retry", _yes_or_no),
}


class Faults:
    """Whose turn it is: the faults of a server, and of the requests that ask for their own.

    Parameters
    ----------
    given : Fault, str or iterable of them, optional
        One alone is every request's, or the first `times` requests'. Several hit one request each, in their order, or
        `times` of them; None lets one pass, and so it goes on after the last.
    """

    def __init__(self, given: Fault | str | Iterable[Fault | str | None] | None = None) -> None:
        self._lock = threading.Lock()
        self._turns = _turns(given)
        self._asked: dict[str, int] = {}

    def next(self, headers: Mapping[str, str]) -> Fault | None:
        """Return what goes wrong with the request that has these headers.

        A request that asks for a fault ``times=2`` has it twice; the third that asks in the same words has none. So a
        client that tries again with the same headers succeeds in the end.

        Raises
        ------
        ValueError
            If the header asks for what there is not.
        """
        text = headers.get(HEADER)
        with self._lock:
            if text is None:
                return next(self._turns, None)
            fault = Fault.parse(text)
            if fault.times is None:
                return fault
            done = self._asked.get(text, 0)
            self._asked[text] = (done + 1) % (fault.times + 1)
            return fault if done < fault.times else None


def _turns(given: Fault | str | Iterable[Fault | str | None] | None) -> Iterator[Fault | None]:
    if given is None:
        return iter(())
    if isinstance(given, Fault | str):
        fault = _fault(given)
        return repeat(fault) if fault.times is None else repeat(fault, fault.times)
    read = [None if one is None else _fault(one) for one in given]
    return chain.from_iterable(repeat(one, 1 if one is None else one.times or 1) for one in read)


def _fault(given: Fault | str) -> Fault:
    return Fault.parse(given) if isinstance(given, str) else given


def strike(fault: Fault | None, outcome: Outcome, request_id: str) -> Outcome:
    """Let a fault happen to an answer.

    Parameters
    ----------
    fault : Fault or None
    outcome : Outcome
    request_id : str
    """
    if fault is None:
        return outcome
    if fault.status is not None or (fault.error and not outcome.streamed):
        return _refusal(fault).outcome(request_id)
    return replace(outcome, pieces=_disturbed(outcome.pieces, fault, request_id))


def _refusal(fault: Fault) -> Refusal:
    status = fault.status or STATUSES[fault.error or ""]
    kind = fault.error or TYPES.get(status)
    headers = {}
    if fault.retry_after_s is not None:
        headers["retry-after"] = f"{fault.retry_after_s:g}"
    if fault.should_retry is not None:
        headers["x-should-retry"] = str(fault.should_retry).lower()
    message = fault.message or _MESSAGES.get(kind or "", "This failure was asked for")
    details = {"error_code": fault.code} if fault.code else None
    return Refusal(status, message, type=kind, details=details, headers=headers)


def _disturbed(pieces: Iterator[Piece], fault: Fault, request_id: str) -> Iterator[Piece]:
    for number, piece in enumerate(pieces):
        if fault.slow_s:
            yield Silence(fault.slow_s)
        if number == fault.after:
            if fault.stall_s:
                yield Silence(fault.stall_s)
            if fault.garbage:
                yield _GARBAGE
            if fault.error:
                yield f"event: error\ndata: {json.dumps(_refusal(fault).body(request_id))}\n\n".encode()
                return
            if fault.cut:
                if isinstance(piece, bytes):
                    yield piece[: len(piece) // 2]
                yield HangUp()
                return
        yield piece
