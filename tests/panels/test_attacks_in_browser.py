"""What hides in names, questions, answers, pages and errors runs in no panel: not while it lives, not saved."""

import pytest

from tests.content import making
from tests.jupyter import LabPage
from tests.render.watching import ANSWER, chunks, click_through, from_a_stranger, harmed, most, noticed, watch

pytestmark = pytest.mark.browser

# The kit's own controls, which no answer may hold.
CONTROLS = (
    ".ck-composer > form, .ck-composer input[type=file], .ck-inspector input:is(.ck-range, [type=checkbox]),"
    " .ck-explorer input:is([type=range], [type=number], [type=radio], [type=checkbox]), svg[role=img]"
)

START = f"""
import contextlib, warnings
warnings.simplefilter("ignore")
import claude_kit as ck
attacks = {noticed()!r}

def everywhere(value, attack, but):
    '''In the place of all words that the kernel tells the page.'''
    if isinstance(value, dict):
        return {{key: one if key in but else everywhere(one, attack, but) for key, one in value.items()}}
    if isinstance(value, (list, tuple)):
        return [everywhere(one, attack, but) for one in value]
    return attack if isinstance(value, str) else value

def tell(panel, attack, but="", *names):
    for name in names:
        setattr(panel, name, everywhere(getattr(panel, name), attack, but.split()))

def hear(panel, *messages):
    for message, *buffers in messages:
        panel._handle_custom_msg(message, buffers)
"""

# ---- a conversation ---------------------------------------------------------------------------------------------

CHAT = (
    START + ANSWER,
    """
import json
import httpx
from PIL import Image

coming, refused = [attacks[at : at + 12] for at in range(0, len(attacks), 12)], []

def answered(request):
    if refused:
        error = {"type": refused[0], "message": refused[0]}
        return httpx.Response(400, json={"type": "error", "error": error})
    events = answer(coming.pop(), 1 + len(coming), 0.02)
    lines = (f"event: {event['type']}\\ndata: {json.dumps(event)}\\n\\n".encode() for event in events)
    return httpx.Response(200, headers={"content-type": "text/event-stream"}, content=lines)

client = ck.Client.anthropic("sk-ant-test", transport=httpx.MockTransport(answered), max_retries=0)
panel = ck.ChatPanel("claude-sonnet-5-5", client=client, max_tokens=1000)
panel
""",
    # errors of the API, and of the panel
    """
for refused[:] in zip(attacks):
    with contextlib.suppress(ck.APIError):
        panel.ask("x").result()
    wrong = ({"k": "fork", "at": refused[0]}, {"k": "set", "name": refused[0], "value": refused[0]})
    hear(panel, *zip((*wrong, {"k": "set", "name": "model", "value": refused[0]}, {"k": "branch", "at": refused[0]})))
refused.clear()
assert panel.chat.turns == ()
""",
    # questions with files, answers
    """
picture = Image.new("RGB", (20, 20))
for some in list(coming):
    files = [part for name in some for part in (ck.text("x", name=name), ck.image(picture, name=name))]
    with contextlib.suppress(ck.APIError):
        panel.ask("\\n\\n".join(some), *files).result()
assert len(panel.chat.turns) == 8, panel.chat.turns
""",
    # files that are attached, system prompt, forks, and whatever words there are besides
    """
panel.chat.system, panel.chat.budget = "\\n".join(attacks), 0.5
hear(panel, [{"k": "fork", "at": 3}], [{"k": "branch", "at": 0}])
for number, name in enumerate(attacks):
    data = (b"%PDF-1.7", b"words", b"")[number % 3]
    hear(panel, [{"k": "chunk", "id": f"f{number}", "at": 0, "name": name, "size": len(data)}, data])
panel._work.submit(lambda: None).result()
before = {name: getattr(panel, name) for name in ("chips", "controls", "price", "money", "branches", "message")}
for attack in attacks:
    panel.chips = before["chips"][:4]
    tell(panel, attack, "id", "chips", "price", "money", "branches", "controls")
    panel.message = {"number": 1, "level": attack, "text": attack}
for name, value in before.items():
    setattr(panel, name, value)
""",
    "import ipywidgets\nipywidgets.VBox([ck.ChatPanel(panel.chat)])",
)


def test_no_attack_runs_in_a_conversation(lab_page: LabPage) -> None:
    """In questions, files, answers, errors, menus: alive, loaded again, saved, and in a file from a stranger."""
    lab_page.open(lab_page.lab.write("chat.ipynb", CHAT))
    watch(lab_page, CONTROLS)
    for cell in (0, 1):
        lab_page.run_cell(cell)
    panel = lab_page.outputs(1).first
    box = panel.get_by_label("Your question")
    box.wait_for()
    with lab_page.page.expect_file_chooser() as chooser:
        panel.get_by_role("button", name="Attach").click()
    files = [{"name": name, "mimeType": "text/plain", "buffer": b"x" * (at % 2)} for at, name in enumerate(noticed())]
    chooser.value.set_files(files)  # type: ignore[arg-type]
    panel.locator(".ck-chip").nth(len(files) - 1).wait_for()
    box.fill(noticed()[0])
    box.press("Enter")
    panel.get_by_role("alert").get_by_text("nothing was sent").wait_for()  # some are empty
    panel.locator(".ck-chips").evaluate("all => all.querySelectorAll('[data-does=remove]').forEach(one => one.click())")
    for cell in range(2, len(CHAT)):
        lab_page.run_cell(cell)
        assert lab_page.page.evaluate("window.kitRun.error") is None
    errors = [output for cell in lab_page.save().cells for output in cell.outputs if output.output_type == "error"]
    assert errors == []
    lab_page.outputs(len(CHAT) - 1).locator(".ck-composer").wait_for()
    for cell in (1, len(CHAT) - 1):
        click_through(lab_page, cell)
    assert harmed(lab_page) == []
    assert most(lab_page, "ck-composer") >= 2
    assert most(lab_page, "ck-live") >= 1

    lab_page.reload()
    watch(lab_page, CONTROLS)
    lab_page.outputs(1).locator(".ck-composer").wait_for()
    assert lab_page.outputs(1).locator("[data-ck-turn]").count() == 8
    click_through(lab_page, 1)
    assert harmed(lab_page) == []

    lab_page.open(from_a_stranger(lab_page, "chat.ipynb"))
    watch(lab_page)
    lab_page.outputs(1).locator(".ck-asked").nth(7).wait_for()
    click_through(lab_page, 1)
    assert harmed(lab_page) == []
    assert most(lab_page, "ck-composer") == 0


# ---- costs ------------------------------------------------------------------------------------------------------

EXPLORE = (
    START,
    """
def explorer_of(attack):
    made = ck.CostExplorer(ck.text("x" * 10, name=attack), model="claude-haiku-4-5", question=attack)
    display(made)
    wrong = ({attack: attack}, {"models": [attack]}, {"cache": attack}, {"documents": attack})
    hear(made, *([{"k": "set", "from": "x", "number": at, "state": state}] for at, state in enumerate(wrong)))
    return made

for at in range(0, len(attacks), 4):
    explorer = explorer_of(" ".join(attacks[at : at + 4]))
""",
    # whatever words the kernel has besides
    """
before = explorer.shown
for attack in attacks:
    tell(explorer, attack, "to state chart", "shown")
    marks = [{**mark, "text": mark["text"] and attack} for mark in before["chart"]["marks"]]
    explorer.shown = {**explorer.shown, "chart": {**before["chart"], "title": attack, "marks": marks}}
explorer.shown = before
""",
    # files of a survey, of which one is refused
    """
import os, pathlib
from PIL import Image
for at, name in enumerate(["<img src=x onerror=window.pwned=1>", "<svg onload=window.pwned=1>"]):
    folder = pathlib.Path(f"{at}{name}")
    folder.mkdir()
    Image.new("RGB", (9000, 20)).save(folder / f"{name}.png")
    for attack in attacks:
        if attack.isprintable() and len(attack) < 200:
            (folder / (attack.replace("/", "\u2215") + ".txt")).write_text("words")
    survey = ck.survey(folder, "claude-sonnet-5-5", progress=False)
    display(survey, ck.CostExplorer(survey))
""",
)


def test_no_attack_runs_among_costs(lab_page: LabPage) -> None:
    """In names of documents, files and folders, questions, errors and figures: alive, saved, from a stranger."""
    lab_page.open(lab_page.lab.write("costs.ipynb", EXPLORE))
    watch(lab_page, CONTROLS)
    lab_page.run_all()
    errors = [output for cell in lab_page.save().cells for output in cell.outputs if output.output_type == "error"]
    assert errors == []
    shown = (1, 3)
    for cell in shown:
        lab_page.outputs(cell).locator(".ck-explorer").last.wait_for()
        click_through(lab_page, cell)
    assert harmed(lab_page) == []

    lab_page.open(from_a_stranger(lab_page, "costs.ipynb"))
    watch(lab_page, CONTROLS)
    for cell in shown:
        lab_page.outputs(cell).locator(".ck table").last.wait_for()
        click_through(lab_page, cell)
    assert harmed(lab_page) == []
    assert most(lab_page, "ck-explorer") == 0


# ---- pages ------------------------------------------------------------------------------------------------------

INSPECT = (
    START,
    """
inspector = ck.PdfInspector("pages.pdf")
inspector
""",
    # whatever words the kernel has besides
    """
before = {name: getattr(inspector, name) for name in ("figures", "verdict")}
finding = {"level": "error", "rule": "", "measured": "", "fix": "", "pages": [1]}
for attack in attacks:
    findings = [{**everywhere(finding, attack, ""), "level": level} for level in ("error", "note", attack)]
    inspector.verdict = {"level": attack, "label": attack, "findings": findings}
    inspector.figures = {"of": attack, "cost": attack}
    inspector.send({"k": "facts", "rows": [[1, attack, [attack], attack]], "all": True})
    inspector.send({"k": "pictures", "pages": [], "troubles": {"1": attack}})
    inspector.send({"k": "view", "page": 2, "trouble": attack})
for name, value in before.items():
    setattr(inspector, name, value)
""",
    """
from claude_kit.errors import ContentError
inspector._give_up(ContentError("; ".join(attacks), where=attacks[0]))
""",
    """
document = ck.pdf("one.pdf").data
for at in range(0, len(attacks), 4):
    display(ck.PdfInspector(ck.pdf(document, name=" ".join(attacks[at : at + 4])), pages="1"))
""",
)


def test_no_attack_runs_among_pages(lab_page: LabPage) -> None:
    """In a document's name, its pages' text, findings, errors and figures: alive, saved, from a stranger."""
    texts = ["".join(_typed(attack) for attack in some) for some in chunks(12)]
    (lab_page.lab.root_dir / "pages.pdf").write_bytes(making.pdf(texts))
    (lab_page.lab.root_dir / "one.pdf").write_bytes(making.pdf(texts[:1]))
    lab_page.open(lab_page.lab.write("pages.ipynb", INSPECT))
    watch(lab_page, CONTROLS)
    for cell in range(2):
        lab_page.run_cell(cell)
    inspector = lab_page.outputs(1).locator(".ck-inspector")
    inspector.get_by_role("listbox").get_by_role("option").first.dblclick()
    for number in range(1, len(texts) + 1):
        large = inspector.get_by_role("region", name=f"page {number}")
        large.locator("img").wait_for()
        if number == 1:
            large.locator("summary").click()
        assert large.locator("pre").inner_text().strip()
        if number < len(texts):
            large.get_by_role("button", name="page after").click()
    for cell in range(2, len(INSPECT)):
        lab_page.run_cell(cell)
    inspector.get_by_role("button", name="Back to the pages").click()
    lab_page.outputs(4).locator(".ck-inspector").last.wait_for()
    for cell in (1, 4):
        click_through(lab_page, cell)
    assert harmed(lab_page) == []
    errors = [output for cell in lab_page.save().cells for output in cell.outputs if output.output_type == "error"]
    assert errors == []

    lab_page.open(from_a_stranger(lab_page, "pages.ipynb"))
    watch(lab_page)
    for cell in (1, 4):
        lab_page.outputs(cell).locator(".ck").last.wait_for()
        click_through(lab_page, cell)
    assert harmed(lab_page) == []
    assert most(lab_page, "ck-inspector") == 0


def _typed(attack: str) -> str:
    """Return what a page of a PDF can hold, as a string of it."""
    words = attack.encode("latin-1", "ignore").decode("latin-1")
    return "".join(f"\\{letter}" if letter in "()\\" else letter for letter in words if letter >= " ") + " "
