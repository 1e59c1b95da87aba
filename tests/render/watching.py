"""How is a page judged that shows what somebody has hidden? By what it ever held, what ran on it, and whom it asked."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.jupyter import LabPage
from tests.render.attacks import ATTACKS

# JupyterLab shows at most 50 outputs of a cell.
AT_A_TIME = 30

# Where the kit's controls stand.
_CONTROLS = ":is(.ck-composer, .ck-actions, .ck-live, .ck-inspector, .ck-explorer) *"

#: Python that makes an answer, to be run in a kernel.
ANSWER = """
import time

def in_pieces(text, size):
    return [text[at : at + size] for at in range(0, len(text), size)]

def said(attack, first, size, pause_s):
    '''It everywhere: cut into deltas, once more across two blocks, as a tool, its result, a citation.'''
    called = {"type": "server_tool_use", "id": f"t{first}", "name": attack, "input": {}}
    blocks = [
        ({"type": "thinking", "thinking": ""}, "thinking_delta", "thinking", attack),
        (called, "input_json_delta", "partial_json", attack),
        ({"type": "text", "text": ""}, "text_delta", "text", attack),
        ({"type": "text", "text": ""}, "text_delta", "text", attack[: len(attack) // 2]),
        ({"type": "text", "text": ""}, "text_delta", "text", attack[len(attack) // 2 :]),
    ]
    for index, (block, kind, field, words) in enumerate(blocks, first):
        yield {"type": "content_block_start", "index": index, "content_block": block}
        for piece in in_pieces(words, size):
            yield {"type": "content_block_delta", "index": index, "delta": {"type": kind, field: piece}}
        time.sleep(pause_s)
        yield {"type": "content_block_stop", "index": index}
        if kind == "input_json_delta":
            found = {"type": "web_search_result", "title": attack, "url": attack, "encrypted_content": "x"}
            result = {"type": "web_search_tool_result", "tool_use_id": f"t{first}", "content": [found]}
            yield {"type": "content_block_start", "index": first + 8, "content_block": result}
            yield {"type": "content_block_stop", "index": first + 8}
    cited = {"type": "page_location", "document_index": 0, "document_title": attack, "cited_text": attack,
             "start_page_number": 1, "end_page_number": 2}
    text = {"type": "text", "text": "so", "citations": [cited]}
    yield {"type": "content_block_start", "index": first + 9, "content_block": text}
    yield {"type": "content_block_delta", "index": first + 9, "delta": {"type": "citations_delta", "citation": cited}}
    yield {"type": "content_block_stop", "index": first + 9}

def answer(attacks, size, pause_s=0.1):
    '''An answer that says each everywhere, and ends in an error that says it too.'''
    started = {"id": "msg_1", "model": attacks[0], "usage": {"input_tokens": 1, "output_tokens": 1}}
    yield {"type": "message_start", "message": started}
    for number, attack in enumerate(attacks):
        yield from said(attack, 10 * number, size, pause_s)
    yield {"type": "error", "error": {"type": attacks[-1], "message": attacks[-1]}}
"""

# Notes what ever stood in an output that must not, however briefly. What `own` matches is the kit's own controls.
_WATCH = """own => {
  window.forbidden = new Set();
  window.most = {};
  const UNWANTED = "script, img:not([src^='data:image/'], [src^='blob:']), iframe, object, embed, link, base, meta, "
    + "form, input, video, audio, template, :is(svg, math):not(mjx-container *), [data-commandlinker-command], "
    + "[id=jupyterapp], [href^='javascript' i], [href^='data' i], [style*='x.test']";
  const SHOWN = ".jp-OutputArea-output .ck";
  const harmless = (one) => (!one.matches(UNWANTED) || (own && one.matches(own)))
    && !one.getAttributeNames().some((name) => name.startsWith("on"));
  const judge = (node) => {
    if (!(node instanceof Element)) return;
    for (const root of node.closest(SHOWN) ? [node] : node.querySelectorAll(SHOWN)) {
      for (const one of [root, ...root.querySelectorAll("*")]) {
        if (!harmless(one)) window.forbidden.add(one.outerHTML.slice(0, 200));
      }
    }
  };
  const look = (changes) => {
    for (const kind of ["ck-live", "ck-composer", "ck-inspector", "ck-explorer"]) {
      window.most[kind] = Math.max(window.most[kind] ?? 0, document.querySelectorAll(`.${kind}`).length);
    }
    for (const {type, target, addedNodes} of changes) {
      if (type === "childList") addedNodes.forEach(judge);
      else if (target.closest(SHOWN) && !harmless(target)) window.forbidden.add(target.outerHTML.slice(0, 200));
    }
  };
  judge(document.body);
  look([]);
  new MutationObserver(look).observe(document.body, {childList: true, subtree: true, attributes: true});
}"""


def watch(page: LabPage, own: str = "") -> None:
    """Begin to watch what a page holds; `own` selects those of the kit's controls that no answer may hold."""
    page.page.evaluate(_WATCH, own)


def most(page: LabPage, kind: str) -> int:
    """Return how many elements of a class of the kit's the page held at most, since it is watched."""
    return int(page.page.evaluate("kind => window.most[kind]", kind))


def harmed(page: LabPage) -> list[object]:
    """Return what the page was made to do, a second later, for what runs late."""
    page.page.wait_for_timeout(1000)
    ran = ["a script of the attack's"] if page.page.evaluate("window.pwned") is not None else []
    return [*ran, *page.page.evaluate("() => [...window.forbidden]"), *page.outside_requests]


def noticed() -> tuple[str, ...]:
    """Return the attacks, so that it is noticed when one runs."""
    return tuple(attack.replace("alert(1)", "window.pwned=1") for attack in ATTACKS)


def chunks(size: int = AT_A_TIME) -> Iterator[Sequence[str]]:
    """Yield them, so many at a time."""
    attacks = noticed()
    for at in range(0, len(attacks), size):
        yield attacks[at : at + size]


def click_through(page: LabPage, cell: int) -> None:
    """Unfold and click what a reader could, but for links that lead to a page of their own, and the kit's controls."""
    page.cell(cell).locator(".ck details").evaluate_all("all => all.forEach(one => { one.open = true; })")
    found = page.cell(cell).locator(f".ck :is(a:not([href]), button, [data-commandlinker-command]):not({_CONTROLS})")
    found.evaluate_all("all => all.forEach(one => one.click())")


def from_a_stranger(page: LabPage, name: str) -> str:
    """Return the name of a copy of what is saved that Jupyter does not trust, as no kernel here has run it."""
    folder: Path = page.lab.root_dir
    saved = json.loads((folder / name).read_text(encoding="utf-8"))
    assert "widgets" not in saved["metadata"]
    saved["cells"][0]["source"] += "\n# from a stranger"  # it is trusted by what it holds
    (folder / "stranger.ipynb").write_text(json.dumps(saved), encoding="utf-8")
    return "stranger.ipynb"
