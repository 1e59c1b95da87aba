"""What does a request that was not recorded differ in from the nearest one that was? In words, for whoever asked it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, Final

from claude_kit.client.cassettes.asked import question
from claude_kit.client.cassettes.exchange import Asked
from claude_kit.render import units

__all__ = ["between", "questions", "sentence", "words"]

_MOST_DIFFERENCES: Final = 6
_MOST_QUESTIONS: Final = 8
_MOST_CHANGES: Final = 4
_MOST_WORDS: Final = 400  # of a text that is compared word by word
_AROUND: Final = 3  # words shown before and after a change
_QUESTION_CHARACTERS: Final = 80
_MOST_ITEMS: Final = 3
_VALUE_CHARACTERS: Final = 60

_FILE: Final = re.compile(r"<sha256 ([0-9a-f]{64}), ([0-9]+) bytes>")

_ANOTHER_FILE: Final = "another file"
_MADE_ANEW: Final = (
    "Is it the same to the eye? A plot, or an image that is scaled first, has other bytes on another machine: hand out "
    "the file that was sent."
)

_ITEMS: Final = {"messages": "message", "content": "block", "tools": "tool"}

# Words on the way to a text or a file that say nothing to whoever asked.
_OBVIOUS: Final = re.compile(r", (?:content|text|source|data|image_url|url|file_data)(?=,|$)")

_MISSING: Final = object()


def sentence(told: Asked, recorded: Sequence[Asked], name: str) -> str:
    """Return what an error says: what differs, and the way out.

    Parameters
    ----------
    told : Asked
        What was not recorded.
    recorded : sequence of Asked
        What was.
    name : str
        The cassette.
    """
    way_out = f'To have it answered, record again with a key: Client.record("{name}"). To stay with what was recorded'
    if not recorded:
        return f"{name}: nothing is recorded in it. Client.record(...) with a key puts something there"
    said = [f"{name}: this request was not recorded ({told.target})."]
    nearest = max(recorded, key=lambda other: _likeness(told, other))
    if (nearest.method, nearest.path) == (told.method, told.path):
        found = list(between(nearest, told))
        said.append(f"It differs from the nearest one that was, {_quoted(question(nearest))} (recorded → asked):")
        said += [f"- {each}" for each in found[:_MOST_DIFFERENCES]]
        if len(found) > _MOST_DIFFERENCES:
            said.append(f"- and {len(found) - _MOST_DIFFERENCES} more")
        if all(_ANOTHER_FILE in each for each in found):
            said.append(_MADE_ANEW)
    said.append(f"{way_out}, ask one of these:")
    known = questions(sorted(recorded, key=lambda other: other.path != told.path))
    said += [f"- {_quoted(each)}" for each in known[:_MOST_QUESTIONS]]
    if len(known) > _MOST_QUESTIONS:
        said.append(f"- and {len(known) - _MOST_QUESTIONS} more: all are in this error's .recorded")
    return "\n".join(said)


def questions(recorded: Sequence[Asked]) -> tuple[str, ...]:
    """Return the recorded questions, each once."""
    return tuple(dict.fromkeys(question(each) for each in recorded))


def between(recorded: Asked, told: Asked) -> Iterator[str]:
    """Yield what a request has otherwise than a recorded one: first what was recorded, then what is asked.

    Examples
    --------
    >>> one = Asked("POST", "/messages", body={"model": "claude-opus-5-5", "max_tokens": 100})
    >>> other = Asked("POST", "/messages", body={"model": "claude-haiku-5-5", "max_tokens": 100})
    >>> list(between(one, other))
    ['model: claude-opus-5-5 → claude-haiku-5-5']
    """
    if recorded.query != told.query:
        yield f"what stands behind the path: {_changed(dict(recorded.query), dict(told.query))}"
    yield from _within(recorded.body, told.body, "")


def words(recorded: str, told: str) -> str:
    """Return a text with what was recorded otherwise in brackets; of long texts only what is around it.

    Examples
    --------
    >>> words("What is the capital of France?", "What is the currency of France?")
    'What is the [capital → currency] of France?'
    """
    before, after = recorded.split()[:_MOST_WORDS], told.split()[:_MOST_WORDS]
    if before == after:
        long = len(recorded.split()) > _MOST_WORDS
        return f"differs after the first {_MOST_WORDS} words" if long else "differs only in spaces and line breaks"
    pieces: list[str] = []
    changes = 0
    codes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    for number, (kind, start, end, new_start, new_end) in enumerate(codes):
        if kind == "equal":
            pieces += _shortened(before[start:end], first=number == 0, last=number == len(codes) - 1)
            continue
        changes += 1
        if changes > _MOST_CHANGES:
            pieces.append("and more")
            break
        old, new = (" ".join(_shortened(each)) or "nothing" for each in (before[start:end], after[new_start:new_end]))
        pieces.append(f"[{old} → {new}]")
    return " ".join(pieces)


def _shortened(run: list[str], *, first: bool = False, last: bool = False) -> list[str]:
    if len(run) <= 2 * _AROUND + 1:
        return run
    head = [] if first else run[:_AROUND]
    tail = [] if last else run[-_AROUND:]
    return [*head, "…", *tail]


def _within(recorded: Any, told: Any, where: str) -> Iterator[str]:
    if recorded == told:
        return
    recorded, told = _alike(recorded, told)
    if isinstance(recorded, Mapping) and isinstance(told, Mapping):
        for name in dict.fromkeys((*told, *recorded)):
            inner = f"{where}, {name}" if where else str(name)
            yield from _within(recorded.get(name, _MISSING), told.get(name, _MISSING), inner)
    elif isinstance(recorded, list) and isinstance(told, list):
        if len(recorded) != len(told):
            what = _ITEMS.get(where.rpartition(", ")[2], "item")
            yield f"{_place(where)}: {_listed(recorded, told, what)} → {_listed(told, recorded, what)}"
            if where != "messages":  # those of a conversation stand where they stood
                return
        for at, (old, new) in enumerate(zip(recorded, told, strict=False)):
            yield from _within(old, new, _numbered(where, at))
    else:
        yield f"{_place(where)}: {_changed(recorded, told)}"


def _alike(recorded: Any, told: Any) -> tuple[Any, Any]:
    """Return two contents as lists of blocks where one is."""
    if isinstance(recorded, str) and isinstance(told, list):
        return [{"type": "text", "text": recorded}], told
    if isinstance(recorded, list) and isinstance(told, str):
        return recorded, [{"type": "text", "text": told}]
    return recorded, told


def _numbered(where: str, at: int) -> str:
    """Return where an item stands: ``message 3`` of the messages, ``block 2`` of a content."""
    if where == "messages":
        return f"message {at + 1}"
    whole, _, name = where.rpartition(", ")
    return f"{whole}, block {at + 1}" if name == "content" else f"{where} {at + 1}"


def _place(where: str) -> str:
    return _OBVIOUS.sub("", where) or "body"


def _listed(items: list[Any], others: list[Any], what: str) -> str:
    """Return how many items there are, and which of them the other list has not."""
    own = [item for item in items if item not in others]
    named = ", ".join(map(_item, own[:_MOST_ITEMS]))
    return f"{units.plural(len(items), what)}{named and ' with '}{named}{' …' if len(own) > _MOST_ITEMS else ''}"


def _item(item: Any) -> str:
    if not isinstance(item, Mapping):
        return _value(item)
    kind = item.get("role") or item.get("name") or item.get("type") or "item"
    text = item.get("text") or item.get("content")
    if isinstance(text, str):
        return f"{kind} {_quoted(text)}"
    file = _FILE.search(json.dumps(item))
    return f"{kind}, {_file(file)}" if file else str(kind)


def _changed(recorded: Any, told: Any) -> str:
    if isinstance(recorded, str) and isinstance(told, str):
        old, new = _FILE.search(recorded), _FILE.search(told)
        if old and new:
            return f"{_ANOTHER_FILE}, {_file(old)} → {_file(new)}"
        if " " in recorded.strip() or " " in told.strip():
            return words(recorded, told)
    return f"{_value(recorded)} → {_value(told)}"


def _file(found: re.Match[str]) -> str:
    return f"{int(found[2]):,} bytes (sha256 {found[1][:8]}…)"


def _value(value: Any) -> str:
    if value is _MISSING:
        return "none"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _VALUE_CHARACTERS else f"{text[:_VALUE_CHARACTERS]}…"


def _quoted(text: str) -> str:
    line = " ".join(text.split())
    return f'"{line if len(line) <= _QUESTION_CHARACTERS else f"{line[:_QUESTION_CHARACTERS]}…"}"'


def _likeness(told: Asked, other: Asked) -> float:
    """Return how near a recorded request is; only ever compared with another's."""
    same_place: float = 10.0 * ((other.method, other.path) == (told.method, told.path))
    if not (isinstance(told.body, dict) and isinstance(other.body, dict)):
        return same_place + float(told.body == other.body)
    fields = [name for name in told.body if name != "messages"]
    same_fields = len([name for name in fields if other.body.get(name, _MISSING) == told.body[name]])
    return (
        same_place
        + same_fields / (len(fields) or 1)
        + 2 * _same_messages(told, other)
        + 2 * _same_words(question(told), question(other))
    )


def _same_messages(told: Asked, other: Asked) -> float:
    """Return the share of messages that are the same from the beginning on."""
    these, those = (each.body.get("messages") for each in (told, other))
    if not (isinstance(these, list) and isinstance(those, list) and these):
        return 0.0
    same = 0
    for one, another in zip(these, those, strict=False):
        if one != another:
            break
        same += 1
    return same / max(len(these), len(those))


def _same_words(one: str, other: str) -> float:
    return SequenceMatcher(None, one.split()[:100], other.split()[:100], autojunk=False).ratio()
