"""What a speaker's driver writes and runs, as text; nothing is started."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import get_args

import pytest

from bgp.driver import Change, Driver, SpeakerMissing
from bgp.drivers import FINDERS, find_driver
from bgp.openbgpd.launch import MACHINES, instructions
from bgp.secret import masked
from bgp.speaker import Kind, SpeakerConfig, SpeakerSession

KEY = "Secret123"
KEYS = {"k": KEY}
V4 = SpeakerSession("192.168.15.18", "192.168.15.17", 12076, "k")
V6 = SpeakerSession("fd00:64::2", "fd00:64::1", 12076)
OWN = ("10.0.0.0/16", "fd00:10::/48")
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Programs:
    """A file system with these programs; see `bgp.frr.daemons.Place`."""

    there: frozenset[str]

    def has(self, program: str) -> bool:
        return program in self.there

    def output(self, argv: Sequence[str]) -> str:
        raise AssertionError(f"nothing is started: {argv}")


DEBIAN = Programs(
    frozenset(
        ("/usr/sbin/bird", "/usr/sbin/birdc", "/usr/bin/gobgpd", "/usr/bin/gobgp", "/usr/sbin/bgpd", "/usr/sbin/bgpctl")
    )
)


def driver_of(kind: Kind) -> Driver:
    return find_driver(kind, DEBIAN)


def config(kind: Kind) -> SpeakerConfig:
    return SpeakerConfig(kind, 65010, "192.168.15.17", (V4, V6), OWN)


BIRD = """\
log stderr { info, remote, warning, error, auth, fatal, bug };
router id 192.168.15.17;
protocol device {}
protocol bfd {
  interface "*" { interval 300 ms; multiplier 3; };
}
protocol static own_ipv4 {
  ipv4;
  route 10.0.0.0/16 blackhole;
}
protocol kernel kernel_ipv4 {
  merge paths yes limit 8;
  ipv4 { import none; export where source = RTS_BGP; };
}
protocol static own_ipv6 {
  ipv6;
  route fd00:10::/48 blackhole;
}
protocol kernel kernel_ipv6 {
  merge paths yes limit 8;
  ipv6 { import none; export where source = RTS_BGP; };
}
protocol bgp msee_192_168_15_18 {
  local 192.168.15.17 as 65010;
  neighbor 192.168.15.18 as 12076;
  direct;
  password "Secret123";
  hold time 180;
  keepalive time 60;
  connect delay time 1;
  connect retry time 1;
  error wait time 1, 1;
  bfd on;
  ipv4 { import all; export where source = RTS_STATIC; };
}
protocol bgp msee_fd00_64__2 {
  local fd00:64::1 as 65010;
  neighbor fd00:64::2 as 12076;
  direct;
  hold time 180;
  keepalive time 60;
  connect delay time 1;
  connect retry time 1;
  error wait time 1, 1;
  bfd on;
  ipv6 { import all; export where source = RTS_STATIC; };
}
"""
OPENBGPD = """\
AS 65010
router-id 192.168.15.17
holdtime 180
connect-retry 1
fib-update no
socket "/run/openbgpd/bgpd.sock"
listen on 127.0.0.1
listen on ::1
prefix-set own {
  10.0.0.0/16
  fd00:10::/48
}
network 10.0.0.0/16
network fd00:10::/48
neighbor 192.168.15.18 {
  remote-as 12076
  local-address 192.168.15.17
  announce IPv4 unicast
  announce IPv6 none
  tcp md5sig password "Secret123"
}
neighbor fd00:64::2 {
  remote-as 12076
  local-address fd00:64::1
  announce IPv4 none
  announce IPv6 unicast
}
allow from any
allow to any prefix-set own
"""


@pytest.mark.parametrize(("kind", "text"), [("bird", BIRD), ("openbgpd", OPENBGPD)])
def test_the_whole_file(kind: Kind, text: str) -> None:
    driver = driver_of(kind)
    (found,) = driver.files(config(kind), KEYS).values()
    assert found == text


def test_gobgp_s_file_is_toml_with_two_neighbors_and_sends_local_routes_alone() -> None:
    (text,) = driver_of("gobgp").files(config("gobgp"), KEYS).values()
    found = tomllib.loads(text)
    assert found["global"]["config"] == {"as": 65010, "router-id": "192.168.15.17", "port": 179}
    policy = found["global"]["apply-policy"]["config"]
    assert (policy["default-export-policy"], policy["export-policy-list"]) == ("reject-route", ["own"])
    (statement,) = found["policy-definitions"][0]["statements"]
    assert statement["conditions"] == {"bgp-conditions": {"route-type": "local"}}
    four, six = found["neighbors"]
    assert four["config"] == {"neighbor-address": "192.168.15.18", "peer-as": 12076, "auth-password": KEY}
    assert "auth-password" not in six["config"]
    assert [n["afi-safis"][0]["config"]["afi-safi-name"] for n in (four, six)] == ["ipv4-unicast", "ipv6-unicast"]
    assert {n["timers"]["config"]["hold-time"] for n in (four, six)} == {180}


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_is_in_its_file_and_nowhere_else(kind: Kind) -> None:
    driver, wanted = driver_of(kind), config(kind)
    files = driver.files(wanted, KEYS)
    assert all(path.startswith(f"{driver.directory}/") for path in files)
    assert sum(text.count(KEY) for text in files.values()) == 1
    assert not any(KEY in masked(text) for text in files.values())
    change = driver.change(wanted, replace(wanted, sessions=(V4,), prefixes=()), changed_keys={"k"})
    told = (driver.argv(), driver.ready(wanted), driver.first(wanted), change, wanted)
    assert KEY not in repr(told)
    with pytest.raises(KeyError):
        driver.files(wanted, {})


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_to_change_is_nothing_to_run(kind: Kind) -> None:
    driver, wanted = driver_of(kind), config(kind)
    assert driver.change(wanted, wanted) == Change()
    assert driver.change(wanted, wanted, changed_keys={"another"}) == Change()
    assert driver.change(wanted, wanted, changed_keys={"k"}) != Change()


@pytest.mark.parametrize("kind", KINDS)
def test_another_router_takes_a_restart(kind: Kind) -> None:
    wanted = config(kind)
    assert driver_of(kind).change(wanted, replace(wanted, local_as=65011)) is None
    assert driver_of(kind).change(wanted, replace(wanted, router_id="192.0.2.1")) is None


def test_gobgp_is_told_each_prefix_and_hangs_up_for_sessions_alone() -> None:
    driver, wanted = driver_of("gobgp"), config("gobgp")
    assert [command[-5:] for command in driver.first(wanted)] == [
        ("-a", "ipv4", "10.0.0.0/16", "origin", "igp"),
        ("-a", "ipv6", "fd00:10::/48", "origin", "igp"),
    ]
    change = driver.change(wanted, replace(wanted, prefixes=("10.0.0.0/16", "10.1.0.0/16")))
    assert change is not None
    assert not change.hangup
    assert [command[5:8:2] + command[8:9] for command in change.commands] == [
        ("del", "ipv6", "fd00:10::/48"),
        ("add", "ipv4", "10.1.0.0/16"),
    ]
    fewer = driver.change(wanted, replace(wanted, sessions=(V4,)))
    assert fewer == Change((), hangup=True)
    assert driver.change(wanted, replace(wanted, sessions=(replace(V4, key=None), V6))) is None


def test_openbgpd_starts_a_session_again_whose_key_is_another_one() -> None:
    change = driver_of("openbgpd").change(config("openbgpd"), config("openbgpd"), changed_keys={"k"})
    assert change is not None
    assert [command[3:] for command in change.commands] == [
        ("reload",),
        ("neighbor", "192.168.15.18", "down"),
        ("neighbor", "192.168.15.18", "up"),
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_program_says_its_package(kind: Kind) -> None:
    with pytest.raises(SpeakerMissing) as none:
        find_driver(kind, Programs(frozenset()))
    assert none.value.package == {"bird": "bird2", "gobgp": "gobgpd", "openbgpd": "openbgpd"}[kind]
    control = {"bird": "/usr/sbin/birdc", "gobgp": "/usr/bin/gobgp", "openbgpd": "/usr/sbin/bgpctl"}[kind]
    with pytest.raises(SpeakerMissing):
        find_driver(kind, Programs(DEBIAN.there - {control}))


def test_every_kind_has_a_driver_of_its_name() -> None:
    assert [find_driver(kind, DEBIAN).kind for kind in KINDS] == list(KINDS)
    assert set(FINDERS) == set(KINDS)


def test_openbgpd_is_launched_by_us_only_where_the_node_has_our_files() -> None:
    driver = driver_of("openbgpd")
    assert driver.argv(own_files=True)[0] == "/usr/sbin/bgpd"
    assert driver.argv()[2:] == driver.argv(own_files=True)


def test_the_filter_is_six_instructions_on_every_machine() -> None:
    for machine, number in MACHINES.values():
        code = instructions(machine, number)
        assert len(code) == 6 * 8
        assert machine.to_bytes(4, "little") in code
