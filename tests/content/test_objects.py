"""What a notebook holds in memory: arrays, figures, tables and uploads."""

import datetime
import io
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ipywidgets
import numpy
import pandas
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import pyplot
from matplotlib.figure import Figure
from PIL import Image as pil

from claude_kit.content import Image, Text, attach, image, pdf, text
from claude_kit.content.sources import is_upload, read
from claude_kit.errors import ContentError
from tests.content import making


def seen(source: object) -> pil.Image:
    """Return what is sent, decoded."""
    return pil.open(io.BytesIO(read(source).data))


# ---- PIL images -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "I", "F", "I;16"])
def test_a_pillow_image_of_any_mode_becomes_png(mode: str) -> None:
    """In eight bits a channel, with its transparency."""
    blob = read(pil.new(mode, (6, 4)))
    picture = pil.open(io.BytesIO(blob.data))
    assert (picture.format, picture.size, blob.name) == ("PNG", (6, 4), None)
    assert picture.mode in ("1", "L", "LA", "P", "RGB", "RGBA")
    assert mode != "PA" or picture.mode == "RGBA"


def test_a_pillow_image_is_turned_upright() -> None:
    """PNG would drop the EXIF orientation of the photo it was opened from."""
    exif = pil.Exif()
    exif[0x0112] = 6
    stored = making.corners().transpose(pil.Transpose.ROTATE_90)
    picture = pil.open(io.BytesIO(making.encoded(stored, "JPEG", exif=exif, quality=95)))
    assert seen(picture).size == (48, 32)
    assert making.quarters(seen(picture)) == ["red", "green", "blue", "white"]


def test_a_pillow_image_has_the_name_of_its_file(tmp_path: Path) -> None:
    """With the format it now has."""
    making.corners().save(tmp_path / "photo.jpg")
    with pil.open(tmp_path / "photo.jpg") as picture:
        assert read(picture).name == "photo.png"


def test_a_pillow_image_may_know_its_file_by_bytes(tmp_path: Path) -> None:
    """As a path from ``os.listdir(b".")`` is."""
    making.corners().save(tmp_path / "photo.jpg")
    with pil.open(os.fsencode(tmp_path / "photo.jpg")) as picture:  # type: ignore[arg-type]
        assert read(picture).name == "photo.png"


def test_a_pillow_image_that_was_cut_short_is_a_content_error() -> None:
    """It is decoded only now."""
    data = making.encoded(making.noise(64, 64), "JPEG")
    with pytest.raises(ContentError, match="the PIL image: cannot be decoded") as caught:
        read(pil.open(io.BytesIO(data[:1000])))
    assert caught.value.media_type == "image/jpeg"


# ---- arrays ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("array", "mode", "levels"),
    [
        (numpy.array([[False, True]]), "L", [0, 255]),
        (numpy.array([[0, 200]], numpy.uint8), "L", [0, 200]),
        (numpy.array([[0.0, 0.5, 1.0]]), "L", [0, 128, 255]),
        (numpy.array([[0.0, 0.5, 1.0]], numpy.float32), "L", [0, 128, 255]),
        (numpy.array([[0.0, 0.5, 1.0]], numpy.float16), "L", [0, 128, 255]),
        (numpy.array([[-0.001, 1.001]]), "L", [0, 255]),  # as sums and filters give
        (numpy.array([[0, 255]], numpy.uint16), "L", [0, 255]),
        (numpy.array([[0, 512, 1023]], numpy.uint16), "L", [0, 128, 255]),
        (numpy.array([[0, 2048, 4095]], numpy.uint16), "L", [0, 128, 255]),
        (numpy.array([[0, 8192, 16383]], numpy.uint16), "L", [0, 128, 255]),
        (numpy.array([[0, 257, 32896, 65535]], numpy.uint16), "L", [0, 1, 128, 255]),
        (numpy.array([[0, 257, 65535]], ">u2"), "L", [0, 1, 255]),
        (numpy.array([[[10, 20, 30]]], numpy.uint8), "RGB", [(10, 20, 30)]),
        (numpy.array([[[0.0, 0.5, 1.0]]]), "RGB", [(0, 128, 255)]),
        (numpy.array([[[True, False, True, True]]]), "RGBA", [(255, 0, 255, 255)]),
        (numpy.array([[[10, 20, 30, 40]]], numpy.uint8), "RGBA", [(10, 20, 30, 40)]),
        (numpy.ma.masked_less(numpy.array([[0.5, 1.0]]), 0), "L", [128, 255]),
    ],
)
def test_an_array_becomes_png(array: Any, mode: str, levels: list[object]) -> None:
    """Every level is where it belongs; deep ones by the depth their brightest value needs."""
    before = array.copy()
    picture = seen(array)
    assert (picture.format, picture.mode, picture.size) == ("PNG", mode, array.shape[1::-1])
    assert [picture.getpixel((x, 0)) for x in range(picture.width)] == levels
    assert (array == before).all()


def test_an_array_need_not_lie_in_order() -> None:
    """A slice, a transposed or a reversed one is a view of another's memory."""
    array = numpy.arange(24, dtype=numpy.uint8).reshape(4, 6)
    assert (numpy.asarray(seen(array[::-1, ::2].T)) == array[::-1, ::2].T).all()


def test_an_array_is_an_image_of_its_height_and_width() -> None:
    """In that order, as numpy has it."""
    assert (image(numpy.zeros((3, 5))).height, image(numpy.zeros((3, 5))).width) == (3, 5)
    assert attach(numpy.zeros((3, 5, 4)), name="mask.png").name == "mask.png"


FRAMES = numpy.zeros((9, 32, 32, 3))


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (numpy.zeros((3, 64, 48)), r"shape \(3, 64, 48\) and type float64.*numpy.moveaxis\(array, 0, -1\)"),
        (numpy.zeros((1, 64, 48)), r"shape \(1, 64, 48\).*array\[0\]"),
        (numpy.zeros((64, 48, 1)), r"shape \(64, 48, 1\).*array\[:, :, 0\]"),
        (FRAMES, r"shape \(9, 32, 32, 3\).*Give one image of the 9: array\[0\]"),
        (numpy.zeros(5), r"shape \(5,\).*pandas.DataFrame\(array\)"),
        (numpy.array(1.0), r"shape \(\) and type float64"),
        (numpy.zeros((0, 5)), r"shape \(0, 5\) and type float64: it is empty"),
        (numpy.zeros((5, 5, 0)), r"shape \(5, 5, 0\).*: it is empty"),
        (numpy.full((2, 2), 200.0), r"type float64: values from 200 to 200.*array / 255"),
        (numpy.array([[0, 1.01]]), r"values from 0 to 1.01.*array / 255"),
        (numpy.array([[0, 900.0]]), r"values from 0 to 900.*array.min\(\)"),
        (numpy.array([[-1, 1.0]]), r"values from -1 to 1.*array.min\(\)"),
        (numpy.array([[0, 255]]), r"shape \(1, 2\) and type int64.*from 0 to 255: array.astype\(numpy.uint8\)"),
        (numpy.array([[0, 256]]), r"from 0 to 256: array.astype\(numpy.uint16\)"),
        (numpy.array([[-1, 9]]), r"-1 to 9: stretch"),
        (numpy.array([[0, 65536]]), r"0 to 65536: stretch"),
        (numpy.zeros((2, 2), complex), r"type complex128.*numpy.abs\(array\)"),
        (numpy.array([["a"]]), r"type <U1: an image is of bool, uint8, uint16 or float"),
        (numpy.array([[None]]), r"type object: it holds Python objects \(builtins.NoneType\)"),
        (numpy.array([[numpy.nan, 1, numpy.inf]]), r"2 of 3 values are NaN or infinite.*numpy.nan_to_num\(array"),
        (numpy.ma.masked_less(numpy.eye(3), 0.5), r"6 values are masked.*array.filled\(0\)"),
    ],
)
def test_any_other_array_names_shape_and_type(array: object, message: str) -> None:
    """And the way out."""
    with pytest.raises(ContentError, match=f"^an array of .*{message}"):
        attach(array)


def test_a_grid_of_axes_says_to_give_one() -> None:
    """As `pyplot.subplots(2, 2)` returns it."""
    with pytest.raises(ContentError, match=r"shape \(2, 2\) and type object: it holds matplotlib Axes.*axes\[0, 0\]"):
        attach(Figure().subplots(2, 2))


# ---- figures --------------------------------------------------------------------------------------------------------


def test_a_figure_becomes_png() -> None:
    """Called by its label, where it has one."""
    figure = Figure()
    figure.subplots().plot([1, 3, 2])
    assert read(figure).name == "figure.png"
    assert seen(figure).format == "PNG"
    figure.set_label("sales")
    assert read(figure).name == "sales.png"
    assert read(figure, name="plot.png").name == "plot.png"


def painted(figure: Figure) -> list[Any]:
    """Give a figure a row of three Axes, the middle one red with a blue title, the others black all over."""
    axes = figure.subplots(1, 3)
    for one, colour in zip(axes, ("black", "red", "black"), strict=True):
        one.set_facecolor(colour)
        one.set(xticks=[], yticks=[])
    axes[1].set_title("M", color="blue", fontsize=40)
    return list(axes)


@pytest.mark.parametrize("layout", [None, "constrained", "tight"])
def test_axes_are_their_own_part_of_the_figure(layout: Any) -> None:
    """With their title, without their neighbours."""
    figure = Figure(layout=layout)
    middle = painted(figure)[1]
    drawn = seen(middle).convert("RGB")  # once: it must not take a drawing before it
    colours = {colour for _, colour in drawn.getcolors(1 << 24) or []}
    assert {(255, 0, 0), (0, 0, 255)} <= colours
    assert sum(1 for red, green, blue in colours if red == green == blue == 0) <= 1  # the frame's line
    picture = numpy.asarray(drawn)
    assert (picture[:, :2] == 255).all()
    assert (picture[:, -2:] == 255).all()
    assert (picture == [255, 0, 0]).all(axis=-1).mean() > 0.5
    assert drawn.width < seen(figure).width / 2


def test_axes_are_called_by_their_label() -> None:
    """As `subplot_mosaic` gives it."""
    axes = Figure().subplot_mosaic([["left", "right"]])
    assert read(axes["left"]).name == "left.png"
    assert read(Figure().subplots()).name == "axes.png"


def test_twin_axes_come_together() -> None:
    """The scale on the right belongs to the picture; so does a subfigure's place in the whole."""
    figure = Figure()
    left, alone = figure.subplots(1, 2)
    width = seen(left).width
    left.twinx().set_ylabel("on the right")
    assert seen(left).width > width + 20
    assert seen(alone).width == width
    parts = Figure().subfigures(1, 2)
    assert seen(parts[1].subplots()).size == pytest.approx(seen(parts[0].subplots()).size, abs=2)


def test_axes_of_no_figure_are_an_error() -> None:
    """Removed ones and invisible ones."""
    figure = Figure()
    gone, hidden = figure.subplots(1, 2)
    gone.remove()
    hidden.set_visible(False)
    for axes in (gone, hidden):
        with pytest.raises(ContentError, match="in no figure, or not visible"):
            attach(axes)


def test_a_figure_stays_as_it_is() -> None:
    """Neither changed nor closed, however it is sent."""
    figure, axes = pyplot.subplots(figsize=(4, 3), dpi=77)
    try:
        axes.plot([1, 3, 2])
        axes.set_facecolor("pink")
        before = making.encoded(seen(figure), "PNG"), axes.get_position().bounds, figure.canvas, figure.axes
        for _ in range(2):
            attach(figure), attach(axes)
        after = making.encoded(seen(figure), "PNG"), axes.get_position().bounds, figure.canvas, figure.axes
        assert before == after
        assert (figure.get_size_inches().tolist(), figure.dpi, pyplot.fignum_exists(figure.number)) == (
            [4, 3],
            77,
            True,
        )  # type: ignore[attr-defined]
    finally:
        pyplot.close(figure)
    assert seen(figure).format == "PNG"  # a closed one can be sent too


def test_a_figure_that_cannot_be_drawn_says_why() -> None:
    """In matplotlib's words."""
    figure = Figure()
    figure.subplots().set_title("$\\no$")
    with pytest.raises(ContentError, match=r"the figure cannot be drawn \("):
        attach(figure)
    with pytest.raises(ContentError, match=r"the Axes cannot be drawn \("):
        attach(figure.axes[0])


# ---- tables ---------------------------------------------------------------------------------------------------------

SALES = pandas.DataFrame({"city": ["Rome", "Oslo|N", "two\nlines"], "sold": [3, 5, 8], "share": [0.25, 1.5, 1e-9]})


def test_a_table_is_sent_as_csv() -> None:
    """All of it, without the numbers pandas gives to rows."""
    sent = attach(SALES)
    assert (
        sent == text(SALES) == Text('city,sold,share\nRome,3,0.25\nOslo|N,5,1.5\n"two\nlines",8,1e-09\n', "table.csv")
    )


def test_a_table_may_be_sent_as_markdown() -> None:
    """A bar and a line end in a cell stay in the cell."""
    sent = text(SALES[:3], format="markdown", name="sales")
    lines = ["| city | sold | share |", "| --- | --- | --- |", "| Rome | 3 | 0.25 |"]
    lines += [r"| Oslo\|N | 5 | 1.5 |", "| two<br>lines | 8 | 1e-09 |", ""]
    assert (sent.text.split("\n"), sent.name) == (lines, "sales")
    slashes = text(pandas.DataFrame({"a": ["\\|", "C:\\x"]}), format="markdown").text
    assert slashes.split("\n")[2:4] == [r"| \\\| |", r"| C:\x |"]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(-(2**53), 2**53),
            st.floats(allow_nan=False, allow_infinity=False),
            st.booleans(),
            st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from('\n,"|'), min_size=1).map(
                "x".__add__
            ),
        ),
        min_size=1,
    ),
    st.booleans(),
)
def test_a_table_reads_back_as_it_was(rows: list[tuple[object, ...]], labelled: bool) -> None:
    """What Claude is given is the table, to the last digit."""
    frame = pandas.DataFrame(rows, columns=["whole", "broken", "true", "word"])
    frame = frame.set_index(pandas.Index([f"row {at}" for at in range(len(rows))], name="label")) if labelled else frame
    written, index = io.StringIO(text(frame).text), 0 if labelled else None
    back = pandas.read_csv(written, index_col=index, na_filter=False, dtype={"broken": str})
    back["broken"] = back["broken"].map(float)  # to the last digit, which pandas did not always do
    pandas.testing.assert_frame_equal(back, frame, check_exact=True)
    assert len(text(frame, format="markdown").text.split("\n")) == len(rows) + 3


@pytest.mark.parametrize(
    ("frame", "csv", "header"),
    [
        (SALES[["sold"]].set_axis(["a", "b", "c"]), ",sold\na,3\nb,5\nc,8\n", "|  | sold |"),
        (SALES[["sold"]][1:], ",sold\n1,5\n2,8\n", "|  | sold |"),
        (SALES["sold"], "sold\n3\n5\n8\n", "| sold |"),
        (pandas.Series([1, 2]), "0\n1\n2\n", "| 0 |"),
        (pandas.Series([1.5, None], name="x"), 'x\n1.5\n""\n', "| x |"),
        (
            SALES.groupby(["city", "sold"])["share"].sum()[:1],
            "city,sold,share\nOslo|N,5,1.5\n",
            "| city | sold | share |",
        ),
        (pandas.DataFrame([[1, 2]], columns=[["A", "A"], ["x", "y"]]), "A,A\nx,y\n1,2\n", "| A / x | A / y |"),
    ],
)
def test_the_index_goes_along_unless_it_only_counts(frame: Any, csv: str, header: str) -> None:
    """Of a Series too, whose name is that of its column."""
    assert text(frame).text == csv
    assert text(frame, format="markdown").text.split("\n")[0] == header


def test_a_table_has_a_name() -> None:
    """Its own, if it has one; a column called "name" is not one."""
    named = SALES.copy()
    named.attrs["name"] = "sales 2026"
    assert attach(named).name == "sales 2026.csv"
    assert text(named, format="markdown").name == "sales 2026.md"
    assert attach(named, name="other").name == text(named, name="other").name == "other"
    assert attach(SALES["sold"]).name == "sold.csv"
    assert attach(SALES.rename(columns={"city": "name"})).name == "table.csv"
    assert attach(pandas.Series([1], name="a\nb.csv")).name == "a b.csv"


def test_a_styler_gives_its_values_as_it_displays_them() -> None:
    """Its formats, its order of columns, what it hides."""
    styler = SALES.style.format({"share": "{:.1%}"}).hide(axis="index")
    csv = 'city,sold,share\nRome,3,25.0%\nOslo|N,5,150.0%\n"two\nlines",8,0.0%\n'
    assert attach(styler) == Text(csv, "table.csv")
    assert text(styler, format="markdown").text.split("\n")[3] == r"| Oslo\|N | 5 | 150.0% |"
    last = SALES.style.hide(axis="index").hide(axis="columns", subset=["sold", "share"])
    assert text(last).text == 'city\nRome\nOslo|N\n"two\nlines"\n'
    alone = SALES[["city"]].style.hide(axis="index")
    assert text(alone).text == 'city\nRome\nOslo|N\n"two\nlines"\n'
    first = SALES.style.hide(axis="index").hide(axis="columns", subset=["city"]).hide(axis="index", subset=[0, 1])
    assert text(first.format(precision=2)).text == "sold,share\n8,0.00\n"
    labelled = SALES.set_index("sold")[["share", "city"]].style.format(precision=1)
    assert text(labelled).text == 'sold,share,city\n3,0.2,Rome\n5,1.5,Oslo|N\n8,0.0,"two\nlines"\n'
    assert text(labelled.hide(axis="index")).text == 'share,city\n0.2,Rome\n1.5,Oslo|N\n0.0,"two\nlines"\n'
    assert text(SALES[["sold"]].style).text == ",sold\n0,3\n1,5\n2,8\n"


def test_a_table_is_never_cut() -> None:
    """Neither long nor wide ones, nor long cells; pandas cuts what it displays."""
    long = pandas.DataFrame({"a": range(100_000)})
    assert text(long).text.count("\n") == 100_001
    wide = pandas.DataFrame([range(300)] * 20)
    with pandas.option_context("styler.render.max_elements", 100, "display.max_columns", 5, "display.max_colwidth", 9):
        for table in (wide, wide.style.hide(axis="index")):
            assert text(table).text == wide.to_csv(index=False)
            assert text(table, format="markdown").text.count("| 299 |") == 21
    assert len(text(pandas.DataFrame({"a": ["x" * 200_000]}), format="markdown").text) > 200_000


@pytest.mark.parametrize(
    ("empty", "message"),
    [
        (pandas.DataFrame(), r"table.csv is empty \(0 rows × 0 columns\)"),
        (pandas.DataFrame(columns=["a"]), r"table.csv is empty \(0 rows × 1 columns\)"),
        (pandas.Series([], name="sold", dtype=float), r"sold.csv is empty \(0 rows × 1 columns\)"),
        (pandas.DataFrame(columns=["a"]).style, r"table.csv is empty"),
    ],
)
def test_an_empty_table_is_an_error(empty: object, message: str) -> None:
    """A header alone says nothing."""
    with pytest.raises(ContentError, match=f"^{message}"):
        attach(empty)


def test_a_table_is_neither_image_nor_pdf() -> None:
    """It is text whatever its first column is called."""
    assert isinstance(attach(pandas.DataFrame({"%PDF-1.7 1 0 obj": [1]})), Text)
    assert isinstance(attach(pandas.DataFrame({"GIF89a": [1]})), Text)
    with pytest.raises(ContentError, match=r"table.csv: text, not an image"):
        image(SALES)
    with pytest.raises(ContentError, match=r"table.csv: text, not a PDF"):
        pdf(SALES)


def test_another_format_of_a_table_is_an_error() -> None:
    """With those there are."""
    with pytest.raises(ValueError, match=r"format='html': a table is written as 'csv' or 'markdown'"):
        text(SALES, format="html")  # type: ignore[arg-type]


# ---- uploads --------------------------------------------------------------------------------------------------------


def uploaded(*files: tuple[str, bytes]) -> Any:
    """Return an upload widget with files, as the browser sends them."""
    widget = ipywidgets.FileUpload(multiple=True)
    now = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    state = [
        {
            "name": name,
            "type": "",
            "size": len(data),
            "content": memoryview(data),
            "last_modified": now.timestamp() * 1e3,
        }
        for name, data in files
    ]
    widget.set_state({"value": state})
    return widget


PNG = making.encoded(making.corners(), "PNG")


@pytest.mark.parametrize(
    "item",
    [
        {"name": "a.png", "type": "image/png", "size": 9, "content": memoryview(PNG)},
        {"metadata": {"name": "a.png", "type": "image/png", "size": 9}, "content": PNG},
        SimpleNamespace(name="a.png", type="image/png", size=9, content=memoryview(PNG)),
    ],
)
def test_an_upload_is_attached(item: object) -> None:
    """Of ipywidgets 7 and 8, a mapping or an object; by the bytes, not by the type the browser says."""
    assert is_upload(item)
    attached = attach(item)
    assert isinstance(attached, Image)
    assert (attached.data, attached.name) == (PNG, "a.png")


def test_the_one_file_of_a_widget_is_attached() -> None:
    """Its item, its whole value, or the widget itself; the value before ipywidgets 8 too."""
    widget = uploaded(("a.png", PNG))
    assert is_upload(widget.value[0])
    assert attach(widget.value[0]) == attach(widget.value) == attach(list(widget.value)) == attach(widget)
    assert attach(widget).name == "a.png"
    assert attach({"a.png": {"metadata": {"name": "a.png"}, "content": PNG}}) == attach(widget)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (uploaded(), r"an empty tuple: no file was uploaded yet.*upload.value\[0\]"),
        ((), r"an empty tuple: no file was uploaded yet"),
        ({}, r"an empty dict: no file was uploaded yet.*list\(upload.value.values\(\)\)\[0\]"),
        (
            uploaded(("a", b"1"), ("b", b"2")),
            r"2 uploads \(a, b\). Give one, upload.value\[0\], or all: ck.ask\(\*upload",
        ),
        ([{"name": str(at), "content": b""} for at in range(4)], r"4 uploads \(0, 1, 2, …\)"),
        (uploaded(("a.pdf", b"")), r"^a.pdf is empty \(0 bytes\)"),
    ],
)
def test_an_upload_of_none_or_several_says_which_to_give(value: object, message: str) -> None:
    """And one without content is empty, by its name."""
    with pytest.raises(ContentError, match=message):
        attach(value)


@pytest.mark.parametrize(
    "block",
    [
        {"type": "text", "text": "hi"},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "…"}},
        {"type": "document", "source": {"type": "content", "content": []}, "title": "a", "name": "a"},
        {"type": "tool_result", "tool_use_id": "1", "name": "a", "content": "hi"},
        {"role": "user", "content": "hi", "name": "a"},
        {"content": b"hi"},
        {"metadata": None, "content": b"hi"},
        {},
        "text",
        None,
        Path("a.txt"),
        SALES,
    ],
)
def test_a_content_block_is_no_upload(block: object) -> None:
    """The API's mappings hold no bytes."""
    assert not is_upload(block)


def test_a_property_that_fails_is_no_upload() -> None:
    """An answer that was not read yet raises when it is asked for its content."""

    class Answer:
        name = "a"

        @property
        def content(self) -> bytes:
            raise RuntimeError("not read")

    assert not is_upload(Answer())
    with pytest.raises(ContentError, match="cannot read a"):
        attach(Answer())


# ---- cost -----------------------------------------------------------------------------------------------------------


def test_nothing_is_imported_that_the_person_does_not_use() -> None:
    """Who attaches a file waits neither for numpy nor for pandas or matplotlib."""
    code = (
        "import sys; from claude_kit import content; content.attach(b'words'); content.part('hi')\n"
        "try: content.attach(object())\n"
        "except ValueError: pass\n"
        "print([name for name in ('numpy', 'pandas', 'matplotlib', 'ipywidgets', 'httpx') if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
