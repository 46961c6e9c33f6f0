"""Own checks judged from evidence: each kind passes and fails, and nothing is green because there was nothing."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from lab.asked.amounts import Budget, Range
from lab.asked.base import Ask
from lab.asked.converge import Converge
from lab.asked.failover import Failover
from lab.asked.prefixes import Prefixes
from lab.asked.reach import Reach
from lab.asked.sessions import Sessions
from lab.asked.words import AsPath, Communities, Pattern
from lab.check.evidence import Md5Evidence, SessionEvidence
from lab.check.expect import Expectation
from lab.check.only import Only
from lab.check.own import converge, failover, prefixes, reach, sessions
from lab.check.own.base import Failure, Judged, result_of
from lab.check.own.fit import unfit_faults
from lab.check.own.tables import Row, Table
from lab.check.report import report_lines
from lab.check.result import CheckResult, Report
from lab.circuit.models import Session
from lab.control import record
from lab.control.observe import SessionView
from lab.errors import Impossible, Mistakes
from lab.files.load import load_file
from lab.net.ping import Answer, Sample
from lab.net.stream import Gap, Seen
from lab.role.expect import Leg

SESSION = Session(
    "er-lab", "AzurePrivatePeering", "primary", "ipv4", "msee1", "er1p", "192.168.100.130", "ce1", "192.168.100.129",
    "er-lab/AzurePrivatePeering",
)
UP = SessionEvidence(
    SessionView(SESSION, "Established", 12.0, 1, 1, "yes", "up"), hold_time=180.0, md5=Md5Evidence(True, True)
)
DOWN = SessionEvidence(SessionView(SESSION, "Connect"))
WANTED = {SESSION: Expectation("sessions", "er-lab", "ipv4", SESSION, peer_asn=65010)}
KEYLESS = replace(UP, view=replace(UP.view, session=replace(SESSION, key=None)))


def got(judged: Judged) -> str | None:
    return judged.failures[0].got if judged.failures else None


@pytest.mark.parametrize(
    ("value", "seen", "expected"),
    [
        (Sessions(), UP, None),
        (Sessions(), DOWN, "Connect"),
        (Sessions(state="down"), DOWN, None),
        (Sessions(state="down"), UP, "Established"),
        (Sessions(state="Connect"), DOWN, None),
        (Sessions(state="Active"), DOWN, "Connect"),
        (Sessions(hold_time=Range(0, 180)), UP, None),
        (Sessions(hold_time=Range(0, 30)), UP, "180 s"),
        (Sessions(md5=True), UP, None),
        (Sessions(md5=True), KEYLESS, "no key"),
        (Sessions(md5=True), replace(UP, md5=Md5Evidence(False, True)), "no key on the listener"),
        (Sessions(md5=True), replace(UP, md5=Md5Evidence(True, False)), "an unsigned connection"),
        (Sessions(state="down", md5=True), DOWN, "Connect"),
        (Sessions(md5=False), KEYLESS, None),
        (Sessions(md5=False), UP, "MD5"),
        (Sessions(bfd="up"), UP, None),
        (Sessions(bfd="none"), UP, "BFD up"),
        (Sessions(bfd="up"), replace(UP, view=replace(UP.view, bfd="-")), "BFD none"),
        (Sessions(bfd="none"), replace(UP, view=replace(UP.view, bfd="-")), None),
    ],
)
def test_sessions(value: Sessions, seen: SessionEvidence, expected: str | None) -> None:
    assert got(sessions.judge(value, [seen])) == expected


VNET = Row("10.100.0.0/16", (12076,), "192.168.100.130", ("12076:51004",), True)
MORE = Row("10.200.0.0/16", (12076, 65020), "192.168.100.130", (), False)
TABLE = Table(SESSION.label, "ipv4", rows=(VNET, MORE), session=SESSION)
HUB, APPS, NONE = (ip_network(text) for text in ("10.100.0.0/16", "10.200.0.0/16", "10.9.0.0/16"))


def to_ce(**asked: Any) -> Prefixes:
    return Prefixes(to="ce", **asked)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (to_ce(exactly=(HUB, APPS)), None),
        (to_ce(exactly=(HUB,)), "10.100.0.0/16, 10.200.0.0/16"),
        (to_ce(exactly=()), "10.100.0.0/16, 10.200.0.0/16"),
        (to_ce(exactly=(HUB, APPS, NONE)), "10.100.0.0/16, 10.200.0.0/16"),
        (to_ce(contains=(HUB,)), None),
        (to_ce(contains=(HUB, NONE)), "10.100.0.0/16, 10.200.0.0/16"),
        (to_ce(absent=(Pattern(NONE, 16, 16),)), None),
        (to_ce(absent=(Pattern(HUB, 16, 16),)), "10.100.0.0/16"),
        (to_ce(absent=(Pattern(ip_network("10.0.0.0/8"), 9, 32),)), "10.100.0.0/16, 10.200.0.0/16"),
        (to_ce(absent=(Pattern(ip_network("10.0.0.0/8"), 8, 8),)), None),
        (to_ce(count=Range(1, 2)), None),
        (to_ce(count=Range(0, 1)), "2: 10.100.0.0/16, 10.200.0.0/16"),
        (to_ce(count=Range(3, None)), "2: 10.100.0.0/16, 10.200.0.0/16"),
        (to_ce(contains=(HUB,), as_path=AsPath((12076,))), None),
        (to_ce(as_path=AsPath((12076,))), "12076 65020"),
        (to_ce(as_path=AsPath(regex="^12076")), None),
        (to_ce(as_path=AsPath(regex="65020$")), "12076"),
        (to_ce(as_path_length=Range(1, 2)), None),
        (to_ce(as_path_length=Range(0, 1)), "2: 12076 65020"),
        (to_ce(contains=(HUB,), communities=Communities(("12076:51004",))), None),
        (to_ce(contains=(HUB,), communities=Communities(())), "12076:51004"),
        (to_ce(communities=Communities(contains=("12076:51004",))), "none"),
        (to_ce(contains=(HUB,), communities=Communities(absent=("12076:51004",))), "12076:51004"),
        (to_ce(next_hop="192.168.100.130"), None),
        (to_ce(next_hop="192.168.100.134"), "192.168.100.130"),
        (to_ce(contains=(HUB,), best=True), None),
        (to_ce(best=True), "not in use"),
        (to_ce(contains=(APPS,), best=False), None),
    ],
)
def test_prefixes(value: Prefixes, expected: str | None) -> None:
    assert got(prefixes.judge(value, [TABLE])) == expected


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (replace(TABLE, state="Connect", rows=()), "nothing"),
        (Table("x", "ipv4", unseen="ce1 runs no FRR: its own tables cannot be read"), "not to be seen"),
    ],
)
def test_what_must_not_be_there_is_not_green_where_nobody_can_look(table: Table, expected: str) -> None:
    assert got(prefixes.judge(to_ce(absent=(Pattern(NONE, 16, 16),)), [table])) == expected


def test_attributes_of_nothing_are_no_success() -> None:
    assert got(prefixes.judge(to_ce(as_path=AsPath((12076,))), [replace(TABLE, rows=())])) == "none"
    hidden = Row("10.100.0.0/16", (12076,))
    judged = prefixes.judge(to_ce(communities=Communities(())), [replace(TABLE, rows=(hidden,))])
    assert got(judged) == "not to be seen"


LEG = Leg("er-lab", "AzurePrivatePeering", "hub", "ipv4", "primary", "ce1", "192.168.100.129", "10.10.0.1",
          "10.100.0.36")
ANSWERED, SILENT = Answer(True, 0.001, 0, ""), Answer(False, None, 30, "Message too long")


@pytest.mark.parametrize(
    ("value", "way", "expected"),
    [
        (Reach(), reach.Way(LEG, "Established", ANSWERED), None),
        (Reach(), reach.Way(LEG, "Established", SILENT), "no answer"),
        (Reach(), reach.Way(LEG, "Connect"), "none"),
        (Reach(loss=0.01), reach.Way(LEG, "Established", ANSWERED, Sample(100, 1)), None),
        (Reach(loss=0.01), reach.Way(LEG, "Established", ANSWERED, Sample(100, 2)), "2 of 100 lost (2.0%)"),
        (Reach(loss=0.0), reach.Way(LEG, "Established", ANSWERED, Sample(100, 1)), "1 of 100 lost (1.0%)"),
        (Reach(mtu=1500), reach.Way(LEG, "Established", ANSWERED, whole=ANSWERED), None),
        (Reach(mtu=1501), reach.Way(LEG, "Established", ANSWERED, whole=SILENT), "no answer to one"),
    ],
)
def test_reach(value: Reach, way: reach.Way, expected: str | None) -> None:
    assert got(reach.judge(value, [way])) == expected


def seen(*gaps: Gap, lost: int = 0) -> Seen:
    return Seen(20.0, 1000, {"ce1 → hub ipv4 #1": lost}, gaps)


OUTAGE = Gap("ce1 → hub ipv4", 10.1, 10.9, 80)
FAILOVER = Failover(path="primary", within=1.0)
MEASURED = failover.Measured(10.0, 0.9, seen(OUTAGE, lost=80), 11.5, 2.0)


@pytest.mark.parametrize(
    ("value", "measured", "expected"),
    [
        (FAILOVER, MEASURED, None),
        (replace(FAILOVER, within=0.5), MEASURED, "nothing for 0.8 s"),
        (FAILOVER, replace(MEASURED, down=None), "its session is still Established 1.5 s after the fault"),
        (FAILOVER, replace(MEASURED, down=1.2), "the session went down after 1.20 s"),
        (FAILOVER, replace(MEASURED, seen=seen(Gap("x", 10.1, None, 999))), "nothing for 9.90 s, until the fault had"),
        (replace(FAILOVER, loss=Budget(80)), MEASURED, None),
        (replace(FAILOVER, loss=Budget(79)), MEASURED, "80 packets (0.8 s) of one flow"),
        (replace(FAILOVER, loss=Budget(seconds=0.8)), MEASURED, None),
        (replace(FAILOVER, loss=Budget(seconds=0.7)), MEASURED, "80 packets (0.8 s) of one flow"),
        (replace(FAILOVER, back=2.0), MEASURED, None),
        (replace(FAILOVER, back=1.0), MEASURED, "after 2.00 s"),
        (FAILOVER, replace(MEASURED, restored=None, missing="x is Connect"), "not: x is Connect"),
        (FAILOVER, replace(MEASURED, idle="test traffic is lost before any fault"), "nothing could be measured"),
    ],
)
def test_failover(value: Failover, measured: failover.Measured, expected: str | None) -> None:
    judged = failover.judge(value, "silent-drop primary", measured)
    assert (got(judged) or "").startswith(expected or "")
    assert bool(judged.failures) is (expected is not None)


def test_a_failover_says_how_long_it_took() -> None:
    assert failover.judge(FAILOVER, "silent-drop primary", MEASURED).said == "back after 0.8 s (allowed 1 s)"


@pytest.mark.parametrize(
    ("measured", "expected"),
    [
        (converge.Measured(0.5), None),
        (converge.Measured(1.5), "after 1.50 s"),
        (converge.Measured(None, "msee1 still has it"), "not: msee1 still has it"),
        (converge.Measured(0.5, undone="msee1 has not it"), "msee1 has not it"),
    ],
)
def test_converge(measured: converge.Measured, expected: str | None) -> None:
    assert got(converge.judge(Converge(event="withdraw", within=1.0), measured)) == expected


@pytest.mark.parametrize(
    "judged",
    [
        sessions.judge(Sessions(path="secondary"), []),
        prefixes.judge(to_ce(count=Range(0, 9), family="ipv6"), []),
        reach.judge(Reach(to="hub"), []),
    ],
)
def test_an_empty_selection_is_never_green(judged: Judged) -> None:
    assert got(judged) == "none"


ASK = Ask("no-default", "prefixes", to_ce(count=Range(0, 0)), "error", "see the wiki", "circuit.yml", 22)
FAILED = Judged("x", (Failure(SESSION.label, "0 prefixes", "1: 10.100.0.0/16", "why", "next", session=SESSION),
                      Failure("other", "0 prefixes", "2")))


def result(ask: Ask, judged: Judged) -> CheckResult:
    return result_of(ask, judged, "er-lab", ["er-lab"], 0.1)


def test_one_result_a_check() -> None:
    found = result(ASK, FAILED)
    assert (found.id, found.result, found.own, found.source, found.message) == (
        "no-default", "fail", True, "circuit.yml:22", "see the wiki"
    )
    assert (found.peering, found.path, found.family) == ("AzurePrivatePeering", "primary", "ipv4")
    assert found.label == "no-default: AzurePrivatePeering primary ipv4 and 1 more"
    assert result(replace(ASK, severity="warning"), FAILED).result == "warn"
    assert result(ASK, Judged("x")).result == "pass"


@pytest.mark.parametrize(
    ("severity", "strict", "code", "mark", "word"),
    [("error", False, 1, "✗", "failed"), ("warning", False, 0, "!", "warning"), ("warning", True, 3, "!", "warning")],
)
def test_the_report_names_the_users_own(severity: Any, strict: bool, code: int, mark: str, word: str) -> None:
    report = Report("er-lab", (result(replace(ASK, severity=severity), FAILED),), 1.0)
    assert report.exit_code(strict=strict) == code
    assert report_lines(report, strict=strict)[:7] == [
        "er-lab   1 check: 0 follow from the circuit, 1 of your own",
        f"  {mark} your own   0 of 1   {word}: no-default: AzurePrivatePeering primary ipv4 and 1 more",
        "      message    see the wiki",
        "      expected   0 prefixes   (circuit.yml:22)",
        "      got        1: 10.100.0.0/16",
        "      why        why",
        "      next       next",
    ]


def test_only_by_id_kind_or_pattern() -> None:
    known = [("er-lab/hub/ipv4/reach", "reach"), ("no-default", "prefixes")]
    for pattern in ("reach", "no-default", "prefixes", "*/hub/*"):
        Only((pattern,)).refuse_unknown(known)
    assert [Only(("*/hub/*",)).wants(*pair) for pair in known] == [True, False]
    assert Only().wants("anything", "at-all")
    with pytest.raises(Impossible, match="no check is called no-defalt; did you mean no-default"):
        Only(("reach", "no-defalt")).refuse_unknown(known)


CIRCUIT = """name: er-lab
peerings:
  - {name: AzurePrivatePeering, peerASN: 65010, vlanId: 100, primaryPeerAddressPrefix: 192.168.100.128/30,
     secondaryPeerAddressPrefix: 192.168.100.132/30}
virtualNetworks: [{name: hub, addressSpace: {addressPrefixes: [10.100.0.0/16]}}]
customerEdges: [{name: ce1, advertise: [10.10.0.0/16]}]
checks:
"""


@pytest.mark.rule("ER924")
@pytest.mark.parametrize(
    ("check", "expected"),
    [
        ("sessions: {circuit: er-lba}", "ER924 circuit: found er-lba; allowed er-lab"),
        ("sessions: {node: ce2}", "ER924 node: found ce2; allowed ce1, msee1, msee2"),
        ("prefixes: {to: gateway, vnet: apps, count: 1}", "ER924 vnet: found apps; allowed hub"),
        ("reach: {from: msee1}", "ER924 from: found msee1; allowed ce1"),
        ("reach: {to: spoke}", "ER924 to: found spoke; allowed hub, MicrosoftPeering"),
    ],
)
def test_names_are_the_labs(tmp_path: Path, check: str, expected: str) -> None:
    file = tmp_path / "circuit.yml"
    file.write_text(f"{CIRCUIT}  - {{id: x, {check}}}\n")
    with pytest.raises(Mistakes) as found:
        load_file(file, "circuit.yml")
    assert [str(m) for m in found.value.mistakes] == [f"circuit.yml:8: {expected}"]


@pytest.mark.rule("ER924")
def test_a_fault_that_nobody_has_is_a_mistake(tmp_path: Path) -> None:
    file = tmp_path / "circuit.yml"
    file.write_text(CIRCUIT.removesuffix("checks:\n"))
    loaded = load_file(file, "circuit.yml")
    value, _ = record.applied(loaded.spec, loaded.topology, loaded.own, loaded.interfaces, loaded.keyring, "")
    ask = Ask("x", "failover", Failover(path="primary", fault="silent-drp"), "error", None, "circuit.yml", 8)
    (mistake,) = unfit_faults([ask, replace(ask, value=FAILOVER)], value)
    assert (mistake.line, mistake.rule) == (8, "ER924")
    assert "silent-drop" in f"{mistake.message} {mistake.hint}"
