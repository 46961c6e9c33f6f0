"""JSON of FRR to values, keys on sockets to a proof, and the words of notifications."""

from __future__ import annotations

import pytest

from bgp.frr import keyproof, parse
from bgp.frr.config import DIRECTORY_VARIABLE, BgpInstance, FrrConfig, Neighbor
from bgp.frr.daemons import Frr, FrrMissing, find_frr, ready_socket
from bgp.frr.notification import from_code
from bgp.tcpmd5 import Connection, Sockets

# FRR 8.4.4, as read from its socket; the last peer with the words of 10.3 for a session on its prefix limit.
SUMMARY = {
    "c1p": {
        "ipv4Unicast": {
            "peers": {
                "10.0.1.1": {
                    "remoteAs": 65010,
                    "peerUptimeMsec": 61000,
                    "pfxRcd": 2,
                    "pfxSnt": 1,
                    "state": "Established",
                    "peerState": "OK",
                    "connectionsEstablished": 2,
                    "connectionsDropped": 1,
                },
                "10.0.9.1": {"remoteAs": 65515, "peerUptimeMsec": 5000, "state": "Idle (PfxCt)", "peerState": "PfxCt"},
            }
        },
    },
    "default": {"ipv6Unicast": {"peers": {"fd00::1": {"remoteAs": 1, "state": "Clearing", "peerState": "Admin"}}}},
}


def test_a_summary_has_every_vrf_and_family() -> None:
    found = tuple(parse.summaries(SUMMARY))
    assert [(s.vrf, s.family, s.address, s.state, s.reason) for s in found] == [
        ("c1p", "ipv4", "10.0.1.1", "Established", ""),
        ("c1p", "ipv4", "10.0.9.1", "Idle", "PfxCt"),
        ("", "ipv6", "fd00::1", "Idle", "Admin"),
    ]
    assert (found[0].uptime_seconds, found[0].prefixes_received, found[0].prefixes_sent) == (61.0, 2, 1)
    assert found[1].uptime_seconds == 0.0


PATH = {"valid": True, "bestpath": True, "path": "12076 65010", "origin": "IGP", "peerId": "10.0.1.1", "metric": 0}
DETAIL = {
    "aspath": {"string": "12076 {65010,65011}"},
    "origin": "incomplete",
    "valid": True,
    "bestpath": {"overall": True},
    "community": {"list": ["12076:51004"]},
    "nexthops": [{"ip": "10.0.1.1", "used": True}],
    "peer": {"peerId": "10.0.1.1"},
}


@pytest.mark.parametrize(
    "entry",
    [[{"prefix": "10.0.0.0/8", "version": 1}, DETAIL], {"prefix": "10.0.0.0/8", "paths": [DETAIL]}],
    ids=["8.4", "10"],
)
def test_a_detailed_table_of_either_version(entry: object) -> None:
    (route,) = parse.table({"10.0.0.0/8": entry})
    assert route.as_path == (12076, 65010, 65011)
    assert (route.origin, route.communities, route.best, route.peer) == (
        "incomplete",
        ("12076:51004",),
        True,
        "10.0.1.1",
    )


def test_a_table_keeps_every_path() -> None:
    hops = {"nexthops": [{"ip": "fe80::1", "scope": "link-local"}, {"ip": "fd00::1", "used": True}]}
    second = {**PATH, "bestpath": False, "multipath": True, "peerId": "10.0.2.1"}
    routes = {"10.0.0.0/8": [{**PATH, **hops}, {**second, **hops}]}
    first, other = parse.table(routes)
    assert (first.best, first.multipath, first.next_hop) == (True, True, "fd00::1")
    assert (other.best, other.multipath, other.peer) == (False, True, "10.0.2.1")


def test_a_neighbor_tells_why_it_is_down() -> None:
    answer = {
        "remoteAs": 65010,
        "localAs": 12076,
        "bgpState": "Idle",
        "lastErrorCodeSubcode": "0601",
        "lastNotificationReason": "Cease/Maximum Number of Prefixes Reached",
        "lastResetDueTo": "BGP Notification send",
        "reducePrefixNumFrom": True,
        "authenticationEnabled": 1,
        "addressFamilyInfo": {"ipv4Unicast": {"acceptedPrefixCounter": 7, "prefixAllowedMax": 5}},
        "lastReset": "never",
    }
    found = parse.neighbor("c1p", "10.0.1.1", answer)
    assert found.last_error == "6/1 (Cease/Maximum Number of Prefixes Reached)"
    assert (found.key, found.bfd, found.prefix_limit_hit) == (True, False, True)
    assert found.notification is not None
    assert found.notification.sent is True


def test_notification_codes_in_words() -> None:
    assert str(from_code("060A", None, "BGP Notification received")) == "6/10 (Cease/BFD Down)"
    assert str(from_code("0202", None, None)) == "2/2 (OPEN Message Error/Bad Peer AS)"
    assert from_code("0000", None, None) is None


def config(key: str | None) -> FrrConfig:
    return FrrConfig((BgpInstance(12076, "10.0.1.2", (Neighbor("10.0.1.1", 65010, (), key=key),), "c1p"),))


LISTENING = frozenset({"ipv4", "ipv6"})
HELD = Connection("10.0.1.2", 179, "10.0.1.1", 33333, True)


@pytest.mark.parametrize(
    ("key", "keys", "connections", "missing", "surplus", "unsigned"),
    [
        ("k", {"10.0.1.1"}, (HELD,), 0, 0, 0),
        ("k", set(), (HELD,), 1, 0, 0),
        ("k", {"10.0.1.1"}, (Connection("10.0.1.2", 179, "10.0.1.1", 33333, False),), 0, 0, 1),
        (None, {"10.0.1.1"}, (), 0, 1, 0),
        (None, set(), (Connection("10.0.1.2", 179, "10.0.1.1", 33333, False),), 0, 0, 0),
    ],
    ids=["good", "not on the listener", "let in unsigned", "left over", "no key, none held"],
)
def test_a_proof_compares_sockets_with_the_configuration(
    key: str | None,
    keys: set[str],
    connections: tuple[Connection, ...],
    missing: int,
    surplus: int,
    unsigned: int,
) -> None:
    found = keyproof.prove(config(key), {"c1p": Sockets(LISTENING, frozenset(keys), connections)})
    assert (len(found.missing), len(found.surplus), len(found.unsigned)) == (missing, surplus, unsigned)
    assert found.holds == (missing + surplus + unsigned == 0)
    assert keyproof.clear_commands(found) == ["clear bgp vrf c1p 10.0.1.1"] * unsigned


def test_no_listener_is_no_key() -> None:
    assert keyproof.prove(config("k"), {"c1p": Sockets(frozenset(), frozenset(), ())}).missing


def test_every_daemon_of_a_new_frr_is_told_about_namespaces() -> None:
    old, new = Frr("/usr/lib/frr", "-n", False, False), Frr("/usr/lib/frr", "-w", True, True)
    assert old.argv("zebra")[-1] == "-n"
    assert "-n" not in old.argv("bgpd")
    assert [new.argv(d)[-1] for d in new.daemons] == ["-w"] * 4
    assert "-f" not in new.argv("mgmtd")
    assert old.daemons == ("zebra", "bgpd", "bfdd")
    assert ready_socket("zebra") == "/run/frr/zserv.api"


def test_a_folder_without_frr_is_named() -> None:
    with pytest.raises(FrrMissing, match="/nonexistent"):
        find_frr({DIRECTORY_VARIABLE: "/nonexistent"})
