"""One path is cut without any link going down: BFD sees it, and traffic goes over the other path."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from tests.live import circuits
from tests.live.harness import Labs
from tests.live.looking import bgp, established, sessions, until

ENVIRONMENT = {"LIVE_KEY": circuits.KEY}
# BFD: 3 x 300 ms, and what the daemons and a busy machine need after it.
DETECTED_SECONDS = 1.5
LOST_SECONDS = 2.0
INTERVAL = 0.02
# Longer than the cut takes to be seen, so that what is lost is counted to its end.
PINGING_SECONDS = 5.0
# One classic BPF instruction: return TC_ACT_SHOT.
DROP_ALL = "1,6 0 0 2"


def attached(labs: Labs) -> bool:
    """Whether BGP follows BFD on every session of both MSEEs."""
    for node in ("msee1", "msee2"):
        neighbors = bgp(labs, node, "show bgp vrf er1p neighbors json")
        customers = [n for a, n in neighbors.items() if a.startswith(("192.168.", "fd00:64"))]
        if not customers or not all(n.get("peerBfdInfo", {}).get("status") == "Up" for n in customers):
            return False
    return True


@pytest.mark.both_engines
@pytest.mark.rule("ER103", "ER215", "ER220")
def test_a_silent_drop_moves_traffic_within_bfd_time(
    labs: Labs, record_property: Callable[[str, object], None]
) -> None:
    labs.write("circuit.yml", circuits.text(circuits.one()))
    labs.ok("up", environment=ENVIRONMENT)
    until(lambda: attached(labs), 15, "BFD taken into BGP")
    count = int(PINGING_SECONDS / INTERVAL)
    options = f"-q -i {INTERVAL} -c {count} -I 10.10.0.1".split()
    ping = labs.start("exec", "ce1", "ping", *options, "10.100.0.36")
    cut(labs, "ce1")
    until(lambda: sessions(labs)[("er-live", "primary", "ipv4")]["state"] != "Established", DETECTED_SECONDS, "seen")
    out, err = ping.communicate(timeout=30)
    lost = re.search(r"(\d+) packets transmitted, (\d+) received", out)
    assert lost, out + err
    outage = (int(lost[1]) - int(lost[2])) * INTERVAL
    record_property("seconds_lost", outage)
    assert outage < LOST_SECONDS, f"{outage:.2f} s of pings lost"
    mend(labs, "ce1")
    until(lambda: established(labs) == 4, 15, "sessions back")


def cut(labs: Labs, node: str) -> None:
    """Nothing passes eth1.100 of the node any more, either way; the link stays up."""
    labs.ok("exec", node, "tc", "qdisc", "add", "dev", "eth1.100", "clsact")
    for direction in ("ingress", "egress"):
        labs.ok("exec", node, *f"tc filter add dev eth1.100 {direction} bpf da bytecode".split(), DROP_ALL)


def mend(labs: Labs, node: str) -> None:
    labs.ok("exec", node, "tc", "qdisc", "del", "dev", "eth1.100", "clsact")


def test_status_tells_which_path_is_down(labs: Labs) -> None:
    labs.write("circuit.yml", circuits.text(circuits.one()))
    labs.ok("up", environment=ENVIRONMENT)
    labs.ok("exec", "msee2", "vtysh", "-c", "conf t", "-c", "router bgp 12076 vrf er1p",
            "-c", "neighbor 192.168.100.133 shutdown")
    status = json.loads(labs("status", "-o", "json").out)
    down = [s for s in status["circuits"][0]["sessions"] if s["state"] != "Established"]
    assert [(s["path"], s["family"]) for s in down] == [("secondary", "ipv4")]
