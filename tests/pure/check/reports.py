"""A report with one of everything that a writer has to say: for their tests."""

from __future__ import annotations

from lab.check.result import CheckResult, Report

PRIVATE = "AzurePrivatePeering"
EVIDENCE = {
    "msee2": {"show bgp vrf er1p neighbors 192.168.100.133 json": {"bgpState": "Idle", "note": "a\x00b <&> ]]>"}},
    "ce2": {"sub-interfaces": ["eth1.100"]},
}


def passed(kind: str, path: str, family: str = "ipv4", seconds: float = 0.3) -> CheckResult:
    label = f"{PRIVATE} {path} {family}"
    return CheckResult(
        f"er-ams/{PRIVATE}/{path}/{family}/{kind}", kind, "er-ams", PRIVATE, path, family, "pass", label,
        "Established", "Established", source="circuit.yml:4", about=PRIVATE, seconds=seconds,
    )


FAILED = CheckResult(
    f"er-ams/{PRIVATE}/secondary/ipv4/from-ce", "from-ce", "er-ams", PRIVATE, "secondary", "ipv4", "fail",
    f"{PRIVATE} secondary ipv4", "10.10.0.0/16, 10.11.0.0/16", "10.10.0.0/16",
    "ce2 has 10.11.0.0/16 and keeps it: prefix-list ONPREM (ce2.conf:14) lacks it",
    "ip prefix-list ONPREM seq 20 permit 10.11.0.0/16", "circuit.yml:32", "ce2 advertise", 0.3,
    where="ce2.conf:14", evidence=EVIDENCE,
)
DOWN = CheckResult(
    f"er-ams/{PRIVATE}/primary/ipv4/to-ce", "to-ce", "er-ams", PRIVATE, "primary", "ipv4", "fail",
    f"{PRIVATE} primary ipv4", "10.100.0.0/16", "none", "the session is Idle", source="circuit.yml:20", seconds=0.3,
    consequence=True,
)
OWN = CheckResult(
    "no-default", "prefixes", "er-ams", None, None, None, "fail", "no-default", "none of 0.0.0.0/0", "0.0.0.0/0",
    source="circuit.yml:40", seconds=0.7, own=True, message="ask the *backbone* team | before you | touch @this",
)
WARNING = CheckResult(
    "er-ams/redundancy", "redundancy", "er-ams", None, None, None, "warn",
    why="er-ams: one CE router on both paths, ce1", severity="warning",
)
FULL = Report(
    "er-ams",
    (passed("sessions", "primary"), passed("sessions", "secondary"), passed("from-ce", "primary"), FAILED, DOWN, OWN,
     WARNING),
    0.91,
    at=1_790_000_000.0,
    facts={"mseelab": "0.1.0", "engine": "netns", "topology": "dual-ce", "VLAN tags": "8021q", "FRR": "8.4.4"},
    folder="/clone/lab",
)
GREEN = Report("er-ams", (passed("sessions", "primary"), passed("sessions", "secondary")), 0.3, at=1.0)
