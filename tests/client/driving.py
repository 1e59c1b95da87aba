"""Carrying operations out without their pauses: what the clients do, and a test need not wait for."""

from collections.abc import Mapping
from typing import Any

import claude_kit as ck
from claude_kit.client.steps import Call, Pause, Steps
from claude_kit.wire import messages

KEY = "sk-ant-test-0123456789"
MODEL = "claude-haiku-4-5"


class Driver:
    """Makes the calls of an operation through a client, and notes calls and pauses; a pause may be an interrupt."""

    def __init__(self, client: ck.Client, *, interrupted_at: int | None = None) -> None:
        self.client = client
        self.calls: list[tuple[str, str]] = []
        self.pauses: list[float] = []
        self.interrupted_at = interrupted_at

    def __call__(self, steps: Steps[Any]) -> Any:
        """Return what the operation ends in."""
        try:
            step = next(steps)
            while True:
                try:
                    answer = self._step(step)
                except ck.ClaudeKitError as error:
                    step = steps.throw(error)
                else:
                    step = steps.send(answer)
        except StopIteration as end:
            return end.value

    def _step(self, step: Call | Pause) -> Any:
        if isinstance(step, Pause):
            if len(self.pauses) == self.interrupted_at:
                raise KeyboardInterrupt
            self.pauses.append(step.seconds)
            return None
        self.calls.append((step.method, step.path))
        return self.client._call(step)


class AsyncDriver(Driver):
    """The same, awaited."""

    async def __call__(self, steps: Steps[Any]) -> Any:
        """Return what the operation ends in."""
        return super().__call__(steps)


def encode(request: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the body that a request would have, unchecked."""
    fields = {"model": MODEL, "max_tokens": 50, **request}
    return messages.encode_request(fields.pop("messages"), **fields)
