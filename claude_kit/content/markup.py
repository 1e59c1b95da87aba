"""Which texts are really documents of another kind: web pages and SVG drawings, told by their first element."""

from __future__ import annotations

import html
import re
from typing import Final

from claude_kit.content.marks import MARKS
from claude_kit.render.plain import one_line

__all__ = ["is_html", "root", "title"]

_HEAD: Final = 4096
_TITLE_WITHIN: Final = 65_536
_LONGEST_TITLE: Final = 80

# What may stand before the first element. A comment that does not end within the head hides the rest of it.
_BEFORE: Final = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->", re.S)
_ELEMENT: Final = re.compile(r"<(?:!doctype\s+)?([a-z][\w:.-]*)", re.I)
_TITLE: Final = re.compile(r"<title[^>]*>(.*?)</title", re.I | re.S)

# Browsers take a page for HTML by these (WHATWG MIME Sniffing, 7.1), left-out <html> and all.
_HTML: Final = frozenset(
    {"html", "head", "body", "title", "script", "iframe", "meta", "div", "h1", "style", "table", "p"}
)


def is_html(data: bytes) -> bool:
    """Tell whether a text is a web page.

    Examples
    --------
    >>> is_html(b"<!DOCTYPE html><title>Sign in</title>"), is_html(b"# <html> in Markdown")
    (True, False)
    """
    return root(data) in _HTML


def root(data: bytes) -> str | None:
    """Name the element a document of XML or HTML begins with, in lower case and without its namespace prefix.

    Parameters
    ----------
    data : bytes
        The whole content, or at least its first kilobytes.

    Returns
    -------
    str or None
        None where the content does not begin with an element.

    Examples
    --------
    >>> root(b"<?xml version='1.0'?> <!-- drawn by hand --> <svg xmlns='http://www.w3.org/2000/svg'/>")
    'svg'
    """
    text = _text(data[:_HEAD])
    at = 0
    while before := _BEFORE.match(text, at):
        at = before.end()
    element = _ELEMENT.match(text, at)
    return element[1].lower().rpartition(":")[2] if element else None


def title(data: bytes) -> str | None:
    """Return what a web page calls itself, as one line.

    Examples
    --------
    >>> title(b"<html><title>Sign in &ndash; Example</title>")
    'Sign in – Example'
    """
    found = _TITLE.search(_text(data[:_TITLE_WITHIN]))
    line = " ".join(one_line(html.unescape(found[1])).split()) if found else ""
    return (line if len(line) <= _LONGEST_TITLE else f"{line[: _LONGEST_TITLE - 2].rstrip()} …") or None


def _text(data: bytes) -> str:
    for mark, encoding, _ in MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    return data.decode("utf-8", "replace")
