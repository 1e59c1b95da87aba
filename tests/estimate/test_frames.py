"""What the frame of a conversation and its system prompt cost, as recorded requests were billed."""

import pytest

from claude_kit.estimate import count_text, frames
from claude_kit.models import find

OLD, NEW = find("claude-sonnet-4-5"), find("claude-sonnet-5")


@pytest.mark.parametrize(
    ("roles", "old", "new"),
    [("u", 7, 6), ("uau", 13, 10), ("uauau", 19, 14), ("uauauau", 25, 18)],
)
def test_each_turn_has_a_header(roles, old, new):
    """3, 5 and 7 turns are framed by 13, 19 and 25 tokens in the old tokenizer, and fewer in the new one."""
    assert frames.conversation(spelled(roles), OLD).tokens == old
    assert frames.conversation(spelled(roles), NEW).tokens == new


def test_a_single_message_to_opus_4_7_has_the_widest_frame():
    """Opus 4.7 frames a message with 11 tokens."""
    assert frames.conversation(["user"], find("claude-opus-4-7")).tokens == 11


def test_turns_of_one_role_in_a_row_are_one_turn():
    """The API combines them: one token for the seam instead of a header."""
    assert frames.conversation(spelled("uu"), OLD).tokens == 7 + 1
    assert frames.conversation(spelled("uauu"), NEW).tokens == 10 + 1
    assert frames.conversation(spelled("uu"), OLD).method == "measured"


def test_a_prefilled_answer_needs_no_header_of_its_own():
    """Where the last turn is the assistant's, the frame is that of the question alone."""
    assert frames.conversation(spelled("ua"), OLD) == frames.conversation(spelled("u"), OLD)


def test_a_conversation_that_the_assistant_begins_costs_more():
    """One was recorded, 12 tokens above its turns; the range holds both."""
    begun, asked = frames.conversation(spelled("au"), OLD), frames.conversation(spelled("uau"), OLD)
    assert begun.tokens == 10 + 12
    assert begun.low <= asked.tokens - 3 <= begun.high
    assert frames.conversation(spelled("a"), OLD).tokens == 7 - 3


def test_no_message_has_no_frame():
    """Counting a system prompt or tools alone adds nothing."""
    assert frames.conversation([], OLD).tokens == 0


def test_a_system_prompt_costs_its_text():
    """Before Opus 4.6 it costs its own tokens and perhaps one more."""
    system = frames.system(["Answer in French."], OLD)
    alone = count_text("Answer in French.", OLD)
    assert system.tokens == alone
    assert system.high >= alone + 1


@pytest.mark.parametrize("model", ["claude-opus-4-6", "claude-sonnet-4-6", "claude-opus-4-8", "claude-sonnet-5"])
def test_a_system_prompt_costs_one_more_from_4_6_on(model):
    """Sonnet 4.6, Opus 4.8 and Sonnet 5 billed one token between system prompt and conversation."""
    assert frames.system(["Be terse."], find(model)).tokens == count_text("Be terse.", model) + 1


def test_a_system_prompts_own_line_break_is_that_token():
    """A system prompt that ends with a line break was billed without the one more."""
    assert frames.system(["Be terse.\n"], NEW).tokens == count_text("Be terse.\n", NEW)
    last = frames.system(["One.", "Be terse.\n"], NEW).tokens
    assert last == count_text("One.", NEW) + count_text("Be terse.\n", NEW) + 1, "the seam between them alone"


def test_blocks_of_a_system_prompt_are_joined_by_a_token():
    """Two system blocks were billed one token more than their texts."""
    assert frames.system(["One.", "Two."], OLD).tokens == count_text("One.", OLD) + count_text("Two.", OLD) + 1


def spelled(roles: str) -> list[str]:
    return [{"u": "user", "a": "assistant"}[letter] for letter in roles]
