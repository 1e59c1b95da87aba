"""What a page makes of the patches it is sent, as ``claude_kit/view/static/answer.js`` does."""

from typing import Any

from claude_kit.render.cutting import tail


class Page:
    """Applies patches.

    Attributes
    ----------
    html : dict of int to str
        The HTML of each piece.
    source : str
        What Copy copies.
    line : dict
        The status line.
    """

    def __init__(self) -> None:
        self.html: dict[int, str] = {}
        self.source = ""
        self.line: dict[str, Any] = {}
        self.sources: dict[int, str] = {}
        self._open: dict[int, str] = {}
        self._frozen: dict[int, str] = {}
        self._last = 0

    def apply(self, patch: dict[str, Any]) -> None:
        """Apply the next patch."""
        assert patch["n"] == self._last + 1
        self._last = patch["n"]
        self.sources |= dict(patch.get("c", ()))
        self.line |= patch.get("s", {})
        for change in patch.get("p", ()):
            at = change["i"]
            match change["k"]:
                case "thinking":
                    self.html[at] = self.html.get(at, "") + change["t"]
                case "html":
                    self.html[at] = change["h"]
                case "answer":
                    self.source += change["m"]
                    self.html[at] = self._words(at, change)

    def _words(self, at: int, change: dict[str, Any]) -> str:
        told = {name: change.get(name, "") for name in ("g", "f", "o")}
        if "x" in change:
            name, units = change["x"]
            kept = self._open[at].encode("utf-16-le")[: 2 * units].decode("utf-16-le")
            told[name] = kept + told[name]
        self._open[at] = told["o"]
        frozen = self._inside(self._frozen.get(at, ""), told["g"]) + told["f"]
        self._frozen[at] = frozen
        return self._inside(frozen, told["o"]) if change.get("c") else frozen + told["o"]

    @staticmethod
    def _inside(html: str, more: str) -> str:
        if not more:
            return html
        end = tail(html)
        assert end
        return html.removesuffix(end) + more + end
