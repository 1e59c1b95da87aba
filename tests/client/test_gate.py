"""The gate that all requests of a `map` leave through."""

import math

from claude_kit.client.gate import Gate


def gate(most: int = 4) -> Gate:
    """Return a gate without chance."""
    return Gate(most, chance=lambda: 0.0)


def test_as_many_leave_as_are_wanted() -> None:
    """While nothing is refused, only the number under way holds back."""
    assert gate().wait_s(3, now=0.0) == 0
    assert gate().wait_s(4, now=0.0) == math.inf


def test_a_refusal_holds_back_for_as_long_as_it_asks() -> None:
    """Nothing leaves before the time that the answer named; then there is room for one."""
    closed = gate()
    closed.refused(left_at=0.0, now=1.0, retry_after=5.0)
    assert closed.wait_s(0, now=2.0) == 4
    assert closed.wait_s(0, now=6.0) == 0
    assert closed.wait_s(1, now=6.0) == math.inf


def test_each_answer_makes_room_for_one_more() -> None:
    """After a refusal the room grows by one an answer, up to what was wanted."""
    opening = gate(3)
    opening.refused(left_at=0.0, now=1.0, retry_after=1.0)
    rooms = []
    for now in range(2, 6):
        rooms.append(opening.room)
        opening.answered(left_at=float(now))
    assert rooms == [1, 2, 3, 3]


def test_refusals_that_left_together_are_one() -> None:
    """A burst of refusals counts once, and none of its late answers opens the gate early."""
    closed = gate()
    for now in (1.0, 1.1, 1.2):
        closed.refused(left_at=0.0, now=now, retry_after=None)
    assert (closed.refusals, closed.wait_s(0, now=1.2)) == (1, 0.8)
    closed.answered(left_at=0.0)
    assert (closed.refusals, closed.room) == (1, 1)


def test_a_longer_wait_goes_before_a_shorter() -> None:
    """Of several answers the one that asks to wait longest is heeded."""
    closed = gate()
    closed.refused(left_at=0.0, now=1.0, retry_after=9.0)
    closed.refused(left_at=0.0, now=1.1, retry_after=2.0)
    assert closed.wait_s(0, now=2.0) == 8


def test_without_a_word_the_waits_double() -> None:
    """Refusals that name no time are waited for 1, 2, 4 seconds, up to a minute; an answer begins anew."""
    closed, now, waits = gate(), 0.0, []
    for _ in range(8):
        closed.refused(left_at=now, now=now, retry_after=None)
        waits.append(closed.wait_s(0, now))
        now += waits[-1]
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    closed.answered(left_at=now)
    closed.refused(left_at=now, now=now, retry_after=None)
    assert closed.wait_s(0, now) == 1
