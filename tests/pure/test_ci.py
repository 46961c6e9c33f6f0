"""What is written for CI products is linted by their own schemas: workflows, the action, all snippets of the guides."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.check.writers.registry import FORMS
from lab.cli.main import VERBS

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
GUIDES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
KINDS = {
    ".github/workflows/": "vendor.github-workflows",
    ".gitlab-ci.yml": "vendor.gitlab-ci",
    "azure-pipelines.yml": "vendor.azure-pipelines",
}
"""By how the first line of a snippet names its file, the schema of it."""
HOOK = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())[0]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())


def snippets(schema: str) -> dict[str, str]:
    """The snippets of the guides that the schema is for, by a file name of their own."""
    found = {}
    for guide in GUIDES:
        for number, block in enumerate(re.findall(r"```yaml\n(.*?)```", guide.read_text(), flags=re.DOTALL)):
            named = next((KINDS[start] for start in KINDS if block.startswith(f"# {start}")), None)
            if named == schema:
                found[f"{guide.stem}-{number}.yml"] = block
            elif schema == "vendor.github-workflows" and block.startswith("jobs:"):
                found[f"{guide.stem}-{number}.yml"] = f"on: push\npermissions: {{}}\n{block}"
    return found


def workflows() -> list[Path]:
    return [path for folder in (ROOT, *sorted((ROOT / "examples").glob("*")))
            for path in sorted((folder / ".github" / "workflows").glob("*.y*ml"))]


def linted(schema: str, files: list[Path]) -> None:
    # Some of the patterns of Azure's schema are only valid as older JavaScript.
    command = [str(BIN / "check-jsonschema"), "--regex-variant", "nonunicode", "--builtin-schema", schema]
    done = subprocess.run([*command, *map(str, files)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("schema", KINDS.values())
def test_every_snippet_of_a_guide_is_valid(schema: str, tmp_path: Path) -> None:
    found = snippets(schema)
    assert found
    for name, text in found.items():
        (tmp_path / name).write_text(text)
    linted(schema, sorted(tmp_path.iterdir()))


def test_every_workflow_is_valid() -> None:
    linted("vendor.github-workflows", workflows())


def test_the_action_is_valid() -> None:
    linted("vendor.github-actions", [ROOT / "action.yml"])


def test_the_schemas_do_refuse(tmp_path: Path) -> None:
    (tmp_path / "bad.yml").write_text("on: push\njobs: {test: {runs-on: x, stepps: []}}\n")
    with pytest.raises(AssertionError, match="stepps"):
        linted("vendor.github-workflows", [tmp_path / "bad.yml"])


def test_nothing_for_github_is_open_to_attack(tmp_path: Path) -> None:
    """No secret in a log, no input in a script, no credential left, no permission that is not needed."""
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (tmp_path / ".github" / "zizmor.yml").write_text((ROOT / ".github" / "zizmor.yml").read_text())
    for name, text in snippets("vendor.github-workflows").items():
        (folder / name).write_text(text)
    for path in workflows():
        (folder / f"{path.parents[2].name}-{path.name}").write_text(path.read_text())
    (tmp_path / "action.yml").write_text((ROOT / "action.yml").read_text())
    done = subprocess.run(
        [BIN / "zizmor", "--offline", "--no-progress", "--config", tmp_path / ".github" / "zizmor.yml", tmp_path],
        capture_output=True, text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_scripts_of_the_action_are_shell(tmp_path: Path) -> None:
    for step in ACTION["runs"]["steps"]:
        done = subprocess.run(["bash", "-n", "-c", step["run"]], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def test_inputs_reach_the_actions_scripts_by_the_environment_alone() -> None:
    assert not [step["name"] for step in ACTION["runs"]["steps"] if "${{" in step["run"]]
    used = set(re.findall(r"inputs\.([a-z-]+)", (ROOT / "action.yml").read_text()))
    assert used == set(ACTION["inputs"])


def test_options_that_ci_types_exist() -> None:
    typed = " ".join(step["run"] for step in ACTION["runs"]["steps"])
    assert {name for name in FORMS if f"--{name}" in typed} == set(FORMS)
    guide = (ROOT / "docs" / "ci.md").read_text()
    assert all(f"`--{name} FILE`" in guide for name in FORMS)
    assert all(f"`{name}`" in guide for name in (*ACTION["inputs"], *ACTION["outputs"]))


@pytest.mark.parametrize(("path", "wanted"), [
    ("circuit.yml", True), ("sites/ams/circuit.yaml", True), ("circuit.json", True), ("lab/dual.clab.yml", True),
    ("my-circuit.yml", False), ("docs/circuit.yml.md", False), ("ce1.conf", False), ("compose.yml", False),
])
def test_the_hook_looks_at_circuits_and_topologies(path: str, wanted: bool) -> None:
    assert bool(re.search(HOOK["files"], path)) is wanted


def test_the_hook_types_a_verb_that_there_is() -> None:
    program, verb, *options = HOOK["entry"].split()
    assert (program, options) == ("mseelab", ["--no-keys"])
    assert verb in VERBS


def test_the_action_runs_nothing_of_the_checkout(tmp_path: Path) -> None:
    """A6: `python3 -c` and `python -m pip` have the working directory first on their path."""
    install, check = (step["run"] for step in ACTION["runs"]["steps"])
    (line,) = re.findall(r"^ *(python3 .*\n.*\n)", check, flags=re.MULTILINE)
    ran = tmp_path / "ran"
    for name in ("json", "sys", "pip", "venv", "sitecustomize", "usercustomize", "site"):
        (tmp_path / f"{name}.py").write_text(f"open({str(ran)!r}, 'w')")
    (tmp_path / "r.json").write_text('{"passed": 3, "failed": 0, "warnings": 1}')
    out = tmp_path / "out"
    done = subprocess.run(
        ["bash", "-ec", line], cwd=tmp_path, capture_output=True, text=True,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "report": "r.json", "GITHUB_OUTPUT": str(out)},
    )
    assert done.returncode == 0, done.stderr
    assert out.read_text() == "passed=3\nfailed=0\nwarnings=1\n"
    assert not ran.exists()
    assert [word for word in re.findall(r"python3 \S+", install + check) if word != "python3 -I"] == []
    commands = [line for line in install.splitlines() if not line.startswith("#")]
    assert commands[0] == "cd /"
    assert all(step["env"]["PYTHONSAFEPATH"] == "1" for step in ACTION["runs"]["steps"])


def test_no_snippet_installs_in_a_checkout() -> None:
    """A6's brother: pipx runs `python -m pip` where it is, and that could be the checkout's own pip.py."""
    for guide in GUIDES:
        lines = guide.read_text().splitlines()
        for number, line in enumerate(lines):
            if "pipx install" in line and re.search(r"^\s+- ", line):
                after = lines[number + 1].strip().lower().replace("-", "")
                assert "(cd / &&" in line or after == "workingdirectory: /", f"{guide.name}:{number + 1}"
