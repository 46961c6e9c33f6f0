"""Who is near a prefix limit, by bgpd's own log: nobody else is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from bgp.frr.limits import Limit, LimitWatch
from bgp.frr.vty import Vty

CE = Limit(12076, "er1p", "192.168.100.129", "ipv4", 4000, "neighbor 192.168.100.129 maximum-prefix 4000 80 restart 1")
NEAR = "2026/11/25 12:00:00 BGP: [A] %MAXPFX: No. of {} Unicast prefix received from {} reaches 3201, max 4000\n"


class Asked(Exception):
    """bgpd would have been asked."""


def asked() -> Vty:
    raise Asked


def line(address: str = "192.168.100.129(ce1)", family: str = "IPv4") -> str:
    return NEAR.format(family, address)


OTHERS = ("", "something else\n", line("192.168.100.133"), line("fd00:64::1", "IPv6"), line()[:60])


@pytest.mark.parametrize("text", OTHERS)
def test_nobody_near_nobody_asked(tmp_path: Path, text: str) -> None:
    log = tmp_path / "bgpd.log"
    watch = LimitWatch([CE], str(log))
    assert watch.poll(asked) == []
    log.write_text(text)
    assert watch.poll(asked) == []


def test_a_line_in_two_pieces_counts_once_it_is_whole(tmp_path: Path) -> None:
    log = tmp_path / "bgpd.log"
    watch = LimitWatch([CE], str(log))
    log.write_text(line()[:60])
    assert watch.poll(asked) == []
    log.write_text(line())
    with pytest.raises(Asked):
        watch.poll(asked)
    assert watch.near == {CE}


def test_a_log_that_begins_anew_is_read_anew(tmp_path: Path) -> None:
    log = tmp_path / "bgpd.log"
    watch = LimitWatch([CE], str(log))
    log.write_text("of a bgpd before\n" * 100)
    assert watch.poll(asked) == []
    log.write_text(line())
    with pytest.raises(Asked):
        watch.poll(asked)


def test_a_limit_is_told_where_it_stands() -> None:
    assert CE.near == 3200
    assert CE.told_again() == ["router bgp 12076 vrf er1p", "address-family ipv4 unicast", CE.line]
