"""How does a widget stand in the saved notebook? As plain HTML, inside which it comes alive where a kernel runs.

A widget that is displayed as Jupyter means it leaves a reference to a model in the file, and a reader who opens it
later reads "Error displaying widget". An island is displayed as its static form instead, an HTML that marks itself;
the widget's script, which JupyterLab and Notebook load with the model and not only with a view, finds the mark and
takes its place. Reload the page, and the script finds it again; without a kernel the static form is what there is.

Where HTML and widgets share no page (VS Code, Colab), and where they are shown anew each time (Voila, marimo), it is
displayed as the widget it is.

An Output widget keeps what is displayed in it and is told of no update: there the page puts new HTML itself.

When the cell is run again that displayed it, and no other cell displays it, it is closed; shown after that, it is its
static form.
"""

from __future__ import annotations

import re
import uuid
from importlib.resources import files
from typing import Any, Final

import anywidget
import traitlets
from IPython.display import display, update_display

from claude_kit.render.surfaces import FrontEnd, front_end, surface
from claude_kit.view.catching import catching
from claude_kit.view.cells import Run, current_run, displayed
from claude_kit.view.hearing import hear_pages_to_come

__all__ = ["Island", "Script", "asset", "script"]

_WIDGET: Final = "application/vnd.jupyter.widget-view+json"

# Every widget is sent its script, and a third of that is for those who read it here: whole lines of comment, indents.
_FOR_READERS: Final = re.compile(r"^ *(?://.*|/\*\*(?:(?!\*/).|\n)*\*/) *\n|^ +", re.M)


def asset(name: str, package: str = __package__) -> str:
    """Return a file of the ``static/`` of a package."""
    return files(package).joinpath("static", name).read_text(encoding="utf-8")


class Script(str):
    """An ES module as a page gets it.

    Attributes
    ----------
    written : str
        As it was written, with the types in its comments.
    """

    written: str


def script(*own: str) -> Script:
    """Return the ES module of an island: the code that finds its place, and its `own`, which says what lives there.

    Parameters
    ----------
    *own : str
        Pieces of one module; the last ends in ``export default island(mount)``; see ``static/island.js``.
    """
    written = "\n".join((asset("island.js"), *own))
    module = Script(_FOR_READERS.sub("", written))
    module.written = written
    return module


class Island(anywidget.AnyWidget):
    """A widget that is saved as HTML.

    A subclass sets ``_esm`` to what `script` returns, and says how it is saved in `static_html` and `static_text`.

    Attributes
    ----------
    island : str
        What its HTML is marked with.
    island_version : int
        How often its static form was made anew. A page that was loaded again is not told of new HTML, and asks for it
        when what it shows is older than this.
    island_caught : dict
        Where Output widgets catch what is displayed: their ids, and what the page is to put there in place of this.
    """

    island = traitlets.Unicode().tag(sync=True)
    island_version = traitlets.Int(0).tag(sync=True)
    island_caught: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)

    def __init__(self, **state: Any) -> None:
        self._place: FrontEnd | None = None
        self._run: Run | None = None
        self._replaced = False
        super().__init__(**state, island=uuid.uuid4().hex)
        self.on_msg(self._tell_saved)

    def open(self) -> None:
        """Tell the page that there is a widget; where nobody looks, there is none to be saved with the notebook."""
        if surface() != "static":
            self.layout.open()  # where it was closed before
            super().open()
            hear_pages_to_come(self.comm)

    @property
    def model_id(self) -> str:
        """What ipywidgets calls it; a box that holds it asks for that also where nobody looks and it was not opened."""
        return self.island if self.comm is None else str(super().model_id)

    def close(self) -> None:
        """End it, and the widget that ipywidgets gave it for its measures."""
        if self.comm is not None:
            super().close()
            self.layout.close()

    def static_html(self) -> str:
        """Return its static form as it is now: HTML that needs no script, sanitised."""
        raise NotImplementedError

    def static_text(self) -> str:
        """Return what stands for it where there is no HTML."""
        raise NotImplementedError

    def bundle(self) -> dict[str, str]:
        """Return its static form by media type, without a mark: nothing comes alive in it."""
        return {"text/html": self.static_html(), "text/plain": self.static_text()}

    def marked_html(self) -> str:
        """Return its static form where it comes alive: all of it, or with the `mark` around the part that does."""
        return self.mark(self.static_html())

    def mark(self, html: str) -> str:
        """Return HTML as the place that the live widget takes."""
        return f'<div data-ck-island="{self.island}" data-ck-version="{self.island_version}">{html}</div>'

    def marked_bundle(self) -> dict[str, str]:
        """Return its static form by media type, as it comes alive."""
        return {"text/html": self.marked_html(), "text/plain": self.static_text()}

    def update_saved(self) -> None:
        """Put its static form as it is now where it is displayed, to be saved with the notebook.

        Where no page is open on the notebook it is shown once, as it was then.
        """
        if self._place in (None, "jupyter"):
            self.island_version += 1
            self.update_place(self._bundle())

    def replace(self, bundle: dict[str, str]) -> None:
        """Put something else where it is displayed, and end it."""
        self.update_place(bundle)
        if self.island_caught:
            self._replaced = True  # closed when the page has put it there
        else:
            self.close()

    def update_place(self, bundle: dict[str, Any]) -> None:
        """Put something else where it is displayed."""
        if self.island_caught:
            self.island_caught = {**self.island_caught, "data": bundle}
        elif self._place is not None:
            update_display(bundle, raw=True, display_id=self._display_id)  # type: ignore[no-untyped-call]

    def _ipython_display_(self) -> None:
        # Noted here, as it cannot be told from a thread or from a message of the page.
        self._place = "nobody" if surface() == "static" or self.comm is None else front_end()
        self._run = current_run()
        outputs = catching() if self._place != "nobody" else ()
        self.island_caught = {"outputs": outputs, "model": self.model_id, "data": None} if outputs else {}
        if self._run is not None and self._place != "nobody":
            displayed(self, self._run)
        display(self._bundle(), raw=True, display_id=self._display_id)  # type: ignore[no-untyped-call]

    @property
    def _display_id(self) -> str:
        return f"ck-{self.island}"

    def _bundle(self) -> dict[str, Any]:
        match self._place:
            case "nobody" | None:
                return self.bundle()
            case "jupyter":
                return self.marked_bundle()
            case "widgets":
                view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
                return {_WIDGET: view, "text/plain": self.static_text()}

    def _tell_saved(self, widget: object, content: Any, buffers: object) -> None:
        match content:
            case {"ck": "outdated"}:
                self.send({"ck": "saved", "data": self.marked_bundle()})
            case {"ck": "put"} if self._replaced:
                self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"
