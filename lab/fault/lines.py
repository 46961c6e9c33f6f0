"""What a router's bgpd runs with, as blocks of lines, and faults made of a few other lines.

The lines hold keys: they are looked at here, and never kept or shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bgp.frr.vty import Vty
from lab.circuit.models import FAMILIES, Family, Session
from lab.errors import Impossible
from lab.fault.base import BOTH_SIDES, Fault, Paths, Side, Undo
from lab.fault.scene import Scene

_END_OF_BLOCK = ("!", "exit", "exit-address-family", "end")


@dataclass(frozen=True)
class Instance:
    """A `router bgp` block: `header` opens it, `families` holds the lines of each address family."""

    header: str
    lines: tuple[str, ...] = field(repr=False)
    families: Mapping[Family, tuple[str, ...]]

    @property
    def vrf(self) -> str:
        words = self.header.split()
        return words[4] if words[3:4] == ["vrf"] else ""

    @property
    def asn(self) -> int:
        return int(self.header.split()[2])

    def has(self, neighbor: str) -> bool:
        return any(line.split()[:2] == ["neighbor", neighbor] for line in self.lines)

    def line(self, start: str, family: Family | None = None, end: str = "") -> str | None:
        """The line with these first words, and the last one where given."""
        first = start.split()
        for line in self.lines if family is None else self.families.get(family, ()):
            words = line.split()
            if words[: len(first)] == first and (not end or words[-1] == end):
                return line
        return None


def instances(bgpd: Vty) -> tuple[Instance, ...]:
    """The instances that a bgpd runs with now."""
    return tuple(_parsed(bgpd.command("show running-config")))


def instance_with(bgpd: Vty, vrf: str, neighbor: str) -> Instance | None:
    """The instance that has this neighbor; None where there is none (any more)."""
    return next((each for each in instances(bgpd) if each.vrf == vrf and each.has(neighbor)), None)


def _parsed(text: str) -> Iterator[Instance]:
    header: str | None = None
    lines: list[str] = []
    families: dict[Family, list[str]] = {}
    inside: list[str] = lines
    for raw in text.splitlines():
        line = raw.strip()
        if line.startswith("router bgp "):
            header, lines, families = line, [], {}
            inside = lines
        elif header is None or not line:
            continue
        elif line.startswith("address-family "):
            family = next((f for f in FAMILIES if line == f"address-family {f} unicast"), None)
            inside = families.setdefault(family, []) if family else []
        elif line == "exit-address-family":
            inside = lines
        elif not raw.startswith(" ") and line in _END_OF_BLOCK:
            yield Instance(header, tuple(lines), {f: tuple(found) for f, found in families.items()})
            header = None
        elif line not in _END_OF_BLOCK:
            inside.append(line)


@dataclass(frozen=True)
class Change:
    """Lines to type inside an instance, and those that take them back, as far as they are in an address family too.

    `before` and `after` are typed outside, at the top: what the lines refer to; `gone` takes that away again.
    """

    do: tuple[str, ...]
    undo: tuple[str, ...]
    before: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


def in_family(family: Family, *lines: str) -> tuple[str, ...]:
    return (f"address-family {family} unicast", *lines, "exit-address-family")


def map_change(
    who: str, family: Family, instance: Instance, name: str, way: str, entry: tuple[str, ...]
) -> Change:
    """The route-map `name`, made by the lines `entry`, in the place of the neighbor's map of that way."""
    kept = instance.line(f"{who} route-map", family, way)
    ours = f"{who} route-map {name} {way}"
    back = in_family(family, kept or f"no {ours}")
    return Change(in_family(family, ours), back, entry, (f"no route-map {name}",))


class Retyped:
    """The base of faults at an FRR: `change` says which lines, for each session concerned.

    `soft`: the ways ("in", "out") in which policy is to be applied anew; else the lines end the session by themselves,
    or `resets` does.
    """

    name = ""
    line = ""
    sides: tuple[Side, ...] = BOTH_SIDES
    per_family = True
    paths: Paths = "any"
    options: Mapping[str, str] = {}
    claims: frozenset[str] = frozenset()
    stops_frames = False
    resets = False

    def change(self, scene: Scene, session: Session, fault: Fault, instance: Instance) -> Change:
        raise NotImplementedError

    def soft(self, fault: Fault) -> str:
        return ""

    def prepare(self, scene: Scene, fault: Fault) -> Undo:
        ends = []
        for session in scene.sessions(fault):
            instance = found_instance(scene, session, fault.side)
            change = self.change(scene, session, fault, instance)
            ends.append({
                "node": scene.node(session, fault.side).name, "vrf": instance.vrf, "family": session.family,
                "neighbor": scene.peer(session, fault.side), "header": instance.header,
                "before": change.before, "do": change.do, "undo": change.undo, "gone": change.gone,
            })
        return {"ends": ends}

    def inject(self, scene: Scene, fault: Fault, undo: Undo) -> None:
        for end in undo["ends"]:
            vty = scene.daemons.vty(end["node"])
            vty.configure([*end["before"], end["header"], *end["do"]])
            self._soften(vty, fault, end)
        if self.resets:
            scene.reset(fault)

    def lift(self, scene: Scene, fault: Fault, undo: Undo) -> None:
        for end in undo["ends"]:
            if end["node"] not in scene.nodes or not scene.daemons.runs(end["node"]):
                continue
            vty = scene.daemons.vty(end["node"])
            # Where the neighbor has gone meanwhile these lines would make it anew.
            instance = instance_with(vty, end["vrf"], end["neighbor"])
            if instance is not None and instance.header == end["header"]:
                vty.configure([end["header"], *end["undo"]], tolerate="everything")
                vty.configure(end["gone"], tolerate="everything")
                self._soften(vty, fault, end)
        scene.recover(fault)

    def _soften(self, vty: Vty, fault: Fault, end: Undo) -> None:
        if self.soft(fault):
            scope = f"vrf {end['vrf']} " if end["vrf"] else ""
            vty.ask(f"clear bgp {scope}{end['family']} unicast {end['neighbor']} soft {self.soft(fault)}")


def found_instance(scene: Scene, session: Session, side: Side) -> Instance:
    """The instance of the session at that end. Raises Impossible where that end is no FRR, or has no such neighbor."""
    node = scene.node(session, side).name
    if not scene.daemons.runs(node):
        raise Impossible(f"{node} is no FRR: this fault is made in a router's configuration")
    neighbor = scene.peer(session, side)
    found = instance_with(scene.daemons.vty(node), scene.vrf(session, side), neighbor)
    if found is None:
        raise Impossible(f"{node} has no neighbor {neighbor}")
    return found
