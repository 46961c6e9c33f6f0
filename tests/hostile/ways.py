"""The ways in which a pull request is looked at: each types what a user or a CI product types."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.hostile.place import Place
from tests.live.harness import PLAIN, ROOT, RUN
from tests.live.leaks import TOKEN, TOKEN_NAME

SECONDS = 60
"""The longest that one command may take. Most take half a second, those that wait for a lab that stays wrong a few."""
TIMEOUT = "2"
"""Seconds that a lab which is not as it should be gets to become right."""
REFUSED = 2
ALONE = (("list",),)
AFTER = (
    ("status", "-o", "json"), ("show", "prefixes"), ("plan",), ("diagnose",), ("list",),
    ("circuit", "show", "-o", "yaml"), ("down", "--all"),
)
"""What is typed after `up`, where it has refused and where not."""
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
HOOK = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())[0]


@dataclass(frozen=True)
class Said:
    """A command line that has ended, with all that it printed."""

    command: str
    code: int
    text: str


class Ways:
    """Types commands at a place. `python` runs mseelab of this tree, `path` are the folders of its programs."""

    def __init__(self, place: Place, python: str, root: Path | None) -> None:
        self.place = place
        self.python = python
        self.programs = place.folder / "bin"
        self._root = root

    def make(self) -> None:
        """Puts `mseelab` and the interpreter of the tests where a job finds them."""
        self.programs.mkdir()
        here = f"import sys; sys.path.insert(0, {str(self._root)!r}); " if self._root else ""
        program = self.programs / "mseelab"
        program.write_text(f'#!/bin/sh\nexec {shlex.quote(self.python)} -P -c {shlex.quote(here + RUN)} "$@"\n')
        program.chmod(0o755)

    def all(self, *, with_pytest: bool) -> Iterator[tuple[str, list[Said]]]:
        """By the name of the way, what was said. Each begins and ends with nothing running."""
        yield "validate", [self._mseelab("validate")]
        yield "hook", [self._shell(f"{HOOK['entry']} {' '.join(self._files_of_the_hook())}")]
        yield "check", [self._mseelab("check", "--timeout", TIMEOUT, *self._reports())]
        up = self._mseelab("up", "--timeout", TIMEOUT)
        yield "up", [up, *(self._mseelab(*words) for words in (ALONE if up.code == REFUSED else AFTER))]
        if with_pytest:
            yield "pytest", [self._pytest()]
        yield "action", [self._action()]

    def _reports(self) -> list[str]:
        return [word for form in ("junit", "markdown", "json") for word in (f"--{form}", f"report.{form}")]

    def _files_of_the_hook(self) -> list[str]:
        names = (path for path in self.place.checkout.iterdir())
        return [shlex.quote(p.name) for p in names if p.name == "circuit.yml" or p.name.endswith(".clab.yml")]

    def _mseelab(self, *arguments: str) -> Said:
        return self._run([str(self.programs / "mseelab"), *arguments])

    def _pytest(self) -> Said:
        """The repository's own test, with the local variables of every frame shown."""
        options = ["-p", "no:cacheprovider", "-l", "-rA", "--color=no", f"--junit-xml={self.place.runner}/report.xml"]
        command = [self.python, "-P", "-m", "pytest", *options, "both_paths.py"]
        return self._run(command, {"PYTHONPATH": str(self._root)} if self._root else {})

    def _action(self) -> Said:
        """The step of the action that looks at a stranger's files, as a runner starts it."""
        step = next(step for step in ACTION["runs"]["steps"] if step.get("id") == "check")
        given = {name: _given(str(value)) for name, value in step["env"].items()}
        given["MSEELAB_ARGS"] = f"--timeout {TIMEOUT}"
        return self._run(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]], given)

    def _shell(self, line: str) -> Said:
        return self._run(["bash", "--noprofile", "--norc", "-c", line])

    def _run(self, command: list[str], environment: Mapping[str, str] | None = None) -> Said:
        place = self.place
        path = f"{self.programs}:{Path(self.python).parent}:{PLAIN['PATH']}"
        done = subprocess.run(
            command,
            cwd=place.checkout,
            env={
                **PLAIN, "PATH": path, TOKEN_NAME: TOKEN, "GITHUB_ACTION_PATH": str(ROOT), **place.environment,
                **(environment or {}),
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="surrogateescape",
            timeout=SECONDS,
            check=False,
            user=place.user,
            group=place.user,
            extra_groups=None if place.user is None else [],
        )
        return Said(shlex.join(command), done.returncode, done.stdout + done.stderr)


def _given(value: str) -> str:
    """The default of an input, for `${{ inputs.NAME }}`; other values are as they are."""
    name = value.strip("${} ").removeprefix("inputs.")
    return str(ACTION["inputs"][name]["default"]) if name in ACTION["inputs"] else value
