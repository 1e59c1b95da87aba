"""How does a widget stand in the saved notebook? As plain HTML, inside which it comes alive where a kernel runs.

A widget that is displayed as Jupyter means it leaves a reference to a model in the file, and a reader who opens it
later reads "Error displaying widget". An island is displayed as its static form instead, an HTML that marks itself;
the widget's script, which JupyterLab and Notebook load with the model and not only with a view, finds the mark and
takes its place. Reload the page, and the script finds it again; without a kernel the static form is what there is.

Where HTML and widgets share no page (VS Code, Colab), and where they are shown anew each time (Voila, marimo), it is
displayed as the widget it is.
"""

from __future__ import annotations

import uuid
from importlib.resources import files
from typing import Any, Final

import anywidget
import traitlets
from IPython.display import display, update_display

from claude_kit.render.surfaces import front_end, surface

__all__ = ["Island", "script"]

_WIDGET: Final = "application/vnd.jupyter.widget-view+json"


def script(own: str) -> str:
    """Return the ES module of an island: the code that finds its place, and its `own`, which says what lives there.

    Parameters
    ----------
    own : str
        Ends in ``export default island(mount)``; see ``static/island.js``.
    """
    return files(__package__).joinpath("static", "island.js").read_text(encoding="utf-8") + "\n" + own


class Island(anywidget.AnyWidget):
    """A widget that is saved as HTML.

    A subclass sets ``_esm`` to what `script` returns, and says how it is saved in `static_html` and `static_text`.

    Attributes
    ----------
    island : str
        What its HTML is marked with.
    """

    island = traitlets.Unicode().tag(sync=True)

    def __init__(self, **state: Any) -> None:
        super().__init__(**state, island=uuid.uuid4().hex)
        self._displayed = False

    def open(self) -> None:
        """Tell the page that there is a widget; where nobody looks, there is none to be saved with the notebook."""
        if surface() != "static":
            super().open()

    def static_html(self) -> str:
        """Return its static form as it is now: HTML that needs no script, sanitised."""
        raise NotImplementedError

    def static_text(self) -> str:
        """Return what stands for it where there is no HTML."""
        raise NotImplementedError

    def bundle(self) -> dict[str, str]:
        """Return its static form by media type, without a mark: nothing comes alive in it."""
        return {"text/html": self.static_html(), "text/plain": self.static_text()}

    def update_saved(self) -> None:
        """Put its static form as it is now where it is displayed, to be saved with the notebook."""
        if self._displayed:
            update_display(self._bundle(), raw=True, display_id=self._display_id)  # type: ignore[no-untyped-call]

    def replace(self, bundle: dict[str, str]) -> None:
        """Put something else where it is displayed, and end it."""
        if self._displayed:
            update_display(bundle, raw=True, display_id=self._display_id)  # type: ignore[no-untyped-call]
        self.close()

    def _ipython_display_(self) -> None:
        self._displayed = True
        display(self._bundle(), raw=True, display_id=self._display_id)  # type: ignore[no-untyped-call]

    @property
    def _display_id(self) -> str:
        return f"ck-{self.island}"

    def _bundle(self) -> dict[str, Any]:
        where = "nobody" if surface() == "static" else front_end()
        match where:
            case "nobody":
                return self.bundle()
            case "jupyter":
                html = f'<div data-ck-island="{self.island}">{self.static_html()}</div>'
                return {"text/html": html, "text/plain": self.static_text()}
            case "widgets":
                view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
                return {_WIDGET: view, "text/plain": self.static_text()}

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"
