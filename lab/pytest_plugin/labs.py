"""The labs of one test run: made when a test asks, shared by module or session, as they were again for every test."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NoReturn, get_args

import pytest

from lab.errors import LabError, Mistakes, meant
from lab.testing.lab import Lab

Scope = Literal["module", "session"]
FIELDS = ("target", "scope", "engine", "within", "healthy")


@dataclass(frozen=True)
class Wanted:
    """What a mark asks for. `target` is None for the circuit file of the test's folder."""

    target: str | None = None
    scope: Scope = "module"
    engine: str | None = None
    within: float = 10.0
    healthy: bool = True


class Labs:
    """The labs of a pytest process, by who shares them and what they are made of."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._labs: dict[tuple[str, str, Wanted], Lab] = {}
        self._last: dict[Lab, str] = {}
        self.now: Lab | None = None

    def give(self, request: pytest.FixtureRequest) -> Lab:
        """The lab of a test, as its file says. Fails the test with one clear text where there can be none."""
        __tracebackhide__ = True
        item = request.node
        wanted = wanted_by(item.get_closest_marker("mseelab"))
        holder = item.session if wanted.scope == "session" else item.getparent(pytest.Module) or item.session
        key = (holder.nodeid, str(item.path.parent), wanted)
        found = self._labs.get(key)
        if found is not None and self._as_before(found, item):
            self.now = found
            return found
        if found is not None:
            self._drop(found)
        made = self._made(wanted, item.path.parent)
        self._labs[key] = self.now = made
        holder.addfinalizer(lambda: self._drop(made))
        return made

    def used(self, lab: Lab, test: str) -> None:
        """A test is over. What it left is put right before the next one, if there is one."""
        self.now = None
        self._last[lab] = test

    def failed(self, lab: Lab, item: pytest.Item) -> None:
        """A test has failed in this lab: it is left as it is, where that was asked for."""
        if not self._config.getoption("--mseelab-keep"):
            return
        try:
            _tell(item, f"{item.nodeid} has left its lab: {lab.leave()}")
        except LabError as error:
            _tell(item, f"{item.nodeid} has left no lab: {error}")
        self._forget(lab)

    def close(self) -> None:
        for lab in list(self._labs.values()):
            self._drop(lab)

    def _as_before(self, lab: Lab, item: pytest.Item) -> bool:
        last = self._last.get(lab, "nobody")
        lab.events.clear()
        if not lab.alive:
            _tell(item, f"a new lab: the one that {last} had is gone")
            return False
        try:
            lab.reset()
        except LabError as error:
            _tell(item, f"a new lab: what {last} had left could not be put right: {error}")
            return False
        return True

    def _made(self, wanted: Wanted, folder: Path) -> Lab:
        __tracebackhide__ = True
        engine = self._config.getoption("--mseelab-engine") or wanted.engine or self._config.getini("mseelab_engine")
        worker = getattr(self._config, "workerinput", {}).get("workerid", "")
        try:
            return Lab.up(
                wanted.target, engine=engine or None, within=wanted.within, healthy=wanted.healthy, worker=worker,
                keep=self._config.getoption("--mseelab-keep"), cwd=folder,
            )
        except LabError as error:
            fail(error)
        except AssertionError as error:
            pytest.fail(str(error), pytrace=False)

    def _drop(self, lab: Lab) -> None:
        self._forget(lab)
        lab.close()

    def _forget(self, lab: Lab) -> None:
        self._last.pop(lab, None)
        self._labs = {key: known for key, known in self._labs.items() if known is not lab}


def wanted_by(mark: pytest.Mark | None) -> Wanted:
    """What a mark says. Fails the test where that is nothing a lab can be made of."""
    __tracebackhide__ = True
    if mark is None:
        return Wanted()
    given: dict[str, Any] = dict(mark.kwargs)
    if mark.args:
        given = {"target": mark.args[0], **given}
    unknown = next((name for name in given if name not in FIELDS), None)
    if len(mark.args) > 1 or unknown:
        near = meant(unknown or "", FIELDS)
        hint = f"did you mean {near}?" if near else f"one circuit file, and {' '.join(FIELDS[1:])}"
        pytest.fail(f"mseelab mark: no {unknown or 'second circuit file'}; {hint}", pytrace=False)
    if given.get("scope", "module") not in get_args(Scope):
        pytest.fail(f"mseelab mark: scope {given['scope']}; one of: {' '.join(get_args(Scope))}", pytrace=False)
    if given.get("target") is not None:
        given["target"] = os.fspath(given["target"])
    return Wanted(**given)


def fail(error: LabError) -> NoReturn:
    """Fails the test with an error as the command line prints it."""
    __tracebackhide__ = True
    lines = [str(mistake) for mistake in error.mistakes] if isinstance(error, Mistakes) else []
    lines.append(f"mseelab: {error.message}")
    if error.next:
        lines.append(f"  next         {error.next}")
    pytest.fail("\n".join(lines), pytrace=False)


def _tell(item: pytest.Item, text: str) -> None:
    """For the summary at the end, also from a worker of xdist, and for JUnit."""
    item.user_properties.append(("mseelab", text))
