"""What does the input of each of many questions consist of: what is sent anew, written to the cache, read from it?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["Asking", "Keep", "Prompt", "cached", "plain"]

#: How long the cache keeps what was last used.
Keep = Literal["5m", "1h"]


@dataclass(frozen=True, slots=True)
class Asking:
    """Many questions about the same content, in tokens.

    Attributes
    ----------
    prefix : int
        What all of them share.
    question, answer : int
        What each adds.
    exchange : int
        The frame of one more question and answer in a conversation.
    questions : int
        How many there are.
    conversation : bool
        Whether each is sent with the ones before it and their answers.
    """

    prefix: int
    question: int
    answer: int
    exchange: int
    questions: int
    conversation: bool

    def inputs(self) -> list[int]:
        """Return the input of each question.

        Examples
        --------
        >>> Asking(1000, 10, 90, 6, 3, conversation=True).inputs()
        [1010, 1116, 1222]
        """
        growth = self.question + self.answer + self.exchange if self.conversation else 0
        return [self.prefix + self.question + growth * before for before in range(self.questions)]


@dataclass(frozen=True, slots=True)
class Prompt:
    """The input of one question by how it is billed, and its answer, in tokens."""

    fresh: int
    answer: int
    read: int = 0
    written: int = 0
    keep: Keep = "5m"

    @property
    def tokens(self) -> int:
        """All of its input."""
        return self.fresh + self.read + self.written

    @property
    def usage(self) -> dict[str, Any]:
        """As the API says it."""
        return {
            "input_tokens": self.fresh,
            "cache_read_input_tokens": self.read,
            "cache_creation_input_tokens": self.written,
            "cache_creation": {f"ephemeral_{self.keep}_input_tokens": self.written},
            "output_tokens": self.answer,
        }


def plain(asking: Asking) -> list[Prompt]:
    """Return what is sent where nothing is cached."""
    return [Prompt(tokens, asking.answer) for tokens in asking.inputs()]


def cached(asking: Asking, *, keep: Keep, minimum: int | None, alive: bool = True) -> list[Prompt]:
    """Return what is sent where the cache keeps what the next question shares.

    Parameters
    ----------
    asking : Asking
    keep : {"5m", "1h"}
    minimum : int or None
        A shorter prefix is not cached; None: nothing is.
    alive : bool
        Whether the cache still holds it when the next question comes.

    Examples
    --------
    >>> for prompt in cached(Asking(1000, 10, 90, 6, 2, conversation=False), keep="5m", minimum=512):
    ...     print(prompt.fresh, prompt.written, prompt.read)
    10 1000 0
    10 0 1000
    """
    return list(_cached(asking, keep, minimum, alive))


def _cached(asking: Asking, keep: Keep, minimum: int | None, alive: bool) -> Iterator[Prompt]:
    held = 0
    for tokens in asking.inputs():
        # In a conversation the question is a part of what the next one shares.
        prefix = tokens if asking.conversation else asking.prefix
        if minimum is None or prefix < minimum:
            yield Prompt(tokens, asking.answer)
            continue
        read = held if alive else 0
        yield Prompt(tokens - prefix, asking.answer, read, prefix - read, keep)
        held = prefix
