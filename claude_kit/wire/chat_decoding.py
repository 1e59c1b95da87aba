"""How the answer of a chat completion becomes neutral events: what a gateway made of Claude's message, undone.

Portkey's gateway sends Claude's own blocks beside OpenAI's fields (``content_blocks``, unless its strict mode is on),
but deletes their types, so they are told by their keys; every piece of text then comes twice, and is taken once. The
input of a server's tool arrives as a tool call with the index -1. Other gateways send thinking as
``reasoning_details`` or ``reasoning_content``. The end of a block is not sent at all. (Observed on
``@portkey-ai/gateway`` 1.15.2 and in recorded streams of OpenRouter and LiteLLM.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from claude_kit.wire import events as e
from claude_kit.wire import messages, partial_json, sse
from claude_kit.wire import usage as usages

__all__ = ["Chunks", "Decoder", "decode", "decode_completion"]

# OpenAI's words for why an answer ended; the gateway's strict mode uses them, else Anthropic's own come through.
_STOP_REASONS: Final = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "function_call": "tool_use",
    "content_filter": "refusal",
}

_DONE: Final = "[DONE]"

# How the gateway says that the API gave up in the middle of an answer: as the reason why it ended.
_FAILED: Final = "_error"

# A tool with several names and one type of result.
_SEARCHES_TOOLS: Final = "tool_search"

# A block that is open: where its pieces come from, and its number there.
_Key = tuple[str, object]


def decode(chunks: Iterable[bytes]) -> Iterator[e.Event]:
    r"""Decode the event stream of a chat completion, in whatever chunks its bytes arrive.

    Parameters
    ----------
    chunks : iterable of bytes

    Yields
    ------
    Event
        As `claude_kit.wire.messages.decode` would for the message behind it. `MessageStop` comes only if the stream
        said why the answer ended, and that it did: the gateway ends a stream that broke off without a word.

    Examples
    --------
    >>> chunk = b'data: {"choices": [{"delta": {"content": "Hi"}, "finish_reason": "stop"}]}\n\n'
    >>> [type(event).__name__ for event in decode([chunk, b"data: [DONE]\n\n"])]
    ['MessageStart', 'BlockStart', 'TextDelta', 'BlockStop', 'MessageDelta', 'MessageStop']
    """
    return sse.pulled(Decoder(), chunks)


class Decoder:
    """Takes the bytes of a chat completion's stream as they come, and returns the events that they complete."""

    __slots__ = ("_chunks", "_parser")

    def __init__(self) -> None:
        self._parser = sse.Parser()
        self._chunks = Chunks()

    def feed(self, chunk: bytes) -> list[e.Event]:
        """Return the events that end in a chunk."""
        return [event for name, data in self._parser.feed(chunk) for event in self._read(name, data, True)]

    def close(self) -> list[e.Event]:
        """Return what is left when the stream has ended."""
        return [event for name, data in self._parser.close() for event in self._read(name, data, False)]

    def _read(self, name: str, data: str, ended: bool) -> list[e.Event]:
        payload = sse.json_object(data)
        if payload is not None:
            return self._chunks.feed(payload)
        if data.strip() == _DONE:
            return self._chunks.close()
        if ended and data.startswith("{"):  # a chunk, and the piece of the answer in it is lost
            return [messages.damaged("a chunk", data)]
        return [e.Unknown(name, {"text": data})]


class Chunks:
    """Takes the chunks of a chat completion, in any SDK's or as JSON, and returns the events that they stand for.

    It remembers which block is open, and what the end of the message will say: as no end of a block is sent, the next
    block ends it. The calls of tools are told apart by their index, and by their id where the index does not.

    Examples
    --------
    >>> chunks = Chunks()
    >>> chunks.feed({"choices": [{"delta": {"content": "Hi"}, "finish_reason": "length"}]})[2]
    TextDelta(index=0, text='Hi')
    >>> chunks.close()[1].delta["stop_reason"]
    'max_tokens'
    """

    __slots__ = ("_blocks", "_calls", "_ended", "_key", "_out", "_reason", "_server_tools", "_started", "_usage")

    def __init__(self) -> None:
        self._out: list[e.Event] = []
        self._started = False
        self._ended = False
        self._key: _Key | None = None
        self._blocks = 0
        self._calls: dict[object, tuple[int, str]] = {}
        self._server_tools: dict[str, str] = {}
        self._reason: str | None = None
        self._usage: Mapping[str, Any] = {}

    def feed(self, chunk: Mapping[str, Any]) -> list[e.Event]:
        """Return the events of one chunk; of what is no chunk, the event that it is by itself."""
        if "choices" not in chunk and not isinstance(chunk.get("usage"), Mapping):
            return [messages.event({**chunk, "type": "error"} if chunk.get("error") else chunk)]
        self._out = []
        if not self._started:
            self._started = True
            self._out.append(e.MessageStart({**_envelope(chunk), "content": [], "usage": {}}))
        if isinstance(chunk.get("usage"), Mapping):
            self._usage = usages.native(chunk["usage"])
        choice = _choice(chunk)
        delta = choice.get("delta")
        if isinstance(delta, Mapping):
            self._delta(delta)
        reason = choice.get("finish_reason")
        if isinstance(reason, str) and reason:
            if reason.endswith(_FAILED):
                self._out.append(e.StreamError(reason, ""))
            self._reason = reason
        if error := chunk.get("error"):  # beside a choice, as OpenRouter sends it
            self._out.append(messages.event({"type": "error", "error": error}))
        return self._out

    def close(self) -> list[e.Event]:
        """Return what the end of the stream stands for; the message has ended if a chunk said why."""
        self._out = []
        self._end_block()
        if not self._ended and self._reason is not None and not self._reason.endswith(_FAILED):
            self._ended = True
            reason = _STOP_REASONS.get(self._reason, self._reason)
            delta = {"stop_reason": reason, "stop_sequence": None}
            self._out += [e.MessageDelta(delta, self._usage), e.MessageStop()]
        return self._out

    def _delta(self, delta: Mapping[str, Any]) -> None:
        native = _list(delta.get("content_blocks"))
        for piece in native:
            self._native(piece.get("index"), _mapping(piece.get("delta")))
        if not native:
            self._reasoning(delta)
            if text := delta.get("content") or delta.get("refusal"):
                self._text(("content", 0), str(text))
        for call in _list(delta.get("tool_calls")):
            self._call(call)

    def _native(self, index: object, piece: Mapping[str, Any]) -> None:
        """Decode a piece of one of Claude's own blocks, whose type was deleted."""
        key = ("block", index)
        if "thinking" in piece or "signature" in piece:
            self._thinking(key, piece.get("thinking"), piece.get("signature"))
        elif "data" in piece:
            self._begin(key, {"type": "redacted_thinking", **piece})
        elif "text" in piece or "citation" in piece:
            self._text(key, piece.get("text"), **({"citations": []} if "citations" in piece else {}))
            if isinstance(citation := piece.get("citation"), Mapping):
                self._out.append(e.CitationDelta(self._blocks - 1, citation))
        elif "name" in piece:
            self._server_tools[str(piece.get("id"))] = str(piece["name"])
            self._begin(key, {"type": "server_tool_use", **piece})
        elif "tool_use_id" in piece:
            self._begin(key, {"type": self._type_of_result(piece), **piece})
        elif piece:
            self._out.append(e.Unknown("content_blocks", {"index": index, "delta": piece}))

    def _type_of_result(self, piece: Mapping[str, Any]) -> str:
        """Tell the type of a server tool's result by the name of the tool."""
        name = self._server_tools.get(str(piece["tool_use_id"]), "server_tool")
        return f"{_SEARCHES_TOOLS if name.startswith(_SEARCHES_TOOLS) else name}_tool_result"

    def _reasoning(self, delta: Mapping[str, Any]) -> None:
        """Decode thinking in the words of other gateways."""
        details = _list(delta.get("reasoning_details"))
        for detail in details:
            key = ("reasoning", detail.get("index"))
            if detail.get("type") == "reasoning.encrypted":
                self._begin(key, {"type": "redacted_thinking", "data": str(detail.get("data") or "")})
            else:
                self._thinking(key, detail.get("text") or detail.get("summary"), detail.get("signature"))
        said = delta.get("reasoning_content") or delta.get("reasoning")
        if said and not details:
            self._thinking(("reasoning", 0), said, None)

    def _call(self, call: Mapping[str, Any]) -> None:
        function, index = _mapping(call.get("function")), call.get("index")
        arguments = str(function.get("arguments") or "")
        if not isinstance(index, int):
            index = 0
        if index < 0:  # the input of a server's tool, whose block is open
            if arguments and self._key is not None and self._key[0] == "block":
                self._out.append(e.InputJsonDelta(self._blocks - 1, arguments))
            return
        called = str(call.get("id") or "")
        at, known = self._calls.get(index, (0, ""))
        if not known or (called and called != known):
            self._end_block()
            at, known = self._blocks, called or "?"
            self._calls[index] = at, known
            block = {"type": "tool_use", "id": called, "name": str(function.get("name") or ""), "input": {}}
            self._begin(("tool", known), block)
        if arguments:
            self._out.append(e.InputJsonDelta(at, arguments))

    def _text(self, key: _Key, text: object, **beside: Any) -> None:
        if key != self._key:
            self._begin(key, {"type": "text", "text": "", **beside})
        if text:
            self._out.append(e.TextDelta(self._blocks - 1, str(text)))

    def _thinking(self, key: _Key, thinking: object, signature: object) -> None:
        if key != self._key:
            self._begin(key, {"type": "thinking", "thinking": "", "signature": ""})
        if thinking:
            self._out.append(e.ThinkingDelta(self._blocks - 1, str(thinking)))
        if signature:
            self._out.append(e.SignatureDelta(self._blocks - 1, str(signature)))

    def _begin(self, key: _Key, block: Mapping[str, Any]) -> None:
        """Begin a block, unless it is the open one."""
        if key != self._key:
            self._end_block()
            self._key = key
            self._blocks += 1
            self._out.append(e.BlockStart(self._blocks - 1, block))

    def _end_block(self) -> None:
        if self._key is not None:
            self._key = None
            self._out.append(e.BlockStop(self._blocks - 1))


def decode_completion(completion: Mapping[str, Any]) -> Iterator[e.Event]:
    """Turn a complete chat completion, as a request without streaming returns it, into the events it stands for."""
    choice = _choice(completion)
    message = choice.get("message")
    if not isinstance(message, Mapping):
        yield messages.event({**completion, "type": "error"} if completion.get("error") else completion)
        return
    reason = choice.get("finish_reason")
    yield from messages.decode_message(
        {
            **_envelope(completion),
            "content": _blocks(message),
            "stop_reason": _STOP_REASONS.get(str(reason), reason),
            "stop_sequence": None,
            "usage": usages.native(_mapping(completion.get("usage"))),
        }
    )


def _envelope(completion: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a message says of itself, as far as a completion tells."""
    known = {"id": completion.get("id") or None, "model": completion.get("model") or ""}
    return {**known, "type": "message", "role": "assistant"}


def _blocks(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the content blocks of a whole message: Claude's own where they are there, and the calls of tools."""
    blocks = [dict(block) for block in _list(message.get("content_blocks"))]
    if not blocks:
        for detail in _list(message.get("reasoning_details")):
            signature = str(detail.get("signature") or "")
            blocks.append({"type": "thinking", "thinking": str(detail.get("text") or ""), "signature": signature})
        said = message.get("reasoning_content") or message.get("reasoning")
        if said and not blocks:
            blocks.append({"type": "thinking", "thinking": str(said), "signature": ""})
        if text := message.get("content") or message.get("refusal"):
            blocks.append({"type": "text", "text": str(text)})
    return [*blocks, *(_tool_use(call) for call in _list(message.get("tool_calls")))]


def _tool_use(call: Mapping[str, Any]) -> dict[str, Any]:
    function = _mapping(call.get("function"))
    given = partial_json.parse(str(function.get("arguments") or "") or "{}")
    return {"type": "tool_use", "id": call.get("id"), "name": function.get("name"), "input": given}


def _choice(completion: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the first choice, also where a request for several gets them mixed."""
    return next((choice for choice in _list(completion.get("choices")) if not choice.get("index")), {})


def _list(value: object) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
