"""What do I send? Anything a notebook holds becomes an `Image`, a `Pdf` or a `Text`."""

from __future__ import annotations

import codecs
from dataclasses import replace

from claude_kit.content import images, sources
from claude_kit.content.kinds import PDF_TYPE, TEXT_TYPE, media_type
from claude_kit.content.parts import Image, Page, Part, Pdf, Text
from claude_kit.errors import ContentError

__all__ = ["Image", "Page", "Part", "Pdf", "Text", "attach", "image", "part", "pdf", "text"]

# What to do with a format that is neither image, PDF nor text.
_CONVERT = {
    "application/zip": "Office files (.docx, .xlsx, .pptx) and archives are not taken: export it as PDF, or its text",
    "application/x-ole-storage": "Old Office files (.doc, .xls, .ppt) are not taken: export it as PDF, or its text",
}


def attach(source: object, *, name: str | None = None) -> Part:
    """Turn any source into the part it is, told apart by its bytes, never by the file's extension.

    Parameters
    ----------
    source : path, URL, ``data:`` URL, bytes-like, binary file, PIL image or matplotlib figure
        A part is returned as it is.
    name : str, optional
        What to call it; by default the file's own name.

    Returns
    -------
    Image, Pdf or Text

    Raises
    ------
    ContentError
        If it cannot be read, or is of a kind that Claude does not take.

    Examples
    --------
    >>> attach(b"just some words", name="notes.txt")
    <Text notes.txt: 15 characters>
    """
    if isinstance(source, Part):
        return source if name is None else replace(source, name=name)
    blob = sources.read(source, name=name)
    kind = media_type(blob.data)
    if kind == PDF_TYPE:
        return Pdf(blob.data, blob.name)
    if kind == TEXT_TYPE:
        return _text_of(blob)
    if kind and kind.startswith("image/"):
        return images.from_blob(blob)
    label = blob.name or "the source"
    raise ContentError(f"{label}: {_CONVERT.get(kind or '', 'neither an image, a PDF nor text')} ({kind or 'binary'})")


def image(source: object, *, name: str | None = None) -> Image:
    """Turn a source into an `Image`: upright, in a format Claude takes.

    Parameters
    ----------
    source : path, URL, ``data:`` URL, bytes-like, binary file, PIL image or matplotlib figure
    name : str, optional
        What to call it; by default the file's own name.

    Raises
    ------
    ContentError
        If it cannot be read or is no image.

    Examples
    --------
    >>> from PIL import Image as pil
    >>> image(pil.new("RGB", (640, 480)), name="black.png").width
    640
    """
    if isinstance(source, Image):
        return source if name is None else replace(source, name=name)
    return images.from_blob(sources.read(source, name=name))


def pdf(
    source: object,
    *,
    pages: str | None = None,
    name: str | None = None,
    title: str | None = None,
    citations: bool = False,
) -> Pdf:
    """Turn a source into a `Pdf`.

    Parameters
    ----------
    source : path, URL, ``data:`` URL, bytes-like or binary file
    pages : str, optional
        Only these, such as ``"1-10,12,15-"``, in the order they are wanted.
    name : str, optional
        What to call it; by default the file's own name.
    title : str, optional
        Told to Claude with the document.
    citations : bool
        Whether Claude shall cite pages of it.

    Raises
    ------
    ContentError
        If it cannot be read, is no PDF, or `pages` names pages that are not there.

    Examples
    --------
    >>> pdf("notebooks/data/report.pdf", pages="1-2").page_count
    2
    """
    if isinstance(source, Pdf):
        document = _described(source, name, title, citations)
    else:
        blob = sources.read(source, name=name)
        kind = media_type(blob.data)
        if kind != PDF_TYPE:
            raise ContentError(
                f"{blob.name or 'the source'}: not a PDF but {kind or 'other binary data'} "
                f"(it begins with {blob.data[:12]!r})"
            )
        document = Pdf(blob.data, blob.name, title, citations)
    return document if pages is None else document.select(pages)


def _described(document: Pdf, name: str | None, title: str | None, citations: bool) -> Pdf:
    """Return the document itself where nothing is new: another one would read the file anew."""
    if name is None and title is None and not citations:
        return document
    return replace(
        document,
        name=document.name if name is None else name,
        title=document.title if title is None else title,
        citations=document.citations or citations,
    )


def text(source: object, *, name: str | None = None) -> Text:
    """Turn a string, or a file of text, into a `Text`.

    Parameters
    ----------
    source : str, path or binary file
        A `str` is the text itself; a `pathlib.Path` is read.
    name : str, optional
        What to call it.

    Raises
    ------
    ContentError
        If the file is neither UTF-8 nor UTF-16 text.

    Examples
    --------
    >>> text("What are the key findings?")
    <Text “What are the key findings?”: 26 characters>
    """
    if isinstance(source, Text):
        return source if name is None else replace(source, name=name)
    if isinstance(source, str):
        return Text(source, name)
    return _text_of(sources.read(source, name=name))


def part(item: object) -> Part:
    """Turn one item of a question into a part: a plain `str` is the text itself, anything else is attached."""
    return Text(item) if isinstance(item, str) else attach(item)


def _text_of(blob: sources.Blob) -> Text:
    marked = blob.data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return Text(blob.data.decode("utf-16" if marked else "utf-8-sig"), blob.name)
    except UnicodeDecodeError as error:
        raise ContentError(
            f"{blob.name or 'the source'}: not UTF-8 text (byte {error.start:,} is 0x{blob.data[error.start]:02x}). "
            "Save it as UTF-8, or read it yourself: ck.text(path.read_text(encoding=...), name=...)"
        ) from None
