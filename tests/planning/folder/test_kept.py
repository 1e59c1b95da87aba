"""What was counted is kept by its content: a second survey costs nothing, and nothing in the folder can break one."""

import hashlib
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


def kept(cache: Path) -> list[dict[str, Any]]:
    """Return what is kept, a line each."""
    return [json.loads(told) for _, told in lines(cache)]


def lines(cache: Path) -> list[tuple[str, str]]:
    """Return every line: by what it is found, and what was written."""
    told = [line for path in files(cache) for line in path.read_text("utf-8").splitlines()]
    return [(key, kept) for key, _, kept in (line.partition("\t") for line in told if line)]


def files(cache: Path) -> list[Path]:
    return sorted(path for path in cache.rglob("*") if path.is_file())


def rewritten(cache: Path, written: str) -> None:
    """Write something else in place of every count."""
    (file,) = files(cache)
    file.write_text("".join(f"\n{key}\t{written}" for key, _ in lines(cache)), encoding="utf-8")


def marked(cache: Path, **changes: Any) -> None:
    """Change what is kept of every content, so that it can be told from a count made anew."""
    (file,) = files(cache)
    told = [f"\n{key}\t{json.dumps(json.loads(kept) | changes)}" for key, kept in lines(cache)]
    file.write_text("".join(told), encoding="utf-8")


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
    """And that is kept in place of what was illegible."""
    first = survey(papers, MODEL, cache_folder=cache).to_frame()
    rewritten(cache, damage)
    assert survey(papers, MODEL, cache_folder=cache).to_frame().equals(first)
    assert all(json.loads(told)["bytes"] for _, told in lines(cache)[3:])
    before = lines(cache)
    assert survey(papers, MODEL, cache_folder=cache).to_frame().equals(first)
    assert lines(cache) == before


@pytest.mark.parametrize("changes", [{"pages": "many"}, {"text_tokens": None}, {"weight": 5}, {"sha256": "of another"}])
def test_a_count_of_another_form_is_made_anew(papers: Path, cache: Path, changes: dict[str, Any]) -> None:
    """JSON is no promise of what is in it."""
    first = survey(papers, MODEL, cache_folder=cache).to_frame()
    marked(cache, **{"image_tokens": 1000, **changes})
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


def test_a_count_cut_short_spoils_no_other(papers: Path, cache: Path) -> None:
    """What a survey that was killed had begun to write is counted anew, and nothing else is."""
    survey([papers / "1.pdf", papers / "2.pdf"], MODEL, cache_folder=cache)
    (file,) = files(cache)
    file.write_bytes(file.read_bytes()[:-40])
    survey(papers, MODEL, cache_folder=cache)
    before = file.read_bytes()
    assert before.count(b"\n") == 2 + 2
    assert survey(papers, MODEL, cache_folder=cache).totals.pages == 3
    assert file.read_bytes() == before


@pytest.mark.parametrize("noise", [b"", b"\n", b"\0" * 100, b"\xff\xfe\n\t\n{}"])
def test_what_is_no_count_is_passed_over(papers: Path, cache: Path, noise: bytes) -> None:
    """Whatever a disk has made of the file, the counts that are legible count."""
    survey(papers, MODEL, cache_folder=cache)
    marked(cache, text_tokens=1000)
    (file,) = files(cache)
    file.write_bytes(noise + file.read_bytes() + b"\n" + noise)
    assert list(survey(papers, MODEL, cache_folder=cache)["text_tokens"].dropna()) == [1000, 1000]


@pytest.mark.skipif(sys.platform == "win32", reason="there, access is not told by a mode")
def test_only_their_owner_may_read_them(papers: Path, cache: Path) -> None:
    """What a folder holds is nobody else's business."""
    survey(papers, MODEL, cache_folder=cache)
    assert {stat.S_IMODE(path.stat().st_mode) for path in files(cache)} == {0o600}


def test_several_keep_counts_at_once(cache: Path, tmp_path: Path) -> None:
    """Every count that any of them keeps is found by the next."""
    model = find(MODEL)
    papers = [tmp_path / f"{number}.pdf" for number in range(160)]
    for number, path in enumerate(papers):
        path.write_bytes(b"%PDF" + str(number).encode())
    several = [Kept(cache, model, "anthropic") for _ in range(8)]

    def keep(number: int) -> None:
        tally = Tally("pdf", pages=number, sha256=hashlib.sha256(papers[number].read_bytes()).hexdigest())
        several[number % 8].put(papers[number], tally)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(keep, range(160)))
    found = [Kept(cache, model, "anthropic").get(path) for path in papers]
    assert [tally.pages if tally else None for tally in found] == list(range(160))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_full_disk_is_said_once(papers: Path, cache: Path) -> None:
    """The survey goes on, and reads nothing from what is no file."""
    survey(papers / "1.pdf", MODEL, cache_folder=cache)
    (file,) = files(cache)
    file.unlink()
    file.symlink_to("/dev/full")
    with pytest.warns(UserWarning, match=r"counts cannot be kept \(No space left on device\)") as said:
        assert survey(papers, MODEL, cache_folder=cache).totals.pages == 3
    assert len(said) == 1


def test_files_elsewhere_are_surveyed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what lies in the folder itself is left out, however it is spelt; not what begins with its name."""
    monkeypatch.chdir(tmp_path)
    paths = [Path("cache/survey/a.json"), tmp_path / "cache/survey/b/c.json", Path("cache/survey2.json"), Path("a.pdf")]
    assert elsewhere(Path("cache"), paths) == elsewhere(tmp_path / "cache", paths) == paths[2:]
    assert elsewhere(None, paths) == paths
