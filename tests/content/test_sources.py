"""Where content comes from: everything a notebook holds."""

import base64
import contextlib
import gzip
import io
import os
import threading
import tracemalloc
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claude_kit.content.sources import Blob, from_file, from_path, read
from claude_kit.errors import ContentError

needs_pipes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")

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


def test_a_file_over_the_limit_is_given_up(tmp_path: Path) -> None:
    """Just at the limit it is read, above it not even opened for reading; open files alike."""
    (tmp_path / "a").write_bytes(b"x" * 1000)
    (tmp_path / "b").write_bytes(b"x" * 1001)
    assert len(from_path(tmp_path / "a", max_bytes=1000).data) == 1000
    with pytest.raises(ContentError, match=r"b: larger than 1 KB, given up"):
        from_path(tmp_path / "b", max_bytes=1000)
    with (tmp_path / "b").open("rb") as file, pytest.raises(ContentError, match=r"b: larger than 1 KB, given up"):
        from_file(file, max_bytes=1000)


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    """Its size is looked at first."""
    with (tmp_path / "big").open("wb") as file:
        file.truncate(50_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(ContentError, match=r"big: larger than 40 MB, given up"):
            from_path(tmp_path / "big", max_bytes=40_000_000)
        with (tmp_path / "big").open("rb") as file, pytest.raises(ContentError, match="larger than 40 MB"):
            from_file(file, max_bytes=40_000_000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000


@needs_pipes
def test_a_pipe_over_the_limit_is_given_up(tmp_path: Path) -> None:
    """It does not say how much will come."""
    os.mkfifo(tmp_path / "pipe")

    def write() -> None:
        with contextlib.suppress(BrokenPipeError):
            (tmp_path / "pipe").write_bytes(bytes(5_000_000))

    writer = threading.Thread(target=write)
    writer.start()
    with pytest.raises(ContentError, match=r"pipe: larger than 3 MB, given up"):
        from_path(tmp_path / "pipe", max_bytes=3_000_000)
    writer.join()


def test_a_file_that_inflates_over_the_limit_is_given_up() -> None:
    """What it says of its size is that of the compressed data."""
    bomb = gzip.compress(b"\0" * 5_000_000)
    with gzip.open(io.BytesIO(bomb)) as file, pytest.raises(ContentError, match="larger than 3 MB, given up"):
        from_file(file, max_bytes=3_000_000)


@needs_pipes
def test_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    """In as many pieces as it takes."""
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(b"hello" * 500_000,))
    writer.start()
    assert read(tmp_path / "pipe").data == b"hello" * 500_000
    writer.join()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="there is no /proc here")
def test_a_file_that_says_it_is_empty_is_read() -> None:
    """Those under /proc have no size and yet content."""
    assert read("/proc/self/status").data.startswith(b"Name:")


def test_reading_a_file_takes_no_more_memory_than_the_file(tmp_path: Path) -> None:
    """A document of 24 MB is not held twice, not even for a moment: by its path, and opened."""
    path = tmp_path / "big.bin"
    path.write_bytes(bytes(24_000_000))
    tracemalloc.start()
    try:
        read(path)
        with path.open("rb") as file:
            read(file)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1.1 * 24_000_000


def test_what_was_read_is_not_copied() -> None:
    """Bytes are themselves, also through `io.BytesIO`."""
    data = bytes(1_000_000)
    assert read(data).data is data
    assert read(io.BytesIO(data)).data is data


@pytest.mark.parametrize("empty", [b"", "data:,", io.BytesIO()])
def test_nothing_at_all_is_an_error(empty: object) -> None:
    """An empty file is almost always a mistake, and the API would refuse it."""
    with pytest.raises(ContentError, match=r"^the source is empty \(0 bytes\)$") as caught:
        read(empty)
    assert (caught.value.media_type, caught.value.where) == ("application/x-empty", "the source")
    with pytest.raises(ContentError, match=r"^a.pdf is empty \(0 bytes\)$") as caught:
        read(b"", name="a.pdf")
    assert (caught.value.media_type, caught.value.where) == ("application/pdf", "a.pdf")


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


class Odd(io.RawIOBase):
    """A file whose read gives no bytes."""

    def read(self, size: int = -1, /) -> int:  # type: ignore[override]
        return 7


def test_a_file_that_gives_something_else_is_an_error() -> None:
    """Not a TypeError from inside."""
    with pytest.raises(ContentError, match=r"its read\(\) gives no bytes"):
        read(Odd())


def test_a_file_in_an_archive_is_read() -> None:
    """It knows its length only of the compressed data, and gives more."""
    with gzip.open(io.BytesIO(gzip.compress(b"hello" * 1000))) as file:
        assert read(file, name="a.txt") == Blob(b"hello" * 1000, "a.txt")


@pytest.mark.parametrize(
    "address", ["ftp://example.com/a.pdf", "s3://bucket/a.pdf", "file:///a.pdf", "FTP://me:pw@h/a"]
)
def test_an_address_of_another_scheme_says_which_are_taken(address: str) -> None:
    """It is not looked for as a file."""
    with pytest.raises(ContentError, match=r"only http:// and https:// addresses are downloaded") as caught:
        read(address)
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize("source", [None, 3, {"a": 1}, object()])
def test_anything_else_says_what_is_taken(source: object) -> None:
    """With the type that was given."""
    with pytest.raises(ContentError, match=rf"cannot read a builtins.{type(source).__name__}. Give a path, a URL"):
        read(source)


@pytest.mark.parametrize("sources", [["a"], ("a",), {"a"}, iter("a"), Path().glob("*")])
def test_several_sources_in_one_say_how_to_give_them(sources: object) -> None:
    """Who forgets the star before ``folder.glob("*.pdf")`` reads of it."""
    with pytest.raises(ContentError, match=r"one by one, as a star does: ck\.ask\(\*sources\)"):
        read(sources)


def test_several_requests_in_one_say_how_to_ask_each() -> None:
    """What fitting gives is a list for each request."""
    with pytest.raises(ContentError, match=r"for content in fitted: ck\.ask\(\*content\)"):
        read([["a"], ["b"]])


def test_a_block_says_where_it_goes() -> None:
    """It is no source, and some functions take it all the same."""
    with pytest.raises(ContentError, match=r"A block of the API goes into .* ck\.encode and ck\.check"):
        read({"type": "text", "text": "Hi"})


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
    assert read(f" \n data:;base64,{encoded}\n").data == data


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("data:image/png;base64", "needs a comma"),
        ("data:;base64,a", "not base64"),
        ("data:;base64,####", "not base64"),
        ("data:;base64,YQ", "not base64"),
        ("data:", "needs a comma"),
        ("data:;base64,ä", "not base64"),
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
