"""The fast count of a text is the count of ctok, for every text."""

import random
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claude_kit.estimate import alphabet, exact

pytestmark = pytest.mark.skipif(not exact.is_installed(), reason="ctok needs Python 3.12")

TOKENIZERS = ("v3", "v4.7", "v4.8")
MARKERS = "\ufdd0\ufdd1\ufdd2\ufdd3\ufdd4"

# What has rules of its own in ctok, each the smallest there is of it.
ODD = (
    *("'", "''", "'s", "'ll", "'S", "'x", "’ll", "“", "”", "(", "()", ", ", ". ", "!", "—", "…", "!=", "): ", "、"),
    *("。", "，", "！", "（", "·", "№", "√", "½", "²", "²,", "१²", "१\ufe0f"),
    *("①", "٣", "१", "００", "𝟎", "7", "123", "1234567", "3.14"),
    *("〇", " ", "  ", "   ", "\t", "\n", "\n\n", " \n", "\n ", "\r\n", "\u3000", "\xa0", "\u2009", "\u2028", "\0"),
    *("\x02", "\x7f", "\x85", "\ue000", "\uf8ff", "\ud800", "\udfff", "\ufeff", "\u200b", "\u200d", "\xad", "\uffff"),
    *("\U0010ffff", *MARKERS, "⟨", "⟩", "⟨bow⟩", "⟨0xE4⟩"),
    *("\u0301", "\u0308", "\u094d", "\u0bcd", "\u0e33", "\u0e4d\u0e32", "\u3099", "\ufe0f", "\u20e3", "\U000e0100"),
    *("\u0711", "\u0730", "\u0740", "\u0cf3", "\u05b0", "\u064b", "\u0345"),
    *("中", "文", "々", "한", "ᄒ", "カ", "ー", "ヶ", "〒", "😀", "👩‍👧", "❤️", "🇨🇭", "𠀀", "𝒜"),
    *("a", "A", "Ab", "AB", "ABC", "ABCD", "ABCDE", "aB", "AbC", "x", "ß", "ẞ", "İ", "ı", "ǅ", "Σ", "ΟΔΟΣ", "ς"),
    *("ϴ", "ℂ", "ⓐ", "Ⓐ", "Ⅷ", "ⅷ", "ᛮ", "ʰ", "ª", "ﬁ", "Ǉ", "é", "e\u0301", "É", "ÉTÉ", "Éa", "ж", "Ж", "ЖЖЖЖ", "ა"),
    *("Ა", "ש", "ب", "क", "क्या", "தமிழ்", "ก็", "ខ្មែរ", "မြန်", "ܐܰ", "\u1c89", "\ua7cb", "\u0264"),
    *("the ", " a ", "Hello", "HTTPServer", "snake_case", "self.", "don't", "rock 'n' roll", "x 'REXX", "'90s"),
)  # fmt: skip

# Sources of programs and of prose in many scripts, and what a program that extracts text makes of them.
FILES = sorted(Path(sysconfig.get_paths()["stdlib"]).glob("[a-z]*.py"))[::12]
DECLARATION = Path(__file__).parent.parent / "data" / "udhr.toml"


def assert_counted_as_ctok_does(text: str) -> None:
    for tokenizer in TOKENIZERS:
        assert exact.count(text, tokenizer) == exact.plain_count(text, tokenizer), (tokenizer, text[:200])


# ------------------------------------------------------------------------------------------------------- any text


@given(st.text(st.characters(exclude_categories=()), max_size=60))
@settings(max_examples=100, deadline=None)
def test_any_str_is_counted_as_ctok_does(text: str) -> None:
    """Whatever a str can hold, halves of surrogate pairs and unassigned code points too, has ctok's number."""
    assert_counted_as_ctok_does(text)


@given(st.lists(st.sampled_from(ODD), max_size=14).map("".join))
@settings(max_examples=300, deadline=None)
def test_what_has_its_own_rules_is_counted_as_ctok_does(text: str) -> None:
    """Quotes, marks, digits, spaces, accents and scripts have ctok's number in any order."""
    assert_counted_as_ctok_does(text)


@given(st.lists(st.sampled_from([*"abSt'.,( \n15", "\u0301", "中", "ⓐ"]), max_size=12).map("".join))
@settings(max_examples=300, deadline=None)
def test_what_stands_side_by_side_is_counted_as_ctok_does(text: str) -> None:
    """A few characters of each kind have ctok's number beside any other."""
    assert_counted_as_ctok_does(text)


@given(st.lists(st.text("etaoinsrhl", min_size=4, max_size=24) | st.text("=-.#*_", max_size=40), max_size=6))
@settings(max_examples=200, deadline=None)
def test_rare_words_and_rulers_are_counted_as_ctok_does(words: list[str]) -> None:
    """Made of many pieces that overlap, a word or a run of marks has ctok's number, the longest piece first or not."""
    assert_counted_as_ctok_does(" ".join(words))


@pytest.mark.parametrize("name", ["v3", "v4.7"])
def test_the_longest_piece_each_time_is_taken_only_where_it_is_the_fewest(name: str) -> None:
    """What is certain of a word is what a search finds; some words are not certain, so that both ways are trodden."""
    exact.count("a", "v3" if name == "v3" else "v4.8")
    vocabulary = exact._vocabulary(name)
    chance = random.Random(0)
    streams = [f"{exact._BEGIN}{''.join(chance.choices('etaoinsrhl', k=12))}{exact._END}" for _ in range(500)]
    in_turn = [vocabulary._fewest_in_turn(stream) for stream in streams]
    found = [vocabulary._fewest_found(stream) for stream in streams]
    assert all(certain in (0, fewest) for certain, fewest in zip(in_turn, found, strict=True))
    assert 0 < in_turn.count(0) < len(streams) / 4


@pytest.mark.parametrize("odd", ODD, ids=ascii)
def test_each_oddity_is_counted_in_every_place(odd: str) -> None:
    """Alone, at the ends of a message, of a line and of a word, beside spaces and marks: ctok's number."""
    for before, after in product(
        ("", " ", "a", "a ", "\n", "1", "(", "'"), ("", " ", "a", " a", "\n", "1", ")", "'s ")
    ):
        assert_counted_as_ctok_does(f"{before}{odd}{after}")


@pytest.mark.parametrize("seed", range(4))
def test_every_beginning_and_end_is_counted_as_ctok_does(seed: int) -> None:
    """Cut anywhere, a text of oddities has ctok's number on either side."""
    text = "".join(random.Random(seed).choices(ODD, k=40))
    for at in range(len(text)):
        assert_counted_as_ctok_does(text[:at])
        assert_counted_as_ctok_does(text[at:])


@pytest.mark.parametrize("dropped", ["\r", "\x02", "\r\x02\r"])
def test_what_is_dropped_leaves_no_seam(dropped: str) -> None:
    """An accent is not composed with the letter before it, a word goes on, and a number too."""
    for text in (f"e{dropped}\u0301 a", f"wo{dropped}rd", f"12{dropped}345", f" {dropped} a", f"{dropped} a{dropped}"):
        assert_counted_as_ctok_does(text)


@pytest.mark.parametrize(
    "around", ["{}", "a{} b", "({}) {}%", "\xa0{}\xa0", "٣{}", "{}²", "{}\ufe0f\u20e3", "第{}章", "é{}'s"]
)
def test_one_number_costs_what_another_of_its_length_does(around: str) -> None:
    """Whatever its digits are, and what stands beside it."""
    for number in (
        "0",
        "7",
        "10",
        "99",
        "404",
        "1000",
        "65536",
        "123456",
        "9876543",
        "1,234.56",
        "00012",
        "2026-10-27",
    ):
        assert_counted_as_ctok_does(around.replace("{}", number))


@pytest.mark.parametrize("newlines", [*range(1, 40), 130, 300])
def test_newlines_at_the_end_are_counted_as_ctok_does(newlines: int) -> None:
    """They are one run with the two that follow a message, so that 28 are free and 29 are not."""
    for text in ("", "a", "a.", "中 "):
        assert_counted_as_ctok_does(text + "\n" * newlines)


# ------------------------------------------------------------------------------------------------------ whole texts


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_sources_are_counted_as_ctok_does(path: Path) -> None:
    """A module of the standard library has ctok's number."""
    assert_counted_as_ctok_does(path.read_text(encoding="utf-8")[:20_000])


def test_prose_in_hundreds_of_languages_is_counted_as_ctok_does() -> None:
    """The Universal Declaration of Human Rights has ctok's number, with the line ends of a PDF and broken words too."""
    declaration = DECLARATION.read_text(encoding="utf-8")[:150_000]
    assert_counted_as_ctok_does(declaration)
    assert_counted_as_ctok_does(
        declaration.replace("\n", "\r\n").replace("tion", "ti\x02on").replace(" the", "\xa0the")
    )


@pytest.mark.parametrize(
    "unit", ["a", "A", "é", "=", "- ", " ", "\n", "\t", "0", "0,", "中", "😀", "\u0301", "'s", "aB1"]
)
def test_a_mile_of_one_thing_is_counted_as_ctok_does(unit: str) -> None:
    """Ten thousand times the same is no trap, in a word or in marks."""
    assert_counted_as_ctok_does(unit * 10_000)


def test_what_was_counted_before_does_not_matter() -> None:
    """A text has the same number after others in other scripts, and after the memory was full."""
    text = "An “ⓐ’s” test of 12,345 things: naïve café, 中文，日本語. It's what it's — isn't it?\n"
    first = [exact.count(text, tokenizer) for tokenizer in TOKENIZERS]
    for block in range(0, 0x3000, 0x100):
        exact.count("".join(map(chr, range(block, block + 0x100))), "v4.8")
    assert [exact.count(text, tokenizer) for tokenizer in TOKENIZERS] == first


def test_threads_share_what_they_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """While one thread forgets all, others count on, and all numbers are right."""
    monkeypatch.setattr(exact, "_REMEMBERED", 20 * exact._PLACE)
    exact._vocabulary.cache_clear()
    texts = [" ".join(f"{word}{number}, it's" for word in ("naïve", "Words", "§ (a)")) for number in range(200)]
    expected = [exact.plain_count(text, "v3") for text in texts]
    with ThreadPoolExecutor(4) as threads:
        for counted in threads.map(lambda _: [exact.count(text, "v3") for text in texts], range(8)):
            assert counted == expected


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Words beyond what is remembered, and those too long to be, are counted all the same."""
    monkeypatch.setattr(exact, "_REMEMBERED", 50 * exact._PLACE)
    exact._vocabulary.cache_clear()
    words = [f"{chr(97 + number % 26)}{'bcdfg'[number % 5] * (number % 7)}" for number in range(500)]
    assert_counted_as_ctok_does(f"{' '.join(words)} {'x' * 10_000} {'=' * 10_000} a, b; c! d")
    for name in ("v3", "v4.7"):
        for remembered in (exact._vocabulary(name).part_costs, exact._vocabulary(name).stream_costs):
            assert 0 < len(remembered) <= 50
            assert max(map(len, remembered)) < 10_000


# ------------------------------------------------------------------------------------------------ what it rests on


@pytest.mark.parametrize("name", ["v3", "v4.7"])
def test_what_is_settled_is_left_alone_by_normalization(name: str) -> None:
    """Of two characters that have nothing to normalize, none has in any order."""
    vocabulary = exact._vocabulary(name)
    settled = [character for character in exact._COMMON if vocabulary.settled.fullmatch(character)]
    assert set("az09 \t\n'éßğ’—…≠") <= set(settled)
    assert not set("\xa0\x7f\u2126") & set(settled)
    text = "".join(f"{one}{other}" for one in settled for other in settled[::7])
    assert vocabulary.normalize(text) == text


def kind(character: str) -> str:
    """Tell the kind of a character as far as pieces are concerned: numbers beyond ASCII join marks."""
    if character.isspace():
        return character
    found = alphabet.kind(character)
    return "digit" if "0" <= character <= "9" else "mark" if found == "other" else found


@pytest.mark.parametrize("name", ["v3", "v4.7"])
def test_no_piece_reaches_beyond_its_kind(name: str) -> None:
    """A piece begins a word at its own beginning, ends it at its own end, and is of one kind; a sign is one alone."""
    for piece in exact._vocabulary(name).pieces:
        inner = piece.lstrip(exact._CAPITAL + exact._CAPITALS).removeprefix(exact._BEGIN).removesuffix(exact._END)
        assert not set(inner) & set(MARKERS), piece
        if inner.startswith("'") and inner[1:].isalpha():
            continue  # a quote and its ending: they are never set apart
        kinds = {kind(character) for character in inner}
        assert len(kinds) <= 1, piece
        assert kinds != {"sign"} or len(inner) == 1, piece


@pytest.mark.parametrize("name", ["v3", "v4.7"])
def test_three_digits_are_a_token(name: str) -> None:
    """Any one to three ASCII digits are a piece, and no four are."""
    pieces = exact._vocabulary(name).pieces
    assert all(f"{number:0{size}}" in pieces for size in (1, 2, 3) for number in range(10**size))
    assert max(len(piece) for piece in pieces if piece.isascii() and piece.isdigit()) == 3


def test_the_release_of_ctok_is_one_that_was_compared() -> None:
    """Beside any other release counting takes ten times as long: once the tests above pass, it is added to the list."""
    assert metadata.version("ctok") in exact._COMPARED


def test_beside_another_release_ctok_counts_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is taken for granted of a release that was not compared."""
    monkeypatch.setattr(exact, "_COMPARED", frozenset({"0.0"}))
    exact._vocabulary.cache_clear()
    assert_counted_as_ctok_does("It's what it's: 12,345 things.")
    assert exact._vocabulary.cache_info().currsize == 0
