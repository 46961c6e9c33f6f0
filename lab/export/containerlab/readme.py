"""The README of an export: how to start it, look at it and end it, with nothing of ours installed."""

from __future__ import annotations

from collections.abc import Mapping

from bgp.frr.config import FrrConfig
from lab.engine.containerlab import image
from lab.files.load import Loaded
from lab.role.build import Desired

_TEXT = """# {lab}, for containerlab

An ExpressRoute circuit with its customer edge routers, an emulated pair of Microsoft Enterprise Edge routers (AS 12076) and the
VNets behind them, as files. [containerlab](https://containerlab.dev) and docker bring it up; nothing else is needed.

## Start

{images}{keys}    sudo containerlab deploy -t {lab}.clab.yml
    sh check.sh

`check.sh` waits until every session is Established, for a minute at most, and names those that are not. BFD comes first, so it
takes some five seconds. A node that could not start is an ERROR in what `deploy` prints (its exit code is 0 all the same); a key
that is missing ends `deploy` at once.

## Look

    sudo docker exec -it clab-{lab}-{edge} vtysh
    sudo docker exec clab-{lab}-{edge} vtysh -c "show bgp summary"
    sudo docker exec clab-{lab}-{msee} vtysh -c "show bgp vrf all summary"
    sudo docker exec clab-{lab}-{msee} ip -n {vrf} -brief address{ping}

With `deploy --name NAME` the containers are called `clab-NAME-…`, and `check.sh` takes the name.

## End

    sudo containerlab destroy -t {lab}.clab.yml --cleanup

## What is where

| file | is |
|---|---|
| `{lab}.clab.yml` | nodes and links; each node binds its folder and runs `start.sh` once its links are there |
| `start.sh` | makes the interfaces, puts the keys in, starts FRR; plain `sh` and `ip` |
| `NODE/wiring.sh` | the node's routing domains, tagged sub-interfaces, addresses and routes |
| `NODE/*.conf` | FRR's files, one a daemon{own}; `${{NAME}}` stands for the key in `keys/NAME` |
| `NODE/sessions` | what `check.sh` looks at |
| `router.settings` | the sysctls of every namespace that forwards |
| `image/Dockerfile` | the image: Debian's FRR |

To change something, edit it and deploy anew: `containerlab deploy -t {lab}.clab.yml --reconfigure`. On an MSEE each routing domain
(a peering of a circuit) is a network namespace in the container, which FRR takes for a VRF.

## Worth knowing

- Keys are only in `keys/`, which git ignores, and inside the containers. They are no variables of the topology, since containerlab
  writes those into its state file and docker shows them.
- Tags are 802.1Q devices of the kernel. A kernel without them (module 8021q) gets a VXLAN for each tag, with a warning from every
  node: frames carry no tag then, though ends with different tags still do not meet.
- {bfd}
- `docker restart` takes a container's links away. Destroy the lab and deploy it again.
"""
_ARMED = "BFD (300 ms, three times) is on from the start, at both ends."
_OWN = (
    "BFD (300 ms, three times) is on from the start, at both ends. With {names}, whose file is the owner's, the MSEE answers BFD but\n"
    "  its BGP does not follow it: without BFD at the other end the session would never come up."
)


def text(loaded: Loaded, desired: Desired, keys: Mapping[str, str]) -> str:
    """Markdown. `keys` are the references by name, with where the lab has each from."""
    lab, topology = loaded.spec.lab, loaded.topology
    session = next(iter(desired.sessions), None)
    edge = session.ce if session else topology.with_role("ce")[0].name
    owners = [name for name, s in desired.nodes.items() if s.role == "ce" and not isinstance(s.router, FrrConfig)]
    return _TEXT.format(
        lab=lab,
        images=_images(loaded),
        keys=_keys(keys),
        edge=edge,
        msee=session.msee if session else topology.with_role("msee")[0].name,
        vrf=session.vrf if session else "VRF",
        ping=_ping(loaded, lab, edge),
        own=", or an owner's `frr.conf`" if owners else "",
        bfd=_OWN.format(names=", ".join(owners)) if owners else _ARMED,
    )


def _images(loaded: Loaded) -> str:
    names = sorted({node.image or image.FRR for node in loaded.topology.nodes if image.ours(node.image)})
    lines = []
    for name in names:
        debian = image.suite(name)
        lines.append(f"    sudo docker build --build-arg DEBIAN={debian} -t {name} image\n")
    return "".join(lines)


def _keys(keys: Mapping[str, str]) -> str:
    lines = [f"    umask 077   # each key is one word, in a file of its own: {', '.join(keys)}\n"] if keys else []
    for name, origin in keys.items():
        lines.append(f"    cat > keys/{name}   # the key that the lab had from {origin}; end with Enter and Ctrl-D\n")
    return "".join(lines)


def _ping(loaded: Loaded, lab: str, edge: str) -> str:
    from lab.role.ce import source_address

    owner = next((ce for ce in loaded.spec.customer_edges if ce.name == edge), None)
    source = source_address(loaded.spec, owner, "ipv4") if owner else None
    host = next((h for vnet in loaded.spec.virtual_networks if (h := vnet.host("ipv4"))), None)
    if source is None or host is None:
        return ""
    return f"\n    sudo docker exec clab-{lab}-{edge} ping -c 3 -I {source} {host}"
