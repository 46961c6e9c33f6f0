"""The exporter: from the files of a lab to the folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bgp.frr.config import FrrConfig, OwnConfig
from lab.control.kinds import decided
from lab.engine import registry
from lab.engine.containerlab import image
from lab.errors import Impossible
from lab.export.base import Export
from lab.export.containerlab import readme, router, wiring
from lab.export.containerlab.topology import left_out, topology_text
from lab.export.references import References, names_in, refuse_clear_keys
from lab.files.load import Loaded
from lab.role.build import Desired, build, cables
from lab.role.slots import Slots
from lab.role.state import NodeState

HERE = Path(__file__).parent
START = "sh /lab/start.sh"
KEYS = "keys"


class ContainerlabExporter:
    """The lab as `containerlab deploy` brings it up alone, on FRR."""

    name = "containerlab"

    def export(self, loaded: Loaded, slots: Slots | None = None) -> Export:
        loaded = decided(loaded, registry.engine("containerlab"))
        desired = build(loaded.spec, loaded.topology, loaded.own, loaded.interfaces, slots)
        _refuse(loaded, desired)
        refuse_clear_keys(loaded.own, loaded.keyring)
        references = References(loaded.spec, loaded.own)
        lab, topology = loaded.spec.lab, loaded.topology
        files: dict[str, str] = {}
        binds: dict[str, list[str]] = {}
        for state in desired.nodes.values():
            if state.router is None:
                continue
            texts = _node(state, desired, loaded, references)
            files |= {f"{state.name}/{name}": text for name, text in texts.items()}
            names = names_in("".join(texts.values()))
            binds[state.name] = [
                *(f"{name}:/lab/{name}:ro" for name in ("start.sh", "router.settings")),
                f"{state.name}:/lab/node:ro",
                *(f"{KEYS}/{name}:/lab/keys/{name}:ro" for name in names),
            ]
        used = {name: references.origins[name] for text in files.values() for name in names_in(text)}
        check = (HERE / "check.sh").read_text(encoding="utf-8")
        files |= {
            f"{lab}.clab.yml": topology_text(lab, topology, loaded.topology_file, binds, START),
            "start.sh": (HERE / "start.sh").read_text(encoding="utf-8"),
            "check.sh": check.replace("@LAB@", lab).replace("@NODES@", " ".join(binds)),
            "router.settings": wiring.settings_text(),
            "image/Dockerfile": (image.FOLDER / "frr" / "Dockerfile").read_text(encoding="utf-8"),
            f"{KEYS}/.gitignore": "*\n!.gitignore\n",
            ".gitignore": "clab-*/\n",
            "README.md": readme.text(loaded, desired, used),
        }
        notes = [f"{mine}: the container is yours to configure" for mine in desired.nodes if mine not in binds]
        notes += [f"left out of the topology: {what}" for what in left_out(topology, loaded.topology_file)]
        return Export(lab, files, (KEYS,), used, tuple(notes), f"containerlab deploy -t {lab}.clab.yml")


def _refuse(loaded: Loaded, desired: Desired) -> None:
    for state in desired.nodes.values():
        if state.feed is not None:
            raise Impossible(
                "an export to containerlab has private peering only: a speaker on this host has Microsoft's prefixes",
                next="export a file without MicrosoftPeering",
            )
        if state.router is not None and not isinstance(state.router, FrrConfig | OwnConfig):
            edge = next(edge for edge in loaded.spec.customer_edges if edge.name == state.name)
            raise Impossible(
                f"{state.name} is a CE of kind {edge.kind}; an export to containerlab has FRR routers only",
                next=f"kind: frr for {state.name}, or leave the kind out",
            )


def _node(
    state: NodeState, desired: Desired, loaded: Loaded, references: Mapping[str, str]
) -> dict[str, str]:
    assert isinstance(state.router, FrrConfig | OwnConfig)
    unarmed = (
        router.unarmed(state.router, desired.nodes, desired.sessions)
        if isinstance(state.router, FrrConfig)
        else frozenset()
    )
    texts = router.files(state.router, references, unarmed)
    texts["wiring.sh"] = wiring.wiring_text(state.wiring, cables(loaded.topology))
    mine = [s for s in desired.sessions if s.ce == state.name and s.enabled]
    if mine:
        texts["sessions"] = "".join(f"{s.msee_address} {s.circuit} {s.label}\n" for s in mine)
    return texts
