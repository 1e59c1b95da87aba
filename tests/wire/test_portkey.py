"""The gateway's headers: one name for each option, each value as the gateway reads it."""

import json
import traceback
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_kit.errors import PreflightWarning
from claude_kit.wire import portkey
from claude_kit.wire.portkey.options import MAX_HEADER_BYTES, MAX_METADATA_CHARACTERS

KEY = "sk-ant-not-a-real-key"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"api_key": "pk"}, {"x-portkey-api-key": "pk"}),
        ({"api_key": " pk\n"}, {"x-portkey-api-key": "pk"}),
        ({"provider": "@slug"}, {"x-portkey-provider": "@slug"}),
        ({"trace_id": "run-7"}, {"x-portkey-trace-id": "run-7"}),
        ({"metadata": {"_user": "Ünal"}}, {"x-portkey-metadata": '{"_user": "\\u00dcnal"}'}),
        ({"metadata": '{"_user": "Ünal"}'}, {"x-portkey-metadata": '{"_user": "\\u00dcnal"}'}),
        ({"metadata": '{"_user":"ada"}'}, {"x-portkey-metadata": '{"_user":"ada"}'}),
        ({"config": "pc-1"}, {"x-portkey-config": "pc-1"}),
        ({"config": {"retry": {"attempts": 3}}}, {"x-portkey-config": '{"retry": {"attempts": 3}}'}),
        ({"config": '{"retry":{"attempts":3}}'}, {"x-portkey-config": '{"retry":{"attempts":3}}'}),
        ({"debug": False}, {"x-portkey-debug": "false"}),
        ({"request_timeout": 500}, {"x-portkey-request-timeout": "500"}),
        ({"request_timeout": "30000"}, {"x-portkey-request-timeout": "30000"}),
        ({"retry_count": 0}, {"x-portkey-retry-count": "0"}),
        ({"cache_force_refresh": True}, {"x-portkey-cache-force-refresh": "true"}),
        ({"cache_force_refresh": False}, {}),
        ({"cache_force_refresh": "false"}, {}),
        ({"forward_headers": ["a", "b"]}, {"x-portkey-forward-headers": "a,b"}),
        ({"forward_headers": "a"}, {"x-portkey-forward-headers": "a"}),
        ({"forward_headers": []}, {}),
        ({"sensitive_headers": ["a", "b"]}, {"x-portkey-sensitive-headers": "a,b"}),
        ({"anthropic_beta": ["a", "b"]}, {"x-portkey-anthropic-beta": "a,b"}),
        ({"anthropic_beta": "a,b"}, {"x-portkey-anthropic-beta": "a,b"}),
        ({"default_input_guardrails": ["g1"]}, {"x-portkey-default-input-guardrails": '["g1"]'}),
        ({"default_input_guardrails": '["g1"]'}, {"x-portkey-default-input-guardrails": '["g1"]'}),
        ({"custom_host": "http://127.0.0.1:9/v1/"}, {"x-portkey-custom-host": "http://127.0.0.1:9/v1"}),
        ({"authorization": "sk"}, {"authorization": "Bearer sk"}),
        ({"Authorization": "Bearer sk"}, {"authorization": "Bearer sk"}),
        ({"x_api_key": "sk"}, {"x-api-key": "sk"}),
        ({"traceparent": "00-1-2-01"}, {"traceparent": "00-1-2-01"}),
        ({"virtual_key": None, "trace_id": ""}, {}),
    ],
)
def test_each_option_is_a_header(options: dict[str, object], expected: dict[str, str]) -> None:
    """Mappings become ASCII JSON, lists are joined, truth is lower case, what says nothing is left out."""
    assert portkey.headers(**options) == expected


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("apiKey", "api-key"),
        ("traceID", "trace-id"),
        ("traceId", "trace-id"),
        ("strictOpenAiCompliance", "strict-open-ai-compliance"),
        ("strictOpenAICompliance", "strict-open-ai-compliance"),
        ("anthropicBeta", "anthropic-beta"),
        ("awsS3Bucket", "aws-s3-bucket"),
        ("x-portkey-trace-id", "trace-id"),
    ],
)
def test_any_usual_spelling_is_understood(spelling: str, name: str) -> None:
    """As in the SDK for JavaScript, and as in a header that was copied."""
    assert portkey.headers(**{spelling: "x"}) == {f"x-portkey-{name}": "x"}


def test_two_spellings_of_one_option_are_refused() -> None:
    """Two headers of the same name would reach the gateway; neither value is told."""
    with pytest.raises(TypeError, match="api_key and apiKey are the same option") as caught:
        portkey.headers(api_key=KEY, apiKey="another")
    assert KEY not in str(caught.value)


def test_a_misspelt_option_is_warned_of() -> None:
    """It would go as a header that nobody reads; one that is just unknown goes without a word."""
    with pytest.warns(PreflightWarning, match=r"virtual_kye: .*is virtual_key meant\?") as caught:
        assert portkey.headers(virtual_kye="vk") == {"x-portkey-virtual-kye": "vk"}
    assert caught[0].filename == __file__
    assert portkey.headers(vertex_region="us") == {"x-portkey-vertex-region": "us"}


# ---- metadata ---------------------------------------------------------------------------------------------------


def test_metadata_holds_texts_of_at_most_128_characters() -> None:
    """The key is named, with what was measured, the limit and the way out; 128 are fine."""
    assert portkey.headers(metadata={"note": "x" * MAX_METADATA_CHARACTERS})
    with pytest.raises(ValueError, match=r"metadata\['note'\] has 129 characters, the limit is 128; give") as caught:
        portkey.headers(metadata={"note": "x" * (MAX_METADATA_CHARACTERS + 1)})
    assert "xxx" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "told"),
    [(3, "a number, .* give it as text: '3'"), (True, "a bool, .*: 'true'"), (None, "null"), (["a"], "a list")],
)
def test_metadata_that_is_no_text_is_refused(value: object, told: str) -> None:
    """Portkey refuses it; how to write it is said."""
    with pytest.raises(TypeError, match=rf"metadata\['n'\] is {told}"):
        portkey.headers(metadata={"n": value})


@pytest.mark.parametrize("metadata", ["_user: ada", "[1]", 7])
def test_metadata_that_is_no_mapping_is_refused(metadata: object) -> None:
    """The gateway would ignore it in silence."""
    with pytest.raises(TypeError, match="metadata: give a mapping of strings"):
        portkey.headers(metadata=metadata)


@given(st.dictionaries(st.text(), st.text(max_size=128), max_size=5))
def test_any_text_in_metadata_survives(metadata: dict[str, str]) -> None:
    """Whatever its letters, the header is printable ASCII and reads the same."""
    (value,) = portkey.headers(metadata=metadata).values()
    assert value.isascii()
    assert value.isprintable()
    assert json.loads(value) == metadata


# ---- limits -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("timeout", [0, 30, 99, -1, 99.0, "30"])
def test_a_timeout_meant_in_seconds_is_refused(timeout: object) -> None:
    """Nobody answers in 30 ms; what was meant is said."""
    with pytest.raises(ValueError, match="is in milliseconds, at least 100"):
        portkey.headers(request_timeout=timeout)
    assert portkey.headers(request_timeout=100) == {"x-portkey-request-timeout": "100"}


@pytest.mark.parametrize("timeout", [True, 100.5, "soon", float("inf"), float("nan"), [1000]])
def test_a_timeout_is_a_whole_number(timeout: object) -> None:
    """Anything else would be no timeout, in silence."""
    with pytest.raises(ValueError, match="give whole milliseconds"):
        portkey.headers(request_timeout=timeout)


def test_headers_over_16_kb_are_refused_with_the_way_out() -> None:
    """The gateway would answer 431 without a word; what is largest is named, and room is left for the others."""
    roomy = {"retry": {"attempts": 1}, "name": "x" * (MAX_HEADER_BYTES - 1024 - 100)}
    assert portkey.headers(config=roomy)
    config = {**roomy, "name": "x" * (MAX_HEADER_BYTES - 1024)}
    with pytest.raises(ValueError, match=r"15,\d\d\d bytes, the limit is 15,360 of 16,384; x-portkey-config") as caught:
        portkey.headers(config=config, trace_id="run-7")
    assert "save the config in Portkey and give its id" in str(caught.value)
    with pytest.raises(ValueError, match="x-portkey-metadata alone is"):
        portkey.headers(metadata={str(number): "x" * 128 for number in range(120)})


@pytest.mark.parametrize(
    "options",
    [
        {"api_key": f"{KEY}\n{KEY}"},
        {"authorization": f"“{KEY}”"},
        {"api_key": KEY, "metadata": {"key": [KEY]}},
        {"config": f'{{"api_key": "{KEY}"'},
        {"config": {"api_key": [KEY]}},
        {"config": {"strategy": {"mode": "zig"}, "targets": [{"provider": "openai", "api_key": KEY}]}},
        {"config": {"provider": {"api_key": KEY}, "virtual_key": {KEY: KEY}}},
        {"api_key": KEY.encode()},
        {"api_key": KEY, "request_timeout": 1},
        {"authorization": KEY, "span_name": "x" * 17_000},
    ],
)
def test_no_key_is_in_an_error(options: dict[str, Any]) -> None:
    """Neither in its message, nor in one that led to it."""
    with pytest.raises((TypeError, ValueError)) as caught:
        portkey.headers(**options)
    error: BaseException | None = caught.value
    while error:
        assert KEY not in str(error)
        assert KEY not in "".join(traceback.format_exception_only(error))
        assert KEY not in str(getattr(error, "doc", ""))
        error = error.__cause__ or error.__context__
