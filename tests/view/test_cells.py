"""Widgets in a real kernel: their cell is run again, their page is another one, they are interrupted twice."""

import ast
import contextlib
import os
from collections.abc import Callable, Iterator
from queue import Empty
from typing import Any

import pytest
from jupyter_client.manager import start_new_kernel

SETUP = """
import threading
import claude_kit as ck
from ipywidgets.widgets.widget import _instances
from claude_kit.view.island import Island, script

class Box(Island):
    _esm = script("export default island(() => {});")
    def static_html(self):
        return "<p>a box</p>"
    def static_text(self):
        return repr(self)
"""

Run = Callable[..., Any]


@pytest.fixture(scope="module")
def kernel() -> Iterator[Any]:
    """A kernel, and who asks it."""
    inherited = {name: value for name, value in os.environ.items() if name != "CLAUDE_KIT_STATIC"}
    manager, client = start_new_kernel(env=inherited)
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


@pytest.fixture
def run(kernel: Any) -> Run:
    """Run code in a cell, and return what its last line displays, and the texts of what else it displays."""

    def run(code: str, cell: str = "") -> tuple[Any, list[str]]:
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
        message = kernel.session.msg("execute_request", content, metadata={"cellId": cell} if cell else {})
        kernel.shell_channel.send(message)
        result, shown = None, []
        while True:
            told = kernel.get_iopub_msg(timeout=60)
            if told["parent_header"].get("msg_id") != message["header"]["msg_id"]:
                continue
            match told["msg_type"], told["content"]:
                case "execute_result", {"data": data}:
                    result = ast.literal_eval(data["text/plain"])
                case "display_data", {"data": data}:
                    shown.append(data.get("text/html", ""))
                case "error", {"traceback": lines}:
                    raise AssertionError("\n".join(lines))
                case "status", {"execution_state": "idle"}:
                    break
        with contextlib.suppress(Empty):
            kernel.get_shell_msg(timeout=10)
        return result, shown

    run(SETUP)
    return run


def test_run_again_a_cell_keeps_its_new_widget_alone(run: Run) -> None:
    """The widget of the run before is closed, the new one is open."""
    run("box = Box(); boxes = [box]; display(box)", "a")
    run("box = Box(); boxes.append(box); display(box)", "a")
    assert run("[one.comm is not None for one in boxes]") == ([False, True], [])


def test_what_is_displayed_elsewhere_or_again_lives_on(run: Run) -> None:
    """Only what no cell displays any more is closed, not what the new run displays last or another cell shows."""
    run("a, b = Box(), Box(); display(a); display(b)", "a")
    run("display(b)", "b")
    run("display(Box()); display(a)", "a")
    assert run("[a.comm is not None, b.comm is not None]") == ([True, True], [])
    run("1", "b")
    assert run("[a.comm is not None, b.comm is not None]") == ([True, False], [])


def test_what_was_closed_is_shown_as_it_reads(run: Run) -> None:
    """Its static form, without a mark that nothing would come alive in."""
    run("box = Box(); display(box)", "a")
    run("1", "a")
    _, (html,) = run("display(box)", "b")
    assert html == "<p>a box</p>"


def test_what_still_comes_in_a_cell_that_is_run_again_is_stopped(run: Run) -> None:
    """Nobody would see it, could stop it, or has asked for it; what had come stays with whoever holds it."""
    ask = "coming = ck.ask('Hello', model='claude-sonnet-5-5', client=ck.Client.offline(pace_s=0.2), background=True)"
    run(ask, "d")
    run("first = coming")
    run(ask, "d")
    assert run("first.result(20).complete, coming.done") == ((False, False), [])
    run("coming.stop(); coming.result(20);")


@pytest.mark.parametrize(
    "code",
    [
        "panel = ck.ChatPanel('claude-sonnet-5-5', client=ck.Client.offline(pace_s=0)); display(panel)",
        "panel = ck.CostExplorer('some words', model='claude-sonnet-5-5'); display(panel)",
        "reply = ck.ask('Hello', model='claude-sonnet-5-5', client=ck.Client.offline(pace_s=0))",
        "coming = ck.ask('Hello', model='claude-sonnet-5-5', client=ck.Client.offline(pace_s=0), background=True)\n"
        "coming.result();",
    ],
    ids=["ChatPanel", "CostExplorer", "answer", "background"],
)
def test_twenty_runs_of_a_cell_leave_no_more_than_one(run: Run, code: str) -> None:
    """Neither widgets nor threads pile up."""
    many = "len(_instances), threading.active_count()"
    for _ in range(4):
        run(code, "c")
    before, _ = run(many)
    for _ in range(20):
        run(code, "c")
    after, _ = run(many)
    assert after[0] <= before[0]
    assert after[1] <= before[1] + 2
    run("1", "c")
    left, _ = run(many)
    assert left[0] <= before[0] - 1


def test_a_page_is_heard_though_the_one_before_is_gone(run: Run, kernel: Any) -> None:
    """What a widget says is read, also where it was last used for a page whose thread in the kernel has ended."""
    setup = "heard = []\nbox = Box(); box.on_msg(lambda _, said, __: heard.append(said)); display(box)\n"
    (comm_id,), _ = run(setup + "box.comm._reply_subshell_id = 'of a page that is gone'\n(box.comm.comm_id,)", "a")
    data = {"method": "custom", "content": {"k": "hello"}}
    kernel.shell_channel.send(kernel.session.msg("comm_msg", {"comm_id": comm_id, "data": data}))
    assert run("heard") == ([{"k": "hello"}], [])


def test_a_second_interrupt_loses_nothing(run: Run) -> None:
    """Whoever presses twice gets what had come, though its final form was being drawn; the cell goes on."""
    code = """
import os, signal, time
from claude_kit.view.watched import watching

reply = ck.Reply(complete=False)

def final():
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.05)
    return reply

with watching() as watched:
    watched.final = final
    raise KeyboardInterrupt
watched.interrupted
"""
    assert run(code, "e")[0] is True
