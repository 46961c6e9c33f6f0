"""What `az network vnet-gateway` prints, character by character."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bgp.frr import parse
from bgp.route import Route
from bgp.session import PeerSummary
from lab.cli.table import azure_table
from lab.role.gateways import Gateway, MseePeer
from lab.show.gateway_tables import advertised_routes, learned_routes, peer_status, time_span
from lab.show.tables import AzureTable

PRIMARY = MseePeer("er-lab", "primary", {"ipv4": "10.100.0.4", "ipv6": "fd00:100::4"})
SECONDARY = MseePeer("er-lab", "secondary", {"ipv4": "10.100.0.5", "ipv6": "fd00:100::5"})
GATEWAY = Gateway("hub", 0, "azure", "v1g0", {"ipv4": "10.100.0.12", "ipv6": "fd00:100::c"}, (PRIMARY, SECONDARY))
UP = PeerSummary(
    "v1g0", "ipv4", "10.100.0.4", 12076, "Established", 1162.0, 2, 1, messages_received=123, messages_sent=136
)
PEERS = [
    UP,
    replace(UP, address="10.100.0.5", uptime_seconds=270853.5),
    replace(UP, family="ipv6", address="fd00:100::4", uptime_seconds=1160.0, prefixes_received=1, messages_received=7),
    replace(UP, family="ipv6", address="fd00:100::5", uptime_seconds=270860.0, prefixes_received=1),
    replace(UP, address="10.100.0.36", remote_as=65515),
]
OWN6 = Route("fd00:100::/48", "::", weight=32768, best=True)
OWN4 = Route("10.100.0.0/16", "0.0.0.0", weight=32768, best=True)


def printed(made: AzureTable) -> str:
    return azure_table(made.columns, made.rows)


def test_peer_status_has_a_row_an_msee() -> None:
    assert printed(peer_status(GATEWAY, PEERS)) == """\
Neighbor    ASN    State      ConnectedDuration    RoutesReceived    MessagesSent    MessagesReceived
----------  -----  ---------  -------------------  ----------------  --------------  ------------------
10.100.0.4  12076  Connected  00:19:20             3                 272             130
10.100.0.5  12076  Connected  3.03:14:13.5000000   3                 272             246"""


def test_peer_status_has_the_keys_of_az_in_their_order() -> None:
    found = peer_status(GATEWAY, PEERS).objects[0]
    assert list(found.items()) == [
        ("asn", 12076), ("connectedDuration", "00:19:20"), ("localAddress", "10.100.0.12"), ("messagesReceived", 130),
        ("messagesSent", 272), ("neighbor", "10.100.0.4"), ("routesReceived", 3), ("state", "Connected"),
    ]


@pytest.mark.parametrize(
    ("state", "word"),
    [("Active", "Connecting"), ("OpenSent", "Connecting"), ("Idle", "Idle"), ("Connect", "Connecting")],
)
def test_an_msee_of_which_one_family_is_down_is_not_connected(state: Any, word: str) -> None:
    peers = [replace(p, state=state, prefixes_received=0) if p.address == "fd00:100::4" else p for p in PEERS]
    first, second = peer_status(GATEWAY, peers).objects
    assert (first["state"], first["connectedDuration"], first["routesReceived"]) == (word, None, 2)
    assert second["state"] == "Connected"


def test_an_msee_that_is_not_configured_yet_has_no_row() -> None:
    assert peer_status(GATEWAY, []).objects == ()


def test_learned_routes() -> None:
    learned = [
        Route("fd00:10::/48", "fd00:100::4", (12076, 65010), peer="fd00:100::4"),
        Route("10.10.0.0/16", "10.100.0.5", (12076, 65010), peer="10.100.0.5", best=True),
        Route("10.10.0.0/16", "10.100.0.4", (12076, 65010), peer="10.100.0.4", local_pref=200),
    ]
    made = learned_routes(GATEWAY, [*learned, OWN6, OWN4])
    assert printed(made) == """\
Network        NextHop      Origin    SourcePeer    AsPath       Weight
-------------  -----------  --------  ------------  -----------  --------
10.100.0.0/16               Network   10.100.0.12                32768
fd00:100::/48               Network   10.100.0.12                32768
10.10.0.0/16   10.100.0.4   EBgp      10.100.0.4    12076-65010  32869
10.10.0.0/16   10.100.0.5   EBgp      10.100.0.5    12076-65010  32769
fd00:10::/48   fd00:100::4  EBgp      10.100.0.4    12076-65010  32769"""
    assert list(made.objects[0].items()) == [
        ("asPath", ""), ("localAddress", "10.100.0.12"), ("network", "10.100.0.0/16"), ("nextHop", None),
        ("origin", "Network"), ("sourcePeer", "10.100.0.12"), ("weight", 32768),
    ]


def test_what_the_twin_would_send_is_ibgp() -> None:
    (row,) = learned_routes(GATEWAY, [Route("10.20.0.0/16", "10.100.0.13", (65001,), peer="10.100.0.13")]).objects
    assert (row["origin"], row["sourcePeer"], row["weight"]) == ("IBgp", "10.100.0.13", 32768)


def test_advertised_routes() -> None:
    prepended = replace(OWN4, as_path=(65515,), origin="incomplete")
    made = advertised_routes(GATEWAY, [("ipv6", OWN6), ("ipv4", prepended)])
    assert printed(made) == """\
Network        NextHop      Origin      SourcePeer    AsPath       Weight
-------------  -----------  ----------  ------------  -----------  --------
10.100.0.0/16  10.100.0.12  Incomplete                65515-65515  0
fd00:100::/48  fd00:100::c  Igp                       65515        0"""
    assert made.objects[0]["sourcePeer"] is None


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "00:00:00"), (1162.1105221, "00:19:22.1105221"), (86399.99999999, "1.00:00:00"), (270853, "3.03:14:13")],
)
def test_a_duration_as_dotnet_prints_it(seconds: float, text: str) -> None:
    assert time_span(seconds) == text


def test_messages_of_a_summary() -> None:
    peer = {"state": "Established", "remoteAs": 12076, "msgRcvd": 16, "msgSent": 17}
    (found,) = parse.summaries({"v1g0": {"ipv4Unicast": {"peers": {"10.100.0.4": peer}}}})
    assert (found.messages_received, found.messages_sent) == (16, 17)
