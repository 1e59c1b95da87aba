"""What someone else's stream hands out, item by item: bytes, JSON objects, or an SDK's objects for them.

Told by shape, never by asking an SDK: none is imported here. The shapes are those of `anthropic` 2.12.0, `openai`
3.54.0 and `portkey-ai` 2.3.4, all of whose objects are pydantic models that kept every field that came.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from claude_kit import wire
from claude_kit.wire import chat_decoding, messages, sse
from claude_kit.wire import events as e

__all__ = ["TAKES", "Items", "is_answer", "json_of"]

#: What to say of anything that is no answer.
TAKES: Final = (
    "a stream or an answer of claude_kit, anthropic, openai or portkey_ai, of a sync or an async client; a message or "
    "chat completion as JSON; an HTTP response; or an iterable of its bytes or of its events"
)

# What the SDKs' helpers make up beside the events that came: of each the snapshot so far.
_MADE_UP: Final = frozenset(
    {
        *("text", "thinking", "signature", "input_json", "citation", "compaction"),  # messages.stream(...)
        *("content.delta", "content.done", "refusal.delta", "refusal.done"),  # chat.completions.stream(...)
        *("tool_calls.function.arguments.delta", "tool_calls.function.arguments.done"),
        *("logprobs.content.delta", "logprobs.content.done", "logprobs.refusal.delta", "logprobs.refusal.done"),
    }
)

_Shape = Literal["message", "completion", "chunk", "event"]


class Items:
    """Takes the items of a stream as they come, and returns the events that they stand for.

    Examples
    --------
    >>> items = Items()
    >>> items.feed({"choices": [{"delta": {"content": "Hi"}, "finish_reason": "stop"}]})[-1]
    TextDelta(index=0, text='Hi')
    >>> items.close()[-1]
    MessageStop()
    """

    def __init__(self) -> None:
        self._body = _Body()
        self._chunks = chat_decoding.Chunks()
        self._said_why = False  # whether the message said why it ended, and not yet that it did
        self._stranger = ""  # the first thing that was of no known kind
        self._known = False  # whether anything was

    def feed(self, item: object) -> list[e.Event]:
        """Return the events that an item is, or, of bytes, that end in it.

        Raises
        ------
        TypeError
            If it is neither bytes nor JSON.
        """
        if isinstance(item, bytes | bytearray | memoryview):
            return self._noted(self._body.feed(bytes(item)))
        if not isinstance(item, Mapping):
            kind = getattr(item, "type", None)
            if isinstance(kind, str) and kind in _MADE_UP:
                return []
            if kind == "chunk":  # openai's helper hands out each chunk in an event of its own
                item = getattr(item, "chunk", item)
        data = json_of(item)
        if data is None:
            raise TypeError(f"show takes {TAKES}; not an iterable of {type(item).__name__}")
        return self._noted(self._decoded(data))

    def close(self) -> list[e.Event]:
        """Return the events that are left when the items have ended.

        Raises
        ------
        TypeError
            If not one item was of a known kind.
        """
        events = self._noted(self._body.close())
        if (whole := self._body.whole) is not None:
            events += self._noted(self._decoded(whole))
        events += self._noted(self._chunks.close())
        if self._said_why:
            events.append(e.MessageStop())  # SDKs drop a last event that no blank line follows
        if self._stranger and not self._known:
            raise TypeError(f"show takes {TAKES}; not a stream of {self._stranger}")
        return events

    def _decoded(self, data: Mapping[str, Any]) -> list[e.Event]:
        match _shape(data):
            case "message":
                return list(messages.decode_message(data))
            case "completion":
                return list(chat_decoding.decode_completion(data))
            case "chunk":
                return self._chunks.feed(data)
            case _:
                event = messages.event(data)
                if isinstance(event, e.MessageDelta):
                    self._said_why = bool(event.delta.get("stop_reason"))
                elif isinstance(event, e.MessageStop | e.StreamError):
                    self._said_why = False
                return [event]

    def _noted(self, events: list[e.Event]) -> list[e.Event]:
        """Note whether any of the events is of a known kind."""
        for event in events:
            if not isinstance(event, e.Unknown | e.Ping):
                self._known = True
            elif isinstance(event, e.Unknown) and "text" not in event.data:  # text: an event that was cut off
                self._stranger = self._stranger or (repr(event.type) if event.type else f"objects with {[*event.data]}")
        return events


class _Body:
    """The bytes of an answer: of a stream, whose dialect its first event tells, or of one JSON object."""

    def __init__(self) -> None:
        self._held: list[bytes] = []  # until the dialect is known
        self._probe = sse.Parser()
        self._decoder: sse.Takes[e.Event] | None = None

    def feed(self, chunk: bytes) -> list[e.Event]:
        if self._decoder is not None:
            return self._decoder.feed(chunk)
        self._held.append(chunk)
        return self._begin(self._probe.feed(chunk))

    def close(self) -> list[e.Event]:
        events = [] if self._decoder is not None else self._begin(self._probe.close())
        return events + (self._decoder.close() if self._decoder is not None else [])

    @property
    def whole(self) -> dict[str, Any] | None:
        """The one JSON object that the bytes were, if they were no stream."""
        return None if self._decoder is not None else sse.json_object(b"".join(self._held).decode("utf-8", "replace"))

    def _begin(self, first: list[tuple[str, str]]) -> list[e.Event]:
        """Decode what was held back, once its first event is there."""
        if not first:
            return []
        name, data = first[0]
        payload = sse.json_object(data)
        chat = payload is not None and _shape({"type": name, **payload}) == "chunk"
        self._decoder = wire.decoder("chat" if chat else "messages")
        return self._decoder.feed(b"".join(self._held))


def json_of(item: object) -> Mapping[str, Any] | None:
    """Return the JSON that an SDK's object stands for: what came, and nothing that the SDK adds; None if it is none.

    Examples
    --------
    >>> json_of({"type": "ping"}), json_of("ping")
    ({'type': 'ping'}, None)
    """
    if isinstance(item, Mapping):
        return item
    dump = getattr(item, "model_dump", None)
    if not callable(dump):
        return None
    # An SDK builds its objects unchecked, so that they need not fit their types: that is no reason to warn.
    data = dump(mode="json", by_alias=True, exclude_unset=True, warnings=False)
    return data if isinstance(data, Mapping) else None


def is_answer(data: Mapping[str, Any]) -> bool:
    """Tell whether a JSON object is a message, a chat completion, a piece of one, or an error.

    Examples
    --------
    >>> is_answer({"type": "message", "content": []}), is_answer({"input_tokens": 12})
    (True, False)
    """
    shape = _shape(data)
    return shape is not None and not (shape == "event" and isinstance(messages.event(data), e.Unknown))


def _shape(data: Mapping[str, Any]) -> _Shape | None:
    choices = data.get("choices")
    if isinstance(choices, list):
        whole = any(isinstance(choice, Mapping) and "message" in choice for choice in choices)
        return "completion" if whole else "chunk"
    if isinstance(data.get("content"), list) and data.get("role") != "user":
        return "message"
    if data.get("type"):
        return "event"
    return "chunk" if data.get("error") else None
