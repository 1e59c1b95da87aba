"""What does Claude see of what a function gave? Words, pictures and documents as they are, anything else as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import Any, Final

from claude_kit.content import Part, Text, part
from claude_kit.content.objects import instance_of
from claude_kit.content.tables import is_table
from claude_kit.render import units
from claude_kit.wire.order import Item

__all__ = ["DONE", "MAX_CHARACTERS", "content", "within"]

#: As many characters of a result as are sent: some 30,000 tokens, which every later request carries again.
MAX_CHARACTERS: Final = 100_000

#: What stands for a result that says nothing: the API takes no empty text.
DONE: Final = "done"

# The blocks that a result may hold, and in which of their fields it stands.
_BLOCKS: Final = {"text": "text", "image": "source", "document": "source", "search_result": "content"}

# A picture has at least as many rows and columns; a smaller array is numbers.
_SMALLEST_PICTURE: Final = 8

_is_array = instance_of("numpy", "ndarray")
_is_drawn = (instance_of("PIL", "Image"), instance_of("matplotlib", "Figure", "Axes"))


def content(value: object) -> str | list[Item]:
    """Return what a function gave as the content of a ``tool_result``.

    Parameters
    ----------
    value : object
        A `str` is the text itself; a `pathlib.Path` is read. Parts, pictures, figures, tables, bytes and blocks of the
        API are shown as they are, also several in a list; those inside of a dict or list are shown after it. An array
        is a picture if it is (height, width, 3 or 4).

    Raises
    ------
    ContentError
        If a file among it cannot be read, or is of a kind that Claude does not take.
    ValueError
        If it can be written neither as content nor as JSON.

    Examples
    --------
    >>> content({"city": "Oslo", "degrees": 4.5}), content(None), content("")
    ('{"city": "Oslo", "degrees": 4.5}', 'done', '(an empty text)')
    """
    several = isinstance(value, list | tuple) and any(_is_content(item) for item in value)
    listed = value if several and isinstance(value, list | tuple) else [value]
    found = [item for one in listed for item in _items(one)]
    if len(found) == 1 and isinstance(found[0], Text):
        return found[0].text
    return found


def within(limit: int, whole: str | Sequence[Item]) -> tuple[str | list[Item], int]:
    r"""Return what of a result's content is sent, and how many characters are left out.

    Parameters
    ----------
    limit : int
        Characters that are sent of its text; where it is cut, it says so.
    whole : str or sequence of part or block

    Examples
    --------
    >>> within(3, "abcdef")
    ('abc\n\n[cut: these are 3 of 6 characters. Ask for less at a time.]', 3)
    """
    if isinstance(whole, str):
        text, out = _cut(whole, limit)
        return text, out
    kept: list[Item] = []
    left_out, left = 0, limit
    for item in whole:
        if isinstance(item, Text):
            text, out = _cut(item.text, left)
            left, left_out = max(0, left - len(item.text)), left_out + out
            kept.append(replace(item, text=text) if out else item)
        else:
            kept.append(item)
    return kept, left_out


def _is_content(value: object) -> bool:
    """Tell what is shown as it is from what is written as JSON."""
    if isinstance(value, Part | PurePath | bytes | bytearray | memoryview) or is_table(value) or _is_block(value):
        return True
    return any(drawn(value) for drawn in _is_drawn) or (_is_array(value) and _is_picture(value))


def _is_block(value: object) -> bool:
    return isinstance(value, Mapping) and _BLOCKS.get(str(value.get("type"))) in value


def _is_picture(array: Any) -> bool:
    return (
        array.ndim == 3
        and array.shape[2] in (3, 4)
        and min(array.shape[:2]) >= _SMALLEST_PICTURE
        and array.dtype.kind in "buf"
    )


def _items(value: object) -> list[Item]:
    if value is None:
        return [Text(DONE)]
    if isinstance(value, str):
        return [_words(value)]
    if isinstance(value, Mapping) and _is_block(value):
        return [_words(str(value["text"])) if value["type"] == "text" else value]
    if _is_content(value):
        return [_read(value)]
    pictures: list[Item] = []
    try:
        plain = _without(value, pictures)
    except RecursionError:
        raise ValueError("it gave data that holds itself") from None
    return [_words(_json(plain)), *pictures]


def _read(value: object) -> Part:
    """Read one source; of a table or a file of text the words: as a document it would not arrive by every route."""
    if is_table(value) and _is_empty(value):
        return Text(f"an empty table: {_columns(value)}")
    read = part(value)
    return _words(read.text) if isinstance(read, Text) else read


def _without(value: object, pictures: list[Item]) -> object:
    """Return data without the pictures and documents in it, which are added to a list."""
    if isinstance(value, Mapping) and not _is_block(value):
        return {name: _without(inner, pictures) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without(inner, pictures) for inner in value]
    if not _is_content(value) or isinstance(value, Mapping):
        return value
    read = _read(value)
    if isinstance(read, Text):
        return read.text
    pictures.append(read)
    return f"(attached, number {len(pictures)})"


def _words(text: str) -> Text:
    return Text(text if text.strip() else "(an empty text)")


def _cut(text: str, limit: int) -> tuple[str, int]:
    """Return as many characters, with a word on what was cut, and how many these were."""
    size = len(text)
    if size <= limit:
        return text, 0
    note = f"[cut: these are {units.count(limit)} of {units.plural(size, 'character')}. Ask for less at a time.]"
    return f"{text[:limit]}\n\n{note}".lstrip(), size - limit


def _is_empty(table: Any) -> bool:
    return bool(getattr(table, "data", table).empty)


def _columns(table: Any) -> str:
    frame = getattr(table, "data", table)
    names = ", ".join(map(str, getattr(frame, "columns", ())))
    return f"its columns are {names}, and it has no rows" if names else "no columns and no rows"


def _json(value: object) -> str:
    """Write anything as JSON: what pydantic knows, what numpy and pandas hold, and words for the rest."""
    from pydantic_core import to_json

    plain = json.loads(to_json(value, fallback=_plain, inf_nan_mode="strings"))
    return plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)


def _plain(value: Any) -> Any:
    """Return something that pydantic can write."""
    if hasattr(value, "tolist"):
        return value.tolist()  # arrays and scalars of numpy, an index of pandas
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if str(value) == object.__repr__(value):
        raise ValueError(f"it gave a {type(value).__qualname__}, which has no words: return text, numbers or a dict")
    return str(value)
