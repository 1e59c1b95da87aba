"""Where content comes from: everything a notebook holds."""

import base64
import io
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from PIL import Image as pil

from claude_kit.content import sources
from claude_kit.content.sources import Blob, read
from claude_kit.errors import ContentError
from tests.content import making

# ---- files ----------------------------------------------------------------------------------------------------------


def test_a_path_may_be_a_string_or_a_path(tmp_path: Path) -> None:
    """Both give the bytes and the file's own name."""
    path = tmp_path / "a b.txt"
    path.write_bytes(b"hello")
    assert read(path) == read(str(path)) == Blob(b"hello", "a b.txt")


def test_a_path_may_begin_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``~`` is the person's home."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "a.txt").write_bytes(b"hello")
    assert read("~/a.txt").data == b"hello"


def test_a_missing_file_says_where_it_was_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The usual reason is another working directory."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ContentError, match=r"^data/report.pdf: no such file \(looked in "):
        read("data/report.pdf")


def test_a_folder_says_how_to_give_its_files(tmp_path: Path) -> None:
    """A folder is not a file."""
    with pytest.raises(ContentError, match=r"is a folder.*glob"):
        read(tmp_path)


@pytest.mark.parametrize("path", ["a\0b", "~nobody-of-that-name/a.txt", "a" * 5000])
def test_what_cannot_be_a_path_is_a_content_error(path: str) -> None:
    """Not whatever the operating system makes of it."""
    with pytest.raises(ContentError):
        read(path)


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    """In the words of the operating system."""
    (tmp_path / "a.txt").touch()
    with pytest.raises(ContentError, match=r"b.txt: Not a directory"):
        read(tmp_path / "a.txt" / "b.txt")


def test_a_file_over_the_limit_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Just at the limit it is read, above it never whole."""
    monkeypatch.setattr(sources, "MAX_BYTES", 1000)
    (tmp_path / "a").write_bytes(b"x" * 1000)
    (tmp_path / "b").write_bytes(b"x" * 1001)
    assert len(read(tmp_path / "a").data) == 1000
    with pytest.raises(ContentError, match=r"b: larger than 1 KB, given up"):
        read(tmp_path / "b")


@pytest.mark.parametrize("empty", [b"", "data:,", io.BytesIO()])
def test_nothing_at_all_is_an_error(empty: object) -> None:
    """An empty file is almost always a mistake, and the API would refuse it."""
    with pytest.raises(ContentError, match=r"is empty \(0 bytes\)"):
        read(empty)


# ---- bytes and open files -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrap", [bytes, bytearray, memoryview, io.BytesIO])
def test_bytes_come_in_any_wrapping(wrap: type) -> None:
    """They have no name unless one is given."""
    assert read(wrap(b"hello")) == Blob(b"hello", None)
    assert read(wrap(b"hello"), name="a.txt") == Blob(b"hello", "a.txt")


def test_later_changes_to_a_buffer_change_nothing() -> None:
    """A part is immutable, so its bytes are its own."""
    buffer = bytearray(b"hello")
    blob = read(buffer)
    buffer[0] = 0
    assert blob.data == b"hello"


def test_an_open_file_has_its_name(tmp_path: Path) -> None:
    """And is read from where it stands."""
    (tmp_path / "a.bin").write_bytes(b"hello")
    with (tmp_path / "a.bin").open("rb") as file:
        file.read(2)
        assert read(file) == Blob(b"llo", "a.bin")
        with pytest.raises(ContentError, match=r"a.bin: was read to its end before.*seek\(0\)"):
            read(file)
    with pytest.raises(ContentError, match=r"a.bin: cannot be read"):
        read(file)


def test_an_unbuffered_descriptor_has_no_name(tmp_path: Path) -> None:
    """The name of a file that was opened by its number is that number."""
    (tmp_path / "a.bin").write_bytes(b"hello")
    with os.fdopen(os.open(tmp_path / "a.bin", os.O_RDONLY), "rb") as file:
        assert read(file) == Blob(b"hello", None)


def test_a_file_open_as_text_says_how_to_open_it(tmp_path: Path) -> None:
    """Binary mode, with the code."""
    (tmp_path / "a.txt").write_text("hello")
    with (tmp_path / "a.txt").open() as file, pytest.raises(ContentError, match=r"a.txt: open as text.*'rb'"):
        read(file)
    with pytest.raises(ContentError, match="'rb'"):
        read(io.StringIO("hello"))


@pytest.mark.parametrize("source", [None, 3, ["a"], {"a": 1}, object()])
def test_anything_else_says_what_is_taken(source: object) -> None:
    """With the type that was given."""
    with pytest.raises(ContentError, match=rf"cannot read a builtins.{type(source).__name__}. Give a path, a URL"):
        read(source)


@settings(deadline=None)
@given(st.text(min_size=1))
def test_a_name_is_one_printable_line(name: str) -> None:
    """Names stand in tables, messages and terminals; they come from disks and servers."""
    called = read(b"x", name=name).name
    assert called is not None
    assert called.isprintable()


# ---- data URLs ------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.binary(min_size=1))
def test_a_data_url_gives_its_bytes(data: bytes) -> None:
    """In base64, also wrapped or with its signs escaped, and percent-encoded."""
    encoded = base64.b64encode(data).decode()
    assert read(f"data:image/png;base64,{encoded}").data == data
    assert read(f"DATA:;BASE64,{encoded[:5]}\n {encoded[5:]}").data == data
    assert read(f"data:;base64,{quote(encoded, safe='')}").data == data
    assert read(f"data:text/plain,{quote(data, safe='')}").data == data


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("data:image/png;base64", "needs a comma"),
        ("data:;base64,a", "not base64"),
        ("data:;base64,####", "not base64"),
        ("data:;base64,YQ", "not base64"),
    ],
)
def test_a_bad_data_url_says_what_is_wrong(url: str, message: str) -> None:
    """Without repeating the data."""
    with pytest.raises(ContentError, match=message):
        read(url)


def test_an_error_never_repeats_the_data() -> None:
    """A message is saved with the notebook."""
    with pytest.raises(ContentError) as caught:
        read("data:;base64," + "?" * 10_000)
    assert len(str(caught.value)) < 200


# ---- addresses ------------------------------------------------------------------------------------------------------


class Site(BaseHTTPRequestHandler):
    """A small site on this machine."""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path.startswith("/redirect/"):
            self.send_response(302)
            self.send_header("Location", path.removeprefix("/redirect/"))
            self.end_headers()
        elif path == "/loop":
            self.send_response(302)
            self.send_header("Location", "/loop")
            self.end_headers()
        elif path == "/endless":
            self.send_response(200)
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b"x" * 1000)
            except OSError:
                pass
        elif path == "/short":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"x")
        elif path.startswith("/files/"):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"hello")
        else:
            self.send_error(404)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/files/report.pdf", "report.pdf"),
        ("/files/a%20b.pdf?token=secret#page=2", "a b.pdf"),
        ("/files/..%2F..%2Fpasswd", "passwd"),
        ("/files/%1B%5B2Ja.pdf", "\ufffd[2Ja.pdf"),
        ("/redirect//files/new.pdf", "new.pdf"),
    ],
)
def test_an_address_is_fetched(site: str, path: str, name: str) -> None:
    """Through redirects; its name is the last piece of its path, made harmless."""
    assert read(site + path) == Blob(b"hello", name)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/missing.pdf", r"/missing.pdf: the server answered 404"),
        ("/loop", "TooManyRedirects"),
        ("/redirect/file:///etc/passwd", "UnsupportedProtocol"),
        ("/redirect/ftp://127.0.0.1/a", "UnsupportedProtocol"),
        ("/short", "RemoteProtocolError"),
    ],
)
def test_an_address_that_fails_says_how(site: str, path: str, message: str) -> None:
    """With the address first; and a server cannot send the kit to files of this machine."""
    with pytest.raises(ContentError, match=rf"^{site}.*{message}"):
        read(site + path)


def test_an_address_without_a_server_says_so(site: str) -> None:
    """As does one that cannot be an address at all."""
    with pytest.raises(ContentError, match=r"^http://127.0.0.1:1/a: ConnectError"):
        read("http://127.0.0.1:1/a")
    with pytest.raises(ContentError, match=r"InvalidURL"):
        read("http://127.0.0.1:port/")


def test_an_endless_answer_is_given_up(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the most that could be sent anywhere."""
    monkeypatch.setattr(sources, "MAX_BYTES", 100_000)
    with pytest.raises(ContentError, match=r"/endless: larger than 100 KB, given up"):
        read(f"{site}/endless")


def test_no_secret_of_an_address_gets_into_a_message(site: str) -> None:
    """Neither a password nor a signed query: an error is saved with the notebook."""
    address = site.replace("http://", "http://user:hunter2@") + "/missing.pdf?signature=hunter3#hunter4"
    with pytest.raises(ContentError) as caught:
        read(address)
    assert "hunter" not in str(caught.value)
    assert f"{site}/missing.pdf: the server answered 404" in str(caught.value)


# ---- pictures in memory ---------------------------------------------------------------------------------------------


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
    seen = pil.open(io.BytesIO(read(picture).data))
    assert seen.size == (48, 32)
    assert making.quarters(seen) == ["red", "green", "blue", "white"]


def test_a_pillow_image_has_the_name_of_its_file(tmp_path: Path) -> None:
    """With the format it now has."""
    making.corners().save(tmp_path / "photo.jpg")
    with pil.open(tmp_path / "photo.jpg") as picture:
        assert read(picture).name == "photo.png"


def test_a_pillow_image_that_was_cut_short_is_a_content_error() -> None:
    """It is decoded only now."""
    data = making.encoded(making.noise(64, 64), "JPEG")
    with pytest.raises(ContentError, match="cannot be decoded"):
        read(pil.open(io.BytesIO(data[:1000])))


def test_a_figure_becomes_png() -> None:
    """Called by its label, where it has one."""
    figure = Figure()
    figure.subplots().plot([1, 3, 2])
    assert read(figure).name == "figure.png"
    assert pil.open(io.BytesIO(read(figure).data)).format == "PNG"
    figure.set_label("sales")
    assert read(figure).name == "sales.png"
    assert read(figure, name="plot.png").name == "plot.png"
