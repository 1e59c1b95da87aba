"""What went to and fro between conversations and the offline model; and what goes wrong there, on request."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from claude_kit.offline import OfflineTransport
from claude_kit.offline.faults import HEADER

# Kind of delta -> the field of its block that it adds to.
_ADDED_TO = {"text_delta": "text", "thinking_delta": "thinking", "signature_delta": "signature"}


@dataclass(frozen=True)
class Trouble:
    """What goes wrong with one request to come.

    Attributes
    ----------
    fault : str
        In the words of `claude_kit.offline.faults`; empty for none.
    interrupted_at : int, optional
        Before which event somebody presses Ctrl-C; 0 is before the answer begins.
    after : int
        How many requests go well before.
    """

    fault: str = ""
    interrupted_at: int | None = None
    after: int = 0


@dataclass
class Exchange:
    """A request, and what came back of its answer: only events that were handed over whole.

    Attributes
    ----------
    request : dict
        The body.
    status : int
        0 where no answer began.
    usage : dict
        As the server told it, and as far as it did.
    blocks : list of dict
    model, stop_reason : str
    ended : bool
        Whether the message came to its end.
    refusal : str
        What a status of 400 said.
    """

    request: dict[str, Any]
    status: int = 0
    usage: dict[str, Any] = field(default_factory=dict)
    blocks: list[dict[str, Any]] = field(default_factory=list)
    model: str = ""
    stop_reason: str = ""
    ended: bool = False
    refusal: str = ""

    def hear(self, piece: bytes) -> None:
        """Take what was handed over; what is no whole event was cut."""
        if self.status != 200:
            self.refusal += piece.decode()
            return
        for event in piece.split(b"\n\n"):
            data = event.partition(b"data: ")[2]
            if data and piece.endswith(b"\n\n"):
                self._event(json.loads(data))

    def _event(self, event: dict[str, Any]) -> None:
        match event["type"]:
            case "message_start":
                self.model, self.usage = event["message"]["model"], dict(event["message"]["usage"])
            case "content_block_start":
                self.blocks.append(dict(event["content_block"]))
            case "content_block_delta":
                self._delta(self.blocks[event["index"]], event["delta"])
            case "content_block_stop":
                block = self.blocks[event["index"]]
                if written := block.pop("partial_json", ""):
                    block["input"] = json.loads(written)
            case "message_delta":
                self.stop_reason = event["delta"]["stop_reason"]
                self.usage.update({name: value for name, value in event["usage"].items() if value is not None})
            case "message_stop":
                self.ended = True

    def _delta(self, block: dict[str, Any], delta: dict[str, Any]) -> None:
        kind = delta["type"]
        if kind == "signature_delta":
            block["signature"] = delta["signature"]
        elif kind in _ADDED_TO:
            block[_ADDED_TO[kind]] = block.get(_ADDED_TO[kind], "") + delta[_ADDED_TO[kind]]
        elif kind == "input_json_delta":
            block["partial_json"] = block.get("partial_json", "") + delta["partial_json"]
        elif kind == "citations_delta":
            block["citations"] = [*(block.get("citations") or ()), delta["citation"]]


class Wire(httpx.BaseTransport):
    """Carries requests to the offline model, keeps what it carried, and lets happen to one what was asked for."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []
        self._model = OfflineTransport(pace_s=0)
        self._trouble: Trouble | None = None
        self._well = 0

    def strike(self, trouble: Trouble) -> None:
        """Let something go wrong with a request to come."""
        self._trouble, self._well = trouble, trouble.after

    def calm(self) -> None:
        """Let nothing go wrong any more, whether it has or not."""
        self._trouble = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request; httpx calls this."""
        exchange = Exchange(json.loads(request.read()))
        self.exchanges.append(exchange)
        trouble = self._next()
        if trouble.interrupted_at == 0:
            raise KeyboardInterrupt
        if trouble.fault:
            request.headers[HEADER] = trouble.fault
        response = self._model.handle_request(request)
        exchange.status = response.status_code
        assert isinstance(response.stream, httpx.SyncByteStream)
        stream = _Overheard(response.stream, exchange, trouble.interrupted_at)
        return httpx.Response(response.status_code, headers=response.headers, stream=stream)

    def _next(self) -> Trouble:
        if self._trouble is None or self._well > 0:
            self._well -= 1
            return Trouble()
        trouble, self._trouble = self._trouble, None
        return trouble


class _Overheard(httpx.SyncByteStream):
    def __init__(self, stream: httpx.SyncByteStream, exchange: Exchange, interrupted_at: int | None) -> None:
        self._stream, self._exchange, self._interrupted_at = stream, exchange, interrupted_at

    def __iter__(self) -> Iterator[bytes]:
        for number, piece in enumerate(self._stream):
            if number == self._interrupted_at:
                raise KeyboardInterrupt
            self._exchange.hear(piece)
            yield piece
