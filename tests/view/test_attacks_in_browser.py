"""What hides in words, thoughts, tools, names and errors runs nowhere: not while it streams, not when it stays."""

import json
from collections.abc import Iterator

import pytest

from tests.jupyter import LabPage
from tests.render.attacks import ATTACKS

pytestmark = pytest.mark.browser

# JupyterLab shows at most 50 outputs of a cell.
AT_A_TIME = 30

SHOW = """
import contextlib, io, time, warnings
import claude_kit as ck
from PIL import Image

def in_pieces(text, size):
    return [text[at : at + size] for at in range(0, len(text), size)]

def answer(attack, size):
    '''An answer that says it everywhere: cut into deltas, and once more across two blocks.'''
    started = {"id": "msg_1", "model": attack, "usage": {"input_tokens": 1, "output_tokens": 1}}
    yield {"type": "message_start", "message": started}
    called = {"type": "server_tool_use", "id": "t1", "name": attack, "input": {}}
    blocks = [
        ({"type": "thinking", "thinking": ""}, "thinking_delta", "thinking", attack),
        (called, "input_json_delta", "partial_json", attack),
        ({"type": "text", "text": ""}, "text_delta", "text", attack),
        ({"type": "text", "text": ""}, "text_delta", "text", attack[: len(attack) // 2]),
        ({"type": "text", "text": ""}, "text_delta", "text", attack[len(attack) // 2 :]),
    ]
    for index, (block, kind, field, words) in enumerate(blocks):
        yield {"type": "content_block_start", "index": index, "content_block": block}
        for piece in in_pieces(words, size):
            yield {"type": "content_block_delta", "index": index, "delta": {"type": kind, field: piece}}
        time.sleep(0.1)
        yield {"type": "content_block_stop", "index": index}
        if kind == "input_json_delta":
            found = {"type": "web_search_result", "title": attack, "url": attack, "encrypted_content": "x"}
            result = {"type": "web_search_tool_result", "tool_use_id": "t1", "content": [found]}
            yield {"type": "content_block_start", "index": 9, "content_block": result}
            yield {"type": "content_block_stop", "index": 9}
    cited = {"type": "page_location", "document_index": 0, "document_title": attack, "cited_text": attack,
             "start_page_number": 1, "end_page_number": 2}
    said = {"type": "text", "text": "so", "citations": [cited]}
    yield {"type": "content_block_start", "index": 10, "content_block": said}
    yield {"type": "content_block_delta", "index": 10, "delta": {"type": "citations_delta", "citation": cited}}
    yield {"type": "content_block_stop", "index": 10}
    yield {"type": "error", "error": {"type": attack, "message": attack}}

def stream(attacks):
    for number, attack in enumerate(attacks):
        with contextlib.suppress(ck.StreamInterrupted, ck.APIError):
            ck.show(answer(attack, 1 + number % 7))

def name(attacks):
    for attack in attacks:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            part = ck.image(Image.new("RGB", (20, 20)), name=attack)
        display(part, ck.check(part, ck.text("x" * 10, name=attack), model="claude-sonnet-5-5"))
"""

# Notes what a page that is shown ever held, however briefly, that an answer must not hold.
WATCH = """() => {
  window.seenLive = 0;
  window.forbidden = new Set();
  const UNWANTED = "script, img:not([src^='data:image/']), iframe, object, embed, link, base, meta, form, input, "
    + "video, audio, template, :is(svg, math):not(mjx-container *), [onclick], [onerror], [onload], [ontoggle], "
    + "[data-commandlinker-command], [id=jupyterapp], [href^='javascript' i], [href^='data' i]";
  const look = () => {
    window.seenLive = Math.max(window.seenLive, document.querySelectorAll(".ck-live .ck-answer").length);
    for (const answer of document.querySelectorAll(".jp-OutputArea-output .ck")) {
      for (const one of answer.querySelectorAll(UNWANTED)) window.forbidden.add(one.outerHTML.slice(0, 200));
    }
  };
  new MutationObserver(look).observe(document.body, {childList: true, subtree: true, attributes: true});
}"""


def harmed(page: LabPage) -> list[object]:
    """Return what the page was made to do."""
    return [*page.page.evaluate("() => [...window.forbidden]"), *page.outside_requests]


def chunks() -> Iterator[list[str]]:
    """Yield the attacks with something to notice, so many as fit into one cell."""
    attacks = [attack.replace("alert(1)", "window.pwned=1") for attack in ATTACKS]
    for at in range(0, len(attacks), AT_A_TIME):
        yield attacks[at : at + AT_A_TIME]


def click_through(page: LabPage, cell: int) -> None:
    """Unfold and click what a reader could, but for links that lead to a page of their own."""
    page.cell(cell).locator(".ck details").evaluate_all("all => all.forEach(one => { one.open = true; })")
    page.cell(cell).locator(".ck :is(a:not([href]), button, [data-commandlinker-command])").evaluate_all(
        "all => all.forEach(one => one.click())"
    )


@pytest.mark.parametrize("what", ["stream", "name"])
def test_no_attack_runs_live_final_or_reopened(lab_page: LabPage, what: str) -> None:
    """In a cell that Jupyter trusts and in a file that it does not: nothing runs, nothing is asked of anyone."""
    cells = [SHOW, *(f"{what}({attacks!r})" for attacks in chunks())]
    lab_page.open(lab_page.lab.write("attacks.ipynb", cells))
    lab_page.page.evaluate(WATCH)
    lab_page.run_all()
    for cell in range(1, len(cells)):
        lab_page.outputs(cell).locator(".ck").last.wait_for()
        click_through(lab_page, cell)
    lab_page.page.wait_for_timeout(1000)  # for what runs late
    assert lab_page.page.evaluate("window.pwned") is None
    assert harmed(lab_page) == []
    if what == "stream":
        assert lab_page.page.evaluate("window.seenLive") > 0

    # Jupyter trusts a file by what it holds: a word more, and it is a stranger's.
    lab_page.save()
    file = lab_page.lab.root_dir / "attacks.ipynb"
    saved = json.loads(file.read_text(encoding="utf-8"))
    assert "widgets" not in saved["metadata"]
    saved["cells"][0]["source"] += "\n# from a stranger"
    (lab_page.lab.root_dir / "stranger.ipynb").write_text(json.dumps(saved), encoding="utf-8")
    lab_page.open("stranger.ipynb")
    lab_page.page.evaluate(WATCH)
    for cell in range(1, len(cells)):
        lab_page.outputs(cell).locator(".ck").last.wait_for()
        click_through(lab_page, cell)
    lab_page.page.wait_for_timeout(1000)
    assert lab_page.page.evaluate("window.pwned") is None
    assert harmed(lab_page) == []
