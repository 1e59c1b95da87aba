"""The prompt library, feedback and logs: what is asked of Portkey, and what its answers mean."""

from typing import Any

import pytest

from claude_kit.wire.portkey import Feedback, Prompt, prompts, records

DATA = {
    "model": "claude-sonnet-5-5",
    "n": 1,
    "top_p": 1,
    "max_tokens": 256,
    "temperature": 0,
    "stop": "END",
    "messages": [
        {"role": "system", "content": "You are brief."},
        {"role": "user", "content": "What are ants?"},
    ],
}


def rendered(*messages: dict[str, Any], **parameters: Any) -> Prompt:
    """Return the prompt of a library that says this."""
    data = {"model": "claude-sonnet-5-5", "messages": list(messages), **parameters}
    return prompts.read({"success": True, "data": data})


# ---- asking -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("ants", "ants"),
        ({"a": [1, "é"]}, '{"a": [1, "é"]}'),
        (["a", "b"], '["a", "b"]'),
        (3, "3"),
        (True, "true"),
        ("", ""),
    ],
)
def test_a_variable_is_text_or_json(value: object, written: str) -> None:
    """The library knows texts alone, so anything else is written as JSON, letters as they are."""
    assert prompts.body({"v": value}) == {"variables": {"v": written}}


@pytest.mark.parametrize("value", [None, {1, 2}, object(), float("nan")])
def test_a_variable_that_is_no_json_is_refused(value: object) -> None:
    """Its name is told; `None` would be read as a word."""
    with pytest.raises(TypeError, match=r"variables\['v'\] is "):
        prompts.body({"v": value})


def test_overrides_stand_beside_the_variables() -> None:
    """What is None is left to the library."""
    assert prompts.body(None, max_tokens=9, model=None, stream=False) == {
        "variables": {},
        "max_tokens": 9,
        "stream": False,
    }


def test_a_prompt_id_is_one_piece_of_the_path() -> None:
    """With its version; a slash cannot lead elsewhere, and nothing is no id."""
    assert prompts.completion_path("pp-a@latest") == "/prompts/pp-a@latest/completions"
    assert prompts.render_path("../models") == "/prompts/..%2Fmodels/render"
    for nothing in ("", " "):
        with pytest.raises(ValueError, match="no prompt id"):
            prompts.render_path(nothing)


# ---- reading ----------------------------------------------------------------------------------------------------


def test_a_prompt_is_read_into_the_messages_dialect() -> None:
    """The system prompt is apart, and what else was said stays as it was said."""
    prompt = prompts.read({"success": True, "data": DATA})
    assert prompt == Prompt(
        "claude-sonnet-5-5",
        ({"role": "user", "content": "What are ants?"},),
        "You are brief.",
        256,
        {"n": 1, "top_p": 1, "temperature": 0, "stop": "END"},
    )


def test_a_prompt_can_be_sent_on() -> None:
    """Parameters are translated; sampling, which today's models refuse, goes only if it is asked for."""
    prompt = prompts.read({"success": True, "data": DATA})
    asked = {
        "messages": [{"role": "user", "content": "What are ants?"}],
        "model": "claude-sonnet-5-5",
        "system": "You are brief.",
        "max_tokens": 256,
        "stop_sequences": ["END"],
    }
    assert prompt.request() == asked
    assert prompt.request(model="claude-haiku-4-5", temperature=0) == {
        **asked,
        "model": "claude-haiku-4-5",
        "temperature": 0,
    }


def test_system_and_developer_messages_are_joined_in_order() -> None:
    """Wherever they stand, as the gateway does it; a breakpoint stays."""
    cached = {"type": "text", "text": "Long.", "cache_control": {"type": "ephemeral"}}
    prompt = rendered(
        {"role": "system", "content": [cached]},
        {"role": "user", "content": "Hi"},
        {"role": "developer", "content": "Late."},
    )
    assert prompt.system == (cached, {"type": "text", "text": "Late."})
    assert prompt.messages == ({"role": "user", "content": "Hi"},)
    assert rendered({"role": "user", "content": "Hi"}).system is None


@pytest.mark.parametrize(
    ("part", "block"),
    [
        ({"type": "text", "text": "Hi"}, {"type": "text", "text": "Hi"}),
        (
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}},
        ),
        (
            {"type": "image_url", "image_url": "https://example.com/a.png", "cache_control": {"type": "ephemeral"}},
            {
                "type": "image",
                "source": {"type": "url", "url": "https://example.com/a.png"},
                "cache_control": {"type": "ephemeral"},
            },
        ),
        (
            {"type": "image_url", "image_url": {"url": "data:application/pdf;base64,JVBERi0="}},
            {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="}},
        ),
        (
            {"type": "file", "file": {"file_data": "data:application/pdf;base64,JVBERi0="}},
            {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="}},
        ),
        (
            {"type": "file", "file": {"file_data": "JVBERi0="}},
            {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="}},
        ),
        (
            {"type": "file", "file": {"mime_type": "text/plain", "file_data": "notes"}},
            {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "notes"}},
        ),
        (
            {"type": "file", "file": {"file_url": "https://example.com/a.pdf"}},
            {"type": "document", "source": {"type": "url", "url": "https://example.com/a.pdf"}},
        ),
    ],
)
def test_every_part_becomes_the_block_it_stands_for(part: dict[str, Any], block: dict[str, Any]) -> None:
    """Images and documents in all the shapes that a library may hold."""
    assert rendered({"role": "user", "content": [part]}).messages == ({"role": "user", "content": [block]},)


def test_calls_of_tools_and_their_results_are_translated() -> None:
    """So a prompt may show how a tool is used."""
    call = {"id": "t1", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}}
    tool = {"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object"}}}
    prompt = rendered(
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Let me see.", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "t1", "content": "7"},
        tools=[tool],
        tool_choice={"type": "function", "function": {"name": "f"}},
    )
    _, said, result = prompt.messages
    assert said["content"] == [
        {"type": "text", "text": "Let me see."},
        {"type": "tool_use", "id": "t1", "name": "f", "input": {"x": 1}},
    ]
    assert result == {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "7"}]}
    request = prompt.request()
    assert request["tools"] == [{"name": "f", "description": "d", "input_schema": {"type": "object"}}]
    assert request["tool_choice"] == {"type": "tool", "name": "f"}


@pytest.mark.parametrize(
    "answer", [{}, [], None, {"data": {}}, {"success": False, "data": None}, {"data": {"messages": 1}}]
)
def test_what_is_no_prompt_is_refused(answer: object) -> None:
    """With who keeps prompts at all."""
    with pytest.raises(ValueError, match="only Portkey's own service keeps prompts"):
        prompts.read(answer)


# ---- feedback, logs ---------------------------------------------------------------------------------------------


def test_feedback_is_within_its_range() -> None:
    """From -10 to 10, weighing 0 to 1, both ends included."""
    for value, weight in ((-10, 0), (10, 1), (0, 0.5)):
        assert Feedback("t", value, weight).body() == {"trace_id": "t", "value": value, "weight": weight}
    assert Feedback("t", 1, metadata={"who": "ada"}).body()["metadata"] == {"who": "ada"}


@pytest.mark.parametrize(
    ("trace_id", "value", "weight", "error", "told"),
    [
        ("", 1, 1.0, ValueError, "needs the trace id"),
        (None, 1, 1.0, ValueError, "reply.gateway.trace_id"),
        ("t", 11, 1.0, ValueError, "value=11: feedback is from -10 to 10"),
        ("t", -11, 1.0, ValueError, "value=-11"),
        ("t", 0.5, 1.0, TypeError, "value=0.5: feedback is a whole number"),
        ("t", True, 1.0, TypeError, "value=True"),
        ("t", 1, 1.1, ValueError, "weight=1.1: .* from 0 to 1"),
        ("t", 1, -0.1, ValueError, "weight=-0.1"),
        ("t", 1, "1", TypeError, "weight='1'"),
    ],
)
def test_feedback_out_of_its_range_is_refused(
    trace_id: Any, value: Any, weight: Any, error: type[Exception], told: str
) -> None:
    """Before it is sent, with the range."""
    with pytest.raises(error, match=told):
        Feedback(trace_id, value, weight)


def test_feedback_is_changed_by_its_id() -> None:
    """The same ranges; the id is one piece of the path."""
    assert records.update("a/b", 3, 0.5) == ("/feedback/a%2Fb", {"value": 3, "weight": 0.5})
    with pytest.raises(ValueError, match="by its id"):
        records.update("", 3)
    with pytest.raises(ValueError, match="value=11"):
        records.update("id", 11)


def test_an_answer_that_is_none_to_feedback_is_refused() -> None:
    """The open-source gateway hands feedback on to the provider, who may answer anything."""
    assert records.feedback_ids({"status": "success", "feedback_ids": ["a", "b"]}) == ("a", "b")
    for answer in ({"type": "message"}, [], None):
        with pytest.raises(ValueError, match="only Portkey's own service takes it"):
            records.feedback_ids(answer)


def test_no_key_is_logged() -> None:
    """Headers that hold one are left out, on either side and in any case."""
    keys = {"Authorization": "Bearer k", "x-api-key": "k", "X-Portkey-Api-Key": "k", "content-type": "application/json"}
    told = records.log({"url": "u", "headers": keys}, {"status": 200, "headers": keys}, {"env": "test"})
    assert told == {
        "request": {"url": "u", "headers": {"content-type": "application/json"}},
        "response": {"status": 200, "headers": {"content-type": "application/json"}},
        "metadata": {"env": "test"},
    }
