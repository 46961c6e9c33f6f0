"""The line of a CE's own file behind a verdict of diagnose."""

from __future__ import annotations

from ipaddress import ip_network

from bgp.frr.userfile.blame import CAUSES
from lab.circuit.models import PRIVATE, Session
from lab.control.sources import Source
from lab.diagnose.blame import BEHIND, blamed
from lab.diagnose.codes import CODES
from lab.diagnose.rules.base import Verdict
from lab.diagnose.verdict import Diagnosis
from tests.pure.bgp.userfile.samples import V4, changed, line_of

SESSION = Session("er-ams", PRIVATE, "secondary", "ipv4", "msee2", "er1p", V4.peer, "ce2", V4.address, "env:ER_KEY")
PASSWORD = f"neighbor {V4.peer} password ${{ER_KEY}}"


def judged(code: str, text: str, step: str = "do this") -> Verdict:
    verdict = Verdict(code, "what is wrong", ("seen",), step)
    diagnosis = Diagnosis(SESSION, "Connect", (), (verdict,), {})
    prefixes = {SESSION: (ip_network("10.10.0.0/16"),)}, {SESSION: (ip_network("10.100.0.0/16"),)}
    return blamed(diagnosis, {"ce2": Source("ce2.conf", text, {SESSION: V4}, *prefixes)}).verdicts[0]


def test_the_line_is_named_and_is_evidence() -> None:
    text = changed((PASSWORD, f"neighbor {V4.peer} password SECRET1"))
    found = judged("MD5-DIFFERENT", text)
    line = line_of(text, f"neighbor {V4.peer} password")
    assert found.where == f"ce2.conf:{line}"
    assert found.evidence == ("seen", f"neighbor {V4.peer} password *** (ce2.conf:{line}) is not ${{ER_KEY}}")
    assert found.next == "do this"


def test_a_file_that_is_right_is_left_out_of_it() -> None:
    for code in CODES:
        assert judged(code, changed()).where is None


def test_another_causes_line_is_not_this_verdicts() -> None:
    assert judged("LINK-DOWN", changed((PASSWORD, f"neighbor {V4.peer} password SECRET1"))).where is None


def test_codes_and_causes_are_those_there_are() -> None:
    assert set(BEHIND) <= set(CODES)
    assert {cause for causes in BEHIND.values() for cause in causes} == set(CAUSES)


def test_a_policy_that_denies_everything_one_way() -> None:
    out = changed(("ONPREM seq 10 permit 10.10.0.0/16", "ONPREM seq 10 permit 10.99.0.0/16"))
    assert judged("POLICY-DENIES-ALL", out).where == f"ce2.conf:{line_of(out, 'ip prefix-list ONPREM')}"
    into = changed(("ANY seq 10 permit 0.0.0.0/0 le 32", "ANY seq 10 deny any"))
    assert judged("POLICY-DENIES-ALL", into).where == f"ce2.conf:{line_of(into, 'ip prefix-list ANY')}"


def test_a_ce_that_announces_nothing_names_the_network_line() -> None:
    """ce/11b: the `network` has no route; the next step is the static route, not a policy."""
    text = changed(("ip route 10.10.0.0/16 Null0\n", ""))
    found = judged("NOTHING-ANNOUNCED", text)
    assert found.where == f"ce2.conf:{line_of(text, 'network 10.10.0.0/16')}"
    assert "has no such route in the RIB" in found.evidence[-1]
    assert found.next == "on ce2: ip route 10.10.0.0/16 Null0"


def test_a_limit_of_the_ce_is_named_where_the_ce_has_closed_the_session() -> None:
    """Cases, section 4: maximum-prefix and minimum-holdtime, whose lines were not named."""
    line = f"  neighbor {V4.peer} maximum-prefix 1"
    text = changed((f"  neighbor {V4.peer} activate\n", f"  neighbor {V4.peer} activate\n{line}\n"))
    found = judged("PREFIX-LIMIT", text, "on ce2: raise it")
    assert found.where == f"ce2.conf:{line_of(text, line.strip())}"
    assert found.next == f"on ce2: no neighbor {V4.peer} maximum-prefix 1; clear bgp {V4.peer}"
    assert judged("PREFIX-LIMIT", text, "send fewer from ce2").where is None, "the MSEE has closed it"
    least = changed((f" neighbor {V4.peer} bfd\n", " bgp minimum-holdtime 200\n"))
    assert judged("HOLD-TIME", least).next == "on ce2: bgp minimum-holdtime 180"
