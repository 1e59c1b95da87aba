"""The same request by claude_kit and by the vendors' SDKs: time to import, and the most memory, for a PDF of 24 MB.

Run as ``python -m tests.benchmarks.sdks``. Each way of asking runs in a process of its own: imports what it needs (the
median of five, in CPU time), then reads a file of 24 MB, sends it to a server on 127.0.0.1 that answers nothing of
interest, and tells the most memory that it ever had, less what it had before the file was read. How fast each decodes a
stream is `tests.benchmarks.decode`'s.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from claude_kit import offline
from claude_kit.render.tables import Cell, Column, Row, text_table
from tests.benchmarks.request_body import scans

RUNS: Final = 5
MEGABYTE: Final = 1_000_000

BEFORE: Final = """
import sys, time
started = time.process_time()
{imports}
print(time.process_time() - started)
address, path = sys.argv[1:3]
def peak():
    return next(int(line.split()[1]) * 1024 for line in open("/proc/self/status") if line.startswith("VmHWM"))
def data():
    import base64
    return base64.standard_b64encode(open(path, "rb").read()).decode()
before = peak()
"""
AFTER: Final = """
print(peak() - before)
"""

# Way of asking -> what it imports, and how it sends the PDF.
WAYS: Final = {
    "claude_kit": (
        "import claude_kit as ck; ck.Client, ck.pdf",
        """
client = ck.Client.anthropic("none", base_url=address, preflight=False)
client.send([{"role": "user", "content": [ck.pdf(path), "Hi"]}], model="claude-sonnet-5-5", max_tokens=99)
""",
    ),
    "anthropic": (
        "import anthropic; anthropic.Anthropic",
        """
client = anthropic.Anthropic(api_key="none", base_url=address.removesuffix("/v1"))
source = {"type": "base64", "media_type": "application/pdf", "data": data()}
content = [{"type": "document", "source": source}, {"type": "text", "text": "Hi"}]
messages = [{"role": "user", "content": content}]
with client.messages.stream(model="claude-sonnet-5-5", max_tokens=99, messages=messages) as stream:
    stream.get_final_message()
""",
    ),
    "openai": (
        "import openai; openai.OpenAI",
        """
client = openai.OpenAI(api_key="none", base_url=address)
url = "data:application/pdf;base64," + data()
content = [{"type": "image_url", "image_url": {"url": url}}, {"type": "text", "text": "Hi"}]
messages = [{"role": "user", "content": content}]
for _ in client.chat.completions.create(model="claude-sonnet-5-5", max_tokens=99, messages=messages, stream=True):
    pass
""",
    ),
    "portkey-ai": (
        "import portkey_ai; portkey_ai.Portkey",
        """
client = portkey_ai.Portkey(api_key="none", provider="anthropic", base_url=address)
url = "data:application/pdf;base64," + data()
content = [{"type": "image_url", "image_url": {"url": url}}, {"type": "text", "text": "Hi"}]
messages = [{"role": "user", "content": content}]
for _ in client.chat.completions.create(model="claude-sonnet-5-5", max_tokens=99, messages=messages, stream=True):
    pass
""",
    ),
}


def run(way: str, address: str, path: Path) -> tuple[float, int]:
    """Return the seconds that a way of asking takes to import, and the bytes that it takes to send."""
    imports, send = WAYS[way]
    code = BEFORE.format(imports=imports) + send + AFTER
    command = [sys.executable, "-W", "ignore", "-c", code, address, str(path)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(told[0]), int(told[1])


def main() -> int:
    """Print the table."""
    rows = []
    with tempfile.TemporaryDirectory() as folder, offline.serve() as address:
        path = Path(folder) / "large.pdf"
        path.write_bytes(scans())
        taken = {way: [run(way, address, path) for _ in range(RUNS)] for way in WAYS}
    for way, runs in taken.items():
        seconds = statistics.median(seconds for seconds, _ in runs)
        peak = statistics.median(peak for _, peak in runs)
        rows.append(Row(tuple(map(Cell, (way, f"{seconds * 1000:.0f}", f"{peak / MEGABYTE:.0f}")))))
    titles = ("", "import, ms", "most memory, MB")
    print(f"Python {sys.version.split()[0]}, a PDF of 24 MB, median of {RUNS}")
    print(text_table([Column(title, numeric=bool(title)) for title in titles], rows))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
