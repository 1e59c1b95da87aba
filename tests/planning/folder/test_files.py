"""Which files a survey takes: patterns, folders, paths, each once and in the order people sort."""

import os
from pathlib import Path

import pytest

from claude_kit.errors import ContentError
from claude_kit.planning.folder.files import find
from tests.content.making import pdf


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return folders with papers and what lies around beside them."""
    for name in ("a/page 10.pdf", "a/page 2.pdf", "a/B.pdf", "b/c/deep.pdf", "top.PDF", ".git/x.pdf", "a/.hidden.pdf"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(pdf())
    (tmp_path / "notes.md").write_text("words", encoding="utf-8")
    (tmp_path / "data.bin").write_bytes(b"\0\1\2\3")
    (tmp_path / "empty.jpg").write_bytes(b"")
    return tmp_path


def names(paths: object, tree: Path) -> list[str]:
    return [path.relative_to(tree).as_posix() for path in find(paths)]  # type: ignore[arg-type]


def test_two_stars_reach_into_folders(tree: Path) -> None:
    """Sorted by folder, then as people count; what begins with a dot is passed over."""
    assert names(str(tree / "**/*.pdf"), tree) == ["a/B.pdf", "a/page 2.pdf", "a/page 10.pdf", "b/c/deep.pdf"]
    assert names(tree / "*" / "*.pdf", tree) == ["a/B.pdf", "a/page 2.pdf", "a/page 10.pdf"]


def test_a_dot_is_passed_over_unless_it_is_named(tree: Path) -> None:
    """Whoever asks for hidden files gets them."""
    assert names(str(tree / ".git/*.pdf"), tree) == [".git/x.pdf"]
    assert names(str(tree / "a/.*"), tree) == ["a/.hidden.pdf"]


@pytest.mark.parametrize("pattern", ["", "**"])
def test_a_folder_means_all_in_it_that_claude_could_take(tree: Path, pattern: str) -> None:
    """PDFs, images and texts by their bytes, and what claims to be one; no other binary data."""
    everything = ["a/B.pdf", "a/page 2.pdf", "a/page 10.pdf", "b/c/deep.pdf", "empty.jpg", "notes.md", "top.PDF"]
    assert names(tree / pattern, tree) == everything


def test_each_file_once_in_the_order_asked_for(tree: Path) -> None:
    """Whichever of the paths named it first, links to the same file included."""
    (tree / "again.pdf").symlink_to(tree / "a/B.pdf")
    asked = [tree / "notes.md", str(tree / "a/*.pdf"), tree / "a/B.pdf", tree / "again.pdf"]
    assert names(asked, tree) == ["notes.md", "a/B.pdf", "a/page 2.pdf", "a/page 10.pdf"]


def test_a_link_to_a_folder_above_is_no_endless_road(tree: Path) -> None:
    """Folders behind links are not entered."""
    (tree / "a/up").symlink_to(tree, target_is_directory=True)
    (tree / "b/up").symlink_to(tree, target_is_directory=True)
    assert len(find(tree / "**/*.pdf")) == 4
    assert len(find(tree)) == 7


def test_a_name_with_brackets_is_that_file(tree: Path) -> None:
    """A path that exists is never taken for a pattern."""
    (tree / "a [final].pdf").write_bytes(pdf())
    assert names(tree / "a [final].pdf", tree) == ["a [final].pdf"]


def test_home_is_where_the_tilde_is(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``~`` is the person's own folder, as in a shell."""
    monkeypatch.setenv("HOME" if os.name != "nt" else "USERPROFILE", str(tree))
    assert names("~/a/page*.pdf", tree) == ["a/page 2.pdf", "a/page 10.pdf"]


def test_a_path_that_leads_nowhere_is_kept_among_others(tree: Path) -> None:
    """It becomes a row that says so."""
    assert names([tree / "gone.pdf", tree / "notes.md"], tree) == ["gone.pdf", "notes.md"]


@pytest.mark.skipif(os.name == "nt", reason="there are no pipes among files there")
def test_pipes_are_not_waited_for(tree: Path) -> None:
    """What is no regular file is left out of folders and patterns."""
    os.mkfifo(tree / "a/pipe.pdf")
    assert "a/pipe.pdf" not in names(tree / "a/*.pdf", tree)
    assert "a/pipe.pdf" not in names(tree, tree)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("b/*.pdf", "no file matches; {tree}/b holds 1 file: 1 .pdf"),
        ("a/*.docx", "no file matches; {tree}/a holds 3 files: 3 .pdf"),
        ("gone/*.pdf", "no file matches; there is no folder {tree}/gone"),
        ("a/gone.pdf", "no such file; {tree}/a holds 3 files: 3 .pdf"),
        ("void", "no file in it is one that Claude takes; {tree}/void holds no files"),
    ],
)
def test_nothing_found_says_where_was_looked_and_what_is_there(tree: Path, asked: str, says: str) -> None:
    """The reason is mostly to be seen there: another suffix, another folder."""
    (tree / "void").mkdir()
    with pytest.raises(ContentError) as raised:
        find(str(tree / asked))
    assert str(raised.value) == f"{tree / asked}: {says.format(tree=tree)}"


def test_an_address_is_no_file() -> None:
    """It says what to use instead."""
    with pytest.raises(ContentError, match=r"ck\.estimate\(ck\.attach"):
        find("https://example.org/report.pdf")


def test_no_path_at_all_is_an_error() -> None:
    """An empty list is likelier a mistake than a wish."""
    with pytest.raises(ContentError, match="nothing to survey"):
        find([])


@pytest.mark.parametrize("given", [None, 5, b"papers", [5]])
def test_what_is_no_path_is_refused_by_its_kind(given: object) -> None:
    """Rather than by what Python cannot do with it."""
    with pytest.raises(TypeError, match=r"cannot survey a (NoneType|int|bytes): give paths"):
        find(given)  # type: ignore[arg-type]


def test_an_empty_text_is_not_this_folder() -> None:
    """It may be a variable that was never set."""
    with pytest.raises(ContentError, match="an empty text is no path"):
        find("")
