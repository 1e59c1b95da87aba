"""What is one request among many? What `Client.send` takes, a message, or a bare question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from claude_kit.content.sources import is_upload

__all__ = ["Request", "as_request", "refuse_single"]

#: The arguments of `Client.send` as a mapping with ``messages``; or one message; or the content of a user's question.
Request = object


def as_request(request: object, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return a request as the arguments of `Client.send`.

    Parameters
    ----------
    request : mapping, str, part, or list of content
        A mapping with ``messages`` is a request, one with ``role`` a message; everything else is what a user asks.
    fields : mapping
        What is the same for all requests, such as ``model``; a request's own fields come first.

    Raises
    ------
    TypeError
        If a mapping is none of those, nor a block of the API.

    Examples
    --------
    >>> as_request("What is 1 + 1?", {"max_tokens": 20})
    {'max_tokens': 20, 'messages': [{'role': 'user', 'content': 'What is 1 + 1?'}]}
    """
    if isinstance(request, Mapping) and "messages" in request:
        return {**fields, **request}
    if isinstance(request, Mapping) and "role" in request:
        return {**fields, "messages": [request]}
    if isinstance(request, Mapping) and "type" not in request and not is_upload(request):
        held = ", ".join(map(repr, request)) or "nothing"
        raise TypeError(f'a request holds {held}, and no "messages": give {{"messages": [...], ...}} or a question')
    return {**fields, "messages": [{"role": "user", "content": request}]}


def refuse_single(requests: object) -> None:
    """Refuse what is one request where several are meant: its letters or fields would be taken for requests.

    Raises
    ------
    TypeError
    """
    single = isinstance(requests, str | bytes) or (isinstance(requests, Mapping) and "messages" in requests)
    if single or not isinstance(requests, Iterable):
        raise TypeError(f"requests is one {type(requests).__name__}: give a list of requests, also of a single one")
