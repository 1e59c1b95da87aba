"""What hides in words, thoughts, tools, names and errors runs nowhere: not while it streams, not when it stays."""

import pytest

from tests.jupyter import LabPage
from tests.render.watching import ANSWER, chunks, click_through, from_a_stranger, harmed, most, watch

pytestmark = pytest.mark.browser

SHOW = f"""
import contextlib, warnings
import claude_kit as ck
from PIL import Image
{ANSWER}
def stream(attacks):
    for number, attack in enumerate(attacks):
        with contextlib.suppress(ck.StreamInterrupted, ck.APIError):
            ck.show(answer([attack], 1 + number % 7))

def name(attacks):
    for attack in attacks:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            part = ck.image(Image.new("RGB", (20, 20)), name=attack)
        display(part, ck.check(part, ck.text("x" * 10, name=attack), model="claude-sonnet-5-5"))
"""


@pytest.mark.parametrize("what", ["stream", "name"])
def test_no_attack_runs_live_final_or_reopened(lab_page: LabPage, what: str) -> None:
    """In a cell that Jupyter trusts and in a file that it does not: nothing runs, nothing is asked of anyone."""
    cells = [SHOW, *(f"{what}({attacks!r})" for attacks in chunks())]
    lab_page.open(lab_page.lab.write("attacks.ipynb", cells))
    watch(lab_page)
    lab_page.run_all()
    for cell in range(1, len(cells)):
        lab_page.outputs(cell).locator(".ck").last.wait_for()
        click_through(lab_page, cell)
    assert harmed(lab_page) == []
    if what == "stream":
        assert most(lab_page, "ck-live") > 0

    lab_page.save()
    lab_page.open(from_a_stranger(lab_page, "attacks.ipynb"))
    watch(lab_page)
    for cell in range(1, len(cells)):
        lab_page.outputs(cell).locator(".ck").last.wait_for()
        click_through(lab_page, cell)
    assert harmed(lab_page) == []
