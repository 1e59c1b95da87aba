"""What goes into a batch? Requests under names of their own, as many as one call takes.

Limits: 100,000 requests and 256 MB a batch, names of 1 to 64 letters, digits, hyphens and underscores (Anthropic's API
reference, "Create a Message Batch", 2026-08).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import zip_longest
from typing import Any, Final

from claude_kit import errors
from claude_kit.client.questions import as_request, refuse_single
from claude_kit.render import units
from claude_kit.wire.body import size

__all__ = ["MAX_BYTES", "MAX_REQUESTS", "Encode", "Entry", "entries", "grouped", "named"]

MAX_BYTES: Final = 256_000_000
MAX_REQUESTS: Final = 100_000

#: Checks the arguments of `Client.send` and returns the body that would be sent.
Encode = Callable[[Mapping[str, Any]], Mapping[str, Any]]

#: A request among those of a batch: ``custom_id`` and ``params``.
Entry = dict[str, Any]

_NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")

# {"requests": []}, and ", " after each.
_AROUND_ALL: Final = size({"requests": []})
_AROUND_EACH: Final = 2


def named(
    requests: Iterable[object] | Mapping[str, object], ids: Iterable[str] | None = None
) -> Iterator[tuple[str, object]]:
    """Yield each request with its name: the given one, or ``"r-000001"`` and so on.

    Raises
    ------
    ValueError
        If a name is none that the API takes, or comes twice, or there are not as many names as requests.
    TypeError
        If `requests` is a single one.

    Examples
    --------
    >>> list(named(["What is 1 + 1?", "What is 2 + 2?"]))
    [('r-000001', 'What is 1 + 1?'), ('r-000002', 'What is 2 + 2?')]
    """
    refuse_single(requests)
    seen: set[str] = set()
    for name, request in _pairs(requests, ids):
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            rule = "1 to 64 letters (a to z), digits, hyphens and underscores"
            raise ValueError(f"id {name!r} of request {len(seen) + 1}: the API takes {rule}")
        if name in seen:
            raise ValueError(f"id {name!r} of request {len(seen) + 1}: another request has it; each needs its own")
        seen.add(name)
        yield name, request


def _pairs(
    requests: Iterable[object] | Mapping[str, object], ids: Iterable[str] | None
) -> Iterator[tuple[object, object]]:
    if isinstance(requests, Mapping):
        if ids is not None:
            raise ValueError("the requests are named already, by the keys of their mapping: leave out ids=")
        yield from requests.items()
    elif ids is None:
        yield from ((f"r-{number:06}", request) for number, request in enumerate(requests, start=1))
    else:
        nothing = object()
        for number, (name, request) in enumerate(zip_longest(ids, requests, fillvalue=nothing), start=1):
            if nothing in (name, request):
                missing = "id" if name is nothing else "request"
                raise ValueError(f"there is no {missing} number {number}: give as many ids as requests")
            yield name, request


def entries(given: Iterable[tuple[str, object]], encode: Encode, fields: Mapping[str, Any]) -> Iterator[Entry]:
    """Check and encode each request; an error says in a note which one it is about."""
    for name, request in given:
        try:
            body = encode(as_request(request, fields))
        except Exception as error:
            error.add_note(f"This is request {name!r}.")
            raise
        params = {field: value for field, value in body.items() if field != "stream"}
        if params.get("speed") == "fast":
            raise ValueError(f'request {name!r}: speed="fast" is not offered in batches')
        yield {"custom_id": name, "params": params}


def grouped(
    given: Iterable[Entry], *, max_requests: int = MAX_REQUESTS, max_bytes: int = MAX_BYTES
) -> Iterator[list[Entry]]:
    """Yield as many entries as go into one call, until there are no more.

    Raises
    ------
    RequestTooLargeError
        If one of them alone is too large.

    Examples
    --------
    >>> [len(group) for group in grouped(({"custom_id": str(n), "params": {}} for n in range(5)), max_requests=2)]
    [2, 2, 1]
    """
    group: list[Entry] = []
    total = _AROUND_ALL
    for entry in given:
        its_bytes = size(entry) + _AROUND_EACH
        if its_bytes + _AROUND_ALL > max_bytes:
            raise errors.RequestTooLargeError(
                f"request {entry['custom_id']!r} is {units.size(its_bytes)}, and a whole batch at most "
                f"{units.size(max_bytes)}",
                type="request_too_large",
            )
        if group and (len(group) == max_requests or total + its_bytes > max_bytes):
            yield group
            group, total = [], _AROUND_ALL
        group.append(entry)
        total += its_bytes
    if group:
        yield group
