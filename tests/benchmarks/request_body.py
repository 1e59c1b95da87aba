"""What a request body costs: a PDF of 24 MB from its path to the bytes that are sent, beside the least it could be.

The peer reads the file, turns it into base64 and joins it with the same JSON. Memory is what a fresh interpreter that
has imported everything grows by, at its peak, beside the size of the body.

``python -m tests.benchmarks.request_body``; exits with 1 when a limit is broken.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pybase64
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, NumberObject, StreamObject

import claude_kit as ck
from claude_kit.wire import body
from claude_kit.wire.messages import encode_request

RUNS = 25
MEGABYTE = 1_000_000
PAGES = 24
SIDE_PX = 577  # of an image in RGB of a megabyte
MOST_TIME = 2.0
MOST_MEMORY = 2.5
MODEL = "claude-sonnet-5-5"
PICTURE = {"Type": "XObject", "Subtype": "Image", "ColorSpace": "DeviceRGB"}
SIZES = {"Width": SIDE_PX, "Height": SIDE_PX, "BitsPerComponent": 8}


def scans() -> bytes:
    """Return a PDF of 24 MB: a page for each megabyte, with an image on it that nothing can compress."""
    writer = PdfWriter()
    for _ in range(PAGES):
        page = writer.add_blank_page(612, 792)
        image = StreamObject()
        image.set_data(os.urandom(SIDE_PX * SIDE_PX * 3))
        image.update({NameObject(f"/{key}"): NameObject(f"/{value}") for key, value in PICTURE.items()})
        image.update({NameObject(f"/{key}"): NumberObject(value) for key, value in SIZES.items()})
        held = DictionaryObject({NameObject("/Scan"): writer._add_object(image)})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/XObject"): held})
        drawn = StreamObject()
        drawn.set_data(b"612 0 0 792 0 0 cm /Scan Do")
        page[NameObject("/Contents")] = writer._add_object(drawn)
    with tempfile.TemporaryFile() as file:
        writer.write(file)
        file.seek(0)
        return file.read()


def ours(path: Path) -> bytes:
    """Return the body as the client sends it."""
    question = [{"role": "user", "content": [ck.pdf(path), "What are the key findings?"]}]
    return body.encode(encode_request(question, model=MODEL, max_tokens=4096))


def bare(path: Path, before: bytes, after: bytes) -> bytes:
    """Return the same bytes with nothing but the work that cannot be spared."""
    return before + pybase64.b64encode(path.read_bytes()) + after


def around(path: Path) -> tuple[bytes, bytes]:
    """Return the JSON that stands before and after the data."""
    before, after = ours(path).split(pybase64.b64encode(path.read_bytes()))
    return before, after


def seconds(make: Callable[[], bytes]) -> float:
    """Time one run."""
    started = time.perf_counter()
    make()
    return time.perf_counter() - started


def peak_bytes(path: Path, run: str) -> int:
    """Return by how much the memory of a fresh interpreter grows at its peak, over what it holds when all is loaded."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.request_body", run, str(path)],
        check=True,
        capture_output=True,
        text=True,
    )
    return int(ended.stdout)


def measure(run: str, path: Path) -> None:
    """Print by how much one run lets this process grow."""
    before, after = around(path.with_name("small.pdf"))
    at_rest = resident("VmRSS")
    ours(path) if run == "ours" else bare(path, before, after)
    print(resident("VmHWM") - at_rest)


def resident(name: str) -> int:
    """Return bytes of memory that the system says this process has (``VmRSS``) or had at its peak (``VmHWM``).

    Not ``ru_maxrss``: a fresh process begins with the peak of the one that started it.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith(f"{name}:"))


def main() -> int:
    """Print both figures, each with its limit."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scans.pdf"
        path.write_bytes(scans())
        blank = PdfWriter()
        blank.add_blank_page(612, 792)
        blank.write(path.with_name("small.pdf"))
        before, after = around(path)
        length = len(ours(path))
        if ours(path) != bare(path, before, after):
            raise SystemExit("the two bodies differ, so their figures say nothing")
        taken: dict[str, list[float]] = {"ours": [], "bare": []}
        for _ in range(RUNS):  # by turns, so that a slow moment strikes both alike
            taken["ours"].append(seconds(lambda: ours(path)))
            taken["bare"].append(seconds(lambda: bare(path, before, after)))
        peaks = {run: statistics.median(peak_bytes(path, run) for _ in range(3)) for run in taken}
    medians = {run: statistics.median(times) for run, times in taken.items()}
    time_ratio, memory_ratio = medians["ours"] / medians["bare"], peaks["ours"] / length
    print(f"Python {sys.version.split()[0]}, body of {length / MEGABYTE:.1f} MB, median of {RUNS} runs")
    for run, name in {"ours": "ck.pdf, encode_request, encode", "bare": "read, base64, concatenation"}.items():
        peak = f"{peaks[run] / MEGABYTE:5.0f} MB peak, {peaks[run] / length:.2f} times the body"
        print(f"{name:32} {medians[run] * 1000:6.1f} ms   {peak}")
    print(f"time    {time_ratio:.2f} times bare       limit {MOST_TIME}")
    print(f"memory  {memory_ratio:.2f} times the body   limit {MOST_MEMORY}")
    return int(time_ratio > MOST_TIME or memory_ratio > MOST_MEMORY)


if __name__ == "__main__":
    raise SystemExit(measure(*sys.argv[1:2], Path(sys.argv[2])) if len(sys.argv) == 3 else main())
