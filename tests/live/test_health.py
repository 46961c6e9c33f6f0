"""What the fault matrix does not ask: BFD after daemons were started anew, prefixes too many, labs beside a sick one, a
daemon that hangs in mid command, disks and memory.

`MSEELAB_HEALS=N` is how often each fault of BFD is made (`make soak`); here twice.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from bgp.frr.vty import VtyError
from lab.control.wait import pass_time
from lab.engine.bfd import SECONDS_OF_CALLING, SECONDS_QUICK_AFTER_ORDERS
from tests.live import circuits, public
from tests.live.harness import Labs
from tests.live.looking import ask, bgp, until, vtysh
from tests.live.sickness import FRR, hit, lose, pid_of

OUTSIDE_AZURE = ("ce1", "msee1", "msee2")
"""All their sessions have BFD; what gateways have among themselves has none."""
TIMES = int(os.environ.get("MSEELAB_HEALS", "2"))
ROUTER_FAULTS = {
    "bgpd": ("bgpd",), "bfdd": ("bfdd",), "zebra": ("zebra",), "bfdd and bgpd": ("bfdd", "bgpd"),
    "zebra and bfdd": ("zebra", "bfdd"), "all": FRR,
}
GONE = 4711
# What an FRR that ends may say twice (AdminDown, RFC 5880 section 4.1): a CE that is down already keeps the number.
LEAVE = f"""
import socket, struct
msee = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
msee.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 255)
msee.bind(("192.168.100.130", 49200))
msee.sendto(struct.pack("!4B5I", 0x20, 0, 3, 24, {GONE}, 0, 1000000, 1000000, 0), ("192.168.100.129", 3784))
"""
# The nodes of a lab share one tmpfs for what they write.
FULL = """mount -o remount,size=$(( $(df -k --output=used /run | tail -1) + 256 ))k /run || exit 1
dd if=/dev/zero of=/run/fill bs=1k count=10000 2>/dev/null; true"""


@pytest.fixture(autouse=True)
def nothing_left_by_the_test() -> None:
    """`up` starts daemons of the module's lab anew: what is left is looked at after the module."""


@pytest.fixture(scope="module")
def lab(module_labs: Labs) -> Iterator[Labs]:
    module_labs.environment = {**module_labs.environment, "LIVE_KEY": circuits.KEY}
    module_labs.write("circuit.yml", circuits.text(circuits.one()))
    module_labs.ok("up")
    module_labs.ok("check")
    yield module_labs
    module_labs.ok("down", "er-live")


@pytest.mark.parametrize("daemons", ROUTER_FAULTS.values(), ids=ROUTER_FAULTS)
def test_bfd_comes_back_after_a_healed_msee(lab: Labs, daemons: tuple[str, ...]) -> None:
    """A8: a new bfdd of the MSEE waited for the CE, whose FRR went on naming the session before: for good."""
    for _ in range(TIMES):
        for daemon in daemons:
            hit(lab, "msee1", daemon, signal.SIGKILL)
        lab.ok("up")
        lab.ok("check")


def test_bfd_comes_back_after_a_bfdd_that_took_its_leave(lab: Labs) -> None:
    """A8: the CE is told of the end, and keeps the number of the session that it had."""
    hit(lab, "msee1", "bfdd", signal.SIGTERM)
    until(lambda: "bfdd on msee1 does not run" in lab.ok("status").out, 10, "bfdd has ended")
    lab.ok("up")
    lab.ok("check")


def test_the_msee_is_passive_again_once_bfd_is_up(lab: Labs) -> None:
    """The MSEE waits for the CE's BFD, as documented; it calls only until its sessions are up."""
    hit(lab, "msee1", "bfdd", signal.SIGKILL)
    lab.ok("up")
    lab.ok("check")

    until(lambda: waits(lab), 20, "passive again")


def waits(lab: Labs) -> bool:
    """Whether msee1 is passive on both BFD sessions with ce1."""
    return all(peer["passive-mode"] for peer in bfd_of(lab))


def bfd_of(lab: Labs) -> list[dict[str, Any]]:
    """The BFD sessions of msee1 with ce1, as msee1 has them."""
    peers = json.loads(vtysh(lab, "msee1", "show bfd peers json"))
    return [peer for peer in peers if peer["peer"] in ("192.168.100.129", "fd00:64::1")]


def test_an_msee_goes_on_calling_while_bfd_is_down(lab: Labs) -> None:
    """A8: one that was silenced before its sessions were up waited for ever: its orders were older than its bfdd."""
    pass_time(SECONDS_QUICK_AFTER_ORDERS + 1)
    lab.ok("exec", "ce1", "ip", "link", "set", "eth1.100", "down")
    until(lambda: not any(p["status"] == "up" for p in bfd_of(lab)), 10, "BFD down")
    running = vtysh(lab, "msee1", "show running-config bfdd").splitlines()
    calling = [words for line in running if line.startswith(" profile ") for words in (line.strip(), "no passive-mode")]
    vtysh(lab, "msee1", "configure terminal", "bfd", *calling)
    begun = time.monotonic()
    pass_time(3)
    assert not waits(lab) or time.monotonic() - begun > SECONDS_OF_CALLING
    lab.ok("exec", "ce1", "ip", "link", "set", "eth1.100", "up")
    lab.ok("up")  # the kernel took the IPv6 address with the link
    lab.ok("check")
    until(lambda: waits(lab), 20, "passive again")


def test_bfd_comes_back_over_a_path_that_was_cut_for_long(lab: Labs) -> None:
    """A8: an MSEE that calls fell silent after a while, heard or not, and then both ends waited for ever."""
    hit(lab, "msee1", "bfdd", signal.SIGTERM)
    until(lambda: "bfdd on msee1 does not run" in lab.ok("status").out, 10, "bfdd has ended")
    lab.ok("exec", "msee1", "ip", "netns", "exec", "er1p", "python3", "-c", LEAVE)
    until(lambda: f"Remote ID: {GONE}" in vtysh(lab, "ce1", "show bfd peers"), 5, "a CE that names what is gone")
    lab.ok("exec", "ce1", "ip", "link", "set", "eth1.100", "down")
    assert lab("up").code == 1
    pass_time(SECONDS_OF_CALLING + 5)
    lab.ok("exec", "ce1", "ip", "link", "set", "eth1.100", "up")
    lab.ok("up")  # the kernel took the IPv6 address with the link
    lab.ok("check")
    until(lambda: waits(lab), 20, "passive again")


def test_an_msee_does_not_call_a_ce_without_bfd_for_ever(lab: Labs) -> None:
    """A8: a new bfdd calls; a CE that is heard by BGP and does not answer has no BFD, and is left alone."""
    running = vtysh(lab, "ce1", "show running-config bfdd").splitlines()
    mine = [line.strip() for line in running if line.startswith((" peer 192.168.100.130 ", " peer fd00:64::2 "))]
    off, on = ([words for peer in mine for words in (peer, change, "exit")] for change in ("shutdown", "no shutdown"))
    vtysh(lab, "ce1", "configure terminal", "bfd", *off)
    hit(lab, "msee1", "bfdd", signal.SIGKILL)
    lab("up")
    assert not waits(lab)
    # At the latest the CE's next keepalive, a minute away, proves that it is there.
    until(lambda: waits(lab), 60 + SECONDS_OF_CALLING + 5, "passive without BFD")
    vtysh(lab, "ce1", "configure terminal", "bfd", *on)
    lab.ok("check")


def test_bfdd_alone_is_mended_without_a_session_that_falls(lab: Labs) -> None:
    """The session of the MSEE itself stands while its bfdd is started anew, once it stands without BFD."""
    hit(lab, "msee1", "bfdd", signal.SIGKILL)
    until(lambda: json.loads(lab("status", "-o", "json").out)["sick"] != [], 5, "bfdd has gone")
    bgpd = pid_of(lab, "msee1", "bgpd")
    lab.ok("up")
    assert pid_of(lab, "msee1", "bgpd") == bgpd
    lab.ok("check")


@pytest.mark.parametrize("node", ["ce1", "msee1", "azure"])
def test_no_session_falls_with_a_bfdd_that_is_started_anew(lab: Labs, node: str) -> None:
    """Its socket is gone and its BFD is up: the new one begins down, and every far end that was armed ended BGP."""
    until(lambda: not _without_bfd(lab), 20, "armed at every end")
    falls = {name: public.drops(lab, name) for name in OUTSIDE_AZURE}
    old = pid_of(lab, node, "bfdd")
    lose(lab, node, "bfdd")
    lab.ok("up")
    assert pid_of(lab, node, "bfdd") != old
    until(lambda: not _without_bfd(lab), 20, "armed at every end again")
    assert {name: public.drops(lab, name) for name in OUTSIDE_AZURE} == falls


def _without_bfd(labs: Labs) -> list[tuple[str, str, str, str]]:
    """By node and VRF, the neighbors that are not up and following a BFD that is up."""
    return [
        (node, vrf, address, neighbor["bgpState"])
        for node in OUTSIDE_AZURE
        for vrf, neighbors in bgp(labs, node, "show bgp vrf all neighbors json").items()
        for address, neighbor in neighbors.items()
        if isinstance(neighbor, dict) and (
            neighbor["bgpState"] != "Established" or neighbor.get("peerBfdInfo", {}).get("status") != "Up"
        )
    ]


def test_a_sick_lab_hides_no_other_and_holds_none_up(lab: Labs) -> None:
    """A11: `list` ended with `a helper process ended early (1)`, and with no row at all."""
    second = circuits.one() | {"name": "er-other"}
    lab.write("other.yml", circuits.text(second))
    lab.ok("up", "other.yml")
    try:
        lab.ok("exec", "--lab", "er-live", "msee1", "sh", "-c", "kill -STOP $(cat /run/frr/bgpd.pid)")
        begun = time.monotonic()
        listed = lab("list", "-o", "json")
        seconds = time.monotonic() - begun
        rows = {row["lab"]: row for row in json.loads(listed.out)["labs"]}
        assert (listed.code, set(rows)) == (0, {"er-live", "er-other"}), str(listed)
        assert (rows["er-other"]["established"], rows["er-other"]["sick"]) == (4, [])
        assert [one["sentence"] for one in rows["er-live"]["sick"]] == ["bgpd on msee1 does not answer"]
        assert seconds < 3 * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1)), str(listed)
        assert "er-live: bgpd on msee1 does not answer: mseelab up mends it" in lab("list").out
    finally:
        lab.ok("down", "er-other")
        lab.ok("up")


def test_a_daemon_that_hangs_while_it_is_asked_is_no_defect(lab: Labs) -> None:
    """A11: a verb that has no look of its own waits for ten seconds, and says who does not answer."""
    hit(lab, "msee1", "bgpd", signal.SIGSTOP)
    try:
        done = lab("show", "route-table", "--path", "primary")
    finally:
        hit(lab, "msee1", "bgpd", signal.SIGCONT)
    assert done.code == 1, str(done)
    assert "bgpd on msee1 does not answer" in done.err
    assert "mseelab up" in done.err


def test_a_daemon_that_is_not_there_is_no_defect(lab: Labs) -> None:
    """A10: the same for a dead one."""
    hit(lab, "msee1", "bgpd", signal.SIGKILL)
    done = lab("show", "route-table", "--path", "primary")
    lab.ok("up")
    assert done.code == 1, str(done)
    assert "bgpd on msee1 does not run" in done.err


def test_a_full_disk(lab: Labs) -> None:
    """Who runs goes on; what cannot be started for want of room is said in a sentence, and comes when there is room."""
    lab.ok("exec", "msee1", "sh", "-c", FULL)
    try:
        assert int(lab.ok("exec", "msee1", "sh", "-c", "df -k --output=avail /run | tail -1").out) == 0
        lab.ok("status")
        lab.ok("check")
        hit(lab, "msee1", "bgpd", signal.SIGKILL)
        assert "bgpd on msee1 does not run" in lab.ok("status").out
        full = lab("up", timeout=180)
        assert full.code in (0, 1, 4), str(full)
        assert "defect" not in full.err
    finally:
        lab.ok("exec", "msee1", "sh", "-c", "rm -f /run/fill; mount -o remount,size=50% /run")
    lab.ok("up")
    lab.ok("check")


def test_a_daemon_without_memory(lab: Labs) -> None:
    """Who gets no memory ends, and is then one that does not run."""
    bgpd = pid_of(lab, "msee1", "bgpd")
    limit = "import resource,sys; resource.prlimit(int(sys.argv[1]), resource.RLIMIT_AS, (1 << 20, 1 << 20))"
    lab.ok("exec", "msee1", "python3", "-c", limit, bgpd)

    turns = count()

    def ended() -> bool:
        """After patterns and instances that it has to keep: what it has in its heap lasts for a while."""
        turn = next(turns)
        lines = [f"bgp as-path access-list HUNGRY{turn} seq {n} permit ^6500[0-9]+_({n}|1.*)+$" for n in range(1, 100)]
        lines += [f"router bgp 64512 view HUNGRY{turn}", "exit"]
        try:
            ask(lab, "msee1", "configure terminal", *lines, "end")
        except OSError:
            return True
        except VtyError:
            return False  # its library has noticed that there is no more; FRR itself ends
        return False

    until(ended, 60, "bgpd without memory")
    assert "bgpd on msee1 does not" in lab.ok("status").out
    lab.ok("up")
    lab.ok("check")
