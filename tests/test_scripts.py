"""The widgets' JavaScript has types, written in its comments, and they are right."""

import importlib
import pkgutil

import pytest

import claude_kit.panels
import claude_kit.view
from claude_kit.view.island import Island
from tests import typescript

pytestmark = pytest.mark.typescript


def widgets() -> list[type[Island]]:
    """Return every widget of the package."""
    for package in (claude_kit.view, claude_kit.panels):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    found = list(Island.__subclasses__())
    for kind in found:
        found += kind.__subclasses__()
    return [kind for kind in found if kind.__module__.startswith("claude_kit.")]


def test_every_widget_is_found() -> None:
    """The answer and the three panels: a check of none would be no check."""
    names = {kind.__name__ for kind in widgets()}
    assert {"ChatPanel", "CostExplorer", "PdfInspector"} < names


@pytest.mark.parametrize("widget", widgets(), ids=lambda kind: kind.__name__)
def test_a_widget_s_script_has_right_types(widget: type[Island]) -> None:
    """TypeScript's strict check finds nothing in the module as it was written."""
    assert typescript.check(widget._esm.written) == []


def test_a_wrong_type_is_found() -> None:
    """The check does check."""
    assert typescript.check("/** @param {number} n */ export function half(n) { return n.length / 2; }")
