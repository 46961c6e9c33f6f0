"""Reports of `check` beside what it prints: files (`--junit`, `--markdown`), and GitHub's own where it runs there."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import click

from bgp.secret import hidden
from lab.check.result import CheckResult, Report
from lab.check.writers.registry import FORMS, writer
from lab.check.writers.target import Target
from lab.cli.streams import as_it_is
from lab.errors import LabError, Mistake, Mistakes, NotAsItShould
from lab.harmless import tamed, without_brackets, without_keys

Command = TypeVar("Command", bound=Callable[..., object])
SUMMARY = "GITHUB_STEP_SUMMARY"
WORKSPACE = "GITHUB_WORKSPACE"


def report_options(command: Command) -> Command:
    """`--NAME FILE` of every form there is."""
    for name, text in reversed(FORMS.items()):
        command = click.option(f"--{name}", name, metavar="FILE", help=f"Also write {text}")(command)
    return command


def on_github() -> bool:
    return os.environ.get("GITHUB_ACTIONS") == "true"


def workspace() -> Path:
    """The clone that GitHub names files from."""
    return Path(os.environ.get(WORKSPACE) or Path.cwd())


def annotate(mistakes: list[Mistake]) -> None:
    """Mistakes in files as annotations, to stderr."""
    from lab.check.writers.github import mistake_commands

    _command(mistake_commands(mistakes, Path.cwd(), workspace()))


def _command(lines: list[str]) -> None:
    """Commands of our own for GitHub, in which no stranger's text is one."""
    as_it_is(sys.stderr, "".join(f"{tamed(without_brackets(hidden(line)))}\n" for line in lines))


class Reports:
    """The files that were asked for by form, opened before anything is checked. A context manager.

    Raises Impossible for one that cannot be written.
    """

    def __init__(self, files: dict[str, str | None]) -> None:
        self._targets: list[tuple[str, str, Target]] = []
        summary = os.environ.get(SUMMARY)
        asked = {name: file for name, file in files.items() if file}
        if summary and "markdown" not in asked:
            asked["markdown"] = summary
        try:
            for name, file in asked.items():
                appended = bool(summary) and os.path.realpath(file) == os.path.realpath(str(summary))
                option = f"--{name}" if files.get(name) else SUMMARY
                self._targets.append((name, file, Target(file, option, append=appended)))
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Reports:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        while self._targets:
            self._targets.pop()[2].close()

    @contextmanager
    def of_errors(self, about: str | None) -> Iterator[None]:
        """What ends the checks before there is a report is one: a CI job shows its files, and not our stderr."""
        try:
            yield
        except LabError as error:
            if self._targets:
                self.write(_refused(error, about or Path.cwd().name), annotated=False)
            raise

    def write(self, report: Report, *, annotated: bool = True) -> None:
        """Writes every file, and the annotations to stderr: stdout is the report's own. Raises NotAsItShould."""
        report = without_keys(report)
        for name, file, target in self._targets:
            text = writer(name).text(report)
            try:
                target.write(text)
            except OSError as error:
                raise NotAsItShould(f"--{name} {file}: {(error.strerror or str(error)).lower()}") from None
        if annotated and on_github():
            from lab.check.writers.github import workflow_commands

            _command(workflow_commands(report, workspace()))


def _refused(error: LabError, about: str) -> Report:
    """Nothing was checked: each mistake of the files, or the error itself, as a check that failed."""
    wrong = [m for m in error.mistakes if not m.warning] if isinstance(error, Mistakes) else []
    found = [
        _failure(f"{m.rule} {number}", about, str(m), m.hint or None, f"{m.file}:{m.line}")
        for number, m in enumerate(wrong, 1)
    ]
    return Report(about, tuple(found or [_failure(type(error).__name__, about, error.message, error.next, None)]), 0.0,
                  time.time())


def _failure(name: str, about: str, message: str, next_: str | None, source: str | None) -> CheckResult:
    return CheckResult(
        f"{about}/files/{name}", "files", about, None, None, None, "fail", label=name, expected="that checks can run",
        got=message, next=next_, source=source,
    )
