"""Starting and changing the speakers that are no FRR: what their drivers say, done on a node."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial

from bgp.driver import ENVIRONMENT, Command, Driver, Probe
from bgp.speaker import SpeakerConfig
from lab.control.wait import wait
from lab.engine.base import Node
from lab.engine.run import marked, run_in, signal_in, spawn_in, write_file
from lab.errors import NotAsItShould

COMMAND_SECONDS = 30.0
READY_SECONDS = 30.0


@dataclass
class Speaker:
    """A node's speaker on its way up, or one that runs."""

    node: Node
    config: SpeakerConfig
    driver: Driver
    keys: Mapping[str, str]
    own_files: bool
    told: bool = field(default=False, init=False)

    def begin(self) -> None:
        """Writes its files and starts it."""
        os.makedirs(self.node.root + self.driver.directory, mode=0o700, exist_ok=True)
        _unlink(self.node.root + self.driver.socket)
        self._install()
        argv = self.driver.argv(own_files=self.own_files)
        spawn_in(self.node, argv, log_path=self.driver.log, env=ENVIRONMENT)

    def advance(self) -> bool:
        """True once it serves and has been told what no file of it says."""
        if not self.told and self._serves(self.driver.ready(self.config)):
            self._run(self.driver.first(self.config))
            self.told = True
        return self.told

    def follow(self, old: SpeakerConfig, changed_keys: frozenset[str]) -> None:
        """From `old`, running, to this configuration. Only for a change that its driver can make live."""
        change = self.driver.change(old, self.config, changed_keys=changed_keys)
        if change is None:
            raise ValueError(f"{self.node.name} has to be started anew")
        self._install()
        if change.hangup:
            for pid in marked(self.node):
                signal_in(self.node, pid, signal.SIGHUP)
        self._run(change.commands)

    def _install(self) -> None:
        for path, text in self.driver.files(self.config, self.keys).items():
            write_file(self.node, path, text, 0o600)

    def _serves(self, probe: Probe) -> bool:
        if not os.path.exists(self.node.root + self.driver.socket):
            return False
        done = run_in(self.node, probe.command, timeout=COMMAND_SECONDS)
        return done.returncode == 0 and probe.says in done.stdout

    def _run(self, commands: Iterable[Command]) -> None:
        for command in commands:
            # Right after its start a daemon may still refuse; a command that was taken is not run again.
            outcome = wait(
                partial(run_in, self.node, command, timeout=COMMAND_SECONDS),
                deadline=READY_SECONDS,
                label=command[0],
                until=lambda done: done.returncode == 0,
            )
            if not outcome.ok:
                said = (outcome.last.stdout + outcome.last.stderr).strip().splitlines()
                why = f": {said[-1]}" if said else ""
                raise NotAsItShould(
                    f"{self.node.name}: {os.path.basename(command[0])} ends with {outcome.last.returncode}{why}",
                    next=f"mseelab exec {self.node.name} cat {self.driver.log}",
                )


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
