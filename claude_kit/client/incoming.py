"""What arrives of an answer: bytes in, events out, and at any time the reply that they make. Does no IO."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import httpx

from claude_kit import errors
from claude_kit.client.outgoing import Outgoing
from claude_kit.client.responses import content_type
from claude_kit.client.retrying import OnWait
from claude_kit.estimate import Estimate
from claude_kit.reply import Accumulator, Reply
from claude_kit.wire import Dialect, chat_decoding, decoder, failures, messages
from claude_kit.wire import events as e
from claude_kit.wire.limits import RateLimits
from claude_kit.wire.portkey import Gateway
from claude_kit.wire.sse import Takes

__all__ = ["Arriving", "Incoming"]

_STOPPED: Final = "Stopped before the answer was complete."

# What is said of a body that is no answer: its beginning, unless it begins as a stream does.
_HEAD_BYTES: Final = 2000
_OF_A_STREAM: Final = re.compile(rb"\s*(?:\xef\xbb\xbf)?(?:event|data|id|retry)?:")

_WHOLE: Final = {"messages": messages.decode_message, "chat": chat_decoding.decode_completion}


class Incoming:
    """One answer while it comes in.

    Parameters
    ----------
    headers : mapping of str to str
        Of the response, with small letters.
    dialect : {"messages", "chat"}
    estimate : Estimate, optional
        To be kept on the reply.

    Attributes
    ----------
    request_id : str or None
    stopped : bool
        Whether the message has ended; what breaks after that matters no more.
    """

    def __init__(self, headers: Mapping[str, str], dialect: Dialect, estimate: Estimate | None = None) -> None:
        self.request_id: str | None = headers.get("request-id")
        self._estimate = estimate
        self._gateway = Gateway.of(headers)
        self._limits = RateLimits.of(headers)
        self._recorded = headers.get("x-claude-kit-recorded")
        self._accumulator = Accumulator()
        self._problem = ""
        self._left = False
        self._head = b""
        whole = content_type(headers).startswith("application/json")
        self._decoder: Takes[e.Event] = _Whole(dialect) if whole else decoder(dialect)

    @property
    def stopped(self) -> bool:
        """Whether the message has ended."""
        return self._accumulator.stopped

    @property
    def reply(self) -> Reply:
        """The answer, as far as it has come."""
        return self._accumulator.reply(
            estimate=self._estimate,
            request_id=self.request_id,
            gateway=self._gateway,
            limits=self._limits,
            recorded=self._recorded,
            problem=self._problem,
        )

    def feed(self, chunk: bytes) -> list[e.Event]:
        """Return the events that end in a chunk."""
        if len(self._head) < _HEAD_BYTES:
            self._head = (self._head + chunk)[:_HEAD_BYTES]
        return self._decoder.feed(chunk)

    def close(self) -> list[e.Event]:
        """Return the events that are left when all bytes have come."""
        return self._decoder.close()

    def take(self, event: e.Event) -> None:
        """Add an event to the answer.

        Raises
        ------
        APIError
            If it says that the API gave up; ``error.reply`` holds what had arrived.
        """
        self._accumulator.feed(event)
        if isinstance(event, e.StreamError):
            self._problem = self.reply.problem
            failure = failures.from_stream(event, self.request_id)
            failure.reply = self.reply
            raise failure

    def require_end(self) -> None:
        """Insist that the message has ended, unless nobody wanted to read on.

        Raises
        ------
        StreamInterrupted
            If it has not.
        APIError
            If what came was no answer at all, such as the greeting of another server.
        """
        if not (self.stopped or self._left):
            self._problem = self.reply.problem
            if not self.reply.envelope and _is_something_else(self._head):
                raise failures.from_response(200, {}, self._head)
            raise self._interrupted("Ask again; what had come is this error's reply.")

    def broken(self, error: Exception) -> errors.StreamInterrupted | None:
        """Return the error to raise when the connection broke; None where that matters no more."""
        if self.stopped or self._left:
            return None
        kind = type(error).__name__
        if isinstance(error, TimeoutError | httpx.TimeoutException):
            self._problem = f"Nothing came any more: {kind}"
            return self._interrupted("Give it more time with timeout_s=, or ask again.")
        self._problem = f"The connection broke: {kind}"
        return self._interrupted(f"{error}. Ask again; what had come is this error's reply.")

    def _interrupted(self, advice: str) -> errors.StreamInterrupted:
        asked = f" (request {self.request_id})" if self.request_id else ""
        return errors.StreamInterrupted(f"{self._problem.rstrip('.')}. {advice}{asked}", reply=self.reply)

    def stop(self) -> None:
        """Note that nobody reads on; what has not come by now never will."""
        self._left = True
        if not (self.stopped or self._problem):
            self._problem = _STOPPED


def _is_something_else(head: bytes) -> bool:
    """Tell whether a body is neither a stream nor half a message."""
    if not head.strip() or _OF_A_STREAM.match(head):
        return False
    try:
        json.loads(head)
    except ValueError:
        return not head.lstrip().startswith(b"{")
    return True


class Arriving:
    """What a stream of either client is: a question, and what has come of its answer.

    Attributes
    ----------
    estimate : Estimate or None
        What had been estimated before sending.
    """

    def __init__(self, question: Outgoing, estimate: Estimate | None = None) -> None:
        self.estimate = estimate
        self._question = question
        self._begun = self._closed = False
        self._asked = 0
        self._response: httpx.Response | None = None
        self._incoming = Incoming({}, question.dialect, estimate)

    def tell_waits(self, on_wait: OnWait) -> None:
        """Have waits told from now on, if nobody is told yet."""
        if self._question.on_wait is None:
            self._question = replace(self._question, on_wait=on_wait)

    @property
    def request_id(self) -> str | None:
        """The request's id, to quote to the provider's support."""
        return self._incoming.request_id

    @property
    def gateway(self) -> Gateway | None:
        """What a gateway on the way told of itself; see `claude_kit.wire.portkey.Gateway`."""
        return self.reply.gateway

    @property
    def reply(self) -> Reply:
        """The answer, as far as it has come."""
        return self._incoming.reply

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.request_id or ''}: {self.reply!r}>"


class _Whole:
    """Takes an answer that was not streamed after all."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect: Dialect = dialect
        self._pieces: list[bytes] = []

    def feed(self, chunk: bytes) -> list[e.Event]:
        self._pieces.append(chunk)
        return []

    def close(self) -> list[e.Event]:
        try:
            message = json.loads(b"".join(self._pieces))
        except ValueError:
            message = None
        return list(_WHOLE[self._dialect](message)) if isinstance(message, dict) else []
