"""`apply` on a running lab: what differs is changed, in an order in which nothing else notices.

First what goes leaves BGP, then the wiring changes, then what comes enters BGP, the MSEEs last. Every step can be run
again: an apply that was killed is continued by the next command before anything else.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bgp.exabgp.config import ExaBgpConfig
from bgp.frr.config import FrrConfig
from bgp.frr.daemons import Frr
from bgp.frr.delta import Delta, delta
from bgp.frr.show import zebra_vrfs
from bgp.frr.vty import Vty
from lab.circuit.keys import Keyring
from lab.circuit.store import Store
from lab.control import keeper, record, routers
from lab.control.converge import Converged, converge
from lab.control.plan import Plan, plan, replaced
from lab.control.progress import Progress
from lab.control.proof import prove_keys
from lab.control.record import Applied, Record
from lab.control.running import world_of
from lab.control.wait import wait
from lab.engine.base import Node, World
from lab.engine.netns.engine import NetnsEngine
from lab.errors import Impossible, NotAsItShould
from lab.files.load import Loaded
from lab.net.order import WireOrder
from lab.net.wirer import Wirer
from lab.role.build import Desired
from lab.role.state import NodeState
from lab.wiring import NodeWiring

VRF_SECONDS = 20.0


@dataclass(frozen=True)
class Applying:
    """An apply that has ended: the plan it carried out, and how the lab stands."""

    plan: Plan
    record: Record
    world: World
    converged: Converged
    seconds: float


def planned(running: Record, loaded: Loaded) -> tuple[Plan, Applied]:
    """The plan from the running lab to the files. Raises Impossible when the physical plane differs."""
    if loaded.topology != running.applied.topology:
        raise Impossible(
            f"the topology of {running.lab} has changed; nodes and links are made by up alone",
            next=f"mseelab down {running.lab}, then mseelab up",
        )
    wanted, _ = record.applied(
        loaded.spec, loaded.topology, loaded.own, loaded.interfaces, loaded.keyring, running.salt, running.applied.slots
    )
    return plan(running.lab, running.applied, wanted), wanted


def reconcile(
    running: Record, loaded: Loaded, store: Store, wirer: Wirer, *, progress: Progress
) -> Applying:
    """Makes the running lab what the files say, and waits for it. The caller holds the store's lock."""
    from lab.control.up import installed_frr

    begun = time.monotonic()
    frr = installed_frr()
    world = world_of(record.to_document(running))
    world.enter()
    work = Work(world, wirer, loaded.keyring, frr, running.attacher)
    if running.pending is not None:
        # The keys of a killed apply are not known any more; those that the files give now take their place.
        work.carry_out(plan(running.lab, running.applied, _with_keys(running.pending, loaded.keyring, running.salt)))
        running = replace(running, applied=running.pending, pending=None)
    steps, wanted = planned(running, loaded)
    store.write(record.to_document(replace(running, pending=wanted)))
    work.carry_out(steps)
    done = record.with_service_keys(replace(running, applied=wanted, pending=None))
    store.write(record.to_document(done))
    converged = converge(done, world, progress)
    return Applying(steps, done, world, converged, time.monotonic() - begun)


def _with_keys(value: Applied, keys: Keyring, salt: str) -> Applied:
    return replace(value, keys=keys.digests(salt))


@dataclass(frozen=True)
class Work:
    """What an apply works with: the world it is inside, the wirer, the keys, and this host's FRR."""

    world: World
    wirer: Wirer
    keys: Keyring
    frr: Frr
    attacher: str

    def carry_out(self, steps: Plan) -> None:
        """Changes the lab from the plan's old state to its new one."""
        before, after = steps.before, steps.after
        keys = frozenset(n for n, d in steps.new.keys.items() if steps.old.keys.get(n, d) != d)
        going = {n: s for n, s in before.nodes.items() if _starts_anew(s, after.nodes.get(n))}
        for state in going.values():
            routers.stop(self.world.nodes[state.name], state)
        live = [(s, after.nodes[n]) for n, s in before.nodes.items() if n not in going and n in after.nodes]
        for old, new in live:
            self._leave(old, new)
        self._wire(before, after, going)
        for old, new in sorted(live, key=lambda pair: pair[1].role == "msee"):
            self._enter(old, new, keys)
        coming = [s for n, s in after.nodes.items() if n in going or n not in before.nodes]
        for router in routers.start(self.world.nodes, coming, self.keys, self.frr):
            router.finish()
        keeper.tell(after.nodes.values())
        prove_keys(self.world, after, self.keys)

    def _leave(self, old: NodeState, new: NodeState) -> None:
        if isinstance(old.router, FrrConfig) and isinstance(new.router, FrrConfig):
            self._configure(old.name, delta(old.router, _remaining(old.router, new.router), keys=self.keys))

    def _wire(self, before: Desired, after: Desired, going: Mapping[str, NodeState]) -> None:
        names = [n.name for n in self.world.nodes.values()]
        old = {n: before.nodes[n].wiring if n in before.nodes else NodeWiring(n) for n in names}
        new = {n: after.nodes[n].wiring if n in after.nodes else NodeWiring(n) for n in names}
        if old != new or going:
            self.wirer.wire(
                WireOrder(
                    world=self.world.to_record(),
                    pids={n.name: n.pid for n in self.world.nodes.values()},
                    cables=NetnsEngine().cables(self._topology()),
                    old=old,
                    new=new,
                    attacher=self.attacher,
                )
            )

    def _enter(self, old: NodeState, new: NodeState, changed: frozenset[str]) -> None:
        if isinstance(old.router, ExaBgpConfig) and isinstance(new.router, ExaBgpConfig):
            routers.announce(self.world.nodes[new.name], old.router, new.router)
        if not (isinstance(old.router, FrrConfig) and isinstance(new.router, FrrConfig)):
            return
        wait_for_vrfs(self.world.nodes[new.name], new)
        remaining = _remaining(old.router, new.router)
        self._configure(new.name, delta(remaining, new.router, changed_keys=changed, keys=self.keys))

    def _configure(self, name: str, difference: Delta) -> None:
        for daemon, lines in (("bfdd", difference.bfdd), ("bgpd", difference.bgpd)):
            if lines:
                with Vty(f"{self.world.nodes[name].root}/run/frr/{daemon}.vty") as vty:
                    vty.configure(lines, tolerate=True)
        if difference.soft:
            with Vty(f"{self.world.nodes[name].root}/run/frr/bgpd.vty") as vty:
                for command in difference.soft:
                    vty.command(command)
