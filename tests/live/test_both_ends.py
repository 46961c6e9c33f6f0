"""A session is Established when both ends say so, in every verb."""

from __future__ import annotations

import json

from tests.live import circuits
from tests.live.harness import Labs
from tests.live.looking import sessions, until, vtysh

PRIMARY = ("er-live", "primary", "ipv4")


def test_a_session_that_only_the_msee_holds_is_not_established(labs: Labs) -> None:
    """ce/16: `status` said 2 of 2 Established, and `check` passed, while the CE said OpenSent with 0 messages."""
    ce = circuits.own_ce(key=None, bfd=False).replace(" network 10.10.0.0/16\n", "")
    circuit, ce = circuits.with_own_ce(ce, sharedKey=None)
    document = circuit.replace("  advertise:\n  - 10.10.0.0/16\n", "")
    assert "advertise" not in document
    labs.write("circuit.yml", document)
    labs.write("ce1.conf", ce)
    labs.ok("up")
    astray = "ip neigh replace 192.168.100.130 lladdr 02:00:00:00:00:01 dev eth1.100 nud permanent"
    labs.ok("exec", "ce1", *astray.split())
    # The CE begins anew; its MSEE hears nothing of it, and believes in the session until its hold timer runs out.
    vtysh(labs, "ce1", "clear bgp 192.168.100.130")
    until(lambda: "Established" not in at_ce(labs), 5, "the CE has closed the session")
    assert at_msee(labs) == "Established"
    session = sessions(labs)[PRIMARY]
    assert session["state"].startswith("Established (ce1: "), session
    assert "1 of 2 Established" in labs.ok("status").out
    report = json.loads(labs("check", "--timeout", "0.5", "-o", "json").out)
    got = {check["id"]: check for check in report["checks"]}["er-live/AzurePrivatePeering/primary/ipv4/sessions"]
    assert (got["result"], got["got"].startswith("Established (ce1: ")) == ("fail", True), got
    assert labs("diagnose").code == 1


def at_ce(labs: Labs) -> str:
    peers = json.loads(vtysh(labs, "ce1", "show bgp summary json"))["ipv4Unicast"]["peers"]
    return str(peers["192.168.100.130"]["state"])


def at_msee(labs: Labs) -> str:
    peers = json.loads(vtysh(labs, "msee1", "show bgp vrf er1p summary json"))["ipv4Unicast"]["peers"]
    return str(peers["192.168.100.129"]["state"])


def test_a_key_that_was_wrong_is_not_why_the_link_is_down(labs: Labs) -> None:
    """Cases, section 3: wrong key, right key, then link down: `status` had MD5 `bad`."""
    circuit, ce = circuits.with_own_ce(circuits.own_ce())
    labs.write("circuit.yml", circuit)
    labs.write("ce1.conf", ce)
    labs.environment = {**labs.environment, "LIVE_KEY": circuits.KEY}
    labs.ok("up")
    for key, word in (("wrongKey2026", "bad"), (circuits.KEY, "yes")):
        vtysh(labs, "ce1", "conf t", "router bgp 65010", f"neighbor 192.168.100.130 password {key}")
        until(lambda word=word: md5(labs) == word, 20, f"MD5 {word}")  # type: ignore[misc]
    labs.ok("exec", "ce1", "ip", "link", "set", "eth1", "down")
    until(lambda: sessions(labs)[PRIMARY]["state"] != "Established", 20, "the link is down")
    assert md5(labs) == "-"


def md5(labs: Labs) -> str:
    return str(sessions(labs)[PRIMARY]["md5"])
