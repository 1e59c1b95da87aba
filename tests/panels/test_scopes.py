"""Outputs share one page, and so do their style sheets: each rules its own things, and nobody else's."""

import re
from collections.abc import Iterator
from importlib.resources import files

import pytest

from claude_kit.panels.chatting import ChatPanel
from claude_kit.panels.exploring import CostExplorer
from claude_kit.panels.inspecting import PdfInspector
from claude_kit.view.island import Island
from claude_kit.view.live import _Widget

# What each sheet rules wherever it stands. Any other class that it names, it rules within one of these.
THINGS = {
    "base": {"ck-num", "ck-dim", "ck-tag", "ck-is-ok", "ck-is-note", "ck-is-warning", "ck-is-error", "ck-is-offline"},
    "table": {"ck-table", "ck-caption"},
    "card": {"ck-card"},
    "answer": {"ck-thinking", "ck-call", "ck-locked", "ck-note", "ck-answer", "ck-sources", "ck-status", "ck-problem"},
    "page": {"ck-page", "ck-page-facts"},
}
WIDGETS = {
    _Widget: ({"ck-live"}, {"base", "answer"}),
    ChatPanel: ({"ck-chat", "ck-live"}, {"base", "answer", "card", "table"}),
    CostExplorer: ({"ck-explorer"}, {"base", "table"}),
    PdfInspector: ({"ck-inspector"}, {"base", "card"}),
}


def sheet(name: str) -> str:
    """Return one of the sheets of `claude_kit.render`."""
    return files("claude_kit.render").joinpath("css", f"{name}.css").read_text(encoding="utf-8")


def selectors(css: str) -> Iterator[str]:
    """Yield every selector."""
    for before in re.findall(r"([^{}]+)\{", re.sub(r"/\*.*?\*/", "", css, flags=re.S)):
        if not before.strip().startswith("@"):
            yield from (one.strip() for one in re.split(r",(?![^(]*\))", before))


def ruled_anywhere(css: str) -> set[str]:
    """Return the classes that a sheet rules in any of the kit's frames: those that its selectors begin with."""
    found = set()
    for selector in selectors(css):
        within = re.sub(r"^(\[data-jp[^ ]*|html\[[^ ]*|\.vscode-dark) ", "", selector)
        within = re.sub(r"^\.ck(?![\w-])\s*", "", within)
        first = re.match(r"(?:[^\s(]|\([^)]*\))*", within)
        assert first is not None
        found |= set(re.findall(r"\.(ck-[\w-]+)", first[0]))
    return found


@pytest.mark.parametrize("name", THINGS)
def test_a_sheet_rules_its_own_things(name: str) -> None:
    """A class that one thing names rules within that thing, however plain its name is."""
    assert ruled_anywhere(sheet(name)) <= THINGS[name]


@pytest.mark.parametrize("widget", WIDGETS, ids=lambda kind: kind.__name__)
def test_a_widget_s_sheet_rules_the_widget(widget: type[Island]) -> None:
    """Its own rules begin with its own class, or that of an answer within it."""
    roots, held = WIDGETS[widget]
    shared = {thing for name in held for thing in THINGS[name]}
    assert ruled_anywhere(str(widget._css)) <= shared | roots


@pytest.mark.parametrize("widget", WIDGETS, ids=lambda kind: kind.__name__)
def test_a_widget_names_nothing_as_another_s_thing(widget: type[Island]) -> None:
    """What its script makes is not called like what a sheet rules that it has not asked for."""
    _, held = WIDGETS[widget]
    named = set(re.findall(r"\bck-[a-z-]+\b", widget._esm))
    foreign = {thing for name, things in THINGS.items() if name not in held for thing in things}
    assert named & foreign == set()


def test_a_class_that_rules_too_far_is_found() -> None:
    """The check does check."""
    loose = ".ck .ck-bar { height: 6px } .ck .ck-table .ck-row, .ck :is(.ck-one, b .ck-two) { color: red }"
    assert ruled_anywhere(loose) == {"ck-bar", "ck-table", "ck-one", "ck-two"}
