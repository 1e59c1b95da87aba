"""A conversation to share: it says all that was said, and nothing in it runs or is fetched."""

import base64
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from claude_kit import Image, Reply, Text, estimate, image, pdf, text
from claude_kit.chat import Step, Turn
from claude_kit.chat.exporting import export
from claude_kit.chat.exporting.tamed import tamed
from claude_kit.chat.keeping.saving import Kept, loads
from claude_kit.render import units
from claude_kit.reply import Usage
from tests.content import making

if TYPE_CHECKING:
    from playwright.sync_api import Browser

MODEL = "claude-sonnet-5-5"
PDF = making.pdf(["one", "two", "three"])
MOST_THUMBNAIL_BYTES = 20_000

# What the document itself folds and dims with.
OWN_HTML = re.compile(r"</?(details|summary|sub|code)>|<details><summary>[^<>]*(<code>[^<>]*</code>)?[^<>]*</summary>")

ATTACKS = (
    "<script>window.pwned = 1</script>",
    "<img src=x onerror='window.pwned = 2'>",
    "<img src='http://evil.test/a.png'>",
    "![seen](http://evil.test/b.png)",
    "[go](javascript:window.pwned=3)",
    "[go](javascript&colon;window.pwned=3)",
    "[go]( <javascript:window.pwned=3>)",
    "[go][it]\n\n[it]: javascript:window.pwned=3",
    "<svg onload='window.pwned = 4'><use href='http://evil.test/c.svg#x'/></svg>",
    "<style>@import 'http://evil.test/d.css'; * { display: none }</style>",
    "<iframe src='http://evil.test/e'></iframe><base href='http://evil.test/'>",
    "<!-- a comment that is never closed",
    "</details></div></main></style></title><script>window.pwned = 5</script>",
    "<meta http-equiv='refresh' content='0;url=http://evil.test/f'>",
    "\"'><script>window.pwned = 6</script>",
    "`` ` <script>window.pwned = 7</script>",
    "```\n<script>window.pwned = 8</script>",
    "\t<script>window.pwned = 13</script>",
    "\t~~~ {=html}\n<script>window.pwned = 14</script>\n~~~\t",
    "```\nclosed\n```\t",
    "    ```\n<details open ontoggle=window.pwned=9>",
    "~~~ {=html}\n<script>window.pwned = 10</script>\n~~~",
    "<a href='javascript:window.pwned=11'>x</a>",
    "# A heading of its own\n\nSetext\n===",
    "[^1-1]: a footnote of its own\n\n[^1-1]",
    "\x1b[2J\u202e\ud800 $x$ \\(y\\)",
    "<?php ?><![CDATA[ > ]]> <!DOCTYPE x>",
    "> ```\nout of the quotation <script>window.pwned = 12</script>",
)


def usage(input_tokens: int = 1000, output_tokens: int = 100, cached: int = 0) -> Usage:
    """Return a usage."""
    fields = {"input_tokens": input_tokens, "output_tokens": output_tokens, "cache_read_input_tokens": cached}
    return Usage(fields)


def reply(*blocks: dict[str, Any] | str, **fields: Any) -> Reply:
    """Return an answer of these blocks; a string is a block of text."""
    given = tuple({"type": "text", "text": block} if isinstance(block, str) else block for block in blocks)
    return Reply(**{"blocks": given, "usage": usage(), "model": MODEL, "stop_reason": "end_turn", **fields})


def turn(*content: Any, answers: tuple[Step, ...] | None = None) -> Turn:
    """Return a question and its answer."""
    parts = tuple(text(item) if isinstance(item, str) else item for item in content)
    return Turn(parts, answers or (Step(reply("Yes.")),))


def kept(*turns: Turn, **fields: Any) -> Kept:
    """Return a conversation in which nothing was replaced."""
    return Kept(**{"model": MODEL, "turns": turns, "log": turns, **fields})


def cited(words: str, first: int, end: int) -> dict[str, Any]:
    """Return text that rests on pages of a report; the end is the page after the last."""
    citation = {"type": "page_location", "document_index": 0, "document_title": "report.pdf", "cited_text": "up 12 %"}
    pages = {"start_page_number": first, "end_page_number": end}
    return {"type": "text", "text": words, "citations": [{**citation, **pages}]}


def everywhere(payload: str) -> Kept:
    """Return a conversation with the same words in every place that others may fill."""
    report = replace(pdf(PDF), name=f"{payload}.pdf", title=payload)
    link = {"type": "image", "source": {"type": "url", "url": payload}}
    chart = replace(image(making.encoded(making.corners(), "PNG")), name=payload, changes=(payload,))
    citation = {"type": "char_location", "document_title": payload, "cited_text": payload, "url": payload}
    call = {"type": "tool_use", "id": "t1", "name": payload, "input": {payload: payload}}
    result = {"type": "tool_result", "tool_use_id": "t1", "content": payload, "is_error": True}
    first = reply(
        {"type": "thinking", "thinking": payload, "signature": payload},
        {"type": "redacted_thinking", "data": payload},
        {"type": "text", "text": payload, "citations": [citation]},
        call,
        model=payload,
        stop_reason="tool_use",
    )
    answers = (Step(first, (result,)), Step(reply(payload, complete=False, problem=payload, model=payload)))
    asked = turn(report, chart, link, Text(payload, payload), payload, answers=answers)
    turns = replace(asked, notes=(payload,)), turn(payload, answers=(Step(reply(payload)),))
    return kept(*turns, settings={"system": payload})


def tokens(markdown: str) -> list[Token]:
    """Return what a program that obeys HTML makes of a document."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    found = parser.parse(markdown)
    return [inner for token in found for inner in (token, *(token.children or ()))]


# ---- what it says ---------------------------------------------------------------------------------------------------


def rich() -> Kept:
    """Return a conversation of all that there is."""
    call = {"type": "tool_use", "id": "t1", "name": "weather", "input": {"city": "Oslo"}}
    result = {"type": "tool_result", "tool_use_id": "t1", "content": "rain"}
    about = reply(
        {"type": "thinking", "thinking": "Let me see.", "signature": "x"},
        {"type": "redacted_thinking", "data": "x"},
        "# Findings\n\nIt grew",
        cited(" by 12 %", 2, 5),
        ".",
        estimate=estimate("Hello", model=MODEL),
    )
    cut = reply("Once", stop_reason="max_tokens")
    return kept(
        turn(
            pdf(PDF, name="report.pdf"), image(making.corners(), name="photo.png"), "What grew?", answers=(Step(about),)
        ),
        turn("Weather?", answers=(Step(reply(call, stop_reason="tool_use"), (result,)), Step(reply("It rains.")))),
        turn("A story", answers=(Step(cut),)),
    )


@pytest.mark.parametrize("form", ["md", "html"])
def test_it_says_what_was_said(form: Any) -> None:
    """Questions, attachments with their size, thinking, answers, calls, cited pages, problems and costs."""
    said = export(rich(), form, title="A lesson")
    for words in (
        *(
            "A lesson",
            "What grew?",
            "report.pdf",
            "3 pages",
            "photo.png",
            "48 × 32 px",
            "Let me see.",
            "keeps encrypted",
        ),
        *("Findings", "It grew", "pp. 2 to 4", "up 12 %", "weather", "Oslo", "rain", "It rains.", "max_tokens"),
        *(MODEL, "3 turns", "Costs", "1,000", "keeps encrypted"),
    ):
        assert words in said.replace("\\_", "_"), words


@pytest.mark.parametrize("form", ["md", "html"])
def test_the_system_prompt_is_told(form: Any) -> None:
    """Folded, before the first question: as one text, and as blocks."""
    for system in ("Answer like\n*a pirate*.", [{"type": "text", "text": "Answer like\n*a pirate*."}]):
        said = export(kept(turn("Why?"), settings={"system": system}), form)
        before = said.partition("Why?</div>" if form == "html" else "> Why?")[0]
        assert "<details" in before
        assert "System prompt" in before
        assert "*a pirate*." in before
    assert "System prompt" not in export(kept(turn("Why?"), settings={"system": None}), form)


@pytest.mark.parametrize("form", ["md", "html"])
def test_a_recorded_answer_says_so(form: Any) -> None:
    """At the top, with the day: nobody takes it for one of now."""
    one, other = (turn("Why?", answers=(Step(reply("Yes.", recorded=day)),)) for day in ("2026-11-23", "2026-11-24"))
    (facts,) = re.findall(r"2 turns.*?(?=\n\n|</p>)", export(kept(one, other), form), re.DOTALL)
    assert "recorded 2026-11-23" in facts
    assert "recorded 2026-11-24" in facts


def test_what_was_before_a_fork_is_not_in_the_sum() -> None:
    """The other conversation has paid for it; its rows say so."""
    before, own = turn("Before?"), turn("Since?")
    said = export(kept(before, own, log=(own,)), "md")
    one = f"| 1,000 | 0 | 100 | {words_of(own)} |"
    assert f"| 1. Before? (from before the fork, not in the sum) {one}" in said
    assert f"| 2. Since? {one}\n| all from the fork on {one}" in said
    facts = said.splitlines()[2]
    assert facts.endswith(words_of(own))


def words_of(asked: Turn) -> str:
    """Return what a turn cost, as Markdown writes it."""
    return f"\\{units.usd(asked.cost)}"


def test_the_bill_is_of_all_that_was_asked() -> None:
    """What was replaced or undone is not told, and counts."""
    stays, replaced = turn("stays"), turn("is gone")
    said = export(kept(stays, log=(replaced, stays)), "md")
    assert "is gone" not in said
    assert "1 more, set aside or failed" in said
    total = said.rstrip().rpartition("\n")[2]
    assert total.endswith(f"\\${2 * stays.cost:.4f} |")
    assert stays.cost > Decimal(0)


def test_a_model_without_a_price_is_no_hindrance() -> None:
    """The bill says that nobody knows."""
    unpriced = turn("Hi", answers=(Step(reply("Hello", model="somebody-elses")),))
    assert "price unknown" in export(kept(unpriced), "md")
    assert "price unknown" in export(kept(unpriced), "html")


def test_json_can_be_loaded_again() -> None:
    """It is all of the conversation, attachments in it."""
    conversation = rich()
    assert loads(export(conversation, "json")) == conversation


def test_another_form_is_refused() -> None:
    """The forms are named."""
    with pytest.raises(ValueError, match='"md", "html" or "json"'):
        export(kept(), "pdf")  # type: ignore[arg-type]


def test_what_is_attached_shows_small() -> None:
    """A picture, and the first page of a PDF, as thumbnails of some kilobytes: not the files themselves."""
    photo = image(making.noise(1200, 900), name="noise.png")
    said = export(kept(turn(photo, pdf(PDF), "What?")), "html")
    pictures = [base64.b64decode(each) for each in re.findall(r'src="data:image/jpeg;base64,([^"]+)"', said)]
    assert len(pictures) == said.count("<img") == 2
    assert max(map(len, pictures)) <= MOST_THUMBNAIL_BYTES
    assert len(said) < photo.size / 10


def test_files_that_are_blocks_already_show_too() -> None:
    """A block of the API is shown as what it carries; of what is elsewhere its address is told, and not followed."""
    source = {"type": "base64", "media_type": "application/pdf", "data": base64.b64encode(PDF).decode()}
    blocks = (
        {"type": "document", "source": source},
        {"type": "image", "source": {"type": "url", "url": "https://example.test/a.png"}},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "bm9uZQ=="}},
        {"type": "text", "text": "and words"},
    )
    page, document = (export(kept(turn(*blocks)), form) for form in ("html", "md"))  # type: ignore[arg-type]
    assert page.count("<img") == 1
    for said in (page, document):
        assert "3 pages" in said
        assert "image https://example.test/a.png" in said
        assert "image that cannot be read" in said
        assert "and words" in said


def test_footnotes_of_two_turns_are_two() -> None:
    """Each number leads to its own pages."""
    answers = (Step(reply(cited("It grew.", 1, 2))),)
    said = export(kept(turn("One", answers=answers), turn("Two", answers=answers)), "md")
    assert "It grew.[^1-1]" in said
    assert "It grew.[^2-1]" in said
    assert said.count("]: report.pdf, p. 1: “up 12 %”") == 2


# ---- what cannot break out ------------------------------------------------------------------------------------------


def assert_harmless(markdown: str, headings: int) -> None:
    """Nothing is obeyed but our own few elements, nothing is fetched, and no heading is forged."""
    assert markdown.encode().decode() == markdown
    found = tokens(markdown)
    html = [token.content.strip() for token in found if token.type in ("html_block", "html_inline")]
    assert [each for each in html if not OWN_HTML.fullmatch(each)] == []
    assert html.count("</details>") == sum(each.startswith("<details>") for each in html)
    assert not [token for token in found if token.type == "image"]
    hrefs = [str(token.attrs["href"]) for token in found if token.type == "link_open"]
    assert [href for href in hrefs if ":" in href and not href.startswith(("http://", "https://", "mailto:"))] == []
    levels = [token.tag for token in found if token.type == "heading_open" and token.level == 0]
    assert levels.count("h1") == 1
    assert levels.count("h2") == headings + 1
    assert levels[-1] == "h2"  # the costs: nothing before has swallowed them
    assert "{=html}" not in "".join(token.info for token in found)


@pytest.mark.parametrize("payload", ATTACKS)
def test_nothing_breaks_out_of_the_document(payload: str) -> None:
    """Wherever it stands, in a question, an answer, thinking, a tool, a name or a title."""
    assert_harmless(export(everywhere(payload), "md", title=payload), 2)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(ATTACKS) | st.text("`~<>[]()!\\\n #=-|*_&:\t^ab/", max_size=12), max_size=5))
def test_nothing_that_is_put_together_breaks_out(pieces: list[str]) -> None:
    """Pieces of markup in any order, closed or not."""
    assert_harmless(export(everywhere("".join(pieces)), "md", title="T"), 2)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("a < b, `<b>` and <https://x.test>", "a < b, `<b>` and <https://x.test>"),
        ("| a | b |\n|---|--:|\n| 1 | 2 |", "| a | b |\n|---|--:|\n| 1 | 2 |"),
        ("```python\nif a < b: <b>\n\tprint()\n```", "```python\nif a < b: <b>\n\tprint()\n```"),
        ("- one\n  - *two*\n\n1. $x^2$", "- one\n  - *two*\n\n1. $x^2$"),
        ("[x](https://x.test/a:b) [y](#part) [z](a/b:c)", "[x](https://x.test/a:b) [y](#part) [z](a/b:c)"),
        ("Title\n===\n\n## Next ##", "### Title\n\n#### Next ##"),
        ("```js\nopen()", "```js\nopen()\n```"),
        ("a <b>c</b> [^1]", "a &lt;b>c&lt;/b> \\[^1]"),
        ("[^1]: https://x.test", "\\[^1]: https://x.test"),
        ("", ""),
    ],
)
def test_what_is_harmless_stays(given: str, shown: str) -> None:
    """Tables, lists, code, formulas and links are as the answer wrote them; headings come below ours."""
    assert tamed(given) == shown


@pytest.mark.parametrize("payload", ATTACKS)
def test_nothing_breaks_out_of_the_page(payload: str) -> None:
    """No element that runs, styles or fetches but the one style of ours, and no attribute that does."""
    conversation = everywhere(payload)
    page = export(conversation, "html", title=payload)
    elements = re.findall(r"<[^<>]*>", page)
    names = {re.split(r"[\s/>]", element.strip("</"), maxsplit=1)[0].lower() for element in elements}
    assert names.isdisjoint({"script", "iframe", "svg", "base", "object", "embed", "form", "link", "input", "video"})
    assert page.count("<style") == 1
    assert [element for element in elements if re.search(r"""\son\w+\s*=""", re.sub(r'"[^"]*"', '""', element))] == []
    assert all(src.startswith("data:image/jpeg;base64,") for src in re.findall(r'\ssrc="([^"]*)"', page))
    hrefs = [href for element in elements for href in re.findall(r'\shref="([^"]*)"', element)]
    assert all(href.startswith(("http://", "https://", "mailto:")) for href in hrefs)
    for closing in ("</main>", "</title>", "</body>", "</style>"):
        assert page.count(closing) == 1


@pytest.mark.browser
@pytest.mark.parametrize("guarded", [True, False])
def test_in_a_browser_nothing_runs_and_nothing_is_fetched(chromium: "Browser", tmp_path: Path, guarded: bool) -> None:
    """With the page's own policy, and without it: what was written is safe by itself."""
    whole = export(everywhere("\n\n".join(ATTACKS)), "html", title="".join(ATTACKS[:3]))
    policy = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
    path = tmp_path / "talk.html"
    path.write_text(whole if guarded else policy.sub("", whole), encoding="utf-8")
    assert len(policy.findall(path.read_text(encoding="utf-8"))) == guarded
    with chromium.new_context(color_scheme="dark") as context:
        fetched: list[str] = []
        trouble: list[str] = []
        context.on("request", lambda request: fetched.append(request.url))
        context.on("console", lambda message: trouble.append(message.text))
        context.on("weberror", lambda error: trouble.append(str(error.error)))
        page = context.new_page()
        page.goto(path.as_uri())
        for summary in page.locator("summary").all():
            summary.click()
        for link in page.locator("a").all():
            assert not (link.get_attribute("href") or "").startswith("javascript")
        page.wait_for_timeout(200)
        assert page.evaluate("() => window.pwned") is None
        assert [url for url in fetched if not url.startswith(("data:", path.as_uri()))] == []
        assert trouble == []
        assert page.locator("main").count() == 1
        assert page.locator(".ck-turn").count() == 2
        assert all(picture.evaluate("each => each.naturalWidth > 0") for picture in page.locator("img").all())
        dark = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
        assert dark == "rgb(16, 20, 24)"


def test_an_image_without_a_picture_is_no_hindrance() -> None:
    """What cannot be shown is named."""
    said = export(kept(turn(Image(b"none", "image/png", 1, 1, "broken.png"), "What?")), "html")
    assert "broken.png" in said
    assert "cannot be shown" in said
