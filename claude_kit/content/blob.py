"""Bytes and what they are called: what every source is read into, and the most that is ever read."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from claude_kit.errors import ContentError
from claude_kit.render import units

__all__ = ["MAX_BYTES", "Blob", "gathered", "within"]

#: Nothing larger can be sent anyway (500 MB is the Files API's limit; a request takes 32 MB).
MAX_BYTES: Final = 500_000_000


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes and what they are called.

    Attributes
    ----------
    data : bytes
        The whole content.
    name : str or None
        The file's own name, or the one it was given.
    address : str or None
        Where it was downloaded from, without what may be secret.
    """

    data: bytes
    name: str | None
    address: str | None = field(default=None, compare=False)

    @property
    def label(self) -> str:
        """What to call it in a message."""
        return self.name or self.address or "the source"


def gathered(chunks: Iterable[bytes], label: str, max_bytes: int) -> bytes:
    """Put chunks together, up to a limit; a single one is not copied.

    Raises
    ------
    ContentError
        As soon as there are more than `max_bytes`.
    """
    left = iter(chunks)
    whole = next(left, b"")
    within(len(whole), label, max_bytes)
    second = next(left, None)
    if second is None:
        return whole
    received = io.BytesIO()
    received.write(whole)
    del whole
    while second is not None:
        received.write(second)
        within(received.tell(), label, max_bytes)
        second = next(left, None)
    return received.getvalue()


def within(size: int, label: str, max_bytes: int) -> None:
    """Refuse what is larger than the kit reads."""
    if size > max_bytes:
        raise ContentError(f"{label}: larger than {units.size(max_bytes)}, given up")
