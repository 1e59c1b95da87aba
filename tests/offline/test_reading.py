"""What is read off a document: its heading and its first sentence, as a person would point at them."""

import time

import pytest

from claude_kit.offline.reading import Opening, opening

SENTENCE = "The year was better than any of us had dared to hope."
WRAPPED = "The year was better than any of us had dared\r\nto hope. It ended well."


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ([f"Annual report\r\n2026\r\n{WRAPPED}"], Opening("Annual report", SENTENCE)),
        (["Annual report\r\n51.2 m\r\n+13.0 %", WRAPPED], Opening("Annual report", SENTENCE)),
        ([WRAPPED], Opening("", SENTENCE)),
        ([f"Dear Ms Lovelace,\r\n{WRAPPED}"], Opening("", SENTENCE)),
        (["Annual report"], Opening("Annual report", "")),
        (["Short."], Opening("", "Short.")),
        ([f"# Annual report\n\n{SENTENCE}"], Opening("Annual report", SENTENCE)),
        (["", "  \r\n", f"Annual report\r\n{SENTENCE}"], Opening("Annual report", SENTENCE)),
        (
            ["Report\r\nDr. Ada Lovelace, who wrote the first program, was born in 1815. More follows."],
            Opening("Report", "Dr. Ada Lovelace, who wrote the first program, was born in 1815."),
        ),
        (["Report\r\n" + "年" * 45 + "。" + "月" * 45 + "。"], Opening("Report", "年" * 45 + "。")),
        (
            ["Report\r\nA word that is hyphen\x02ated at the end of its line, and a full stop."],
            Opening("Report", "A word that is hyphenated at the end of its line, and a full stop."),
        ),
        ([], Opening()),
        ([""], Opening()),
    ],
)
def test_finds_the_heading_and_the_first_sentence(pages: list[str], expected: Opening) -> None:
    """Dates and figures are no sentences, prose is no heading, and a line's end ends neither."""
    assert opening(pages) == expected


def test_a_thousand_pages_without_a_full_stop_are_read_quickly() -> None:
    """Looking for a sentence that is not there takes time in proportion to the text."""
    page = "\r\n".join(["words without any end, as tables and old poems have"] * 50)
    before = time.process_time()
    assert opening([page] * 1000).sentence == ""
    assert time.process_time() - before < 5, "in proportion it takes a fraction of a second, squared some twenty"
