"""The line of a CE's own file in a check's results: only what failed, only where the file tells."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bgp.route import Route
from lab.check.blame import blamed
from lab.check.evaluate import evaluate
from lab.check.evidence import Evidence, SessionEvidence
from lab.check.expect import Expectation
from lab.check.gather import usable
from lab.check.result import CheckResult
from lab.circuit.models import PRIVATE, Session
from lab.control.observe import SessionView
from lab.control.sources import Source
from lab.role.expect import Leg
from tests.pure.bgp.userfile.samples import V4, changed, line_of

SESSION = Session("er-ams", PRIVATE, "secondary", "ipv4", "msee2", "er1p", V4.peer, "ce2", V4.address, "env:ER_KEY")
UP = SessionView(SESSION, "Established", 60.0, md5="yes", bfd="up")
DOWN = SessionView(SESSION, "Connect")
FROM_CE = Expectation("from-ce", "er-ams", "ipv4", SESSION, ("10.10.0.0/16", "10.11.0.0/16"), 65010, generated=False)
STATE = Expectation("sessions", "er-ams", "ipv4", SESSION, peer_asn=65010, generated=False)
LEG = Leg("er-ams", PRIVATE, "hub", "ipv4", "secondary", "ce2", V4.address, "10.10.0.1", "10.100.0.36")
REACH = Expectation("reach", "er-ams", "ipv4", beyond="hub", target="10.100.0.36", legs=(LEG,))
ONE = {"10.10.0.0/16": (65010,)}
BOTH = frozenset(FROM_CE.prefixes)
ENTRY = "ip prefix-list ONPREM seq 10"


def judged(wanted: Expectation, seen: SessionEvidence, text: str | None = None) -> CheckResult:
    """What comes of an expectation, with the CE's own file `text`; None: it is generated."""
    evidence = Evidence({SESSION: seen}, {LEG: False})
    own = {} if text is None else {"ce2": Source("ce2.conf", text, {SESSION: V4})}
    return blamed(evaluate([wanted], evidence, 1.0), [wanted], evidence, own)[0]


def test_a_prefix_that_the_policy_keeps() -> None:
    text = changed()
    found = judged(FROM_CE, SessionEvidence(UP, accepted=ONE, ce_sends=frozenset(ONE), ce_has=BOTH), text)
    place = f"ce2.conf:{line_of(text, ENTRY)}"
    assert found.where == place
    assert found.why == f"ce2 has 10.11.0.0/16 and keeps it: prefix-list ONPREM ({place}) lacks it"
    assert found.next == "ip prefix-list ONPREM seq 20 permit 10.11.0.0/16"


def test_a_prefix_that_is_not_there() -> None:
    text = changed(("  network 10.11.0.0/16\n", ""))
    found = judged(FROM_CE, SessionEvidence(UP, accepted=ONE, ce_sends=frozenset(ONE), ce_has=frozenset(ONE)), text)
    assert found.where == f"ce2.conf:{line_of(text, 'address-family ipv4')}"
    assert found.next == "network 10.11.0.0/16"


def test_a_session_that_is_down() -> None:
    text = changed((f"neighbor {V4.peer} remote-as 12076", f"neighbor {V4.peer} remote-as 12077"))
    found = judged(STATE, SessionEvidence(DOWN), text)
    place = f"ce2.conf:{line_of(text, f'neighbor {V4.peer} remote-as')}"
    assert found.where == place
    assert found.why == f"neighbor {V4.peer} remote-as 12077 ({place}) is not 12076"
    assert found.next == f"on ce2: neighbor {V4.peer} remote-as 12076"


def test_a_session_without_bfd() -> None:
    text = changed((f" neighbor {V4.peer} bfd\n", ""))
    found = judged(replace(STATE, bfd=True), SessionEvidence(replace(UP, bfd="-")), text)
    assert found.where == f"ce2.conf:{line_of(text, f'neighbor {V4.peer} remote-as')}"


def test_a_way_whose_route_the_ce_does_not_take() -> None:
    text = changed(("ANY seq 10 permit 0.0.0.0/0 le 32", "ANY seq 10 permit 10.0.0.0/8 le 12"))
    seen = SessionEvidence(UP, accepted=ONE, advertised={"10.100.0.0/16": ()}, at_ce={})
    found = judged(REACH, seen, text)
    place = f"ce2.conf:{line_of(text, 'ip prefix-list ANY')}"
    assert found.where == place
    assert found.why == f"ce2 does not take 10.100.0.0/16 from msee2: prefix-list ANY ({place}) lacks it"


@pytest.mark.parametrize("seen", [
    SessionEvidence(UP, accepted=ONE, ce_sends=BOTH, ce_has=BOTH),  # sent: the way it was lost is not in the file
    SessionEvidence(UP, accepted=ONE, refused={"10.11.0.0/16": (65010,)}, ce_sends=BOTH, ce_has=BOTH),
    SessionEvidence(UP, accepted=ONE),
    SessionEvidence(DOWN),
])
def test_what_the_file_does_not_explain_has_no_line(seen: SessionEvidence) -> None:
    wanted = STATE if not seen.view.established else FROM_CE
    assert judged(wanted, seen, changed()) == judged(wanted, seen)
    assert judged(wanted, seen).where is None


def test_where_the_lab_writes_the_configuration_no_file_is_named() -> None:
    assert judged(FROM_CE, SessionEvidence(UP, accepted=ONE, ce_sends=frozenset(ONE), ce_has=BOTH)).where is None


def test_what_follows_from_a_session_has_no_line_of_its_own() -> None:
    text = changed((f"neighbor {V4.peer} remote-as 12076", f"neighbor {V4.peer} remote-as 12077"))
    assert judged(FROM_CE, SessionEvidence(DOWN), text).where is None


def test_an_answer_without_a_way_back_is_said() -> None:
    found = judged(REACH, SessionEvidence(UP, accepted={}))
    assert found.why == "no MSEE accepts a prefix from ce2 that 10.10.0.1 is in: the answer has no way back"


def test_a_network_without_a_route_is_not_what_a_policy_keeps() -> None:
    """ce/11b: FRR lists the `network`, not valid; the line is named and the static route is the next step."""
    table = {"": [Route("10.10.0.0/16", "0.0.0.0"), Route("10.11.0.0/16", "0.0.0.0", valid=False)]}
    assert usable(table) == {"10.10.0.0/16"}
    text = changed()
    found = judged(FROM_CE, SessionEvidence(UP, accepted=ONE, ce_sends=frozenset(ONE), ce_has=usable(table)), text)
    assert found.next == "ip route 10.11.0.0/16 Null0"
    assert found.why is not None
    assert "has no such route in the RIB" in found.why


def test_each_missing_prefix_is_explained_those_with_one_reason_together() -> None:
    """Cases, section 4: of several missing prefixes the first was explained."""
    prefixes = (*FROM_CE.prefixes, "10.12.0.0/16", "10.13.0.0/16", "10.14.0.0/16")
    wanted = replace(FROM_CE, prefixes=prefixes)
    has = frozenset(prefixes[:4])
    refused = {"10.13.0.0/16": (65010, 23456)}
    seen = SessionEvidence(UP, accepted=ONE, refused=refused, ce_sends=frozenset(ONE), ce_has=has)
    text = changed()
    found = judged(wanted, seen, text)
    place, family = f"ce2.conf:{line_of(text, ENTRY)}", f"ce2.conf:{line_of(text, 'address-family ipv4')}"
    assert found.why == (
        f"ce2 has 10.11.0.0/16 and keeps it: prefix-list ONPREM ({place}) lacks it, likewise 10.12.0.0/16; "
        "msee2 received 10.13.0.0/16 and did not accept it: AS path 65010 23456; "
        f"ce2 has no valid path to 10.14.0.0/16 in BGP: address-family ipv4 unicast ({family}) "
        "has no network 10.14.0.0/16"
    )
    assert (found.where, found.next) == (place, "ip prefix-list ONPREM seq 20 permit 10.11.0.0/16")


def test_many_missing_prefixes_do_not_fill_the_screen() -> None:
    many = tuple(f"10.{n}.0.0/16" for n in range(20, 120))
    found = judged(replace(FROM_CE, prefixes=many), SessionEvidence(UP, ce_sends=frozenset(), ce_has=frozenset(many)))
    assert found.why == (
        "ce2 has 10.20.0.0/16 and does not send it to 192.168.100.134, likewise 10.21.0.0/16, 10.22.0.0/16, "
        "10.23.0.0/16, 10.24.0.0/16, 10.25.0.0/16, 10.26.0.0/16 and 93 more"
    )


def test_a_prefix_too_many_has_the_line_that_announces_it() -> None:
    """Cases, section 4: the file is to blame, and was not named."""
    text = changed()
    wanted = replace(FROM_CE, prefixes=("10.10.0.0/16",))
    accepted = dict.fromkeys(FROM_CE.prefixes, (65010,))
    found = judged(wanted, SessionEvidence(UP, accepted=accepted, ce_sends=BOTH, ce_has=BOTH), text)
    place = f"ce2.conf:{line_of(text, 'network 10.11')}"
    assert found.why == f"ce2 advertises 10.11.0.0/16 too: network 10.11.0.0/16 ({place}) announces it"
    assert (found.where, found.next) == (place, "on ce2: no network 10.11.0.0/16")
    learned = changed(("  network 10.11.0.0/16\n", ""))
    elsewhere = judged(wanted, SessionEvidence(UP, accepted=accepted, ce_sends=BOTH, ce_has=BOTH), learned)
    assert (elsewhere.where, elsewhere.next) == (None, "filter it on ce2, or add it to advertise")
