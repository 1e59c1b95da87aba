"""How is a conversation shared? As a document of Markdown, as one page of HTML, or as the JSON that can be loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal

from claude_kit.chat.exporting.digest import Digest
from claude_kit.chat.exporting.documents import markdown_document
from claude_kit.chat.exporting.pages import html_page
from claude_kit.chat.keeping.saving import Kept, dumps

__all__ = ["Form", "export"]

Form = Literal["md", "html", "json"]

_FORMS: Final[Mapping[str, Callable[[Digest], str]]] = {"md": markdown_document, "html": html_page}


def export(kept: Kept, form: Form, *, title: str | None = None) -> str:
    r"""Return a conversation in a form to share; the turns that go on, with the cost of all that was asked.

    Nothing in it runs, and nothing in it is fetched when it is read, whatever was asked or answered.

    Parameters
    ----------
    kept : Kept
    form : {"md", "html", "json"}
        ``"md"`` reads well as it is, and on GitHub. ``"html"`` is one static file with small pictures of what was
        attached. ``"json"`` is what `claude_kit.chat.keeping.saving.write` embeds everything in, and can be loaded.
    title : str, optional
        By default the first question. Of no use to ``"json"``.

    Raises
    ------
    ValueError
        If there is no such form.

    Examples
    --------
    >>> print(export(Kept("claude-sonnet-5-5"), "md", title="Nothing yet"))
    # Nothing yet
    <BLANKLINE>
    claude-sonnet-5-5 · 0 turns · \$0
    <BLANKLINE>
    ## Costs
    <BLANKLINE>
    | | in | from cache | out | cost |
    |:--|--:|--:|--:|--:|
    | all | 0 | 0 | 0 | \$0 |
    <BLANKLINE>
    """
    if form == "json":
        return dumps(kept)
    if form not in _FORMS:
        raise ValueError(f'{form!r}: give "md", "html" or "json"')
    return _FORMS[form](Digest.of(kept, title))
