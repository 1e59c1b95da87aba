"""What an operation of several requests asks of whoever carries it out: calls and pauses, in a generator.

So it is written once. `claude_kit.client.sync` and `claude_kit.client.aio` only drive it: they make each call, send the
decoded answer back in, or throw the error in where it was asked for.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

__all__ = ["Call", "Pause", "Steps"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """One request that is no stream; what comes back is the JSON of its answer.

    Attributes
    ----------
    method : {"GET", "POST", "PUT", "DELETE"}
    path : str
        After the base address, such as ``"/models"``.
    body : mapping, optional
        JSON, as `claude_kit.wire.body` writes it.
    query : mapping of str to str
        What stands behind the path.
    lines : bool
        Whether the answer is JSON lines: what comes back is then a list of objects.
    once : bool
        Whether it must not be made again where nobody knows if it arrived, such as after a gateway's timeout: done
        twice, it would be paid for twice.
    headers : mapping of str to str
        Of this request alone.
    """

    method: str
    path: str
    body: Mapping[str, Any] | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    lines: bool = False
    once: bool = False
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Pause:
    """Some seconds to let pass.

    Attributes
    ----------
    seconds : float
    """

    seconds: float


#: An operation that ends in a value of type T.
Steps = Generator[Call | Pause, Any, T]
