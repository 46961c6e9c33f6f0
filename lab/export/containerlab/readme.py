"""The README of an export: how to start it, look at it and end it, with nothing of ours installed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePath

from bgp.frr.config import FrrConfig
from lab.circuit.models import KeyRef
from lab.engine.containerlab import image
from lab.export.containerlab.topology import image_of
from lab.files.load import Loaded
from lab.role.build import Desired
from lab.role.ce import private_address

_TEMPLATE = Path(__file__).with_name("readme.md")
_MISSING = """ A key that is missing ends `deploy`
at once; one that is not a single word is such an ERROR, on every node that needs it."""
_BFD = "BFD (300 ms, three times) is on from the start, at both ends."
_BFD_OF_OWNERS = """ With {names}, whose file is the
  owner's, the MSEE answers BFD but its BGP does not follow it: it would stay idle if the other end had none."""


def text(loaded: Loaded, desired: Desired, keys: Mapping[str, KeyRef]) -> str:
    """Markdown. `keys` are the references by name, with where the lab has each from."""
    lab, topology = loaded.spec.lab, loaded.topology
    session = next(iter(desired.sessions), None)
    edge = session.ce if session else topology.with_role("ce")[0].name
    owners = [name for name, s in desired.nodes.items() if s.role == "ce" and not isinstance(s.router, FrrConfig)]
    return _TEMPLATE.read_text(encoding="utf-8").format(
        lab=lab,
        images=_images(loaded),
        keys=_keys(keys),
        missing=_MISSING if keys else "",
        edge=edge,
        msee=session.msee if session else topology.with_role("msee")[0].name,
        vrf=session.vrf if session else "VRF",
        ping=_ping(loaded, lab, edge),
        own=", or an owner's `frr.conf`" if owners else "",
        bfd=_BFD + (_BFD_OF_OWNERS.format(names=", ".join(owners)) if owners else ""),
    )


def _images(loaded: Loaded) -> str:
    names = sorted({image_of(node) for node in loaded.topology.nodes if image.ours(node.image)})
    lines = (f"    sudo docker build --build-arg DEBIAN={image.suite(name)} -t {name} image\n" for name in names)
    return "".join(lines)


def _keys(keys: Mapping[str, KeyRef]) -> str:
    return "".join(f"    {_command(name, origin)}\n" for name, origin in keys.items())


def _command(name: str, origin: KeyRef) -> str:
    """How to put a key where it belongs, without anybody else seeing it."""
    if origin.source == "file":
        return f"install -m 600 {PurePath(origin.name).name} keys/{name}   # the lab's {origin}: one line, one word"
    if origin.source == "env":
        return f"(umask 077; printf '%s\\n' \"${name}\" > keys/{name})   # the lab's {origin}: one word"
    return f"(umask 077; cat > keys/{name})   # the key of {origin.name}: one word, Enter and Ctrl-D"


def _ping(loaded: Loaded, lab: str, edge: str) -> str:
    owner = next((ce for ce in loaded.spec.customer_edges if ce.name == edge), None)
    source = private_address(loaded.spec, owner, "ipv4") if owner else None
    host = next((h for vnet in loaded.spec.virtual_networks if (h := vnet.host("ipv4"))), None)
    if source is None or host is None:
        return ""
    return f"\n    sudo docker exec clab-{lab}-{edge} ping -c 3 -I {source} {host}"
