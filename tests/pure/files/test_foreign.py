"""Configurations of other systems, and of another FRR, where a CE's own file belongs."""

from __future__ import annotations

from pathlib import Path

import pytest

from bgp.frr.daemons import find_frr, frr_version
from lab.files.ce_file import read_ce_file
from lab.files.foreign import foreign
from lab.files.lint import lint_text
from tests.pure.files.test_ce_and_keys import CONF, needs_vtysh

IOS = "interface GigabitEthernet2.100\n encapsulation dot1Q 100\n ip address 192.168.100.129 255.255.255.252\n"
JUNOS = "interfaces {\n    ge-0/0/0 {\n        vlan-tagging;\n    }\n}\nprotocols {\n}\n"
FORTIOS = 'config system interface\n    edit "ER-PRI"\n        set vlanid 100\n    next\nend\n'
VYOS = "set interfaces ethernet eth1 vif 100 address '192.168.100.129/30'\nset protocols bgp system-as '65010'\n"
EOS = "interface Ethernet1.100\n   encapsulation dot1q vlan 100\n   ip address 192.168.100.129/30\n"


@pytest.mark.rule("ER514")
@pytest.mark.parametrize(
    ("text", "system", "line"),
    [
        (IOS, "IOS-XE", 1),
        ("hostname r\n" + IOS.split("\n", 1)[1], "IOS-XE", 2),
        (JUNOS, "Junos", 1),
        ("set routing-options autonomous-system 65010\n", "Junos", 1),
        (FORTIOS, "FortiOS", 1),
        (VYOS, "VyOS", 1),
        ("interfaces {\n    ethernet eth1 {\n    }\n}\n", "VyOS", 1),
        (EOS, "EOS", 2),
        ("!! IOS XR Configuration 7.5\n", "IOS-XR", 1),
        ("feature bgp\n", "NX-OS", 1),
    ],
)
def test_a_file_of_another_system_is_one_mistake(tmp_path: Path, text: str, system: str, line: int) -> None:
    """ce/31a to ce/31d: the file had a mistake a line, and FortiOS's none at all."""
    (tmp_path / "c").write_text(text + " password ${NOT_THERE}\n")
    (found,) = read_ce_file(tmp_path / "c", "ce1.cfg").mistakes
    assert (found.rule, found.line) == ("ER514", line)
    assert f"this looks like {system}, " in str(found)
    assert "kind: external" in str(found)
    assert lint_text(text, "ce1.cfg") == []


def test_frr_is_not_taken_for_another_system() -> None:
    assert foreign(CONF, "c") is None
    assert foreign("route-map A permit 10\n set community 1:1\nconfigure terminal\n! interfaces {\n", "c") is None


@needs_vtysh
def test_a_word_of_another_frr_is_refused_with_both_versions() -> None:
    """ce/13: a file of FRR 10.4 that FRR 8.4 does not know whole."""
    here = ".".join(map(str, frr_version(find_frr().directory)))
    line = "nobody knows this\n"
    (found,) = lint_text(f"frr version 99.1_git\n{line}", "c")
    assert str(found) == f"c:2: ER509: FRR {here} here (the file is of FRR 99.1_git) does not know: nobody knows this"
    (same,) = lint_text(f"frr version {here}\n{line}", "c")
    assert str(same) == "c:2: ER509: FRR does not know: nobody knows this"


@pytest.mark.rule("ER515")
@pytest.mark.parametrize(
    ("text", "line", "name"),
    [
        ("!\nvrf private-peering\n ip route 10.10.0.0/16 Null0\nexit-vrf\n", 2, "private-peering"),
        ("interface eth1.100 vrf blue\nrouter bgp 65010 vrf blue\n", 1, "blue"),
        ("log syslog\nrouter bgp 65010 vrf [vc:1:1]\n", 2, "[vc:1:1]"),
        ("ip route 10.0.0.0/8 Null0 vrf red\n", 1, "red"),
    ],
)
def test_a_vrf_is_one_mistake_at_its_first_line(tmp_path: Path, text: str, line: int, name: str) -> None:
    """ce/03b, ce/04: accepted, not built, and judged wrong."""
    (tmp_path / "c").write_text(text)
    (found,) = read_ce_file(tmp_path / "c", "ce1.conf").mistakes
    assert (found.rule, found.line) == ("ER515", line)
    assert f"VRF {name}," in str(found)
    (tmp_path / "c").write_text("vrf default\nexit-vrf\nrouter bgp 65010 vrf default\n description vrf x\n")
    assert read_ce_file(tmp_path / "c", "ce1.conf").mistakes == []
