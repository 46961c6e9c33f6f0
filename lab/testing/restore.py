"""Putting nodes back to the shape they had: lines of daemons, devices, addresses. Must run inside the world."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager

from bgp.frr.config import FrrConfig, OwnConfig
from bgp.frr.retype import Line, lines, policy, typed, unwatched
from bgp.frr.vty import Vty
from bgp.secret import masked
from lab.circuit.models import Session
from lab.control.addresses import wait_for_addresses
from lab.control.daemon import NodeVty
from lab.control.proof import prove_keys
from lab.engine.base import Node
from lab.net.inside import visiting
from lab.net.order import WireOrder
from lab.role.build import Desired, cables
from lab.testing import bfd
from lab.testing.held import Held
from lab.testing.shape import Device, Shape

PASSES = 4
Devices = Mapping[str, Device]


def restore(held: Held, now: Mapping[str, Shape]) -> list[str]:
    """Makes every node what it was when the lab was right; what it had to put back, one line a node and thing.

    It may not succeed: whoever calls looks again.
    """
    desired = held.record.applied.desired()
    done = _devices(held, now, desired)
    typed_at = []
    for name, was in held.shapes.items():
        is_ = now.get(name)
        if is_ is None or is_.daemons == was.daemons:
            continue
        changed = [d for d, told in was.daemons.items() if d in is_.daemons and _differ(is_.daemons[d], told)]
        for daemon in changed:
            _retype(held.world.nodes[name], daemon, was, watched=isinstance(desired.nodes[name].router, FrrConfig))
        if changed:
            typed_at.append(name)
            done.append(f"{name}: configuration of {' '.join(changed)}")
    if any(desired.nodes[name].role == "msee" for name in typed_at):
        prove_keys(held.world, desired, held.loaded.keyring)
    return done


def _differ(one: Iterable[Line], other: Iterable[Line]) -> bool:
    return set(one) != set(other)


def differences(now: Shape | None, was: Shape) -> list[str]:
    """In what a node is not as it was, keys masked. The order of lines does not count: FRR sorts what has an order."""
    if now is None:
        return ["it is gone"]
    found = [f"{daemon} has ended" for daemon in was.daemons.keys() - now.daemons.keys()]
    for daemon, told in now.daemons.items():
        before = was.daemons.get(daemon, ())
        found += [f"{daemon} has “{masked(line[-1])}”" for line in told if line not in before]
        found += [f"{daemon} lacks “{masked(line[-1])}”" for line in before if line not in told]
    for vrf, devices in was.namespaces.items():
        seen = now.namespaces.get(vrf, {})
        found += sorted(f"device {n}" for n in devices.keys() | seen.keys() if devices.get(n) != seen.get(n))
    return found


def _retype(node: Node, daemon: str, was: Shape, *, watched: bool) -> None:
    with NodeVty(node, daemon) as vty:
        everything: list[Line] = []
        for _ in range(PASSES):
            told = lines(vty.command("show running-config"))
            have = tuple(unwatched(told)) if watched and daemon == "bgpd" else told
            runs = typed(have, was.daemons[daemon])
            if not runs:
                break
            everything += runs
            for run in runs:
                _type(vty, run)
        if daemon == "bgpd" and policy(everything):
            for vrf in ("", *_vrfs(was)):
                for family in ("ipv4", "ipv6"):
                    vty.ask(f"clear bgp {f'vrf {vrf} ' if vrf else ''}{family} unicast * soft")


@contextmanager
def bfd_anew(held: Held, disturbed: Collection[Session]) -> Iterator[list[str]]:
    """Begins BFD anew where it is stuck, and for `disturbed` sessions; which, one line each. BGP follows it afterwards
    again: FRR 10 starts no neighbor that follows a BFD session which is not up yet."""
    found = bfd.to_renew(held, disturbed)
    if not found:
        yield []
        return
    bfd.disarm(held, found)
    places = dict.fromkeys((name, daemon) for session in found for name, daemon, _ in bfd.away(held, session))
    for session in found:
        for name, daemon, line in bfd.away(held, session):
            with NodeVty(held.world.nodes[name], daemon) as vty:
                _type(vty, (*line[:-1], f"no {line[-1]}"))
    _as_they_were(held, (place for place in places if place[1] != "bgpd"))
    yield [f"BFD of {session.label} begun anew" for session in found]
    _as_they_were(held, (place for place in places if place[1] == "bgpd"))


def _as_they_were(held: Held, places: Iterable[tuple[str, str]]) -> None:
    """The configurations of these daemons, by node and name."""
    states = held.record.applied.desired().nodes
    for name, daemon in places:
        watched = isinstance(states[name].router, FrrConfig)
        _retype(held.world.nodes[name], daemon, held.shapes[name], watched=watched)


def _type(vty: Vty, run: Line) -> None:
    vty.command("configure terminal")
    for line in run:
        vty.ask(line)  # what is refused shows in the next look
    vty.command("end")


def _vrfs(shape: Shape) -> Iterator[str]:
    for line in shape.daemons["bgpd"]:
        words = line[0].split()
        if len(line) == 1 and words[:2] == ["router", "bgp"] and "vrf" in words:
            yield words[words.index("vrf") + 1]


def _devices(held: Held, now: Mapping[str, Shape], desired: Desired) -> list[str]:
    done = []
    rewire = False
    for name, was in held.shapes.items():
        is_ = now.get(name)
        if is_ is None or is_.namespaces == was.namespaces:
            continue
        for vrf, devices in was.namespaces.items():
            found = is_.namespaces.get(vrf, {})
            if found == devices:
                continue
            rewire = rewire or any(_lost(found.get(device.name), device) for device in devices.values())
            _adjust(held.world.nodes[name], vrf, found, devices)
            names = {n for n in {*found, *devices} if found.get(n) != devices.get(n)}
            done.append(f"{name}: {' '.join(sorted(names))}{f' in {vrf}' if vrf else ''}")
    if rewire:
        _rewire(held, desired)
    return done


def _lost(found: Device | None, was: Device) -> bool:
    """Whether routes and neighbors have gone with the device, or it itself has."""
    return found is None or (was.up and not found.up) or bool(was.addresses - found.addresses)


def _adjust(node: Node, vrf: str, found: Devices, wanted: Devices) -> None:
    """What a message to the kernel puts right: states, sizes, addresses, devices too many."""
    from lab.net import messages
    from lab.net.namespace import Namespace

    with visiting(node.pid, vrf), Namespace.here() as here:
        for name in found.keys() - wanted.keys():
            if name in here.names:
                here.remove(name, f"{node.name} {name}")
        for name, was in wanted.items():
            is_ = found.get(name)
            if is_ is None or is_ == was:
                continue
            index = here.index(name)
            if (is_.up, is_.mtu) != (was.up, was.mtu):
                here.queue(messages.change(index, up=was.up, mtu=was.mtu), f"{node.name} {name}")
            for text in is_.addresses - was.addresses:
                here.queue(messages.address(index, text, present=False), f"{node.name} {name} {text}")
        here.flush()


def _rewire(held: Held, desired: Desired) -> None:
    nodes = held.world.nodes
    wiring = {name: state.wiring for name, state in desired.nodes.items()}
    held.wirer.wire(
        WireOrder(
            world=held.world,
            pids={node.name: node.pid for node in nodes.values()},
            cables=cables(held.record.applied.topology),
            new=wiring,
            attacher=held.record.attacher,
        )
    )
    for name, state in desired.nodes.items():
        if isinstance(state.router, FrrConfig | OwnConfig):
            wait_for_addresses(nodes[name], wiring[name], {i.vrf for i in wiring[name].interfaces})
