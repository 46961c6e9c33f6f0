"""Arrows point one way: who may import whom, read from the source of every module; and what a cheap verb may load."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for package in ("bgp", "lab", "topologies")
    for path in sorted((ROOT / package).rglob("*.py"))
}
BGP_VALUES = (
    "bgp.session",
    "bgp.route",
    "bgp.community",
    "bgp.secret",
    "bgp.frr.config",
    "bgp.frr.reference",
    "bgp.exabgp.config",
    "bgp.speaker",
)
VALUES = ("lab.errors", "lab.harmless", "lab.topology", "lab.wiring", "lab.circuit", "lab.asked", "lab.role")
TOUCHES_THE_HOST = frozenset({"socket", "subprocess", "select", "ctypes", "pyroute2", "docker", "exabgp", "requests"})
KEEPERS = frozenset({"lab.circuit.store", "lab.circuit.keys"})  # the two of `circuit` that read and write files
HEAVY = ("pyroute2", "pydantic", "rich", "docker", "netaddr", "exabgp", "asyncio")

LIVE = (
    "lab.errors", "lab.harmless", "lab.program", "lab.topology", "lab.wiring", "lab.circuit", "lab.asked", "lab.role",
    "lab.files", "lab.net", "bgp",
)

# Package -> what of this project it may import; its own modules always. Whoever is not named here may import nothing.
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "bgp": (),
    "lab.errors": (),
    "lab.harmless": ("lab.errors", "bgp.secret"),
    "lab.program": (),
    "lab.topology": (),
    "lab.wiring": (),
    "lab.circuit": ("lab.errors", "lab.harmless", "lab.topology"),
    "lab.asked": ("lab.errors", "lab.harmless", "lab.topology", "lab.circuit", *BGP_VALUES),
    "lab.role": ("lab.errors", "lab.topology", "lab.wiring", "lab.circuit", *BGP_VALUES),
    "lab.files": (
        "lab.errors", "lab.harmless", "lab.program", "lab.topology", "lab.wiring", "lab.circuit", "lab.asked",
        "topologies",
        *BGP_VALUES,
    ),
    "lab.net": ("lab.errors", "lab.wiring"),
    "lab.engine": ("lab.errors", "lab.program", "lab.topology", "lab.wiring", "lab.net", "bgp"),
    "lab.control": (*LIVE, "lab.engine"),
    "lab.fault": (*LIVE, "lab.engine", "lab.control"),
    "lab.show": (*LIVE, "lab.engine", "lab.control"),
    "lab.diagnose": (*LIVE, "lab.engine", "lab.control", "lab.show"),
    "lab.trace": (*LIVE, "lab.engine", "lab.control"),
    "lab.check": (*LIVE, "lab.engine", "lab.control", "lab.show", "lab.fault", "lab.diagnose", "lab.trace"),
    "lab.export": (*LIVE, "lab.engine", "lab.control"),
    "lab.capture": (*LIVE, "lab.engine", "lab.control"),
    "lab.testing": (*LIVE, "lab.engine", "lab.control", "lab.fault", "lab.show", "lab.diagnose", "lab.check"),
    "lab.cli": ("lab", "bgp", "topologies"),
    "lab.pytest_plugin": ("lab", "bgp", "topologies"),
    "lab": (),
    "topologies": (),
}


def package_of(module: str) -> str:
    """The longest entry of the table that `module` is in."""
    return max((name for name in MAY_IMPORT if within(module, (name,))), key=len)


def within(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == package or module.startswith(package + ".") for package in packages)


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Every import of the module, those inside functions too, as (line, dotted name)."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import"
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                yield node.lineno, name if name in MODULES else str(node.module)


def test_the_table_is_complete() -> None:
    packages = {".".join(module.split(".")[:2]) for module in MODULES if module.count(".")}
    unknown = {name for name in packages if name.startswith("lab.") and name not in MAY_IMPORT}
    assert not unknown, f"say in MAY_IMPORT what these may import: {sorted(unknown)}"


def test_arrows_point_one_way() -> None:
    wrong = []
    for module, path in MODULES.items():
        package = package_of(module)
        allowed = (package, *MAY_IMPORT[package])
        for line, name in imports(path):
            if within(name, ("lab", "bgp", "topologies", "tests", "bench")) and not within(name, allowed):
                wrong.append(f"{path.relative_to(ROOT)}:{line}: {package} may not import {name}")
    assert not wrong, "\n".join(wrong)


def test_values_touch_nothing() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: a value does no I/O, and this imports {name}"
        for module, path in MODULES.items()
        if within(module, (*VALUES, *BGP_VALUES)) and module not in KEEPERS
        for line, name in imports(path)
        if name.split(".")[0] in TOUCHES_THE_HOST
    ]
    assert not wrong, "\n".join(wrong)


def test_nobody_knows_the_command_line() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: imports {name}"
        for module, path in MODULES.items()
        if not within(module, ("lab.cli", "lab.pytest_plugin"))
        for line, name in imports(path)
        if within(name, ("lab.cli", "click", "rich"))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("module", ["lab.cli.main", "lab.cli.status", "lab.cli.list", "lab.cli.down"])
def test_a_cheap_verb_loads_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not set(HEAVY) & set(done.stdout.split())
