"""A CE with an image of the user's: wired, otherwise left alone, and judged from the MSEE's side."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.containerlab.containers import build, docker, own_topology
from tests.live import circuits
from tests.live.harness import Labs
from tests.live.looking import sessions

IMAGE = "mseelab-tests/own-frr"
ENVIRONMENT = {"LIVE_KEY": circuits.KEY}
FRR = f"""
interface eth1.100
 ip address 192.168.100.129/30
 ipv6 address fd00:64::1/126
interface eth2.100
 ip address 192.168.100.133/30
 ipv6 address fd00:64::5/126
ip route 10.10.0.0/16 blackhole
ipv6 route fd00:10::/48 blackhole
router bgp 65010
 no bgp ebgp-requires-policy
 neighbor 192.168.100.130 remote-as 12076
 neighbor 192.168.100.130 password {circuits.KEY}
 neighbor 192.168.100.134 remote-as 12076
 neighbor 192.168.100.134 password {circuits.KEY}
 neighbor fd00:64::2 remote-as 12076
 neighbor fd00:64::2 password {circuits.KEY}
 neighbor fd00:64::6 remote-as 12076
 neighbor fd00:64::6 password {circuits.KEY}
 address-family ipv4 unicast
  network 10.10.0.0/16
 address-family ipv6 unicast
  neighbor fd00:64::2 activate
  neighbor fd00:64::6 activate
  network fd00:10::/48
"""
DOCKERFILE = """FROM mseelab/frr
COPY frr.conf /etc/frr/frr.conf
RUN sed -i s/^bgpd=no/bgpd=yes/ /etc/frr/daemons && chown frr:frr /etc/frr/frr.conf
ENTRYPOINT ["/usr/bin/tini", "--", "/bin/sh", "-c", "/usr/lib/frr/frrinit.sh start && exec sleep infinity"]
"""


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An FRR image that starts by itself, with a configuration of its own."""
    folder: Path = tmp_path_factory.mktemp("image") / "own"
    build(folder, IMAGE, Dockerfile=DOCKERFILE, frr_conf=FRR)
    yield IMAGE
    docker("image", "rm", "--force", IMAGE)


def test_an_image_of_the_users_comes_up_and_nothing_of_ours_is_in_it(labs: Labs, image: str) -> None:
    own_topology(labs, "own-site", image=image)
    labs.write("circuit.yml", circuits.text(circuits.one() | {"topology": "./own-site.clab.yml"}))
    labs.ok("up", environment=ENVIRONMENT)
    check = json.loads(labs.ok("check", "-o", "json", environment=ENVIRONMENT).out)
    assert {c["kind"] for c in check["checks"] if c["result"] == "pass"} == {"sessions", "from-ce", "to-ce"}
    assert {s["state"] for s in sessions(labs).values()} == {"Established"}
    assert {s["md5"] for s in sessions(labs).values()} == {"yes"}
    # The user's file went to containerlab as it is, and its lab has the name that file gives.
    assert docker("inspect", "clab-own-site-ce1", "-f", '{{index .Config.Labels "clab-topo-file"}}') == str(
        labs.folder / "own-site.clab.yml"
    )
    # containerlab's own MTU is 9500; the lab's cables have the 1500 octets of the real ones.
    assert docker("exec", "clab-own-site-ce1", "cat", "/sys/class/net/eth1/mtu") == "1500"
    assert docker("exec", "clab-own-site-ce1", "sh", "-c", "ls /run/mseelab 2>/dev/null || true") == ""


def test_the_same_image_can_be_driven_no_further_than_it_lets(labs: Labs, image: str) -> None:
    own_topology(labs, "own-driven", image=image)
    document = circuits.one() | {"topology": "./own-driven.clab.yml"}
    document["customerEdges"][0]["kind"] = "frr"
    labs.write("circuit.yml", circuits.text(document))
    refused = labs("up", environment=ENVIRONMENT)
    assert refused.code == 1, str(refused)
    assert "ce1 runs an FRR of its own" in refused.err


def test_with_an_entrypoint_that_waits_it_is_a_generated_router(labs: Labs, image: str) -> None:
    own_topology(labs, "own-idle", image=image, entrypoint="sleep infinity")
    document = circuits.one() | {"topology": "./own-idle.clab.yml"}
    document["customerEdges"][0]["kind"] = "frr"
    labs.write("circuit.yml", circuits.text(document))
    labs.ok("up", environment=ENVIRONMENT)
    labs.ok("check", environment=ENVIRONMENT)
    assert docker("exec", "clab-own-idle-ce1", "pgrep", "-c", "bgpd") == "1"
