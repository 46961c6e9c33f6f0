"""House rules that no linter knows: the size of a module, what never stands in code, what every module says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST_MODULE = 400
SOURCES = [path for folder in ("lab", "bgp", "topologies") for path in sorted((ROOT / folder).rglob("*.py"))]
EVERYTHING = [*SOURCES, *(path for folder in ("tests", "bench") for path in sorted((ROOT / folder).rglob("*.py")))]
PROGRAMS = ("lab/engine/keeper.py", "lab/engine/presence.py")  # processes of their own, with a log of their own


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def calls(path: Path) -> Iterator[tuple[ast.Call, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            yield node, ast.unparse(node.func)


@pytest.mark.parametrize("path", EVERYTHING, ids=relative)
def test_a_module_is_one_room(path: Path) -> None:
    lines = path.read_text().count("\n")
    assert lines <= LONGEST_MODULE, f"{relative(path)} has {lines} lines"


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_a_module_says_what_it_is_for(path: Path) -> None:
    text = path.read_text()
    assert path.name == "__init__.py" or text.strip(), "an empty module"
    assert not text.strip() or ast.get_docstring(ast.parse(text)), "no docstring"


def test_every_wait_has_a_deadline() -> None:
    sleeping = [
        f"{relative(path)}:{call.lineno}"
        for path in EVERYTHING
        for call, name in calls(path)
        if name in ("time.sleep", "sleep")
    ]
    assert not sleeping, f"wait for the thing itself (lab.control.wait): {sleeping}"


def test_no_command_goes_through_a_shell_or_kills_by_name() -> None:
    wrong = []
    for path in EVERYTHING:
        for call, name in calls(path):
            if name in ("os.system", "os.popen") or any(k.arg == "shell" for k in call.keywords):
                wrong.append(f"{relative(path)}:{call.lineno}: {name}")
    named = re.compile(r"\b(p)kill\b|\b(k)illall\b")
    wrong += [relative(path) for path in EVERYTHING if named.search(path.read_text()) and path != Path(__file__)]
    assert not wrong, "\n".join(wrong)


def test_no_error_is_caught_unnamed() -> None:
    """What catches everything cleans up and raises it again."""
    wrong = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ExceptHandler):
                caught = ast.unparse(node.type) if node.type is not None else "everything"
                again = ast.unparse(node.body[-1]) == "raise"
                if caught in ("everything", "Exception", "BaseException") and not again:
                    wrong.append(f"{relative(path)}:{node.lineno}: except {caught}")
    assert not wrong, "\n".join(wrong)


def test_libraries_never_print() -> None:
    wrong = [
        f"{relative(path)}:{call.lineno}: {name}"
        for path in SOURCES
        if "cli" not in path.relative_to(ROOT).parts and relative(path) not in PROGRAMS
        for call, name in calls(path)
        if name in ("print", "sys.stdout.write", "sys.stderr.write")
    ]
    assert not wrong, "\n".join(wrong)
