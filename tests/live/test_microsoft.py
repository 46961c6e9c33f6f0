"""Microsoft peering: what a route filter lets out, what is let in, when there is no session at all."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from tests.live import circuits, public
from tests.live.harness import Done, Labs
from tests.live.looking import bgp, sniffing, until
from tests.live.public import (
    DECLARED,
    DECLARED6,
    DEVOPS,
    DEVOPS_PREFIX,
    ENVIRONMENT,
    MICROSOFT,
    PRIVATE,
    SQL_PREFIX,
    SQL_WEU,
    STORAGE_PREFIX,
    drops,
    path,
    states,
    table,
)

VRF = "er1m"
FROM_MSEE1 = "203.0.113.2"
CONNECT = "import socket,sys; s=socket.socket(); s.settimeout(3); print(s.connect_ex((sys.argv[1], 179)))"
REFUSED, CONNECTED = "111", "0"


def up(labs: Labs, document: dict[str, Any], code: int = 0, **options: Any) -> Done:
    labs.write("circuit.yml", circuits.text(document))
    done = labs("up", environment=ENVIRONMENT, timeout=120, **options)
    assert done.code == code, str(done)
    return done


def apply(labs: Labs, document: dict[str, Any]) -> Done:
    labs.write("circuit.yml", circuits.text(document))
    return labs.ok("apply", environment=ENVIRONMENT)


def at_ce(labs: Labs, family: str = "ipv4") -> set[str]:
    """What ce1 has of the Microsoft side's prefixes."""
    start = "198.1" if family == "ipv4" else "2001:2:"
    return {prefix for prefix in table(labs, "ce1", family=family) if prefix.startswith(start)}


@pytest.mark.both_engines
@pytest.mark.rule("ER302", "ER310", "ER314")
def test_a_filter_decides_and_no_session_moves_when_it_changes(labs: Labs) -> None:
    document = public.both()
    up(labs, document)
    assert len(table(labs, "msee1", VRF)) > 200
    assert len(table(labs, "msee1", VRF, "ipv6")) > 200
    assert at_ce(labs) == {STORAGE_PREFIX}
    assert at_ce(labs, "ipv6") == {"2001:2:0:420::/60"}
    assert not {"0.0.0.0/0", "::/0"} & {*table(labs, "ce1"), *table(labs, "ce1", family="ipv6")}
    got = path(labs, "ce1", STORAGE_PREFIX)
    assert (got["aspath"]["string"], got["community"]["list"]) == ("12076", ["12076:51002", "12076:52002"])
    shown = labs.ok("show", "route-table", "--path", "primary", "--peering", MICROSOFT, "-o", "json").out
    rows = {row["network"]: (row["nextHop"], row["path"]) for row in json.loads(shown)["value"]}
    assert rows[DECLARED] == ("203.0.113.1", "65010 I")
    assert rows[STORAGE_PREFIX][1] == "8075 I"
    before = drops(labs)

    document["routeFilters"][0]["rules"][0]["communities"] = [SQL_WEU, DEVOPS]
    apply(labs, document)
    assert at_ce(labs) == {SQL_PREFIX, DEVOPS_PREFIX}
    del public.public(document)["routeFilter"]
    apply(labs, document)
    assert at_ce(labs) == set()
    assert len(at_ce(labs, "ipv6")) == 2, "IPv6 has a filter of its own"
    assert states(labs)[MICROSOFT, "primary", "ipv4"]["state"] == "Established"
    document["routeFilters"].append({"name": "sql", "rules": [{"access": "Allow", "communities": [SQL_WEU]}]})
    public.public(document)["routeFilter"] = {"id": "sql"}
    apply(labs, document)
    assert at_ce(labs) == {SQL_PREFIX}
    assert drops(labs) == before
    labs.ok("check", environment=ENVIRONMENT)


@pytest.mark.rule("ER303", "ER219")
def test_without_validation_nobody_listens(labs: Labs) -> None:
    document = public.both()
    peering = public.public(document)
    peering["microsoftPeeringConfig"]["advertisedPublicPrefixesState"] = "ValidationNeeded"
    peering["ipv6PeeringConfig"]["microsoftPeeringConfig"]["advertisedPublicPrefixesState"] = "Configuring"
    up(labs, document)
    found = states(labs)
    assert found[MICROSOFT, "primary", "ipv4"]["state"] == found[MICROSOFT, "primary", "ipv6"]["state"] == "NotEnabled"
    assert found[PRIVATE, "primary", "ipv4"]["state"] == "Established"
    assert VRF not in bgp(labs, "msee1", "show bgp vrfs json")["vrfs"]
    assert connected(labs) == REFUSED, "the sub-interface is there, and nobody listens"
    labs.ok("check", environment=ENVIRONMENT)

    peering["microsoftPeeringConfig"]["advertisedPublicPrefixesState"] = "Configured"
    done = apply(labs, document)
    assert states(labs)[MICROSOFT, "secondary", "ipv4"]["state"] == "Established", str(done)
    assert states(labs)[MICROSOFT, "secondary", "ipv6"]["state"] == "NotEnabled"
    assert at_ce(labs) == {STORAGE_PREFIX}

    peering["state"] = "Disabled"
    apply(labs, document)
    assert states(labs)[MICROSOFT, "primary", "ipv4"]["state"] == "Idle (Admin)"
    assert at_ce(labs) == set()

    peering["state"] = "Enabled"
    peering["microsoftPeeringConfig"]["advertisedPublicPrefixesState"] = "ValidationNeeded"
    apply(labs, document)
    assert connected(labs) == REFUSED, "the listener is closed again"
    assert states(labs)[PRIVATE, "primary", "ipv4"]["state"] == "Established"


def connected(labs: Labs) -> str:
    """The errno of a connection from ce1 to port 179 of the MSEE."""
    return labs.ok("exec", "ce1", sys.executable, "-c", CONNECT, FROM_MSEE1).out.strip()


@pytest.mark.rule("ER312", "ER313", "ER315")
def test_what_a_customer_may_send(labs: Labs) -> None:
    """Prefixes inside the declared one; paths without private numbers, which prepending therefore does not lengthen."""
    good = [DECLARED, "198.51.100.128/25", "198.51.100.7/32"]
    bad = ["0.0.0.0/0", "10.10.0.0/16", "198.51.0.0/16", "192.0.2.0/24", "198.18.66.0/25", "198.51.100.64/26"]
    maps = {
        "198.51.100.128/25": "set as-path prepend 65001 65010 4200000001",
        "198.51.100.64/26": "set as-path prepend 64500",
        "198.51.100.7/32": "set community 12076:51004 65010:7",
    }
    files = dict(zip(("circuit.yml", "ce1.conf"), public.alone(public.own_ce([*good, *bad], maps)), strict=True))
    for name, content in files.items():
        labs.write(name, content)
    assert labs("up", timeout=60).code == 1, "more than the declared prefixes is not what the file says"
    until(lambda: len(table(labs, "azure", "ms")) > 225, 10, "the customer's prefixes in the core")
    answer = bgp(labs, "msee1", f"show bgp vrf {VRF} ipv4 unicast neighbors 203.0.113.1 received-routes json")
    assert set(answer["receivedRoutes"]) == {*good, *bad, STORAGE_PREFIX}, "and one that came from the MSEEs"
    accepted = bgp(labs, "msee1", f"show bgp vrf {VRF} ipv4 unicast neighbors 203.0.113.1 routes json")["routes"]
    assert set(accepted) == set(good)
    core = {prefix: found for prefix, found in table(labs, "azure", "ms").items() if not prefix.startswith("198.1")}
    assert {prefix: {p["path"] for p in found} for prefix, found in core.items()} == {p: {"12076"} for p in good}
    assert all(len(found) == 2 for found in core.values()), "over both paths"
    assert "community" not in path(labs, "azure", "198.51.100.7/32", "ms")
    rows = labs.ok("show", "prefixes", "--path", "primary").out.splitlines()
    rules = {row.split()[0]: row.split()[-1] for row in rows if " filtered " in row}
    assert rules["198.51.100.64/26"] == "ER315"
    assert {rules[p] for p in bad[:-1]} == {"ER312"}
    assert rules[STORAGE_PREFIX] == "ER218"


@pytest.mark.rule("ER304")
def test_above_two_hundred_prefixes_the_session_falls(labs: Labs) -> None:
    many = [f"198.51.100.{number}/32" for number in range(201)]
    files = dict(zip(("circuit.yml", "ce1.conf"), public.alone(public.own_ce(many)), strict=True))
    for name, content in files.items():
        labs.write(name, content)
    assert labs("up", "--timeout", "5", timeout=60).code == 1
    until(lambda: states(labs)[MICROSOFT, "primary", "ipv4"]["state"] == "Idle (PfxCt)", 10, "the limit")
    labs.write("ce1.conf", public.own_ce(many[:200]))
    labs("apply", timeout=120)
    until(lambda: states(labs)[MICROSOFT, "primary", "ipv4"]["prefixesFromCe"] == 200, 75, "200 of them")


@pytest.mark.rule("ER316")
def test_only_declared_sources_get_in(labs: Labs) -> None:
    document = public.both()
    up(labs, document)
    target = "198.18.66.1"
    for node, port in (("msee1", "eth9"), ("msee2", "eth9")):
        with sniffing(labs, node, port, 4) as frames:
            for source in ("198.51.100.1", "10.10.0.1"):
                labs("exec", "ce1", "ping", "-c", "3", "-i", "0.2", "-W", "1", "-I", source, target)
            seen = {frame.get("from") for frame in frames() if frame.get("to") == target}
        assert seen <= {"198.51.100.1"}, f"{node} let an undeclared source in"
    offered = labs("exec", "ce1", "ping", "-c", "1", "-W", "1", "-I", "10.10.0.1", "10.100.0.36")
    assert offered.code == 0, "the same source on private peering"
    rules = labs.ok("exec", "msee1", "ip", "netns", "exec", VRF, "ip", "rule").out
    assert "blackhole" in rules


@pytest.mark.both_engines
@pytest.mark.rule("ER317", "ER318")
def test_peerings_and_customers_are_apart(labs: Labs) -> None:
    first = public.both()
    second = public.changed(
        public.PEERING, vlanId=201, primaryPeerAddressPrefix="203.0.113.16/30",
        secondaryPeerAddressPrefix="203.0.113.20/30", ipv6PeeringConfig=None,
        microsoftPeeringConfig={"advertisedPublicPrefixes": ["192.0.2.0/24"]},
    )
    document = {
        "lab": "er-live",
        "circuits": [
            {"name": "er-live", "peerings": first["peerings"], "connections": ["hub"]},
            {"name": "er-second", "peerings": [second], "connections": []},
        ],
        **{key: first[key] for key in ("routeFilters", "virtualNetworks", "customerEdges")},
    }
    up(labs, document)
    sent = {
        vrf: set(bgp(labs, "msee1", f"show bgp vrf {vrf} ipv4 unicast neighbors {ce} advertised-routes json")
                 ["advertisedRoutes"])
        for vrf, ce in ((VRF, "203.0.113.1"), ("er2m", "203.0.113.17"), ("er1p", "192.168.100.129"))
    }
    assert sent == {VRF: {STORAGE_PREFIX}, "er2m": {STORAGE_PREFIX}, "er1p": {"10.100.0.0/16"}}
    taken = {vrf: set(table(labs, "msee1", vrf)) for vrf in (VRF, "er2m", "er1p")}
    assert not taken["er2m"] & {DECLARED, "10.10.0.0/16"}
    assert not taken[VRF] & {"192.0.2.0/24", "10.10.0.0/16"}
    assert not taken["er1p"] & {DECLARED, "192.0.2.0/24", STORAGE_PREFIX}
    assert {DECLARED, "192.0.2.0/24"} <= set(table(labs, "azure", "ms"))
    core = bgp(labs, "azure", "show bgp vrf ms ipv4 unicast summary json")["peers"]
    msees = [address for address, peer in core.items() if peer["remoteAs"] == 12076]
    assert len(msees) == 4
    for address in msees:
        passed = bgp(labs, "azure", f"show bgp vrf ms ipv4 unicast neighbors {address} advertised-routes json")
        assert not {DECLARED, "192.0.2.0/24"} & set(passed["advertisedRoutes"])
    ce = bgp(labs, "ce1", "show bgp ipv4 unicast neighbors 192.168.100.130 advertised-routes json")
    assert set(ce["advertisedRoutes"]) == {"10.10.0.0/16"}
    labs.ok("check", environment=ENVIRONMENT)


@pytest.mark.both_engines
def test_microsoft_peering_comes_and_goes_on_a_running_lab(labs: Labs) -> None:
    document = circuits.one()
    up(labs, document)
    before = drops(labs)
    assert feeding(labs) == 0, "a lab without Microsoft peering has no feed"
    apply(labs, public.both())
    assert at_ce(labs) == {STORAGE_PREFIX}
    assert path(labs, "azure", DECLARED6, "ms")["aspath"]["string"] == "12076"
    labs.ok("check", environment=ENVIRONMENT)
    assert feeding(labs) == 2, "ExaBGP and its relay"
    apply(labs, document)
    assert feeding(labs) == 0
    labs.ok("check", environment=ENVIRONMENT)
    after = drops(labs)
    assert {who: after[who] for who in before} == before
    apply(labs, public.both())
    labs.ok("check", environment=ENVIRONMENT)


FEEDS = "grep -lzs ^MSEELAB_FEED= /proc/[0-9]*/environ"


def feeding(labs: Labs) -> int:
    return len(labs("exec", "azure", "sh", "-c", FEEDS).out.split())


@pytest.mark.both_engines
def test_a_feed_that_ended_comes_back_with_up(labs: Labs) -> None:
    document = public.both()
    up(labs, document)
    ended = f"for p in $({FEEDS}); do kill -9 $(echo $p | cut -d/ -f3) || :; done"  # a child ends with its parent
    labs.ok("exec", "azure", "sh", "-c", ended)
    until(lambda: at_ce(labs) == set(), 10, "the prefixes gone")
    up(labs, document)
    assert at_ce(labs) == {STORAGE_PREFIX}
    labs.ok("check", environment=ENVIRONMENT)


def test_an_exabgp_ce_keeps_its_peerings_apart(labs: Labs) -> None:
    document = public.both()
    document["customerEdges"] = [{"name": "ce1", "kind": "exabgp", "advertise": ["10.10.0.0/16", "fd00:10::/48"]}]
    up(labs, document)
    labs.ok("check", environment=ENVIRONMENT)
    document["customerEdges"][0]["advertise"].append("10.11.0.0/16")
    before = drops(labs)
    apply(labs, document)
    labs.ok("check", environment=ENVIRONMENT)
    assert drops(labs) == before
