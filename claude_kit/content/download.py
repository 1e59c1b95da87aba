"""What stands behind an address: one file over http or https, within limits of size, time and redirects."""

from __future__ import annotations

import re
import time
import urllib.parse
from collections.abc import Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from claude_kit.content.blob import MAX_BYTES, Blob, gathered, within
from claude_kit.errors import ContentError

if TYPE_CHECKING:
    import httpx

__all__ = ["SCHEMES", "fetched", "scheme", "without_secrets"]

SCHEMES: Final = ("http", "https")

MAX_REDIRECTS: Final = 5
CONNECT_TIMEOUT_S: Final = 10.0
READ_TIMEOUT_S: Final = 30.0
#: For the whole: a server that sends a byte now and then never runs into the timeout of a read.
TOTAL_TIMEOUT_S: Final = 600.0

# Those whose decoder takes a piece at a time and makes at most a thousand times as much of it (RFC 1951).
_CODINGS: Final = ("gzip", "deflate")

_LONGEST_NAME: Final = 200

_SCHEME: Final = re.compile(r"\s*([a-z][a-z0-9+.-]*)://", re.I)

# RFC 6266; the first form, of RFC 8187, says its characters and goes before the second.
_EXTENDED_NAME: Final = re.compile(r"""filename\*\s*=\s*"?([\w-]+)'[^']*'([^;\s"]+)""", re.I)
_PLAIN_NAME: Final = re.compile(r'filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))', re.I)

_SIGN_IN: Final = "It wants a sign-in, or refuses programs: download the file in the browser and give its path"
_ADVICE: Final = {
    401: _SIGN_IN,
    403: _SIGN_IN,
    404: "Check the address",
    410: "It was taken away",
    429: "It wants fewer requests: try again later",
}


def scheme(text: str) -> str | None:
    """Return the scheme of a text that looks like an address, in lower case.

    Examples
    --------
    >>> scheme("HTTPS://example.com/a.pdf"), scheme("data/a.pdf"), scheme("s3://bucket/a.pdf")
    ('https', None, 's3')
    """
    found = _SCHEME.match(text)
    return found[1].lower() if found else None


def fetched(
    address: str,
    *,
    max_bytes: int = MAX_BYTES,
    connect_timeout_s: float = CONNECT_TIMEOUT_S,
    read_timeout_s: float = READ_TIMEOUT_S,
    total_timeout_s: float = TOTAL_TIMEOUT_S,
) -> Blob:
    """Download a file.

    Its name is the one the server gives it, or else the last piece of the path it was found under at last.

    Parameters
    ----------
    address : str
        Begins with ``http://`` or ``https://``.
    max_bytes : int
        Counted as they arrive and after decompression, whatever the server says the length is.
    connect_timeout_s, read_timeout_s : float
        The longest wait for a connection, and for the next piece.
    total_timeout_s : float
        The longest the body may take.

    Raises
    ------
    ContentError
        If there is no such server or file, if it is too large or too slow, or redirects in a circle or to another
        scheme. The message shows the address without user, password, query and fragment.
    """
    import httpx

    shown = without_secrets(address)
    try:
        with httpx.Client(
            follow_redirects=True,
            max_redirects=MAX_REDIRECTS,
            timeout=httpx.Timeout(read_timeout_s, connect=connect_timeout_s),
            headers={"user-agent": _user_agent(), "accept-encoding": ", ".join(_CODINGS)},
        ) as client:
            with client.stream("GET", address.strip()) as response:
                _check(response, shown, max_bytes)
                data = gathered(_pieces(response, shown, total_timeout_s), shown, max_bytes)
            return Blob(data, _name(response), without_secrets(str(response.url)))
    except httpx.TooManyRedirects:
        raise ContentError(f"{shown}: redirects more than {MAX_REDIRECTS} times, likely in a circle") from None
    except httpx.UnsupportedProtocol as error:
        if not error.request.url.host:
            raise ContentError(f"{shown}: leads to no server. Check the address") from None
        raise ContentError(
            f"{shown}: redirects to {without_secrets(str(error.request.url))}; only http and https addresses are "
            "followed"
        ) from None
    except httpx.ConnectTimeout:
        raise ContentError(f"{shown}: no connection within {connect_timeout_s:g} s") from None
    except httpx.TimeoutException:
        raise ContentError(f"{shown}: the server sent nothing for {read_timeout_s:g} s, given up") from None
    except httpx.ConnectError as error:
        raise ContentError(f"{shown}: no connection to the server ({error})") from None
    except httpx.RemoteProtocolError as error:
        raise ContentError(f"{shown}: the answer broke off or is not HTTP ({error})") from None
    except httpx.DecodingError as error:
        raise ContentError(f"{shown}: its compression is damaged ({error})") from None
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:  # UnicodeError: no host has such a name
        raise ContentError(f"{shown}: cannot be downloaded ({type(error).__name__}: {error})") from None


def without_secrets(address: str) -> str:
    """Leave out what may hold a password or a signature: an error message is saved with the notebook.

    Examples
    --------
    >>> without_secrets("https://me:hunter2@example.com/a.pdf?signature=abc#page=2")
    'https://example.com/a.pdf'
    """
    kind, _, rest = address.strip().partition("://")
    host, slash, path = re.split(r"[?#]", rest)[0].partition("/")
    return f"{kind}://{host.rpartition('@')[2]}{slash}{path}"


def _check(response: httpx.Response, shown: str, max_bytes: int) -> None:
    """Refuse what the head of an answer already rules out."""
    if not response.is_success:
        status = response.status_code
        phrase = HTTPStatus(status).phrase if status in list(HTTPStatus) else response.reason_phrase
        advice = f". {_ADVICE[status]}" if status in _ADVICE else ""
        raise ContentError(f"{shown}: the server answered {f'{status} {phrase}'.strip()}{advice}")
    coding = response.headers.get("content-encoding", "identity").strip().lower()
    if coding not in (*_CODINGS, "identity", ""):
        # One compression within another makes a million bytes of each, which no limit would see coming.
        raise ContentError(f"{shown}: compressed as {coding!r}, which was not asked for")
    length = response.headers.get("content-length", "")
    if length.isdecimal():
        within(int(length), shown, max_bytes)


def _pieces(response: httpx.Response, shown: str, total_timeout_s: float) -> Iterator[bytes]:
    until = time.monotonic() + total_timeout_s
    for piece in response.iter_bytes():
        yield piece
        if time.monotonic() > until:
            raise ContentError(f"{shown}: not complete after {total_timeout_s:g} s, given up")


def _name(response: httpx.Response) -> str | None:
    said = response.headers.get("content-disposition", "")
    found = _said_name(said) or urllib.parse.unquote(urllib.parse.urlsplit(str(response.url)).path)
    # A server of Windows may send a whole path, and any server whatever it likes.
    last = re.split(r"[/\\]", found)[-1].strip()
    return None if last in ("", ".", "..") else last[-_LONGEST_NAME:]


def _said_name(disposition: str) -> str:
    if extended := _EXTENDED_NAME.search(disposition):
        try:
            return urllib.parse.unquote(extended[2], encoding=extended[1], errors="replace")
        except LookupError:  # no such encoding
            pass
    plain = _PLAIN_NAME.search(disposition)
    if not plain:
        return ""
    return plain[2] or re.sub(r"\\(.)", r"\1", plain[1])


def _user_agent() -> str:
    import claude_kit

    return f"claude_kit/{claude_kit.__version__}"
