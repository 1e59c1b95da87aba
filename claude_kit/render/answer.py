"""How an answer looks when it is done: thinking folded away, the answer, then what it cost, in one line."""

from __future__ import annotations

from dataclasses import dataclass

from claude_kit.render import units
from claude_kit.render.html import QUIET_FOR_MATH, escape, frame, tag
from claude_kit.render.markdown import to_html
from claude_kit.render.plain import one_line, plain

__all__ = ["OFFLINE_MARK", "Answer", "html_answer", "text_answer", "text_status", "thinking_headline"]

#: Said on every answer of the offline model, live and saved.
OFFLINE_MARK = "offline model, no Claude was asked"


@dataclass(frozen=True, slots=True)
class Answer:
    """What there is to show of an answer.

    Attributes
    ----------
    text : str
        Markdown.
    thinking : str
        Plain text; empty when there was none or it was not shown.
    model : str
        The id that answered.
    facts : tuple of str
        For the status line: usage, cost, and so on.
    quiet_facts : tuple of str
        For the end of the status line, more quietly: estimate against actual.
    thinking_tokens : int or None
        As billed, when the answer tells.
    thinking_s : float
        How long it thought; under half a second is not worth a word.
    problem : str
        Why the answer is not whole; empty when it is.
    offline : bool
        Whether the offline model wrote it.
    """

    text: str
    thinking: str = ""
    model: str = ""
    facts: tuple[str, ...] = ()
    quiet_facts: tuple[str, ...] = ()
    thinking_tokens: int | None = None
    thinking_s: float = 0.0
    problem: str = ""
    offline: bool = False


def html_answer(answer: Answer) -> str:
    """Return the answer as static, sanitised, framed HTML that needs neither widget nor script to be read."""
    return frame(
        _thinking(answer)
        + (f'<div class="ck-answer">{to_html(answer.text)}</div>' if answer.text else "")
        + (f'<div class="ck-problem {QUIET_FOR_MATH}">{escape(answer.problem)}</div>' if answer.problem else "")
        + _status(answer),
        kind="answer",
    )


def text_answer(answer: Answer) -> str:
    """Return the answer as plain text: the thinking quoted, the markdown as it came, the facts in brackets."""
    thinking = "\n".join(f"> {line}".rstrip() for line in answer.thinking.splitlines())
    parts = (thinking, answer.text, answer.problem, text_status(answer))
    return plain("\n\n".join(part for part in parts if part))


def text_status(answer: Answer) -> str:
    """Return the facts in one line, in brackets; nothing when there are none."""
    mark = OFFLINE_MARK if answer.offline else ""
    facts = [fact for fact in (mark, answer.model, *answer.facts, *answer.quiet_facts) if fact]
    return one_line(f"[{' · '.join(facts)}]") if facts else ""


def thinking_headline(answer: Answer) -> tuple[str, str]:
    """Return what the folded thinking is called, and the number that stands beside it."""
    took = f"Thought for {max(1, round(answer.thinking_s))} s" if answer.thinking_s >= 0.5 else "Thinking"
    tokens = units.plural(answer.thinking_tokens, "token") if answer.thinking_tokens else ""
    return took, tokens


def _thinking(answer: Answer) -> str:
    if not answer.thinking:
        return ""
    headline, tokens = thinking_headline(answer)
    number = f' <span class="ck-dim ck-num">· {escape(tokens)}</span>' if tokens else ""
    return (
        f'<details class="ck-thinking {QUIET_FOR_MATH}"><summary>{escape(headline)}{number}</summary>'
        f'<div class="ck-thought">{escape(answer.thinking)}</div></details>'
    )


def _status(answer: Answer) -> str:
    pieces = [tag(OFFLINE_MARK, "offline")] if answer.offline else []
    if answer.model:
        pieces.append(f"<b>{escape(answer.model)}</b>")
    pieces += [f"<span>{escape(fact)}</span>" for fact in answer.facts]
    pieces += [f'<span class="ck-dim">{escape(fact)}</span>' for fact in answer.quiet_facts]
    return f'<div class="ck-status {QUIET_FOR_MATH}">{" ".join(pieces)}</div>' if pieces else ""
