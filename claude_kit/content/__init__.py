"""What do I send? Anything a notebook holds becomes an `Image`, a `Pdf` or a `Text`."""

from __future__ import annotations

from dataclasses import replace

from claude_kit.content import decoding, images, sources, tables
from claude_kit.content.kinds import PDF_TYPE, SVG_TYPE, TEXT_TYPE, claimed, media_type
from claude_kit.content.parts import Image, Page, Part, Pdf, Text
from claude_kit.content.refusal import NOT_TAKEN, refused

__all__ = ["Image", "Page", "Part", "Pdf", "Text", "attach", "image", "part", "pdf", "text"]


def attach(source: object, *, name: str | None = None) -> Part:
    """Turn any source into the part it is, told apart by its bytes, never by the file's extension.

    Parameters
    ----------
    source : path, URL, ``data:`` URL, bytes-like, binary file, PIL image, numpy array, matplotlib figure or \
            Axes, pandas DataFrame, Series or Styler, or an item of an ipywidgets FileUpload
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
    if tables.is_table(source):
        return tables.from_table(source, name=name)
    blob = sources.read(source, name=name)
    kind = media_type(blob.data)
    if kind == PDF_TYPE:
        return Pdf(blob.data, blob.name)
    if kind == TEXT_TYPE and not claimed(blob.name):
        return _text_of(blob)
    if _is_picture(kind):
        return images.from_blob(blob)
    raise refused(blob, kind)


def image(source: object, *, name: str | None = None) -> Image:
    """Turn a source into an `Image`: upright, in a format Claude takes.

    Parameters
    ----------
    source : path, URL, ``data:`` URL, bytes-like, binary file, PIL image, numpy array, matplotlib figure or \
            Axes, or an item of an ipywidgets FileUpload
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
    blob = sources.read(source, name=name)
    kind = media_type(blob.data)
    if not _is_picture(kind):
        raise refused(blob, kind, "image/*")
    return images.from_blob(blob)


def pdf(
    source: object,
    *,
    pages: str | None = None,
    password: str | None = None,
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
    password : str, optional
        Opens an encrypted file, which is then saved without encryption: the API takes none that is encrypted. A file
        that needs none stays as it is.
    name : str, optional
        What to call it; by default the file's own name.
    title : str, optional
        Told to Claude with the document.
    citations : bool
        Whether Claude shall cite pages of it.

    Raises
    ------
    ContentError
        If it cannot be read, is no PDF, the password does not open it, or `pages` names pages that are not there.

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
            raise refused(blob, kind, PDF_TYPE)
        document = Pdf(blob.data, blob.name, title, citations)
    if password is not None:
        document = document.unlocked(password)
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


def text(source: object, *, name: str | None = None, format: tables.Format = "csv") -> Text:
    """Turn a string, a file of text or a table into a `Text`.

    Parameters
    ----------
    source : str, path, binary file, or pandas DataFrame, Series or Styler
        A `str` is the text itself; a `pathlib.Path` is read. A file is UTF-8 or says otherwise with a byte order mark;
        any other is read as Windows-1252 (Latin-1), with a warning.
    name : str, optional
        What to call it.
    format : {"csv", "markdown"}
        How a table is written.

    Raises
    ------
    ContentError
        If the file is no text.

    Examples
    --------
    >>> text("What are the key findings?")
    <Text “What are the key findings?”: 26 characters>
    >>> import pandas
    >>> print(text(pandas.Series([3, 5], name="apples"), format="markdown").text)
    | apples |
    | --- |
    | 3 |
    | 5 |
    <BLANKLINE>
    """
    if isinstance(source, Text):
        return source if name is None else replace(source, name=name)
    if isinstance(source, str):
        return Text(source, name)
    if tables.is_table(source):
        return tables.from_table(source, name=name, format=format)
    blob = sources.read(source, name=name)
    kind = media_type(blob.data)
    if kind in (TEXT_TYPE, SVG_TYPE):
        return _text_of(blob)
    raise refused(blob, kind, TEXT_TYPE)


def part(item: object) -> Part:
    """Turn one item of a question into a part: a plain `str` is the text itself, anything else is attached."""
    return Text(item) if isinstance(item, str) else attach(item)


def _text_of(blob: sources.Blob) -> Text:
    words, changes = decoding.decoded(blob)
    return Text(words, blob.name, changes)


def _is_picture(kind: str | None) -> bool:
    """Tell whether it is an image of a format that Claude takes or the kit converts."""
    return kind is not None and kind.startswith("image/") and kind not in NOT_TAKEN
