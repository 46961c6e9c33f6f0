"""The steps of ExpressRoute Direct as edits of a running lab: a port pair is made, switched, given back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lab.circuit.models import LINKS, PATHS, LinkName, PortPair, Spec
from lab.control.running import Running
from lab.control.workflow import Draft, Step, lab_having, named_or_only
from lab.errors import Impossible
from lab.files.document import Document
from lab.files.ports import BLOCK
from lab.files.tree import clip
from lab.topology import Topology


def create_port(values: Mapping[str, Any], ce: str | None, flags: Mapping[str, str]) -> Step:
    """A new port pair, its links Disabled: the cables of `ce`, or of the only CE that has both and is free.

    `values` are fields of the document. Raises Impossible (ER102, ER710) where the name or the cables are taken.
    """

    def step(draft: Draft) -> Spec:
        spec = draft.spec
        if any(port.name == values["name"] for port in spec.ports):
            raise Impossible(f"a port pair named {clip(values['name'])} is here already", rule="ER102",
                             next="mseelab port list")
        links = [{"name": link, "adminState": "Disabled"} for link in LINKS]
        made = {**values, "customerEdge": _free_ce(spec, draft.running.applied.topology, ce), "links": links}

        def edit(document: Document) -> None:
            document[BLOCK] = [*document.get(BLOCK, []), made]
            for edge in document["customerEdges"]:
                if edge["name"] == made["customerEdge"]:
                    # From now on the encapsulation says it.
                    edge.pop("handoff", None)

        return draft.rewritten(edit, flags)

    return step


def switch_links(name: str | None, links: Collection[LinkName], *, enabled: bool) -> Step:
    """The adminState of some links of a port pair, the only one where no name is given."""

    def step(draft: Draft) -> Spec:
        old = the_port(draft.spec, name)
        first, second = (enabled if link in links else was for link, was in zip(LINKS, old.links_enabled, strict=True))
        new = replace(old, links_enabled=(first, second))
        return replace(draft.spec, ports=tuple(new if port.name == old.name else port for port in draft.spec.ports))

    return step


def delete_port(name: str) -> Step:
    """The port pair gone; its cables stay. Raises Impossible (ER708) while circuits are on it."""

    def step(draft: Draft) -> Spec:
        port = the_port(draft.spec, name)
        on_it = circuits_on(draft.spec, port)
        if on_it:
            raise Impossible(
                f"{port.name} cannot be deleted: {', '.join(on_it)} {'is' if len(on_it) == 1 else 'are'} on it",
                rule="ER708", next=", then ".join(f"mseelab circuit delete {circuit}" for circuit in on_it),
            )
        return replace(draft.spec, ports=tuple(p for p in draft.spec.ports if p.name != port.name))

    return step


def circuits_on(spec: Spec, port: PortPair) -> list[str]:
    return [circuit.name for circuit in spec.circuits if circuit.port == port.name]


def the_port(spec: Spec, name: str | None) -> PortPair:
    """The port pair of that name, or the only one. Raises Impossible."""
    names = [port.name for port in spec.ports]
    if not names:
        raise Impossible(f"{spec.lab} has no port pair", next="mseelab port create --name NAME …")
    return spec.port(named_or_only("port pair", names, name))


def lab_of_port(lab: str | None, port: str | None, cwd: Path) -> Running:
    """The lab that a step means: by name, else the only one with a port pair of that name, else as every verb does."""
    return lab_having(lab, cwd, lambda running: port in _port_names(running))


def _port_names(running: Running) -> list[str]:
    return [str(port["name"]) for port in running.document["applied"]["spec"]["ports"]]


def _free_ce(spec: Spec, topology: Topology, wanted: str | None) -> str:
    """The CE whose cables become the port pair. Raises Impossible (ER701, ER710)."""
    names = [edge.name for edge in spec.customer_edges]
    if wanted is not None and wanted not in names:
        raise Impossible(f"no CE named {clip(wanted)}", rule="ER701", next=f"one of: {' '.join(names)}")
    cabled = [name for name in names if all(topology.ce_port(name, path) for path in PATHS)]
    if wanted is None:
        return _only_free(spec, cabled)
    if wanted not in cabled:
        next_step = f"one that is: {' '.join(cabled)}" if cabled else "a topology where a CE is, such as dual-path"
        raise Impossible(f"{wanted} is not cabled to both MSEEs", rule="ER701", next=next_step)
    if taken := _taken(spec, wanted):
        raise Impossible(taken, rule="ER710", next="the cables of another CE, or delete what has them")
    return wanted


def _only_free(spec: Spec, cabled: Sequence[str]) -> str:
    if not cabled:
        raise Impossible("no CE is cabled to both MSEEs", rule="ER701", next="a topology such as dual-path")
    reasons = {name: _taken(spec, name) for name in cabled}
    free = [name for name, reason in reasons.items() if not reason]
    if len(free) > 1:
        which = f"--ce, one of: {' '.join(free)}"
        raise Impossible(f"{len(free)} CEs are cabled to both MSEEs; which one?", next=which)
    if not free:
        raise Impossible("; ".join(reasons.values()), rule="ER710", next="delete what has the cables, in its order")
    return free[0]


def _taken(spec: Spec, ce: str) -> str:
    """What has the cables of the CE; empty where nothing has."""
    port = spec.port_of(ce)
    if port:
        return f"the cables of {ce} are port pair {port.name}"
    edge = next(e for e in spec.customer_edges if e.name == ce)
    served = [circuit.name for circuit in spec.circuits_of(edge)]
    if served:
        return f"{ce} is cabled for {', '.join(served)}, a provider's"
    return ""
