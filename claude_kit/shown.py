"""What of a message is shown? Content blocks, as the API has them, become the pieces of an answer.

Thinking, text with its citations, calls of tools and what came of them: one's own and those that run at the API (web
search, code execution and so on), whose calls and results are blocks of the same answer. Facts about the blocks:
Anthropic's docs on citations and server tools, and the SDK's types, 2026-11. A kind that is not known is not shown.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any, Final

from claude_kit import models
from claude_kit.errors import UnknownModelError
from claude_kit.estimate.prices import price
from claude_kit.estimate.terms import of_usage
from claude_kit.render import units
from claude_kit.render.answer import Answer, Call, Locked, Piece, Said, Source, Thought, thought_tokens

if TYPE_CHECKING:
    from claude_kit.reply import Reply, Usage

__all__ = ["call", "ended", "is_call", "is_result", "pieces", "sources", "titled", "turn_answer"]

Block = Mapping[str, Any]

#: One request of a turn: the answer, and the ``tool_result`` blocks that were sent next.
Asked = tuple["Reply", Sequence[Block]]

_CALLS: Final = ("tool_use", "server_tool_use", "mcp_tool_use")

# What to say when an answer did not end by itself.
_STOPS: Final[dict[str, str]] = {
    "max_tokens": "The answer was cut at max_tokens.",
    "model_context_window_exceeded": "The answer was cut: the context window is full.",
    "refusal": "Claude declined to answer.",
    "pause_turn": "Claude paused; send the conversation on to let it continue.",
}


# ---- blocks -----------------------------------------------------------------------------------------------------


def pieces(blocks: Iterable[Block], results: Iterable[Block] = (), documents: Sequence[str] = ()) -> tuple[Piece, ...]:
    """Return what there is to show of content blocks, in order.

    Parameters
    ----------
    blocks : iterable of mapping
        Of one answer, or of several in a row.
    results : iterable of mapping
        ``tool_result`` blocks; each is joined to its call, as the results of server tools among `blocks` are.
    documents : sequence of str
        What the documents of the request are called, in their order.

    Examples
    --------
    >>> asked = {"type": "tool_use", "id": "t1", "name": "weather", "input": {"city": "Oslo"}}
    >>> pieces([asked], [{"type": "tool_result", "tool_use_id": "t1", "content": "rain"}])
    (Call(name='weather', input='{"city": "Oslo"}', result='rain', failed=False, seconds=0.0, pending=False, id='t1'),)
    """
    blocks = list(blocks)
    outcomes = {block.get("tool_use_id"): block for block in [*blocks, *results] if is_result(block)}
    asked = {block.get("id") for block in blocks if is_call(block)}
    shown: list[Piece] = []
    before: object = None
    for block in blocks:
        kind = block.get("type")
        match block:
            case {"type": "text", "text": str(text)} if text:
                # Only text blocks that touch are one text; between others is an end, whether it shows or not.
                apart = "\n\n" if before != "text" and shown and isinstance(shown[-1], Said) else ""
                shown.append(Said(apart + text, sources(block, documents)))
            case {"type": "thinking", "thinking": str(thinking)} if thinking:
                shown.append(Thought(thinking))
            case {"type": "redacted_thinking"}:
                shown.append(Locked())
            case _ if is_call(block):
                began = call(block)
                outcome = outcomes.get(block.get("id"))
                shown.append(began if outcome is None else ended(began, outcome))
            case _ if is_result(block) and block.get("tool_use_id") not in asked:
                shown.append(ended(Call(str(kind).removesuffix("_tool_result"), "{}"), block))
        before = kind
    return tuple(shown)


def is_call(block: Block) -> bool:
    """Tell whether a block calls a tool."""
    return block.get("type") in _CALLS


def is_result(block: Block) -> bool:
    """Tell whether a block says what came of a call."""
    return str(block.get("type")).endswith("tool_result")


def call(block: Block) -> Call:
    """Return the call that a block begins."""
    name = ".".join(str(block[key]) for key in ("server_name", "name") if block.get(key))
    return Call(name, _json(block.get("input")), id=str(block.get("id", "")))


def ended(began: Call, result: Block) -> Call:
    """Return a call with what its result says."""
    content = result.get("content")
    failed = bool(result.get("is_error")) or _is_failure(content)
    return replace(began, result=_words(content).strip(), failed=failed, pending=False)


def _is_failure(content: object) -> bool:
    return isinstance(content, Mapping) and bool(content.get("error_code") or content.get("return_code"))


def _words(content: Any) -> str:
    """Return what can be read of a result; the bytes of a file cannot."""
    match content:
        case None:
            return ""
        case str():
            return content
        case list() | tuple():
            return "\n".join(filter(None, map(_words, content)))
        case {"type": "text", "text": str(text)}:
            return text
        case {"error_code": code}:
            return ": ".join(str(part) for part in (code, content.get("error_message")) if part)
        case {"stdout": stdout, "stderr": stderr}:
            code = content.get("return_code")
            return "\n".join(
                str(part).rstrip() for part in (stdout, stderr, f"exit code {code}" if code else "") if part
            )
        case {"type": "document", "source": {"type": "text", "data": str(text)}}:
            return _below(content.get("title"), text)
        case {"tool_references": references}:
            return _words(references)
        case {"tool_name": name}:
            return str(name)
        case {"type": "search_result", "source": source}:
            return _below(f"{content.get('title') or ''} {source}", _words(content.get("content")))
        case {"url": url, "title": title}:
            return f"{title}  {url}"
        case {"url": url}:
            return _below(url, _words(content.get("content")))
        case {"type": "image" | "document" as kind}:
            return f"[{kind}]"
        case {"text": str(text)}:
            return text
        case {"content": str() | list() as inner} if inner:
            return _words(inner)
        case Mapping():
            return _json({name: value for name, value in content.items() if not str(name).startswith("encrypted")})
        case _:
            return str(content)


def _below(heading: object, text: str) -> str:
    return "\n".join(str(part).strip() for part in (heading, text) if part)


def _json(value: object) -> str:
    return json.dumps({} if value is None else value, ensure_ascii=False, default=str)


# ---- citations --------------------------------------------------------------------------------------------------


def sources(block: Block, documents: Sequence[str] = ()) -> tuple[Source, ...]:
    """Return what a text block rests on.

    Parameters
    ----------
    block : mapping
    documents : sequence of str
        What the documents of the request are called, in their order, for those without a title.

    Examples
    --------
    >>> cited = {"type": "page_location", "document_index": 0, "document_title": "report.pdf", "cited_text": "up 12 %",
    ...          "start_page_number": 3, "end_page_number": 4}
    >>> sources({"type": "text", "text": "It grew.", "citations": [cited]})
    (Source(title='report.pdf', place='p. 3', quote='up 12 %'),)
    """
    cited = block.get("citations")
    if not isinstance(cited, list | tuple):
        return ()
    return tuple(_source(citation, documents) for citation in cited if isinstance(citation, Mapping))


def titled(citation: Block, documents: Sequence[str]) -> Block:
    """Return a citation with the title of its document.

    Examples
    --------
    >>> titled({"type": "page_location", "document_index": 0, "document_title": None}, ["report.pdf"])
    {'type': 'page_location', 'document_index': 0, 'document_title': 'report.pdf'}
    """
    at = citation.get("document_index")
    if citation.get("document_title") or not (isinstance(at, int) and 0 <= at < len(documents)):
        return citation
    return {**citation, "document_title": documents[at]}


def _source(citation: Block, documents: Sequence[str]) -> Source:
    citation = titled(citation, documents)
    return Source(_title(citation), _place(citation), str(citation.get("cited_text") or ""))


def _title(citation: Block) -> str:
    for key in ("document_title", "title"):
        if citation.get(key):
            return str(citation[key])
    for key, noun in (("document_index", "document"), ("search_result_index", "search result")):
        if isinstance(index := citation.get(key), int):
            return f"{noun} {index + 1}"
    return ""


def _place(citation: Block) -> str:
    """Return where it stands. Pages are counted from 1, characters and blocks from 0, and the end is the next one."""
    match citation:
        case {"start_page_number": int(start), "end_page_number": int(end)}:
            return f"p. {start}" if end - 1 <= start else f"pp. {start} to {end - 1}"
        case {"start_char_index": int(start), "end_char_index": int(end)}:
            return f"characters {units.count(start + 1)} to {units.count(end)}"
        case {"start_block_index": int(start), "end_block_index": int(end)}:
            where = f"block {start + 1}" if end - 1 <= start else f"blocks {start + 1} to {end}"
            return where if "source" not in citation else f"{citation['source']}, {where}"
        case {"url": url}:
            return str(url)
        case _:
            return ""


# ---- answers ----------------------------------------------------------------------------------------------------


def turn_answer(
    steps: Sequence[Asked],
    notes: Iterable[str] = (),
    *,
    took: Mapping[str, float] | None = None,
    documents: Sequence[str] = (),
) -> Answer:
    """Return what there is to show of a whole turn, as one answer.

    Parameters
    ----------
    steps : sequence of (Reply, sequence of mapping)
        One for each request, with the ``tool_result`` blocks that were sent next. At least one.
    notes : iterable of str
        What was done to the conversation before it was sent, in sentences.
    took : mapping of str to float, optional
        The id of a call, and how many seconds it ran.
    documents : sequence of str
        What the documents of the requests are called, in their order: citations tell those without a title by it.

    Returns
    -------
    Answer
        The pieces of all steps in order, usage and cost summed; estimate and problem are the last step's.
    """
    replies = [reply for reply, _ in steps]
    last = replies[-1]
    return Answer(
        pieces=tuple(_pieces_of(steps, took or {}, documents)),
        model=last.model,
        facts=tuple(_facts(replies)),
        quiet_facts=tuple(_against_estimate(last, several=len(replies) > 1)),
        problem=last.problem or _STOPS.get(last.stop_reason or "", ""),
        offline=any(reply.offline for reply in replies),
        notes=tuple(notes),
        recorded=next((reply.recorded[:10] for reply in replies if reply.recorded), ""),
    )


def _pieces_of(steps: Sequence[Asked], took: Mapping[str, float], documents: Sequence[str]) -> Iterator[Piece]:
    """Yield the pieces of all steps, each thinking with its tokens and each call with its time."""
    between: Block = {"type": "request"}
    blocks = [block for reply, _ in steps for block in (*reply.blocks, between)]
    results = [result for _, given in steps for result in given]
    thinking = (thought for reply, _ in steps for thought in _thoughts(reply))
    for piece in pieces(blocks, results, documents):
        match piece:
            case Thought():
                yield next(thinking)
            case Call(id=id) if id in took:
                yield replace(piece, seconds=took[id])
            case _:
                yield piece


def _thoughts(reply: Reply) -> Iterator[Thought]:
    """Yield the thinking of an answer that can be read; where it is all there is, with what it cost."""
    readable = [piece for piece in pieces(reply.blocks) if isinstance(piece, Thought)]
    if not _is_all_there_is(reply):
        yield from readable
        return
    tokens = reply.usage.thinking_tokens
    yield replace(readable[0], tokens=tokens, seconds=reply.thinking_s, cost=_thinking_cost(reply) if tokens else None)


def _is_all_there_is(reply: Reply) -> bool:
    """Tell whether the thinking tokens of an answer are those of one block that shows."""
    thinking = [block for block in reply.blocks if block.get("type") in ("thinking", "redacted_thinking")]
    return len(thinking) == 1 and any(isinstance(piece, Thought) for piece in pieces(thinking))


def _thinking_cost(reply: Reply) -> Decimal | None:
    """Return what thinking cost, at the price of output; None where no price is known."""
    tokens = {"output_tokens": reply.usage.thinking_tokens or 0}
    try:
        return price(models.find(reply.model), tokens, **of_usage(reply.usage)).output
    except (UnknownModelError, ValueError):
        return None


def _facts(replies: Sequence[Reply]) -> Iterator[str]:
    if len(replies) > 1:
        yield units.plural(len(replies), "request")
    billed = reduce(add, (reply.billed for reply in replies))
    if not billed:
        return
    least = "at least " if any(reply.at_least for reply in replies) else ""
    read = f"in {units.count(billed.total_input_tokens)}{_cached(billed)}"
    yield f"{read} · out {least}{units.count(billed.output_tokens)}"
    try:
        yield least + units.usd(sum((reply.cost for reply in replies), Decimal(0)))
    except (UnknownModelError, ValueError):
        yield "price unknown"
    yield from _other_thinking([reply for reply in replies if not _is_all_there_is(reply)])


def _cached(usage: Usage) -> str:
    """Return how much of the input was read from the cache and written to it, in brackets."""
    counts = (
        (usage.cache_read_input_tokens, "from cache"),
        (usage.cache_creation_input_tokens, "written to cache"),
    )
    told = ", ".join(f"{units.count(tokens)} {what}" for tokens, what in counts if tokens)
    return f" ({told})" if told else ""


def _other_thinking(replies: Sequence[Reply]) -> Iterator[str]:
    """Yield what thinking was billed that no single line of the answer accounts for."""
    tokens = sum(reply.usage.thinking_tokens or 0 for reply in replies)
    if not tokens:
        return
    kinds = {type(piece) for reply in replies for piece in pieces(reply.blocks)}
    where = "" if Thought in kinds else ", encrypted" if Locked in kinds else ", not shown"
    yield thought_tokens(tokens, map(_thinking_cost, replies)) + where


def _against_estimate(reply: Reply, *, several: bool) -> Iterator[str]:
    actual = reply.usage.total_input_tokens
    if reply.estimate is None or not actual:
        return
    guessed = reply.estimate.input_tokens
    which = "last estimate" if several else "estimate"
    yield f"{which} {units.count(guessed)} in, off by {units.percent((guessed - actual) / actual)}"
