"""What the agent of a lab does when it is asked. Everything here runs inside the lab's world."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from bgp.frr import show
from bgp.frr.clear import clear
from bgp.frr.vty import VtyError
from bgp.secret import masked
from lab.circuit.store import state_home
from lab.control.daemon import NodeVty
from lab.control.observe import Daemons, SessionView
from lab.control.progress import Quiet
from lab.control.up import up
from lab.control.wait import wait
from lab.diagnose.verdict import Diagnosis
from lab.engine.run import run_in
from lab.errors import DaemonGone, Impossible, LabError, NotAsItShould
from lab.fault.base import Fault
from lab.net.wirer import Wirer
from lab.role import expect
from lab.testing import breaking, changing, place, telling
from lab.testing.held import Held
from lab.testing.reset import remember, reset
from lab.testing.shape import daemons
from lab.testing.values import Output, Ping, Prefixes, Reset, Session

READS = ("show", "ping", "traceroute")
ENDING_SECONDS = 2.0


class Inside:
    """The lab, once `up` has been asked for."""

    def __init__(self) -> None:
        self._held: Held | None = None
        self._kept = False

    def answer(self, name: str, arguments: Mapping[str, Any]) -> Any:
        """What the method `name` returns."""
        return getattr(self, f"ask_{name}")(**arguments)

    @property
    def held(self) -> Held:
        if self._held is None:
            raise NotAsItShould("the lab is not up")
        return self._held

    def has_ended(self) -> bool:
        """Whether the lab has ended, or is just about to: its daemons go before its first process does."""
        held = self._held
        if held is None:
            return False
        return wait(lambda: not held.world.alive(), deadline=ENDING_SECONDS, label="the lab's end").ok

    def ask_take_down(self) -> None:
        """Takes down what is recorded in the state folder: of another agent, which was killed."""
        place.take_down(state_home())

    def ask_up(
        self, target: str | None, cwd: str, engine: str | None, number: int, worker: str, owner: int, seconds: float,
        kept: bool,
    ) -> tuple[str, tuple[str, ...]]:
        """The lab's name, and what is not as it should be. Takes down first what killed runs have left. A `kept` one is
        made so that `ask_leave` can let it live on."""
        place.clean()
        wirer = Wirer.start()
        result = up(
            target, Path(cwd), progress=Quiet(), engine=engine, fallback=False, seconds=seconds,
            rename=partial(place.name_of, number=number, worker=worker, owner=owner), wirer=wirer, tied=not kept,
        )
        self._held = changing.hold(result, wirer)
        remember(self._held)
        missing = () if result.ok else (telling.verdict(self._held),)
        return result.record.lab, missing

    def close(self) -> None:
        """Takes the lab down, unless it is to be left."""
        held, self._held = self._held, None
        if held is None:
            return
        try:
            if not self._kept:
                with held.store.locked():
                    held.world.destroy()
                    held.store.forget()
        finally:
            held.wirer.close()
            held.store.close()

    def ask_leave(self) -> None:
        """From now on the lab outlives this process."""
        self._kept = True

    def ask_sessions(
        self, peering: str | None, path: str | None, family: str | None, circuit: str | None
    ) -> tuple[Session, ...]:
        held = self.held
        views = held.observe(held.select(peering, path, family, circuit))
        with Daemons(held.world.nodes) as asked:
            return tuple(_session(asked, view) for view in views)

    def ask_wait(
        self, up: bool, within: float, peering: str | None, path: str | None, family: str | None, circuit: str | None
    ) -> telling.Waited:
        held = self.held
        return telling.wait_for(held, held.select(peering, path, family, circuit), up=up, within=within)

    def ask_settle(self, within: float) -> telling.Waited:
        return telling.settle(self.held, within)

    def ask_ping(
        self, node: str, target: str, count: int, timeout: float, source: str | None, path: str | None
    ) -> Ping:
        """Echoes one after the other, from an address that the circuit's far end has a route to."""
        from lab.net.ping import Echo, ping

        held = self.held
        pid = held.node(node).pid
        legs = [leg for leg in expect.legs(held.record.applied.spec, held.sessions) if leg.ce == node]
        target = next((leg.target for leg in legs if target == leg.beyond), target)
        family = "ipv6" if ":" in target else "ipv4"
        mine = [leg for leg in legs if leg.family == family and path in (None, leg.path)]
        if path is not None and not mine:
            raise Impossible(f"{node} has no way into Azure over {path} for {target}")
        via, gateway = (mine[0].ce_address, mine[0].msee_address) if path is not None else (None, None)
        echo = Echo(pid, target, source or (mine[0].source if mine else None), via, gateway=gateway)
        answers = [ping([echo], deadline=timeout, interval=timeout)[0] for _ in range(count)]
        trips = tuple(a.seconds for a in answers if a.seconds is not None)
        return Ping(node, target, count, trips, next((a.reason for a in answers if a.reason), ""))

    def ask_exec(self, node: str, argv: tuple[str, ...], stdin: str | None, timeout: float) -> Output:
        held = self.held
        held.touched = True
        done = run_in(held.node(node), argv, stdin=stdin, timeout=timeout)
        return Output(argv, done.returncode, masked(done.stdout), masked(done.stderr))

    def ask_vty(self, node: str, commands: tuple[str, ...], daemon: str, configure: bool) -> str:
        """What a daemon answers to commands, or to lines of configuration."""
        held = self.held
        held.touched = held.touched or configure or not all(c.startswith(READS) for c in commands)
        try:
            with NodeVty(held.node(node), daemon) as vty:
                if configure:
                    vty.configure(commands)
                    return ""
                return masked("".join(vty.command(command) for command in commands))
        except VtyError as error:
            raise Impossible(f"{node}: {daemon} says to {error}") from error
        except DaemonGone as error:
            known = " ".join(daemons(held.node(node))) or "none"
            raise NotAsItShould(f"{daemon} does not run on {node}", next=f"one of: {known}") from error

    def ask_clear(
        self, peering: str | None, path: str | None, family: str | None, circuit: str | None
    ) -> None:
        held = self.held
        held.touched = True
        with Daemons(held.world.nodes) as asked:
            for session in held.select(peering, path, family, circuit):
                asked.vty(session.msee).command(clear(session.vrf, session.ce_address))

    def ask_fault(self, kind: str, options: Mapping[str, str], **where: Any) -> Fault:
        self.held.touched = True
        return breaking.inject(self.held, kind, options, **where)

    def ask_lift(self, fault: Fault) -> None:
        breaking.lift(self.held, fault)

    def ask_restart(self, node: str) -> None:
        self.held.touched = True
        changing.restart(self.held, node)

    def ask_document(self) -> dict[str, Any]:
        return changing.document(self.held)

    def ask_plan(self, target: str | None, document: dict[str, Any] | None, cwd: str) -> Any:
        return changing.planned_by(self.held, target, document, Path(cwd))

    def ask_apply(self, target: str | None, document: dict[str, Any] | None, cwd: str, within: float) -> Any:
        self.held.touched = True
        return changing.apply(self.held, target, document, Path(cwd), within)

    def ask_reset(self, seconds: float) -> Reset:
        try:
            return reset(self.held, seconds)
        except LabError as error:
            if self.has_ended():
                raise NotAsItShould("the lab has ended") from error
            raise

    def ask_check(self, timeout: float) -> Any:
        return telling.check(self.held, timeout)

    def ask_diagnose(
        self, peering: str | None, path: str | None, family: str | None, circuit: str | None
    ) -> tuple[Diagnosis, ...]:
        return telling.diagnosed(self.held, self.held.select(peering, path, family, circuit))

    def ask_explain(
        self, session: tuple[str, str, str, str], side: str, wanted: tuple[str, ...]
    ) -> list[tuple[str, str]]:
        return telling.explain(self.held, session, side, wanted)

    def ask_state(self) -> telling.State:
        return telling.state(self.held)


def _session(asked: Daemons, view: SessionView) -> Session:
    one = view.session
    identity = (one.circuit, one.peering, one.path, one.family)
    accepted: dict[str, tuple[int, ...]] = {}
    sent: dict[str, tuple[int, ...]] = {}
    if view.established:
        place_ = one.vrf, one.family, one.ce_address
        accepted = {route.prefix: route.as_path for route in show.accepted_routes(asked.vty(one.msee), *place_)}
        sent = {route.prefix: route.as_path for route in show.advertised_routes(asked.vty(one.msee), *place_)}
    return Session(
        one.circuit, one.peering, one.path, one.family, one.ce, one.ce_address, one.msee, one.msee_address,
        view.state, view.uptime_seconds, view.dropped, view.md5, view.bfd, view.last_error,
        Prefixes(accepted, accepted, "from-ce", identity), Prefixes(sent, sent, "to-ce", identity),
    )

