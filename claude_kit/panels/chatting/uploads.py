"""How does a file get from the page into the kernel? In chunks, each confirmed before the next but one is sent.

A message larger than the notebook server takes (10 MiB, Tornado's ``websocket_max_message_size``) ends the connection
to the kernel without a word, and a page that sends all at once cannot tell how far it is.

They may arrive in another order than they were sent: a kernel with subshells reads messages in several threads.
"""

from __future__ import annotations

from typing import Any, Final

from claude_kit.errors import ContentError
from claude_kit.render import units

__all__ = ["CHUNK_BYTES", "MOST_BYTES", "Upload"]

#: Bytes in one message, a tenth of what the server takes.
CHUNK_BYTES: Final = 1_000_000

#: Largest file that a panel takes. One request holds 32 MB; what is larger is cut up in code.
MOST_BYTES: Final = 100_000_000


class Upload:
    """A file that is on its way.

    Parameters
    ----------
    name : str
    size : int
        Bytes that will come.

    Raises
    ------
    ContentError
        If that is more than a panel takes.

    Examples
    --------
    >>> upload = Upload("notes.txt", 9)
    >>> upload.take(5, b"text"), upload.take(0, b"some "), upload.data
    (False, True, b'some text')
    """

    def __init__(self, name: str, size: int) -> None:
        if size > MOST_BYTES:
            raise ContentError(
                f"{name}: {units.size(size)}, the limit here is {units.size(MOST_BYTES)}. Cut it up in code, and ask "
                "here: panel.ask(question, ck.pdf(path, pages='1-100'))"
            )
        self.name = name
        self.size = size
        self._chunks: dict[int, bytes] = {}

    @property
    def data(self) -> bytes:
        """What has come."""
        return b"".join(chunk for _, chunk in sorted(self._chunks.items()))

    @property
    def come(self) -> int:
        """How many bytes that is."""
        return sum(map(len, self._chunks.values()))

    def take(self, at: int, chunk: Any) -> bool:
        """Take the chunk that begins at a byte, and tell whether that was the last that was missing."""
        self._chunks[at] = bytes(chunk)
        return self.come >= self.size
