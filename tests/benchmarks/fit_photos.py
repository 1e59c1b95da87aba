"""What it takes to fit photographs of 12 megapixels, from their paths, beside the same work in bare Pillow.

``python -m tests.benchmarks.fit_photos``; exits with 1 if it takes more than 1.3 times as long.
"""

import io
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image as pil

import claude_kit as ck

RUNS = 3
DISTINCT = 10
MOST_TIMES = 1.3
MODEL = "claude-sonnet-5-5"
SIZE = (4000, 3000)

Size = tuple[int, int]


@dataclass(frozen=True)
class Case:
    """How many photographs, and the size that fitting gives them."""

    photos: int
    size: Size


# The largest that Claude sees of 4:3; and below 2,000 px, where a request holds over 20 images.
CASES = (Case(20, (2212, 1659)), Case(100, (1988, 1491)))


def fitted(paths: list[Path], size: Size) -> list[Size]:
    """Fit photographs with the kit, every check included; return the sizes they came to."""
    parts = [part for content in ck.fit(*paths, model=MODEL) for part in content]
    return [(part.width, part.height) for part in parts if isinstance(part, ck.Image)]


def bare(paths: list[Path], size: Size) -> list[Size]:
    """Do the same in bare Pillow, which checks nothing, on as many threads."""
    with ThreadPoolExecutor(os.cpu_count()) as executor:
        return list(executor.map(partial(_bare_one, size=size), paths))


def _bare_one(path: Path, size: Size) -> Size:
    with pil.open(path) as picture:
        picture.draft("RGB", size)
        smaller = picture.resize(size, pil.Resampling.LANCZOS)
    smaller.save(io.BytesIO(), "JPEG", quality=90)
    return smaller.size


WAYS: dict[str, Callable[[list[Path], Size], list[Size]]] = {"claude_kit": fitted, "bare Pillow": bare}


def photograph(seed: int) -> pil.Image:
    """Return a picture that compresses as photographs do: soft shapes, texture in them, the noise of a sensor."""
    random = np.random.default_rng(seed)
    width, height = SIZE
    shapes = pil.fromarray(random.integers(0, 255, (12, 16, 3), dtype=np.uint8)).resize(SIZE, pil.Resampling.BICUBIC)
    texture = pil.fromarray(random.integers(0, 255, (height // 4, width // 4), dtype=np.uint8))
    fine = np.asarray(texture.resize(SIZE, pil.Resampling.BICUBIC), dtype=np.float32)[..., None] - 128
    noise = random.normal(0, 7, (height, width, 1)).astype(np.float32)
    return pil.fromarray(np.clip(np.asarray(shapes) + 0.12 * fine + noise, 0, 255).astype(np.uint8))


def photographs(folder: Path) -> list[Path]:
    """Write some, which are fitted over and over."""
    paths = [folder / f"{number}.jpg" for number in range(DISTINCT)]
    for number, path in enumerate(paths):
        photograph(number).save(path, quality=90)
    return paths


def seconds(way: str, paths: list[Path], size: Size) -> float:
    """Return how long all of them take."""
    begin = time.perf_counter()
    assert WAYS[way](paths, size) == [size] * len(paths)
    return time.perf_counter() - begin


def peak_mb(way: str, paths: list[Path], size: Size) -> float:
    """Return the most memory that a fresh process held while it fitted them (Linux only, else 0)."""
    if not sys.platform.startswith("linux"):
        return 0
    # Not getrusage: its figure begins with what this process held when it started the other.
    code = (
        "from pathlib import Path\n"
        "from tests.benchmarks import fit_photos as it\n"
        f"it.seconds({way!r}, [Path(name) for name in {[str(path) for path in paths]!r}], {size!r})\n"
        "print(Path('/proc/self/status').read_text().partition('VmHWM:')[2].split()[0])"
    )
    answer = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return int(answer.stdout) * 1024 / 1e6


def main() -> int:
    """Print both, taken in turn so that a slow moment strikes both alike, and the median of their ratios."""
    with tempfile.TemporaryDirectory() as folder:
        distinct = photographs(Path(folder))
        mean_mb = statistics.mean(path.stat().st_size for path in distinct) / 1e6
        print(f"Python {sys.version.split()[0]}, photographs of 4,000 × 3,000 px, {mean_mb:.1f} MB each,")
        print(f"on {os.cpu_count()} cores, {RUNS} runs")
        worst = 0.0
        for case in CASES:
            paths = distinct * (case.photos // DISTINCT)
            runs = [{way: seconds(way, paths, case.size) for way in WAYS} for _ in range(RUNS)]
            for way in WAYS:
                median = statistics.median(run[way] for run in runs)
                memory = peak_mb(way, paths, case.size)
                print(f"{case.photos:4} photos  {way:12} {median:6.1f} s   {memory:5.0f} MB")
            times = statistics.median(run["claude_kit"] / run["bare Pillow"] for run in runs)
            worst = max(worst, times)
            print(f"{case.photos:4} photos  {times:.2f} times bare Pillow, at most {MOST_TIMES}")
    return int(worst > MOST_TIMES)


if __name__ == "__main__":
    sys.exit(main())
