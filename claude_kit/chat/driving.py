"""How is a question carried to its end? Sent, shown, its tools run, and sent on; by a client that waits, or awaited."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from claude_kit import shown
from claude_kit.chat import ledger
from claude_kit.chat.asking import Asking, Outgoing, findings_to_tell
from claude_kit.chat.course import Question
from claude_kit.chat.tools import Result, Tools
from claude_kit.client import AsyncClient, AsyncStream, Client
from claude_kit.client.threaded import Threaded
from claude_kit.errors import APIError
from claude_kit.render.answer import Answer, Call
from claude_kit.reply import STOPPED_BEFORE, Reply
from claude_kit.view import Attended, Watched, tell, watching
from claude_kit.view.background import BackgroundReply, awaited_in_background, begun, running_loop

if TYPE_CHECKING:
    from claude_kit.chat.conversation import Chat

_STOPPED: Final = "Stopped before the answer was complete."

__all__ = ["drive", "drive_async", "drive_in_background", "under_way"]


def drive(asking: Asking, first: Outgoing, watched: Watched, client: Client, tools: Tools) -> None:
    """Send a question and what follows from it, until the answer has ended.

    Parameters
    ----------
    asking : Asking
    first : Outgoing
        Its first request.
    watched : Watched
        Shows what comes.
    client : Client
    tools : Tools
        Runs what is called.
    """
    outgoing: Outgoing | None = first
    while outgoing is not None:
        _note(outgoing, watched)
        try:
            reply = watched.follow(client.stream(**_request(outgoing, watched)))
        except APIError as error:
            outgoing = _again(asking, error)
            continue
        for call in asking.take(reply):
            asking.give(_run(call, watched, tools))
        outgoing = asking.outgoing() if asking.goes_on else None


async def drive_async(
    asking: Asking, first: Outgoing, watched: Watched, client: Client | AsyncClient, tools: Tools
) -> None:
    """Do what `drive` does, while other things go on; a client that waits is read in a thread of its own."""
    outgoing: Outgoing | None = first
    while outgoing is not None:
        _note(outgoing, watched)
        try:
            reply = await watched.follow_async(_stream(outgoing, watched, client))
        except APIError as error:
            outgoing = _again(asking, error)
            continue
        if calls := asking.take(reply):
            for result in await _run_together(calls, watched, tools):
                asking.give(result)
        outgoing = asking.outgoing() if asking.goes_on else None


def drive_in_background(chat: Chat, question: Question) -> BackgroundReply:
    """Check a question and show that it is asked, here; then let it be carried to its end while this goes on."""
    (asking, first, watched), ending, context = begun(under_way(chat, question, "background"))

    async def answered() -> Reply:
        with ending:
            await watched.run(drive_async(asking, first, watched, chat.client, chat.tools))
        return asking.reply

    # The connections of an AsyncClient belong to the loop that it is awaited in.
    own = running_loop() if isinstance(chat.client, AsyncClient) else None
    return awaited_in_background(watched, answered(), context, own)


def _note(outgoing: Outgoing, watched: Watched) -> None:
    watched.documents = outgoing.documents
    for words in outgoing.notes:
        watched.note(words)


def _request(outgoing: Outgoing, watched: Watched) -> dict[str, Any]:
    """Return what the client is told; it was all checked before."""
    return {
        "messages": outgoing.messages,
        "estimate": outgoing.estimate,
        "on_wait": watched.wait,
        "preflight": False,
        **outgoing.fields,
    }


def _stream(outgoing: Outgoing, watched: Watched, client: Client | AsyncClient) -> AsyncStream | Threaded:
    request = _request(outgoing, watched)
    if isinstance(client, Client):
        return Threaded(
            lambda on_wait: client.stream(**{**request, "on_wait": on_wait}), watched.wait, outgoing.estimate
        )
    return client.stream(**request)


def _again(asking: Asking, error: APIError) -> Outgoing:
    """Return the same request without what the API has refused of it; raise what that does not help."""
    if not asking.goes_on_otherwise(error):
        raise error
    return asking.outgoing()


# ---- tools ------------------------------------------------------------------------------------------------------


def _run(call: Mapping[str, Any], watched: Watched, tools: Tools) -> Result:
    watched.called(replace(shown.call(call), pending=True))
    result = tools.call(call)
    watched.called(_ended(call, result))
    return result


async def _run_together(calls: Sequence[Mapping[str, Any]], watched: Watched, tools: Tools) -> list[Result]:
    for call in calls:
        watched.called(replace(shown.call(call), pending=True))
    results = await tools.arun_all(calls)
    for call, result in zip(calls, results, strict=True):
        watched.called(_ended(call, result))
    return results


def _ended(block: Mapping[str, Any], result: Result) -> Call:
    return replace(shown.ended(shown.call(block), result.block), seconds=result.seconds)


# ---- what is seen, and what is kept ------------------------------------------------------------------------------


@contextmanager
def under_way(
    chat: Chat, question: Question, attended: Attended = "waiting"
) -> Iterator[tuple[Asking, Outgoing, Watched]]:
    """Check a question, show what comes, and keep the turn, however it ends.

    Parameters
    ----------
    chat : Chat
        Answers one at a time.
    question : Question
    attended : {"waiting", "awaiting", "background"}
        Who is there for the end, see `claude_kit.view.watching`.

    Yields
    ------
    tuple
        The question under way, its first request, and what shows the answer: to be carried to its end.

    Raises
    ------
    ClaudeKitError
        If another question is being answered, or this one cannot be sent, see `Asking.outgoing`; nothing is kept then.
    """
    with chat.course.alone():
        asking = Asking(chat, question)
        first = asking.outgoing()
        with _shown_and_kept(chat, asking, first, attended) as watched:
            yield asking, first, watched


@contextmanager
def _shown_and_kept(chat: Chat, asking: Asking, first: Outgoing, attended: Attended) -> Iterator[Watched]:
    _tell(chat, first)
    watched = None
    try:
        with watching(first.estimate, attended) as watched:
            watched.final = partial(_final, asking, watched)
            yield watched
        watched.mark(asking.reply)
    except BaseException as error:
        broken = watched.partial if watched is not None else None
        asking.break_off(broken, f"{type(error).__name__}: {error}".removesuffix(": "))
        raise
    finally:
        turn = asking.turn()
        chat.course.keep(turn, asking.question)
        ledger.note(turn)


def _tell(chat: Chat, outgoing: Outgoing) -> None:
    """Show what the check found, if that was not shown before."""
    found = findings_to_tell(outgoing.report)
    news = [finding for finding in found if finding.gist not in chat.told]
    chat.told |= {finding.gist for finding in news}
    tell(news, outgoing.report)


def _final(asking: Asking, watched: Watched) -> Answer:
    """Return what stays on the page: all that has come, also of an answer that broke off."""
    if watched.interrupted:
        asking.break_off(watched.partial, _STOPPED if asking.steps else STOPPED_BEFORE)
        return asking.answer()
    if watched.problem and watched.partial is None:
        return asking.answer(Reply(complete=False, problem=watched.problem))
    return asking.answer(watched.partial if asking.steps else watched.reply)
