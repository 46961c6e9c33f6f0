"""`apply` on a running lab: what differs is changed, in an order in which nothing else notices.

First what goes leaves BGP, then the wiring changes, then what comes enters BGP, the MSEEs last. Every step can be run
again: after applies that were killed the next goes to its own state from each that the lab may be in.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bgp.exabgp.config import ExaBgpConfig
from bgp.frr.config import FrrConfig, OwnConfig
from bgp.frr.delta import Delta, delta
from bgp.frr.show import zebra_vrfs
from bgp.frr.vty import DONE, WARNING, Tolerate, Vty, VtyError
from bgp.speaker import SpeakerConfig
from lab.circuit.carry import carried
from lab.circuit.keys import Keyring
from lab.circuit.models import Session
from lab.circuit.offers import check_port_change
from lab.circuit.store import Document, Store
from lab.control import feeding, keeper, partners, record, routers
from lab.control.converge import SESSION_SECONDS, Converged, converge
from lab.control.differences import changed_keys
from lab.control.kinds import decided
from lab.control.observe import Daemons, observe
from lab.control.plan import Plan, plan, replaced
from lab.control.programs import Programs, programs_of
from lab.control.progress import Progress
from lab.control.proof import prove_keys
from lab.control.record import Applied, Record
from lab.control.running import find
from lab.control.speakers import Speaker
from lab.control.wait import wait
from lab.engine import registry
from lab.engine.base import Node, World
from lab.errors import Impossible, NotAsItShould
from lab.files.load import Loaded, load, load_file
from lab.net.order import WireOrder
from lab.net.wirer import Wirer
from lab.role.build import Desired, cables
from lab.role.state import NodeState
from lab.topology import Topology
from lab.wiring import NodeWiring

VRF_SECONDS = 20.0


@dataclass(frozen=True)
class Applying:
    """An apply that has ended: the plan it carried out, and how the lab stands.

    `moved` are sessions that went down although the plan did not say so.
    """

    plan: Plan
    record: Record
    world: World
    converged: Converged
    seconds: float
    moved: tuple[Session, ...] = ()

    @property
    def ok(self) -> bool:
        return self.converged.ok


def planned(running: Record, loaded: Loaded) -> tuple[Plan, Applied]:
    """The plan from the running lab to the files. Raises Impossible when the physical plane, or a port pair, differs
    in what cannot change."""
    if loaded.topology != running.applied.topology:
        raise Impossible(
            f"the topology of {running.lab} has changed; nodes and links are made by up alone",
            next=f"mseelab down {running.lab}, then mseelab up",
        )
    before = {port.name: port for port in running.applied.spec.ports}
    for port in loaded.spec.ports:
        check_port_change(before.get(port.name, port), port)
    loaded = decided(loaded, registry.engine(running.engine))
    wanted, _ = record.applied(
        loaded.spec, loaded.topology, loaded.own, loaded.interfaces, loaded.keyring, running.salt,
        running.applied.slots, loaded.digests,
    )
    return plan(running.lab, running.applied, wanted), wanted


def apply(
    target: str | None, lab: str | None, cwd: Path, *, progress: Progress, started: float | None = None
) -> Applying:
    """Makes a running lab what its files (or those of `target`) say. Never starts a lab and never restarts a node.

    Raises Impossible when no lab is meant or the files are another lab's, Mistakes before anything is changed.
    """
    begun = time.monotonic() if started is None else started
    with Wirer.start() as wirer:
        running = find(lab, cwd)
        with running.store.locked():
            document = running.store.read() or running.document
            running.world.settle()
            value = record.from_document(document)
            loaded = with_running_states(value, load_again(document, target, cwd))
            done = reconcile(value, loaded, running.store, wirer, progress=progress)
    return replace(done, seconds=time.monotonic() - begun)


def load_again(document: Document, target: str | None, cwd: Path) -> Loaded:
    """The files of a recorded lab as they are now, or those of `target`, which must be the same lab's."""
    if document["by_hand"]:
        raise Impossible(
            f"{document['lab']} has no circuit file: circuit, peering and connection change it",
            next="mseelab circuit show -o yaml > circuit.yml keeps it as one",
        )
    file = Path(document["file"])
    shown = str(file.relative_to(cwd)) if file.is_relative_to(cwd) else str(file)
    loaded = load(target, cwd, fallback=False) if target else load_file(file, shown, shipped=document["shipped"])
    if loaded.spec.lab != document["lab"]:
        raise Impossible(
            f"{loaded.spec.file} is the lab {loaded.spec.lab}; {document['lab']} runs",
            next=f"mseelab up {target or shown}",
        )
    return loaded


def with_running_states(running: Record, loaded: Loaded) -> Loaded:
    """The files, with the running lab's states where they are silent on one."""
    return replace(loaded, spec=carried(running.applied.spec, loaded.spec))


def reconcile(
    running: Record,
    loaded: Loaded,
    store: Store,
    wirer: Wirer,
    *,
    progress: Progress,
    seconds: float = SESSION_SECONDS,
    circuits: Collection[str] | None = None,
) -> Applying:
    """Makes the running lab what the files say, and waits for it, `seconds` for its sessions as `converge` does.

    With `circuits`, those alone are waited for. The caller holds the store's lock.
    """
    begun = time.monotonic()
    engine = registry.engine(running.engine)
    world = engine.world(running.world)
    steps, wanted = planned(running, loaded)
    progress.head(running.lab, f"runs   engine {running.engine}, topology {loaded.topology.name}")
    world.enter()
    restarted = frozenset(world.lost)
    if restarted:
        revived = world.revive()
        restarted |= {name for name, node in revived.nodes.items() if world.nodes[name] != node}
        world = revived
        running = replace(running, world=world.to_record())
        store.write(record.to_document(running))
    states = [*steps.before.nodes.values(), *steps.after.nodes.values()]
    programs = programs_of(engine, world.nodes, states)
    work = Work(world, wirer, loaded.topology, loaded.keyring, programs, running.attacher)
    if restarted:
        work.rewire(steps.before)
    work = replace(work, broken=frozenset(routers.mend(world.nodes, steps.before.nodes.values(), programs)))
    broken = work.broken
    before = _losses(world, steps.sessions) if not broken else {}
    store.write(record.to_document(replace(running, pending=(*running.pending, wanted))))
    # Killed half-way, the lab is between states. Going from each of them to the files' one, past whatever is missing
    # on the way, ends in that one; the last killed goes first, the state that was applied last.
    for halted in reversed(running.pending):
        work.carry_out(plan(running.lab, halted, wanted), recovering=True, last=False)
    work.carry_out(steps, recovering=bool(running.pending))
    done = record.with_service_keys(replace(running, applied=wanted, pending=(), settled=True))
    store.write(record.to_document(done))
    if broken or restarted:
        names = " ".join(sorted(broken | restarted))
        why = "stopped or restarted" if restarted else "daemons were missing"
        progress.step("healed", f"{names}: {why}", time.monotonic() - begun)
    if steps.changes:
        _report(steps, time.monotonic() - begun, progress)
    converged = converge(done, world, progress, seconds=seconds, circuits=circuits)
    after = _losses(world, steps.sessions) if converged.ok else {}
    unmoved = [s for s in steps.sessions if s not in steps.resets and s in before and s in after]
    lost = tuple(s for s in unmoved if after[s] != before[s])
    return Applying(steps, done, world, converged, time.monotonic() - begun, lost)


def _losses(world: World, sessions: tuple[Session, ...]) -> dict[Session, int]:
    """How often each session has been lost so far."""
    with Daemons(world.nodes) as daemons:
        return {view.session: view.dropped for view in observe(daemons, sessions, details=False)}


def _report(steps: Plan, seconds: float, progress: Progress) -> None:
    touched = [n for n, s in steps.after.nodes.items() if steps.before.nodes.get(n) != s]
    keys = changed_keys(steps.old, steps.new)
    if keys:
        touched += [n for n in steps.after.nodes for s in steps.resets if n in (s.msee, s.ce) and s.key in keys]
    what = "keys" if keys and len(keys) == len(steps.changes) else "changes"
    progress.step(what, " ".join(dict.fromkeys(touched)) or "none on any node", seconds)


@dataclass(frozen=True)
class Work:
    """What an apply works with: the world it is inside, the wirer, the keys, each node's programs.

    `broken` are the nodes whose routers have to be started anew whatever the plan says.
    """

    world: World
    wirer: Wirer
    topology: Topology
    keys: Keyring
    programs: Programs
    attacher: str
    broken: frozenset[str] = frozenset()

    def carry_out(self, steps: Plan, *, recovering: bool = False, last: bool = True) -> None:
        """Changes the lab from the plan's old state to its new one.

        `recovering` means that the lab may not be in the old state: keys are set again, and a line that FRR refuses
        because what it changes is not there is passed over. Another transition follows unless this is the `last`: what
        the new state has and a killed apply never made comes with that one, so only then is it waited for and proven.
        """
        before, after = steps.before, steps.after
        keys = frozenset(steps.new.keys) if recovering else changed_keys(steps.old, steps.new)
        going = {
            n: s for n, s in before.nodes.items() if n in self.broken or _starts_anew(s, after.nodes.get(n), keys)
        }
        for state in going.values():
            routers.stop(self.world.nodes[state.name])
        partners.release(self.world.nodes, before.nodes, before.sessions, going)
        partners.disarm_moving(self.world.nodes, before.nodes, after.nodes, going)
        live = [(s, after.nodes[n]) for n, s in before.nodes.items() if n not in going and n in after.nodes]
        for old, new in live:
            self._leave(old, new, recovering)
            if old.feed != new.feed and feeding.runs(self.world.nodes[new.name]):
                feeding.stop(self.world.nodes[new.name])
        self._wire(before, after, going)
        for old, new in sorted(live, key=lambda pair: pair[1].role == "msee"):
            if last:
                wait_for_vrfs(self.world.nodes[new.name], new.wiring.vrfs if isinstance(new.router, FrrConfig) else ())
            self._enter(old, new, keys, recovering)
            if new.feed is not None and not feeding.runs(self.world.nodes[new.name]):
                feeding.start(self.world.nodes[new.name], new.feed)
        coming = [s for n, s in after.nodes.items() if n in going or n not in before.nodes]
        routers.finish(routers.start(self.world.nodes, partners.eager(coming), self.keys, self.programs))
        if last:
            keeper.tell(self.world, after.nodes.values())
            prove_keys(self.world, after, self.keys)

    def rewire(self, state: Desired) -> None:
        """Makes whatever of a state's wiring is missing; a node that was restarted has lost its own and its cables."""
        self._order({}, {name: node.wiring for name, node in state.nodes.items()})

    def _leave(self, old: NodeState, new: NodeState, recovering: bool) -> None:
        if isinstance(old.router, FrrConfig) and isinstance(new.router, FrrConfig):
            going = delta(old.router, _remaining(old.router, new.router), changed_keys=frozenset(), keys=self.keys)
            self._configure(old.name, going, recovering)

    def _wire(self, before: Desired, after: Desired, going: Mapping[str, NodeState]) -> None:
        names = [n.name for n in self.world.nodes.values()]
        old = {n: before.nodes[n].wiring if n in before.nodes else NodeWiring(n) for n in names}
        new = {n: after.nodes[n].wiring if n in after.nodes else NodeWiring(n) for n in names}
        # The addresses of a user's own file were set by its zebra: they go with their interfaces.
        bare = {n: _untagged(old[n]) for n, state in going.items() if isinstance(state.router, OwnConfig)}
        if bare:
            self._order(old, old | bare)
        if (old | bare) != new:
            self._order(old | bare, new)

    def _order(self, old: Mapping[str, NodeWiring], new: Mapping[str, NodeWiring]) -> None:
        self.wirer.wire(
            WireOrder(
                world=self.world,
                pids={n.name: n.pid for n in self.world.nodes.values()},
                cables=cables(self.topology),
                old=old,
                new=new,
                attacher=self.attacher,
            )
        )

    def _enter(self, old: NodeState, new: NodeState, changed: frozenset[str], recovering: bool) -> None:
        if isinstance(old.router, ExaBgpConfig) and isinstance(new.router, ExaBgpConfig):
            routers.announce(self.world.nodes[new.name], old.router, new.router)
        if isinstance(old.router, SpeakerConfig) and isinstance(new.router, SpeakerConfig):
            driver = self.programs.speakers[new.name]
            speaker = Speaker(self.world.nodes[new.name], new.router, driver, self.keys, self.programs.own_files)
            speaker.follow(old.router, changed)
        if not (isinstance(old.router, FrrConfig) and isinstance(new.router, FrrConfig)):
            return
        remaining = _remaining(old.router, new.router)
        self._configure(new.name, delta(remaining, new.router, changed_keys=changed, keys=self.keys), recovering)

    def _configure(self, name: str, difference: Delta, recovering: bool) -> None:
        root = self.world.nodes[name].root
        tolerate: Tolerate = "everything" if recovering else "absent"
        if difference.bgpd or difference.soft:
            with Vty(f"{root}/run/frr/bgpd.vty") as vty:
                vty.configure(difference.bgpd, tolerate=tolerate)
                for command in difference.soft:
                    status, answer = vty.ask(command)
                    # A neighbor that a killed apply never came to make cannot be told anything; it is made later.
                    if status != DONE and not (recovering and status == WARNING):
                        raise VtyError(command, status, answer)
        if difference.bfdd:
            with Vty(f"{root}/run/frr/bfdd.vty") as vty:
                vty.configure(difference.bfdd, tolerate=tolerate)


def _untagged(wiring: NodeWiring) -> NodeWiring:
    return replace(wiring, interfaces=tuple(i for i in wiring.interfaces if i.tag is None))


def _starts_anew(old: NodeState, new: NodeState | None, keys: frozenset[str]) -> bool:
    return new is None or replaced(old, new, keys)


def _remaining(old: FrrConfig, new: FrrConfig) -> FrrConfig:
    """`old` without the instances and neighbors that `new` does not have: what is left before the wiring changes."""
    kept = []
    for instance in old.instances:
        wanted = new.instance(instance.vrf)
        if wanted is None or wanted.asn != instance.asn:
            continue
        addresses = {n.address for n in wanted.neighbors}
        kept.append(replace(instance, neighbors=tuple(n for n in instance.neighbors if n.address in addresses)))
    return replace(old, instances=tuple(kept))


def wait_for_vrfs(node: Node, vrfs: tuple[str, ...]) -> None:
    """zebra looks for new namespaces about once a second; a VRF that it does not know cannot be configured."""
    if not vrfs:
        return
    with Vty(f"{node.root}/run/frr/zebra.vty") as vty:
        outcome = wait(
            lambda: set(vrfs) - set(zebra_vrfs(vty)),
            deadline=VRF_SECONDS,
            label="VRFs",
            until=lambda missing: not missing,
        )
    if not outcome.ok:
        raise NotAsItShould(f"zebra on {node.name} does not see {', '.join(sorted(outcome.last))}")
