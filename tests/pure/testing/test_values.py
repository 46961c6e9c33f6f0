"""What a lab answers a test, as values."""

from __future__ import annotations

import pickle
from ipaddress import ip_network

from lab.testing import Ping, Prefixes

SESSION = ("er-lab", "AzurePrivatePeering", "primary", "ipv4")
BOTH = Prefixes(["10.10.0.0/16", "fd00:10::/48"], {"10.10.0.0/16": (65010,)}, "from-ce", SESSION)


def test_prefixes_are_a_set_however_each_is_written() -> None:
    written = {"10.10.0.0/16", "FD00:10:0::/48"}
    assert written == BOTH
    assert Prefixes(written) == BOTH
    assert {"FD00:10::/48"} <= BOTH
    assert {ip_network("10.10.0.0/16"), ip_network("fd00:10::/48")} == BOTH
    assert {"10.10.0.0/16"} != BOTH
    assert "fd00:0010::/48" in BOTH
    assert "10.11.0.0/16" not in BOTH
    assert BOTH - {"10.10.0.0/16"} == {"fd00:10::/48"}
    assert Prefixes() == set()
    assert BOTH != "10.10.0.0/16"


def test_prefixes_keep_what_they_know_on_their_way_between_processes() -> None:
    came = pickle.loads(pickle.dumps(BOTH))
    assert came == BOTH
    assert (came.as_paths, came.side, came.session) == ({"10.10.0.0/16": (65010,)}, "from-ce", SESSION)


def test_prefixes_are_shown_by_number() -> None:
    assert repr(Prefixes(["fd00::/48", "10.10.0.0/16", "9.0.0.0/8"])) == "{'9.0.0.0/8', '10.10.0.0/16', 'fd00::/48'}"
    assert repr(Prefixes()) == "no prefixes"


def test_a_ping_counts_what_was_lost() -> None:
    some = Ping("ce1", "10.100.0.36", 3, (0.001, 0.003))
    assert (some.lost, some.rtt) == (1, 0.002)
    assert repr(some) == "<ping ce1 → 10.100.0.36: 3 sent, 1 lost, 2.0 ms>"
    none = Ping("ce1", "10.100.0.36", 2, (), "Network is unreachable")
    assert (none.lost, none.rtt) == (2, None)
    assert repr(none) == "<ping ce1 → 10.100.0.36: 2 sent, 2 lost, Network is unreachable>"
