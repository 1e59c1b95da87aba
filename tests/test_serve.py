"""`claude-kit serve`: the offline model for any SDK, from a terminal, until Ctrl-C."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import anthropic
import httpx
import openai
import pytest

QUESTION = [{"role": "user", "content": "Why?"}]
MODEL = "claude-sonnet-5-5"


@contextmanager
def serving(*options: str) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """Run the command; give the process, what it printed, and the address."""
    command = [sys.executable, "-m", "claude_kit.cli", "serve", "--pace", "0", *options]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", env=environment
    ) as process:
        assert process.stdout is not None
        told = "".join(iter(process.stdout.readline, "\n"))
        told += "".join(iter(process.stdout.readline, "\n"))
        try:
            yield process, told, told.split()[5]
        finally:
            process.kill()


def value_of(line: str) -> str:
    """Return the address that a line of code gives an SDK."""
    found = re.search(r'base_url="([^"]+)"', line)
    assert found
    return found[1]


def test_it_prints_what_each_sdk_needs() -> None:
    """The lines work as they stand."""
    with serving("--port", "0") as (_, told, address):
        assert address.startswith("http://127.0.0.1:")
        assert "No Claude is asked" in told
        lines = {words[0]: " ".join(words) for line in told.splitlines() if (words := line.split())}
        with anthropic.Anthropic(api_key="none", base_url=value_of(lines["anthropic"]), max_retries=0) as client:
            message = client.messages.create(model=MODEL, max_tokens=9, messages=QUESTION)  # type: ignore[arg-type]
            assert message.id.startswith("msg_offline_")
        with openai.OpenAI(api_key="none", base_url=value_of(lines["openai"]), max_retries=0) as client:
            assert client.models.list().data
        assert value_of(lines["portkey-ai"]) == value_of(lines["claude_kit"]) == address


@pytest.mark.skipif(sys.platform == "win32", reason="signals to one process are of POSIX")
def test_ctrl_c_ends_it_without_a_word() -> None:
    """Also while somebody is listening."""
    with serving("--port", "0", "--fault", "stall=3600; after=2") as (process, _, address):
        body = {"model": MODEL, "max_tokens": 99, "messages": QUESTION, "stream": True}
        with httpx.stream("POST", f"{address}/messages", json=body) as answer:
            next(answer.iter_bytes())
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
    assert (process.returncode, out.strip(), err) == (0, "", "")


def test_a_fault_falls_on_who_asks() -> None:
    """As many times as was said."""
    with serving("--port", "0", "--fault", "status=529; times=1") as (_, _, address):
        assert [httpx.get(f"{address}/models").status_code for _ in range(2)] == [529, 200]


@pytest.mark.parametrize(
    ("options", "message"),
    [(("--fault", "statsu=529"), "statsu"), (("--port", "70000"), "65535"), (("--pace", "-1"), "equal to 0")],
)
def test_an_option_that_is_none_is_refused(options: tuple[str, ...], message: str) -> None:
    """Before anything is served."""
    command = [sys.executable, "-m", "claude_kit.cli", "serve", *options]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2
    assert message in ended.stderr


def test_a_port_that_is_taken_is_one_line() -> None:
    """With the way out, and no traceback."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "claude_kit.cli", "serve", "--port", port]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2
    assert ended.stderr.strip() == (
        f"claude-kit: port {port} cannot be had: another program has it. Give another, or 0 for any that is free."
    )
