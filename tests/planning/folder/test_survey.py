"""A folder is priced: one row a file, whatever is wrong with some of them, and a sum that people can read."""

import json
import os
import warnings
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image as pil

import claude_kit as ck
from claude_kit.errors import BudgetExceeded, UnknownModelError
from claude_kit.estimate import Price
from claude_kit.planning import Survey, survey
from tests.content.making import encoded, locked_pdf, pdf

MODEL = "claude-sonnet-5-5"


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep counts in a folder of the test's own."""
    monkeypatch.setenv("CLAUDE_KIT_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a file of every kind."""
    (tmp_path / "paper 2.pdf").write_bytes(pdf(["two words", "", "three more words"]))
    (tmp_path / "paper 10.pdf").write_bytes(pdf(["ten"]))
    (tmp_path / "photo.png").write_bytes(encoded(pil.new("RGB", (640, 480)), "PNG"))
    (tmp_path / "notes.txt").write_text("What I thought of it.", encoding="utf-8")
    return tmp_path


def row(found: Survey, name: str) -> pd.Series:
    """Return the row of one file."""
    (index,) = [at for at, file in enumerate(found["file"]) if Path(file).name == name]
    return found.to_frame().iloc[index]


def test_a_row_says_what_a_file_holds(folder: Path) -> None:
    """Pages, those without text, bytes, and tokens of text and pictures apart."""
    found = survey(folder, MODEL)
    assert [Path(file).name for file in found["file"]] == ["notes.txt", "paper 2.pdf", "paper 10.pdf", "photo.png"]
    paper = row(found, "paper 2.pdf")
    assert (paper.kind, paper.pages, paper.scanned_pages) == ("pdf", 3, 1)
    assert paper.bytes == (folder / "paper 2.pdf").stat().st_size
    assert paper.findings.split(", ") == ["pdf.scanned"]
    texts = sum(ck.count_text(page.text, MODEL) for page in ck.pdf(folder / "paper 2.pdf").pages)
    assert paper.text_tokens == texts
    assert row(found, "notes.txt").image_tokens == row(found, "photo.png").text_tokens == 0
    assert row(found, "photo.png").ok
    assert found["error"].isna().all()


@pytest.mark.parametrize("question", [None, "What are the key findings?", ["Compare.", "Be brief."]])
def test_a_row_is_what_estimate_says(folder: Path, question: object) -> None:
    """Each row is the estimate of a request that holds the file and the question, to the token and the cent."""
    asked = question if isinstance(question, list) else [question] if question else []
    options = {"expect_output": 300, "max_tokens": 900, "batch": True}
    found = survey(folder, MODEL, question=question, **options)
    for _, one in found.iterrows():
        told = ck.estimate(ck.attach(one.file), *asked, model=MODEL, **options)
        assert (one.input_tokens, (one.low, one.high)) == (told.input_tokens, told.input_range)
        assert one.method == told.method
        assert (one.input_usd, one.output_usd) == (float(told.input_cost), float(told.output_cost))
        assert (one.cost_low_usd, one.cost_high_usd) == tuple(map(float, told.cost_range))


def test_totals_are_the_sum_of_the_rows(folder: Path) -> None:
    """And stand in the table's last row and in its headline."""
    found = survey(folder, MODEL)
    totals = found.totals
    assert (totals.files, totals.pages, totals.scanned_pages, totals.unread) == (4, 4, 1, 0)
    assert totals.input_tokens == found["input_tokens"].sum()
    assert (totals.low, totals.high) == (found["low"].sum(), found["high"].sum())
    assert float(totals.cost) == pytest.approx(found["cost_usd"].sum())
    assert totals.cost == totals.input_cost + totals.output_cost
    first, *_, last = str(found).splitlines()
    assert first.startswith("4 files, 4 pages: $0.0")
    assert "(up to $0." in first
    assert last.startswith("4 files")
    assert f"{totals.input_tokens:,}" in last


def test_what_is_wrong_with_a_file_is_in_its_row(folder: Path) -> None:
    """Empty, truncated, locked, no PDF at all, a bomb: none of them stops the others, or counts as nothing."""
    whole = pdf(["one"] * 30)
    bad = {
        "empty.pdf": (b"", "0 bytes"),
        "truncated.pdf": (whole[:300], "cut short or damaged"),
        "locked.pdf": (locked_pdf("secret"), "encrypted, opens only with a password"),
        "saved.pdf": (b"<!doctype html><title>Sign in</title><p>please", "an HTML page titled “Sign in”, not a PDF"),
        "broken.png": (encoded(pil.new("RGB", (64, 64)), "PNG")[:60], "damaged"),
    }
    for name, (data, _) in bad.items():
        (folder / name).write_bytes(data)
    (folder / "nowhere.pdf").symlink_to(folder / "gone.pdf")
    (folder / "loop.pdf").symlink_to(folder / "loop.pdf")
    whole_ones = survey([folder / "*[0-9].pdf", folder / "photo.png", folder / "notes.txt"], MODEL).totals
    found = survey(folder, MODEL)
    for name, (_, says) in bad.items():
        one = row(found, name)
        assert says in one.error
        assert name not in one.error
        assert not one.ok
        assert one[["input_tokens", "text_tokens", "cost_usd"]].isna().all()
    assert "no such file" in row(found, "nowhere.pdf").error
    assert row(found, "loop.pdf").error
    assert row(found, "locked.pdf").findings == "pdf.encrypted"
    assert (found.totals.files, found.totals.unread) == (11, 7)
    assert (found.totals.input_tokens, found.totals.cost) == (whole_ones.input_tokens, whole_ones.cost)
    assert "7 cannot be read" in found._repr_html_()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="every file can be read by this user")
def test_a_file_one_may_not_read_is_a_row(folder: Path) -> None:
    """With the system's reason."""
    (folder / "paper 2.pdf").chmod(0)
    assert "Permission denied" in row(survey(folder, MODEL), "paper 2.pdf").error


def test_what_claude_would_refuse_is_counted_and_marked(tmp_path: Path) -> None:
    """A file over a limit of the model has its price, the rule it breaks, and `ok` is false."""
    (tmp_path / "long.pdf").write_bytes(pdf(["page"] * 101))
    (tmp_path / "owner.pdf").write_bytes(locked_pdf(""))
    found = survey(tmp_path, "claude-haiku-4-5")
    assert list(found["findings"]) == ["pdf.pages", "pdf.encrypted"]
    assert not found["ok"].any()
    assert found["cost_usd"].notna().all()
    assert (found.totals.refused, found.totals.unread) == (2, 0)
    assert survey(tmp_path / "long.pdf", MODEL)["ok"].all()


def test_files_may_be_read_by_guess_without_a_word(tmp_path: Path) -> None:
    """What reading one file would warn of is a finding of its row, and no warning."""
    (tmp_path / "old.txt").write_bytes("Café à la carte".encode("latin-1"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert list(survey(tmp_path, MODEL)["findings"]) == ["text.encoding"]


def test_prices_are_for_the_day_and_terms_asked_for(folder: Path) -> None:
    """A batch is half, a price of one's own is taken, and a model nobody knows needs one."""
    plain, batch = (survey(folder, MODEL, batch=batch).totals for batch in (False, True))
    assert batch.cost * 2 == plain.cost
    own = survey(folder, MODEL, price=Price(input=1000, output=0)).totals
    assert own.cost == Decimal(own.input_tokens) / 1000
    with pytest.raises(UnknownModelError):
        survey(folder, "claude-sonnet-77")
    unknown = survey(folder, "claude-sonnet-77", price=Price(input=3, output=15)).totals
    assert unknown.low < plain.low < plain.high < unknown.high


@pytest.mark.parametrize(("option", "value"), [("via", "pigeon"), ("cache", "1d"), ("max_tokens", -1)])
def test_an_unknown_option_is_refused_before_anything_is_counted(tmp_path: Path, option: str, value: object) -> None:
    """Hours of counting do not end in an error that could have come first."""
    with pytest.raises(ValueError, match=option):
        survey(tmp_path / "nothing-is-here.pdf", MODEL, **{option: value})


def test_a_budget_is_held_by_the_most_it_can_cost(folder: Path) -> None:
    """The survey passes itself on, or raises with both figures."""
    found = survey(folder, MODEL)
    assert found.require(max_usd=1) is found.require(max_usd="$1") is found
    for wrong in ("a lot", -1):
        with pytest.raises(ValueError, match="max_usd="):
            found.require(max_usd=wrong)
    told = r"4 files, 4 pages: \$0\.\d+ \(up to \$0\.\d+\), and the budget is \$0\.01"
    with pytest.raises(BudgetExceeded, match=told):
        found.require(max_usd=0.01)


def test_it_is_a_frame_to_go_on_with(folder: Path) -> None:
    """What is derived from it is a plain frame; JSON has None where something is not known."""
    (folder / "empty.pdf").write_bytes(b"")
    found = survey(folder, MODEL)
    assert type(found[found["kind"] == "pdf"]) is pd.DataFrame
    assert type(found.to_frame()) is pd.DataFrame
    data = json.loads(json.dumps(found.to_json_data()))
    assert data["model"] == MODEL
    assert data["totals"]["cost_usd"] == pytest.approx(float(found.totals.cost))
    empty = next(one for one in data["files"] if one["file"].endswith("empty.pdf"))
    assert empty["input_tokens"] is None
    assert empty["pages"] == 0


def test_a_long_table_shows_the_costliest_and_says_how_many_more(tmp_path: Path) -> None:
    """Thirty rows, the unreadable among them, one line for the rest, and the sum of all."""
    for number in range(1, 41):
        (tmp_path / f"{number}.txt").write_text("word " * 10 * number, encoding="utf-8")
    (tmp_path / "0.pdf").write_bytes(b"")
    found = survey(tmp_path, MODEL, progress=False)
    lines = str(found).splitlines()
    assert lines[4].startswith("40.txt")
    assert lines[32].startswith("12.txt")
    assert lines[33].startswith("0.pdf")
    assert lines[34] == "… and 11 more: .to_frame()"
    assert lines[35].startswith("41 files")
    html = found._repr_html_()
    assert html.count("<tr") == 1 + 30 + 2
    assert len(found) == 41


def test_names_are_shown_as_they_are(tmp_path: Path) -> None:
    """A file's name is text in the page, whatever is in it, and shown without the folder that all share."""
    (tmp_path / "<b>bold.txt").write_text("words", encoding="utf-8")
    found = survey(tmp_path, MODEL)
    assert "&lt;b&gt;bold.txt" in found._repr_html_()
    assert str(tmp_path) not in str(found)
    assert found["file"][0] == str(tmp_path / "<b>bold.txt")


@pytest.mark.parametrize("files", [1, 3, 40])
def test_a_plot_names_few_files_and_draws_many(tmp_path: Path, files: int) -> None:
    """Bars with names for a few, a curve with the half of the money marked for many; the headline is the title."""
    import matplotlib.pyplot as plt

    for number in range(files):
        (tmp_path / f"{number}.txt").write_text("word " * 100 * (number + 1), encoding="utf-8")
    found = survey(tmp_path, MODEL)
    axes = found.plot()
    assert f"{files} file" in axes.get_title(loc="left")
    if files <= 3:
        assert axes.get_yticklabels()[0].get_text() == f"{files - 1}.txt"
    else:
        assert any("half of the money" in text.get_text() for text in axes.texts)
    plt.close(axes.figure)


def test_nothing_but_unreadable_files_is_a_survey_too(tmp_path: Path) -> None:
    """Table, sum and plot hold without a single file that could be counted."""
    import matplotlib.pyplot as plt

    (tmp_path / "empty.pdf").write_bytes(b"")
    found = survey(tmp_path, MODEL)
    assert found.totals.cost == 0
    assert "not read" in str(found)
    plt.close(found.plot().figure)


def test_an_error_does_not_repeat_the_name(folder: Path) -> None:
    """Nor the whole path of a file that is not there: the row has it."""
    missing = folder / "missing.pdf"
    assert row(survey([missing, folder], MODEL), "missing.pdf")["error"] == "no such file"


def test_what_is_kept_is_not_surveyed(folder: Path) -> None:
    """The cache may stand in the folder that is surveyed: it grows no row."""
    first, second = (survey(folder, MODEL, cache_folder=folder / "cache") for _ in range(2))
    assert list(first["file"]) == list(second["file"])


def test_a_pipe_is_a_row_and_nobody_waits_for_it(folder: Path) -> None:
    """To open it is to wait until somebody fills it."""
    os.mkfifo(folder / "pipe.pdf")
    assert "pipe" in row(survey([folder / "pipe.pdf"], MODEL), "pipe.pdf")["error"]


def test_what_is_no_executor_is_refused(folder: Path) -> None:
    """Dask's Client is a likely one."""
    with pytest.raises(TypeError, match=r"a int is no concurrent.futures.Executor.*client.get_executor"):
        survey(folder, MODEL, executor=4)  # type: ignore[arg-type]


def test_what_the_dollars_rest_on_is_said(folder: Path) -> None:
    """The model, the answer that is assumed, and what is no use as it is."""
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 broken")
    found = survey(folder, MODEL)
    assert found.to_text().splitlines()[1].startswith(f"{MODEL}. With an answer of 800 tokens, an assumption")
    assert "1 cannot be read" in found.to_text()
    assert "assumption" not in survey(folder, MODEL, expect_output=5).to_text()
    assert (found.totals.unread, found.totals.refused) == (1, 0)
