"""The real Portkey gateway on this machine: where it is installed, how it starts, how it stops.

Only the standard library is imported, so a bare interpreter can install it before there is a venv::

    python3 -m tests.gateway install
"""

import contextlib
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

VERSION = "1.15.2"
INSTALL_COMMAND = "python3 -m tests.gateway install"

# The overrides are the gateway's own lockfile versions. Without them npm picks @hono/node-server >= 1.14.2,
# with which every stream answers 500 (Portkey-AI/gateway issues 1389 and 1550).
PACKAGE = {
    "private": True,
    "dependencies": {"@portkey-ai/gateway": VERSION},
    "overrides": {"@hono/node-server": "1.13.5", "@hono/node-ws": "1.2.0", "hono": "4.9.7"},
}

# The gateway has no host flag and listens on every interface; this preload keeps it on this machine.
LOOPBACK = """\
const net = require("node:net");
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (first, ...rest) {
  if (first !== null && typeof first === "object" && "port" in first) {
    return listen.call(this, { ...first, host: "127.0.0.1" }, ...rest);
  }
  if (Number.isInteger(Number(first))) {
    const callback = rest.find((argument) => typeof argument === "function");
    return listen.call(this, { port: Number(first), host: "127.0.0.1" }, callback);
  }
  return listen.call(this, first, ...rest);
};
"""


def folder() -> Path:
    """Where the gateway is installed: ``$CLAUDE_KIT_GATEWAY`` or a folder in the user's cache."""
    chosen = os.environ.get("CLAUDE_KIT_GATEWAY")
    return Path(chosen) if chosen else Path.home() / ".cache" / "claude_kit" / f"gateway-{VERSION}"


def missing() -> str | None:
    """Say what has to be installed before the gateway can run, or None when it can."""
    if shutil.which("node") is None:
        return f"node is not on PATH: install node 20 or newer with npm, then run `{INSTALL_COMMAND}`"
    if not _is_installed(folder()):
        return f"no Portkey gateway {VERSION} in {folder()}: run `{INSTALL_COMMAND}`"
    return None


def install() -> Path:
    """Install the pinned gateway with npm unless it is there already, and return its folder."""
    where = folder()
    if _is_installed(where):
        return where
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("npm is not on PATH: install node 20 or newer, which brings npm")
    where.mkdir(parents=True, exist_ok=True)
    (where / "package.json").write_text(_package_json(), encoding="utf-8")
    subprocess.run([npm, "install", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=where, check=True)
    if not _is_installed(where):
        raise SystemExit(f"npm reported success, but {_start_script(where)} is missing")
    return where


@contextlib.contextmanager
def running() -> Iterator[str]:
    """Run the installed gateway on a free port of 127.0.0.1 and yield its base URL, which ends in ``/v1``."""
    port = free_port()
    with tempfile.TemporaryDirectory() as scratch:
        log = Path(scratch) / "gateway.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                _command(scratch, port),
                cwd=folder(),
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            wait_for(process, port, "/", log)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            stop(process)


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_for(process: subprocess.Popen[bytes], port: int, path: str, log: Path, *, timeout_s: float = 60) -> None:
    """Wait until ``GET path`` answers 200, or raise RuntimeError with the end of the server's log."""
    deadline = time.monotonic() + timeout_s
    while process.poll() is None and time.monotonic() < deadline:
        if _status(port, path) == 200:
            return
        time.sleep(0.1)
    reason = "did not answer in time" if process.poll() is None else f"ended with {process.returncode}"
    end_of_log = log.read_text(encoding="utf-8", errors="replace")[-3000:]
    raise RuntimeError(f"the server on 127.0.0.1:{port} {reason}; the end of its log:\n{end_of_log}")


def stop(process: subprocess.Popen[bytes], *, timeout_s: float = 15) -> None:
    """End a server we started: ask it first, kill it when it does not listen."""
    process.terminate()
    try:
        process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _package_json() -> str:
    return json.dumps(PACKAGE, indent=2) + "\n"


def _start_script(where: Path) -> Path:
    return where / "node_modules" / "@portkey-ai" / "gateway" / "build" / "start-server.js"


def _is_installed(where: Path) -> bool:
    """Tell whether npm finished there, with the pins of this file."""
    package = where / "package.json"
    # npm writes this hidden lockfile last, so an interrupted install does not count.
    finished = (where / "node_modules" / ".package-lock.json").is_file()
    return finished and _start_script(where).is_file() and package.read_text(encoding="utf-8") == _package_json()


def _command(scratch: str, port: int) -> list[str]:
    preload = Path(scratch) / "loopback.cjs"
    preload.write_text(LOOPBACK, encoding="utf-8")
    node = shutil.which("node") or "node"
    return [node, "--require", str(preload), str(_start_script(folder())), f"--port={port}", "--headless"]


def _environment() -> dict[str, str]:
    """Our environment without what would change the gateway's rules about hosts."""
    return {name: value for name, value in os.environ.items() if name != "TRUSTED_CUSTOM_HOSTS"}


def _status(port: int, path: str) -> int | None:
    """Return the status of one GET, or None when nobody answers. No proxy is ever asked."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return None


def _main(arguments: list[str]) -> int:
    if arguments != ["install"]:
        print(f"usage: {INSTALL_COMMAND}", file=sys.stderr)
        return 2
    print(f"Portkey gateway {VERSION} is in {install()}")
    return 0


if __name__ == "__main__":
    raise SystemExit(_main(sys.argv[1:]))
