"""`up`: both planes, from the files to sessions, prefixes and pings. On a running lab it changes what differs."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from lab.circuit.keys import new_salt
from lab.circuit.store import Store
from lab.control import keeper, record, routers
from lab.control.apply import reconcile, with_running_states
from lab.control.converge import SESSION_SECONDS, Converged, Hopeless, converge
from lab.control.expected import expected
from lab.control.kinds import decided
from lab.control.lost import still_runs
from lab.control.programs import of_host, programs_of
from lab.control.progress import Progress
from lab.control.proof import prove_keys
from lab.control.record import Record
from lab.control.routers import Router
from lab.control.running import world_of
from lab.control.trust import accepted
from lab.engine import registry
from lab.engine.base import Blueprint, Building, Engine, World
from lab.engine.limits import refuse_too_little
from lab.errors import Damaged, Impossible, NotAsItShould
from lab.files.keys import resolve_keys
from lab.files.load import FALLBACK, Loaded, load
from lab.files.physical import load_physical, with_edges
from lab.net import vlan
from lab.net.order import WireOrder
from lab.net.wirer import Wirer
from lab.role.build import cables


@dataclass(frozen=True)
class UpResult:
    """A lab after `up`: what was applied, and what became of it. `fresh` is False when the lab ran before."""

    store: Store
    record: Record
    loaded: Loaded
    converged: Converged
    seconds: float
    fresh: bool

    @property
    def ok(self) -> bool:
        return self.converged.ok


def up(
    target: str | None,
    cwd: Path,
    *,
    progress: Progress,
    engine: str | None = None,
    attacher: str | None = None,
    fallback: bool = True,
    physical: bool = False,
    lab: str | None = None,
    seconds: float = SESSION_SECONDS,
    started: float | None = None,
    rename: Callable[[str], str] | None = None,
    wirer: Wirer | None = None,
    tied: bool = False,
    trust: bool = False,
    hopeless: Hopeless | None = None,
) -> UpResult:
    """Brings the lab of `target` up and waits until it is as it should be.

    With `physical` its cables alone, as the lab `lab`: circuits come by hand, and those of a running one stay.
    `seconds` is how long sessions may take, and `hopeless` what ends that early, as in `converge`; `started` is the
    monotonic time at which the user's command began. For callers with many labs of one file: `rename` makes another
    name of the file's, `wirer` is one that stays for later changes, and a `tied` lab ends with this process
    (`Building.commit`). `trust` is for topology files with engines that run them, see `lab.control.trust`. Raises
    Mistakes and Impossible before anything is changed, HostCannot when this host cannot; a lab that comes up and is
    not as it should
    be is a result, no error. This process is inside the lab's world afterwards.
    """
    begun = time.monotonic() if started is None else started
    # Both children start before the files are read: one imports pyroute2, the other makes the world, meanwhile.
    with nullcontext(wirer) if wirer is not None else Wirer.start() as wirer:
        chosen = registry.chosen(engine)
        building = chosen.begin()
        try:
            if physical:
                files = load_physical(target or FALLBACK, lab, cwd)
            else:
                files = renamed(load(target, cwd, fallback=fallback), rename)
            loaded = decided(accepted(files, chosen, trust=trust, progress=progress), chosen)
            store = Store(loaded.spec.lab, create=True)
            with store.locked():
                running = current(store, loaded, by_hand=physical)
                if running is not None:
                    building.abandon()
                    if engine is not None and engine != running.engine:
                        raise Impossible(
                            f"{running.lab} runs, on engine {running.engine}", next=f"mseelab down {running.lab}"
                        )
                    if physical:
                        kept = running.applied
                        spec = with_edges(kept.spec, files.spec)
                        files = replace(files, spec=spec, keyring=resolve_keys(spec, kept.own))
                    else:
                        files = with_running_states(running, files)
                    files = accepted(files, registry.engine(running.engine), trust=trust)
                    applying = reconcile(
                        running, files, store, wirer, progress=progress, seconds=seconds, hopeless=hopeless
                    )
                    return UpResult(store, applying.record, loaded, applying.converged, time.monotonic() - begun, False)
                try:
                    value, world, started_routers = _fresh(
                        loaded, store, chosen, building, wirer, progress, attacher, target is not None,
                        by_hand=physical, tied=tied, alone=rename is None,
                    )
                except BaseException:
                    building.abandon()
                    store.forget()
                    raise

                def settled() -> None:
                    routers.finish(started_routers)
                    keeper.tell(world, value.applied.desired().nodes.values())

                # The limits hold from the first prefix on; BFD is for later.
                keeper.tell(world, value.applied.desired().nodes.values(), bfd=False)
                converged = converge(value, world, progress, settled=settled, seconds=seconds, hopeless=hopeless)
        finally:
            building.abandon()
    return UpResult(store, value, loaded, converged, time.monotonic() - begun, True)


def renamed(loaded: Loaded, rename: Callable[[str], str] | None) -> Loaded:
    """The files of a lab, under another name where one is wanted."""
    return replace(loaded, spec=replace(loaded.spec, lab=rename(loaded.spec.lab))) if rename else loaded


def current(store: Store, loaded: Loaded, *, by_hand: bool = False) -> Record | None:
    """The record of the lab when it runs, None after forgetting one that does not.

    Raises Impossible when the name belongs to a lab of other files, NotAsItShould when another version made it, or when
    it runs and its record is damaged or lost: a second lab of that name is not made.
    """
    try:
        document = store.read()
        world = None if document is None else world_of(document, store.folder)
    except Damaged:
        if still_runs(store.lab):
            raise
        return None
    if document is None or world is None:
        # Of containers containerlab itself says it, when they are made.
        if still_runs(store.lab, ("netns",)):
            store.forget()
            raise NotAsItShould(
                f"{store.lab} runs already, and its record is lost", next=f"mseelab down {store.lab}, then mseelab up"
            )
        return None
    world.settle()
    if not document.get("settled"):
        # Its command was killed before, or within a moment after, it let the lab go.
        world.reap()
    if not world.alive():
        world.destroy()
        return None
    lab, file = str(document["lab"]), str(document["file"])
    if file != str(Path(loaded.spec.file).absolute()) or bool(document["by_hand"]) != by_hand:
        raise Impossible(f"a lab named {lab} runs already, from {file}", next=f"mseelab down {lab}, or another name")
    if document.get("version") != record.our_version():
        raise NotAsItShould(
            f"{lab} was started by mseelab {document.get('version')}, this is {record.our_version()}",
            next=f"mseelab down {lab}, then mseelab up",
        )
    return record.from_document(document)


def _fresh(
    loaded: Loaded,
    store: Store,
    engine: Engine,
    building: Building,
    wirer: Wirer,
    progress: Progress,
    attacher: str | None,
    asked_for: bool,
    by_hand: bool = False,
    tied: bool = False,
    alone: bool = True,
) -> tuple[Record, World, list[Router]]:
    """A lab that does not run yet: until `building.commit()` the death of this process takes everything away."""
    clock = time.monotonic()
    refuse_too_little(len(loaded.topology.nodes))
    if attacher and engine.tags_on_wire and not vlan.attacher(attacher).tags_on_wire:
        raise Impossible(
            f"attacher {attacher} only models tags, with bridges that engine {engine.name} has no place for",
            next="leave --vlan out",
        )
    salt = new_salt()
    value, desired = record.applied(
        loaded.spec, loaded.topology, loaded.own, loaded.interfaces, loaded.keyring, salt
    )
    kinds = {edge.name: edge.kind or "frr" for edge in loaded.spec.customer_edges}
    images = engine.images(kinds, loaded.topology)
    programs = of_host(engine, desired.nodes.values())
    blueprint = Blueprint(
        loaded.spec.lab, loaded.topology, loaded.topology_file, images, store.folder, alone, loaded.document
    )
    reserved = building.reserve(blueprint, progress.note)
    made = record.new_record(loaded.spec.lab, engine.name, {}, loaded.shipped, value, salt, by_hand=by_hand)
    if reserved is not None:
        store.write(record.to_document(replace(made, world=reserved.to_record())))
    world = building.deploy(blueprint)
    made = replace(made, world=world.to_record())
    store.write(record.to_document(made))
    world.enter()
    links = cables(loaded.topology)
    wirer.send(
        WireOrder(
            world=world,
            pids={n.name: n.pid for n in world.nodes.values()},
            cables=links,
            new={name: state.wiring for name, state in desired.nodes.items()},
            attacher=attacher or "",
            tags_on_wire=engine.tags_on_wire,
        )
    )
    made = replace(made, attacher=wirer.result().attacher)
    heading, plain = _heading(loaded, engine, made.attacher, asked_for)
    progress.head(loaded.spec.lab, heading, plain=plain)
    for warning in loaded.warnings:
        progress.note(str(warning))
    names = " ".join(n.name for n in loaded.topology.nodes)
    progress.step(
        "nodes", f"{names}, {len(links)} links, VLAN tags by {made.attacher}", time.monotonic() - clock,
        plain=f"{names}, {len(links)} links",
    )
    _report_circuits(made, progress)
    programs = programs or programs_of(engine, world.nodes, desired.nodes.values())
    made = replace(made, daemons=expected(desired.nodes.values(), programs))
    begun = routers.start(world.nodes, desired.nodes.values(), loaded.keyring, programs)
    prove_keys(world, desired, loaded.keyring)
    store.write(record.to_document(made))
    building.commit(tied=tied)
    made = replace(made, settled=True)
    store.write(record.to_document(made))
    return made, world, begun


def _heading(loaded: Loaded, engine: Engine, attacher: str, asked_for: bool) -> tuple[str, str]:
    topology = loaded.topology.name
    if loaded.shipped:
        what = f"shipped lab {topology}" + ("" if asked_for else " (no circuit.yml in this folder)")
    else:
        what = f"topology {topology}"
    return (
        f"{what}   engine {engine.describe()}",
        f"topology {topology}, engine {engine.name}, VLAN tags by {attacher}",
    )


def _report_circuits(value: Record, progress: Progress) -> None:
    circuits = value.applied.spec.circuits
    if len(circuits) == 1:
        one = circuits[0]
        states = f"{one.circuit_state} / {one.provider_state}"
        progress.step("circuit", f"{states}, service key {value.service_keys[one.name]}", plain=states)
        return
    provisioned = sum(c.provisioned for c in circuits)
    progress.step("circuits", f"{len(circuits)}, {provisioned} Enabled / Provisioned")
