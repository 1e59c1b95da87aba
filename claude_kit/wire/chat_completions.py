"""Content in the chat completions dialect: OpenAI's JSON as Portkey's gateway takes it and turns it into Anthropic's.

Whole requests are `claude_kit.wire.chat_requests`'s. The gateway turns what it knows into blocks and drops the rest
without a word, so everything is written in the form that arrives whole, and what cannot arrive is warned of. Source:
gateway 1.15.2, recorded 2026-11-22; the tests send every form through it.

===========================  ==============================================================================
form                         what arrives
===========================  ==============================================================================
``text``                     text and ``cache_control``
``image_url``, ``data:``     an image or, with ``application/pdf``, a document; and ``cache_control``
``image_url``, ``http:``     an image by URL, without ``cache_control``
``file``, ``file_data``      a document without title, file name or ``cache_control``; a ``data:`` URL breaks it
``file``, ``file_url``       a document by URL, without ``cache_control``
===========================  ==============================================================================

Of ``cache_control`` only that there is one arrives: a ``ttl`` becomes the default of five minutes.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from claude_kit.content import Image, Part, Text
from claude_kit.content.kinds import PDF_TYPE
from claude_kit.errors import ContentWarning
from claude_kit.wire import order
from claude_kit.wire.body import Base64
from claude_kit.wire.order import Cache, Item

__all__ = ["WriteData", "as_text", "content_parts", "parts", "warn_of"]

#: What stands for the bytes of a file: the string that they are in base64 after some words, or what becomes it later.
WriteData = Callable[[bytes, str], object]

#: The kinds of part that the gateway knows.
_CARRIED: Final = ("text", "image_url", "file")

# What a block of Anthropic's may say beside its content; a part has no place for it.
_BESIDE: Final = ("title", "context", "citations", "transformations")

_WAY_OUT: Final = 'Use dialect="messages" and the route /v1/messages, which keep it.'

# Frames from a warning to who called `claude_kit.encode`.
_CALLER: Final = 3


def as_text(data: bytes, before: str) -> str:
    """Write bytes as base64 at once."""
    return Base64(data, before).text()


def content_parts(content: Iterable[object], *, cache: Cache | None = None) -> list[dict[str, Any]]:
    """Encode content as parts of a chat message.

    Parameters
    ----------
    content : iterable of part, str, source or mapping
        A mapping is copied if it is a part of this dialect, and translated if it is a block of Anthropic's.
    cache : {"5m", "1h"}, optional
        Put a cache breakpoint on the last document or image, or on the last part if there is none.

    Raises
    ------
    ContentError
        If a source cannot be read.

    Warns
    -----
    ContentWarning
        If something of it cannot be carried; what then is missing, and the way out.

    Examples
    --------
    >>> content_parts(["Hello"])
    [{'type': 'text', 'text': 'Hello'}]
    """
    items = order.items(content)
    mark = order.cache_control(cache)
    lost: list[str] = []
    written = parts(items, lost, data=as_text, mark=mark, at=order.breakpoint_at(items) if mark else None)
    warn_of(lost, stacklevel=_CALLER)
    return written


def parts(
    items: Sequence[Item], lost: list[str], *, data: WriteData, mark: object = None, at: int | None = None
) -> list[dict[str, Any]]:
    """Encode content that has been read, and note what is lost of it.

    Parameters
    ----------
    items : sequence of part or mapping
    lost : list of str
        What cannot be carried is added here, a sentence each.
    data : callable
        Writes the bytes of a file.
    mark : mapping, optional
        The breakpoint to put on the item at `at`.
    at : int, optional
    """
    written: list[dict[str, Any]] = []
    for number, item in enumerate(items):
        marked = mark if number == at else None
        if isinstance(item, Mapping):
            written += _translated(item, marked, lost)
        else:
            written += _encoded(item, marked, lost, data)
    return written


def warn_of(lost: Iterable[str], *, stacklevel: int) -> None:
    """Warn of what cannot be carried, and say the way out."""
    for loss in lost:
        warnings.warn(f"{loss}. {_WAY_OUT}", ContentWarning, stacklevel=stacklevel + 1)


def _encoded(item: Part, mark: object, lost: list[str], data: WriteData) -> list[dict[str, Any]]:
    if isinstance(item, Text):
        return _marked(_text(item.text, item.name), mark, item.label, lost)
    if isinstance(item, Image):
        return _marked(_image_url(data(item.data, _data_url(item.media_type))), mark, item.label, lost)
    _note_lost(item.label, [name for name in ("title", "citations") if getattr(item, name)], lost)
    # A `file` loses its `cache_control`; an `image_url`, which keeps it, has no place for a file's name.
    if mark:
        part = _image_url(data(item.data, _data_url(PDF_TYPE)))
    else:
        part = _file(PDF_TYPE, data(item.data, ""), item.label)
    return _marked(part, mark, item.label, lost)


def _translated(block: Mapping[str, Any], mark: object, lost: list[str]) -> list[dict[str, Any]]:
    label = str(block.get("title") or f"the {block.get('type')}")
    if mark:
        block = _cacheable(block)
    mark = mark or block.get("cache_control")
    part, beside = _part(block, mark)
    if part is None:
        lost.append(f"{label}: left out, for a chat message cannot carry {_kind(block)}")
        return []
    _note_lost(label, [name for name in beside if _is_set(block.get(name))], lost)
    return _marked(part, mark, label, lost)


def _part(block: Mapping[str, Any], mark: object) -> tuple[dict[str, Any] | None, Sequence[str]]:
    """Return the part that carries a block, None if none does, and the fields for which that has no place."""
    if block.get("type") in _CARRIED:
        return dict(block), ("citations",)
    match block:
        case {"type": "image", "source": {"type": "base64", "media_type": str(media_type), "data": str(data)}}:
            return _image_url(_data_url(media_type) + data), _BESIDE
        case {"type": "image", "source": {"type": "url", "url": str(url)}}:
            return _image_url(url), _BESIDE
        case {"type": "document", "source": {"type": "base64", "media_type": str(media_type), "data": str(data)}}:
            if mark:
                return _image_url(_data_url(media_type) + data), _BESIDE
            return _file(media_type, data, str(block.get("title") or "document.pdf")), _BESIDE
        case {"type": "document", "source": {"type": "url", "url": str(url)}}:
            return {"type": "file", "file": {"file_url": url}}, _BESIDE
        case {"type": "document", "source": {"type": "text", "data": str(text)}}:
            return _text(text, block.get("title")), [name for name in _BESIDE if name != "title"]
    return None, ()


def _cacheable(block: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a ``file`` that holds a PDF as the block it stands for, which has a form that keeps a breakpoint."""
    match block:
        case {"type": "file", "file": {"file_data": str(data), **others}} if not data.startswith("data:"):
            if others.get("mime_type", PDF_TYPE) == PDF_TYPE:
                return {"type": "document", "source": {"type": "base64", "media_type": PDF_TYPE, "data": data}}
    return block


def _kind(block: Mapping[str, Any]) -> str:
    source = block.get("source")
    by = f" whose source is {source.get('type')!r}" if isinstance(source, Mapping) else ""
    return f"a block of type {block.get('type')!r}{by}"


# ---- the forms --------------------------------------------------------------------------------------------------


def _text(text: str, name: str | None) -> dict[str, Any]:
    """Write words, or a file of text: as words that begin with its name.

    As a ``file`` of ``text/plain`` it would arrive as a document, but without its name and its ``cache_control``. The
    tags are those that Anthropic recommends for documents in a prompt, and tell where the file ends.
    """
    if name is not None:
        content = f"<document_content>\n{text}\n</document_content>"
        text = f"<document>\n<source>{name}</source>\n{content}\n</document>"
    return {"type": "text", "text": text}


def _image_url(url: object) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}}


def _file(media_type: str, data: object, name: str) -> dict[str, Any]:
    return {"type": "file", "file": {"mime_type": media_type, "filename": name, "file_data": data}}


def _data_url(media_type: str) -> str:
    """Return how a ``data:`` URL begins; its base64 comes after."""
    return f"data:{media_type};base64,"


def _marked(part: dict[str, Any], mark: object, label: str, lost: list[str]) -> list[dict[str, Any]]:
    """Put the breakpoint on a part, and note what the gateway does not keep of it."""
    if not mark:
        return [part]
    if _is_inline(part):
        if isinstance(mark, Mapping) and mark.get("ttl") == "1h":
            lost.append(f'{label}: the gateway drops the ttl of a breakpoint, so "1h" becomes five minutes')
    else:
        lost.append(f"{label}: the gateway drops its cache_control, so nothing is cached up to here")
    return [{**part, "cache_control": mark}]


def _is_inline(part: Mapping[str, Any]) -> bool:
    """Tell whether a part is of a form that keeps its breakpoint: words, or data in an ``image_url``."""
    address = part.get("image_url")
    url = address.get("url") if isinstance(address, Mapping) else None
    return part.get("type") == "text" or isinstance(url, Base64) or str(url).startswith("data:")


def _is_set(value: object) -> bool:
    # Citations that are switched off are no loss.
    return bool(value.get("enabled", True) if isinstance(value, Mapping) else value)


def _note_lost(label: str, names: Sequence[str], lost: list[str]) -> None:
    if names:
        lost.append(f"{label}: a chat message cannot carry its {' and '.join(names)}")
