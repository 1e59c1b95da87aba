"""An answer on a real page: what a browser and MathJax make of it."""

import pytest

from tests.jupyter import LabPage
from tests.render.attacks import ATTACKS

pytestmark = pytest.mark.browser

SHOW = """
from IPython.display import HTML, display
from claude_kit.render.answer import Answer, Call, Said, Source, Thought

def html(text):
    pieces = (Thought(text), Call(text, text, text), Said(text, (Source(text, text, text),)))
    return Answer(pieces, text, (text,), problem=text, notes=(text,)).bundle()["text/html"]

def show(*texts):  # in one output: JupyterLab shows no more than 50 of a cell
    display(HTML("".join(map(html, texts))))
"""
UNWANTED = "script, img, svg, iframe, meta, form, input, [style], [onclick], [onerror], [onload]"
RUNS = 'window.pwned = "yes"'
FORMULAS = r"""show(r'''
It costs $5 and $10, or US$6; $HOME is a variable, `$x$` is code, \\(a\\) is text, \begin{equation}x\end{equation} too.

Where $a_1 * b_1$ and $\frac{1}{2}$ meet, $E$ equals 5:

$$
a
+ b
$$

| $x_y$ | cost |
|-------|-----:|
| 1     | $5   |

$\href{javascript:window.pwned}{x}$ and $\style{color:red}{y}$
''')"""


def test_attacks_do_not_run(lab_page: LabPage) -> None:
    """In a cell that was just run, which Jupyter trusts: nothing runs, nothing is fetched, no link leads astray."""
    attacks = [attack.replace("alert(1)", RUNS) for attack in ATTACKS]
    lab_page.open(lab_page.lab.write("attacks.ipynb", [SHOW, f"show(*{attacks!r})"]))
    lab_page.run_all()
    outputs = lab_page.outputs(1)
    assert outputs.locator(".ck-answer").count() == len(attacks)
    unwanted = outputs.locator(f".ck :is({UNWANTED}):not(mjx-container, mjx-container *)")
    assert unwanted.evaluate_all("all => all.map(one => one.outerHTML)") == []
    links = outputs.locator(".ck a[href]").evaluate_all("links => links.map(link => link.href)")
    assert links
    assert {link.partition(":")[0] for link in links} <= {"http", "https", "mailto"}
    for link in outputs.locator(".ck a:not([href])").all():
        link.click()
    assert lab_page.page.evaluate("window.pwned") is None
    assert lab_page.outside_requests == []


def test_mathjax_typesets_the_formulas_and_nothing_else(lab_page: LabPage) -> None:
    """Prices, code and unsafe TeX stay text; in a paragraph, a block and a table's head formulas are formulas."""
    lab_page.open(lab_page.lab.write("formulas.ipynb", [SHOW, FORMULAS]))
    lab_page.run_all()
    outputs = lab_page.outputs(1)
    outputs.locator("mjx-container").nth(4).wait_for()
    assert outputs.locator("mjx-container").count() == 5
    text = outputs.locator(".ck-answer").inner_text()
    assert "It costs $5 and $10, or US$6; $HOME is a variable, $x$ is code" in text
    assert r"\href{javascript:window.pwned}{x}" in text
    assert outputs.locator("mjx-container a").count() == 0
