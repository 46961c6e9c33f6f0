"""The tables that Azure's own tools print: ux.md section 5, character by character."""

from __future__ import annotations

import pytest

from bgp.route import Route
from bgp.session import PeerSummary
from lab.cli.table import azure_table, table
from lab.show.tables import (
    PREFIX_COLUMNS,
    ArpEntry,
    AzureTable,
    arp_table,
    looped_routes,
    prefix_rows,
    route_table,
    stats_table,
    summary_table,
    up_down,
    withheld_rows,
)

CE = "192.168.100.129"


def printed(made: AzureTable) -> str:
    return azure_table(made.columns, made.rows)


def test_arp_table() -> None:
    made = arp_table(
        [ArpEntry("On-Prem", CE, "4a:5b:3d:a7:1a:10", 4), ArpEntry("Microsoft", "192.168.100.130", "6e:11:90:c4:02:b7")]
    )
    assert printed(made) == """\
Age    InterfaceProperty    IpAddress        MacAddress
-----  -------------------  ---------------  --------------
4      On-Prem              192.168.100.129  4a5b.3da7.1a10
0      Microsoft            192.168.100.130  6e11.90c4.02b7"""
    assert made.objects[0] == {
        "age": 4, "interface": "On-Prem", "ipAddress": CE, "macAddress": "4a5b.3da7.1a10",
    }


def test_arp_that_gets_no_answer() -> None:
    assert arp_table([ArpEntry("On-Prem", CE, None)]).rows == ((0, "On-Prem", CE, "Incomplete"),)


def test_route_table() -> None:
    made = route_table(
        [
            Route("10.10.0.0/16", CE, (65010,), best=True, peer=CE),
            Route("10.100.0.0/16", "10.100.0.13", (65515,), peer="10.100.0.13"),
            Route("10.100.0.0/16", "10.100.0.12", (65515,), best=True, multipath=True, peer="10.100.0.12"),
        ],
        [CE],
    )
    assert printed(made) == """\
Network        NextHop          LocPrf    Weight    Path
-------------  ---------------  --------  --------  -------
10.100.0.0/16  10.100.0.12*     100       0         65515 I
10.100.0.0/16  10.100.0.13      100       0         65515 I
10.10.0.0/16   192.168.100.129  100       0         65010 I"""
    assert made.objects[0] == {
        "locPrf": "100", "network": "10.100.0.0/16", "nextHop": "10.100.0.12*", "path": "65515 I", "weight": 0,
    }


def test_route_table_summary() -> None:
    made = summary_table(
        [
            PeerSummary("er1p", "ipv4", CE, 65010, "Established", 251.0, 1, 1),
            PeerSummary("er1p", "ipv4", "10.100.0.12", 65515, "Established", 250.4, 1, 1),
            PeerSummary("er1p", "ipv4", "10.100.0.13", 65515, "Established", 250.0, 1, 1),
        ]
    )
    assert printed(made) == """\
Neighbor         V    AS     UpDown    StatePfxRcd
---------------  ---  -----  --------  -------------
10.100.0.12      4    65515  04:10     1
10.100.0.13      4    65515  04:10     1
192.168.100.129  4    65010  04:11     1"""
    assert made.objects[2] == {"neighbor": CE, "v": 4, "as": 65010, "upDown": "04:11", "statePfxRcd": "1"}


def test_a_neighbor_that_is_down_shows_its_state() -> None:
    made = summary_table([PeerSummary("er1p", "ipv4", CE, 65010, "Active")])
    assert made.rows == ((CE, 4, 65010, "never", "Active"),)


def test_stats() -> None:
    made = stats_table((18220, 17904, 18118, 17846))
    assert printed(made) == """\
PrimaryBytesIn    PrimaryBytesOut    SecondaryBytesIn    SecondaryBytesOut
----------------  -----------------  ------------------  -------------------
18220             17904              18118               17846"""
    assert made.objects == ({
        "primarybytesIn": 18220, "primarybytesOut": 17904, "secondarybytesIn": 18118, "secondarybytesOut": 17846,
    },)


def test_prefixes() -> None:
    rows = prefix_rows(
        [Route("10.10.0.0/16", CE, (65010,), peer=CE)],
        [Route("10.10.0.0/16", CE, (65010,), peer=CE)],
        [Route("10.100.0.0/16", "0.0.0.0")],
    )
    cells = [(r.prefix, r.direction, r.state, r.as_path, r.rule) for r in rows]
    assert table(PREFIX_COLUMNS, cells) == """\
PREFIX         DIRECTION  STATE       AS PATH  RULE
10.10.0.0/16   from CE    accepted    65010    -
10.100.0.0/16  to CE      advertised  12076    -"""


@pytest.mark.rule("ER217", "ER218")
def test_what_is_filtered_and_withheld_names_its_rule() -> None:
    looped = Route("10.99.0.0/16", CE, (65010, 12076), peer=CE)
    hidden = Route("10.200.0.0/16", "10.200.0.12", (65515,), best=True, peer="10.200.0.12")
    (filtered,) = prefix_rows([], [looped], [])
    (withheld,) = withheld_rows([hidden, Route("10.10.0.0/16", CE, (65010,), best=True, peer=CE)], [], CE)
    assert (filtered.state, filtered.rule, filtered.as_path) == ("filtered", "ER218", "65010 12076")
    assert (withheld.prefix, withheld.state, withheld.rule) == ("10.200.0.0/16", "withheld", "ER217")


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(59, "00:59"), (1524, "25:24"), (40155, "11:09:15"), (97200, "1d03h"), (5184000, "8w4d")],
)
def test_up_down(seconds: float, shown: str) -> None:
    assert up_down(seconds) == shown


def test_route_table_of_ios_like_hardware() -> None:
    made = route_table(
        [
            Route("fd00:100::/48", "fd00:100::c", (65515,), best=True, peer="fd00:100::c"),
            Route("fd00:100::/48", "fd00:100::d", (65515,), peer="fd00:100::d"),
            Route("10.100.0.0/16", "10.100.0.12", (65515,), best=True, multipath=True, peer="10.100.0.12"),
            Route("10.100.0.0/16", "10.100.0.13", (65515,), peer="10.100.0.13"),
            Route("10.10.0.0/16", CE, (65010,), best=True, peer=CE),
        ],
        [CE],
        "ios",
    )
    assert printed(made) == """\
Network        NextHop          LocPrf    Weight    Path
-------------  ---------------  --------  --------  ------
10.10.0.0/16   192.168.100.129            0         65010
10.100.0.0/16  10.100.0.13                0         65515
10.100.0.0/16  10.100.0.12*               0         65515
FD00:100::/48  FD00:100::D                0         65515
FD00:100::/48  FD00:100::C*               0         65515"""
    assert made.objects[0]["locPrf"] == ""


def test_summary_of_ios_like_hardware() -> None:
    made = summary_table([PeerSummary("er1p", "ipv6", "fd00:100::c", 65515, "Established", 267.0, 1)], "ios")
    assert made.rows == (("FD00:100::C", 4, 65515, "00:04:27", "1"),)


def test_arp_table_of_hardware_that_lists_the_ce_alone() -> None:
    microsoft = ArpEntry("Microsoft", "192.168.100.130", "6e:11:90:c4:02:b7")
    entries = [ArpEntry("On-Prem", CE, "4a:5b:3d:a7:1a:10", 4), microsoft]
    assert arp_table(entries, on_prem_only=True).rows == ((4, "On-Prem", CE, "4a5b.3da7.1a10"),)


def test_what_the_ce_sends_back_is_a_row_that_is_not_best() -> None:
    received = [
        Route("10.10.0.0/16", CE, (65010,), best=True, peer=CE),
        Route("10.100.0.0/16", CE, (65010, 12076), best=True, multipath=True, peer=CE),
    ]
    own = Route("10.100.0.0/16", "10.100.0.12", (65515,), best=True, peer="10.100.0.12")
    made = route_table([received[0], own, *looped_routes(received)], [CE])
    assert [(row[0], row[1], row[4]) for row in made.rows] == [
        ("10.100.0.0/16", "10.100.0.12*", "65515 I"),
        ("10.10.0.0/16", CE, "65010 I"),
        ("10.100.0.0/16", CE, "65010 12076 I"),
    ]


@pytest.mark.rule("ER802")
def test_both_kinds_print_classes_and_origins_as_their_own() -> None:
    """azure/36, and `redistribute connected`: IOS leaves out class-full lengths and the origin `i` alone."""
    routes = [
        Route("11.0.0.0/8", CE, (65001,), peer=CE, origin="egp"),
        Route("172.20.0.0/16", CE, (65001,), peer=CE),
        Route("172.20.0.0/24", CE, (65001,), peer=CE),
        Route("192.168.50.0/24", CE, (65001,), peer=CE, origin="incomplete"),
        Route("0.0.0.0/0", CE, (65001,), peer=CE),
    ]
    assert printed(route_table(routes, [CE], "ios")) == """\
Network        NextHop          LocPrf    Weight    Path
-------------  ---------------  --------  --------  -------
0.0.0.0/0      192.168.100.129            0         65001
11.0.0.0       192.168.100.129            0         65001 e
172.20.0.0     192.168.100.129            0         65001
172.20.0.0/24  192.168.100.129            0         65001
192.168.50.0   192.168.100.129            0         65001 ?"""
    assert printed(route_table(routes, [CE])) == """\
Network          NextHop          LocPrf    Weight    Path
---------------  ---------------  --------  --------  -------
0.0.0.0/0        192.168.100.129  100       0         65001 I
11.0.0.0/8       192.168.100.129  100       0         65001 E
172.20.0.0/16    192.168.100.129  100       0         65001 I
172.20.0.0/24    192.168.100.129  100       0         65001 I
192.168.50.0/24  192.168.100.129  100       0         65001 ?"""
