"""The harness itself: JupyterLab in Chromium, and the real gateway, on this machine."""

import asyncio
import http.client
import json
import socket
import ssl
import sys
from collections.abc import Callable
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import httpx
import httpx2  # what the SDKs are built on
import pytest

from tests.jupyter import JupyterLab, LabPage
from tests.upstream import ANSWER, listening


def ask(base_url: str, method: str, path: str, **options: Any) -> tuple[int, bytes]:
    address = urlsplit(base_url)
    with closing(http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)) as connection:
        connection.request(method, path, **options)
        response = connection.getresponse()
        return response.status, response.read()


@pytest.mark.browser
def test_a_notebook_runs_shows_and_saves(jupyter_lab: JupyterLab, lab_page: LabPage) -> None:
    """A notebook opened in the browser runs, shows its outputs, and saves a file that holds them."""
    cells = ["1+1", "from IPython.display import Markdown\nMarkdown('a **bold** word')"]
    name = jupyter_lab.write("harness.ipynb", cells)

    lab_page.open(name)
    lab_page.run_all()

    assert lab_page.cell_outputs(0) == ["2"]
    assert lab_page.cell_outputs(1) == ["a bold word"]
    assert lab_page.outputs(1).locator("strong").inner_text() == "bold"
    saved = lab_page.save()
    assert saved.cells[0].outputs[0].data["text/plain"] == "2"
    assert saved.cells[1].outputs[0].data["text/markdown"] == "a **bold** word"
    assert lab_page.page_errors == []
    assert lab_page.console_errors == []
    assert lab_page.outside_requests == []


@pytest.mark.browser
def test_a_running_cell_can_be_interrupted(jupyter_lab: JupyterLab, lab_page: LabPage) -> None:
    """A cell that would run for a minute stops at once, and the kernel runs the next one."""
    name = jupyter_lab.write("interrupt.ipynb", ["import time\nprint('up')\ntime.sleep(60)", "kept = 2; kept"])
    lab_page.open(name)

    lab_page.run_cell(0, wait=False)
    lab_page.outputs(0).filter(has_text="up").wait_for()
    lab_page.interrupt()
    lab_page.wait_done(timeout_s=20)
    assert "KeyboardInterrupt" in lab_page.cell_outputs(0)[-1]

    lab_page.run_cell(1)
    assert lab_page.cell_outputs(1) == ["2"]


@pytest.mark.browser
def test_a_restart_forgets_and_a_reload_shows_the_saved_outputs(jupyter_lab: JupyterLab, lab_page: LabPage) -> None:
    """A restarted kernel has no variables, and a reloaded page shows what was saved."""
    name = jupyter_lab.write("restart.ipynb", ["kept = 1; kept", "'kept' in globals()"])
    lab_page.open(name)
    lab_page.run_all()
    assert lab_page.cell_outputs(1) == ["True"]

    lab_page.restart_kernel()
    lab_page.run_cell(1)
    assert lab_page.cell_outputs(1) == ["False"]

    lab_page.save()
    lab_page.reload()
    assert lab_page.cell_outputs(0) == ["1"]
    assert lab_page.cell_outputs(1) == ["False"]


@pytest.mark.browser
def test_the_kernel_is_this_interpreter(jupyter_lab: JupyterLab, lab_page: LabPage) -> None:
    """Notebooks under test run in the interpreter that runs the tests, with none of pytest's variables."""
    cells = [
        "import os, sys\nprint(sys.executable)",
        "print([name for name in os.environ if 'PYTEST' in name])",
    ]
    lab_page.open(jupyter_lab.write("kernel.ipynb", cells))
    lab_page.run_all()

    assert lab_page.cell_outputs(0) == [sys.executable]
    assert lab_page.cell_outputs(1) == ["[]"]


@pytest.mark.browser
def test_a_request_that_leaves_the_machine_is_noted(jupyter_lab: JupyterLab, lab_page: LabPage) -> None:
    """An image on another host is asked for, noted and never fetched."""
    image = "https://outside.invalid/x.png"
    source = f"from IPython.display import HTML\nHTML('<img src=\"{image}\">')"
    lab_page.open(jupyter_lab.write("outside.ipynb", [source]))

    with lab_page.page.expect_event("requestfailed", lambda request: request.url == image):
        lab_page.run_all()

    # JupyterLab may draw an output twice, and then the image is asked for twice.
    assert set(lab_page.outside_requests) == {image}


@pytest.mark.browser
def test_a_page_is_cleared_for_the_next_test(lab_page: LabPage) -> None:
    """What was open and unsaved is gone without a question, and the same name opens what its file holds now."""
    name = lab_page.lab.write("cleared.ipynb", ["1 + 1"])
    lab_page.open(name)
    lab_page.run_all()
    lab_page.clear()
    lab_page.lab.shutdown_kernels()
    assert lab_page.page.locator(".jp-Notebook").count() == 0
    assert lab_page.is_as_loaded()

    lab_page.lab.write(name, ["'_' in globals() and _, 2 + 3"])
    lab_page.open(name)
    assert lab_page.cell_outputs(0) == []
    lab_page.run_all()
    assert lab_page.cell_outputs(0) == ["('', 5)"]


# What a test may leave on the page, and how it is taken away again.
LEFT = {
    "name": ("() => { window.left = 1; }", "() => { delete window.left; }"),
    "theme": (
        "() => { document.body.dataset.was = document.body.dataset.jpThemeName;"
        " document.body.dataset.jpThemeName = 'Sepia'; }",
        "() => { document.body.dataset.jpThemeName = document.body.dataset.was; }",
    ),
    "dialog": (
        "() => { document.body.insertAdjacentHTML('beforeend', '<div class=jp-Dialog></div>'); }",
        "() => { document.querySelector('.jp-Dialog').remove(); }",
    ),
}


@pytest.mark.browser
def test_what_is_left_on_a_page_is_seen(lab_page: LabPage) -> None:
    """Each thing alone, so that no test gets what another has left."""
    for leave, take_away in LEFT.values():
        assert lab_page.is_as_loaded()
        lab_page.page.evaluate(leave)
        assert not lab_page.is_as_loaded(), leave
        lab_page.page.evaluate(take_away)
    lab_page.page.set_viewport_size({"width": 700, "height": 500})
    assert not lab_page.is_as_loaded()
    lab_page.page.set_viewport_size({"width": 1280, "height": 2400})
    lab_page.page.emulate_media(color_scheme="dark")
    assert not lab_page.is_as_loaded()
    lab_page.page.emulate_media(color_scheme="light")
    assert lab_page.is_as_loaded()
    lab_page.page.evaluate("() => { console.error('left'); }")
    assert not lab_page.is_as_loaded()
    lab_page.console_errors.clear()
    assert lab_page.is_as_loaded()
    lab_page.page.reload()
    assert not lab_page.is_as_loaded()


def test_asyncio_still_runs_after_a_browser_test() -> None:
    """Playwright's own event loop does not stand in the way of a test that needs one."""
    assert asyncio.run(asyncio.sleep(0, "done")) == "done"


@pytest.mark.parametrize("create_ssl_context", [httpx.create_ssl_context, httpx2.create_ssl_context])
def test_a_client_reads_no_certificates(create_ssl_context: Callable[[], ssl.SSLContext]) -> None:
    """Whom this machine trusts is not asked in a test: all its servers are here, and speak plain HTTP."""
    assert create_ssl_context().cert_store_stats()["x509"] == 0


@pytest.mark.gateway
def test_the_gateway_answers_on_this_machine_only(gateway: str) -> None:
    """The real gateway says hello on 127.0.0.1 and listens on no other address."""
    status, body = ask(gateway, "GET", "/")
    assert (status, body) == (200, b"AI Gateway says hey!")

    with pytest.raises(OSError, match=r".+"):
        socket.create_connection(("127.0.0.2", urlsplit(gateway).port), timeout=5).close()


@pytest.mark.gateway
def test_a_message_goes_through_the_gateway_and_comes_back(gateway: str) -> None:
    """A Messages request reaches the upstream the header names, and its answer comes back."""
    message = {
        "model": "claude-haiku-4-5",
        "max_tokens": 10,
        "messages": [{"role": "user", "content": "hi"}],
    }
    with listening() as server:
        headers = {
            "content-type": "application/json",
            "x-api-key": "not-a-key",
            "x-portkey-provider": "anthropic",
            "x-portkey-custom-host": f"http://127.0.0.1:{server.server_port}/v1",
        }
        status, body = ask(gateway, "POST", "/v1/messages", body=json.dumps(message), headers=headers)

    assert status == 200
    assert server.received == [("/v1/messages", message)]
    assert json.loads(body)["content"] == ANSWER["content"]
