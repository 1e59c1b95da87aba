"""The prompts that Portkey keeps, as clients offer them: ``client.prompts``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, overload

from claude_kit.client import portkey
from claude_kit.client.aio_stream import AsyncStream
from claude_kit.client.outgoing import Outgoing
from claude_kit.client.sync_stream import Stream
from claude_kit.reply import Reply
from claude_kit.wire.body import Written
from claude_kit.wire.portkey import Prompt

if TYPE_CHECKING:
    from claude_kit.client.aio import AsyncClient
    from claude_kit.client.sync import Client

__all__ = ["AsyncPrompts", "Prompts"]

_Variables = Mapping[str, Any] | None


class Prompts:
    """Portkey's prompt library, asked by a `claude_kit.Client`.

    Examples
    --------
    >>> from claude_kit import Client
    >>> client = Client.offline(pace_s=0)
    >>> prompt = client.prompts.render("pp-summary", {"text": "Ants are small."})
    >>> client.send(**prompt.request()).offline
    True
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    def render(self, prompt_id: str, variables: _Variables = None, **overrides: Any) -> Prompt:
        """Fill in a prompt, and return it to be read, changed or sent; see `claude_kit.client.portkey.render`."""
        return self._client._run(portkey.render(prompt_id, variables, **overrides))

    @overload
    def complete(
        self, prompt_id: str, variables: _Variables = None, *, stream: Literal[False] = False, **overrides: Any
    ) -> Reply: ...
    @overload
    def complete(
        self, prompt_id: str, variables: _Variables = None, *, stream: Literal[True], **overrides: Any
    ) -> Stream: ...
    def complete(
        self, prompt_id: str, variables: _Variables = None, *, stream: bool = False, **overrides: Any
    ) -> Reply | Stream:
        """Fill in a prompt and return its answer.

        Parameters
        ----------
        prompt_id, variables, **overrides
            As `render` takes them.
        stream : bool
            Whether to return the answer while it comes in, to iterate or for `claude_kit.show`.

        Raises
        ------
        APIError, StreamInterrupted
            As `claude_kit.Client.stream` does.
        """
        answer = Stream(self._client, _asked(prompt_id, variables, stream, overrides))
        return answer if stream else answer.read()


class AsyncPrompts:
    """Portkey's prompt library, asked by a `claude_kit.AsyncClient`; as `Prompts`, awaited."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def render(self, prompt_id: str, variables: _Variables = None, **overrides: Any) -> Prompt:
        """Fill in a prompt, and return it to be read, changed or sent."""
        return await self._client._run(portkey.render(prompt_id, variables, **overrides))

    async def complete(self, prompt_id: str, variables: _Variables = None, **overrides: Any) -> Reply:
        """Fill in a prompt and return its answer; `stream` returns it while it comes in."""
        if overrides.pop("stream", False):
            raise TypeError("stream=True: an answer that streams is client.prompts.stream(...), without await")
        return await self._stream(prompt_id, variables, overrides, streamed=False).read()

    def stream(self, prompt_id: str, variables: _Variables = None, **overrides: Any) -> AsyncStream:
        """Fill in a prompt and return its answer while it comes in."""
        return self._stream(prompt_id, variables, overrides, streamed=True)

    def _stream(
        self, prompt_id: str, variables: _Variables, overrides: Mapping[str, Any], *, streamed: bool
    ) -> AsyncStream:
        return AsyncStream(self._client, _asked(prompt_id, variables, streamed, overrides))


def _asked(prompt_id: str, variables: _Variables, stream: bool, overrides: Mapping[str, Any]) -> Outgoing:
    path, asked = portkey.completion(prompt_id, variables, stream=stream, **overrides)
    return Outgoing("POST", path, Written(asked), dialect="chat")
