"""What it takes to fit 100 photographs of 12 megapixels, beside the same work in bare Pillow.

``python -m tests.benchmarks.fit_photos``; exits with 1 if it takes more than 1.3 times as long.
"""

import io
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image as pil

import claude_kit as ck
from claude_kit.content import scaling

PHOTOS = 100
BATCH = 10
WORKERS = 2
MOST_TIMES = 1.3
SIZE = (4000, 3000)
# The largest that Claude sees of 4:3: on its newer models, and where a request holds over 20 images.
TARGETS = {"the tier's size": (2212, 1659), "under 2,000 px": (1999, 1499)}


def fitted(path: Path, size: tuple[int, int]) -> int:
    """Fit one photograph with the kit, every check included; return the bytes it came to."""
    return scaling.scaled(ck.image(path), *size).size


def bare(path: Path, size: tuple[int, int]) -> int:
    """Do the same in bare Pillow, which checks nothing."""
    buffer = io.BytesIO()
    with pil.open(path) as picture:
        picture.draft("RGB", size)
        picture.resize(size, pil.Resampling.LANCZOS).save(buffer, "JPEG", quality=90)
    return buffer.tell()


WAYS: dict[str, Callable[[Path, tuple[int, int]], int]] = {"claude_kit": fitted, "bare Pillow": bare}


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
    """Write one batch, which is fitted over and over."""
    paths = [folder / f"{number}.jpg" for number in range(BATCH)]
    for number, path in enumerate(paths):
        photograph(number).save(path, quality=90)
    return paths


def seconds(way: str, paths: list[Path], size: tuple[int, int]) -> float:
    """Return how long all of them take, on as many threads as there are cores here."""
    begin = time.perf_counter()
    with ThreadPoolExecutor(WORKERS) as executor:
        list(executor.map(WAYS[way], paths, [size] * len(paths)))
    return time.perf_counter() - begin


def peak_mb(way: str, paths: list[Path], size: tuple[int, int]) -> float:
    """Return the most memory that a fresh process held while it fitted one batch (Linux only, else 0)."""
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
    """Print both, batches taken in turn so that a slow moment strikes both alike, and the median of their ratios."""
    with tempfile.TemporaryDirectory() as folder:
        paths = photographs(Path(folder))
        mean_mb = statistics.mean(path.stat().st_size for path in paths) / 1e6
        print(f"Python {sys.version.split()[0]}, {PHOTOS} photographs of 4,000 × 3,000 px, {mean_mb:.1f} MB each,")
        print(f"on {WORKERS} threads, in batches of {BATCH}")
        worst = 0.0
        for name, size in TARGETS.items():
            taken: dict[str, list[float]] = {way: [] for way in WAYS}
            for _ in range(PHOTOS // BATCH):
                for way in WAYS:
                    taken[way].append(seconds(way, paths, size))
            for way, runs in taken.items():
                memory = peak_mb(way, paths, size)
                print(f"{name:15} {way:12} {sum(runs):6.1f} s   {PHOTOS / sum(runs):5.1f} a second   {memory:4.0f} MB")
            times = statistics.median(ours / theirs for ours, theirs in zip(*taken.values(), strict=True))
            worst = max(worst, times)
            print(f"{name:15} {times:.2f} times bare Pillow, at most {MOST_TIMES}")
    return int(worst > MOST_TIMES)


if __name__ == "__main__":
    sys.exit(main())
