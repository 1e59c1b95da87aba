"""Which model is meant, and what it allows."""

import copy
import dataclasses
import pickle
import re
import subprocess
import sys
import tomllib
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import genai_prices
import pytest
from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import ModelInfo
from hypothesis import given
from hypothesis import strategies as st

import claude_kit
from claude_kit import models
from claude_kit.errors import RetiredModelError, UnknownModelError
from claude_kit.models import Model, all_models, find, require_active

ALL = all_models()
CHECKED = date(2026, 11, 22)
EFFORT = ("low", "medium", "high", "xhigh", "max")
NAMES = sorted({name for model in ALL for name in (model.id, *model.aliases)})
UNPRICED = {"claude-mythos-preview"}

each_model = pytest.mark.parametrize("model", ALL, ids=str)


def _in_genai_prices(name: str) -> ModelInfo | None:
    try:
        return get_snapshot().find_provider_model(name, None, "anthropic", None)[1]
    except LookupError:
        return None


@pytest.fixture(autouse=True)
def nothing_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLAUDE_KIT_MODEL", raising=False)


# ------------------------------------------------------------------------------------------------------- the table


def test_every_id_that_the_sdk_knows_is_in_the_table() -> None:
    """The ids that the anthropic SDK types, or warns about, are all found."""
    messages = pytest.importorskip("anthropic.resources.messages.messages")
    typed = re.findall(r'"(claude-[^"]+)"', Path(sys.modules["anthropic.types.model"].__file__ or "").read_text())
    assert typed
    for name in (*typed, *messages.DEPRECATED_MODELS):
        assert find(name).id.startswith("claude-")


def test_the_retirement_days_are_those_the_sdk_warns_of() -> None:
    """Where the anthropic SDK names an end of life, the table has the same day, but for the one still served."""
    messages = pytest.importorskip("anthropic.resources.messages.messages")
    for name, day in messages.DEPRECATED_MODELS.items():
        retires_on = find(name).retires_on
        if find(name).id != "claude-mythos-preview":
            assert retires_on is not None
            assert f"{retires_on:%B} {retires_on.day}" == re.sub(r"(st|nd|rd|th), .*", "", day)
            assert str(retires_on.year) == day[-4:]


@each_model
def test_a_row_has_values_of_its_kind(model: Model) -> None:
    """Every field holds one of the values that the documentation of Model allows."""
    assert model.line in {"fable", "mythos", "opus", "sonnet", "haiku", None}
    assert model.image_tier in {"none", "standard", "high"}
    assert model.tokenizer in {"v3", "v4.7", "v4.8"}
    assert model.thinking
    assert set(model.thinking) <= {"adaptive", "enabled", "disabled", "between_tools"}
    assert model.thinking_default in {"on", "off", "always"}
    assert model.thinking_display_default in {"summarized", "omitted", None}
    assert model.effort == tuple(level for level in EFFORT if level in model.effort)
    assert model.status in {"active", "legacy", "deprecated", "retired"}
    for flag in ("sampling", "forced_tool_choice", "prefix_bound", "keeps_prior_thinking", "us_inference", "fast"):
        assert isinstance(getattr(model, flag), bool), flag
    for text in (model.id, model.display_name, model.source):
        assert text
        assert text == text.strip()


@each_model
def test_a_row_names_its_source_and_what_it_infers(model: Model) -> None:
    """Every row was checked on a day, and `inferred` lists fields that exist, sorted."""
    assert model.checked >= CHECKED
    assert model.source
    assert set(model.inferred) <= {field.name for field in dataclasses.fields(Model)}
    assert list(model.inferred) == sorted(set(model.inferred))


def test_every_table_says_its_own_source_and_day() -> None:
    """Source and day are never inherited, so that a new row cannot borrow them."""
    facts = tomllib.loads(Path(models.__file__).with_name("models.toml").read_text(encoding="utf-8"))
    for row in facts["models"].values():
        assert {"like", "display_name", "source", "checked"} <= row.keys()
    for group in facts["defaults"].values():
        assert not {"source", "checked", "released", "display_name"} & group.keys()


@each_model
def test_the_dates_of_a_row_are_in_order(model: Model) -> None:
    """Released, then deprecated, then retired; and never retired before the promised day."""
    known = [day for day in (model.released, model.deprecated_on, model.retires_on) if day]
    assert known == sorted(known)
    if model.not_before and model.released:
        assert model.not_before > model.released
    if model.not_before and model.retires_on:
        assert model.retires_on >= model.not_before
    assert model.fast or model.fast_until is None


@each_model
def test_the_status_agrees_with_the_dates(model: Model) -> None:
    """Retired means a day that has passed, deprecated an announcement, active and legacy neither."""
    if model.status == "retired":
        assert model.deprecated_on
        assert model.retires_on
        assert model.retires_on <= model.checked
    elif model.status == "deprecated":
        assert model.deprecated_on
        assert model.retires_on is None or model.retires_on > model.checked
    else:
        assert model.deprecated_on is None
        assert model.retires_on is None


@each_model
def test_what_is_not_active_leads_to_an_active_model(model: Model) -> None:
    """Every superseded model has a replacement, which is active and of the same line where there is one."""
    if model.status == "active":
        assert model.replaced_by is None
        assert model.replacement is None
        return
    assert model.replaced_by in {other.id for other in ALL}
    assert model.replacement is not None
    assert model.replacement.status == "active"
    if model.line:
        assert model.replacement.line == model.line


@pytest.mark.parametrize("line", ["fable", "mythos", "opus", "sonnet", "haiku"])
def test_a_legacy_model_leads_to_the_newest_of_its_line(line: str) -> None:
    """A line has an active model, and its superseded models all lead to the newest one."""
    newest = next(model for model in ALL if model.line == line)
    assert newest.status == "active"
    assert {model.replacement for model in ALL if model.line == line and model.status != "active"} <= {newest}


def test_no_name_means_two_models() -> None:
    """Ids and aliases are unique across the table."""
    names = [name for model in ALL for name in (model.id, *model.aliases)]
    assert len(names) == len(set(names))
    assert all(name == name.lower() for name in names)


def test_the_newest_model_comes_first() -> None:
    """The table is in the order of release, newest first."""
    days = [model.released or date.min for model in ALL]
    assert days == sorted(days, reverse=True)


@each_model
def test_the_limits_agree_with_each_other(model: Model) -> None:
    """A million tokens of context go with 600 pages and images, less with 100, a model without eyes with none."""
    assert 0 < model.max_output <= model.context
    at_most = 0 if not model.accepts_images else 600 if model.context >= 1_000_000 else 100
    assert (model.max_pdf_pages, model.max_images) == (at_most, at_most)


@each_model
def test_thinking_and_effort_agree_with_each_other(model: Model) -> None:
    """A default is a value that is allowed; what cannot be turned off offers no way to; no thinking, no display."""
    off = {"disabled", "between_tools"} & set(model.thinking)
    assert (model.thinking_default == "always") == (not off)
    assert (model.thinking_display_default is None) == (model.thinking == ("disabled",))
    assert (model.default_effort is None) == (model.effort == ())
    assert model.default_effort in (*model.effort, None)
    if model.thinking_off_max_effort:
        assert off
        assert model.thinking_off_max_effort in model.effort


@each_model
def test_the_generations_are_told_apart(model: Model) -> None:
    """From 4.7 on: the new tokenizer, no sampling, empty thinking; US inference from 4.6 on."""
    modern = model.tokenizer != "v3"
    assert model.sampling is not modern
    assert (model.thinking_display_default == "omitted") is modern
    assert (model.image_tier == "high") is (modern and model.id != "claude-mythos-preview")
    assert model.us_inference is (modern or model.id in {"claude-opus-4-6", "claude-sonnet-4-6"})
    assert not (model.prefix_bound and not model.keeps_prior_thinking)


@each_model
def test_tool_overheads_are_plausible(model: Model) -> None:
    """The prompt that goes with tools is some hundred tokens."""
    tools = model.tool_tokens
    if tools is None:
        return
    assert tools.auto
    assert all(150 < tokens < 900 for tokens in dataclasses.astuple(tools) if tokens is not None)


def test_a_model_that_must_be_right() -> None:
    """The default model's row, field by field where a wrong one costs a refused request."""
    sonnet = find("claude-sonnet-5-5")
    assert sonnet.display_name == "Claude Sonnet 5.5"
    assert sonnet.thinking == ("adaptive", "between_tools")
    assert (sonnet.thinking_default, sonnet.default_effort) == ("on", "high")
    assert (sonnet.context, sonnet.max_output) == (1_000_000, 128_000)
    assert (sonnet.sampling, sonnet.forced_tool_choice, sonnet.prefix_bound) == (False, False, True)
    assert sonnet.cache_minimum_tokens == 512


@pytest.mark.parametrize("model", [m for m in ALL if m.status != "retired" and m.id not in UNPRICED], ids=str)
def test_every_served_model_has_a_price(model: Model) -> None:
    """genai-prices prices it under its own id, or under the one the row names."""
    usage = genai_prices.Usage(input_tokens=1_000_000, output_tokens=1_000)
    price = genai_prices.calc_price(usage, model.priced_as or model.id, provider_id="anthropic")
    assert price.total_price > 0


@each_model
def test_a_model_is_priced_as_another_only_where_it_must_be(model: Model) -> None:
    """`priced_as` stands only where genai-prices does not know the model's own id."""
    known = _in_genai_prices(model.id)
    assert known is None or model.priced_as is None
    if model.priced_as:
        assert _in_genai_prices(model.priced_as) is not None


@pytest.mark.parametrize("model", [m for m in ALL if _in_genai_prices(m.id) and m.id != "claude-2.0"], ids=str)
def test_the_context_is_that_of_genai_prices(model: Model) -> None:
    """Where genai-prices knows the model (and tells it from Claude 2.1), the context windows are equal."""
    theirs = _in_genai_prices(model.id)
    assert theirs is not None
    assert theirs.context_window in (model.context, None)


# ---------------------------------------------------------------------------------------------------------- models


def test_a_model_is_its_id_as_text_and_short_in_a_list() -> None:
    """str() is the id, ready for a request; repr() is one word."""
    model = find("claude-haiku-4-5")
    assert str(model) == f"{model}" == "claude-haiku-4-5-20251001"
    assert repr(model) == "Model('claude-haiku-4-5-20251001')"


def test_a_model_is_a_value() -> None:
    """It can be hashed, copied and pickled, and not changed."""
    model = find("claude-opus-5-5")
    assert {model, copy.deepcopy(model), pickle.loads(pickle.dumps(model))} == {model}
    with pytest.raises(dataclasses.FrozenInstanceError):
        model.context = 1  # type: ignore[misc]


def test_only_models_since_three_see_images() -> None:
    """Claude 2 has no image tier; everything since takes images."""
    assert not find("claude-2.1").accepts_images
    assert find("claude-3-haiku-20240307").accepts_images


def test_requests_fail_from_the_announced_day_on() -> None:
    """The day before it still works, on the day itself no longer."""
    model = find("claude-sonnet-4-5")
    assert not model.is_retired(date(2026, 11, 29))
    assert model.is_retired(date(2026, 11, 30))
    assert find("claude-3-opus-latest").is_retired()
    assert not find("claude-fable-5-2").is_retired(date(2126, 1, 1))


def test_a_retirement_is_seen_coming() -> None:
    """retires_within counts the days to the announced one, and is over once it has come."""
    model = find("claude-sonnet-4-5")
    assert model.retires_within(8, date(2026, 11, 22))
    assert not model.retires_within(7, date(2026, 11, 22))
    assert not model.retires_within(8, date(2026, 11, 30))
    assert not find("claude-sonnet-5-5").retires_within(10_000, date(2026, 11, 22))
    assert model.retires_within(10_000) is not model.is_retired()


def test_fast_mode_ends_where_that_was_announced() -> None:
    """Opus 4.8 loses fast mode on 2026-11-30, Opus 5.5 keeps it, Sonnet never had it."""
    assert find("claude-opus-4-8").offers_fast(date(2026, 11, 29))
    assert not find("claude-opus-4-8").offers_fast(date(2026, 11, 30))
    assert find("claude-opus-5-5").offers_fast()
    assert not find("claude-sonnet-5-5").offers_fast()


def test_a_replacement_is_followed_to_the_end() -> None:
    """Opus 3 was replaced by Opus 4.8, which Opus 5.5 has superseded."""
    assert find("claude-3-opus-20240229").replaced_by == "claude-opus-4-8"
    assert find("claude-3-opus-20240229").replacement is find("claude-opus-5-5")
    assert find("claude-opus-5-5").replacement is None


# -------------------------------------------------------------------------------------------------------- spellings


@pytest.mark.parametrize("name", NAMES)
def test_an_id_or_alias_finds_its_model(name: str) -> None:
    """Every name in the table, in any case, with blanks around it."""
    model = find(name)
    assert name in (model.id, *model.aliases)
    assert find(f"  {name.upper()}\n") is model
    assert find(model) is model


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("@anthropic-prod/claude-sonnet-5-5", "claude-sonnet-5-5"),
        ("@my_team.eu/claude-haiku-4-5", "claude-haiku-4-5-20251001"),
        ("@bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5-20250929"),
        ("@vertex/claude-haiku-4-5@20251001", "claude-haiku-4-5-20251001"),
        ("@vertex/anthropic.claude-haiku-4-5@20251001", "claude-haiku-4-5-20251001"),
        ("anthropic/claude-opus-5-5", "claude-opus-5-5"),
        ("anthropic/claude-sonnet-4.5", "claude-sonnet-4-5-20250929"),
        ("anthropic/claude-4.6-sonnet-20260217", "claude-sonnet-4-6"),
        ("claude-3.5-sonnet", "claude-3-5-sonnet-20241022"),
        ("anthropic.claude-opus-5-5", "claude-opus-5-5"),
        ("anthropic.claude-haiku-4-5", "claude-haiku-4-5-20251001"),
        ("anthropic.claude-opus-4-6-v1", "claude-opus-4-6"),
        ("anthropic.claude-haiku-4-5-20251001-v1:0", "claude-haiku-4-5-20251001"),
        ("anthropic.claude-haiku-4-5-20251001:0", "claude-haiku-4-5-20251001"),
        ("anthropic.claude-3-5-sonnet-20241022-v2:0", "claude-3-5-sonnet-20241022"),
        ("anthropic.claude-v2", "claude-2.0"),
        ("anthropic.claude-v2:1", "claude-2.1"),
        ("@bedrock/anthropic.claude-v2:1", "claude-2.1"),
        ("global.anthropic.claude-sonnet-5-5", "claude-sonnet-5-5"),
        ("us.anthropic.claude-3-7-sonnet-20250219-v1:0", "claude-3-7-sonnet-20250219"),
        ("us-gov.anthropic.claude-opus-4-6-v1", "claude-opus-4-6"),
        ("eu.anthropic.claude-opus-4-7", "claude-opus-4-7"),
        ("jp.anthropic.claude-opus-5", "claude-opus-5"),
        ("au.anthropic.claude-fable-5", "claude-fable-5"),
        ("apac.anthropic.claude-sonnet-4-20250514-v1:0", "claude-sonnet-4-20250514"),
        (
            "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "claude-sonnet-4-5-20250929",
        ),
        ("arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/anthropic.claude-opus-4-6-v1", "claude-opus-4-6"),
        ("claude-haiku-4-5@20251001", "claude-haiku-4-5-20251001"),
        ("claude-3-5-sonnet-v2@20241022", "claude-3-5-sonnet-20241022"),
        ("claude-3-5-sonnet@20240620", "claude-3-5-sonnet-20240620"),
        ("publishers/anthropic/models/claude-opus-5", "claude-opus-5"),
        (
            "projects/my-project/locations/europe-west1/publishers/anthropic/models/claude-opus-4-1@20250805",
            "claude-opus-4-1-20250805",
        ),
        ("claude-3-opus-latest", "claude-3-opus-20240229"),
        ("claude-3-5-sonnet-latest", "claude-3-5-sonnet-20241022"),
        ("claude-sonnet-5-5-20260928", "claude-sonnet-5-5"),
        ("claude-sonnet-5-5@20260928", "claude-sonnet-5-5"),
        ("claude-haiku-4-5-20991231", "claude-haiku-4-5-20251001"),
    ],
)
def test_a_pasted_spelling_finds_its_model(name: str, id: str) -> None:
    """Portkey, OpenRouter, Bedrock, Google Cloud and dated names all lead to the Claude API's id."""
    assert find(name).id == id


@pytest.mark.parametrize("spelling", models.PROVIDERS, ids=lambda spelling: spelling.example)
def test_the_example_of_a_provider_is_found(spelling: models.Spelling) -> None:
    """Every documented spelling is found, though the table holds no such name."""
    assert find(spelling.example).id.startswith("claude-")
    assert spelling.example not in NAMES


@pytest.mark.parametrize(
    "name",
    [
        "",
        "   ",
        "claude",
        "claude-",
        "sonnet",
        "gpt-4o",
        "claude-opus-5-6",
        "claude-opus-5-55",
        "claude-sonnet-5-5-preview",
        "claude-sonnet-5-5-2026092",
        "claude-sonnet-5-5-202609281",
        "claude-opus-5-6-20260928",
        "claude-haiku-4-5-20251001-20251001",
        "claude-haiku-4-5-20251001@20251001",
        "my-claude-sonnet-5-5",
        "claude-sonnet-5-5 claude-opus-5-5",
        "@/claude-sonnet-5-5",
        "@anthropic-prod",
        "@one/@two/claude-sonnet-5-5",
        "openai/claude-sonnet-5-5",
        "anthropic/",
        "anthropic.",
        "us.claude-sonnet-5-5",
        "mars.anthropic.claude-sonnet-5-5",
        "claude-opus-4-6-v1",
        "anthropic.claude-opus-4-6-v1:0:0:0",
        "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123",
        "publishers/google/models/claude-opus-5",
        "claude-sonnet-5-5-２０２６０９２８",
    ],
)
def test_what_only_resembles_a_model_is_unknown(name: str) -> None:
    """A name that merely starts with, ends with or contains a known one is not taken for it."""
    with pytest.raises(UnknownModelError) as caught:
        find(name)
    assert caught.value.model == name
    assert len(caught.value.suggestions) <= 3
    assert all(find(near).id == near for near in caught.value.suggestions)


@pytest.mark.parametrize(
    ("name", "first", "among"),
    [
        ("sonnet", "claude-sonnet-5-5", {"claude-sonnet-5"}),
        ("Claude Opus", "claude-opus-5-5", {"claude-opus-5"}),
        ("opus 5", "claude-opus-5", {"claude-opus-5-5"}),
        ("Claude Sonnet 5.5", "claude-sonnet-5-5", set()),
        ("claude-opus-5-6", "claude-opus-5-5", {"claude-opus-5"}),
        ("claude-sonet-5-5", "claude-sonnet-5-5", set()),
        ("@anthropic-prod/claude-haiku-55", "claude-haiku-5-5", set()),
        ("haiku4.5", "claude-haiku-4-5-20251001", set()),
        ("claude-3-opus-2024022", "claude-3-opus-20240229", set()),
    ],
)
def test_a_near_miss_names_what_was_probably_meant(name: str, first: str, among: set[str]) -> None:
    """The likeliest id comes first, and the message says it and where the others are."""
    with pytest.raises(UnknownModelError) as caught:
        find(name)
    assert caught.value.suggestions[0] == first
    assert among <= set(caught.value.suggestions)
    assert str(caught.value).startswith(f"{name!r} is not a known model. Nearest: {first}")
    assert "ck.models.all_models()" in str(caught.value)


def test_something_else_altogether_gets_no_advice() -> None:
    """No id of ours is offered for another maker's model."""
    with pytest.raises(UnknownModelError, match=r"^'gpt-4o' is not a known model\. ck\.models") as caught:
        find("gpt-4o")
    assert caught.value.suggestions == ()


def _contains_a_name(text: str) -> bool:
    """Whether a known name can be read in the text, ignoring how a provider separates its parts."""
    plain = re.sub(r"[@.:_-]+", "-", text.lower())
    flipped = re.sub(r"claude-(\d(?:-\d+)?)-([a-z]+)", r"claude-\2-\1", plain)
    return any(re.sub(r"[@.:_-]+", "-", name) in (plain + " " + flipped) for name in NAMES)


pieces = st.sampled_from([*NAMES, *"@/.:-_ 5", "anthropic", "us", "-v1", ":0", "@20251001", "-20260101", "claude"])


@given(st.text() | st.lists(pieces, max_size=6).map("".join))
def test_nothing_is_found_in_text_that_names_nothing(text: str) -> None:
    """A model is found only where a known name stands in the text; all else raises UnknownModelError alone."""
    try:
        found = find(text)
    except UnknownModelError:
        return
    assert isinstance(found, Model)
    assert _contains_a_name(text)


@given(st.sampled_from(NAMES), st.text(alphabet="abcxyz0123456789-", min_size=1, max_size=7))
def test_a_longer_name_is_another_model(name: str, tail: str) -> None:
    """Adding to a known name gives an unknown one, unless that is known itself or has become a date."""
    if name + tail in NAMES or re.search(r"-[0-9]{8}\Z", name + tail):
        return
    with pytest.raises(UnknownModelError):
        find(name + tail)


@given(
    st.sampled_from(NAMES).filter(lambda name: not name.startswith("anthropic.")),
    st.sampled_from(["", "@anthropic-prod/", "@b/"]),
    st.sampled_from(["", "anthropic/", "publishers/anthropic/models/", "anthropic.", "us.anthropic."]),
    st.sampled_from(["", " ", "\n\t"]),
)
def test_spellings_go_together(name: str, slug: str, prefix: str, blank: str) -> None:
    """A Portkey slug may stand before any provider's own spelling."""
    assert find(f"{blank}{slug}{prefix}{name}{blank}") is find(name)


# ----------------------------------------------------------------------------------------------- retired, default


def test_a_retired_model_says_since_when_and_what_instead() -> None:
    """The message holds the id, the day and the model to use."""
    with pytest.raises(RetiredModelError) as caught:
        require_active("claude-3-opus-latest")
    assert str(caught.value) == (
        "claude-3-opus-20240229 was retired on 2026-01-05; requests to it fail. Use claude-opus-5-5."
    )


@each_model
def test_require_active_refuses_exactly_the_retired(model: Model) -> None:
    """What was served on the day of the check passes, however it is spelled; what was retired does not."""
    if model.status == "retired":
        with pytest.raises(RetiredModelError, match=re.escape(str(model.replacement))):
            require_active(model, CHECKED)
    else:
        assert require_active(f"@slug/{model.id}", CHECKED) is model


def test_require_active_looks_at_the_day() -> None:
    """A model passes until its day, and an unknown one never."""
    assert require_active("claude-sonnet-4-5", date(2026, 11, 29)).id == "claude-sonnet-4-5-20250929"
    with pytest.raises(RetiredModelError, match=r"on 2026-11-30.*Use claude-sonnet-5-5\."):
        require_active("claude-sonnet-4-5", date(2026, 11, 30) + timedelta(days=1))
    with pytest.raises(UnknownModelError):
        require_active("claude-opus-5-6")


def test_the_default_is_the_newest_active_sonnet() -> None:
    """Without any choice: the newest Sonnet that is not superseded, as an id."""
    assert models.default_model == "claude-sonnet-5-5"
    assert find() is find(None) is require_active() is find("claude-sonnet-5-5")


def test_the_environment_chooses_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """CLAUDE_KIT_MODEL is read when asked, in any spelling; an empty one counts as unset."""
    monkeypatch.setenv("CLAUDE_KIT_MODEL", " @anthropic-prod/claude-opus-5-5 ")
    assert models.default_model == "@anthropic-prod/claude-opus-5-5"
    assert find().id == "claude-opus-5-5"
    monkeypatch.setenv("CLAUDE_KIT_MODEL", " ")
    assert find().id == "claude-sonnet-5-5"


def test_a_wrong_default_says_where_it_was_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """A typing error in the environment is not blamed on the call."""
    monkeypatch.setenv("CLAUDE_KIT_MODEL", "claude-opus-55")
    with pytest.raises(UnknownModelError, match=r"^'claude-opus-55' \(from CLAUDE_KIT_MODEL\) is not"):
        find()


@pytest.mark.parametrize("choice", ["claude-haiku-5-5", "anthropic.claude-haiku-5-5", find("claude-haiku-5-5")])
def test_an_assignment_to_the_package_wins(monkeypatch: pytest.MonkeyPatch, choice: str | Model) -> None:
    """`ck.default_model = ...` outranks the environment, and may be a name or a Model."""
    monkeypatch.setenv("CLAUDE_KIT_MODEL", "claude-opus-5-5")
    monkeypatch.setitem(vars(claude_kit), "default_model", choice)
    assert find().id == "claude-haiku-5-5"
    assert models.default_model == str(choice)
    monkeypatch.setitem(vars(claude_kit), "default_model", None)
    assert find().id == "claude-opus-5-5"


def test_the_default_needs_no_package_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is found too where the package's own module is missing or bare."""
    monkeypatch.setitem(sys.modules, "claude_kit", SimpleNamespace())
    assert find().id == "claude-sonnet-5-5"


def test_another_name_in_the_module_is_an_attribute_error() -> None:
    """The module's __getattr__ serves one name only."""
    with pytest.raises(AttributeError, match="no attribute 'default_modell'"):
        models.default_modell  # noqa: B018


# ------------------------------------------------------------------------------------------------------- importing


def test_importing_it_is_cheap() -> None:
    """It brings in nothing but the standard library, and does not read the table before it is asked."""
    code = (
        "import sys, claude_kit.models as m\n"
        "print([n for n in ('pandas', 'PIL', 'httpx', 'ipywidgets', 'pypdf', 'numpy', 'genai_prices')"
        " if n in sys.modules], m._table.cache_info().currsize)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=_root())
    assert done.stdout.split() == ["[]", "0"]


def _root() -> Path:
    return Path(models.__file__).parents[1]
