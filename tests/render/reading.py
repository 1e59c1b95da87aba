"""How others read HTML: a browser its tags, a person its words, MathJax its formulas."""

import re
from html import unescape
from html.parser import HTMLParser

# Elements that neither run, fetch, frame nor submit anything.
HARMLESS = frozenset(
    (
        *(
            "a",
            "b",
            "blockquote",
            "br",
            "code",
            "dd",
            "del",
            "details",
            "div",
            "dl",
            "dt",
            "em",
            "h1",
            "h2",
            "h3",
            "h4",
        ),
        *(
            "h5",
            "h6",
            "hr",
            "i",
            "ins",
            "kbd",
            "li",
            "mark",
            "ol",
            "p",
            "pre",
            "q",
            "s",
            "small",
            "span",
            "strong",
            "sub",
        ),
        *("summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul", "var"),
    )
)
CLASSES = {"mathjax_ignore", "tex2jax_ignore", "ck-right", "ck-center", "ck-cite"} | {f"ck-{kind}" for kind in "cfkms"}
VOID = {"br", "hr"}
MATHJAX_SKIPS = {"code", "pre"}
MATHJAX_FORMULA = re.compile(
    r"\$\$(?:\\.|[^\\])+?\$\$|\$(?:\\.|[^$\\])+\$|\\\(.+?\\\)|\\\[.+?\\\]|\\begin\s*\{.+?\}.*?\\end", re.S
)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.violations: list[str] = []
        self.open: list[tuple[str, bool]] = []
        self.runs: list[str] = [""]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in HARMLESS:
            self.violations.append(f"<{tag}>")
        self.violations += [f"<{tag} {name}={value!r}>" for name, value in attrs if not _is_harmless(tag, name, value)]
        if tag not in VOID:
            quiet = "mathjax_ignore" in (dict(attrs).get("class") or "")
            self.open.append((tag, quiet or tag in MATHJAX_SKIPS or (bool(self.open) and self.open[-1][1])))
        self.runs.append("")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop()[0] != tag:
            self.violations.append(f"</{tag}> out of place")
        self.runs.append("")

    def handle_data(self, data: str) -> None:
        if not (self.open and self.open[-1][1]):
            self.runs[-1] += data

    def handle_comment(self, data: str) -> None:
        self.violations.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.violations.append(f"<!{decl}>")

    def handle_pi(self, data: str) -> None:
        self.violations.append(f"<?{data}>")


def _is_harmless(tag: str, name: str, value: str | None) -> bool:
    value = value or ""
    if name == "class":
        return set(value.split()) <= CLASSES
    if (tag, name) == ("a", "href"):
        return re.match(r"(https?://|mailto:)", value, re.I) is not None
    return (tag, name) in {("a", "rel"), ("ol", "start")}


def _read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.violations += [f"<{tag}> never closed" for tag, _ in reader.open]
    return reader


def violations(html: str) -> list[str]:
    """Return what an answer must not hold: other elements, attributes or addresses, or tags out of order."""
    return _read(html).violations


def formulas(html: str) -> list[str]:
    """Return what MathJax would typeset: it looks through the text between two tags, but for quiet elements."""
    return [found for run in _read(html).runs for found in MATHJAX_FORMULA.findall(run)]


def words(html: str) -> str:
    """Return the visible text without its white space."""
    return "".join(unescape(re.sub(r"<[^>]*>", "", html)).split())
