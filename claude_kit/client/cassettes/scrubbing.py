"""What must not reach a file that is handed out: keys, wherever they turn up.

The headers of a request are never kept, and of an answer's only those named in `exchange.KEPT_HEADERS`. Here it is
about the rest: a key that is quoted in a question, carried in an address or a body, or repeated by the answer.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

__all__ = ["REMOVED", "Scrubber", "is_secret", "is_secret_parameter"]

#: What stands where something was removed: in an answer as in a request, because the next request repeats the answer.
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

# What begins like a key of Anthropic, OpenAI, GitHub, Slack or Hugging Face is one, wherever it comes from. In letters
# that are the same in text and in bytes, and with a mark in it that base64 does not have.
_LOOKS_LIKE_A_KEY: Final = (
    r"sk-(?:ant|proj)-[A-Za-z0-9_-]{16,}|(?:gh[pousr]|hf)_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}"
    r"|xox[abeprs]-[A-Za-z0-9-]{16,}"
)

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
    [b'[removed]', b'!']
    """

    def __init__(self, headers: Mapping[str, str] | None = None) -> None:
        self._known: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self._pattern_of_bytes: re.Pattern[bytes] | None = None
        self._add(os.environ.get(name, "").strip() for name in _VARIABLES)
        self.learn(headers or {})

    @property
    def count(self) -> int:
        """How many keys it knows."""
        return len(self._known)

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
        """Return an answer without keys, in as many chunks; what stands for a key stands where it began.

        A key may come in pieces: in two chunks, or word by word in the events of a stream.
        """
        whole = b"".join(chunks)
        pieces = [(found.start(1), found[1]) for found in _PIECE.finditer(whole)]
        places = [start + at for start, piece in pieces for at in range(len(piece))]
        told = b"".join(piece for _, piece in pieces)
        # Those in pieces first: of one that is cut, its beginning alone may look like a whole one.
        keys = [places[found.start() : found.end()] for found in self._bytes().finditer(told)]
        keys += [list(range(*found.span())) for found in self._bytes().finditer(whole)]
        begins: set[int] = set()
        gone: set[int] = set()
        for key in keys:
            begins |= set() if key[0] in gone else {key[0]}
            gone.update(key)
        return [_without(chunk, start, begins, gone) for start, chunk in _placed(chunks)] if gone else list(chunks)

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


def _placed(chunks: Sequence[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield chunks, each with where it begins in the whole."""
    start = 0
    for chunk in chunks:
        yield start, chunk
        start += len(chunk)


def _without(chunk: bytes, start: int, begins: Collection[int], gone: Collection[int]) -> bytes:
    """Return a chunk without the bytes of keys, and with what stands for those that begin in it."""
    kept = bytearray()
    for place, byte in enumerate(chunk, start):
        if place in begins:
            kept += REMOVED.encode()
        if place not in gone:
            kept.append(byte)
    return bytes(kept)
