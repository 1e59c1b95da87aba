"""What must not reach a file that is handed out: keys, wherever they turn up.

The headers of a request are never kept, and of an answer's only those named in `exchange.KEPT_HEADERS`. Here it is
about the rest: a key that is quoted in a question, carried in an address or a body, or repeated by the answer.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

__all__ = ["REMOVED", "Scrubber", "is_secret", "is_secret_parameter"]

#: What stands in a request where something was removed.
REMOVED: Final = "[removed]"

_SCHEMES: Final = ("bearer", "basic")
_VARIABLES: Final = ("ANTHROPIC_API_KEY", "PORTKEY_API_KEY")

# Headers of a request that let one in; a config may hold the keys of providers.
_LETS_IN: Final = re.compile(r"key|token|secret|authorization|password|credential|cookie|service-account|config")
# Headers of an answer that tell who asked, and may be repeated in what an error says.
_TELLS_WHO: Final = ("anthropic-organization-id", "anthropic-workspace-id", "cf-ray")
# Fields of that kind, such as the `authorization_token` of an MCP server. A bare "key" is anything, and a "signature"
# that of thinking.
_SECRET_FIELD: Final = re.compile(
    r"(?i)authorization|cookie|password|secret|apikey|[\w-]+[-_](?:key|token|secret|password)|(?:api|access)(?:Key|Token)"
)
_SECRET_PARAMETER: Final = re.compile(
    r"(?i)([?&](?:[\w.-]*[-_.])?(?:api|access)?(?:key|keyid|token|secret|signature|sig|password|credential|auth)=)"
    r"([^&\s\"'<>#\\)]+)"
)

# What looks like a key of Anthropic's is one, wherever it comes from.
_LOOKS_LIKE_A_KEY: Final = r"sk-ant-[\w-]{16,}"

# Shorter ones would be found in the middle of words.
_LEAST_LENGTH: Final = 8
# What is found by the name of its field alone is taken for a key everywhere only if it looks like nothing else.
_LONG: Final = 16

# The pieces of text in the events of a stream, in either dialect.
_PIECE: Final = re.compile(
    rb'"(?:text|thinking|partial_json|content|reasoning_content|arguments)" ?: ?"((?:[^"\\]|\\.)*)"'
)


def is_secret(name: str) -> bool:
    """Tell by its name whether a field of a request lets one in.

    Examples
    --------
    >>> is_secret("authorization_token"), is_secret("max_tokens"), is_secret("signature")
    (True, False, False)
    """
    return bool(_SECRET_FIELD.fullmatch(name))


def is_secret_parameter(name: str) -> bool:
    """Tell by its name whether a parameter of an address lets one in.

    Examples
    --------
    >>> is_secret_parameter("X-Amz-Signature"), is_secret_parameter("key"), is_secret_parameter("keyword")
    (True, True, False)
    """
    return bool(_SECRET_PARAMETER.match(f"?{name}=x"))


class Scrubber:
    """Knows the keys of one recording, and takes them out.

    Examples
    --------
    >>> scrubber = Scrubber({"x-api-key": "sk-secret-12345"})
    >>> scrubber.text("My key is sk-secret-12345.")
    'My key is [removed].'
    >>> scrubber.chunks([b"sk-sec", b"ret-12345!"])
    [b'******', b'*********!']
    """

    def __init__(self, headers: Mapping[str, str] | None = None) -> None:
        self._known: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self._pattern_of_bytes: re.Pattern[bytes] | None = None
        self._add(os.environ.get(name, "").strip() for name in _VARIABLES)
        self.learn(headers or {})

    def learn(self, headers: Mapping[str, str]) -> None:
        """Take note of the keys in a request's headers."""
        for name, value in headers.items():
            if _LETS_IN.search(name.lower().removeprefix("x-portkey-")):
                self._add(_within(value))

    def learn_from_answer(self, headers: Mapping[str, str]) -> None:
        """Take note of what an answer's headers tell of whoever asked."""
        self._add(headers[name] for name in _TELLS_WHO if name in headers)
        # Of a cookie that is set the first pair is its value, the rest is for how long and where.
        self._add(_within(headers.get("set-cookie", "").partition(";")[0]))

    def text(self, text: str) -> str:
        """Return a text of a request without keys."""
        if "=" in text:
            self._add(value for _, value in _SECRET_PARAMETER.findall(text) if len(value) >= _LONG)
            text = _SECRET_PARAMETER.sub(rf"\1{REMOVED}", text)
        return self._texts().sub(REMOVED, text)

    def field(self, value: str) -> str:
        """Return what stands in a request for the value of a field whose name says that it lets one in."""
        if len(value) >= _LONG:
            self._add([value])
        return REMOVED

    def chunks(self, chunks: Sequence[bytes]) -> list[bytes]:
        """Return an answer without keys, byte for byte as long as it was, in the same chunks.

        A key may come in pieces: in two chunks, or word by word in the events of a stream.
        """
        whole = bytearray(b"".join(chunks))
        pattern = self._bytes()
        for found in list(pattern.finditer(whole)):
            whole[found.start() : found.end()] = b"*" * (found.end() - found.start())
        pieces = [(found.start(1), found[1]) for found in _PIECE.finditer(whole)]
        places = [start + at for start, piece in pieces for at in range(len(piece))]
        for found in pattern.finditer(b"".join(piece for _, piece in pieces)):
            for at in places[found.start() : found.end()]:
                whole[at] = ord("*")
        return list(_cut(bytes(whole), chunks))

    def _add(self, values: Iterable[str]) -> None:
        new = {value for value in values if _is_a_key(value)} - self._known
        if new:
            self._known |= new
            self._pattern = self._pattern_of_bytes = None

    def _texts(self) -> re.Pattern[str]:
        if self._pattern is None:
            longest_first = sorted(self._known, key=len, reverse=True)
            self._pattern = re.compile("|".join([*map(re.escape, longest_first), _LOOKS_LIKE_A_KEY]))
        return self._pattern

    def _bytes(self) -> re.Pattern[bytes]:
        if self._pattern_of_bytes is None:
            self._pattern_of_bytes = re.compile(self._texts().pattern.encode())
        return self._pattern_of_bytes


def _is_a_key(value: str) -> bool:
    """Tell whether a value is worth looking for: a short one, or a word, would be found where it is none."""
    if value == REMOVED or len(value) < _LEAST_LENGTH:
        return False
    return len(value) >= _LONG or not value.isalpha()


def _within(header: str) -> Iterator[str]:
    """Yield what lets one in of a header's value: behind ``Bearer``, in JSON, in cookies."""
    try:
        told = json.loads(header)
    except ValueError:
        told = None
    if isinstance(told, dict | list):
        yield from _in_json(told)
        return
    yield header.strip()
    scheme, _, key = header.strip().partition(" ")
    if scheme.lower() in _SCHEMES:
        yield key.strip()
    yield from (pair.partition("=")[2].strip() for pair in header.split(";") if "=" in pair)


def _in_json(told: Any) -> Iterator[str]:
    if isinstance(told, list):
        for each in told:
            yield from _in_json(each)
    elif isinstance(told, dict):
        for name, value in told.items():
            if isinstance(value, str) and _LETS_IN.search(name.lower()):
                yield value
            yield from _in_json(value)


def _cut(whole: bytes, like: Sequence[bytes]) -> Iterator[bytes]:
    """Cut bytes as others are cut."""
    start = 0
    for chunk in like:
        yield whole[start : start + len(chunk)]
        start += len(chunk)
