"""JupyterLab for a test: an isolated server, and a browser page that works in one of its notebooks.

`JupyterLab` starts the server, `LabPage` drives a Playwright page on it. The selectors and the commands are
those of JupyterLab 4.
"""

import contextlib
import http.client
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self
from urllib.parse import quote, urlsplit

import nbformat

from tests.gateway import free_port, stop, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Locator, Request, WebSocket

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A page that asks for anything outside fails to, and is still seen asking (`LabPage.outside_requests`).
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)

# What a developer's own shell may say about Jupyter, pytest and us is not what a user's kernel has.
_PRIVATE_PREFIXES = ("JUPYTER", "IPYTHON", "JPY_", "PYTEST_", "CLAUDE_KIT_")

_PANEL = ".jp-NotebookPanel:not(.lm-mod-hidden)"
_NOTEBOOK = "window.jupyterapp.shell.currentWidget"
_KERNEL = f"{_NOTEBOOK}.sessionContext.session.kernel"
_IS_IDLE = (
    "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
    " && window.jupyterapp.shell.currentWidget.context.isReady"
)
_OPEN_NOTEBOOK = "path => window.jupyterapp.commands.execute('docmanager:open', {path}).then(() => true)"
# What a notebook in a loaded JupyterLab could find of those that were open before it. But for two names: our own,
# and MathJax, which JupyterLab loads with the first Markdown of whatever notebook. A page that was loaded again
# opens what was open on it, at some time.
_STATE = """() => JSON.stringify({
  loaded: performance.timeOrigin,
  names: Object.keys(window).filter(name => name !== 'kitRun' && name !== 'MathJax').sort(),
  theme: document.body.dataset.jpThemeName,
  dialogs: document.querySelectorAll('.jp-Dialog').length,
  size: [innerWidth, innerHeight, devicePixelRatio],
  media: ['prefers-color-scheme: dark', 'prefers-reduced-motion: reduce', 'forced-colors: active', 'print']
    .filter(feature => matchMedia(feature.includes(':') ? `(${feature})` : feature).matches),
})"""
_CLOSE_NOTEBOOKS = """() => {
  for (const widget of [...window.jupyterapp?.shell.widgets('main') ?? []]) {
    if (widget.context) {
      widget.context.model.dirty = false;  // nobody is there to be asked whether to save it
      widget.close();
    }
  }
}"""
_ARE_CLOSED = "() => ![...window.jupyterapp?.shell.widgets('main') ?? []].some(widget => widget.context)"
# A cell is made the active one in the same turn of the page's loop: what takes the focus in between makes its own cell
# the active one, and that cell would run.
_START_COMMAND = f"""([command, index]) => {{
  const run = window.kitRun = {{done: false, error: null}};
  if (index !== null) {_NOTEBOOK}.content.activeCellIndex = index;
  window.jupyterapp.commands.execute(command)
    .catch(error => {{ run.error = String(error); }})
    .then(() => {{ run.done = true; }});
}}"""
_SAVE = f"""async () => {{
  const {{ model }} = {_NOTEBOOK}.context;
  for (let at = 0; at === 0 || (model.dirty && at < 10); at++) {{
    await window.jupyterapp.commands.execute('docmanager:save');
    for (let waits = 0; model.dirty && waits < 20; waits++) await new Promise(done => setTimeout(done, 50));
  }}
  if (model.dirty) throw new Error('the notebook changes faster than it is saved');
}}"""
_LABEL_CELLS = f"""() => {_NOTEBOOK}.content.widgets.forEach(
  (cell, index) => {{ cell.node.dataset.kitCell = String(index); }})"""
# Markdown and html are drawn some time after the cell has finished: their element is empty until then.
# JupyterLab shows at most 50 outputs of a cell.
_ARE_DRAWN = f"""index => {{
  const cell = {_NOTEBOOK}.content.widgets[index];
  const drawn = [...cell.node.querySelectorAll('.jp-OutputArea-output')];
  const expected = Math.min(cell.model.outputs?.length ?? 0, 50);
  return drawn.length >= expected && drawn.every(output => output.hasChildNodes());
}}"""


def chromium_path() -> str | None:
    """Return the Chromium to drive: ``$CHROMIUM`` alone when it is set, else the first one found."""
    chosen = os.environ.get("CHROMIUM")
    if chosen:
        return shutil.which(chosen)
    candidates = (shutil.which(name) for name in ("/usr/bin/chromium", *CHROMIUM_NAMES))
    return next((path for path in candidates if path), None)


def missing() -> str | None:
    """Say what has to be installed before a browser test can run, or None when it can."""
    packages = [name for name in ("playwright", "jupyterlab", "notebook") if find_spec(name) is None]
    if packages:
        return f"{' and '.join(packages)} cannot be imported: run `pip install -e '.[test]'`"
    if chromium_path() is None:
        return "no Chromium: run `apt-get install chromium fonts-dejavu-core`, or point CHROMIUM at one"
    return None


class JupyterLab:
    """An isolated JupyterLab server on 127.0.0.1; a context manager.

    Its kernels run ``sys.executable``. Nothing of the person's own Jupyter (settings, extensions, kernels,
    workspaces) is read or written, and variables of Jupyter, pytest and claude_kit are not passed on: what a
    kernel shall see of those goes into `environment`.

    Parameters
    ----------
    root_dir : Path
        The folder the server shows; notebooks are named relative to it.
    theme : str
        ``"JupyterLab Light"`` or ``"JupyterLab Dark"``.
    environment : mapping of str to str, optional
        Extra environment variables for the server and its kernels.
    application : {"lab", "notebook"}
        JupyterLab, or Notebook 7, which is made of the same pieces.

    Attributes
    ----------
    url : str
        ``http://127.0.0.1:PORT``, once started.
    token : str
        What a request needs, as ``?token=``.
    """

    def __init__(
        self,
        root_dir: Path,
        theme: str = "JupyterLab Light",
        *,
        environment: Mapping[str, str] | None = None,
        application: Literal["lab", "notebook"] = "lab",
    ) -> None:
        self.application = application
        self.root_dir = Path(root_dir)
        self.theme = theme
        self.environment = dict(environment or {})
        self.token = secrets.token_hex(16)
        self.url = ""
        self._port = 0
        self._log = Path()
        self._cleanup = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as started:
            private = Path(started.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
            self._port = free_port()
            self._log = private / "server.log"
            self._write_settings(private)
            self._write_kernelspec(private)
            process = self._start(private)
            started.callback(stop, process)
            wait_for(process, self._port, f"/api/status?token={self.token}", self._log)
            self.url = f"http://127.0.0.1:{self._port}"
            self._cleanup = started.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._cleanup.close()

    def write(self, name: str, cells: Iterable[str]) -> str:
        """Write a notebook with these code cells into `root_dir` and return its name."""
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(source) for source in cells],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        )
        nbformat.write(notebook, self.root_dir / name)
        return name

    def address(self, name: str) -> str:
        """Return the address of a notebook's page, as one who has just come gets it."""
        folder = {"lab": "lab/tree", "notebook": "notebooks"}[self.application]
        return f"{self.url}/{folder}/{quote(name)}?token={self.token}&reset"

    def read(self, name: str) -> nbformat.NotebookNode:
        """Read a saved notebook, checked against the notebook format."""
        notebook = nbformat.read(self.root_dir / name, as_version=4)
        nbformat.validate(notebook)
        return notebook

    def log(self) -> str:
        """Return what the server and its kernels have written to the terminal so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def shutdown_kernels(self) -> None:
        """End every running kernel, so the next notebook that is opened gets a fresh one."""
        for kernel in self.api("GET", "/api/kernels"):
            self.api("DELETE", f"/api/kernels/{kernel['id']}")

    def api(self, method: str, path: str) -> Any:
        """Ask the server's REST API and return the parsed answer, None when it is empty."""
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)) as connection:
            connection.request(method, path, headers={"Authorization": f"token {self.token}"})
            response = connection.getresponse()
            body = response.read()
        if response.status >= 400:
            raise RuntimeError(f"{method} {path}: {response.status} {body[:500]!r}")
        return json.loads(body) if body else None

    def _start(self, private: Path) -> subprocess.Popen[bytes]:
        with self._log.open("wb") as output:
            return subprocess.Popen(
                [sys.executable, "-m", {"lab": "jupyterlab", "notebook": "notebook"}[self.application], *self._flags()],
                cwd=self.root_dir,
                env=self._server_environment(private),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def _flags(self) -> list[str]:
        return [
            "--no-browser",
            "--allow-root",
            "--ip=127.0.0.1",
            f"--port={self._port}",
            "--ServerApp.port_retries=0",
            f"--IdentityProvider.token={self.token}",
            f"--ServerApp.root_dir={self.root_dir}",
            "--ServerApp.terminals_enabled=False",
            "--LabApp.expose_app_in_browser=True",  # gives the page window.jupyterapp
            "--JupyterNotebookApp.expose_app_in_browser=True",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            "--LabApp.extension_manager=readonly",
            "--LabApp.news_url=",
        ]

    def _server_environment(self, private: Path) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(_PRIVATE_PREFIXES)}
        isolated = {
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_PATH": "data",  # looked at first, so our kernelspec wins over the environment's own
            "JUPYTER_RUNTIME_DIR": "runtime",
            "IPYTHONDIR": "ipython",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        }
        folders = {name: str(private / folder) for name, folder in isolated.items()}
        return {**inherited, **folders, "JUPYTER_PREFER_ENV_PATH": "1", **self.environment}

    def _write_settings(self, private: Path) -> None:
        folder = private / "settings" / "@jupyterlab" / "apputils-extension"
        folder.mkdir(parents=True)
        settings = {"themes": {"theme": self.theme}, "notification": {"fetchNews": "false"}}
        for name, values in settings.items():
            (folder / f"{name}.jupyterlab-settings").write_text(json.dumps(values), encoding="utf-8")

    def _write_kernelspec(self, private: Path) -> None:
        folder = private / "data" / "kernels" / "python3"
        folder.mkdir(parents=True)
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        spec = {"argv": command, "display_name": "Python 3", "language": "python"}
        (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")


class LabPage:
    """One browser page on a `JupyterLab`; a context manager.

    Parameters
    ----------
    browser : playwright.sync_api.Browser
        The fixture ``chromium``.
    lab : JupyterLab
        The running server.
    width, height : int
        Viewport in CSS pixels. Tall, because JupyterLab draws only the cells near the viewport.
    timeout_s : float
        How long each step may take.

    Attributes
    ----------
    page : playwright.sync_api.Page
        For everything that has no method here.
    console_errors, page_errors : list of str
        What the page wrote with ``console.error``, and the exceptions nobody caught.
    outside_requests : list of str
        Each URL (http or websocket) the page asked for that is not on 127.0.0.1. None of them is answered.
    """

    def __init__(
        self,
        browser: "Browser",
        lab: JupyterLab,
        *,
        width: int = 1280,
        height: int = 2400,
        timeout_s: float = 60,
    ) -> None:
        self.lab = lab
        self.console_errors: list[str] = []
        self.page_errors: list[str] = []
        self.outside_requests: list[str] = []
        self._timeout_s = timeout_s
        self._notebook = ""
        self._loaded = ""  # the state of the page when it was loaded
        self._is_empty = False
        self._context = browser.new_context(viewport={"width": width, "height": height})
        self._context.set_default_timeout(timeout_s * 1000)
        self._context.on("console", self._note_console)
        self._context.on("weberror", lambda event: self.page_errors.append(str(event.error)))
        self._context.on("request", self._note_request)
        self.page = self._context.new_page()
        self.page.on("websocket", self._note_request)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the page; the kernels live on."""
        self._context.close()

    def load(self) -> None:
        """Load JupyterLab with no notebook: the next `open` is three times as fast for it."""
        self.page.goto(f"{self.lab.url}/lab?token={self.lab.token}&reset", wait_until="domcontentloaded")
        self._wait_for("() => window.jupyterapp")
        self.page.evaluate("() => window.jupyterapp.restored.then(() => true)")
        self.page.wait_for_selector("#jupyterlab-splash", state="detached")
        self._loaded = self.page.evaluate(_STATE)
        self._is_empty = True

    def clear(self) -> None:
        """Close the notebooks without saving them, and what was granted or routed for them."""
        self.page.evaluate(_CLOSE_NOTEBOOKS)
        self._wait_for(_ARE_CLOSED)
        self._context.clear_permissions()
        self.page.unroute_all()
        self._is_empty = True

    def is_as_loaded(self) -> bool:
        """Tell whether nothing that a notebook could find is left of those that were open since `load`."""
        state = self.page.evaluate(_STATE)  # first: what the page has noted by now comes with it
        return state == self._loaded and not (self.console_errors or self.page_errors or self.outside_requests)

    def open(self, notebook: str | Path) -> None:
        """Open a notebook, named relative to the server's folder, and wait until its kernel is idle.

        The page is loaded anew for it, but for the first after `load` or `clear`.
        """
        path = Path(notebook)
        if path.is_absolute():
            path = path.relative_to(self.lab.root_dir)
        self._notebook = path.as_posix()
        if self._is_empty:
            self.page.evaluate(_OPEN_NOTEBOOK, self._notebook)
        else:
            self.page.goto(self.lab.address(self._notebook), wait_until="domcontentloaded")
        self._is_empty = False
        self._wait_ready()

    def reload(self) -> None:
        """Load the page again; unsaved changes are lost, the kernel stays the same."""
        self.page.reload(wait_until="domcontentloaded")
        self._wait_ready()

    def run_all(self, wait: bool = True) -> None:
        """Run all cells. With ``wait=False`` return at once; `wait_done` waits later."""
        self._run("notebook:run-all-cells", wait)

    def run_cell(self, index: int, wait: bool = True) -> None:
        """Run one cell. With ``wait=False`` return at once; `wait_done` waits later."""
        self._run("notebook:run-cell", wait, index)

    def run_until(self, index: int, *words: str) -> list[str]:
        """Run one cell until it shows all of these words, and return its outputs, as `cell_outputs` does.

        What was done on the page reaches the kernel later, and beside the cells that it runs.

        Raises
        ------
        AssertionError
            If it has not after a hundred runs; it says what the cell showed last.
        """
        for _ in range(100):
            self.run_cell(index)
            outputs = self.cell_outputs(index)
            absent = [one for one in words if one not in "\n".join(outputs)]
            if not absent:
                return outputs
            self.page.wait_for_timeout(50)
        raise AssertionError(f"cell {index} shows {outputs!r}, without {absent}")

    def wait_done(self, timeout_s: float | None = None) -> None:
        """Wait until the cells of the last `run_all` or `run_cell` have finished."""
        self._wait_for("() => window.kitRun?.done", timeout_s)
        error = self.page.evaluate("() => window.kitRun.error")
        if error:
            raise RuntimeError(f"JupyterLab could not run the cells: {error}")

    def cell(self, index: int) -> "Locator":
        """Return the locator of one cell."""
        self.page.evaluate(_LABEL_CELLS)
        return self.page.locator(f'{_PANEL} [data-kit-cell="{index}"]')

    def outputs(self, index: int) -> "Locator":
        """Return the locator of one cell's outputs."""
        return self.cell(index).locator(".jp-OutputArea-output")

    def cell_outputs(self, index: int) -> list[str]:
        """Return the text of each output of one cell, as a reader sees it.

        Waits until every output is drawn, at most 5 s: one that is empty for good stays so.
        """
        from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

        with contextlib.suppress(PlaywrightTimeoutError):
            self.page.wait_for_function(_ARE_DRAWN, arg=index, timeout=5000)
        return [text.strip() for text in self.outputs(index).all_inner_texts()]

    def interrupt(self) -> None:
        """Interrupt the kernel, as the stop button in the toolbar does."""
        self.page.evaluate(f"() => {_KERNEL}.interrupt()")

    def restart_kernel(self) -> None:
        """Restart the kernel and wait until it is idle; the outputs stay on the page."""
        self.page.evaluate(f"() => {_KERNEL}.restart()")
        self._wait_for(_IS_IDLE)

    def save(self) -> nbformat.NotebookNode:
        """Save the notebook and return what the file now holds; again, where an output changed meanwhile."""
        self.page.evaluate(_SAVE)
        return self.lab.read(self._notebook)

    def screenshot(self, path: str | Path, target: "Locator | None" = None, *, full_page: bool = False) -> Path:
        """Write a PNG of the page, or of one element of it."""
        if target is None:
            self.page.screenshot(path=path, full_page=full_page)
        else:
            target.screenshot(path=path)
        return Path(path)

    def _run(self, command: str, wait: bool, index: int | None = None) -> None:
        self.page.evaluate(_START_COMMAND, [command, index])
        if wait:
            self.wait_done()

    def _wait_ready(self) -> None:
        self.page.wait_for_selector(f"{_PANEL} .jp-Notebook .jp-Cell")
        self.page.wait_for_selector("#jupyterlab-splash", state="detached")
        self._wait_for(_IS_IDLE)

    def _wait_for(self, condition: str, timeout_s: float | None = None) -> None:
        seconds = self._timeout_s if timeout_s is None else timeout_s
        self.page.wait_for_function(condition, timeout=seconds * 1000)

    def _note_console(self, message: "ConsoleMessage") -> None:
        if message.type == "error":
            self.console_errors.append(f"{message.text} ({message.location.get('url', '')})")

    def _note_request(self, request: "Request | WebSocket") -> None:
        address = urlsplit(request.url)
        if address.scheme in ("http", "https", "ws", "wss") and address.hostname != "127.0.0.1":
            self.outside_requests.append(request.url)
