"""Configs: what a gateway would refuse or pass over is said before it is asked; betas are kept."""

import copy
import json
from typing import Any

import pytest

from claude_kit.errors import PreflightWarning
from claude_kit.wire import portkey

OWN = "http://localhost:8787/v1"
TARGET = {"provider": "anthropic", "api_key": "k"}
FALLBACK = {"strategy": {"mode": "fallback"}, "targets": [TARGET]}


def split(*targets: dict[str, Any], **strategy: Any) -> dict[str, Any]:
    """Return a config of one strategy with these targets."""
    return {"strategy": {"mode": "fallback", **strategy}, "targets": list(targets) or [TARGET]}


def conditional(query: object = None, then: object = "a", **strategy: Any) -> dict[str, Any]:
    """Return a config that chooses by the metadata."""
    condition = {"query": query or {"metadata.plan": {"$eq": "paid"}}, "then": then}
    asked = {"mode": "conditional", "conditions": [condition], "default": "a", **strategy}
    return split({**TARGET, "name": "a"}, **asked)


# a config that will not do, the nearest one that will, where it fails, and how badly
CASES = [
    (split(mode="zig"), split(mode="loadbalance"), "strategy.mode", "error"),
    ({**FALLBACK, "strategy": {}}, FALLBACK, "strategy.mode", "error"),
    ({**FALLBACK, "targets": []}, FALLBACK, "targets", "error"),
    ({"strategy": {"mode": "single"}, **TARGET}, TARGET, "targets", "error"),
    ({"targets": [TARGET]}, FALLBACK, "strategy", "error"),
    (split(on_status_codes=["429"]), split(on_status_codes=[429]), "strategy.on_status_codes", "error"),
    (split(on_status_codes=429), split(on_status_codes=[]), "strategy.on_status_codes", "error"),
    (split({**TARGET, "weight": "1"}), split({**TARGET, "weight": 0.5}), "targets[0].weight", "error"),
    (split({**TARGET, "weight": 0}, mode="loadbalance"), split({**TARGET, "weight": 0}), "targets", "error"),
    (
        split({**TARGET, "weight": 0}, mode="loadbalance"),
        split({**TARGET, "weight": 0}, TARGET, mode="loadbalance"),
        "targets",
        "error",
    ),
    (conditional(then="b"), conditional(), "strategy.conditions[0].then", "error"),
    (conditional(default="b"), conditional(), "strategy.default", "error"),
    (split({**TARGET, "name": "a"}, mode="conditional", default="a"), conditional(), "strategy.conditions", "error"),
    (
        conditional({"metadata.plan": {"$is": "paid"}}),
        conditional({"metadata.plan": "paid"}),
        "strategy.conditions[0].query.metadata.plan",
        "error",
    ),
    (
        conditional({"$or": [{"params.model": {"$like": "x"}}]}),
        conditional({"$or": [{"params.model": {"$regex": "x"}}]}),
        "strategy.conditions[0].query.$or[0].params.model",
        "error",
    ),
    ({"retry": {}}, {"retry": {"attempts": 0}}, "retry.attempts", "error"),
    ({"retry": {"attempts": "3"}}, {"retry": {"attempts": 3}}, "retry.attempts", "error"),
    ({"cache": {"mode": "full"}}, {"cache": {"mode": "simple", "max_age": 60}}, "cache.mode", "error"),
    ({"request_timeout": 30}, {"request_timeout": 100}, "request_timeout", "error"),
    ({**TARGET, "forward_headers": "a"}, {**TARGET, "forward_headers": ["a"]}, "forward_headers", "error"),
    (
        {**TARGET, "strict_open_ai_compliance": "false"},
        {**TARGET, "strict_open_ai_compliance": False},
        "strict_open_ai_compliance",
        "error",
    ),
    (split({**TARGET, "api_key": 7}), split(TARGET), "targets[0].api_key", "error"),
    (
        split({**FALLBACK, "strategy": {"mode": "zig"}}),
        split(FALLBACK),
        "targets[0].strategy.mode",
        "error",
    ),
    ({**TARGET, "requestTimeout": 500}, {**TARGET, "x": 500}, "requestTimeout", "warning"),
    (split({**TARGET, "wieght": 1}), split({**TARGET, "weight": 1}), "targets[0].wieght", "warning"),
    (
        {"retry": {"attempts": 3, "on_status_code": [529]}},
        {"retry": {"attempts": 3}},
        "retry.on_status_code",
        "warning",
    ),
]


@pytest.mark.parametrize(("broken", "sound", "where", "level"), CASES)
def test_what_will_not_do_is_found_where_it_stands(
    broken: dict[str, Any], sound: dict[str, Any], where: str, level: str
) -> None:
    """Place and level are told, with a way out; there is nothing to say of the nearest one that works."""
    (problem,) = portkey.problems(broken)
    assert (problem.where, problem.level) == (where, level)
    assert problem.fix
    assert problem.message.startswith(f"config: {where} ")
    assert portkey.problems(sound) == ()


def test_a_condition_without_a_default_is_warned_of() -> None:
    """A request that meets no condition would be refused."""
    config = conditional()
    del config["strategy"]["default"]
    (problem,) = portkey.problems(config)
    assert (problem.where, problem.level) == ("strategy.default", "warning")


@pytest.mark.parametrize(
    "target",
    [{"virtual_key": "vk"}, {"provider": "@slug"}, {"override_params": {"model": "@slug/claude-sonnet-5-5"}}],
)
def test_a_key_kept_in_portkey_is_for_portkey_alone(target: dict[str, Any]) -> None:
    """The hosted gateway finds it; one's own answers 400, so that is an error there."""
    config = split(target)
    assert portkey.problems(config) == ()
    (problem,) = portkey.problems(config, base_url=OWN)
    assert (problem.where, problem.level) == ("targets[0]", "error")
    assert portkey.problems(split(), base_url=OWN) == ()


def test_a_target_without_a_key_is_noted_or_refused() -> None:
    """Portkey may know one; a gateway of one's own cannot, but for providers whose keys are not called so."""
    config = split({"provider": "anthropic"})
    assert [problem.level for problem in portkey.problems(config)] == ["note"]
    assert [problem.level for problem in portkey.problems(config, base_url=OWN)] == ["error"]
    for keyless in ({"provider": "ollama"}, {"provider": "bedrock", "aws_access_key_id": "k"}):
        assert portkey.problems(split(keyless), base_url=OWN) == ()


def test_how_retry_after_is_spelled_matters_to_ones_own_gateway() -> None:
    """The plural of the documentation is passed over, the singular breaks 429; Portkey takes either."""
    for spelling, told in (("use_retry_after_headers", "passed over"), ("use_retry_after_header", "answers 500")):
        config = {"retry": {"attempts": 3, "on_status_codes": [429], spelling: True}}
        assert portkey.problems(config) == ()
        (problem,) = portkey.problems(config, base_url=OWN)
        assert problem.level == "warning"
        assert told in problem.message


def test_ones_own_gateway_does_not_retry_529_by_itself() -> None:
    """A note says which codes to give."""
    (problem,) = portkey.problems({"retry": {"attempts": 3}}, base_url=OWN)
    assert problem.level == "note"
    assert "529" in problem.fix


# ---- as a header ------------------------------------------------------------------------------------------------


def test_a_config_is_refused_with_all_that_is_wrong() -> None:
    """One sentence a problem."""
    with pytest.raises(ValueError, match=r"strategy\.mode is 'zig'.*\n.*targets is missing"):
        portkey.headers(config={"strategy": {"mode": "zig"}})


def test_what_is_passed_over_is_warned_of_where_it_was_written() -> None:
    """The warning points to the line that built the headers."""
    with pytest.warns(PreflightWarning, match="requestTimeout is no field.* Write request_timeout") as caught:
        portkey.headers(config={"requestTimeout": 500, **TARGET})
    assert caught[0].filename == __file__


@pytest.mark.parametrize("value", ["{x", "[1]", "saved-7", 7, [1]])
def test_what_is_no_config_is_refused(value: object) -> None:
    """Neither a mapping, nor JSON of one, nor an id."""
    with pytest.raises(TypeError, match="config: "):
        portkey.headers(config=value)


def test_an_empty_config_is_refused() -> None:
    """The gateway would answer 400."""
    with pytest.raises(ValueError, match=r"config: it is empty\. Leave it out"):
        portkey.headers(config={})


def test_a_saved_config_is_for_portkey_alone() -> None:
    """One's own gateway knows no ids."""
    assert portkey.config("pc-1") == "pc-1"
    with pytest.raises(ValueError, match="a gateway of your own does not know"):
        portkey.config("pc-1", base_url=OWN)


def test_the_slash_after_a_host_is_removed_in_every_target() -> None:
    """The gateway would ask ``//messages``; the caller's mapping stays as it is."""
    given = split({**TARGET, "custom_host": "http://127.0.0.1:9/v1/"})
    before = copy.deepcopy(given)
    sent = json.loads(portkey.config(given))
    assert sent["targets"][0]["custom_host"] == "http://127.0.0.1:9/v1"
    assert given == before


# ---- betas ------------------------------------------------------------------------------------------------------


def test_betas_are_put_into_every_target_that_is_claude() -> None:
    """In nested ones too, beside their own, not into another provider's; the caller's mapping stays as it is."""
    given = split(
        {"provider": "openai", "api_key": "k"},
        {**TARGET, "anthropic_beta": "own,a"},
        {"virtual_key": "vk"},
        split({"provider": "@anthropic-prod"}),
    )
    before = copy.deepcopy(given)
    openai, claude, virtual, nested = portkey.with_betas(given, ["a", "b"])["targets"]
    assert given == before
    assert "anthropic_beta" not in openai
    assert claude["anthropic_beta"] == "own,a,b"
    assert virtual["anthropic_beta"] == "a,b"
    assert nested["targets"][0]["anthropic_beta"] == "a,b"


def test_betas_go_into_a_config_only_where_the_header_would_be_ignored() -> None:
    """Where it names a provider or targets; and only if there are any."""
    retry = {"retry": {"attempts": 3}}
    assert portkey.with_betas(retry, ["a"]) == retry
    assert portkey.with_betas(TARGET, ["a"]) == {**TARGET, "anthropic_beta": "a"}
    assert portkey.with_betas(FALLBACK, []) == FALLBACK


def test_headers_keep_betas_in_the_config_by_themselves() -> None:
    """However both are given."""
    for config in (FALLBACK, json.dumps(FALLBACK)):
        built = portkey.headers(config=config, anthropic_beta=["a", "b"])
        assert json.loads(built["x-portkey-config"])["targets"][0]["anthropic_beta"] == "a,b"
        assert built["x-portkey-anthropic-beta"] == "a,b"
