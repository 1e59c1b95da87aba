"""What a notebook holds in memory and what of it is sent: pictures, figures and uploads.

None of the packages these come from is imported here: who has an array has numpy. Tables are `tables`' matter.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from claude_kit.content import colours, pillow
from claude_kit.content.blob import Blob
from claude_kit.errors import ContentError
from claude_kit.render import units

__all__ = [
    "from_array",
    "from_axes",
    "from_figure",
    "from_pillow",
    "from_upload",
    "from_upload_value",
    "instance_of",
    "is_upload",
    "is_upload_value",
]

_BYTES_LIKE: Final = (bytes, bytearray, memoryview)

# What cameras and scanners fill of 16 bits: a picture is as bright as its depth, not as the type it is kept in.
_DEPTHS: Final = (8, 10, 12, 14, 16)

# Floats that round to a grey level there is, as sums that should be 1 do.
_HALF_A_LEVEL: Final = 0.5 / 255

# Less than the room that matplotlib's layouts leave between neighbours.
_AROUND_AXES_IN: Final = 0.05


def instance_of(package: str, *names: str) -> Callable[[object], bool]:
    """Tell whether an object is of a class, without importing the class's package."""

    def accepts(source: object) -> bool:
        return any(
            cls.__name__ in names and cls.__module__.partition(".")[0] == package for cls in type(source).__mro__
        )

    return accepts


# ---- pictures -------------------------------------------------------------------------------------------------------


def from_pillow(source: Any) -> Blob:
    """Encode a PIL image as PNG, upright."""
    filename = getattr(source, "filename", None)
    name = f"{Path(os.fsdecode(filename)).stem}.png" if filename else None
    buffer = io.BytesIO()
    try:
        colours.eight_bit(pillow.upright(source)).save(buffer, "PNG")
    except Exception as error:  # an image that was opened lazily is decoded only now
        label, kind = name or "the PIL image", f"image/{(source.format or 'png').lower()}"
        raise ContentError(f"{label}: cannot be decoded ({error})", media_type=kind, where=label) from None
    return Blob(buffer.getvalue(), name)


def from_array(source: Any) -> Blob:
    """Encode a numpy array as PNG: ``(H, W)`` grey, ``(H, W, 3)`` RGB, ``(H, W, 4)`` RGBA.

    Of type bool (black and white), uint8, uint16 (by the smallest bit depth of 8, 10, 12, 14, 16 that holds the
    brightest value) or float from 0 to 1.
    """
    import numpy
    from PIL import Image as pil

    refusal = _shape_refusal(source) or _type_refusal(source)
    if refusal:
        raise ContentError(f"an array of shape {source.shape} and type {source.dtype}: {refusal}")
    if numpy.ma.isMaskedArray(source) and source.mask.any():
        raise _array_error(source, f"{int(source.mask.sum()):,} values are masked", "Fill them: array.filled(0)")
    if source.dtype.kind == "f":
        levels = _float_levels(source)
    elif source.dtype.kind == "b":
        levels = source * numpy.uint8(255)
    elif source.dtype.itemsize == 2:
        brightest = int(source.max())
        depth = next(bits for bits in _DEPTHS if brightest < 2**bits)
        levels = numpy.rint(numpy.multiply(source, 255 / (2**depth - 1), dtype=numpy.float32)).astype(numpy.uint8)
    else:
        levels = source
    buffer = io.BytesIO()
    pil.fromarray(numpy.ascontiguousarray(levels)).save(buffer, "PNG")
    return Blob(buffer.getvalue(), None)


def _float_levels(array: Any) -> Any:
    import numpy

    wrong = array.size - int(numpy.isfinite(array).sum())
    if wrong:
        measured = f"{wrong:,} of {array.size:,} values are NaN or infinite"
        raise _array_error(array, measured, "Replace them: numpy.nan_to_num(array, posinf=1, neginf=0)")
    darkest, brightest = float(array.min()), float(array.max())
    if darkest < -_HALF_A_LEVEL or brightest > 1 + _HALF_A_LEVEL:
        stretch = "Stretch them: (array - array.min()) / (array.max() - array.min())"
        fix = stretch if darkest < 0 or brightest > 255 else "Divide by 255: array / 255"
        raise _array_error(array, f"values from {darkest:g} to {brightest:g}, and floats are taken from 0 to 1", fix)
    levels = numpy.multiply(array, 255, dtype=numpy.float32)
    return numpy.rint(levels, out=levels).clip(0, 255, out=levels).astype(numpy.uint8)


def _array_error(array: Any, measured: str, fix: str) -> ContentError:
    return ContentError(f"an array of shape {array.shape} and type {array.dtype}: {measured}. {fix}.")


def _shape_refusal(array: Any) -> str | None:
    """Say what is wrong with an array's shape, and what would make it right."""
    shape = array.shape
    if 0 in shape:
        return "it is empty. An image has at least one row and one column."
    if len(shape) == 2 or (len(shape) == 3 and shape[2] in (3, 4)):
        return None
    wanted = "an image is (height, width) or (height, width, 3 or 4)"
    if array.dtype.kind == "O":
        return None  # the type tells more
    if len(shape) == 3 and shape[2] == 1:
        return f"{wanted}. Drop the last axis: array[:, :, 0]."
    if len(shape) == 3 and shape[0] in (3, 4):
        return f"{wanted}. Move the channels last: numpy.moveaxis(array, 0, -1)."
    if len(shape) == 3 and shape[0] == 1:
        return f"{wanted}. Drop the first axis: array[0]."
    if len(shape) == 4:
        return f"{wanted}. Give one image of the {shape[0]:,}: array[0]."
    return f"{wanted}. If it holds other data, give it as a table: ck.attach(pandas.DataFrame(array))."


def _type_refusal(array: Any) -> str | None:
    """Say what is wrong with an array's type, and what would make it right."""
    kind, size = array.dtype.kind, array.dtype.itemsize
    if kind == "b" or (kind == "u" and size <= 2) or (kind == "f" and size <= 8):
        return None
    if kind == "O":
        held = type(array.flat[0])
        if instance_of("matplotlib", "Axes")(array.flat[0]):
            index = ", ".join("0" for _ in array.shape)
            return f"it holds matplotlib Axes. Give one of them, axes[{index}], or the figure they are in."
        return f"it holds Python objects ({held.__module__}.{held.__qualname__}). Give an array of numbers."
    wanted = "an image is of bool, uint8, uint16 or float from 0 to 1"
    if kind in "iu":
        darkest, brightest = int(array.min()), int(array.max())
        fits = "uint8" if brightest <= 255 else "uint16"
        if darkest >= 0 and brightest < 2**16:
            return f"{wanted}. Its values run from {darkest} to {brightest}: array.astype(numpy.{fits})."
        return f"{wanted}. Its values run from {darkest} to {brightest}: stretch them to floats from 0 to 1."
    if kind == "c":
        return f"{wanted}. Show its size, numpy.abs(array), as floats from 0 to 1."
    if kind == "f":
        return f"{wanted}, up to float64: array.astype(numpy.float64)."
    return f"{wanted}."


# ---- figures --------------------------------------------------------------------------------------------------------


def from_figure(source: Any) -> Blob:
    """Draw a matplotlib figure as PNG; the figure stays as it is, open or closed."""
    return Blob(_drawn(source, "tight"), f"{source.get_label() or 'figure'}.png")


def from_axes(source: Any) -> Blob:
    """Draw the part of a figure that belongs to one Axes, with its labels and title, as PNG."""
    figure = source.get_figure()
    if figure is None or not source.get_visible():
        raise ContentError("the Axes are in no figure, or not visible. Give the figure itself.")
    figure = figure if hasattr(figure, "savefig") else figure.figure  # of a subfigure: the whole one
    try:
        figure.draw_without_rendering()  # a layout finds its places only when it is drawn
        # Twins share the place, and one's labels stand on the other's right.
        places = [
            other.get_tightbbox()
            for other in figure.axes
            if other.get_visible() and other.bbox.bounds == source.bbox.bounds
        ]
        area = source.get_tightbbox().union([place for place in places if place is not None])
        inches = area.transformed(figure.dpi_scale_trans.inverted()).padded(_AROUND_AXES_IN)
    except Exception as error:  # whatever an artist raises
        raise ContentError(f"the Axes cannot be drawn ({error})") from error
    label = source.get_label()
    return Blob(_drawn(figure, inches), f"{label if isinstance(label, str) and label else 'axes'}.png")


def _drawn(figure: Any, area: Any) -> bytes:
    buffer = io.BytesIO()
    try:
        figure.savefig(buffer, format="png", bbox_inches=area)
    except Exception as error:  # text in bad mathtext, a size beyond all pixels, whatever an artist raises
        raise ContentError(f"the figure cannot be drawn ({error})") from error
    return buffer.getvalue()


# ---- uploads --------------------------------------------------------------------------------------------------------


def is_upload(item: object) -> bool:
    """Tell whether something is one file of an ipywidgets ``FileUpload``: a mapping, or an object, of name and bytes.

    A content block of the API is a mapping too; its ``content``, if it has any, is never bytes.

    Examples
    --------
    >>> is_upload({"name": "a.txt", "type": "text/plain", "size": 2, "content": memoryview(b"hi")})
    True
    >>> is_upload({"type": "text", "text": "hi"})
    False
    """
    return _upload_name(item) is not None and isinstance(_field(item, "content"), _BYTES_LIKE)


def is_upload_value(source: object) -> bool:
    """Tell whether something is the whole value of a ``FileUpload``: a tuple, list or mapping of its files.

    So is an empty one, before anything was uploaded.
    """
    if isinstance(source, Mapping):
        return all(is_upload(item) for item in source.values())
    return isinstance(source, tuple | list) and all(is_upload(item) for item in source)


def from_upload(source: Any) -> Blob:
    """Take the bytes of an uploaded file, under its own name."""
    content = _field(source, "content")
    assert isinstance(content, _BYTES_LIKE)
    return Blob(bytes(content), _upload_name(source))


def from_upload_value(source: Any) -> Blob:
    """Take the one file of an upload."""
    one, items = "upload.value[0]", source
    if isinstance(source, Mapping):  # before ipywidgets 8: by name
        one, items = "list(upload.value.values())[0]", tuple(source.values())
    if not items:
        raise ContentError(
            f"an empty {type(source).__name__}: no file was uploaded yet. Choose one first, then give {one}."
        )
    if len(items) > 1:
        names = ", ".join(str(_upload_name(item)) for item in items[:3]) + (", …" if len(items) > 3 else "")
        every = "*upload.value" if one == "upload.value[0]" else "*upload.value.values()"
        raise ContentError(f"{units.plural(len(items), 'upload')} ({names}). Give one, {one}, or all: ck.ask({every})")
    return from_upload(items[0])


def _upload_name(item: object) -> str | None:
    name = _field(item, "name")
    if name is None:
        name = _field(_field(item, "metadata"), "name")  # before ipywidgets 8
    return name if isinstance(name, str) else None


def _field(item: object, name: str) -> object:
    if isinstance(item, Mapping):
        return item.get(name)
    try:
        return getattr(item, name, None)
    except Exception:  # a property that works and fails, as of a response that was not read
        return None
