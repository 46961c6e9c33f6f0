"""The last: a session that is down, and nothing that was looked at says why."""

from __future__ import annotations

from collections.abc import Iterator

from lab.diagnose.evidence import Evidence
from lab.diagnose.rules.base import Rule, Verdict
from lab.diagnose.rules.words import window


def unexplained(e: Evidence) -> Iterator[Verdict]:
    if e.established or not e.session.ce:
        return
    bgp = e.msee.bgp
    last = bgp.neighbor.last_error if bgp and bgp.neighbor else None
    lines = [f"{e.session.msee}: {e.session.ce_address} is {e.state}"]
    lines += [f"last: {last}"] if last else []
    lines += [f"watched for {window(e)}"] if e.seconds else []
    yield Verdict(
        "UNKNOWN", "nothing that was looked at explains it; the path, the keys and the OPENs look right",
        tuple(lines), f"mseelab exec {e.session.msee} show bgp vrf {e.session.vrf} neighbors {e.session.ce_address}",
    )


UNEXPLAINED = Rule("open", unexplained)
