"""What of a request is kept and compared? All that the answer depends on, and of files only their hash.

Not compared, because the answer is the same: the order of fields, ``cache_control`` marks (they change the price alone,
and a later version of the kit may set them elsewhere), who is said to be asking (``metadata``, ``user``), headers (they
hold keys, and are not kept), whether ``stream`` is said to be false or not said, and whether a text stands alone or in
a block of its own. All else counts: the model, ``max_tokens``, thinking, tools, every word and every file.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl

from claude_kit.client.cassettes.exchange import Asked
from claude_kit.client.cassettes.scrubbing import REMOVED, Scrubber, is_secret, is_secret_parameter
from claude_kit.wire.body import decoded

__all__ = ["asked", "question"]

# Shorter ones are ids and the like; an image of a few pixels is longer.
_LEAST_BASE64: Final = 100
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_=\r\n-]+")
_DATA_URL: Final = re.compile(r"data:[^,]{0,200};base64,")

# Texts are texts, even where they are one long word.
_TEXTS: Final = ("text", "thinking", "content", "system")

# Who asks is nobody's business, and changes no answer.
_PERSONAL: Final = ("metadata", "user")


def asked(method: str, path: str, query: str, body: bytes, scrubber: Scrubber) -> Asked:
    """Return what is kept of a request.

    Parameters
    ----------
    method, path : str
        The path is what follows the base address.
    query : str
        What stands behind the question mark.
    body : bytes
    scrubber : Scrubber
        Takes out the keys that it knows.

    Examples
    --------
    >>> body = b'{"stream": false, "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]}'
    >>> asked("POST", "/messages", "", body, Scrubber()).body
    {'messages': [{'role': 'user', 'content': 'Hi'}]}
    """
    pairs = sorted(
        (name, REMOVED if is_secret_parameter(name) else scrubber.text(value))
        for name, value in parse_qsl(query, keep_blank_values=True)
    )
    return Asked(method, scrubber.text(path), tuple(pairs), _body(body, scrubber))


def question(of: Asked) -> str:
    """Return the last words of the person who asks; where there are none, what kind of request it is.

    Examples
    --------
    >>> question(Asked("POST", "/messages", body={"messages": [{"role": "user", "content": "Why?"}]}))
    'Why?'
    >>> question(Asked("GET", "/models"))
    'GET /models'
    """
    messages = of.body.get("messages") if isinstance(of.body, dict) else None
    for message in reversed(messages if isinstance(messages, list) else []):
        if isinstance(message, dict) and message.get("role") == "user" and (text := _last_text(message.get("content"))):
            return text
    return of.target


def _last_text(content: Any) -> str:
    if isinstance(content, str):
        return content
    blocks = content if isinstance(content, list) else []
    texts = [str(block["text"]) for block in blocks if isinstance(block, dict) and block.get("text")]
    return texts[-1] if texts else ""


def _body(body: bytes, scrubber: Scrubber) -> Any:
    if not body:
        return None
    try:
        whole = json.loads(body)
    except ValueError:
        return _digest(body)
    if isinstance(whole, dict) and isinstance(whole.get("requests"), list):
        whole["requests"] = [_of_batch(each) for each in whole["requests"]]
    told, known = _impersonal(whole), scrubber.count
    kept = _kept(told, scrubber)
    # What one part of it lets out to be a key, as an address does, may stand in another that came before.
    return kept if scrubber.count == known else _kept(told, scrubber)


def _of_batch(request: Any) -> Any:
    return {name: _impersonal(value) for name, value in request.items()} if isinstance(request, dict) else request


def _impersonal(request: Any) -> Any:
    if not isinstance(request, dict):
        return request
    kept = {name: value for name, value in request.items() if name not in _PERSONAL}
    return {name: value for name, value in kept.items() if name != "stream" or value}


def _kept(value: Any, scrubber: Scrubber, name: str = "") -> Any:
    if isinstance(value, str):
        return _string(value, scrubber, name)
    if isinstance(value, Mapping):
        return {key: _kept(each, scrubber, key) for key, each in value.items() if not _is_mark(key, each)}
    if isinstance(value, Sequence):
        items = [_kept(each, scrubber) for each in value]
        only = items[0] if len(items) == 1 else None
        if isinstance(only, dict) and only.keys() == {"type", "text"} and only["type"] == "text":
            return only["text"]
        return items
    return value


def _string(value: str, scrubber: Scrubber, name: str) -> str:
    if name and is_secret(name):
        return scrubber.field(value)
    if len(value) >= _LEAST_BASE64 and name not in _TEXTS and (kept := _file(value)):
        return kept
    return scrubber.text(value)


def _is_mark(name: str, value: Any) -> bool:
    return name == "cache_control" and (value is None or (isinstance(value, dict) and value.get("type") == "ephemeral"))


def _file(value: str) -> str | None:
    """Return what stands for a file's base64; None where it is none."""
    url = _DATA_URL.match(value)
    before = url[0] if url else ""
    payload = value[len(before) :]
    if not _BASE64.fullmatch(payload):
        return None
    try:
        return before + _digest(decoded(payload))
    except ValueError:  # of the kind that addresses are made of, or cut off
        return before + _digest(payload.encode())


def _digest(data: bytes) -> str:
    return f"<sha256 {hashlib.sha256(data).hexdigest()}, {len(data)} bytes>"
