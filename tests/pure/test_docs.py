"""The guides are tried: every circuit file in them is valid, every verb, rule and link they name is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lab.asked.base import SELECTORS
from lab.asked.kinds import COMMON, KINDS
from lab.circuit.rules import all_rules
from lab.cli.main import VERBS
from lab.diagnose.codes import CODES
from lab.fault.registry import kinds
from lab.files.asked import read_file
from lab.files.load import load_file

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "SECURITY")]
GUIDES = [*PAGES, *sorted((ROOT / "docs").glob("*.md"))]
guide = pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.name)
CIRCUITS = [
    pytest.param(block, id=f"{path.name}-{number}")
    for path in GUIDES
    for number, block in enumerate(re.findall(r"```yaml\n(.*?)```", path.read_text(), flags=re.DOTALL), 1)
    if re.match(r"(name|lab):", block)
]
CHECKS = [
    pytest.param(block, id=f"{path.name}-{number}")
    for path in GUIDES
    for number, block in enumerate(re.findall(r"```yaml\n(checks:\n.*?)```", path.read_text(), flags=re.DOTALL), 1)
]


@pytest.mark.parametrize("text", CIRCUITS)
def test_a_circuit_in_a_guide_is_valid(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in re.findall(r"\{env: (\w+)\}", text):
        monkeypatch.setenv(name, "Guide1")
    file = tmp_path / "circuit.yml"
    file.write_text(text)
    loaded = load_file(file, "circuit.yml")
    assert not loaded.warnings


@pytest.mark.parametrize("text", CHECKS)
def test_checks_in_a_guide_are_valid(text: str, tmp_path: Path) -> None:
    file = tmp_path / "own.yml"
    file.write_text(text)
    assert read_file(file, "own.yml")


def test_the_guide_to_checks_has_every_key() -> None:
    text = (ROOT / "docs/checks.md").read_text()
    parts = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", text, flags=re.DOTALL | re.MULTILINE))
    for kind in KINDS.values():
        shared = {key.name for key in SELECTORS} if kind.name in ("sessions", "prefixes") else set()
        rows = " ".join(re.findall(r"^\| (.*?) \|", parts[kind.name], flags=re.MULTILINE))
        missing = {key.name for key in kind.keys if f"`{key.name}`" not in rows} - shared
        assert not missing, f"{kind.name}: {missing}"
    assert all(f"| `{key.name}` |" in text for key in COMMON)


def test_there_are_circuits_in_the_guides() -> None:
    assert len(CIRCUITS) >= 3


@guide
def test_verbs_in_a_guide_exist(path: Path) -> None:
    text = path.read_text()
    named = set(re.findall(r"(?:\$ |`|run: )mseelab ([a-z][a-z-]*)", text))
    assert named <= set(VERBS), f"{path.name} names {named - set(VERBS)}"


def test_the_readme_names_every_verb() -> None:
    text = (ROOT / "README.md").read_text()
    missing = [verb for verb in VERBS if not re.search(rf"`{verb}\b", text)]
    assert not missing


def test_the_guide_to_verdicts_has_every_code_in_the_order_of_the_layers() -> None:
    rows = re.findall(r"^\| `([A-Z0-9-]+)` \|", (ROOT / "docs" / "diagnose.md").read_text(), flags=re.MULTILINE)
    assert rows == list(CODES)


def test_the_guide_to_faults_has_every_kind_its_ends_and_options() -> None:
    text = (ROOT / "docs" / "faults.md").read_text()
    rows = re.findall(r"^\| `([a-z0-9-]+)` \| .* \| ([a-z, ]+) \| [a-z, ]+ \|(.*) \|.*\|$", text, flags=re.MULTILINE)
    told = [(name, ends.split(", "), re.findall(r"`([a-z]+)`", options)) for name, ends, options in rows]
    assert told == [(kind.name, list(kind.sides), list(kind.options)) for kind in kinds().values()]


@guide
def test_rules_in_a_guide_exist(path: Path) -> None:
    named = set(re.findall(r"\bER\d{3}\b", path.read_text()))
    assert named <= {rule.id for rule in all_rules()}


@guide
def test_links_of_a_guide_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text())
    lost = [link for link in links if "://" not in link and not (path.parent / link).exists()]
    assert not lost


@guide
def test_make_targets_in_a_guide_exist(path: Path) -> None:
    targets = set(re.findall(r"^([a-z]+): ", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    text = path.read_text()
    named = {word for words in re.findall(r"(?:\$ |`)make ((?:[a-z]+ ?)+)", text) for word in words.split()}
    assert named <= targets, f"{path.name} names {named - targets}"


def test_every_promise_of_the_security_page_has_its_test() -> None:
    text = (ROOT / "docs/security.md").read_text()
    files = set(re.findall(r"`(tests/[\w/]+\.py)`", text))
    tests = set(re.findall(r"`(test_\w+)`", text))
    sources = [path.read_text() for path in (ROOT / "tests").rglob("test_*.py")]
    written = {name for source in sources for name in re.findall(r"def (test_\w+)", source)}
    assert len(files) > 5
    assert not {name for name in files if not (ROOT / name).is_file()}
    assert not tests - written
