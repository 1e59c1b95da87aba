"""Headers as the gateway's own SDK builds them: its recorded cases, and itself on options made up here."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from portkey_ai import createHeaders

from claude_kit.wire.portkey import headers
from tests.conformance import recordings

PATH = recordings.FOLDER / "gateway" / "createheaders.json"
CASES = json.loads(PATH.read_text(encoding="utf-8"))["cases"] if PATH.is_file() else []

# Where the SDK goes wrong, what is sent instead; an error where nothing can be meant.
OTHERWISE: dict[str, dict[str, str] | type[Exception]] = {
    "camelCase kwarg is NOT converted": {"x-portkey-strict-open-ai-compliance": "false"},
    "metadata dict": TypeError,  # a number among its values
    "config list": TypeError,
    "traceID/traceId spelling": TypeError,  # one option, two values
    "cache_force_refresh False": {},
    "authorization plain": TypeError,  # one option, two values
    "x_api_key kwarg": {"x-api-key": "sk-ant"},
    "request_timeout 0 dropped": ValueError,
    "forward_headers underscores": {
        "x-portkey-forward-headers": "x-custom,anthropic-beta",
        "x-custom": "1",
        "anthropic-beta": "b",
    },
    "forward_headers string": {"x-portkey-forward-headers": "x-custom", "x-custom": "1"},
    "anthropic_beta list": {"x-portkey-anthropic-beta": "a,b"},
    "weight/guardrails": {
        "x-portkey-default-input-guardrails": '[{"default.contains": {"operator": "none"}}]',
    },
    "non-str": TypeError,  # a list among the values of the metadata
    "arbitrary unknown": {"x-portkey-foo-bar": "1", "x-portkey-foo": "2"},
}


def lowered(built: dict[str, str]) -> dict[str, str]:
    """Return headers with the names that HTTP makes of them."""
    return {name.lower(): value for name, value in built.items()}


@recordings.needed
def test_there_are_recorded_cases() -> None:
    """All 42 of them, and every exception made here is one of them."""
    assert len(CASES) == 42
    assert OTHERWISE.keys() <= {case["note"] for case in CASES}


@pytest.mark.parametrize("case", [pytest.param(case, id=case["note"]) for case in CASES])
def test_a_recorded_case_is_built_alike(case: dict[str, Any]) -> None:
    """The same headers as the SDK's, but for its bugs."""
    expected = OTHERWISE.get(case["note"], lowered(case["headers"]))
    if isinstance(expected, dict):
        assert headers(**case["kwargs"]) == expected
    else:
        with pytest.raises(expected):
            headers(**case["kwargs"])


TEXT = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=40)
ANY_TEXT = st.text(max_size=128)
CODES = st.lists(st.sampled_from([429, 500, 529]))
RETRY = st.fixed_dictionaries({"attempts": st.integers(0, 5)}, optional={"on_status_codes": CODES})
TARGET = st.fixed_dictionaries(
    {"provider": st.sampled_from(["anthropic", "openai", "@slug"])},
    optional={"virtual_key": TEXT, "override_params": st.dictionaries(TEXT, ANY_TEXT, max_size=2)},
)
STRATEGY = st.fixed_dictionaries({"mode": st.sampled_from(["fallback", "loadbalance", "single"])})
CONFIG = st.one_of(
    st.fixed_dictionaries({"retry": RETRY}),
    st.fixed_dictionaries({"strategy": STRATEGY, "targets": st.lists(TARGET, min_size=1, max_size=3)}),
    TEXT.map("pc-{}".format),
)
NAMES = ("api_key", "virtual_key", "provider", "trace_id", "span_id", "span_name", "cache_namespace", "provider_model")
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(NAMES, TEXT | st.sampled_from(["", None])),
        "metadata": st.dictionaries(ANY_TEXT, ANY_TEXT, max_size=4),
        "config": CONFIG,
        "strict_open_ai_compliance": st.booleans(),
        "debug": st.booleans(),
        "cache_force_refresh": st.just(True),
        "request_timeout": st.integers(100, 10**7),
        "retry_count": st.integers(1, 5),
        "anthropic_version": TEXT,
        "Authorization": TEXT.map("Bearer {}".format),
        "forward_headers": st.lists(st.sampled_from(["x-one", "anthropic-beta"]), min_size=1, unique=True),
        "x_one": TEXT,
    },
)


@given(OPTIONS)
def test_made_up_options_are_built_as_the_sdk_does(options: dict[str, Any]) -> None:
    """Whatever is said of the right kind, the SDK itself says in the same words."""
    assert headers(**options) == lowered(createHeaders(**options))
