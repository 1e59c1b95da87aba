"""`models`: what a live registry tells of limits goes before the table, and breaks nothing."""

import dataclasses
import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import anthropic
import pytest

import claude_kit as ck
from claude_kit import models
from claude_kit.client.listing import Listing, listed, told
from claude_kit.client.steps import Call
from claude_kit.offline import serve
from tests.client.driving import KEY, Driver

YES, NO = {"supported": True}, {"supported": False}


@pytest.fixture(autouse=True)
def as_the_table_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget after each test what it was told."""
    monkeypatch.setattr(models, "_told", models._Told({}))


def info(id: str = "claude-sonnet-5-5", **facts: Any) -> dict[str, Any]:
    """Return an entry of the list, as the API writes it."""
    return {"type": "model", "id": id, "display_name": "A model", "lifecycle": "active", **facts}


def answered(*pages: Any) -> tuple[Listing, list[Call]]:
    """Let the pages be the answers; return what became of them and what was asked."""
    steps, asked = listed(), []
    try:
        asked.append(next(steps))
        for page in pages:
            asked.append(steps.send(page))
    except StopIteration as end:
        return end.value, asked  # type: ignore[return-value]
    raise AssertionError("it asks for more pages than there are")


# ---- what is told -------------------------------------------------------------------------------------------------


def test_limits_are_those_of_the_registry() -> None:
    """Context, longest answer, thinking and effort are what is told now, for whoever looks a model up."""
    able = {
        "effort": {**YES, "low": YES, "medium": NO, "high": YES, "max": NO, "xhigh": None},
        "thinking": {**YES, "types": {"adaptive": YES, "between_tools": NO, "disabled": YES, "enabled": NO}},
    }
    answered({"data": [info(max_tokens=256_000, max_input_tokens=2_000_000, capabilities=able)]})
    model = models.find("anthropic/claude-sonnet-5.5")
    assert (model.max_output, model.context) == (256_000, 2_000_000)
    assert (model.effort, model.default_effort) == (("low", "high"), "high")
    assert model.thinking == ("adaptive", "disabled")
    assert model in models.all_models()
    assert ck.check("Hi", model="claude-sonnet-5-5", max_tokens=200_000).ok


def test_what_is_as_the_table_says_stays_the_tables_row() -> None:
    """The offline model's own registry, which is the table, changes nothing."""
    before = models.all_models()
    with serve() as address, ck.Client.anthropic(KEY, base_url=address) as client:
        found = Driver(client)(listed())
    changed = [
        (model, field.name)
        for model, known in zip(models.all_models(), before, strict=True)
        for field in dataclasses.fields(model)
        if getattr(model, field.name) != getattr(known, field.name)
    ]
    assert changed == []
    assert set(found) <= set(before)
    assert {model.status for model in found} <= {"active", "legacy", "deprecated"}


def test_the_models_are_those_that_the_sdk_reads() -> None:
    """The anthropic SDK is told of the same ids, limits and days."""
    with serve() as address, ck.Client.anthropic(KEY, base_url=address) as client:
        found = Driver(client)(listed())
        with anthropic.Anthropic(api_key=KEY, base_url=address.removesuffix("/v1")) as sdk:
            theirs = list(sdk.models.list())
    assert [(m.id, m.max_output, m.context) for m in found] == [
        (m.id, m.max_tokens, m.max_input_tokens) for m in theirs
    ]
    assert [m.retires_on for m in found] == [m.retires_at.date() if m.retires_at else None for m in theirs]


def test_a_model_that_is_not_in_the_table_can_be_asked() -> None:
    """It is found by any spelling, has the limits told, is like the newest of its line, and has no price."""
    found, _ = answered({"data": [info("claude-haiku-9", max_tokens=300_000, display_name="Claude Haiku 9")]})
    model = models.find("@prod/claude-haiku-9")
    assert (model,) == found
    assert (model.max_output, model.display_name) == (300_000, "Claude Haiku 9")
    assert model.max_images == models.find("claude-haiku-5-5").max_images
    assert "max_images" in model.inferred
    assert "max_output" not in model.inferred
    assert found.unpriced == (model,)
    assert model not in models.all_models()
    with pytest.raises(ck.UnknownModelError, match="price"):
        ck.estimate("Hi", model="claude-haiku-9")
    assert ck.estimate("Hi", model="claude-haiku-9", price=ck.Price(input=1, output=5)).max_output == 8192


def test_a_new_model_is_not_the_default() -> None:
    """A Sonnet without a price does not become the model that is taken where none is named."""
    before = models.default_model
    answered({"data": [info("claude-sonnet-9", created_at="2099-01-01T00:00:00Z")]})
    assert models.default_model == before


@pytest.mark.parametrize(
    ("facts", "status", "retires_on", "is_retired"),
    [
        ({"lifecycle": "active"}, "active", None, False),
        ({"lifecycle": "deprecated", "retires_at": "2099-02-03T00:00:00Z"}, "deprecated", date(2099, 2, 3), False),
        ({"lifecycle": "deprecated", "retires_at": "2020-02-03T00:00:00Z"}, "deprecated", None, False),
        ({"lifecycle": "retired", "retires_at": "2020-02-03T00:00:00Z"}, "retired", date(2020, 2, 3), True),
        ({"lifecycle": "retired"}, "retired", None, True),
        ({"lifecycle": "something new"}, "active", None, False),
    ],
)
def test_the_registry_says_what_is_retired(
    facts: dict[str, Any], status: str, retires_on: date | None, is_retired: bool
) -> None:
    """The lifecycle is the signal; a past day on a model that is still served is overdue, not an end."""
    model = told(info(**facts))
    assert model
    assert (model.status, model.retires_on, model.is_retired()) == (status, retires_on, is_retired)


def test_what_is_legacy_stays_so() -> None:
    """The registry knows no word for superseded models; they are still known to be."""
    assert told(info("claude-opus-4-6")).status == "legacy"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "odd",
    [
        {"max_tokens": None, "max_input_tokens": "many"},
        {"max_tokens": 0, "max_input_tokens": -1},
        {"max_tokens": True},
        {"capabilities": None},
        {"capabilities": {"effort": None, "thinking": {"types": None}, "image_input": 7}},
        {"lifecycle": None, "retires_at": "soon", "display_name": None},
    ],
)
def test_what_cannot_be_read_changes_nothing(odd: dict[str, Any]) -> None:
    """Missing or odd values leave the table's in place."""
    known = models.find("claude-sonnet-5-5")
    assert told({"id": "claude-sonnet-5-5", **odd}) == known


def test_whether_images_are_taken_is_told() -> None:
    """A model that takes no images any more has no tier of them."""
    assert not told(info(capabilities={"image_input": NO})).accepts_images  # type: ignore[union-attr]
    assert told(info(capabilities={"image_input": YES})).image_tier == "high"  # type: ignore[union-attr]


# ---- pages, other shapes ------------------------------------------------------------------------------------------


def test_it_goes_on_page_after_page() -> None:
    """The next page begins after the last id of the one before."""
    first = {"data": [info("claude-opus-5")], "has_more": True, "last_id": "claude-opus-5"}
    found, asked = answered(first, {"data": [info("claude-sonnet-5")], "has_more": False})
    assert [model.id for model in found] == ["claude-opus-5", "claude-sonnet-5"]
    assert [call.query.get("after_id") for call in asked] == [None, "claude-opus-5"]


def test_a_route_without_pages_is_asked_no_more_than_twice() -> None:
    """An answer that repeats itself forever is an end."""
    same = {"data": [info()], "has_more": True, "last_id": "claude-sonnet-5-5"}
    found, asked = answered(same, same)
    assert len(asked) == 2
    assert [model.id for model in found] == ["claude-sonnet-5-5"]


def test_a_list_of_openai_shape_tells_the_names() -> None:
    """Through a gateway the list may tell names alone, with slugs, and of other makers' models: those are left out."""
    data = [
        {"id": "@prod/claude-sonnet-5-5", "object": "model", "slug": "claude-sonnet-5-5"},
        {"id": "@open/gpt-4o", "object": "model"},
        {"object": "model"},
        "claude-opus-5",
    ]
    known = models.find("claude-sonnet-5-5")
    found, _ = answered({"object": "list", "data": data})
    assert found == (known,)


@pytest.mark.parametrize("page", [None, [], {}, {"data": None}, "<html>"])
def test_what_is_no_list_is_said_to_be_none(page: Any) -> None:
    """Another answer is an error, not an empty list."""
    with pytest.raises(ck.APIError, match="no list of models"):
        answered(page)


# ---- at once, and how it looks ------------------------------------------------------------------------------------


def test_threads_see_all_of_a_list_or_nothing_of_it() -> None:
    """While lists come in, whoever looks models up finds every name, with limits that were told together."""
    limits = [
        [dataclasses.replace(model, max_output=number, context=number) for model in models.all_models()]
        for number in (150_001, 150_002)
    ]
    models.refresh(limits[0])
    wrong: list[Any] = []
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            seen = {(model.max_output, model.context) for model in models.all_models()}
            if len(seen) != 1 or models.find("claude-opus-5").max_output not in (150_001, 150_002):
                wrong.append(seen)

    lookers = [threading.Thread(target=look) for _ in range(4)]
    for thread in lookers:
        thread.start()
    for number in range(60):
        models.refresh(limits[number % 2])
    over.set()
    for thread in lookers:
        thread.join()
    assert not wrong


@pytest.fixture
def shown() -> Listing:
    """Return a list of a priced and an unpriced model, and one that is to be retired."""
    soon = (datetime.now(UTC) + timedelta(days=40)).isoformat()
    leaving = info("claude-opus-5", lifecycle="deprecated", retires_at=soon)
    return answered({"data": [info(), info("claude-haiku-9"), leaving]})[0]


def test_the_list_shows_itself_as_a_table(shown: Listing) -> None:
    """One row a model with limits and prices; what has no price says so, what is to go says until when."""
    text = shown._repr_mimebundle_()["text/plain"]
    assert text.startswith("3 models; ")
    assert "not priced" in text
    assert f"until {shown[2].retires_on}" in text
    assert shown._repr_mimebundle_()["text/html"].count("<tr") == 1 + 3


def test_the_list_becomes_a_frame(shown: Listing) -> None:
    """One row a model; a price that is not known is missing."""
    frame = shown.to_frame().set_index("id")
    assert frame.loc["claude-sonnet-5-5", "input_usd"] == 2
    assert frame["input_usd"].isna().to_list() == [False, True, False]


def test_prices_are_those_of_short_prompts() -> None:
    """Where long prompts cost more, the list tells the price without that surcharge."""
    found, _ = answered({"data": [info("claude-haiku-5-5")]})
    frame = found.to_frame()
    assert frame["input_usd"].item() == pytest.approx(0.1)
