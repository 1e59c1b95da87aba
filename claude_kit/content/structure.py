"""How a PDF is built, as pypdf reads it: which fonts a page uses, how it is turned, what it drags along.

Damaged files make pypdf raise anything and log much; here that means no more than that nothing is known.
"""

from __future__ import annotations

import io
import logging
import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["Font", "Layout", "inherited", "layouts", "needs_catalog", "quiet", "resolved", "slimmed"]

_SUBSET = re.compile(r"^[A-Z]{6}\+")
_FONT_FILES: Final = ("/FontFile", "/FontFile2", "/FontFile3")
_DEEPEST_FORM: Final = 8
_MOST_PARENTS: Final = 64

# Kinds of resources that a page names where it uses them, and that weigh something.
_NAMED: Final = ("/XObject", "/Font", "/Pattern", "/Shading")
_NAME = re.compile(rb"/([^\0\t\n\f\r ()<>\[\]{}/%]+)")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")

_LOCK = threading.RLock()


@dataclass(frozen=True, slots=True)
class Font:
    """A font that a page names.

    Attributes
    ----------
    name : str
        Such as ``"Helvetica"``, without the letters that mark a subset of it.
    embedded : bool
        Whether the file carries it. If not, each reader takes a font of its own instead, and signs may come out wrong.
    """

    name: str
    embedded: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """How one page is built: degrees it is turned clockwise (0, 90, 180 or 270), and its fonts."""

    rotation: int
    fonts: tuple[Font, ...]


@contextmanager
def quiet() -> Iterator[None]:
    """Keep pypdf from warning and logging."""
    logger = logging.getLogger("pypdf")
    with _LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        level = logger.level
        logger.setLevel(logging.CRITICAL + 1)
        try:
            yield
        finally:
            logger.setLevel(level)


def layouts(data: bytes) -> tuple[Layout, ...]:
    """Return how each page is built; none if pypdf cannot tell."""
    from pypdf import PdfReader

    with quiet():
        try:
            reader = PdfReader(io.BytesIO(data))
            # Hundreds of pages share their resources: what stands in a dictionary is looked up once.
            known: dict[int, dict[str, Font]] = {}
            return tuple(
                Layout(page.rotation % 360 // 90 * 90, tuple(_fonts(page.get("/Resources"), known).values()))
                for page in reader.pages
            )
        except Exception:
            return ()


def needs_catalog(data: bytes) -> bool:
    """Tell whether pages look otherwise without the document's catalog: hidden layers, fields drawn by the reader."""
    from pypdf import PdfReader

    with quiet():
        try:
            root: Any = PdfReader(io.BytesIO(data)).trailer["/Root"]
            form = resolved(root.get("/AcroForm")) or {}
            return "/OCProperties" in root or bool(form.get("/NeedAppearances", False))
        except Exception:
            return False


def slimmed(data: bytes) -> bytes | None:
    """Return the PDF with pages that hold on to no more than they use; None if they do already, or pypdf cannot tell.

    Some writers list the pictures and fonts of all pages in one place, and each page taken out would bring them all.
    """
    from pypdf import PdfReader, PdfWriter

    with quiet():
        try:
            writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
            known: dict[int, set[str]] = {}
            changed = [_slim(page, known) for page in writer.pages]
            if not any(changed):
                return None
            buffer = io.BytesIO()
            writer.write(buffer)
            return buffer.getvalue()
        except Exception:
            return None


def resolved(item: Any) -> Any:
    """Return what a reference stands for, and anything else as it is."""
    return item.get_object() if hasattr(item, "get_object") else item


# ---- fonts ----------------------------------------------------------------------------------------------------------


def _fonts(resources: Any, known: dict[int, dict[str, Font]], depth: int = 0) -> dict[str, Font]:
    """Return the fonts of a resource dictionary and of the forms in it, by name."""
    resources = resolved(resources)
    if not isinstance(resources, dict) or depth > _DEEPEST_FORM:
        return {}
    # pypdf keeps what it has read, so an object has one id as long as the reader lives.
    if id(resources) in known:
        return known[id(resources)]
    found = known[id(resources)] = {}  # known at once: a form may contain itself
    for entry in _entries(resources, "/Font"):
        font = _font(entry)
        found.setdefault(font.name, font)
    for entry in _entries(resources, "/XObject"):
        if entry.get("/Subtype") == "/Form":
            for name, font in _fonts(entry.get("/Resources"), known, depth + 1).items():
                found.setdefault(name, font)
    return found


def _entries(resources: Any, kind: str) -> Iterator[Any]:
    entries = resolved(resources.get(kind))
    if isinstance(entries, dict):
        for entry in entries.values():
            found = resolved(entry)
            if isinstance(found, dict):
                yield found


def _font(font: Any) -> Font:
    subtype = font.get("/Subtype")
    name = str(resolved(font.get("/BaseFont") or font.get("/Name") or "/unnamed"))
    shapes = font
    if subtype == "/Type0":
        descendants = resolved(font.get("/DescendantFonts")) or [{}]
        shapes = resolved(descendants[0])
    descriptor = resolved(shapes.get("/FontDescriptor")) or {}
    embedded = subtype == "/Type3" or any(key in descriptor for key in _FONT_FILES)
    return Font(_SUBSET.sub("", name.removeprefix("/")), embedded)


# ---- what a page uses -----------------------------------------------------------------------------------------------


def _slim(page: Any, known: dict[int, set[str]]) -> bool:
    """Take from a page's resources what nothing on the page names; tell whether that was anything."""
    from pypdf.generic import DictionaryObject, NameObject

    resources = inherited(page, "/Resources")
    if not isinstance(resources, dict):
        return False
    kinds = {kind: resolved(resources.get(kind)) for kind in _NAMED}
    used = _names_used(page, kinds, known)
    slim = DictionaryObject(resources)
    changed = False
    for kind, entries in kinds.items():
        if isinstance(entries, dict):
            needed = {name: entry for name, entry in entries.items() if name in used or not name.isascii()}
            slim[NameObject(kind)] = DictionaryObject(needed)
            changed |= len(needed) < len(entries)
    page[NameObject("/Resources")] = slim
    return changed


def inherited(page: Any, key: str) -> Any:
    """Return an entry of a page, or of the branches of the page tree that it hangs on."""
    node = page
    for _ in range(_MOST_PARENTS):
        if key in node:
            return resolved(node[key])
        node = resolved(node.get("/Parent"))
        if not isinstance(node, dict):
            break
    return None


def _names_used(page: Any, kinds: dict[str, Any], known: dict[int, set[str]]) -> set[str]:
    """Return every name in what a page draws, and what else looks like one.

    A form, a pattern, a font or an annotation may draw with the page's resources, so their names count too. A name
    with signs beyond ASCII can be spelled in several ways; the caller keeps those.
    """
    contents = resolved(page.get("/Contents"))
    waiting = list(contents) if isinstance(contents, list) else [contents]
    for annotation in resolved(page.get("/Annots")) or []:
        appearances = resolved(resolved(annotation).get("/AP"))
        waiting.append(appearances)
    used: set[str] = set()
    seen: set[int] = set()
    while waiting:
        item = resolved(waiting.pop())
        if not isinstance(item, dict) or id(item) in seen:
            continue
        seen.add(id(item))
        names = _names_in(item, known)
        for entries in kinds.values():
            if isinstance(entries, dict):
                waiting += [entries[name] for name in names - used if name in entries]
        used |= names
        waiting += _drawn_by(item)
    return used


def _names_in(item: Any, known: dict[int, set[str]]) -> set[str]:
    if not hasattr(item, "get_data") or item.get("/Subtype") == "/Image":
        return set()
    if id(item) not in known:
        known[id(item)] = {
            "/" + _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), name).decode("latin-1")
            for name in _NAME.findall(item.get_data())
        }
    return known[id(item)]


def _drawn_by(item: Any) -> Iterator[Any]:
    """Return what may draw in its turn: the forms and fonts of a form, the signs of a font, an annotation's looks."""
    if item.get("/Type") == "/Page":
        return
    resources = resolved(item.get("/Resources"))
    if isinstance(resources, dict):
        for kind in _NAMED:
            yield from _entries(resources, kind)
    for key in ("/CharProcs", "/N", "/R", "/D"):
        if key in item:
            yield item[key]
    if not hasattr(item, "get_data") and "/Type" not in item:  # the states of a button, the signs of a font
        yield from item.values()
