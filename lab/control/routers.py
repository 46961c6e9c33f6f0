"""Starting the routers of a lab, in the order in which nothing has to be tried twice.

zebra first, the other daemons once its socket is there (they would try again after ten seconds); the MSEEs' bgpd last,
so that their first SYN meets a listener that already has the key (a signed SYN to a closed port costs a second); bfdd
after that, on every node: FRR 10 keeps a neighbor with `bfd` idle while BFD with it is down, and it is down for as long
as the other end has no bfdd. Where no bfdd has spoken yet, such a neighbor starts like any other.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bgp.exabgp import process as exabgp
from bgp.exabgp.announce import change, commands, send
from bgp.exabgp.config import ExaBgpConfig
from bgp.exabgp.process import Runtime
from bgp.frr import daemons, own, render
from bgp.frr.config import FrrConfig, OwnConfig
from bgp.frr.daemons import Daemon, Frr
from bgp.frr.show import zebra_vrfs
from bgp.speaker import SpeakerConfig
from lab.control import feeding
from lab.control.daemon import NodeVty
from lab.control.programs import Programs
from lab.control.speakers import Speaker
from lab.control.wait import wait
from lab.engine.base import Node
from lab.engine.processes import process
from lab.engine.run import marked, run_in, signal_in, spawn_in, write_file
from lab.errors import DaemonGone, NotAsItShould
from lab.files.forbidden_lines import log_folders
from lab.role.state import NodeState

READY_SECONDS = 60.0
STOP_SECONDS = 20.0
SECONDS_TO_TAKE_LEAVE = 2.0
ALL_DAEMONS: tuple[Daemon, ...] = ("zebra", "mgmtd", "bgpd", "bfdd", "staticd")


@dataclass
class Router:
    """One node's router on its way up. `started` is what runs already."""

    node: Node
    state: NodeState
    frr: Frr
    keys: Mapping[str, str]
    started: list[Daemon]
    loaded: bool = False

    def ready(self, daemon: Daemon) -> bool:
        """Whether `daemon` serves: its socket is there, and answers where it is a command socket."""
        path = self.node.root + daemons.ready_socket(daemon)
        if not os.path.exists(path):
            return False
        return self._knows_its_vrfs() if daemon == "zebra" else self.answers(daemon)

    def answers(self, daemon: Daemon) -> bool:
        try:
            with NodeVty(self.node, daemon):
                return True
        except DaemonGone:
            return False

    def _knows_its_vrfs(self) -> bool:
        wanted = set(self.state.wiring.vrfs)
        if not wanted:
            return True
        try:
            with NodeVty(self.node, "zebra") as vty:
                return wanted <= set(zebra_vrfs(vty))
        except DaemonGone:
            return False

    def spawn(self, daemon: Daemon) -> None:
        spawn_in(
            self.node,
            self.frr.argv(daemon),
            log_path=f"{daemons.RUN_DIRECTORY}/{daemon}.out",
            env=daemons.daemon_environment(),
        )
        self.started.append(daemon)

    def install(self) -> None:
        """Writes the configuration; keys are in these files, so only root of the node reads them. Where a user's own
        has log files, their folders are made: FRR makes none.
        """
        if isinstance(self.state.router, FrrConfig):
            files = render.config_files(self.state.router, self.keys)
        elif isinstance(self.state.router, OwnConfig):
            files = own.config_files(self.state.router, self.keys)
        else:
            raise TypeError(f"{self.node.name} does not run FRR")
        for name, text in files.items():
            write_file(self.node, f"{daemons.CONFIG_DIRECTORY}/{name}", text, 0o600, self.frr.owner)
        if isinstance(self.state.router, OwnConfig) and (folders := log_folders(self.state.router.text)):
            owner = ["-o", str(self.frr.owner[0]), "-g", str(self.frr.owner[1])] if self.frr.owner else []
            run_in(self.node, ["install", "-d", *owner, *folders], timeout=READY_SECONDS)

    def begin(self) -> None:
        """zebra, and with it the daemon that holds its configuration on FRR 10."""
        if self.answers("zebra"):
            raise NotAsItShould(
                f"{self.node.name} runs an FRR of its own",
                next="leave kind and config out for it: then that FRR counts as it is",
            )
        self._folders()
        self.install()
        if self.frr.has_mgmtd:
            self.spawn("mgmtd")
        self.spawn("zebra")

    def _folders(self) -> None:
        """What an image need not have, or what somebody else has left in it."""
        for folder in (daemons.RUN_DIRECTORY, daemons.CONFIG_DIRECTORY):
            os.makedirs(self.node.root + folder, mode=0o755, exist_ok=True)
        if self.frr.owner is not None:
            os.chown(self.node.root + daemons.RUN_DIRECTORY, *self.frr.owner)

    def advance(self, msees_too: bool) -> bool:
        """Starts what can be started now. True once bgpd answers and a user's own file is loaded."""
        if "bgpd" not in self.started:
            if not self.ready("zebra") or (self.state.role == "msee" and not msees_too):
                return False
            self.spawn("bgpd")
            if isinstance(self.state.router, OwnConfig):
                self.spawn("staticd")
        if not self.ready("bgpd"):
            return False
        if isinstance(self.state.router, OwnConfig) and not self.loaded:
            if not self.ready("staticd"):
                return False
            self._read(self.state.router, own.load_text(self.state.router, self.keys))
            self.loaded = True
        return True

    def follow(self, commands: Iterable[str]) -> None:
        """Makes a router that runs its owner's file one with a file that differs by `commands`; no session goes down.

        What has been received is judged again, which FRR does not do when a list is another. Raises NotAsItShould.
        """
        if not isinstance(self.state.router, OwnConfig):
            raise TypeError(f"{self.node.name} has no file of its owner's")
        self.install()
        self._read(self.state.router, own.change_text(self.state.router, commands))
        with NodeVty(self.node) as vty:
            vty.command("clear bgp * soft")

    def _read(self, config: OwnConfig, text: str) -> None:
        write_file(self.node, own.LOAD, text, 0o600, self.frr.owner)
        try:
            self._load(config, own.load_argv())
        finally:
            os.unlink(self.node.root + own.LOAD)

    def load_bfd(self) -> None:
        """Hands a user's own file to bfdd too, which starts after the other daemons have it. Raises NotAsItShould."""
        if isinstance(self.state.router, OwnConfig):
            self._wait_for_bfd()
            self._load(self.state.router, own.load_argv("bfdd"))

    def call_bfd(self) -> None:
        """Has a bfdd that was started anew call those peers, too, that it usually waits for; the watcher ends that.

        An FRR at the other end that was told of the end goes on naming the session that it had (its "your
        discriminator"): RFC 5880 (6.8.1) has it forget the number after a silence, and FRR sees none. A new bfdd takes
        nothing that names another session (6.8.6), so of two that wait for each other neither would ever begin.
        """
        if isinstance(self.state.router, FrrConfig):
            passive = [profile.name for profile in self.state.router.bfd_profiles if profile.passive]
            if passive:
                self._wait_for_bfd()
                with NodeVty(self.node, "bfdd") as vty:
                    for name in passive:
                        vty.configure(["bfd", f"profile {name}", "no passive-mode"])

    def _wait_for_bfd(self) -> None:
        outcome = wait(lambda: self.ready("bfdd"), deadline=READY_SECONDS, label="bfdd", every=0.002, longest=0.01)
        if not outcome.ok:
            raise _silent([self.node.name], "bfdd", READY_SECONDS)

    def _load(self, config: OwnConfig, argv: list[str]) -> None:
        done = run_in(self.node, argv, timeout=READY_SECONDS)
        if done.returncode != 0:
            raise _refused(self.node.name, config, done.returncode, done.stdout + done.stderr)


def _refused(name: str, config: OwnConfig, code: int, output: str) -> NotAsItShould:
    """What vtysh said, by the user's own lines: it repeats them with their keys in clear."""
    found = [f"{config.file}:{number} {line}" for number, line in own.refusals(config, output)]
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    said = f"{found[0]}{more}" if found else f"vtysh ends with {code}"
    return NotAsItShould(
        f"{name} did not take its own configuration: {said}", next=f"mend {config.file}, then mseelab up"
    )


def _silent(names: list[str], daemon: str, seconds: float) -> NotAsItShould:
    return NotAsItShould(
        f"the router on {', '.join(names)} does not answer after {seconds:.0f} s",
        next=f"mseelab exec {names[0]} tail /run/frr/{daemon}.out /run/frr/{daemon}.log",
    )


def start(
    nodes: Mapping[str, Node], states: Iterable[NodeState], keys: Mapping[str, str], programs: Programs
) -> list[Router]:
    """Starts the routers of `states`, the MSEEs' bgpd last; returns the FRR ones, bgpd answering, bfdd not started.

    Raises NotAsItShould when a daemon does not answer within a minute.
    """
    routers = []
    speakers = []
    for state in states:
        node = nodes[state.name]
        if state.feed is not None:
            feeding.start(node, state.feed)
        match state.router:
            case ExaBgpConfig() as config:
                start_exabgp(node, config, keys, programs.exabgp)
            case SpeakerConfig() as config:
                driver = programs.speakers[state.name]
                speakers.append(Speaker(node, config, driver, keys, programs.own_files))
            case FrrConfig() | OwnConfig():
                routers.append(Router(node, state, programs.frr[state.name], keys, []))
    for router in routers:
        router.begin()
    for speaker in speakers:
        speaker.begin()
    others = [r for r in routers if r.state.role != "msee"]

    def step() -> list[str]:
        early = [r.node for r in others if not r.advance(msees_too=False)]
        early += [s.node for s in speakers if not s.advance()]
        late = [r.node for r in routers if r.state.role == "msee" and not r.advance(msees_too=not early)]
        return [node.name for node in (*early, *late)]

    outcome = wait(
        step, deadline=READY_SECONDS, label="daemons", every=0.002, longest=0.01, until=lambda missing: not missing
    )
    if not outcome.ok:
        raise _silent(outcome.last, "bgpd", outcome.elapsed)
    return routers


def finish(started: Iterable[Router], *, anew: bool = False) -> None:
    """Starts every bfdd: BFD between hundreds of neighbors would slow their BGP down. `anew`: the other ends know the
    one before. Raises NotAsItShould when a user's own file has lines for it that it refuses."""
    late = list(started)
    for router in late:
        router.spawn("bfdd")
    for router in late:
        router.load_bfd()
        if anew:
            router.call_bfd()


def start_exabgp(node: Node, config: ExaBgpConfig, keys: Mapping[str, str], runtime: Runtime) -> None:
    """Starts the speaker of a node; it connects by itself as soon as an MSEE listens."""
    os.makedirs(node.root + exabgp.DIRECTORY, mode=0o700, exist_ok=True)
    for path, text in exabgp.files(config, keys, runtime).items():
        write_file(node, path, text, 0o600)
    spawn_in(node, exabgp.argv(runtime), log_path=exabgp.LOG, env=exabgp.environment(runtime))


def announce(node: Node, old: ExaBgpConfig, new: ExaBgpConfig) -> None:
    """Makes a running speaker announce the prefixes of `new` and no longer those only `old` has; no session moves."""
    difference = change(old, new)
    if difference is not None and not difference.empty:
        send(node.root + exabgp.SOCKET, commands(new, difference))


def _hangs(node: Node, pid: int, told: float | None) -> bool:
    """Whether a process takes no signal: it is stopped, or sleeps although it was told to end a while ago."""
    found = process(node.root, pid)
    if found is None or told is None:
        return False
    return found.stopped or (not found.busy and time.monotonic() - told > SECONDS_TO_TAKE_LEAVE)


def stop(node: Node) -> None:
    """Ends the daemons of a node, so that others can be started there; its wiring and what users started stay. One that
    hangs is killed.

    Raises NotAsItShould when one of them does not end.
    """
    told: dict[int, float] = {}

    def left() -> list[int]:
        """An `up` that was killed may still have one on its way: whatever is new here is told, too."""
        found = marked(node)
        for pid in found:
            if pid not in told and signal_in(node, pid, signal.SIGTERM):
                told[pid] = time.monotonic()
            if _hangs(node, pid, told.get(pid)):
                signal_in(node, pid, signal.SIGKILL)
        return found

    outcome = wait(left, deadline=STOP_SECONDS, label="daemons", until=lambda found: not found)
    if not outcome.ok:
        raise NotAsItShould(f"daemons on {node.name} do not end", next="mseelab down, then mseelab up")
    stale = [path for daemon in ALL_DAEMONS for path in daemons.stale_files(daemon)]
    for path in (*stale, exabgp.SOCKET):
        try:
            os.unlink(node.root + path)
        except FileNotFoundError:
            continue
