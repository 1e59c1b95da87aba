"""What every test shares: the browser, JupyterLab, the gateway, and no key of anyone's.

A test marked ``browser``, ``gateway`` or ``typescript`` skips where that is not installed, and fails instead when the
environment variable ``CLAUDE_KIT_REQUIRE`` names it (``CLAUDE_KIT_REQUIRE=browser,gateway,typescript``, as CI sets).
"""

import asyncio
import os
import signal
import tempfile
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING

import pytest

from claude_kit.chat import ledger
from tests import gateway as portkey
from tests import jupyter, typescript
from tests.jupyter import CHROMIUM_FLAGS, JupyterLab, LabPage

if TYPE_CHECKING:
    from playwright.sync_api import Browser

REQUIRE = "CLAUDE_KIT_REQUIRE"
PRIVATE_VARIABLES = ("ANTHROPIC_API_KEY", "PORTKEY_API_KEY", "CLAUDE_KIT_MODEL")
MISSING: dict[str, Callable[[], str | None]] = {
    "browser": jupyter.missing,
    "gateway": portkey.missing,
    "typescript": typescript.missing,
}

_browser_loop: list[asyncio.AbstractEventLoop] = []


def pytest_configure(config: pytest.Config) -> None:
    """Take the person's keys out of the environment, and check what is required."""
    unknown = required() - MISSING.keys()
    if unknown:
        raise pytest.UsageError(f"{REQUIRE}: unknown {sorted(unknown)}, choose from {sorted(MISSING)}")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A shell lets what it starts in the background ignore Ctrl-C; tests that press it mean it.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    environment = pytest.MonkeyPatch()
    for name in PRIVATE_VARIABLES:
        environment.delenv(name, raising=False)
    # Each client reads all certificates it trusts, for 30 ms; a thousand clients are made, and none meets any.
    nowhere = tempfile.TemporaryDirectory()
    environment.delenv("SSL_CERT_FILE", raising=False)
    environment.setenv("SSL_CERT_DIR", nowhere.name)
    config.add_cleanup(environment.undo)
    config.add_cleanup(nowhere.cleanup)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, or fail, a marked test whose browser or gateway is not installed."""
    for name in MISSING:
        if item.get_closest_marker(name):
            need(name)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Let Playwright's event loop count as running only in the tests that use the browser.

    Playwright's sync API keeps its loop running, in a greenlet of this thread, from start to stop. Without
    this every later test that calls ``asyncio.run`` would fail.
    """
    if "chromium" not in getattr(item, "fixturenames", ()):
        return (yield)
    _resume_browser_loop()
    try:
        return (yield)
    finally:
        asyncio._set_running_loop(None)


def required() -> set[str]:
    """Return what ``CLAUDE_KIT_REQUIRE`` names."""
    return {name.strip() for name in os.environ.get(REQUIRE, "").split(",")} - {""}


def need(name: str) -> None:
    """Skip the test where something is not installed, or fail it when it is required."""
    reason = MISSING[name]()
    if reason is None:
        return
    if name in required():
        pytest.fail(f"{reason} (required: {REQUIRE} names {name!r})", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(autouse=True)
def _nothing_was_paid(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin each test as a process begins: with no answer in what all of them have cost."""
    monkeypatch.setattr(ledger, "_TOTAL", ledger._Total())


@pytest.fixture(scope="session")
def chromium() -> "Iterator[Browser]":
    """Launch headless Chromium, driven by Playwright's sync API."""
    need("browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=jupyter.chromium_path(), headless=True, args=list(CHROMIUM_FLAGS)
        )
        _browser_loop.append(asyncio.get_running_loop())
        yield browser
        _resume_browser_loop()
        browser.close()
        _browser_loop.clear()


@pytest.fixture(scope="session")
def jupyter_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterLab]:
    """Start one JupyterLab server for the run, in an empty folder."""
    need("browser")
    with JupyterLab(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@pytest.fixture(scope="session")
def jupyter_notebook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterLab]:
    """Start one Notebook 7 server for the run, in an empty folder."""
    need("browser")
    with JupyterLab(tmp_path_factory.mktemp("notebook"), application="notebook") as server:
        yield server


@pytest.fixture(scope="session")
def loaded_pages() -> list[LabPage]:
    """Hold the page that is loaded and has no notebook open, when there is one."""
    return []


@pytest.fixture
def lab_page(
    request: pytest.FixtureRequest, chromium: "Browser", jupyter_lab: JupyterLab, loaded_pages: list[LabPage]
) -> Iterator[LabPage]:
    """Return a page of `jupyter_lab` just loaded; its notebooks and kernels end with the test.

    To load JupyterLab takes most of the time of a short test: where nothing of the test is left, the next one gets
    the same page.
    """
    if not loaded_pages:
        loaded_pages.append(LabPage(chromium, jupyter_lab))
        loaded_pages[0].load()
    page = loaded_pages.pop()
    failed = request.session.testsfailed
    yield page
    has_failed = request.session.testsfailed > failed
    if not has_failed:
        page.clear()
    jupyter_lab.shutdown_kernels()
    if not has_failed and page.is_as_loaded():
        loaded_pages.append(page)
    else:
        page.close()


@pytest.fixture
def notebook_page(chromium: "Browser", jupyter_notebook: JupyterLab) -> Iterator[LabPage]:
    """Open a fresh page on `jupyter_notebook`; its kernels end with the test."""
    with LabPage(chromium, jupyter_notebook) as page:
        yield page
    jupyter_notebook.shutdown_kernels()


@pytest.fixture(params=["lab", "notebook"])
def any_page(request: pytest.FixtureRequest, chromium: "Browser") -> LabPage:
    """Return `lab_page`, and `notebook_page`."""
    page: LabPage = request.getfixturevalue(f"{request.param}_page")
    return page


@pytest.fixture(scope="session")
def gateway() -> Iterator[str]:
    """Run the Portkey gateway for the session; the value is its base URL, ``http://127.0.0.1:PORT/v1``."""
    need("gateway")
    with portkey.running() as base_url:
        yield base_url


def _resume_browser_loop() -> None:
    if _browser_loop:
        asyncio._set_running_loop(_browser_loop[0])
