"""Asking again: for what, how often, after how long, and how one gets out of it."""

import asyncio
import gc
import os
import signal
import subprocess
import sys
import threading
import traceback
import weakref
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress

import httpx
import pytest
import stamina

from claude_kit import Reply, errors
from claude_kit.client.retrying import Attempts, Waiting, attempts, is_worth_retrying
from claude_kit.wire import decode
from claude_kit.wire.failures import from_response
from tests.wire.replay import STARTED, Exchange, block, delta, serving, sse

OVERLOADED = errors.OverloadedError("Overloaded", status=529, type="overloaded_error")
SPENT = b'{"error":{"type":"rate_limit_error","details":{"error_code":"enforced_spend_limit_reached"}}}'
GATEWAY_FAILED = b'{"status":"failure","message":"Something went wrong"}'

# Long enough that a wait that is not cut short shows as a test that hangs.
FOREVER_S = 30.0


def quick(max_retries: int = 2, on_wait: Callable[[Waiting], object] | None = None) -> Attempts:
    """Return attempts that hardly wait."""
    return attempts(max_retries, on_wait, first_wait_s=0.001, longest_wait_s=0.004)


def slow(on_wait: Callable[[Waiting], object] | None = None) -> Attempts:
    """Return attempts whose waits outlast every test."""
    return attempts(on_wait=on_wait, first_wait_s=FOREVER_S, longest_wait_s=FOREVER_S)


def failing(tries: Attempts, *failures: Exception) -> int:
    """Fail as told, then succeed; return how many attempts that took."""
    left = list(failures)
    for attempt in tries:
        with attempt:
            if left:
                raise left.pop(0)
            return attempt.number
    raise AssertionError("unreachable")


def failing_always(tries: Attempts, error: BaseException, begun: list[int]) -> None:
    """Fail every time, and note the attempts that were begun."""
    for attempt in tries:
        with attempt:
            begun.append(attempt.number)
            raise error


def interrupted(*events: object) -> errors.StreamInterrupted:
    """Return the error of a stream that ends after some events."""
    with pytest.raises(errors.StreamInterrupted) as caught:
        Reply.from_events(decode([sse(*events)]))  # type: ignore[arg-type]
    return caught.value


# ---- what for -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "headers", "body", "worth"),
    [
        (400, {}, b"", False),
        (401, {}, b"", False),
        (402, {}, b"", False),
        (404, {}, b"", False),
        (408, {}, b"", True),
        (409, {}, b"", True),
        (412, {}, b"", False),
        (413, {}, b"", False),
        (429, {}, b"", True),
        (431, {}, b"", False),
        (446, {}, b"", False),
        (500, {}, b"", True),
        (502, {}, b"", True),
        (529, {}, b"", True),
        (400, {"x-should-retry": "true"}, b"", True),
        (529, {"x-should-retry": "false"}, b"", False),
        (429, {}, SPENT, False),
        (429, {"x-should-retry": "true"}, SPENT, False),
        (500, {}, GATEWAY_FAILED, False),
    ],
)
def test_asks_again_for_what_may_pass(status: int, headers: dict[str, str], body: bytes, worth: bool) -> None:
    """As the SDKs do, as the answer says, and never where it is known to be in vain or to be paid twice."""
    assert is_worth_retrying(from_response(status, headers, body)) is worth


@pytest.mark.parametrize(
    ("error", "worth"),
    [
        (errors.ConnectionFailed("Refused"), True),
        (errors.APITimeoutError("Slow"), True),
        (errors.ServerError("In a stream, without a status", type="api_error"), True),
        (errors.BadRequestError("In a stream", type="invalid_request_error"), False),
        (errors.ContentError("No such file"), False),
        (ValueError("Ours"), False),
        (KeyboardInterrupt(), False),
    ],
)
def test_other_errors_are_not_asked_about_again(error: BaseException, worth: bool) -> None:
    """Only what happened between here and there."""
    assert is_worth_retrying(error) is worth


def test_a_stream_is_asked_for_again_only_before_its_first_content() -> None:
    """What was shown, and is paid, is not asked for a second time."""
    nothing = interrupted(STARTED, {"type": "ping"})
    something = interrupted(STARTED, *block(delta("text_delta", text="Hel"), type="text", text="")[:2])
    assert is_worth_retrying(nothing)
    assert not is_worth_retrying(something)
    for interruption, worth in ((nothing, True), (something, False)):
        error = errors.OverloadedError("Overloaded")
        error.reply = interruption.reply
        assert is_worth_retrying(error) is worth


# ---- how often, and how long ------------------------------------------------------------------------------------


def test_asks_as_often_as_told() -> None:
    """Twice more by default; the last error goes its way, and says how often it was asked."""
    last = errors.ConnectionFailed("Refused")
    assert failing(quick(), OVERLOADED, OVERLOADED) == 3
    with pytest.raises(errors.ConnectionFailed) as caught:
        failing(quick(), OVERLOADED, OVERLOADED, last)
    assert caught.value is last
    assert last.__notes__ == ["Asked 3 times."]


@pytest.mark.parametrize("error", [errors.BadRequestError("No"), ValueError("Ours")])
def test_what_does_not_pass_is_raised_at_once(error: Exception) -> None:
    """Without a wait, and without a note."""
    told: list[Waiting] = []
    with pytest.raises(type(error)) as caught:
        failing(quick(on_wait=told.append), error)
    assert caught.value is error
    assert (told, getattr(error, "__notes__", [])) == ([], [])


def test_no_retries_is_one_attempt() -> None:
    """And fewer than none is nothing."""
    with pytest.raises(errors.OverloadedError):
        failing(quick(0), OVERLOADED)
    with pytest.raises(ValueError, match="max_retries=-1: give 0 or more"):
        attempts(-1)


def test_waits_twice_as_long_each_time_up_to_a_limit() -> None:
    """Less up to a quarter at random; each wait is told before it begins, with its reason."""
    told: list[Waiting] = []
    assert failing(quick(5, told.append), *[OVERLOADED] * 5) == 6
    assert [waiting.attempt for waiting in told] == [1, 2, 3, 4, 5]
    assert all(waiting.error is OVERLOADED for waiting in told)
    for waiting, most_s in zip(told, [0.001, 0.002, 0.004, 0.004, 0.004], strict=True):
        assert 0.75 * most_s <= waiting.seconds <= most_s
    assert len({waiting.seconds for waiting in told}) == 5


def test_waits_as_the_sdks_do_by_default() -> None:
    """Half a second to begin with; whoever is told can end it."""
    with pytest.raises(InterruptedError) as caught:
        failing(attempts(on_wait=stop), OVERLOADED)
    assert 0.375 <= caught.value.args[0] <= 0.5


def stop(waiting: Waiting) -> None:
    """Refuse to wait."""
    raise InterruptedError(waiting.seconds)


def test_waits_as_long_as_the_answer_asks() -> None:
    """The server knows better."""
    told: list[Waiting] = []
    error = errors.RateLimitError("Slow down", retry_after=0.0123)
    assert failing(quick(on_wait=told.append), error) == 2
    assert [waiting.seconds for waiting in told] == [0.0123]


def test_does_not_sit_through_a_long_wait() -> None:
    """It is raised at once, and says how long it would be."""
    told: list[Waiting] = []
    just = errors.RateLimitError("Slow down", retry_after=0.05)
    long = errors.RateLimitError("Slow down", retry_after=0.2)
    with pytest.raises(errors.RateLimitError) as caught:
        failing(attempts(on_wait=told.append, longest_asked_s=0.05), just, long)
    assert caught.value is long
    assert "It asks to wait 0.2 s" in long.__notes__[0]
    assert [waiting.error for waiting in told] == [just]


@pytest.mark.parametrize(
    ("error", "seconds", "sentence"),
    [
        (OVERLOADED, 8, "waiting 8 s (overloaded)"),
        (errors.RateLimitError("x"), 0.43, "waiting 0.4 s (rate limited)"),
        (errors.ConnectionFailed("x"), 2.5, "waiting 2.5 s (no connection)"),
        (errors.APITimeoutError("x"), 1, "waiting 1 s (timed out)"),
        (errors.RequestTimeoutError("x"), 1, "waiting 1 s (timed out)"),
        (errors.ServerError("x"), 60, "waiting 1 min 0 s (failed on the other side)"),
        (errors.ConflictError("x"), 1, "waiting 1 s (another request was at it)"),
        (interrupted(STARTED), 1, "waiting 1 s (the connection broke)"),
        (errors.APIError("x", should_retry=True), 1, "waiting 1 s (asking again)"),
    ],
)
def test_a_wait_is_a_sentence(error: Exception, seconds: float, sentence: str) -> None:
    """To be shown as it is."""
    assert str(Waiting(seconds, 1, error)) == sentence


# ---- getting out -----------------------------------------------------------------------------------------------


def test_an_interrupt_ends_a_wait() -> None:
    """Ctrl-C, or the notebook's Stop, at once and without another attempt."""
    begun: list[int] = []
    press = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT))
    failing(quick(), OVERLOADED)  # whatever is loaded at the first wait is loaded now
    try:
        with pytest.raises(KeyboardInterrupt):
            failing_always(slow(lambda _: press.start()), OVERLOADED, begun)
    finally:
        press.cancel()
    assert begun == [1]


def test_an_interrupt_ends_an_attempt() -> None:
    """It is not taken for a failure, nor raised from elsewhere."""
    begun: list[int] = []
    with pytest.raises(KeyboardInterrupt) as caught:
        failing_always(quick(), KeyboardInterrupt(), begun)
    assert begun == [1]
    with pytest.raises(KeyboardInterrupt) as later:
        failing(quick(), OVERLOADED, KeyboardInterrupt())  # type: ignore[arg-type]
    assert not hasattr(later.value, "__notes__")
    assert not any("tenacity" in frame.filename for frame in traceback.extract_tb(caught.tb))


def test_a_generator_that_nobody_reads_on_ends() -> None:
    """Its end is no failure either."""
    begun = []

    def pieces() -> Generator[str, None, None]:
        for attempt in quick():
            with attempt:
                begun.append(attempt.number)
                yield "Hello"

    generator = pieces()
    assert next(generator) == "Hello"
    generator.close()
    assert begun == [1]


def test_a_cancellation_ends_a_wait() -> None:
    """In async code, at once and without another attempt."""
    begun = []

    async def ask() -> None:
        async for attempt in slow():
            with attempt:
                begun.append(attempt.number)
                raise OVERLOADED

    async def main() -> None:
        asking = asyncio.create_task(ask())
        await asyncio.sleep(0.02)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

    asyncio.run(main())
    assert begun == [1]


def test_a_cancellation_ends_an_attempt() -> None:
    """It is not taken for a failure."""
    begun = []

    async def ask() -> None:
        async for attempt in quick():
            with attempt:
                begun.append(attempt.number)
                await asyncio.sleep(FOREVER_S)

    async def main() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(ask(), 0.02)

    asyncio.run(main())
    assert begun == [1]


def test_others_work_during_an_async_wait() -> None:
    """It holds up one question, not the loop."""
    order = []

    async def ask() -> None:
        left = [errors.RateLimitError("Slow down", retry_after=0.05)]
        async for attempt in attempts():
            with attempt:
                if left:
                    raise left.pop()
        order.append("answered")

    async def work() -> None:
        order.append("worked")

    async def main() -> None:
        await asyncio.gather(ask(), work())

    asyncio.run(main())
    assert order == ["worked", "answered"]


def test_the_attempts_have_to_be_gone_through() -> None:
    """They are no attempt themselves."""
    with pytest.raises(TypeError, match="go through the attempts"):
        next(quick())
    with pytest.raises(TypeError, match="go through the attempts"):
        asyncio.run(anext(quick()))


# ---- what is left behind -----------------------------------------------------------------------------------------


def test_an_error_goes_its_way_without_detour() -> None:
    """Its traceback leads from the caller to what failed, and not through the machinery of the attempts."""
    with pytest.raises(errors.OverloadedError) as caught:
        failing(quick(1), OVERLOADED, errors.OverloadedError("Again"))
    assert [frame.name for frame in traceback.extract_tb(caught.tb)][1:] == ["failing"]


class Body:
    """Something big."""


def test_a_failed_request_is_not_kept() -> None:
    """Its body goes with the error, without waiting for the garbage collector: it may have 32 MB."""

    def ask(body: Body) -> None:
        for attempt in quick(1):
            with attempt:
                raise errors.OverloadedError("Overloaded")

    body = Body()
    kept = weakref.ref(body)
    gc.disable()
    try:
        with suppress(errors.OverloadedError):
            ask(body)
        del body
        assert kept() is None
    finally:
        gc.enable()


QUIET = """
import sys
import claude_kit
assert "stamina" not in sys.modules
from claude_kit import errors
from claude_kit.client.retrying import attempts
assert "stamina" not in sys.modules
for attempt in attempts(first_wait_s=0.001):
    with attempt:
        if attempt.number == 1:
            raise errors.OverloadedError("Overloaded")
assert "stamina" in sys.modules
"""


def test_nothing_is_printed_and_nothing_loaded_before_it_is_needed() -> None:
    """The library's log is for those who have set up logging."""
    done = subprocess.run([sys.executable, "-c", QUIET], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_log_holds_no_key(caplog: pytest.LogCaptureFixture) -> None:
    """A server may repeat the one it was sent; who logs retries does not log that."""
    body = b'{"error":{"type":"overloaded_error","message":"Busy, sk-ant-api03-AbCdEf123456"}}'
    stamina.instrumentation.set_on_retry_hooks([stamina.instrumentation.LoggingOnRetryHook])
    try:
        failing(quick(), from_response(529, {}, body))
    finally:
        stamina.instrumentation.set_on_retry_hooks(None)
    logged = repr([vars(record) for record in caplog.records])
    assert "stamina.retry_scheduled" in logged
    assert "AbCdEf123456" not in logged


@contextmanager
def switched_off() -> Iterator[None]:
    """Switch stamina off, as a program's own tests may."""
    stamina.set_active(False)
    try:
        yield
    finally:
        stamina.set_active(True)


def test_a_program_can_switch_retries_off() -> None:
    """With stamina's own switch: one attempt, no wait, the very error."""
    told: list[Waiting] = []
    error = errors.OverloadedError("Overloaded")
    with switched_off(), pytest.raises(errors.OverloadedError) as caught:
        failing(quick(on_wait=told.append), error)
    assert caught.value is error
    assert told == []

    async def ask() -> int:
        async for attempt in quick():
            with attempt:
                return attempt.number
        raise AssertionError("unreachable")

    with switched_off():
        assert asyncio.run(ask()) == 1


@pytest.mark.parametrize(("tests_want", "made"), [(1, 1), (5, 3)])
def test_a_program_s_tests_do_not_wait(tests_want: int, made: int) -> None:
    """In stamina's test mode the waits are none, and the errors are the same."""
    begun: list[int] = []
    error = errors.OverloadedError("Overloaded")
    with stamina.set_testing(True, attempts=tests_want), pytest.raises(errors.OverloadedError) as caught:
        failing_always(slow(), error, begun)
    assert caught.value is error
    assert len(begun) == made


# ---- over a connection -------------------------------------------------------------------------------------------


def recovering(*statuses: int) -> Callable[[Exchange], None]:
    """Answer with these statuses one after the other, asking to wait a moment; 0 hangs up without an answer."""
    left = list(statuses)

    def respond(exchange: Exchange) -> None:
        status = left.pop(0)
        if status == 0:
            return
        exchange.begin(status, "application/json", content_length="2", **{"retry-after-ms": "5"})
        exchange.send(b"{}")

    return respond


def answered(response: httpx.Response) -> int:
    """Return the status of an answer that is a success."""
    if not response.is_success:
        raise from_response(response.status_code, response.headers, response.content)
    return response.status_code


def test_a_server_that_recovers_is_asked_until_it_does() -> None:
    """Busy, then cut off, then an answer: three requests, two waits."""
    told: list[Waiting] = []
    with serving(recovering(529, 0, 200)) as served, httpx.Client() as http:
        for attempt in quick(on_wait=told.append):
            with attempt:
                try:
                    status = answered(http.post(served.address, content=b"{}"))
                except httpx.RequestError as error:
                    raise errors.ConnectionFailed(str(error)) from None
    assert status == 200
    assert len(served.requests) == 3
    assert [waiting.reason for waiting in told] == ["overloaded", "no connection"]
    assert told[0].seconds == 0.005


def test_an_async_client_asks_the_same_way() -> None:
    """Busy, then limited, then refused: the refusal is raised, with what was tried before."""

    async def ask(address: str) -> int:
        async with httpx.AsyncClient() as http:
            async for attempt in quick():
                with attempt:
                    return answered(await http.post(address, content=b"{}"))
        raise AssertionError("unreachable")

    with serving(recovering(529, 429, 400)) as served, pytest.raises(errors.BadRequestError) as caught:
        asyncio.run(ask(served.address))
    assert len(served.requests) == 3
    assert caught.value.__notes__ == ["Asked 3 times."]


def test_a_whole_answer_needs_one_attempt() -> None:
    """Nothing is asked twice that went well."""
    with serving(recovering(200, 200)) as served, httpx.Client() as http:
        for attempt in quick():
            with attempt:
                assert answered(http.post(served.address, content=b"{}")) == 200
    assert len(served.requests) == 1
