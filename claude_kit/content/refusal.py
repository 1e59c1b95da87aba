"""What is not taken, and what to do instead: one sentence for every kind of file that people try."""

from __future__ import annotations

from typing import Final

from claude_kit.content import kinds, markup
from claude_kit.content.blob import Blob
from claude_kit.content.kinds import PDF_TYPE, SVG_TYPE, TEXT_TYPE
from claude_kit.errors import ContentError

__all__ = ["NOT_TAKEN", "refused"]

_OPENXML: Final = "application/vnd.openxmlformats-officedocument"
_UNPACK: Final = "Unpack it, and give the files in it"
_FRAMES: Final = "Claude takes no films: give some of its frames, as images"
_SPEECH: Final = "Claude takes no sound: give a transcript of it, as text"

#: Kinds that Claude does not take and the kit cannot convert: what each is, and the way out.
NOT_TAKEN: Final = {
    f"{_OPENXML}.wordprocessingml.document": ("a Word document", "Export it as PDF"),
    f"{_OPENXML}.presentationml.presentation": ("a PowerPoint presentation", "Export it as PDF"),
    f"{_OPENXML}.spreadsheetml.sheet": (
        "an Excel workbook",
        "Export it as PDF, or give one sheet as a table: ck.attach(pandas.read_excel(path))",
    ),
    "application/vnd.oasis.opendocument.text": ("an OpenDocument text", "Export it as PDF"),
    "application/vnd.oasis.opendocument.presentation": ("an OpenDocument presentation", "Export it as PDF"),
    "application/vnd.oasis.opendocument.spreadsheet": ("an OpenDocument spreadsheet", "Export it as PDF"),
    "application/epub+zip": ("an e-book (EPUB)", "Convert it to PDF"),
    "application/x-ole-storage": (
        "an Office file of the old kind (.doc, .xls, .ppt), or a newer one with a password",
        "Open it and export it as PDF",
    ),
    "application/postscript": ("PostScript", "Convert it to PDF (ps2pdf), or export the drawing as PNG"),
    "application/zip": ("a ZIP archive", _UNPACK),
    "application/gzip": ("compressed with gzip", _UNPACK),
    "application/x-7z-compressed": ("a 7-Zip archive", _UNPACK),
    "application/vnd.rar": ("a RAR archive", _UNPACK),
    SVG_TYPE: (
        "an SVG drawing",
        "Export it as PNG (with Inkscape, or cairosvg.svg2png), or send its source: ck.text(pathlib.Path(path))",
    ),
    "image/vnd.adobe.photoshop": ("a Photoshop file", "Export it as PNG"),
    "video/mp4": ("a film (MP4 or QuickTime)", _FRAMES),
    "video/x-matroska": ("a film (WebM or Matroska)", _FRAMES),
    "video/x-msvideo": ("a film (AVI)", _FRAMES),
    "audio/mpeg": ("a sound recording (MP3)", _SPEECH),
    "audio/mp4": ("a sound recording (M4A)", _SPEECH),
    "audio/wav": ("a sound recording (WAV)", _SPEECH),
    "audio/ogg": ("a sound recording (Ogg)", _SPEECH),
    "audio/flac": ("a sound recording (FLAC)", _SPEECH),
}

_ANY: Final = "neither an image, a PDF nor text"

# What was asked for, as it stands in "not …", and which function takes what.
_WANTED: Final = {"image/*": "an image", PDF_TYPE: "a PDF", TEXT_TYPE: "text"}
_TAKES: Final = {"image/*": "ck.image", PDF_TYPE: "ck.pdf", TEXT_TYPE: "ck.text"}


def refused(blob: Blob, kind: str | None, wanted: str | None = None) -> ContentError:
    """Say why some bytes are not taken.

    Parameters
    ----------
    blob : Blob
    kind : str or None
        What `kinds.media_type` says of them.
    wanted : str, optional
        The media type they should have, ``"image/*"`` for any image; by default what their name claims, if anything.

    Examples
    --------
    >>> print(refused(Blob(b"<svg/>", "logo.svg"), "image/svg+xml"))  # doctest: +ELLIPSIS
    logo.svg: an SVG drawing, which Claude does not take. Export it as PNG ...
    >>> print(refused(Blob(b"<html>", "report.pdf"), "text/plain"))  # doctest: +ELLIPSIS
    report.pdf: an HTML page, not a PDF. Likely a sign-in or landing page ...
    """
    claim = kinds.claimed(blob.name)
    if wanted is None and claim:
        wanted = PDF_TYPE if claim == PDF_TYPE else "image/*"
    if kind == TEXT_TYPE:
        sentence, is_said = _a_text(blob, wanted or ""), claim or wanted or kind
    elif kind in NOT_TAKEN:
        what, instead = NOT_TAKEN[kind]
        drawn = wanted == "image/*" and kind.startswith("image/")
        stead = "which Claude does not take" if drawn or not wanted else f"not {_WANTED[wanted]}"
        sentence, is_said = f"{what}, {stead}. {instead}.", kind
    elif kind is None:
        stead = f"not {_WANTED[wanted]} but other binary data" if wanted else f"{_ANY} (binary)"
        sentence, is_said = f"{stead}; it begins with {blob.data[:12]!r}", claim or "application/octet-stream"
    else:
        sentence, is_said = _another(kind, wanted or ""), kind
    return ContentError(f"{blob.label}: {sentence}", media_type=is_said, where=blob.label)


def _a_text(blob: Blob, wanted: str) -> str:
    not_wanted = f"not {_WANTED.get(wanted, 'what Claude takes')}"
    if not markup.is_html(blob.data):
        return f"text, {not_wanted} (it begins with {blob.data[:12]!r}). If it is meant as text, use ck.text(...)"
    title = markup.title(blob.data)
    called = f" titled “{title}”" if title else ""
    if blob.address:
        return (
            f"the server sent an HTML page{called}, {not_wanted}: likely a sign-in or landing page. Download the file "
            "in the browser and give its path, or look for the file's own address"
        )
    return (
        f"an HTML page{called}, {not_wanted}. Likely a sign-in or landing page that was saved in place of the file: "
        "download it again, signed in"
    )


def _another(kind: str, wanted: str) -> str:
    """Say that something is fine, but not what was asked for."""
    group = "image/*" if kind.startswith("image/") else kind
    if group not in _WANTED or wanted not in _WANTED:
        return f"{_ANY} ({kind})"
    return f"{_WANTED[group]}, not {_WANTED[wanted]}. Use {_TAKES[group]}, or ck.attach, which takes either"
