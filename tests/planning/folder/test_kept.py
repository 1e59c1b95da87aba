"""What was counted is kept by its content: a second survey costs nothing, and nothing in the folder can break one."""

import json
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from claude_kit.models import find
from claude_kit.planning import survey
from claude_kit.planning.folder.kept import Kept, elsewhere, folder
from claude_kit.planning.folder.tally import Tally
from tests.content.making import locked_pdf, pdf

MODEL = "claude-sonnet-5-5"


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    """Return a folder of three papers, one of them locked."""
    within = tmp_path / "papers"
    within.mkdir()
    (within / "1.pdf").write_bytes(pdf(["one", "two"]))
    (within / "2.pdf").write_bytes(pdf(["three"]))
    (within / "locked.pdf").write_bytes(locked_pdf("secret"))
    return within


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """Return a folder to keep counts in."""
    return tmp_path / "cache"


def kept(cache: Path) -> list[Path]:
    return sorted(path for path in cache.rglob("*") if path.is_file())


def marked(cache: Path, **changes: Any) -> None:
    """Change what is kept of every file, so that it can be told from a count made anew."""
    for path in kept(cache):
        path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changes), encoding="utf-8")


def test_a_second_survey_counts_nothing(papers: Path, cache: Path) -> None:
    """The same rows come from what is kept, whatever the files are called now."""
    first = survey(papers, MODEL, cache_folder=cache)
    assert len(kept(cache)) == 3
    marked(cache, text_tokens=1000)
    (papers / "1.pdf").rename(papers / "renamed.pdf")
    second = survey(papers, MODEL, cache_folder=cache)
    assert list(second["text_tokens"].dropna()) == [1000, 1000]
    assert second["error"].dropna().tolist() == first["error"].dropna().tolist()


def test_another_price_question_or_model_of_the_family_counts_nothing(papers: Path, cache: Path) -> None:
    """Tokens are kept and money is not, so what changes the money alone changes it alone."""
    survey(papers, MODEL, cache_folder=cache)
    before = kept(cache)
    for options in ({"batch": True}, {"question": "Why?"}, {"model": "claude-opus-5-5"}, {"max_tokens": 5}):
        survey(papers, **{"model": MODEL, "cache_folder": cache, **options})
    assert kept(cache) == before


@pytest.mark.parametrize("options", [{"model": "claude-sonnet-4-5"}, {"via": "bedrock"}])
def test_another_tokenizer_or_route_counts_anew(papers: Path, cache: Path, options: dict[str, Any]) -> None:
    """What the counts and findings depend on is part of where they are kept."""
    survey(papers, MODEL, cache_folder=cache)
    marked(cache, text_tokens=1000)
    again = survey(papers, **{"model": MODEL, "cache_folder": cache, **options})
    assert 1000 not in list(again["text_tokens"].dropna())


def test_a_changed_file_counts_anew(papers: Path, cache: Path) -> None:
    """The content is what counts, not the name or the day."""
    survey(papers, MODEL, cache_folder=cache)
    (papers / "2.pdf").write_bytes(pdf(["another", "and another"]))
    assert list(survey(papers / "2.pdf", MODEL, cache_folder=cache)["pages"]) == [2]


@pytest.mark.parametrize(
    "damage", ["", "{", "[]", "null", '{"kind": "pdf"}', '{"findings": 5}', '{"findings": [], "pages": "many"}']
)
def test_a_damaged_count_is_made_anew(papers: Path, cache: Path, damage: str) -> None:
    """And put in the place of what was illegible."""
    first = survey(papers, MODEL, cache_folder=cache).to_frame()
    for path in kept(cache):
        path.write_text(damage, encoding="utf-8")
    assert survey(papers, MODEL, cache_folder=cache).to_frame().equals(first)
    assert all(json.loads(path.read_text("utf-8"))["bytes"] for path in kept(cache))


@pytest.mark.parametrize("changes", [{"pages": "many"}, {"text_tokens": None}, {"weight": 5}, {"sha256": "of another"}])
def test_a_count_of_another_form_is_made_anew(papers: Path, cache: Path, changes: dict[str, Any]) -> None:
    """JSON is no promise of what is in it."""
    first = survey(papers, MODEL, cache_folder=cache).to_frame()
    marked(cache, **changes)
    assert survey(papers, MODEL, cache_folder=cache).to_frame().equals(first)


def test_a_file_that_names_itself_otherwise_is_judged_anew(papers: Path, cache: Path) -> None:
    """The same bytes are a text in one file and a failed download in another."""
    (papers / "page.txt").write_text("<html><p>Sign in", encoding="utf-8")
    (papers / "page.pdf").write_text("<html><p>Sign in", encoding="utf-8")
    for _ in range(2):
        found = survey([papers / "page.txt", papers / "page.pdf"], MODEL, cache_folder=cache)
        assert list(found["error"].isna()) == [True, False]


def test_what_may_go_well_another_time_is_not_kept(papers: Path, cache: Path) -> None:
    """A file that is not there today may be there tomorrow."""
    survey([papers / "1.pdf", papers / "gone.pdf"], MODEL, cache_folder=cache)
    assert len(kept(cache)) == 1


def test_a_folder_that_cannot_be_written_is_said_once(papers: Path, tmp_path: Path) -> None:
    """The survey goes on without it."""
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    with pytest.warns(UserWarning, match="counts cannot be kept") as said:
        found = survey(papers, MODEL, cache_folder=tmp_path / "file")
    assert len(said) == 1
    assert found.totals.pages == 3


def test_false_keeps_nothing(papers: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No folder is made, not even the one the environment names."""
    monkeypatch.setenv("CLAUDE_KIT_CACHE", str(cache))
    survey(papers, MODEL, cache_folder=False)
    assert not cache.exists()
    survey(papers, MODEL)
    assert len(kept(cache)) == 3


def test_where_counts_are_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In the folder given, the one the environment names, or the system's for caches."""
    monkeypatch.setenv("CLAUDE_KIT_CACHE", str(tmp_path))
    assert folder("~/x") == Path("~/x").expanduser()
    assert folder() == tmp_path
    monkeypatch.delenv("CLAUDE_KIT_CACHE")
    usual = folder()
    assert usual is not None
    assert usual.name == "claude_kit"


def test_nothing_half_written_is_left(papers: Path, cache: Path) -> None:
    """Only finished counts lie in the folder."""
    survey(papers, MODEL, cache_folder=cache)
    assert {path.suffix for path in kept(cache)} == {".json"}


@pytest.mark.skipif(sys.platform == "win32", reason="there, access is not told by a mode")
def test_only_their_owner_may_read_them(papers: Path, cache: Path) -> None:
    """What a folder holds is nobody else's business."""
    survey(papers, MODEL, cache_folder=cache)
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept(cache)} == {0o600}


def test_several_keep_the_same_count_at_once(cache: Path) -> None:
    """None is in another's way, nor is what one left behind that was killed."""
    model, path, tally = find(MODEL), Path("a.pdf"), Tally("pdf", pages=2, sha256="5" * 64)
    Kept(cache, model, "anthropic").put(path, tally)
    (kept(cache)[0].parent / f"{'5' * 62}.application-pdf.json.0123.part").write_text("{", encoding="utf-8")
    with ThreadPoolExecutor(8) as threads:
        for _ in range(20):
            several = [Kept(cache, model, "anthropic") for _ in range(8)]
            list(threads.map(lambda keeping: keeping.put(path, tally), several))
            assert all(keeping.keeps for keeping in several)
    assert len(kept(cache)) == 2


def test_where_nothing_can_be_made_is_nothing_left(papers: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk leaves no beginning of a file."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.warns(UserWarning, match=r"counts cannot be kept \(No space left on device\)"):
        assert survey(papers, MODEL, cache_folder=cache).totals.pages == 3
    assert kept(cache) == []


def test_files_elsewhere_are_surveyed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what lies in the folder itself is left out, however it is spelt; not what begins with its name."""
    monkeypatch.chdir(tmp_path)
    paths = [Path("cache/survey/a.json"), tmp_path / "cache/survey/b/c.json", Path("cache/survey2.json"), Path("a.pdf")]
    assert elsewhere(Path("cache"), paths) == elsewhere(tmp_path / "cache", paths) == paths[2:]
    assert elsewhere(None, paths) == paths
