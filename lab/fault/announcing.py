"""Prefixes that the CE announces on one session beside its own, as many as a fault needs.

They are of networks that are for tests and documents (RFC 2544, RFC 3849), host routes all. A route-map lets them out
on that session, and what was let out before.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from lab.circuit.models import Family, Session
from lab.errors import Impossible
from lab.fault.base import Fault, Undo
from lab.fault.lines import Instance, found_instance, in_family, instance_with
from lab.fault.scene import Scene

SPACE: dict[Family, str] = {"ipv4": "198.18.0.0/15", "ipv6": "2001:db8:198::/48"}
LENGTH: dict[Family, int] = {"ipv4": 32, "ipv6": 128}


def prepare(scene: Scene, session: Session, fault: Fault, count: int) -> Undo:
    """What `announce` and `withdraw` need. Raises Impossible where the prefixes would go elsewhere too."""
    instance = found_instance(scene, session, "ce")
    neighbor, family = session.msee_address, session.family
    if instance.line("no bgp network import-check") is None:
        need = "no bgp network import-check"
        raise Impossible(f"{session.ce} announces no network that it has no route for", next=need)
    for other in _open(instance, family):
        if other != neighbor:
            raise Impossible(f"{session.ce} filters nothing that goes to {other}: the prefixes would go there too")
    who = f"neighbor {neighbor}"
    return {
        "node": session.ce, "vrf": instance.vrf, "header": instance.header, "neighbor": neighbor, "family": family,
        "count": count, "name": f"mseelab-fault-{fault.id}-{family[-1]}",
        "map": instance.line(f"{who} route-map", family, "out"),
        "list": instance.line(f"{who} prefix-list", family, "out"),
    }


def announce(scene: Scene, undo: Undo) -> None:
    vty = scene.daemons.vty(undo["node"])
    name, family = undo["name"], undo["family"]
    who, keyword = f"neighbor {undo['neighbor']}", "ip" if family == "ipv4" else "ipv6"
    listed = [f"match {keyword} address prefix-list {undo['list'].split()[3]}"] if undo["list"] else []
    called = [f"call {undo['map'].split()[3]}"] if undo["map"] else []
    vty.configure([
        f"{keyword} prefix-list {name} seq 5 permit {SPACE[family]} le {LENGTH[family]}",
        f"route-map {name} permit 10", f"match {keyword} address prefix-list {name}", "exit",
        f"route-map {name} permit 20", *listed, *called, "exit",
        undo["header"],
        *in_family(
            family,
            f"{who} route-map {name} out",
            *([f"no {undo['list']}"] if undo["list"] else []),
            *(f"network {prefix}" for prefix in _prefixes(undo)),
        ),
    ])


def withdraw(scene: Scene, undo: Undo) -> None:
    """May run again, and where nothing was announced."""
    if undo["node"] not in scene.nodes or not scene.daemons.runs(undo["node"]):
        return
    vty = scene.daemons.vty(undo["node"])
    instance = instance_with(vty, undo["vrf"], undo["neighbor"])
    if instance is None or instance.header != undo["header"]:
        return
    name, family = undo["name"], undo["family"]
    keyword = "ip" if family == "ipv4" else "ipv6"
    ours = {f"network {prefix}" for prefix in _prefixes(undo)}
    there = [line for line in instance.families.get(family, ()) if line in ours]
    back = [undo["list"]] if undo["list"] else []
    back.append(undo["map"] or f"no neighbor {undo['neighbor']} route-map {name} out")
    vty.configure([undo["header"], *in_family(family, *(f"no {line}" for line in there), *back)], tolerate="everything")
    vty.configure([f"no route-map {name}", f"no {keyword} prefix-list {name}"], tolerate="everything")


def _prefixes(undo: dict[str, Any]) -> list[str]:
    family: Family = undo["family"]
    first = ip_address(SPACE[family].split("/")[0])
    return [f"{first + number}/{LENGTH[family]}" for number in range(undo["count"])]


def _open(instance: Instance, family: Family) -> list[str]:
    """The active neighbors to whom everything goes."""
    lines = instance.families.get(family, ())
    active = [line.split()[1] for line in lines if line.startswith("neighbor ") and line.endswith(" activate")]

    def filters(neighbor: str) -> bool:
        return any(instance.line(f"neighbor {neighbor} {what}", family, "out") for what in ("route-map", "prefix-list"))

    return [neighbor for neighbor in active if not filters(neighbor)]
