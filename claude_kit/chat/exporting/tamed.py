"""How does somebody's Markdown stand in ours? As it was meant, but for what would break out of its place.

A document of Markdown is shown by many programs, and some obey the HTML in it, fetch its pictures, or run its code. So
HTML is shown instead of obeyed, pictures are links, headings come below ours, fences are closed, and footnotes are no
footnotes. What came out is parsed once more; should anything still be in it, the text stands in a fence instead.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from claude_kit.render.html import is_address
from claude_kit.render.plain import one_line, plain

__all__ = ["fenced", "quoted", "tamed", "words"]

# Ours are of the first two levels.
_OWN_LEVELS: Final = 2

_INLINE: Final = re.compile(
    r"""
      \\ [!-/:-@\[-`{-~]                                          # what is escaped already
    | (?<!`) (?P<ticks>`++) .*? (?<!`) (?P=ticks) (?!`)           # code
    | `++
    | < (?: https?:// | mailto: ) [^\s<>]*+ >
    | (?P<angle> < ) (?= [A-Za-z/!?] )
    | (?P<picture> ! ) (?= \[ )
    | (?P<note> \[ ) (?= \^ )
    | (?P<address> \]\( ) (?= \s{0,9} <? (?! https?:// | mailto: ) [^\s)/?\#]{0,60} : )
    """,
    re.S | re.X | re.I,
)
_ATX: Final = re.compile(r"( {0,3})(#{1,6})(?!#)")
_FENCE: Final = re.compile(r"(?P<before>.*?)(?P<fence>`{3,}|~{3,})[^`\n]*")
_LANGUAGE: Final = re.compile(r"[A-Za-z0-9_+#.-]+")
_NOTE: Final = re.compile(r"\[(?=\^)")
_SPECIAL: Final = re.compile(r"[\\`*_\[\]|~$#]")


def tamed(text: str) -> str:
    r"""Return Markdown that shows the same and cannot break out.

    Examples
    --------
    >>> tamed("# Hi <script>bad()</script> `<b>` ![](http://x.test/a.png)")
    '### Hi &lt;script>bad()&lt;/script> `<b>` \\![](http://x.test/a.png)'
    """
    source = plain(text).strip("\n")
    kept = "\n".join(_lines(_without_tabs(source)))
    return kept if _is_harmless(kept) and _is_harmless(quoted(kept)) else fenced(source)


def quoted(markdown: str) -> str:
    r"""Return Markdown as a quotation.

    Examples
    --------
    >>> quoted("one\n\ntwo")
    '> one\n>\n> two'
    """
    return "\n".join(f"> {line}".rstrip() for line in markdown.split("\n"))


def fenced(text: str, language: str = "text") -> str:
    r"""Return a text in a fence that it cannot close.

    Examples
    --------
    >>> fenced("a ``` b")
    '````text\na ``` b\n````'
    """
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{plain(text).strip(chr(10))}\n{fence}"


def words(text: str) -> str:
    r"""Return a text as one line of Markdown in which nothing is markup.

    Examples
    --------
    >>> words("*a* <b> [c](d)")
    '\\*a\\* &lt;b> \\[c\\](d)'
    """
    line = one_line(text).replace("&", "&amp;").replace("<", "&lt;")
    return _SPECIAL.sub(r"\\\g<0>", line)


def _without_tabs(source: str) -> str:
    """Replace tabs but in fences: in a quotation a tab is narrower, and what was indented code may be none."""
    lines = source.split("\n")
    fences = [token.map for token in _parser(html=False).parse(source) if token.type == "fence" and token.map]
    within = {at for start, end in fences for at in range(start + 1, end - 1)}
    return "\n".join(line if at in within else line.expandtabs(4) for at, line in enumerate(lines))


def _lines(source: str) -> list[str]:
    lines: list[str | None] = list(source.split("\n"))
    tokens = _parser(html=False).parse(source)
    seen = set()
    for token in tokens:
        if token.map is None:
            continue
        start, end = token.map
        if token.type == "inline" and (start, end) not in seen:
            lines[start:end] = _INLINE.sub(_harmless, "\n".join(map(str, lines[start:end]))).split("\n")
        if token.type in ("inline", "fence", "code_block"):
            seen.add((start, end))
    _escape_definitions(lines, seen)
    for token in tokens:
        if token.type == "heading_open" and token.level == 0:
            _lower(lines, token)
        elif token.type == "fence":
            _settle(lines, token)
    return [line for line in lines if line is not None]


def _harmless(match: re.Match[str]) -> str:
    match match.lastgroup:
        case "angle":
            return "&lt;"
        case "picture" | "note":
            return f"\\{match[0]}"
        case "address":
            return "]\\("
    return match[0]


def _escape_definitions(lines: list[str | None], seen: set[tuple[int, int]]) -> None:
    """Take the meaning from footnotes that are defined: they might be taken for ours."""
    within = {at for start, end in seen for at in range(start, end)}
    for at, line in enumerate(lines):
        if at not in within and line:
            lines[at] = _NOTE.sub(r"\\[", line)


def _lower(lines: list[str | None], token: Token) -> None:
    """Put a heading below ours, one that is underlined too."""
    start, end = token.map or (0, 0)
    level = min(6, int(token.tag[1:]) + _OWN_LEVELS)
    if token.markup.startswith("#"):
        lines[start] = _ATX.sub(rf"\1{'#' * level}", str(lines[start]), count=1)
        return
    title = " ".join(str(line).strip() for line in lines[start : end - 1])
    lines[start:end] = [f"{'#' * level} {title}", *[None] * (end - start - 1)]


def _settle(lines: list[str | None], token: Token) -> None:
    """Close a fence; of what stands beside its opening leave a language alone, for some programs run the rest."""
    start, end = token.map or (0, 0)
    language = _LANGUAGE.search(token.info)
    first = _FENCE.match(str(lines[start]))
    if first and token.info:
        lines[start] = f"{first['before']}{first['fence']}{language[0] if language else ''}"
    last = str(lines[end - 1]).strip(" >")
    is_closed = end - start > 1 and not last.strip(token.markup[0]) and len(last) >= len(token.markup)
    if token.level == 0 and not is_closed:
        lines[end - 1] = f"{lines[end - 1]}\n{token.markup}"


def _is_harmless(markdown: str) -> bool:
    """Tell whether nothing in it is obeyed, run or fetched, and what comes after it is not a part of it."""
    tokens = _parser(html=True).parse(f"{markdown}\n\n# after")
    if tokens[-1].type != "heading_close" or tokens[-1].level:
        return False
    if not all(_LANGUAGE.fullmatch(token.info.strip() or "text") for token in tokens if token.type == "fence"):
        return False
    inner = [child for token in tokens for child in token.children or ()]
    links = (str(token.attrs.get("href", "")) for token in inner if token.type == "link_open")
    kinds = {token.type for token in (*tokens, *inner)}
    return kinds.isdisjoint(("html_block", "html_inline", "image")) and all(map(_may_lead_there, links))


def _may_lead_there(href: str) -> bool:
    return is_address(href) or ":" not in re.split("[/?#]", href, maxsplit=1)[0]


@cache
def _parser(*, html: bool) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": html}).enable(["table", "strikethrough"])
    # Every link counts here, also those that a careful renderer would not make.
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    return parser
