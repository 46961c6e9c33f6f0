"""How diagnoses are printed: as ux.md section 8 draws them, each verdict once."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from lab.diagnose.evidence import Evidence, Face, Heard, Keys, Refused
from lab.diagnose.raw import raw
from lab.diagnose.report import as_object, report_lines
from lab.diagnose.verdict import Diagnosis, judge
from tests.pure.diagnose.cases import QUIET, SUBJECT, UP, bgp, down, end, external, wire

DIFFERENT = replace(
    down(same_key=False, wire=wire(msee=replace(QUIET, syn=2, signed=2), ce=QUIET)),
    ce=end("ce", refused=Refused(failure=3)), msee=end("msee", bgp=bgp("msee", "Connect"), refused=Refused(failure=3)),
)
PAGE = """\
AzurePrivatePeering primary ipv4   ce1 192.168.100.129 ↔ msee1 192.168.100.130   Connect
  link ok   vlan ok, 100   arp ok, 02c0.7d53.b499   bfd up   tcp FAIL   open -   policy -
verdict   MD5-DIFFERENT: both ends sign, with different keys
evidence  both kernels hold a key for the other end, and not the same
          1.5 s: msee1 refused 3 signed segments (TCPMD5Failure +3)
          1.5 s: ce1 refused 3 signed segments (TCPMD5Failure +3)
next      on ce1: neighbor 192.168.100.130 password KEY, or change sharedKey and mseelab apply

er-lab   1 of 2 healthy"""
WRONG_TAG = replace(
    down(wire=wire(ce=Heard(tags={(101,): 3}, frames=3, own=3, asks=3))),
    ce=end("ce", face=None, strays=(Face("eth1.101", (101,), addresses=(("192.168.100.129", 30),)),)),
    msee=end("msee", bgp=bgp("msee", "Connect"), resolved="incomplete", bfd="down"),
)
TAG_PAGE = """\
  link ok   vlan FAIL   arp Incomplete   bfd down   tcp -   open -   policy -
verdict   VLAN-MISMATCH: ce1 sends tag 101, the peering has vlanId 100
evidence  ce1 has eth1.101 192.168.100.129/30 and no eth1.100
          ce1:eth1, 1.5 s: tag 101 3 frames from ce1, tag 100 none
next      on ce1: use eth1.100 (now eth1.101), or change vlanId and mseelab apply"""


def diagnosis(evidence: Evidence, **session: Any) -> Diagnosis:
    layers, verdicts = judge(evidence)
    who = replace(evidence.session, **session)
    return Diagnosis(who, evidence.state, layers, verdicts, raw(evidence))


def test_the_page_of_a_wrong_key() -> None:
    assert "\n".join(report_lines("er-lab", [diagnosis(DIFFERENT), diagnosis(UP, path="secondary")])) == PAGE


def test_the_page_of_a_wrong_tag() -> None:
    assert "\n".join(report_lines("er-lab", [diagnosis(WRONG_TAG)])[1:-2]) == TAG_PAGE


def test_a_healthy_lab_is_one_line_and_wide_shows_its_layers() -> None:
    assert report_lines("er-lab", [diagnosis(UP)]) == ["er-lab   1 of 1 healthy"]
    wide = report_lines("er-lab", [diagnosis(UP)], wide=True)
    assert wide[1] == "  link ok   vlan ok, 100   arp ok, 02c0.7d53.b499   bfd up   tcp ok   open ok   policy ok"


def test_sessions_with_one_verdict_are_named_together() -> None:
    many = [diagnosis(DIFFERENT, circuit=f"c{n}", ce_address=f"10.0.0.{n}") for n in range(20)]
    lines = report_lines("er-lab", many)
    assert sum("MD5-DIFFERENT" in line for line in lines) == 1
    assert lines[0].startswith("c0 AzurePrivatePeering primary ipv4   ce1 10.0.0.0 ↔")
    assert "and 16 more sessions with the same verdict; -o json has them all" in lines
    assert lines[-1] == "er-lab   0 of 20 healthy"


def test_where_two_causes_fit_neither_is_the_verdict() -> None:
    either = external(down(wire=wire(msee=replace(QUIET, syn=2, signed=2), ce=QUIET)))
    lines = report_lines("er-lab", [diagnosis(either)])
    assert "verdict   one of: TCP-FILTERED, MD5-DIFFERENT" in lines
    assert "          MD5-DIFFERENT: ce1 may have another key" in lines
    assert sum(line.startswith("evidence  ") for line in lines) == 2
    assert sum(line.startswith("next      ") for line in lines) == 2


def test_no_line_is_too_long() -> None:
    long = replace(UP.subject.session, ce="a-customer-edge-with-a-name", ce_address="fd00:1111:2222:3333:4444::1")
    evidence = replace(DIFFERENT, subject=replace(SUBJECT, session=long))
    assert all(len(line) <= 100 for line in report_lines("er-lab", [diagnosis(evidence)])[1:])


def test_json_has_everything_and_no_key() -> None:
    told = as_object("er-lab", [diagnosis(DIFFERENT), diagnosis(UP)])
    text = json.dumps(told)
    first = told["sessions"][0]
    assert (told["lab"], told["healthy"]) == ("er-lab", 1)
    assert (first["state"], first["healthy"], first["certain"]) == ("Connect", False, True)
    assert first["verdicts"][0]["code"] == "MD5-DIFFERENT"
    assert first["raw"]["ce"]["refused"]["failure"] == 3
    assert first["raw"]["wire"]["from_msee_at_ce"]["tags"] == {"100": 4}
    assert [layer["name"] for layer in first["layers"]] == ["link", "vlan", "arp", "bfd", "tcp", "open", "policy"]
    assert "digest" not in text


def test_an_end_without_a_listener_is_told_from_one_without_a_key() -> None:
    assert judge(replace(DIFFERENT, ce=end("ce", keys=Keys())))[1][0].code != "MD5-MISSING-AT-CE"
