"""Errors: one tree, each with what a program needs to act on it."""

import copy
import pickle

import pytest

from claude_kit import errors
from claude_kit.errors import APIError, ClaudeKitError

EVERYTHING = [getattr(errors, name) for name in errors.__all__]
ALL = [kind for kind in EVERYTHING if not issubclass(kind, Warning)]
WARNINGS = [kind for kind in EVERYTHING if issubclass(kind, Warning)]


def make(kind: type[ClaudeKitError]) -> ClaudeKitError:
    """Make an error of a kind, with everything it takes."""
    if issubclass(kind, APIError):
        error = kind(
            "Busy.",
            status=529,
            type="overloaded_error",
            advice="Wait.",
            request_id="req_1",
            retry_after=2.5,
            should_retry=True,
            code="too_busy",
        )
        error.reply = "half a reply"  # type: ignore[assignment]
        return error
    if kind is errors.UnknownModelError:
        return kind("no such model", model="claude-x", suggestions=("claude-y",))  # type: ignore[call-arg]
    if kind is errors.PreflightError:
        return kind("too long", report="a report")  # type: ignore[call-arg]
    if kind is errors.StreamInterrupted:
        return kind("cut", reply="half a reply")  # type: ignore[call-arg]
    return kind("a message")


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_every_error_is_of_the_tree_and_explained(kind: type[ClaudeKitError]) -> None:
    """One ``except`` catches all of them, and the drawing of the tree names each."""
    assert issubclass(kind, ClaudeKitError)
    assert kind.__doc__
    assert errors.__doc__ is not None
    assert kind.__name__ in errors.__doc__


@pytest.mark.parametrize("kind", WARNINGS, ids=lambda kind: kind.__name__)
def test_every_warning_is_explained(kind: type[Warning]) -> None:
    """They stand below the tree, and Python's own filters know them as the user's business."""
    assert issubclass(kind, UserWarning)
    assert kind.__doc__
    assert errors.__doc__ is not None
    assert kind.__name__ in errors.__doc__


def test_every_error_of_the_module_is_public() -> None:
    """None is left out of the list that `import *` and the documentation go by."""
    defined = {name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)}
    assert defined == set(errors.__all__)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("again", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))], ids=["copy", "pickle"])
def test_an_error_travels_between_processes(kind: type[ClaudeKitError], again: object) -> None:
    """With its message and everything else it carries: a survey runs in several."""
    error = make(kind)
    error.add_note("while asking about report.pdf")
    copied = again(error)  # type: ignore[operator]
    assert type(copied) is kind
    assert str(copied) == str(error)
    assert vars(copied) == vars(error)


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (errors.ContentError, ValueError),
        (errors.UnknownModelError, LookupError),
        (errors.RequestTimeoutError, TimeoutError),
        (errors.APITimeoutError, TimeoutError),
    ],
)
def test_some_are_built_in_errors_too(kind: type[ClaudeKitError], builtin: type[Exception]) -> None:
    """A wrong value, a missing name and a wait in vain are what Python calls them."""
    assert issubclass(kind, builtin)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (APIError("Busy"), "api_error: Busy"),
        (APIError("Busy.", status=529, type="overloaded_error"), "HTTP 529 overloaded_error: Busy."),
        (APIError("Busy", advice="Wait.", request_id="r1"), "api_error: Busy. Wait. (request r1)"),
        (APIError("Busy.", advice="Wait."), "api_error: Busy. Wait."),
        (APIError("Busy?", advice="Wait."), "api_error: Busy? Wait."),
        (errors.RequestTimeoutError("Slow", status=408, type="timeout_error"), "HTTP 408 timeout_error: Slow"),
        (errors.ConnectionFailed("No route", type="connection_error"), "connection_error: No route"),
    ],
)
def test_an_api_error_says_what_where_and_what_to_do(error: APIError, sentence: str) -> None:
    """Status and type first, then the API's own sentence, the kit's advice, and what support will ask for."""
    assert str(error) == sentence


def test_an_api_error_keeps_what_the_answer_said() -> None:
    """For a program to decide by, without reading the sentence."""
    error = make(errors.OverloadedError)
    assert isinstance(error, errors.ServerError)
    assert (error.status, error.type, error.message) == (529, "overloaded_error", "Busy.")
    assert (error.request_id, error.retry_after) == ("req_1", 2.5)
    assert (error.should_retry, error.code) == (True, "too_busy")
    assert (APIError("Busy").reply, APIError("Busy").should_retry, APIError("Busy").code) == (None, None, None)


def test_what_the_field_calls_one_kind_is_one_kind_here() -> None:
    """Whoever catches the wider class gets the finer one."""
    assert issubclass(errors.UnprocessableEntityError, errors.BadRequestError)
    assert issubclass(errors.APITimeoutError, errors.ConnectionFailed)
    assert issubclass(errors.OverloadedError, errors.ServerError)
