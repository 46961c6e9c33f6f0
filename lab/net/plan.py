"""From two wirings to the steps between them: pure, so that a test can read what a change will do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from lab.errors import Impossible
from lab.net import names, recabling, routing, steps
from lab.net.order import WireOrder
from lab.net.steps import End, Place, Shared, Step
from lab.net.vlan import attacher as attacher_named
from lab.net.vlan.base import Attacher, Rider
from lab.wiring import Cable, Interface, NodeWiring, Port

Key = tuple[str, str]


def plan(order: WireOrder) -> tuple[Step, ...]:
    """The steps from `order.old` to `order.new`, in the order of their phases.

    Raises Impossible for an interface of a kind that does not exist or a VRF that its node does not have.
    """
    attacher = attacher_named(order.attacher)
    ends = _ends((*order.unplugged, *order.cables))
    resized = _ends(order.resized)
    made: list[Step] = list(_cables(order))
    was, shall = (_dark(order.cables, wirings) for wirings in (order.old, order.new))
    shared_old: dict[Shared, None] = {}
    shared_new: dict[Shared, None] = {}
    for name in dict.fromkeys((*order.old, *order.new)):
        old = order.old.get(name) or NodeWiring(name)
        new = order.new.get(name) or NodeWiring(name)
        _refuse(new)
        made.extend(_Node(attacher, ends, old, new, was, shall, fresh=name not in order.old).steps())
        made.extend(chain.from_iterable(attacher.resize(rider) for rider in _riders_on(new, resized)))
        for wiring, shared in ((old, shared_old), (new, shared_new)):
            riders = _riders(wiring, ends)
            shared.update(dict.fromkeys(chain.from_iterable(attacher.shared(rider) for rider in riders)))
    for thing in shared_new:
        if thing not in shared_old:
            made.append(thing)
    for thing in shared_old:
        if thing not in shared_new:
            made.extend(thing.undo())
    return tuple(sorted(made, key=lambda step: step.phase))


def _cables(order: WireOrder) -> Iterator[Step]:
    for cable in order.cables:
        near, far = (End(Place(port.node), port.name, mtu=cable.mtu) for port in (cable.a, cable.b))
        yield steps.NewCable(near._replace(up=not _is_down(order.new, cable.a)), far)
        # A port that someone set down in a running lab stays down; in a new lab it may be a run cut short.
        for port in (cable.a, cable.b):
            if (port.node not in order.old or cable in order.plugged) and not _is_down(order.new, port):
                yield steps.RaisePort(Place(port.node), port.name, mtu=cable.mtu)
    for cable in order.resized:
        yield from (recabling.PortMtu(Place(port.node), port.name, cable.mtu) for port in (cable.a, cable.b))
    for cable in order.unplugged:
        yield recabling.Unplug(*(End(Place(port.node), port.name) for port in (cable.a, cable.b)))


def _ends(cables: tuple[Cable, ...]) -> dict[Port, Cable]:
    return {port: cable for cable in cables for port in (cable.a, cable.b)}


def _is_down(wirings: Mapping[str, NodeWiring], port: Port) -> bool:
    return port.node in wirings and port.name in wirings[port.node].down


def _dark(cables: Iterable[Cable], wirings: Mapping[str, NodeWiring]) -> frozenset[Port]:
    """The ports without light: both ends of every cable with one that is down."""
    dark = [cable for cable in cables if _is_down(wirings, cable.a) or _is_down(wirings, cable.b)]
    return frozenset(port for cable in dark for port in (cable.a, cable.b))


def _refuse(wiring: NodeWiring) -> None:
    for interface in wiring.interfaces:
        where = f"{wiring.node}: interface {interface.name}"
        if interface.tag is not None and interface.bridged:
            raise Impossible(f"{where} is both tagged and a port of a bridge")
        if interface.vrf and interface.vrf not in wiring.vrfs:
            raise Impossible(f"{where} is in {interface.vrf}, which the node does not have")
        if interface.bridge and (interface.vrf or interface.tag is None):
            raise Impossible(f"{where} can only be a port of {interface.bridge} as a tagged one of the node itself")
        for bridge in filter(None, (interface.bridge, interface.bridged)):
            if bridge not in wiring.bridges:
                raise Impossible(f"{where} needs bridge {bridge}, which the node does not have")
        if len(interface.name) > names.LONGEST:
            raise Impossible(f"{where} has a name of more than {names.LONGEST} characters")


def _riders(wiring: NodeWiring, ends: dict[Port, Cable]) -> list[Rider]:
    return [_rider(wiring, interface, ends) for interface in wiring.interfaces if interface.tag is not None]


def _riders_on(wiring: NodeWiring, ends: dict[Port, Cable]) -> list[Rider]:
    return [rider for rider in _riders(wiring, ends) if rider.cable is not None]


def _rider(wiring: NodeWiring, interface: Interface, ends: dict[Port, Cable]) -> Rider:
    assert interface.tag is not None
    cable = ends.get(Port(wiring.node, interface.tag.port))
    return Rider(
        wiring.node, interface, interface.tag, cable, wiring.ipv6, down=interface.tag.port in wiring.down
    )


class _Node:
    """The difference of one node."""

    def __init__(
        self,
        attacher: Attacher,
        ends: dict[Port, Cable],
        old: NodeWiring,
        new: NodeWiring,
        was_dark: frozenset[Port],
        dark: frozenset[Port],
        *,
        fresh: bool,
    ) -> None:
        self.attacher, self.ends, self.old, self.new, self.fresh = attacher, ends, old, new, fresh
        self.was_dark, self.dark = was_dark, dark
        self.before = {(face.vrf, face.name): face for face in old.interfaces}
        self.after = {(face.vrf, face.name): face for face in new.interfaces}
        self.stays = {
            key for key, face in self.after.items() if key in self.before and _same_device(face, self.before[key])
        }
        self.raised = {
            key for key in self.stays
            if (tag := self.after[key].tag) and tag.port in old.down and tag.port not in new.down
        }

    def at(self, vrf: str = "") -> Place:
        return Place(self.new.node, vrf)

    def steps(self) -> Iterator[Step]:
        yield from self._places()
        for key, face in self.before.items():
            if key not in self.stays:
                yield from self._gone(face)
        for key, face in self.after.items():
            if key in self.stays:
                yield from self._addresses(self.before[key], face)
            else:
                yield from self._born(face)
        yield from self._light()
        yield from self._neighbors()
        yield from self._routes()
        yield from self._sources()

    def _places(self) -> Iterator[Step]:
        if self.fresh or self.old.ipv6 != self.new.ipv6:
            yield steps.Settings(self.at(), self.new.ipv6)
        for vrf in self.new.vrfs:
            if vrf not in self.old.vrfs:
                yield steps.NewVrf(self.at(vrf))
                yield steps.Settings(self.at(vrf))
        for vrf in self.old.vrfs:
            if vrf not in self.new.vrfs:
                yield steps.EmptyVrf(self.at(vrf))
        for bridge in self.new.bridges:
            if bridge not in self.old.bridges:
                yield steps.Bridge(self.at(), bridge)
                yield steps.Raise(self.at(), bridge, quiet=self.new.ipv6)
        for bridge in self.old.bridges:
            if bridge not in self.new.bridges:
                yield from steps.Bridge(self.at(), bridge).undo()

    def _gone(self, face: Interface) -> Iterator[Step]:
        if face.tag is not None:
            yield from self.attacher.detach(_rider(self.old, face, self.ends))
        elif face.bridged:
            yield steps.Delete(self.at(), names.bridge_end(face.vrf, face.name))
        else:
            yield from (steps.NoAddress(self.at(face.vrf), face.name, address) for address in face.addresses)

    def _born(self, face: Interface) -> Iterator[Step]:
        if face.tag is not None:
            yield from self.attacher.attach(_rider(self.new, face, self.ends))
        elif face.bridged:
            near = End(self.at(face.vrf), face.name, mac=face.mac, up=True)
            far = End(self.at(), names.bridge_end(face.vrf, face.name))
            yield steps.Veth(near, far)
            yield steps.Raise(far.place, far.name, self.new.ipv6, master=face.bridged)
        yield from (steps.Address(self.at(face.vrf), face.name, address) for address in face.addresses)

    def _light(self) -> Iterator[Step]:
        """Ports that go down or come up, and what rides a cable that goes dark or sees light again."""
        yield from (steps.Raise(self.at(), name) for name in self.old.down if name not in self.new.down)
        yield from (steps.Lower(self.at(), name) for name in self.new.down if name not in self.old.down)
        for key, face in self.after.items():
            if face.tag is None:
                continue
            port = Port(self.new.node, face.tag.port)
            before = port in self.was_dark and key in self.stays
            if before != (port in self.dark):
                rider = _rider(self.new, face, self.ends)
                yield from self.attacher.lighten(rider) if before else self.attacher.darken(rider)

    def _addresses(self, before: Interface, after: Interface) -> Iterator[Step]:
        place = self.at(after.vrf)
        if (after.vrf, after.name) in self.raised:
            # An interface that went down has lost its IPv6 addresses and neighbors, and the routes over it.
            yield from (steps.Address(place, after.name, address) for address in after.addresses)
        if before.addresses == after.addresses:
            return
        gone = [address for address in before.addresses if address not in after.addresses]
        yield from (steps.NoAddress(place, after.name, address) for address in gone)
        # With a primary IPv4 address its secondaries of the same subnet go too, so the kept ones are written again.
        added = after.addresses if gone else [item for item in after.addresses if item not in before.addresses]
        yield from (steps.Address(place, after.name, address) for address in added)

    def _neighbors(self) -> Iterator[Step]:
        new = {(item.vrf, item.interface, item.address): item for item in self.new.neighbors}
        old = {(item.vrf, item.interface, item.address): item for item in self.old.neighbors}
        for key, item in old.items():
            if key not in new and (item.vrf, item.interface) in self.stays:
                yield steps.NoNeighbor(self.at(item.vrf), item.interface, item.address)
        for key, item in new.items():
            if old.get(key) != item or (item.vrf, item.interface) not in self.stays - self.raised:
                yield steps.Neighbor(self.at(item.vrf), item.interface, item.address, item.mac)

    def _routes(self) -> Iterator[Step]:
        new = {(item.vrf, item.prefix): item for item in self.new.routes}
        old = {(item.vrf, item.prefix): item for item in self.old.routes}
        stirred = self._stirred()
        for key, item in old.items():
            # A parked namespace keeps what is on `lo`.
            if key not in new and not item.via:
                yield routing.NoLocalRoute(self.at(item.vrf), item.prefix)
            elif key not in new and item.vrf in ("", *self.new.vrfs):
                yield routing.NoRoute(self.at(item.vrf), item.prefix)
        for key, item in new.items():
            if old.get(key) != item or item.vrf in stirred:
                at, prefix = self.at(item.vrf), item.prefix
                yield routing.StaticRoute(at, prefix, item.via) if item.via else routing.LocalRoute(at, prefix)

    def _sources(self) -> Iterator[Step]:
        """Rules name their interface and outlive it: a namespace that is parked loses them here."""
        old, new = _rules(self.old), _rules(self.new)
        for rule in old:
            if rule not in new:
                yield routing.NoSourceRule(self.at(rule[0]), *rule[1:])
        for rule in new:
            if rule not in old:
                yield routing.SourceRule(self.at(rule[0]), *rule[1:])

    def _stirred(self) -> set[str]:
        """The VRFs where an interface or an address went away: the kernel has dropped routes there by itself."""
        found = {vrf for vrf, _ in (*self.before, *self.after) if (vrf, _) not in self.stays}
        for key in self.stays:
            if key in self.raised or set(self.before[key].addresses) - set(self.after[key].addresses):
                found.add(key[0])
        return found


def _rules(wiring: NodeWiring) -> dict[tuple[str, str, int, str], None]:
    """(VRF, interface, IP version, source), the one without a source last: it drops what the others let pass."""
    found: dict[tuple[str, str, int, str], None] = {}
    for allowed in wiring.sources:
        for prefix in allowed.prefixes:
            found[allowed.vrf, allowed.interface, 6 if ":" in prefix else 4, prefix] = None
        found |= {(allowed.vrf, allowed.interface, version, ""): None for version in (4, 6)}
    return found


def _same_device(one: Interface, other: Interface) -> bool:
    return (one.tag, one.bridge, one.bridged, one.mac) == (other.tag, other.bridge, other.bridged, other.mac)
