"""Texts of files read lately."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

import claude_kit as ck
from claude_kit.content import pdfium
from claude_kit.content.recent import Texts
from claude_kit.errors import ContentError
from tests.content import making


def never() -> tuple[str, ...]:
    raise AssertionError("read again")


def test_a_file_named_again_by_its_path_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor a copy of it elsewhere; what was written to the same path since is read."""
    first, copy = tmp_path / "first.pdf", tmp_path / "copy.pdf"
    for path in (first, copy):
        path.write_bytes(making.pdf(["read once", "and once"]))
    calls = []
    extract = pdfium.texts_and_sizes
    monkeypatch.setattr(pdfium, "texts_and_sizes", lambda *given: calls.append(given) or extract(*given))
    for path in (first, first, copy):
        assert ck.pdf(path).page_texts == ("read once", "and once")
    assert len(calls) == 1
    first.write_bytes(making.pdf(["another"]))
    assert ck.pdf(first).page_texts == ("another",)


def test_what_cannot_be_read_is_refused_every_time() -> None:
    """An error is not kept, nor anything in its place."""
    damaged = making.pdf(["one", "two"]).replace(b"/Count 2", b"/Count 9")
    for _ in range(2):
        with pytest.raises(ContentError, match="a page of it is damaged"):
            ck.pdf(damaged).text()


def test_the_file_read_longest_ago_makes_room() -> None:
    """Asking for one counts as reading it; one that is longer than all the room is not kept."""
    texts = Texts(most=100)
    for key in ("a", "b"):
        texts.of(key, lambda: ("x" * 40,))
    texts.of("a", never)
    texts.of("c", lambda: ("x" * 40,))
    texts.of("long", lambda: ("x" * 200,))
    assert texts.of("a", never) == texts.of("c", never) == ("x" * 40,)
    assert texts.of("b", lambda: ("anew",)) == ("anew",)
    assert texts.of("long", lambda: ("anew",)) == ("anew",)


def test_many_files_leave_no_more_than_there_is_room_for() -> None:
    """Pages without text count too."""
    texts = Texts(most=100)
    for number in range(1000):
        texts.of(str(number), lambda: ("",) * 10)
    assert len(texts._kept) <= 10


def test_threads_may_read_the_same_file_at_once() -> None:
    """Each gets its text, and it is kept once."""
    texts = Texts(most=100)
    both_reading = Barrier(2)

    def read() -> tuple[str, ...]:
        both_reading.wait(timeout=10)
        return ("x" * 60,)

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda _: texts.of("a", read), range(2)))
    assert found == [("x" * 60,)] * 2
    texts.of("b", lambda: ("y" * 30,))
    assert texts.of("a", never) == ("x" * 60,)
