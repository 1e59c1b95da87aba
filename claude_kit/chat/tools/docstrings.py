"""What does a docstring say of a function, and of each of its parameters? NumPy's, Google's and Sphinx's styles."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

__all__ = ["Described", "read"]

# How a section of parameters is headed: underlined in NumPy's style, with a colon in Google's.
_PARAMETERS: Final = ("parameters", "other parameters", "keyword parameters", "args", "arguments", "keyword args")
_PARAMETERS_GOOGLE: Final = (*_PARAMETERS, "keyword arguments", "params")

_SPHINX: Final = re.compile(r":(?:param|parameter|arg|argument|key|keyword)\s+(?:[^:]*\s)?\**(\w+)\s*:\s*(.*)")
_GOOGLE: Final = re.compile(r"\**(\w+)\s*(?:\([^)]*\))?\s*:\s+(.*)|\**(\w+)\s*(?:\([^)]*\))?\s*:$")


class Described(NamedTuple):
    """What a docstring says: its first paragraph, and what it tells of each parameter."""

    summary: str
    parameters: Mapping[str, str]


def read(docstring: str | None) -> Described:
    r'''Read a docstring.

    Parameters
    ----------
    docstring : str or None

    Examples
    --------
    >>> read("""Look the weather up.
    ...
    ...     Args:
    ...         city (str): As on the map.
    ... """)
    Described(summary='Look the weather up.', parameters={'city': 'As on the map.'})
    '''
    lines = inspect.cleandoc(docstring or "").splitlines()
    found = dict(_sphinx(lines))
    found |= dict(_google(lines))
    found |= dict(_numpy(lines))
    return Described(_summary(lines), {name: words for name, words in found.items() if words})


def _summary(lines: Sequence[str]) -> str:
    """Return the first paragraph; a section that stands in its place is none."""
    paragraph: list[str] = []
    for at, line in enumerate(lines):
        if not line.strip() or line.lstrip().startswith(":param") or _heads_a_section(lines, at):
            break
        paragraph.append(line.strip())
    return " ".join(paragraph)


def _heads_a_section(lines: Sequence[str], at: int) -> bool:
    return _is_underlined(lines, at) or lines[at].strip().rstrip(":").lower() in _PARAMETERS_GOOGLE


def _is_underlined(lines: Sequence[str], at: int) -> bool:
    return at + 1 < len(lines) and re.fullmatch(r"\s*-{3,}\s*", lines[at + 1]) is not None and bool(lines[at].strip())


def _numpy(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield name and words of each parameter: an indented paragraph under ``name, name : type``."""
    within = False
    names: list[str] = []
    words: list[str] = []
    for at, line in enumerate(lines):
        if _is_underlined(lines, at) or (line and not line[0].isspace()):
            yield from ((name, _joined(words)) for name in names)
            names, words = [], []
        if _is_underlined(lines, at):
            within = line.strip().lower() in _PARAMETERS
        elif within and line and not line[0].isspace():
            names = [name.strip().lstrip("*") for name in re.split(r"\s*:(?:\s|$)", line, maxsplit=1)[0].split(",")]
        elif names:
            words.append(line)
    yield from ((name, _joined(words)) for name in names)


def _google(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield name and words of each parameter: ``name (type): words`` under a heading, further lines indented more."""
    heading, entry = -1, -1  # how far each is indented; -1 where there is none
    name, words = "", [""]
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if not line.strip():
            continue
        if heading >= 0 and indent <= heading:
            heading = -1
        if heading < 0:
            if line.strip().endswith(":") and line.strip()[:-1].lower() in _PARAMETERS_GOOGLE:
                heading, entry = indent, -1
            continue
        entry = indent if entry < 0 else entry
        begun = _GOOGLE.match(line.strip()) if indent <= entry else None
        if begun:
            yield name, _joined(words)
            name, words = begun[1] or begun[3], [begun[2] or ""]
        else:
            words.append(line)
    yield name, _joined(words)


def _sphinx(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield name and words of each ``:param type name: words``, further lines indented."""
    name, words = "", [""]
    for line in lines:
        begun = _SPHINX.match(line.strip())
        if begun or not line.strip() or line.strip().startswith(":"):
            yield name, _joined(words)
            name, words = (begun[1], [begun[2]]) if begun else ("", [])
        elif name:
            words.append(line)
    yield name, _joined(words)


def _joined(words: Sequence[str]) -> str:
    return " ".join(" ".join(words).split())
