"""Configuration values as text: FRR's start files and ExaBGP's."""

from __future__ import annotations

import pytest

from bgp.exabgp import process
from bgp.exabgp.config import Announcement, ExaBgpConfig, Speaker
from bgp.frr import own, reference
from bgp.frr.config import BfdProfile, BgpInstance, Block, FrrConfig, Neighbor, NeighborFamily, OwnConfig
from bgp.frr.listen import group_lines, listen_groups
from bgp.frr.render import bfd_attach_lines, bfd_detach_lines, config_files
from bgp.secret import masked

KEY = "Secret123"
V4 = NeighborFamily("ipv4", "in", "out", max_prefix=4000, soft_reconfiguration=True, remove_private_as=True)
V6 = NeighborFamily("ipv6", max_prefix=100)
CE4 = Neighbor("192.168.15.17", 65010, (V4,), "192.168.15.18", key="k", bfd="msee")
CE6 = Neighbor("fd00:64::1", 65010, (V6,), "fd00:64::2", key="k", bfd="msee")
GATEWAY = Neighbor("10.100.0.12", 65515, (NeighborFamily("ipv4"),), "10.100.0.4", passive=True)
INSTANCE = BgpInstance(12076, "192.168.15.18", (CE4, CE6, GATEWAY), "c1p", maximum_paths=8)
POLICY = (
    Block("bgp as-path access-list A seq 5 permit ^65515"),
    Block("route-map out permit 10", ("match as-path A",)),
)
CONFIG = FrrConfig((INSTANCE,), POLICY, (BfdProfile("msee", passive=True),))

BGPD = """\
bgp route-map delay-timer 0
bgp as-path access-list A seq 5 permit ^65515
route-map out permit 10
 match as-path A
exit
router bgp 12076 vrf c1p
 bgp router-id 192.168.15.18
 no bgp default ipv4-unicast
 no bgp ebgp-requires-policy
 bgp bestpath as-path multipath-relax
 timers bgp 60 180
 coalesce-time 0
 bgp graceful-restart-disable
 neighbor 192.168.15.17 remote-as 65010
 neighbor 192.168.15.17 timers connect 1
 neighbor 192.168.15.17 password Secret123
 neighbor 192.168.15.17 update-source 192.168.15.18
 neighbor fd00:64::1 remote-as 65010
 neighbor fd00:64::1 timers connect 1
 neighbor fd00:64::1 password Secret123
 neighbor fd00:64::1 update-source fd00:64::2
 neighbor 10.100.0.12 remote-as 65515
 neighbor 10.100.0.12 timers connect 1
 neighbor 10.100.0.12 passive
 neighbor 10.100.0.12 update-source 10.100.0.4
 address-family ipv4 unicast
  maximum-paths 8
  neighbor 192.168.15.17 remove-private-AS
  neighbor 192.168.15.17 soft-reconfiguration inbound
  neighbor 192.168.15.17 maximum-prefix 4000 80 restart 1
  neighbor 192.168.15.17 route-map in in
  neighbor 192.168.15.17 route-map out out
  neighbor 192.168.15.17 activate
  neighbor 10.100.0.12 activate
 exit-address-family
 address-family ipv6 unicast
  maximum-paths 8
  neighbor fd00:64::1 maximum-prefix 100 80 restart 1
  neighbor fd00:64::1 activate
 exit-address-family
exit
"""
BFDD = """\
XFRR_start_configuration
bfd
 profile msee
  transmit-interval 300
  receive-interval 300
  detect-multiplier 3
  passive-mode
 exit
 peer 192.168.15.17 local-address 192.168.15.18 vrf c1p
  profile msee
 peer fd00:64::1 local-address fd00:64::2 vrf c1p
  profile msee
 exit
exit
XFRR_end_configuration
"""


def test_each_daemon_has_its_own_start_file() -> None:
    files = config_files(CONFIG, {"k": KEY})
    assert files["bgpd.conf"] == BGPD
    assert files["bfdd.conf"] == BFDD
    assert [name for name, text in files.items() if KEY in text] == ["bgpd.conf"]


def test_networks_need_no_route_and_a_family_without_neighbors_only_originates() -> None:
    instance = BgpInstance(65515, "10.0.0.12", (), networks=("10.0.0.0/16", "fd00::/48"), maximum_paths=8)
    text = config_files(FrrConfig((instance,)), {})["bgpd.conf"]
    assert "router bgp 65515\n" in text
    assert " no bgp network import-check\n" in text
    assert " address-family ipv6 unicast\n  network fd00::/48\n exit-address-family\n" in text


def test_a_missing_key_is_no_empty_key() -> None:
    with pytest.raises(KeyError):
        config_files(CONFIG, {})


def test_bfd_is_attached_before_the_source_and_detached_alone() -> None:
    assert bfd_attach_lines(12076, "c1p", CE4) == [
        "router bgp 12076 vrf c1p",
        " neighbor 192.168.15.17 bfd profile msee",
        " neighbor 192.168.15.17 update-source 192.168.15.18",
        "exit",
    ]
    assert bfd_detach_lines(65010, "", CE4) == ["router bgp 65010", " no neighbor 192.168.15.17 bfd", "exit"]


def test_a_listen_group_holds_one_key_of_one_family() -> None:
    groups = listen_groups(INSTANCE)
    assert [(g.key, g.addresses, g.remote_as) for g in groups] == [
        ("k", ("192.168.15.17",), 65010),
        ("k", ("fd00:64::1",), 65010),
    ]
    assert len({g.name for g in groups}) == 2
    lines = group_lines(CONFIG, {"k": KEY})
    assert f" bgp listen range 192.168.15.17/32 peer-group {groups[0].name}" in lines
    assert f" bgp listen range fd00:64::1/128 peer-group {groups[1].name}" in lines
    assert lines.index(f" no neighbor {groups[0].name} password") < lines.index(
        f" neighbor {groups[0].name} password {KEY}"
    )
    assert group_lines(CONFIG, {"k": KEY}, {"other"}) == []


def test_the_default_vrf_needs_no_listen_group() -> None:
    assert listen_groups(BgpInstance(65010, "192.168.15.17", (CE4,))) == ()


def test_a_users_own_file_stays_as_it_is_but_for_references() -> None:
    text = "router bgp 65010\n neighbor 192.0.2.1 password ${THE_KEY}\n ! $HOME ${9} stay\n"
    files = own.config_files(OwnConfig("ce1.conf", text), {"env:THE_KEY": KEY})
    assert files["frr.conf"] == text.replace("${THE_KEY}", KEY)
    assert files["bgpd.conf"] == ""
    with pytest.raises(KeyError, match="env:THE_KEY"):
        reference.resolved(text, {})


def test_agentx_is_read_over() -> None:
    """ce/36: a SONiC file, which validate takes and the daemons, without a module for SNMP, do not."""
    config = OwnConfig("ce1.conf", "log syslog\nagentx\nagentx-not\n")
    assert own.config_files(config, {})["frr.conf"] == "log syslog\n!\nagentx-not\n"
    assert own.load_text(config, {}).startswith("log syslog\n!\nagentx-not\n")


def test_the_timer_of_an_own_file_is_its_own_in_the_end() -> None:
    """ce/45b: run out once, and never left at 0 but by its owner."""
    text = own.load_text(OwnConfig("c", "router bgp 1\n"), {})
    assert text.endswith("\nbgp route-map delay-timer 0\nno bgp route-map delay-timer 0\n")
    text = own.load_text(OwnConfig("c", "bgp route-map delay-timer 30"), {})
    assert text.endswith("\nbgp route-map delay-timer 0\nbgp route-map delay-timer 30\n")


def test_refused_lines_are_quoted_from_the_users_text() -> None:
    config = OwnConfig("ce1.conf", "a\n neighbor 192.0.2.1 passwort ${K}\n")
    said = f"line 2: % Unknown command[59]:  neighbor 192.0.2.1 passwort {KEY}\nline 99: % no such line\n"
    said += said  # FRR 10's vtysh says it once for each daemon
    assert own.refusals(config, said) == ((2, "neighbor 192.0.2.1 passwort ${K}"),)


def test_a_key_that_a_refused_line_holds_literally_is_masked() -> None:
    config = OwnConfig("ce1.conf", f"router bgp 1\n neighbor 192.0.2.1 password {KEY}\n")
    said = f"line 2: Failure to communicate[13] to bgpd, line:  neighbor 192.0.2.1 password {KEY}\n"
    assert own.refusals(config, said) == ((2, "neighbor 192.0.2.1 password ***"),)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("neighbor 192.0.2.1 password Secret123", "neighbor 192.0.2.1 password ***"),
        ('  md5-password "Secret123";', "  md5-password ***;"),
        ("neighbor G password 7 Secret123 more", "neighbor G password *** more"),
        ("no neighbor 192.0.2.1 password", "no neighbor 192.0.2.1 password"),
    ],
)
def test_what_follows_a_password_is_masked(text: str, shown: str) -> None:
    assert masked(text) == shown


def test_exabgp_has_sessions_in_its_file_and_prefixes_as_commands() -> None:
    speakers = (
        Speaker("10.0.1.2", "10.0.1.1", 65010, 12076, "10.0.1.1", "k"),
        Speaker("10.0.2.2", "10.0.2.1", 65010, 12076, "10.0.1.1"),
        Speaker("fd00:1::2", "fd00:1::1", 65010, 12076, "10.0.1.1"),
    )
    prefixes = tuple(f"10.{n // 256}.{n % 256}.0/24" for n in range(201))
    tagged = Announcement(("10.9.0.0/16", "fd00:8::/48"), ("12076:51004", "12076:52004"), ("10.0.2.2",))
    config = ExaBgpConfig(speakers, (Announcement((*prefixes, "fd00:9::/48")), tagged))
    files = process.files(config, {"k": KEY})
    text, commands = files[process.CONFIG], files[process.FIRST].splitlines()
    assert text.count(f'md5-password "{KEY}"') == 1
    assert KEY not in files[process.FIRST]
    assert KEY not in " ".join(process.argv())
    assert KEY not in repr(process.environment())
    who = "neighbor 10.0.1.2, neighbor 10.0.2.2 announce attributes next-hop self nlri "
    assert commands[0] == who + " ".join(prefixes[:200])
    assert commands[1] == who + prefixes[200]
    assert commands[2] == "neighbor fd00:1::2 announce attributes next-hop self nlri fd00:9::/48"
    attributes = "next-hop self community [ 12076:51004 12076:52004 ]"
    assert commands[3:] == [f"neighbor 10.0.2.2 announce attributes {attributes} nlri 10.9.0.0/16"]
