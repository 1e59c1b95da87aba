"""How are many requests asked, a few at a time? In order, at the pace that the answers allow, and nothing is lost.

`Round` decides what is to be done next and does no IO; `in_threads` and `in_tasks` do it.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sized
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal

import anyio

from claude_kit import errors
from claude_kit.client.answers import Answers
from claude_kit.client.gate import Gate
from claude_kit.client.outcomes import Outcome, spent
from claude_kit.client.questions import as_request, refuse_single
from claude_kit.client.retrying import Waiting, is_worth_retrying
from claude_kit.render import units
from claude_kit.render.progress import Progress, progress
from claude_kit.reply import Reply

__all__ = ["AsyncSend", "OnError", "Round", "Send", "at_once", "in_tasks", "in_threads"]

#: Asks one request, once (see `at_once`): what is worth asking again is asked again when the gate is open.
Send = Callable[[Mapping[str, Any]], Reply]
AsyncSend = Callable[[Mapping[str, Any]], Awaitable[Reply]]

OnError = Literal["return", "raise"]

#: How often one request is asked before its error is its outcome.
_TRIES: Final = 8

# After these the next request would fail in the same way.
_HOPELESS: Final = (errors.AuthenticationError, errors.BillingError)
_SPENT: Final = "enforced_spend_limit_reached"

# An answer that asks to wait longer ends the round: nobody sits there for so long.
_LONGEST_ASKED_S: Final = 600.0

# So long nothing may get through, however often that is, before the round ends.
_BURST_S: Final = 60.0

# An allowance that is used up grows back bit by bit: after this long one request goes and sees, whatever the answer
# said, or the clocks of two machines make of it.
_LONGEST_HELD_S: Final = 60.0

# How often the bar tells how long it still waits.
_TELL_S: Final = 1.0

# How long threads are waited for whose connections were ended, and how often those are ended that came late.
_HANG_UP_S: Final = 2.0
_HANG_UP_AGAIN_S: Final = 0.1


@dataclass(slots=True)
class Job:
    """One request on its way: its place among all, how often it was asked, and when it left last."""

    number: int
    request: Mapping[str, Any]
    tries: int = 0
    left_at: float = 0.0


class Round:
    """One pass over many requests: which is to be asked next, and what came of each.

    Parameters
    ----------
    requests : iterable
        Taken as it goes, never ahead of what is asked.
    fields : mapping
        What is the same for all requests.
    concurrency : int
        How many may be under way.
    on_error : {"return", "raise"}
        Whether the first error ends the round.
    tries : int
        How often to ask one request.

    Attributes
    ----------
    failure : BaseException or None
        What ends the round and is to be raised.
    """

    def __init__(
        self,
        requests: Iterable[object],
        fields: Mapping[str, Any],
        *,
        concurrency: int,
        on_error: OnError,
        tries: int = _TRIES,
    ) -> None:
        refuse_single(requests)
        if on_error not in ("return", "raise"):
            raise ValueError(f'on_error={on_error!r}: give "return" or "raise"')
        if concurrency < 1:
            raise ValueError(f"concurrency={concurrency}: at least 1 request is to be under way")
        self.total = len(requests) if isinstance(requests, Sized) else None
        self.failure: BaseException | None = None
        self._requests: Iterator[object] = iter(requests)
        self._fields = fields
        self._gate = Gate(concurrency)
        self._on_error = on_error
        self._tries = tries
        self._taken = self._under_way = 0
        self._again: deque[Job] = deque()
        self._outcomes: dict[int, Outcome] = {}
        self._failed = 0
        self._cost = Decimal(0)
        self._ended_by: errors.ClaudeKitError | None = None
        self._exhausted = False

    @property
    def over(self) -> bool:
        """Whether nothing is left to do; what is under way after a failure is not waited for."""
        if self.failure is not None:
            return True
        return not self._under_way and (self._ended_by is not None or (self._exhausted and not self._again))

    def take(self, now: float) -> Job | None:
        """Return the request that is to be asked now; None if none is, for now or any more."""
        if self.failure or self._ended_by or self._gate.wait_s(self._under_way, now) > 0:
            return None
        job = self._again.popleft() if self._again else self._next()
        if job is not None:
            job.tries, job.left_at = job.tries + 1, now
            self._under_way += 1
        return job

    def wait_s(self, now: float) -> float:
        """Return for how long to wait at most for something to come back."""
        return min(self._gate.wait_s(self._under_way, now) or _TELL_S, _TELL_S)

    def answered(self, job: Job, reply: Reply, now: float) -> None:
        """Take an answer."""
        self._under_way -= 1
        self._gate.answered(job.left_at)
        if reply.limits is not None and (seconds := reply.limits.wait_s()) > 0:
            self._gate.hold(now, min(seconds, _LONGEST_HELD_S))
        self._keep(job, reply)

    def failed(self, job: Job, error: BaseException, now: float) -> None:
        """Take an error: the request is asked again, or this is what came of it, or it is the end of the round."""
        self._under_way -= 1
        if not isinstance(error, errors.ClaudeKitError):
            self.failure = error  # a mistake in the request, or of ours
            return
        if is_worth_retrying(error):
            asked_s = getattr(error, "retry_after", None)
            self._gate.refused(job.left_at, now, asked_s)
            is_burst = self._gate.refusals < self._tries or now - self._gate.refused_since < _BURST_S
            gets_through = is_burst and (asked_s or 0.0) <= _LONGEST_ASKED_S
            if gets_through and job.tries < self._tries:
                self._again.append(job)
                return
            if not gets_through:
                self._ended_by = error
        elif isinstance(error, _HOPELESS) or getattr(error, "code", None) == _SPENT:
            self._ended_by = error
        self._keep(job, error)
        if self._on_error == "raise":
            self.failure = error
        else:
            error.__traceback__ = None  # its frames hold the request, files and all

    def cut_off(self, job: Job, came: Reply | BaseException | None) -> None:
        """Take what had come of a request by the time the round was ended early."""
        if isinstance(came, Reply):
            self._keep(job, came)
        elif arrived := getattr(came, "reply", None):
            error = errors.APIError("Stopped in the middle of the answer.", type="stopped")
            error.reply = arrived
            self._keep(job, error)

    def conclude(self) -> Answers:
        """Return the answers, or raise what ended the round; then they are its ``answers``."""
        answers = self.answers()
        if self.failure is None or (self._on_error == "return" and isinstance(self.failure, KeyboardInterrupt)):
            return answers
        vars(self.failure)["answers"] = answers
        self.failure.add_note(f"What had come by then is this error's .answers: {answers!r}")
        raise self.failure

    def answers(self) -> Answers:
        """Return what came of each request, in order; what did not get its turn is marked."""
        known = self._taken if self.total is None else max(self._taken, self.total)
        stopped = not self._exhausted or len(self._outcomes) < self._taken
        return Answers((self._outcomes.get(number) or self._unasked() for number in range(known)), stopped=stopped)

    def show(self, bar: Progress, now: float) -> None:
        """Tell how far it is, what failed, what it has cost, and how long it holds back."""
        notes = [f"{units.count(self._failed)} failed"] if self._failed else []
        notes.append(units.usd(self._cost))
        if not self._under_way and not self.over and (seconds := self._gate.wait_s(0, now)) > 0:
            notes.append(f"waiting {units.seconds(seconds)}")
        bar.show(len(self._outcomes), ", ".join(notes))

    def _next(self) -> Job | None:
        try:
            for given in self._requests:
                self._taken += 1
                return Job(self._taken - 1, as_request(given, self._fields))
        except Exception as error:
            self.failure = error
            return None
        self._exhausted = True
        return None

    def _keep(self, job: Job, outcome: Outcome) -> None:
        self._outcomes[job.number] = outcome
        self._failed += not isinstance(outcome, Reply)
        self._cost += spent([outcome])

    def _unasked(self) -> errors.APIError:
        why = f" {self._ended_by}" if self._ended_by else ""
        return errors.APIError(f"Stopped before there was an answer.{why}", type="stopped")


def at_once(waiting: Waiting) -> None:
    """Let a request fail at once instead of waiting by itself: given to `Client.send` as ``on_wait``."""
    raise waiting.error


def in_threads(
    send: Send,
    requests: Iterable[object],
    fields: Mapping[str, Any],
    *,
    concurrency: int = 8,
    shown: bool = True,
    on_error: OnError = "return",
    tries: int = _TRIES,
    hang_up: Callable[[], None] | None = None,
) -> Answers:
    """Ask requests in threads of their own.

    Parameters
    ----------
    send : callable
        Asks one request, once; may be called in several threads.
    requests, fields, concurrency, on_error
        As for `Round`.
    shown : bool
        Whether to show how far it is.
    tries : int
        How often one request is asked before its error is its outcome.
    hang_up : callable, optional
        Ends what is under way, see `claude_kit.client.connections`; for where the round is ended early.
    """
    this = Round(requests, fields, concurrency=concurrency, on_error=on_error, tries=tries)
    under_way: dict[Future[Reply], Job] = {}
    pool = ThreadPoolExecutor(concurrency, thread_name_prefix="claude_kit map")
    with progress(this.total, "request", shown=shown) as bar:
        try:
            while not this.over:
                while job := this.take(time.monotonic()):
                    under_way[pool.submit(send, job.request)] = job
                _collect(this, under_way)
                this.show(bar, time.monotonic())
        except BaseException as error:
            this.failure = error
        pool.shutdown(wait=False, cancel_futures=True)
        _cut_off(this, under_way, hang_up)
        this.show(bar, time.monotonic())
    return this.conclude()


async def in_tasks(
    send: AsyncSend,
    requests: Iterable[object],
    fields: Mapping[str, Any],
    *,
    concurrency: int = 8,
    shown: bool = True,
    on_error: OnError = "return",
    tries: int = _TRIES,
) -> Answers:
    """Ask requests in tasks of their own; parameters are those of `in_threads`.

    A cancellation ends them all at once, and is raised on with what had come as its ``answers``.
    """
    this = Round(requests, fields, concurrency=concurrency, on_error=on_error, tries=tries)
    came_back = anyio.Event()

    async def ask(job: Job) -> None:
        try:
            reply = await send(job.request)
        except Exception as error:
            this.failed(job, error, time.monotonic())
        else:
            this.answered(job, reply, time.monotonic())
        came_back.set()

    with progress(this.total, "request", shown=shown) as bar:
        try:
            async with anyio.create_task_group() as group:
                while not this.over:
                    came_back = anyio.Event()
                    while job := this.take(time.monotonic()):
                        group.start_soon(ask, job)
                    with anyio.move_on_after(this.wait_s(time.monotonic())):
                        await came_back.wait()
                    this.show(bar, time.monotonic())
                group.cancel_scope.cancel()
        except BaseException as error:
            this.failure = error
        this.show(bar, time.monotonic())
    return this.conclude()


def _collect(this: Round, under_way: dict[Future[Reply], Job]) -> None:
    """Wait until something has come back, or it is time to look again."""
    seconds = this.wait_s(time.monotonic())
    if not under_way:
        if not this.over:
            time.sleep(seconds)
        return
    for future in wait(under_way, timeout=seconds, return_when=FIRST_COMPLETED).done:
        job, error, now = under_way.pop(future), future.exception(), time.monotonic()
        if error is None:
            this.answered(job, future.result(), now)
        else:
            this.failed(job, error, now)


def _cut_off(this: Round, under_way: Mapping[Future[Reply], Job], hang_up: Callable[[], None] | None) -> None:
    """End what is under way, and keep what had come of it."""
    until = time.monotonic() + _HANG_UP_S
    # Again and again: a thread may have been about to connect.
    while hang_up is not None and not all(future.done() for future in under_way) and time.monotonic() < until:
        hang_up()
        wait(under_way, timeout=_HANG_UP_AGAIN_S)
    for future, job in under_way.items():
        if future.done() and not future.cancelled():
            this.cut_off(job, future.exception() or future.result())
