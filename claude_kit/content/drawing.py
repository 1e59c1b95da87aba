"""How much does a page of a PDF draw? Forms draw forms, and a few hundred bytes of that take PDFium days.

It reads a form each time it is drawn, twelve times twelve times twelve. Here that is multiplied out before.
PDFium takes 8 µs and 1.6 KB of memory for a form with a line in it, and up to 70 ns and 20 bytes for a byte of content
(measured).
"""

from __future__ import annotations

import io
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final, NamedTuple

from claude_kit.content import pdfium, structure
from claude_kit.content.kinds import PDF_TYPE
from claude_kit.errors import ContentError
from claude_kit.render import units

__all__ = ["has_forms", "refuse_endless"]

# Each takes PDFium five to fifteen seconds and about a gigabyte. A scatter plot of 300,000 points draws as many forms.
_MOST_FORMS: Final = 500_000
_MOST_SHAPES: Final = 3_000_000
_MOST_CONTENT: Final = 256_000_000

# Less content than this cannot hold too many shapes; and content that is not packed any better is honest.
_HARMLESS: Final = 32_000_000
_DENSE: Final = 30
_DEFLATE_AT_BEST: Final = 1032

# PDFium goes down 40 forms, no honest file does.
_DEEPEST: Final = 45

# A form's dictionary stands unpacked in the file, but the words in it can be spelled with escapes or stand elsewhere.
_FORM: Final = re.compile(
    rb"/(?:(?:F|#46)(?:o|#6[Ff])(?:r|#72)(?:m|#6[Dd])"
    rb"|(?:S|#53)(?:u|#75)(?:b|#62)(?:t|#74)(?:y|#79)(?:p|#70)(?:e|#65)[\0\t\n\f\r ]*[^\0\t\n\f\r /])"
)
_OBJECT: Final = re.compile(rb"(\d{1,10})\s+\d{1,5}\s+obj")
_DICTIONARY: Final = 2000

_REGULAR: Final = rb"[^\0\t\n\f\r ()<>\[\]{}/%]"
_DO: Final = re.compile(rb"Do(?!%b)(?<!%bDo)" % (_REGULAR, _REGULAR))
_NAMED_DO: Final = re.compile(rb"/(%b*)[\0\t\n\f\r ]+Do(?!%b)" % (_REGULAR, _REGULAR))
_SHAPE: Final = re.compile(rb"(?<!%b)(?:[SsfFBb]\*?|T[jJ]|sh|EI|['\"])(?!%b)" % (_REGULAR, _REGULAR))
_FEW: Final = 100
_ESCAPED: Final = re.compile(rb"#([0-9A-Fa-f]{2})")


class _Work(NamedTuple):
    """What PDFium has to do: forms to read, bytes of content, and shapes to keep."""

    forms: int = 0
    content: int = 0
    shapes: int = 0

    def plus(self, other: _Work, times: int = 1) -> _Work:
        return _Work(
            self.forms + times * other.forms, self.content + times * other.content, self.shapes + times * other.shapes
        )

    def or_more(self, other: _Work) -> _Work:
        return _Work(*map(max, self, other))


class _Content(NamedTuple):
    """What a stream says: its bytes, shapes if they were counted, what it draws by name, and how often without."""

    size: int
    shapes: int
    drawn: dict[str, int]
    unnamed: int


_NOTHING: Final = _Work()
_ENDLESS: Final = _Work(_MOST_FORMS + 1)


class _CircleError(Exception):
    """A form draws itself, by way of others or not."""


def has_forms(data: bytes) -> bool:
    """Tell whether a PDF may have forms; most have none."""
    return _FORM.search(data) is not None


def refuse_endless(data: bytes, name: str) -> None:
    """Refuse a PDF that draws more than can be read, as far as pypdf can tell.

    Raises
    ------
    ContentError
        With the page and what was measured.
    """
    with structure.quiet():
        found = next(((where, excess) for where, work in _works(data, name) if (excess := _excess(work))), None)
    if found:
        where, excess = found
        raise ContentError(
            f"{name}: {where} draws more than {excess}, counting each as often as it is drawn; that is more than is "
            "safe to read. If you trust the file, print it to a new PDF.",
            media_type=PDF_TYPE,
            where=name,
        )


def _excess(work: _Work) -> str:
    if work.forms > _MOST_FORMS:
        return f"{_MOST_FORMS:,} forms"
    if work.shapes > _MOST_SHAPES:
        return f"{_MOST_SHAPES:,} shapes"
    return f"{units.size(_MOST_CONTENT)} of content" if work.content > _MOST_CONTENT else ""


def _works(data: bytes, name: str) -> Iterator[tuple[str, _Work]]:
    """Return what every page draws, and every form that no page's content draws: an annotation's look, a mask."""
    from pypdf.generic import IndirectObject

    reader, pages = _pages(data, name)
    drawings = _Drawings()
    for number, page in enumerate(pages, start=1):
        yield f"page {number:,}", drawings.of_page(page)
    for number in _form_numbers(data) if reader else ():
        yield f"a form (object {number})", drawings.of_form(IndirectObject(number, 0, reader))


def _pages(data: bytes, name: str) -> tuple[Any, list[Any]]:
    from pypdf import PdfReader

    try:
        reader = PdfReader(io.BytesIO(data))
        return reader, list(reader.pages)
    except Exception:  # PDFium may read it all the same, and write it so that pypdf can
        try:
            reader = PdfReader(io.BytesIO(pdfium.resaved(data, name)))
            return reader, list(reader.pages)
        except Exception:
            return None, []


def _form_numbers(data: bytes) -> Iterator[int]:
    for found in _FORM.finditer(data):
        heads = list(_OBJECT.finditer(data, max(0, found.start() - _DICTIONARY), found.start()))
        if heads:
            yield int(heads[-1][1])


class _Drawings:
    """What the streams of a file draw: each is unpacked once, how often it is drawn is multiplied out."""

    def __init__(self) -> None:
        self._contents: dict[tuple[int, bool], _Content] = {}
        self._asides: dict[int, list[tuple[Any, Any]]] = {}
        self._with_forms: dict[int, bool] = {}
        self._reached: set[int] = set()

        # Of the page at hand:
        self._page_resources: Any = None
        self._packed: dict[int, int] = {}
        self._path: set[int] = set()
        self._waiting: dict[int, tuple[Any, Any]] = {}
        self._known: dict[tuple[int, int], _Work] = {}
        self._circles = False
        self._counts_shapes = False

    def of_page(self, page: Any) -> _Work:
        try:
            contents = structure.resolved(page.get("/Contents"))
            streams = contents if isinstance(contents, list) else [contents]
            resources = structure.inherited(page, "/Resources")
            return self._of(list(filter(_is_stream, map(structure.resolved, streams))), resources)
        except Exception:
            return _NOTHING

    def of_form(self, reference: Any) -> _Work:
        try:
            form = structure.resolved(reference)
            return self._of([form], None) if _is_stream(form) and id(form) not in self._reached else _NOTHING
        except Exception:
            return _NOTHING

    def _of(self, streams: list[Any], resources: Any) -> _Work:
        if not self._may_draw(resources, streams) and sum(map(_largest, streams)) <= _HARMLESS:
            return _NOTHING
        self._page_resources = resources
        self._packed = {}
        self._counts_shapes = False
        work = self._sum(streams, resources)
        if work.content <= max(_HARMLESS, _DENSE * sum(self._packed.values())):
            return _Work(work.forms)
        if _excess(work):
            return work
        self._counts_shapes = True
        return self._sum(streams, resources)

    def _may_draw(self, resources: Any, streams: list[Any]) -> bool:
        """Tell whether there is a form, or anything else that draws by itself."""
        own = [structure.resolved(stream["/Resources"]) for stream in streams if "/Resources" in stream]
        return any(self._has_forms(found) or self._aside(found) for found in (resources, *own))

    def _sum(self, streams: list[Any], resources: Any) -> _Work:
        """Multiply out; where forms draw each other in circles, PDFium goes round as deep as it goes, and so do we."""
        for self._circles in (False, True):
            self._known, self._path = {}, set()
            try:
                return self._all(streams, resources)
            except _CircleError:
                continue
        return _ENDLESS

    def _all(self, streams: list[Any], resources: Any) -> _Work:
        times = Counter(map(id, streams))
        self._waiting = {id(stream): (stream, resources) for stream in streams}
        self._wait(resources)
        done: set[int] = set()
        work = _NOTHING
        while self._waiting:
            key, (stream, own) = self._waiting.popitem()
            if key not in done:
                done.add(key)
                work = work.plus(self._weighed(stream, own, 0), times.get(key, 1))
        return work

    def _wait(self, resources: Any) -> None:
        self._waiting.update((id(stream), (stream, own)) for stream, own in self._aside(resources))

    def _weighed(self, stream: Any, resources: Any, depth: int) -> _Work:
        key = id(stream)
        if key in self._path and not self._circles:
            raise _CircleError
        place = (key, depth if self._circles else 0)
        if place in self._known:
            return self._known[place]
        if depth > _DEEPEST:
            return _NOTHING if self._circles else _ENDLESS
        self._path.add(key)
        self._reached.add(key)
        self._packed[key] = len(stream._data)
        own = structure.resolved(stream.get("/Resources"))
        self._wait(own)
        work = self._of_content(self._content(stream), resources if own is None else own, depth)
        self._path.discard(key)
        self._known[place] = work
        return work

    def _of_content(self, content: _Content, resources: Any, depth: int) -> _Work:
        work = _Work(0, content.size, content.shapes)
        for name, count in content.drawn.items():
            form = self._form(name, resources)
            if form is not None:
                work = work.plus(self._weighed(form, None, depth + 1), count).plus(_Work(1), count)
        if content.unnamed:
            names = {name for found in (resources, self._page_resources) for name in _entries(found, "/XObject")}
            heaviest = _NOTHING
            for form in filter(None, (self._form(name, resources) for name in names)):
                heaviest = heaviest.or_more(self._weighed(form, None, depth + 1).plus(_Work(1)))
            work = work.plus(heaviest, content.unnamed)
        return work

    def _form(self, name: str, resources: Any) -> Any:
        """Return the form of that name; what a form's own resources lack, PDFium takes from the page's."""
        for found in (resources, self._page_resources):
            entries = _entries(found, "/XObject")
            if name in entries:
                return _form(entries[name])
        return None

    def _has_forms(self, resources: Any) -> bool:
        entries = _entries(resources, "/XObject")
        if not entries:
            return False
        if id(entries) not in self._with_forms:
            self._with_forms[id(entries)] = any(_form(entry) is not None for entry in entries.values())
        return self._with_forms[id(entries)]

    def _aside(self, resources: Any) -> list[tuple[Any, Any]]:
        """Return the tiles of patterns and the glyphs of fonts that bring resources along: they may draw forms."""
        if id(resources) not in self._asides:
            self._asides[id(resources)] = list(_asides(resources))
        return self._asides[id(resources)]

    def _content(self, stream: Any) -> _Content:
        key = (id(stream), self._counts_shapes)
        if key not in self._contents:
            data = _unpacked(stream)
            drawn, unnamed = _drawn(data)
            shapes = len(_SHAPE.findall(data)) if self._counts_shapes else 0
            self._contents[key] = _Content(len(data), shapes, drawn, unnamed)
        return self._contents[key]


def _drawn(data: bytes) -> tuple[dict[str, int], int]:
    """Return how often each name is drawn, and how often perhaps something else."""
    total = data.count(b"Do")
    names = {found[1] for found in islice(_NAMED_DO.finditer(data), _FEW)}
    # A scatter plot draws one form many times; to count how it is mostly written takes a tenth of the time.
    named = {name: data.count(b"/%b Do" % name) for name in names} if total > _FEW else {}
    if sum(named.values()) < total:
        named = Counter(_NAMED_DO.findall(data))
    drawn: dict[str, int] = {}
    for name, count in named.items():
        spelled = _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), name)
        if spelled.isascii():  # else it can be spelled in many ways
            drawn["/" + spelled.decode()] = drawn.get("/" + spelled.decode(), 0) + count
    return drawn, len(_DO.findall(data)) - sum(drawn.values()) if sum(drawn.values()) < total else 0


def _is_stream(item: Any) -> bool:
    return hasattr(item, "get_data")


def _largest(stream: Any) -> int:
    """Return how many bytes a stream may unpack to."""
    filters = stream.get("/Filter")
    filters = filters if isinstance(filters, list) else [filters] if filters else []
    if not filters:
        return len(stream._data)
    return len(stream._data) * (_DEFLATE_AT_BEST if filters in (["/FlateDecode"], ["/Fl"]) else 1 << 20)


def _unpacked(stream: Any) -> bytes:
    try:
        data: bytes = stream.get_data()
    except Exception:  # pypdf has a limit, and fails where PDFium takes what it gets
        try:
            return zlib.decompressobj().decompress(stream._data, _MOST_CONTENT)
        except zlib.error:
            return b""
    if hasattr(stream, "decoded_self"):
        stream.decoded_self = None  # which keeps it all
    return data


def _entries(resources: Any, kind: str) -> dict[str, Any]:
    resources = structure.resolved(resources)
    entries = structure.resolved(resources.get(kind)) if isinstance(resources, dict) else None
    return entries if isinstance(entries, dict) else {}


def _form(entry: Any) -> Any:
    found = structure.resolved(entry)
    return found if _is_stream(found) and found.get("/Subtype") != "/Image" else None


def _asides(resources: Any) -> Iterator[tuple[Any, Any]]:
    for entry in _entries(resources, "/Pattern").values():
        if _is_stream(pattern := structure.resolved(entry)):
            yield pattern, None
    for entry in _entries(resources, "/Font").values():
        font = structure.resolved(entry)
        if isinstance(font, dict) and _entries(font.get("/Resources"), "/XObject"):
            for glyph in filter(_is_stream, map(structure.resolved, _entries(font, "/CharProcs").values())):
                yield glyph, structure.resolved(font["/Resources"])
