"""A session is Established when both ends say so, in every verb."""

from __future__ import annotations

import json

from tests.live import circuits
from tests.live.harness import Labs
from tests.live.looking import sessions, until, vtysh


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
    session = sessions(labs)["er-live", "primary", "ipv4"]
    assert session["state"].startswith("Established (ce1: "), session
    assert "1 of 2 Established" in labs.ok("status").out
    report = json.loads(labs("check", "--timeout", "0.5", "-o", "json").out)
    got = {check["id"]: check for check in report["checks"]}["er-live/AzurePrivatePeering/primary/ipv4/sessions"]
    assert (got["result"], got["got"]) == ("fail", session["state"])
    assert labs("diagnose").code == 1


def at_ce(labs: Labs) -> str:
    peers = json.loads(vtysh(labs, "ce1", "show bgp summary json"))["ipv4Unicast"]["peers"]
    return str(peers["192.168.100.130"]["state"])


def at_msee(labs: Labs) -> str:
    peers = json.loads(vtysh(labs, "msee1", "show bgp vrf er1p summary json"))["ipv4Unicast"]["peers"]
    return str(peers["192.168.100.129"]["state"])


def test_a_key_that_was_wrong_is_not_why_the_link_is_down(labs: Labs) -> None:
    """Cases, section 3: wrong key, right key, then link down: `status` had MD5 `bad` in both families."""
    labs.write("circuit.yml", circuits.text(circuits.one()))
    labs.environment = {**labs.environment, "LIVE_KEY": circuits.KEY}
    labs.ok("up")
    primary = ("er-live", "primary", "ipv4")
    for key, word in (("wrongKey2026", "bad"), (circuits.KEY, "yes")):
        peer = "neighbor 192.168.100.130"
        vtysh(labs, "ce1", "conf t", "router bgp 65010", f"no {peer} password", f"{peer} password {key}")
        until(lambda word=word: sessions(labs)[primary]["md5"] == word, 20, f"MD5 {word}")  # type: ignore[misc]
    labs.ok("exec", "ce1", "ip", "link", "set", "eth1", "down")
    down = [("er-live", "primary", family) for family in ("ipv4", "ipv6")]
    until(lambda: not any(sessions(labs)[one]["state"] == "Established" for one in down), 20, "the link is down")
    assert [sessions(labs)[one]["md5"] for one in down] == ["-", "-"]
