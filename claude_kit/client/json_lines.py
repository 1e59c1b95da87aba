"""How are JSON lines read? As their bytes come, and by line feeds alone.

What httpx calls lines ends at the separators of Unicode too, such as U+2028, which may stand in a text of JSON.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterable, Iterable
from typing import Any

from claude_kit import errors

__all__ = ["JsonLines"]


class JsonLines:
    r"""The values of JSON lines, read as their bytes come.

    Examples
    --------
    >>> JsonLines().read([b'{"a": 1}\n{"b"', b": 2}"])
    [{'a': 1}, {'b': 2}]
    """

    def __init__(self) -> None:
        self._found: list[Any] = []
        self._rest = b""

    def read(self, chunks: Iterable[bytes]) -> list[Any]:
        """Return the values of all lines.

        Raises
        ------
        APIError
            If a line is no JSON, as one is that was cut.
        """
        for chunk in chunks:
            self._feed(chunk)
        return self._close()

    async def aread(self, chunks: AsyncIterable[bytes]) -> list[Any]:
        """Return the values of all lines, as `read` does."""
        async for chunk in chunks:
            self._feed(chunk)
        return self._close()

    def _feed(self, chunk: bytes) -> None:
        *ended, rest = chunk.split(b"\n")
        if ended:
            ended[0] = self._rest + ended[0]
            self._rest = b""
            for line in ended:
                self._take(line)
        self._rest += rest

    def _close(self) -> list[Any]:
        self._take(self._rest)
        return self._found

    def _take(self, line: bytes) -> None:
        if not line.strip():
            return
        try:
            self._found.append(json.loads(line))
        except ValueError:
            number = len(self._found) + 1
            raise errors.APIError(
                f"line {number} of the answer is no JSON", type="invalid_response", advice="Ask for it again."
            ) from None
