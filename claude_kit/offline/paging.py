"""Which page of a list is asked for? The API's cursors: ``limit``, ``after_id``, ``before_id``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from claude_kit.offline.refusals import Refusal

__all__ = ["page"]

_DEFAULT_LIMIT: Final = 20
_LARGEST_LIMIT: Final = 1000


def page(items: Sequence[Mapping[str, Any]], query: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return one page of a list.

    Parameters
    ----------
    items : sequence of mapping
        All of them, each with an ``id``.
    query : mapping of str to sequence of str

    Raises
    ------
    Refusal
        If the limit is none, or a cursor points nowhere.

    Examples
    --------
    >>> page([{"id": "a"}, {"id": "b"}, {"id": "c"}], {"limit": ["1"], "after_id": ["a"]})
    {'data': [{'id': 'b'}], 'has_more': True, 'first_id': 'b', 'last_id': 'b'}
    """
    limit = _limit(query)
    ids = [item["id"] for item in items]
    if before := query.get("before_id"):
        end = _at(ids, "before_id", before[0])
        start = max(0, end - limit)
        more = start > 0
    else:
        after = query.get("after_id")
        start = _at(ids, "after_id", after[0]) + 1 if after else 0
        end = min(len(items), start + limit)
        more = end < len(items)
    data = list(items[start:end])
    first, last = (data[0]["id"], data[-1]["id"]) if data else (None, None)
    return {"data": data, "has_more": more, "first_id": first, "last_id": last}


def _limit(query: Mapping[str, Sequence[str]]) -> int:
    said = query.get("limit", [str(_DEFAULT_LIMIT)])[0]
    if not said.isdecimal() or not 1 <= int(said) <= _LARGEST_LIMIT:
        raise Refusal(400, f"limit: {said}, but it is a whole number from 1 to {_LARGEST_LIMIT}")
    return int(said)


def _at(ids: Sequence[str], cursor: str, id: str) -> int:
    if id not in ids:
        raise Refusal(400, f"{cursor}: {id} is not in this list")
    return ids.index(id)
