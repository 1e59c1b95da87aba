"""How code in an answer is coloured: a few groups of Pygments' tokens, as classes that the style sheet knows."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Final

from claude_kit.render.html import escape

if TYPE_CHECKING:
    from pygments.token import _TokenType

__all__ = ["html_code"]

# Pygments names dozens of token types; the style sheet colours these five groups.
_CLASSES: Final = (
    ("Comment", "ck-c"),
    ("Literal.String", "ck-s"),
    ("Literal.Number", "ck-m"),
    ("Name.Function", "ck-f"),
    ("Name.Class", "ck-f"),
    ("Keyword", "ck-k"),
    ("Operator.Word", "ck-k"),
)

# An answer chooses both language and code, and some of Pygments' 500 lexers run for minutes on 3,000 characters of
# the wrong kind (measured with Pygments 2.21: lilypond 360 s, systemd 115 s, csharp 11 s on 8,000). These stayed
# below three seconds on 8,000 characters of anything tried that holds no long run of white space.
_LANGUAGES: Final = frozenset(
    (
        *("bash", "c", "c++", "cpp", "css", "diff", "docker", "dockerfile", "go", "html", "ini", "java", "javascript"),
        *("jl", "js", "json", "jsx", "julia", "kotlin", "latex", "lua", "markdown", "matlab", "md", "perl", "php"),
        *("powershell", "ps1", "py", "python", "python3", "r", "rb", "rs", "ruby", "rust", "scala", "sh", "shell"),
        *("sql", "swift", "tex", "toml", "ts", "tsx", "typescript", "xml", "yaml", "yml", "zsh"),
    )
)
_MAX_CHARACTERS: Final = 10_000
_LONG_BLANK: Final = re.compile(r"\s{200}")


def html_code(code: str, language: str, attributes: str = "") -> str:
    """Return code as coloured HTML, or ``""`` where it has no colours; markdown-it then escapes it plainly.

    Parameters
    ----------
    code : str
        Up to 10,000 characters are coloured.
    language : str
        As written after the fence, such as ``"python"`` or ``"js"``.
    attributes : str
        What else stood there; of no use here.
    """
    if language.lower() not in _LANGUAGES or len(code) > _MAX_CHARACTERS or _LONG_BLANK.search(code):
        return ""
    from pygments import lex
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        # Unless told not to, a lexer drops blank lines around the code and adds a line end.
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:  # older releases lack a few
        return ""
    tokens = list(lex(code, lexer))
    if "".join(text for _, text in tokens) != code:
        return ""  # a colour is not worth a character of the code
    pieces = []
    for css, group in groupby(tokens, key=lambda token: _class(token[0])):
        text = escape("".join(text for _, text in group), quote=False)
        pieces.append(f'<span class="{css}">{text}</span>' if css else text)
    return "".join(pieces)


@lru_cache(maxsize=256)
def _class(kind: _TokenType) -> str:
    from pygments.token import string_to_tokentype

    return next((css for name, css in _CLASSES if kind in string_to_tokentype(name)), "")
