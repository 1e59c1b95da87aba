"""Message Batches: what goes in, what comes out, and that nothing on the way is lost."""

import asyncio
import gc
import json
import pickle
import weakref
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import anthropic
import pytest
from hypothesis import given
from hypothesis import strategies as st

import claude_kit as ck
from claude_kit.client.batches import AsyncBatches, Batch, Batches, Results, operations
from claude_kit.client.batches.known import handing_in
from claude_kit.client.batches.requests import entries, grouped, named
from claude_kit.client.batches.results import outcome, read
from claude_kit.client.batches.states import State
from claude_kit.offline import serve
from claude_kit.offline.exchange import Request
from claude_kit.wire.body import Base64, size
from claude_kit.wire.body import encode as written
from tests.client.driving import KEY, MODEL, AsyncDriver, Driver, encode

QUESTIONS = ["What is 1 + 1?", "What is 2 + 2?", "What is 3 + 3?"]


@pytest.fixture
def received() -> list[Request]:
    """Return what the server will have received."""
    return []


@pytest.fixture
def client(received: list[Request]) -> Iterator[ck.Client]:
    """Return a client of a server on this machine whose batches end at the second look."""
    with serve(log=received, batch_polls=1) as address, ck.Client.anthropic(KEY, base_url=address) as client:
        yield client


@pytest.fixture
def batches(client: ck.Client) -> Batches:
    """Return the batches of that client."""
    return Batches(Driver(client), encode)


def split(client: ck.Client, questions: list[str], **limits: int) -> Batch:
    """Submit questions under smaller limits than the API's."""
    submission = operations.Submission()
    given = entries(named(questions), encode, {})
    Driver(client)(operations.submit(given, submission, **limits))
    return Batch(Driver(client), submission.states, submission.names)


# ---- from questions to answers ------------------------------------------------------------------------------------


def test_answers_come_in_the_order_of_submission(batches: Batches) -> None:
    """Each id has its answer, in the order of the requests, though the API gives them in another."""
    results = batches.submit(QUESTIONS).wait().results()
    assert list(results) == ["r-000001", "r-000002", "r-000003"]
    assert all(isinstance(reply, ck.Reply) and reply.complete for reply in results.values())
    assert "2 + 2" in results["r-000002"].text


def test_requests_leave_as_a_single_one_would_without_its_stream(batches: Batches, received: list[Request]) -> None:
    """What the batch holds of a request is the body that `send` would send, but for ``stream``."""
    photo = ck.text(
        "seven words are in this little file",
    )
    batches.submit([[photo, "How many words?"]], ids=["words"], system="Be brief.")
    (sent,) = received
    (request,) = json.loads(sent.body)["requests"]
    whole = encode({"messages": [{"role": "user", "content": [photo, "How many words?"]}], "system": "Be brief."})
    assert request["custom_id"] == "words"
    assert request["params"] == {name: value for name, value in json.loads(written(whole)).items() if name != "stream"}


def test_an_answer_costs_half(batches: Batches) -> None:
    """The price of a reply from a batch is the batch price, though the message itself is the same."""
    reply = batches.submit(QUESTIONS[:1]).wait().results()["r-000001"]
    standard = ck.Reply(usage=ck.Usage({**reply.usage, "service_tier": "standard"}), model=reply.model)
    assert reply.cost * 2 == standard.cost > 0


def test_names_may_be_the_keys_of_a_mapping(batches: Batches) -> None:
    """A mapping of name to request needs no ids; requests may be whole ones, messages, or questions."""
    results = (
        batches.submit(
            {
                "whole": {"messages": [{"role": "user", "content": "What is 1 + 1?"}], "max_tokens": 7},
                "message": {"role": "user", "content": "What is 2 + 2?"},
                "question": "What is 3 + 3?",
            }
        )
        .wait()
        .results()
    )
    assert list(results) == ["whole", "message", "question"]
    assert results["whole"].usage.output_tokens <= 7
    assert not results.errors


def test_the_results_are_those_that_the_sdk_reads(client: ck.Client, batches: Batches) -> None:
    """The anthropic SDK gets the same messages of the same batch."""
    batch = batches.submit(QUESTIONS).wait()
    address = client.base_url.removesuffix("/v1")
    with anthropic.Anthropic(api_key=KEY, base_url=address) as sdk:
        theirs = {line.custom_id: line.result.message for line in sdk.messages.batches.results(batch.id)}
    for name, reply in batch.results().items():
        assert reply.id == theirs[name].id
        assert reply.text == theirs[name].content[0].text


def test_async_batches_do_the_same(client: ck.Client) -> None:
    """Submitting, waiting, finding again and canceling are the same with ``await``."""

    async def all_of_it() -> tuple[Results, str, int, Results]:
        batches = AsyncBatches(AsyncDriver(client), encode)
        batch = await batches.submit(QUESTIONS)
        results = await (await batch.wait()).results()
        again = await batches.get(batch.id)
        stopped = await (await (await batches.submit(QUESTIONS)).cancel()).wait()
        return results, again.status, len(await batches.list()), await stopped.results()

    results, status, number, canceled = asyncio.run(all_of_it())
    assert [reply.complete for reply in results.values()] == [True] * 3
    assert (status, number) == ("ended", 2)
    assert {error.type for error in canceled.errors.values()} == {"canceled"}


# ---- what goes in -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ids", "says"),
    [
        (["a", "b c", "d"], r"'b c' of request 2: the API takes 1 to 64"),
        (["a", "", "d"], r"'' of request 2"),
        (["a", "x" * 65, "d"], r"of request 2"),
        (["a", "ü", "d"], r"of request 2"),
        (["a", "b", "a"], r"'a' of request 3: another request has it"),
        (["a", "b"], r"no id number 3"),
        (["a", "b", "c", "d"], r"no request number 4"),
    ],
)
def test_an_id_that_the_api_refuses_is_named(
    batches: Batches, received: list[Request], ids: list[str], says: str
) -> None:
    """Ids are 1 to 64 letters, digits, - and _, unique, and as many as requests; else nothing is sent."""
    with pytest.raises(ValueError, match=says):
        batches.submit(QUESTIONS, ids=ids)
    assert not received


def test_an_id_of_64_characters_is_taken(batches: Batches) -> None:
    """The longest id that the API takes is sent."""
    assert list(batches.submit(["Hello"], ids=["x" * 64]).wait().results()) == ["x" * 64]


@pytest.mark.parametrize("single", ["Hello", {"messages": [{"role": "user", "content": "Hello"}]}, 7])
def test_a_single_request_is_no_list_of_requests(batches: Batches, single: Any) -> None:
    """A string or a request in place of a list is refused, before its letters or fields become requests."""
    with pytest.raises(TypeError, match="give a list of requests"):
        batches.submit(single)


@pytest.mark.parametrize(
    ("request_", "says"), [({"model": MODEL}, 'no "messages"'), ({"messages": [], "speed": "fast"}, "not offered")]
)
def test_a_request_that_is_none_is_named(batches: Batches, received: list[Request], request_: Any, says: str) -> None:
    """What no batch can hold is refused before anything is sent, and the error says which request it is."""
    with pytest.raises((TypeError, ValueError), match=says) as caught:
        batches.submit([*QUESTIONS, request_])
    assert "r-000004" in f"{caught.value}{getattr(caught.value, '__notes__', '')}"
    assert not received


def test_nothing_to_submit_is_said(batches: Batches) -> None:
    """An empty list becomes no batch."""
    with pytest.raises(ValueError, match="no request"):
        batches.submit([])


@given(
    sizes=st.lists(st.integers(0, 400), max_size=30),
    max_requests=st.integers(1, 9),
    max_bytes=st.integers(700, 2000),
)
def test_groups_are_as_large_as_the_limits_allow(sizes: list[int], max_requests: int, max_bytes: int) -> None:
    """No group is over either limit, none has room for the next request, and all requests are in them, in order."""
    given = [{"custom_id": str(at), "params": {"data": Base64(bytes(size))}} for at, size in enumerate(sizes)]
    groups = list(grouped(iter(given), max_requests=max_requests, max_bytes=max_bytes))
    assert [entry for group in groups for entry in group] == given
    for at, group in enumerate(groups):
        assert 0 < len(group) <= max_requests
        assert len(written({"requests": group})) <= max_bytes
        if at + 1 < len(groups) and len(group) < max_requests:
            # One that would have just fitted may be left to the next: two characters are kept for a comma.
            assert size({"requests": [*group, groups[at + 1][0]]}) > max_bytes - 2


def test_a_request_larger_than_any_batch_is_refused() -> None:
    """A request that no batch could hold is named, with its size and the limit."""
    given = [{"custom_id": "big", "params": {"data": Base64(bytes(3000))}}]
    with pytest.raises(ck.RequestTooLargeError, match=r"'big' is 4 KB, and a whole batch at most 1 KB"):
        list(grouped(given, max_bytes=1000))


def test_several_batches_look_like_one(client: ck.Client) -> None:
    """What is too much for one batch is in several, which are waited for, counted and read together."""
    batch = split(client, QUESTIONS, max_requests=2)
    assert len(batch.ids) == 2
    assert repr(batch).endswith("3 requests in 2 batches, in progress>")
    with pytest.raises(ValueError, match=r"in 2 batches: msgbatch\w+, msgbatch\w+; see \.ids"):
        batch.id  # noqa: B018
    batch.wait()
    assert (batch.status, batch.counts.succeeded, batch.counts.total) == ("ended", 3, 3)
    assert list(batch.results()) == ["r-000001", "r-000002", "r-000003"]


def test_only_one_batch_is_held_in_memory(client: ck.Client) -> None:
    """While a batch is put together, nothing is held of those that were sent before."""

    class Body(dict[str, Any]):
        __hash__ = object.__hash__  # type: ignore[assignment]

    alive: weakref.WeakSet[Body] = weakref.WeakSet()
    most: list[int] = []

    def watched(given: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for entry in given:
            body = Body(entry["params"])
            alive.add(body)
            gc.collect()
            most.append(len(alive))
            yield {"custom_id": entry["custom_id"], "params": body}
            del body, entry

    submission = operations.Submission()
    given = watched(entries(named([f"What is {n} + {n}?" for n in range(8)]), encode, {}))
    Driver(client)(operations.submit(given, submission, max_requests=2))
    assert len(submission.states) == 4
    assert max(most) == 3  # a group, and the request that does not fit into it


def test_what_had_been_submitted_is_said_when_the_rest_fails(client: ck.Client) -> None:
    """If a later request is refused, the error says which batches are at work, for they will be billed."""
    submission = operations.Submission()

    def questions() -> Iterator[str]:
        yield from QUESTIONS
        raise OSError("the disk is gone")

    given = entries(named(questions()), encode, {})
    with pytest.raises(OSError, match="the disk is gone") as caught, handing_in(submission):
        Driver(client)(operations.submit(given, submission, max_requests=2))
    (note,) = caught.value.__notes__
    assert note == f"2 requests had been submitted by then: client.batches.get('{submission.states[0].id}')"


# ---- waiting ------------------------------------------------------------------------------------------------------


def test_it_is_asked_for_ever_more_rarely() -> None:
    """The pauses between two looks grow from a second to a minute."""
    with serve(batch_polls=15) as address, ck.Client.anthropic(KEY, base_url=address) as client:
        driver = Driver(client)
        Batches(driver, encode).submit(QUESTIONS).wait()
    assert driver.pauses[0] == 1
    assert driver.pauses == sorted(driver.pauses)
    assert driver.pauses[-1] == 60


def test_a_wait_outlives_failures(received: list[Request]) -> None:
    """While it is waited for, an overloaded API or a lost connection is no reason to stop."""
    faults = [None, "status=529", "status=500", "status=429", None]
    with (
        serve(faults=faults, log=received) as address,
        ck.Client.anthropic(KEY, base_url=address, max_retries=0) as client,
    ):
        batch = Batches(Driver(client), encode).submit(QUESTIONS).wait()
    assert batch.status == "ended"


def test_a_wait_ends_where_the_api_refuses_to_tell() -> None:
    """An error that will not pass, such as a key that was taken back, is raised."""
    with serve(faults=[None, "status=401"]) as address, ck.Client.anthropic(KEY, base_url=address) as client:
        batch = Batches(Driver(client), encode).submit(QUESTIONS)
        with pytest.raises(ck.AuthenticationError):
            batch.wait()


def test_a_wait_that_takes_too_long_says_how_to_go_on() -> None:
    """After the timeout nothing is lost: the error says how to wait again, here and in another session."""
    with serve(batch_polls=99) as address, ck.Client.anthropic(KEY, base_url=address) as client:
        driver = Driver(client)
        batch = Batches(driver, encode).submit(QUESTIONS)
        with pytest.raises(TimeoutError, match=rf"Nothing is lost.*client\.batches\.get\('{batch.id}'\)"):
            batch.wait(timeout=10)
    assert sum(driver.pauses) == 10


def test_an_interrupted_wait_says_how_to_go_on(client: ck.Client) -> None:
    """Ctrl-C ends the wait, not the batch: the message says how to wait again."""
    driver = Driver(client, interrupted_at=0)
    batch = Batches(driver, encode).submit(QUESTIONS)
    with pytest.raises(KeyboardInterrupt, match=rf"the batch is not\. .*client\.batches\.get\('{batch.id}'\)"):
        batch.wait()
    driver.interrupted_at = None
    assert len(batch.wait().results()) == 3


# ---- what comes out -----------------------------------------------------------------------------------------------


def test_errors_stand_in_their_places(batches: Batches) -> None:
    """A request that failed has its error in the place of its answer, and only `raise_for_errors` raises it."""
    results = batches.submit(["Hello", {"messages": [], "model": MODEL}], ids=["good", "bad"]).wait().results()
    assert isinstance(results["good"], ck.Reply)
    assert isinstance(results["bad"], ck.BadRequestError)
    assert (list(results.replies), list(results.errors)) == (["good"], ["bad"])
    with pytest.raises(ck.BadRequestError) as caught:
        results.raise_for_errors()
    assert caught.value.__notes__ == ["This is request bad."]


def test_results_without_errors_go_on(batches: Batches) -> None:
    """`raise_for_errors` returns the results where each request has an answer."""
    results = batches.submit(QUESTIONS).wait().results()
    assert results.raise_for_errors() is results


@pytest.mark.parametrize("kind", ["canceled", "expired"])
def test_what_was_never_processed_is_an_error_that_costs_nothing(kind: str) -> None:
    """Canceled and expired requests are errors of that type, which say so."""
    error = outcome({"type": kind})
    assert isinstance(error, ck.APIError)
    assert error.type == kind
    assert "costs nothing" in str(error)
    assert Results({"a": error}).cost == 0


@pytest.mark.parametrize("line", [{}, {"type": "new"}, {"type": "succeeded"}, {"type": "errored"}, None, 7, []])
def test_a_result_of_a_kind_not_known_is_an_error(line: Any) -> None:
    """Whatever the results say, reading them raises nothing."""
    (pair,) = read([{"custom_id": "a", "result": line}, {"result": line}, line])
    assert pair[0] == "a"
    assert isinstance(pair[1], ck.APIError)


def test_an_error_keeps_what_the_api_said() -> None:
    """Class, words and request id of an error are the API's."""
    told = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}, "request_id": "req_1"}
    error = outcome({"type": "errored", "error": told})
    assert isinstance(error, ck.OverloadedError)
    assert (error.message, error.request_id) == ("Overloaded", "req_1")


def test_a_batch_that_is_at_work_has_no_results_yet(batches: Batches) -> None:
    """Asked too early, `results` says how many are being processed, and what to do."""
    with serve(batch_polls=9) as address, ck.Client.anthropic(KEY, base_url=address) as client:
        batch = Batches(Driver(client), encode).submit(QUESTIONS)
        with pytest.raises(ck.ClaudeKitError, match=r"3 of 3 requests are being processed.*batch\.wait\(\)"):
            batch.results()


def test_results_that_were_taken_away_are_said_to_be() -> None:
    """After 29 days a batch has no results; the error says since when."""
    told = {"id": "msgbatch_1", "processing_status": "ended", "archived_at": "2026-09-18T18:37:24.100435Z"}
    steps = operations.results([State.of(told)], None)
    with pytest.raises(ck.ClaudeKitError, match=r"msgbatch_1: its results were taken away on 2026-09-18"):
        next(steps)


def test_a_request_that_the_results_leave_out_is_marked(batches: Batches) -> None:
    """An id without a result is an error in its place, not a gap."""
    batch = batches.submit(QUESTIONS).wait()
    batch.names = (*batch.names, "lost")
    results = batch.results()
    assert list(results) == [*batch.names]
    assert results["lost"].type == "missing"


def test_a_key_never_goes_to_the_address_that_a_batch_names(client: ck.Client) -> None:
    """Results are asked for where the batch was, whatever ``results_url`` says."""
    driver = Driver(client)
    batch = Batches(driver, encode).submit(QUESTIONS).wait()
    batch.results()
    assert driver.calls[-1] == ("GET", f"/messages/batches/{batch.id}/results")


def test_results_become_a_frame(batches: Batches) -> None:
    """One row a request, with status, tokens, dollars, text and error."""
    results = batches.submit(["Hello", {"messages": []}], ids=["good", "bad"]).wait().results()
    frame = results.to_frame().set_index("id")
    assert list(frame["status"]) == ["succeeded", "errored"]
    assert frame.loc["good", "input_tokens"] == results["good"].usage.input_tokens
    assert frame.loc["good", "cost_usd"] == pytest.approx(float(results.cost))
    assert frame["error"].isna().to_list() == [True, False]
    assert frame["input_tokens"].isna().to_list() == [False, True]


# ---- stopping, finding again --------------------------------------------------------------------------------------


def test_a_canceled_batch_ends_without_answers(batches: Batches) -> None:
    """What had not been processed is canceled, and says so; canceling what has ended changes nothing."""
    batch = batches.submit(QUESTIONS).cancel()
    assert batch.status == "canceling"
    assert {error.type for error in batch.wait().results().errors.values()} == {"canceled"}
    assert batch.cancel().status == "ended"


def test_a_deleted_batch_is_gone(batches: Batches) -> None:
    """After `delete` the API knows it no more."""
    batch = batches.submit(QUESTIONS).wait()
    batch.delete()
    with pytest.raises(ck.NotFoundError):
        batches.get(batch.id)


def test_a_batch_is_found_again_by_its_id(client: ck.Client, batches: Batches) -> None:
    """In another session the id is enough, and numbered requests come in their order."""
    known = batches.submit(QUESTIONS)
    with ck.Client.anthropic(KEY, base_url=client.base_url) as another:
        found = Batches(Driver(another), encode).get(known.id)
        assert list(found.wait().results()) == ["r-000001", "r-000002", "r-000003"]


def test_a_saved_batch_keeps_its_order_and_no_key(batches: Batches, tmp_path: Path) -> None:
    """The file holds ids and names, nothing of the key or the requests; read again, the results are in order."""
    batch = batches.submit(QUESTIONS, ids=["b", "c", "a"]).wait()
    batch.save(tmp_path / "batch.json")
    kept = (tmp_path / "batch.json").read_text()
    assert KEY not in kept
    assert "What is" not in kept
    again = batches.load(tmp_path / "batch.json")
    assert (again.id, list(again.results())) == (batch.id, ["b", "c", "a"])


@pytest.mark.parametrize("kept", ["", "[]", "{}", '{"ids": 1, "names": null}'])
def test_another_file_is_no_batch(batches: Batches, tmp_path: Path, kept: str) -> None:
    """A file that `save` did not write is refused by name."""
    (tmp_path / "other.json").write_text(kept)
    with pytest.raises(ValueError, match=r"other\.json: is not what batch\.save"):
        batches.load(tmp_path / "other.json")


def test_a_batch_is_not_pickled(batches: Batches) -> None:
    """Pickling would take the client along; the error names what there is instead."""
    with pytest.raises(TypeError, match=r"batch\.save\(path\)"):
        pickle.dumps(batches.submit(QUESTIONS))


def test_the_newest_batches_are_listed_over_several_pages(batches: Batches, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list goes on page after page, newest first, and ends where it was asked to."""
    made = [batches.submit(["Hello"]).id for _ in range(5)]
    monkeypatch.setattr(operations, "_PAGE", 2)
    assert [batch.id for batch in batches.list()] == made[::-1]
    assert [batch.id for batch in batches.list(limit=3)] == made[:1:-1]


# ---- what it would cost, how it looks -----------------------------------------------------------------------------


def test_a_forecast_is_the_sum_of_half_priced_estimates(batches: Batches) -> None:
    """Tokens and dollars are those that `claude_kit.estimate` says of each request with ``batch=True``."""
    told = batches.estimate(QUESTIONS, model=MODEL, max_tokens=100, expect_output=10)
    each = [ck.estimate(question, model=MODEL, max_tokens=100, expect_output=10, batch=True) for question in QUESTIONS]
    assert told.requests == 3
    assert told.input_tokens == sum(one.input_tokens for one in each)
    assert told.cost == sum(one.cost for one in each)
    assert told.cost_range[1] == sum(one.cost_range[1] for one in each)


def test_a_forecast_keeps_a_budget(batches: Batches) -> None:
    """A batch that could cost more than the budget is refused before it is submitted; one that cannot goes on."""
    told = batches.estimate(QUESTIONS, model=MODEL, max_tokens=100)
    assert told.require(max_usd=Decimal(1)) is told
    with pytest.raises(ck.BudgetExceeded, match="the budget is"):
        told.require(max_usd=Decimal("0.000001"))


def test_a_batch_shows_itself_as_a_table(client: ck.Client) -> None:
    """In a notebook and in a terminal: how many in which state, until when, and how it is found again."""
    batch = split(client, QUESTIONS, max_requests=2)
    shown = batch._repr_mimebundle_()
    assert "3 requests in 2 batches, in progress" in shown["text/plain"]
    assert f"client.batches.get('{batch.ids[0]}', '{batch.ids[1]}')" in shown["text/plain"]
    assert shown["text/html"].count("<tr") == 1 + 2 + 1
    assert KEY not in str(shown)
    assert all(len(line) <= 72 or "msgbatch" in line for line in batch.to_text(72).splitlines())


def test_results_show_themselves_as_a_table(batches: Batches) -> None:
    """Answers shortened, errors in words, what came together; what is not shown is said to be in the frame."""
    results = batches.submit([*["Say <b>hello</b>"] * 30, {"messages": []}]).wait().results()
    shown = results._repr_mimebundle_()
    assert repr(results).startswith("<Results of 31 requests, 1 errored: $")
    assert "r-000031" in shown["text/plain"]
    assert "11 more: .to_frame()" in shown["text/plain"]
    assert "<b>hello" not in shown["text/html"]
