"""What `import claude_kit` costs: CPU seconds of a fresh interpreter, beside one that imports nothing.

``python -m tests.benchmarks.import_time``
"""

import resource
import statistics
import subprocess
import sys

RUNS = 15
CASES = {
    "an interpreter that imports nothing": "pass",
    "import claude_kit": "import claude_kit",
    "import claude_kit, httpx": "import claude_kit, httpx",
    "import claude_kit, pandas": "import claude_kit, pandas",
}


def cpu_s(code: str) -> float:
    """Return user and system seconds of one fresh interpreter."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> None:
    """Print the median of each case, the cases taken in turn so that a slow moment strikes all alike."""
    seconds: dict[str, list[float]] = {name: [] for name in CASES}
    for _ in range(RUNS):
        for name, code in CASES.items():
            seconds[name].append(cpu_s(code))
    bare = statistics.median(next(iter(seconds.values())))
    print(f"Python {sys.version.split()[0]}, median of {RUNS} fresh interpreters")
    for name, taken in seconds.items():
        median = statistics.median(taken)
        print(f"{name:38} {median:6.3f} s CPU   {median / bare:5.1f} times a bare one")


if __name__ == "__main__":
    main()
