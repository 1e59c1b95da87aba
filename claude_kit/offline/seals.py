"""What is in the signature of the offline model's thinking? Which model thought it, what it said, and after what.

A real signature holds the thinking itself, encrypted, and grows with it; this one is filled up to the same length, so
that a conversation costs what it would with Claude. Anybody could forge it: it guards nothing, it notices mistakes.
"""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass
from typing import Any, Final

from claude_kit.offline.prefix import Prefix, digest

__all__ = ["Broken", "Seal", "is_ours"]

_MARK: Final = "offline-"

# About 4.75 characters a token after the first 320, as `claude_kit.estimate` counts real ones.
_HEAD: Final = 320
_PER_TOKEN: Final = 4.75
# Of four characters in base64 three are told.
_TOLD: Final = 0.75


class Broken(ValueError):
    """A signature that was changed."""


@dataclass(frozen=True, slots=True)
class Seal:
    """What a signature holds.

    Attributes
    ----------
    model : str
    said : str
        Digest of the thinking that it was shown with.
    prefix : Prefix
        What stood before it.
    """

    model: str
    said: str
    prefix: Prefix

    @classmethod
    def on(cls, thinking: str, *, model: str, prefix: Prefix) -> Seal:
        """Make the seal on a piece of thinking, as it is shown: omitted thinking is an empty text."""
        return cls(model, digest(thinking), prefix)

    def write(self, tokens: int) -> str:
        """Return it as a signature.

        Parameters
        ----------
        tokens : int
            Of the whole thinking, shown or not.
        """
        held = asdict(self)
        told = {**held, "check": digest(held)}
        room = _TOLD * (_HEAD + _PER_TOKEN * tokens - len(_MARK))
        written = json.dumps(told, separators=(",", ":")).ljust(int(room))
        return _MARK + base64.urlsafe_b64encode(written.encode()).decode()

    @classmethod
    def read(cls, signature: str) -> Seal:
        """Read a signature.

        Raises
        ------
        Broken
            If it is not as it was written.
        """
        try:
            held: dict[str, Any] = json.loads(base64.urlsafe_b64decode(signature.removeprefix(_MARK)))
            check = held.pop("check")
            prefix = held["prefix"]
            seal = cls(held["model"], held["said"], Prefix(**{**prefix, "thinking": tuple(prefix["thinking"])}))
        except (ValueError, TypeError, KeyError, AttributeError):
            raise Broken from None
        if check != digest(held):
            raise Broken
        return seal

    def holds(self, thinking: str) -> bool:
        """Whether the thinking is what it was."""
        return self.said == digest(thinking)


def is_ours(signature: str) -> bool:
    """Whether the offline model wrote a signature; what others wrote, it cannot judge."""
    return signature.startswith(_MARK)
