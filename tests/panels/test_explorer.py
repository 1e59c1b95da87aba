"""What if: the numbers are those of the kit's own estimates, plans and surveys, whatever is turned."""

from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from PIL import Image as pil

import claude_kit as ck
from claude_kit import models as table_of_models
from claude_kit.estimate import frames, images
from claude_kit.estimate.texts import is_exact
from claude_kit.panels.exploring import chart
from claude_kit.panels.exploring.of_survey import surveyed
from claude_kit.panels.exploring.offers import offers
from claude_kit.panels.exploring.settings import Settings
from tests.content import making

MODELS = ["claude-haiku-4-5-20251001", "claude-opus-5-5", "claude-haiku-5-5", "claude-sonnet-4-6"]
PAGES = ("The harvest of the year, in words. " * 40, "A page with a few words.", "")


@pytest.fixture
def report() -> ck.Pdf:
    """Three pages."""
    return ck.pdf(making.pdf(PAGES), name="report.pdf")


def explorer(*content: object, **options: Any) -> ck.CostExplorer:
    return ck.CostExplorer(*content, **{"models": MODELS, **options})


def costs(made: ck.CostExplorer) -> dict[str, Decimal]:
    """Return the exact cost of each model, which the frame has as floats."""
    found = offers(made._subject, Settings(**made.state), made._via)
    return {offer.model.id: offer.cost for offer in found}


def page_says(made: ck.CostExplorer, number: int = 1, **wanted: Any) -> None:
    """Let the page say that something was turned."""
    made._handle_custom_msg({"k": "set", "from": "page", "number": number, "state": wanted}, [])


def test_one_question_costs_what_an_estimate_says(report: ck.Pdf) -> None:
    """One document, one question, no cache: `ck.estimate`, batch or not."""
    for batch in (False, True):
        made = explorer(report, "How much was it?", questions=1, expect_output=500, batch=batch)
        for model, cost in costs(made).items():
            told = ck.estimate(report, "How much was it?", model=model, expect_output=500, batch=batch)
            assert cost == told.cost
    tokens = made.to_frame().set_index("model")["input_tokens"]
    assert tokens["claude-opus-5-5"] == ck.estimate(report, "How much was it?", model="claude-opus-5-5").input_tokens


@pytest.mark.parametrize("cache", ["5m", "1h"])
def test_many_questions_cost_what_a_plan_says(report: ck.Pdf, cache: Any) -> None:
    """With a cache and without: `ck.plan`, times the documents."""
    made = explorer(report, questions=33, documents=700, cache=cache)
    with_cache = costs(made)
    made.cache = None
    for model, without in costs(made).items():
        planned = ck.plan(report, model=model, questions=33, cache=cache)
        assert with_cache[model] == 700 * planned.cost_with
        assert without == 700 * planned.cost_without
        assert float(without) == made.to_frame().set_index("model")["cost_usd"][model]
    for chosen in (None, cache):
        made.cache = chosen
        row = made.to_frame().set_index("model").loc["claude-opus-5-5"]
        planned = ck.plan(report, model="claude-opus-5-5", questions=33, cache=chosen or "5m")
        assert row["without_cache_usd"] == float(700 * planned.cost_without)
        assert row[f"with_{chosen or '5m'}_cache_usd"] == float(700 * planned.cost_with)


def test_a_batch_with_a_cache_is_the_plans(report: ck.Pdf) -> None:
    """What `ck.plan` says a batch costs at best."""
    made = explorer(report, questions=12, cache="1h", batch=True, models=["claude-opus-5-5"])
    ways = {way.name: way.cost for way in ck.plan(report, model="claude-opus-5-5", questions=12).ways}
    assert made.cost == ways["batch with cache"]
    made.cache = None
    assert made.cost == ways["batch"]
    assert any("hits are not certain" in note for note in explorer(report, cache="1h", batch=True)._notes())


def survey_of(folder: Path, pages: list[int], **options: Any) -> ck.Survey:
    for number, count in enumerate(pages):
        (folder / f"{number}.pdf").write_bytes(making.pdf(["some words of it " * 30] * count))
    return ck.survey(folder, "claude-haiku-5-5", cache_folder=False, progress=False, **options)


def test_a_survey_costs_what_it_says(tmp_path: Path) -> None:
    """Its files are the documents; their lengths differ, and so do their prices and whether they are cached."""
    survey = survey_of(tmp_path, [1, 2, 3, 8, 70], question="What is it about?")
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.4 and then nothing")
    made = explorer(survey, questions=1)
    assert (made.documents, made.pages) == (5, 17)
    assert costs(made)["claude-haiku-5-5"] == survey.totals.cost
    tokens = made.to_frame().set_index("model")["input_tokens"]["claude-haiku-5-5"]
    assert tokens == round(survey.totals.input_tokens / 5)
    made.questions, made.cache = 20, "5m"
    each = [
        ck.plan(ck.attach(file), model="claude-haiku-5-5", questions=20, question="What is it about?").cost_with
        for file in survey["file"]
    ]
    assert abs(costs(made)["claude-haiku-5-5"] / sum(each) - 1) < Decimal("0.001")
    made.documents = 5000
    assert costs(made)["claude-haiku-5-5"] / 1000 == pytest.approx(sum(each), rel=Decimal("0.001"))


def test_a_survey_tells_what_it_leaves_out(tmp_path: Path) -> None:
    """A file that could not be read is no document; a survey of none is refused."""
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.4 and then nothing")
    nothing = ck.survey(tmp_path, cache_folder=False, progress=False)
    with pytest.raises(ValueError, match="no file that could be counted"):
        ck.CostExplorer(nothing)
    some = survey_of(tmp_path, [1, 2])
    made = explorer(some)
    assert made.documents == 2
    assert "1 file could not be read and is left out" in made._notes()[0]


def test_another_tokenizer_has_a_range_that_holds_the_count(tmp_path: Path) -> None:
    """A survey counted for one model is guessed for another, and the guess says how sure it is."""
    survey = survey_of(tmp_path, [2, 3], question="What is it?")
    row = explorer(survey).to_frame().set_index("model").loc["claude-sonnet-4-6"]
    told = [ck.estimate(ck.attach(file), "What is it?", model="claude-sonnet-4-6") for file in survey["file"]]
    mean = sum(one.input_tokens for one in told) / 2
    assert row["low"] <= mean <= row["high"]
    assert row["low"] < row["high"]
    assert row["method"] == "heuristic"


def test_an_image_is_as_large_as_another_model_sees_it(tmp_path: Path) -> None:
    """The largest that an older model takes whole is counted whole for it, with what is around each image."""
    (tmp_path / "plot.png").write_bytes(making.encoded(pil.new("RGB", (32 * 28, 49 * 28)), "PNG"))
    older = table_of_models.find("claude-haiku-4-5-20251001")
    found = surveyed(ck.survey(tmp_path, "claude-opus-5-5", progress=False, cache_folder=False), None)
    (low, likely, high), *_ = found.measured(older).prefix(1).T - frames.conversation(["user"], older).tokens
    assert low == likely == high == images.tokens(32 * 28, 49 * 28, "standard")


def test_nothing_is_typical_pages() -> None:
    """Without content there is a letter page of 500 words, with a wide range, which the notes tell."""
    made = explorer()
    row = made.to_frame().set_index("model").loc["claude-sonnet-4-6"]
    assert row["input_tokens"] == pytest.approx(10 * (1553 + 670), rel=0.01)
    assert row["low"] == pytest.approx(10 * 1553, rel=0.01)
    assert row["high"] == pytest.approx(10 * 3003, rel=0.01)
    assert row["cost_low_usd"] < row["cost_usd"] < row["cost_high_usd"]
    assert "Nothing was measured" in made._notes()[0]
    assert " to $" in made.shown["summary"]


def test_more_pages_are_like_those_there_are(report: ck.Pdf) -> None:
    """Twice the pages are twice their tokens, the frame and the question once; and no longer measured."""
    made = explorer(report, models=["claude-opus-5-5"])
    (before,) = made.to_frame()["input_tokens"]
    made.pages = 6
    (after,) = made.to_frame()["input_tokens"]
    empty = ck.plan(ck.pdf(making.pdf([""])), model="claude-opus-5-5").prefix.tokens
    assert after - before == pytest.approx(before - 40 - (empty - 1553), abs=40)
    assert list(made.to_frame()["method"]) == ["interpolated" if is_exact() else "heuristic"]


def test_what_is_refused_says_which_limit(report: ck.Pdf) -> None:
    """Pages, tokens and bytes; the cheapest is one that takes it."""
    made = explorer(report, pages=101)
    row = made.to_frame().set_index("model").loc["claude-haiku-4-5-20251001"]
    assert (row["verdict"], row["finding"]) == ("refused", "101 pages, the limit is 100 a request")
    assert "the cheapest of the 3 that take it" in made.shown["summary"]
    made.pages = 100
    assert set(made.to_frame()["verdict"]) == {"accepted"}
    made.pages = 601
    assert made.best is None
    assert made.cost is None
    assert "none of 4 models takes it" in repr(made)
    row = (
        explorer(report, ck.text("word " * 100_000), pages=90)
        .to_frame()
        .set_index("model")
        .loc["claude-haiku-4-5-20251001"]
    )
    assert "the limit is 200,000 tokens" in row["finding"]
    heavy = ck.pdf(making.pdf(["x"]) + b"%" * 1_000_000, name="heavy.pdf")
    assert "the limit is 32 MB" in explorer(heavy, pages=50).to_frame()["finding"][0]
    assert "the limit is 20 MB" in explorer(heavy, pages=20, via="bedrock").to_frame()["finding"][0]


def test_a_survey_says_how_many_of_it_are_refused(tmp_path: Path) -> None:
    """One file over the limit is one, and the model is not the best for all."""
    made = explorer(survey_of(tmp_path, [1, 101]), models=["claude-haiku-4-5"])
    assert list(made.to_frame()["finding"]) == ["1 of 2 documents, up to 101 pages, the limit is 100 a request"]


def test_all_settings_are_read_and_set_from_code(report: ck.Pdf) -> None:
    """By attribute and together; several at once are all taken, or none."""
    made = explorer(report)
    made.questions = 50
    assert made.state["questions"] == made.shown["state"]["questions"] == 50
    made.state = {"documents": 12, "cache": "1h", "models": "claude-opus-5-5"}
    assert (made.documents, made.cache, made.models) == (12, "1h", ("claude-opus-5-5",))
    with pytest.raises(ValueError, match="batch='yes': give one of False, True"):
        made.state = {"documents": 99, "batch": "yes"}
    assert made.documents == 12
    assert made.shown["state"]["documents"] == 12
    seen = []
    made.observe(lambda change: seen.append(change["new"]), "documents")
    page_says(made, documents=77)
    assert seen == [77]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("documents", 0),
        ("questions", 2.5),
        ("pages", True),
        ("expect_output", "many"),
        ("cache", "10m"),
        ("over", "time"),
        ("models", []),
        ("models", ["claude-haiku-9"]),
    ],
)
def test_what_is_no_setting_is_refused(report: ck.Pdf, name: str, value: object) -> None:
    """At once and by name, from code; on the page as a sentence, and what was set stays."""
    made = explorer(report)
    before = made.state
    with pytest.raises((ValueError, ck.ClaudeKitError), match="claude-haiku-9" if "9" in str(value) else name):
        setattr(made, name, value)
    page_says(made, **{name: value})
    assert made.state == before
    assert made.shown["trouble"]
    page_says(made, questions=3)
    assert made.shown["trouble"] == ""


def test_content_without_pages_has_no_dial_for_them() -> None:
    """An image, a text: there is nothing that could have more pages."""
    made = explorer(ck.text("words " * 5000))
    assert made.pages == 0
    assert "pages" not in [dial["name"] for dial in made.about["dials"]]
    with pytest.raises(ValueError, match="has no pages"):
        made.pages = 3


def test_an_answer_names_what_it_answers(report: ck.Pdf) -> None:
    """So that the page knows its newest state; what code sets answers nothing."""
    made = explorer(report)
    page_says(made, 7, questions=5)
    assert made.shown["to"] == {"from": "page", "number": 7}
    made.questions = 6
    assert made.shown["to"] is None
    made._handle_custom_msg({"k": "set", "from": "page", "number": 8, "state": {}, "width": "<b>"}, [])
    assert made.shown["to"]["number"] == 8
    made._handle_custom_msg({"what": "is this"}, [])


def test_a_string_that_is_a_file_is_that_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Named as people do; one that is not there is not counted as its name."""
    monkeypatch.chdir(tmp_path)
    Path("report.pdf").write_bytes(making.pdf(PAGES))
    assert ck.CostExplorer("report.pdf").pages == 3
    with pytest.raises(ck.ContentError, match=r"reprot\.pdf: no such file"):
        ck.CostExplorer("reprot.pdf")


def test_it_is_saved_as_a_table_and_a_chart(report: ck.Pdf) -> None:
    """The settings in words, every number in the table; names are escaped, nothing comes from elsewhere."""
    attack = ck.pdf(report.data, name="<img src=x onerror=alert(1)>.pdf")
    made = explorer(attack, documents=1000, cache="5m")
    html = made.static_html()
    assert "<img" not in html
    assert "1,000 documents of 3 pages, 20 questions each, answers of 800 tokens, 5-minute cache" in html
    assert html.count("<polyline") == len(MODELS)
    outside, _, chart = html.partition("<svg")
    outside += chart.partition("</svg>")[2]
    for model in MODELS:
        assert model in outside
    assert made.shown["summary"] in html
    assert made.shown["summary"] in made.static_text()
    assert "claude-opus-5-5" in str(made)


def test_lines_end_at_what_the_table_says_and_names_do_not_touch() -> None:
    """Along questions and along documents, for one model or all of them, wide or narrow."""
    every = [model.id for model in ck.models.all_models() if model.status in ("active", "legacy")]
    for models in (["claude-opus-5-5"], [name for name in every if "mythos" not in name]):
        made = ck.CostExplorer(models=models, cache="5m")
        for over in ("questions", "documents"):
            for width in (200, 760):
                made.over = over
                drawing = chart.drawn(made._offers, Settings(**made.state), width)
                names = [mark for mark in drawing.marks if mark.key.startswith("name ")]
                places = sorted(mark.attributes["y"] for mark in names)
                assert all(b - a >= 14.9 for a, b in pairwise(places))
                assert 0 < places[0] <= places[-1] < drawing.height
                assert len({mark.key for mark in drawing.marks}) == len(drawing.marks)
        heights = {m.key[4:]: m.attributes["cy"] for m in drawing.marks if m.key.startswith("end ")}
        ranked = made.to_frame().sort_values("cost_usd")["model"]
        assert [heights[name] for name in ranked] == sorted(heights.values(), reverse=True)


def test_it_is_drawn_with_matplotlib_too(report: ck.Pdf) -> None:
    """For a script: one curve a model, each ending at its cost."""
    pytest.importorskip("matplotlib").use("agg")
    made = explorer(report, cache="5m")
    ax = made.plot()
    ends = sorted(float(line.get_ydata()[-1]) for line in ax.lines[: len(MODELS)])
    assert ends == pytest.approx(sorted(made.to_frame()["cost_usd"]))
    made.state = {"documents": 100_000, "over": "documents"}
    assert len(made.plot().lines) >= len(MODELS)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("environment", [{"CLAUDE_KIT_STATIC": "1"}, {}])
def test_where_nobody_looks_it_can_stand_in_a_box(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A notebook that is run from the command line shows a box of widgets with it without an error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CLAUDE_KIT_STATIC", raising=False)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    cells = [
        "import ipywidgets\nimport claude_kit as ck",
        "explorer = ck.CostExplorer('some words', model='claude-sonnet-5-5')",
        "ipywidgets.VBox([explorer])",
        "explorer",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    (boxed,), (shown,) = (cell.outputs for cell in notebook.cells[2:])
    assert boxed.data["text/plain"].startswith("VBox(")
    assert shown.data.keys() == {"text/html", "text/plain"}
