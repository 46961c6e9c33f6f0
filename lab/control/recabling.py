"""What a changed topology means for the wiring of a running lab. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from lab.role.build import cables
from lab.topology import Topology
from lab.wiring import Cable, NodeWiring, Port


@dataclass(frozen=True)
class Recabling:
    """The cables between two topologies: `gone`, `made` anew, and those that stay `resized` to another MTU."""

    gone: tuple[Cable, ...]
    made: tuple[Cable, ...]
    resized: tuple[Cable, ...]

    @property
    def ports(self) -> frozenset[Port]:
        """The ports whose devices are not those from before, with all that rode on them."""
        return frozenset(port for cable in (*self.gone, *self.made) for port in (cable.a, cable.b))


def recabling(old: Topology, new: Topology, fresh: Collection[str] = ()) -> Recabling:
    """`fresh` are nodes without anything of ours in them yet: their cables are made anew whatever was there."""
    before = {frozenset((cable.a, cable.b)): cable for cable in cables(old)}
    after = {frozenset((cable.a, cable.b)): cable for cable in cables(new)}
    made = {ends for ends in after if ends not in before or any(port.node in fresh for port in ends)}
    return Recabling(
        gone=tuple(cable for ends, cable in before.items() if ends not in after),
        made=tuple(after[ends] for ends in after if ends in made),
        resized=tuple(c for ends, c in after.items() if ends not in made and c.mtu != before[ends].mtu),
    )


def without(wiring: NodeWiring, ports: Collection[Port]) -> NodeWiring:
    """The wiring without what is on these ports of its node, nor what went with that."""
    names = {port.name for port in ports if port.node == wiring.node}
    going = {(i.vrf, i.name) for i in wiring.interfaces if (i.tag.port if i.tag else i.name) in names}
    vrfs = {vrf for vrf, _ in going}
    return replace(
        wiring,
        interfaces=tuple(i for i in wiring.interfaces if (i.vrf, i.name) not in going),
        neighbors=tuple(n for n in wiring.neighbors if (n.vrf, n.interface) not in going),
        sources=tuple(s for s in wiring.sources if (s.vrf, s.interface) not in going),
        routes=tuple(r for r in wiring.routes if r.vrf not in vrfs),
    )


def lit(wiring: NodeWiring, ports: Collection[Port]) -> NodeWiring:
    """The wiring, none of these ports being down: those from before went, down as they were."""
    return replace(wiring, down=tuple(name for name in wiring.down if Port(wiring.node, name) not in ports))


def shared(old: NodeWiring, new: NodeWiring) -> NodeWiring:
    """What is the same in both: all that can be relied on after a change from one to the other was cut short."""
    interfaces = tuple(i for i in old.interfaces if i in new.interfaces)
    kept = {(i.vrf, i.name) for i in interfaces}
    stirred = {i.vrf for i in old.interfaces if i not in interfaces}
    return replace(
        old,
        vrfs=tuple(v for v in old.vrfs if v in new.vrfs),
        bridges=tuple(b for b in old.bridges if b in new.bridges),
        interfaces=interfaces,
        neighbors=tuple(n for n in old.neighbors if n in new.neighbors and (n.vrf, n.interface) in kept),
        sources=tuple(s for s in old.sources if s in new.sources and (s.vrf, s.interface) in kept),
        routes=tuple(r for r in old.routes if r in new.routes and r.vrf not in stirred),
    )
