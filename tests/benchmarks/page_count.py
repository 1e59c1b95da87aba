"""What it takes to know how many pages a PDF has, and how large they are: beside bare PDFium and beside pypdf.

The count is compared with pypdf's, the sizes with bare PDFium's; CPU time, so that a busy machine does not count.

``python -m tests.benchmarks.page_count``
"""

import io
import statistics
import sys
import time
from collections.abc import Callable

import pypdf
import pypdfium2

from claude_kit.content.parts import Pdf
from tests.content import making

PAGES = 1000
RUNS = 15
AT_MOST_TIMES_PDFIUM = 2.0
AT_LEAST_TIMES_FASTER_THAN_PYPDF = 20.0


def bare_sizes(data: bytes) -> int:
    """Open, ask for every size, close: no less can be done."""
    raw = pypdfium2.raw
    document = raw.FPDF_LoadMemDocument64(data, len(data), None)
    size = raw.FS_SIZEF()
    count: int = raw.FPDF_GetPageCount(document)
    for at in range(count):
        raw.FPDF_GetPageSizeByIndexF(document, at, size)
    raw.FPDF_CloseDocument(document)
    return count


CASES: dict[str, Callable[[bytes], int]] = {
    "sizes, bare PDFium": bare_sizes,
    "sizes, claude_kit": lambda data: len(Pdf(data).pages),
    "count, pypdf": lambda data: len(pypdf.PdfReader(io.BytesIO(data)).pages),
    "count, claude_kit": lambda data: Pdf(data).page_count,
}


def median_ms(data: bytes) -> dict[str, float]:
    """Return the median of each case, the cases taken in turn so that a slow moment strikes all alike."""
    taken: dict[str, list[float]] = {name: [] for name in CASES}
    for _ in range(RUNS):
        for name, count in CASES.items():
            before = time.process_time()
            assert count(data) == PAGES
            taken[name].append(time.process_time() - before)
    return {name: 1000 * statistics.median(times) for name, times in taken.items()}


def main() -> int:
    """Print both kinds of file; answer 1 if a limit is broken."""
    plain = making.long_pdf(PAGES)
    broken = False
    for kind, data in (("a plain table of objects", plain), ("objects packed", making.packed(plain))):
        times = median_ms(data)
        to_pdfium = times["sizes, claude_kit"] / times["sizes, bare PDFium"]
        to_pypdf = times["count, pypdf"] / times["count, claude_kit"]
        print(f"{PAGES:,} pages, {len(data) / 1e6:.1f} MB, {kind}; median of {RUNS}")
        for name, time_ms in times.items():
            print(f"  {name:20} {time_ms:8.2f} ms")
        print(f"  sizes in {to_pdfium:.2f} times the time of bare PDFium (limit {AT_MOST_TIMES_PDFIUM:.0f})")
        print(f"  count {to_pypdf:.0f} times faster than pypdf (limit {AT_LEAST_TIMES_FASTER_THAN_PYPDF:.0f})")
        broken |= to_pdfium > AT_MOST_TIMES_PDFIUM or to_pypdf < AT_LEAST_TIMES_FASTER_THAN_PYPDF
    return int(broken)


if __name__ == "__main__":
    sys.exit(main())
