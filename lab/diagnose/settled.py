"""When a verdict needs no more watching. What was not seen is proven by time alone, what was seen at once. Pure."""

from __future__ import annotations

from lab.diagnose.evidence import SIDES, Evidence
from lab.diagnose.rules.base import Verdict
from lab.diagnose.rules.policy import too_young
from lab.diagnose.verdict import judge

SECONDS_OF_SILENCE = 1.2
"""More than one round of every question that is asked again by itself: a SYN and an ARP request, once a second."""
SILENT = {"ARP-UNANSWERED", "ND-UNANSWERED", "PATH-SILENT", "TCP-FILTERED", "BFD-DOWN"}
COUNTED = {"MD5-DIFFERENT", "MD5-MISSING-AT-CE", "MD5-MISSING-AT-MSEE", "TTL", "TCP-REFUSED"}
HEARD = {"VLAN-MISMATCH", "STAG-LOST"}
OPENED = {"PEER-ASN", "REMOTE-ASN", "HOLD-TIME"}
SECONDS_TO_BE_HEARD = 0.4
SEEN_TWICE = 2
SECONDS_FOR_ONE = 1.7
"""A single SYN that is not answered has then been there for a while, whenever it came."""


def settled(evidence: Evidence) -> bool:
    """Whether the window may end, as far as this session goes."""
    _, verdicts = judge(evidence)
    if len(verdicts) != 1:
        return not verdicts and evidence.established and not too_young(evidence)
    return _enough(evidence, verdicts[0])


def _enough(e: Evidence, verdict: Verdict) -> bool:
    if verdict.code == "UNKNOWN":
        return False
    if verdict.code == "TCP-FILTERED" and max(e.wire.left("ce").syn, e.wire.left("msee").syn) < SEEN_TWICE:
        return e.seconds >= SECONDS_FOR_ONE
    if verdict.code in SILENT or verdict.code == "MTU":
        return e.seconds >= SECONDS_OF_SILENCE
    if verdict.code in COUNTED:
        return _counted(e) or e.seconds >= SECONDS_OF_SILENCE
    if verdict.code in OPENED:
        return len(verdict.evidence) > 1 or e.seconds >= SECONDS_OF_SILENCE
    if verdict.code in HEARD:
        return bool(e.wire.left("ce").frames and e.wire.left("msee").frames) or e.seconds >= SECONDS_TO_BE_HEARD
    return True


def _counted(e: Evidence) -> bool:
    """Whether a kernel has refused something meanwhile, or a reset was seen."""
    counters = (e.ce.refused, e.msee.refused)
    refused = any(c.failure or c.not_found or c.unexpected or c.ttl for c in counters)
    return refused or any(e.wire.left(side).reset for side in SIDES)
