"""The house as it is drawn: imports run downwards only, and the front door opens fast."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import claude_kit

PACKAGE = Path(claude_kit.__file__).parent

# From the ground up. A room may import rooms of lower floors, and nothing else of the package.
FLOORS = (
    {"errors", "spellings"},
    {"render", "models"},
    {"content"},
    {"wire"},
    {"estimate"},
    {"preflight", "shown"},
    {"reply"},
    {"planning"},
    {"view", "access"},
    {"client"},
    {"chat"},
    {"lessons", "panels"},
    {"cli"},
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}

# A part in a cell shows its tokens and findings, and an exact count asks Anthropic: only the upper floors can.
UPWARDS = {
    ("claude_kit/content/parts/showing.py", "preflight"),
    ("claude_kit/estimate/asking.py", "client"),
}

# The offline model stands beside the tower: what it may use, and who may call it.
OFFLINE_MAY_USE = {"wire", "estimate", "content", "render", "models", "errors"}
MAY_USE_OFFLINE = {"client", "cli"}

# Rooms whose first use costs; none of them is paid for by `import claude_kit`.
HEAVY = (
    *("pandas", "PIL", "httpx", "httpx2", "ipywidgets", "anywidget"),
    *("pypdf", "pypdfium2", "genai_prices", "pydantic", "rich", "stamina"),
)


def imports() -> list[tuple[str, str, str]]:
    """Return (room, room imported, where) for every import inside the package, lazy ones included."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        if parts[0] in ("__init__", "lessons") and len(parts) > 1:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for name in imported(node):
                found.append((parts[0], name, f"{path.relative_to(PACKAGE)}:{getattr(node, 'lineno', 0)}"))
    return found


def imported(node: ast.AST) -> list[str]:
    """Return the rooms an import statement names."""
    if isinstance(node, ast.Import):
        modules = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and node.module == "claude_kit":
        modules = [f"claude_kit.{alias.name}" for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        modules = [node.module or ""]
    else:
        return []
    return [module.split(".")[1] for module in modules if module.startswith("claude_kit.")]


def type_checking_only() -> set[str]:
    """Return where imports stand that no run executes: under ``if TYPE_CHECKING``."""
    lines = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
                lines |= {
                    f"{path.relative_to(PACKAGE)}:{inner.lineno}"
                    for inner in ast.walk(node)
                    if hasattr(inner, "lineno")
                }
    return lines


def test_every_room_stands_on_a_floor() -> None:
    """A new module or package at the top has to be given its place here."""
    rooms = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}
    assert rooms - {"__init__", "offline"} == set(FLOOR)


def test_imports_run_downwards_only() -> None:
    """No room imports one of its own or a higher floor, but for types."""
    only_types = type_checking_only()
    wrong = [
        f"{where}: {room} imports {other}"
        for room, other, where in imports()
        if room != other
        and where not in only_types
        and "offline" not in (room, other)
        and room in FLOOR
        and not FLOOR[other] < FLOOR[room]
        and (f"claude_kit/{where.partition(':')[0]}", other) not in UPWARDS
    ]
    assert not wrong


def test_the_offline_model_stands_beside_the_tower() -> None:
    """It uses the wire, estimates and content; only client and command line call it."""
    used = {other for room, other, _ in imports() if room == "offline"} - {"offline"}
    callers = {room for room, other, _ in imports() if other == "offline"} - {"offline"}
    assert used <= OFFLINE_MAY_USE
    assert callers <= MAY_USE_OFFLINE


def test_import_is_cheap() -> None:
    """`import claude_kit` loads none of the heavy packages."""
    code = f"import sys, json, claude_kit; print(json.dumps([m for m in {HEAVY!r} if m in sys.modules]))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(answer.stdout) == []


@pytest.mark.parametrize("first", ["check", "Chat", "ask", "estimate", "count_text"])
def test_estimate_is_the_function(first: str) -> None:
    """`ck.estimate` is the function whatever is used first, though a package has the same name."""
    code = f"import claude_kit as ck; ck.{first}; print(ck.estimate('hi', model='claude-sonnet-5-5').expected_output)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "800"


def test_every_public_name_is_there() -> None:
    """Each name of the stub can be had from the package, and `dir` lists it."""
    for name in claude_kit.__all__:
        assert getattr(claude_kit, name) is not None
        assert name in dir(claude_kit)
