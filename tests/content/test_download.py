"""What stands behind an address, and what a server can do about it."""

import gzip
import io
import threading
import time
import tracemalloc
from collections.abc import Iterator
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote, urlsplit

import pytest

import claude_kit
from claude_kit.content import attach, image, pdf
from claude_kit.content.download import fetched
from claude_kit.content.sources import Blob, read
from claude_kit.errors import ContentError
from tests.content import making

PAGE = b"<!DOCTYPE html>\n<html><head><title>Sign in &ndash;\n Example</title></head></html>"


@cache
def bomb(size: int) -> bytes:
    """Compress as many zeros, never holding them all."""
    packed = io.BytesIO()
    with gzip.open(packed, "wb", compresslevel=1) as file:
        for _ in range(size // 1_000_000):
            file.write(bytes(1_000_000))
        file.write(bytes(size % 1_000_000))
    return packed.getvalue()


class Site(BaseHTTPRequestHandler):
    """A small site on this machine, with the faults of large ones."""

    closing = threading.Event()
    seen: list[tuple[str, dict[str, str]]] = []  # noqa: RUF012

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        self.seen.append((self.path, dict(self.headers)))
        wanted = {key: values[0] for key, values in parse_qs(address.query).items()}
        answer = getattr(self, "answer_" + address.path.split("/")[1], None)
        try:
            if answer:
                answer(wanted)
            else:
                self.send_error(404)
        except OSError:  # the client has had enough
            pass

    def head(self, *headers: tuple[str, str], status: int = 200) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()

    def answer_files(self, wanted: dict[str, str]) -> None:
        self.head(*([("Content-Disposition", wanted["as"])] if "as" in wanted else []))
        self.wfile.write(b"hello")

    def answer_page(self, wanted: dict[str, str]) -> None:
        self.head(("Content-Type", "application/pdf"))
        self.wfile.write(PAGE)

    def answer_pdf(self, wanted: dict[str, str]) -> None:
        self.head(("Content-Type", "text/html"))
        self.wfile.write(making.pdf())

    def answer_redirect(self, wanted: dict[str, str]) -> None:
        self.head(("Location", wanted["to"]), status=302)

    def answer_hops(self, wanted: dict[str, str]) -> None:
        left = int(wanted["left"])
        self.head(("Location", f"/hops?left={left - 1}" if left else "/files/end.txt"), status=302)

    def answer_loop(self, wanted: dict[str, str]) -> None:
        self.head(("Location", "/loop"), status=302)

    def answer_status(self, wanted: dict[str, str]) -> None:
        self.head(status=int(wanted["code"]))

    def answer_endless(self, wanted: dict[str, str]) -> None:
        self.head()
        for _ in range(50_000):  # far over every limit here, and kind to a machine where none holds
            self.wfile.write(b"x" * 1000)

    def answer_short(self, wanted: dict[str, str]) -> None:
        self.head(("Content-Length", "1000"))
        self.wfile.write(b"x")

    def answer_long(self, wanted: dict[str, str]) -> None:
        self.head(("Content-Length", "5"))
        self.wfile.write(b"hello" * 100_000)

    def answer_huge(self, wanted: dict[str, str]) -> None:
        self.head(("Content-Length", "10000000000"))
        self.closing.wait(20)

    def answer_bomb(self, wanted: dict[str, str]) -> None:
        body = bomb(int(wanted["bytes"]))
        self.head(("Content-Length", str(len(body))), ("Content-Encoding", wanted["coding"]))
        self.wfile.write(body)

    def answer_silent(self, wanted: dict[str, str]) -> None:
        self.closing.wait(20)

    def answer_stuck(self, wanted: dict[str, str]) -> None:
        self.head()
        self.wfile.write(b"x")
        self.closing.wait(20)

    def answer_dripping(self, wanted: dict[str, str]) -> None:
        self.head()
        for _ in range(200):
            self.wfile.write(b"x")
            self.closing.wait(0.02)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    Site.closing.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


# ---- what is fetched, and its name ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/files/report.pdf", "report.pdf"),
        ("/files/a%20b.pdf?token=secret#page=2", "a b.pdf"),
        ("/files/..%2F..%2Fpasswd", "passwd"),
        ("/files/%1B%5B2Ja.pdf", "\ufffd[2Ja.pdf"),
        ("/files/", None),
        ("/files/..%2F..", None),
        ("/redirect?to=/files/new.pdf", "new.pdf"),
        ("/hops?left=4", "end.txt"),
    ],
)
def test_an_address_is_fetched(site: str, path: str, name: str | None) -> None:
    """Through redirects; its name is the last piece of its path, made harmless."""
    assert read(site + path) == Blob(b"hello", name)
    assert read(f" {site}{path}\n") == Blob(b"hello", name)


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="report 1.pdf"', "report 1.pdf"),
        ("attachment; filename=report.pdf; size=5", "report.pdf"),
        (r'attachment; filename="a \"b\".pdf"', 'a "b".pdf'),
        ("attachment; filename*=UTF-8''na%C3%AFve%20%E2%82%AC.pdf", "naïve €.pdf"),
        ("attachment; filename=\"plain.pdf\"; filename*=utf-8'en'better.pdf", "better.pdf"),
        ("attachment; filename*=iso-8859-1''caf%E9.pdf", "café.pdf"),
        ("attachment; filename*=no-such-code''x%E9.pdf; filename=plain.pdf", "plain.pdf"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        (r'attachment; filename="C:\\Users\\me\\report.pdf"', "report.pdf"),
        ('attachment; filename=".."', None),
        ('attachment; filename=""', "given.txt"),
        ("inline", "given.txt"),
        (f'attachment; filename="{"x" * 5000}.pdf"', "x" * 196 + ".pdf"),
    ],
)
def test_the_name_is_the_one_the_server_gives(site: str, disposition: str, name: str | None) -> None:
    """As RFC 6266 has it, its last piece alone; else that of the path."""
    assert read(f"{site}/files/given.txt?as={quote(disposition)}").name == name


def test_a_given_name_goes_before_all(site: str) -> None:
    """As for every source."""
    assert read(f"{site}/files/a.txt?as=x;filename=b.txt", name="c.txt").name == "c.txt"


def test_a_server_is_told_who_asks(site: str) -> None:
    """With the version, and with compressions whose size stays in sight."""
    read(f"{site}/files/who")
    headers = next(headers for path, headers in Site.seen if path == "/files/who")
    assert headers["user-agent"] == f"claude_kit/{claude_kit.__version__}"
    assert headers["accept-encoding"] == "gzip, deflate"


def test_the_bytes_decide_and_not_what_the_server_says(site: str) -> None:
    """A PDF that is called HTML by its server is a PDF."""
    assert pdf(f"{site}/pdf").page_count == 1
    assert attach(f"{site}/pdf/page.html").page_count == 1  # type: ignore[union-attr]


# ---- what a server refuses ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/missing.pdf", r"/missing.pdf: the server answered 404 Not Found. Check the address"),
        ("/status?code=403", r"/status: the server answered 403 Forbidden. It wants a sign-in.*give its path"),
        ("/status?code=500", r"/status: the server answered 500 Internal Server Error$"),
        ("/status?code=799", r"/status: the server answered 799$"),
        ("/status?code=302", r"/status: the server answered 302 Found$"),
        ("/loop", "redirects more than 5 times, likely in a circle"),
        ("/hops?left=5", "redirects more than 5 times"),
        ("/redirect?to=file:///etc/passwd", r"/redirect: redirects to file://.*/etc/passwd; only http and https"),
        ("/redirect?to=ftp://me:pw@127.0.0.1/a", r"redirects to ftp://127.0.0.1/a; only http and https"),
        ("/redirect?to=http://127.0.0.1:port/", "cannot be downloaded|broke off or is not HTTP"),
        ("/short", "the answer broke off"),
        ("/bomb?bytes=9&coding=br", "compressed as 'br', which was not asked for"),
        ("/bomb?bytes=9&coding=gzip,gzip", "compressed as 'gzip,gzip'"),
        ("/bomb?bytes=9&coding=deflate", "its compression is damaged"),
    ],
)
def test_an_address_that_fails_says_how(site: str, path: str, message: str) -> None:
    """With the address first; and a server cannot send the kit to files of this machine."""
    with pytest.raises(ContentError, match=rf"^{site}.*({message})") as caught:
        read(site + path)
    assert caught.value.media_type is None


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("http://127.0.0.1:1/a", "^http://127.0.0.1:1/a: no connection to the server"),
        ("http://127.0.0.1:port/", "cannot be downloaded"),
        ("http://", "^http://: leads to no server"),
        ("http:///a.pdf", "^http:///a.pdf: leads to no server"),
        ("http://" + "a" * 300 + ".invalid/", "cannot be downloaded|no connection"),
    ],
)
def test_an_address_without_a_server_says_so(address: str, message: str) -> None:
    """As does one that cannot be an address at all."""
    with pytest.raises(ContentError, match=message):
        read(address)


@pytest.mark.parametrize(
    ("take", "path"),
    [(pdf, "/page"), (pdf, "/page/report.pdf"), (image, "/page/photo.png"), (attach, "/page/report.pdf")],
)
def test_a_web_page_in_place_of_a_file_is_found_out(site: str, take: object, path: str) -> None:
    """A download that was a login page: the message says so, with its title."""
    assert callable(take)
    with pytest.raises(
        ContentError, match=r"HTML page titled “Sign in – Example”, not an? (PDF|image): likely"
    ) as caught:
        take(site + path)
    wanted = "image/" if take is image else "application/pdf"
    assert str(caught.value.media_type).startswith(wanted)


def test_a_web_page_that_was_not_meant_as_a_file_is_text(site: str) -> None:
    """Its source can be asked about."""
    assert attach(f"{site}/page").text == PAGE.decode()  # type: ignore[union-attr]


def test_no_secret_of_an_address_gets_into_a_message(site: str) -> None:
    """Neither a password nor a signed query: an error is saved with the notebook."""
    address = site.replace("http://", "http://user:hunter2@") + "/missing.pdf?signature=hunter3#hunter4"
    with pytest.raises(ContentError) as caught:
        read(address)
    assert "hunter" not in str(caught.value)
    assert f"{site}/missing.pdf: the server answered 404" in str(caught.value)
    with pytest.raises(ContentError) as caught:
        pdf(site.replace("http://", "http://user:hunter2@") + "/page?signature=hunter3")
    assert "hunter" not in str(caught.value)


# ---- limits ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/endless", "/bomb?bytes=400000000&coding=gzip"])
def test_a_body_over_the_limit_is_given_up(site: str, path: str) -> None:
    """While it arrives and as it inflates, in memory that does not grow with it."""
    tracemalloc.start()
    try:
        with pytest.raises(ContentError, match=r": larger than 100 KB, given up"):
            fetched(site + path, max_bytes=100_000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # A piece of 64 KB from the socket inflates to 66 MB at most (RFC 1951), held twice as it is put together.
    assert peak < (2_000_000 if path == "/endless" else 200_000_000)


def test_just_within_the_limit_is_taken(site: str) -> None:
    """Counted after decompression."""
    assert len(fetched(f"{site}/bomb?bytes=1000&coding=gzip", max_bytes=1000).data) == 1000
    with pytest.raises(ContentError, match="larger than 1 KB"):
        fetched(f"{site}/bomb?bytes=1001&coding=gzip", max_bytes=1000)


def test_a_length_over_the_limit_is_refused_at_once(site: str) -> None:
    """Nothing of the body is waited for."""
    begun = time.monotonic()
    with pytest.raises(ContentError, match=r"/huge: larger than 500 MB, given up"):
        fetched(f"{site}/huge")
    assert time.monotonic() - begun < 10


def test_no_more_is_taken_than_the_length_said(site: str) -> None:
    """What follows belongs to no answer."""
    assert fetched(f"{site}/long").data == b"hello"


@pytest.mark.parametrize("path", ["/silent", "/stuck"])
def test_a_server_that_falls_silent_is_given_up(site: str, path: str) -> None:
    """Before its answer and in the middle of it; neither would go on for another 20 seconds."""
    begun = time.monotonic()
    with pytest.raises(ContentError, match=rf"{path}: the server sent nothing for 0.2 s, given up"):
        fetched(site + path, read_timeout_s=0.2)
    assert time.monotonic() - begun < 4


def test_a_server_that_drips_is_given_up(site: str) -> None:
    """It never falls silent for long, and would never end."""
    with pytest.raises(ContentError, match=r"/dripping: not complete after 0.3 s, given up"):
        fetched(f"{site}/dripping", total_timeout_s=0.3)


def test_what_was_downloaded_knows_its_address(site: str) -> None:
    """The last one, without its secrets."""
    blob = fetched(f"{site}/redirect?to=/files/?token=secret")
    assert (blob.name, blob.label) == (None, f"{site}/files/")
    assert blob.data == b"hello"
