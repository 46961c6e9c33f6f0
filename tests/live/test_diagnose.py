"""Verdicts of faults that are really made: several at once on the sessions of one lab, each on a session of its own."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from lab.circuit.models import Family, Path
from lab.control.running import find, in_child
from lab.fault.base import Fault, Side
from lab.fault.inject import inject, lift
from lab.fault.scene import Scene
from tests.live import circuits
from tests.live.harness import Labs
from tests.live.looking import until, vtysh

PRIVATE = "AzurePrivatePeering"
MOST_SECONDS = 3.0
# What a fault brings down shows at once, and at the latest when BFD is through.
SHOWS_SECONDS = 15.0
BACK_SECONDS = 30.0
Spot = tuple[Path, Family]
"""(path, family)"""


def fault(kind: str, path: Path | None, family: Family | None = None, side: Side = "ce") -> Fault:
    return Fault(kind, "er-lab", "AzurePrivatePeering", path, family, side)


def made(labs: Labs, faults: list[Fault], *, away: bool = False) -> None:
    """Makes the faults, or lifts them, as another process of the lab's user."""

    def work() -> None:
        os.environ.update(labs.environment)
        os.chdir(labs.folder)
        with Scene.of(find("er-lab")) as scene:
            for each in faults:
                (lift if away else inject)(scene, each)

    in_child(work)


@contextmanager
def broken(labs: Labs, faults: list[Fault]) -> Iterator[None]:
    made(labs, faults)
    try:
        yield
    finally:
        made(labs, faults, away=True)
    until(lambda: labs("diagnose").code == 0, BACK_SECONDS, "everything back")


def verdicts(labs: Labs, *words: str) -> dict[Spot, tuple[str, ...]]:
    """The codes of each session that is not healthy; the whole run may not take longer than it is allowed to."""
    done = labs("diagnose", "-o", "json", *words)
    found = json.loads(done.out)
    assert done.code == (0 if all(s["healthy"] for s in found["sessions"]) else 1)
    assert found["seconds"] < MOST_SECONDS, found["seconds"]
    return {
        (s["path"], s["family"]): tuple(v["code"] for v in s["verdicts"]) for s in found["sessions"] if not s["healthy"]
    }


@pytest.fixture(scope="module")
def lab(module_labs: Labs) -> Labs:
    module_labs.ok("up", "dual-path")
    until(lambda: module_labs("diagnose").code == 0, BACK_SECONDS, "healthy")
    return module_labs


V4: Spot = ("primary", "ipv4")
V6: Spot = ("primary", "ipv6")
SECOND4: Spot = ("secondary", "ipv4")
SECOND6: Spot = ("secondary", "ipv6")
TOGETHER: list[list[tuple[Fault, str]]] = [
    [
        (fault("wrong-vlan", "primary"), "VLAN-MISMATCH"),
        (fault("md5-different", *SECOND4), "MD5-DIFFERENT"),
        (fault("peer-asn", *SECOND6), "PEER-ASN"),
    ],
    [
        (fault("no-interface", "primary", side="msee"), "NO-MSEE-INTERFACE"),
        (fault("md5-missing", *SECOND4, "msee"), "MD5-MISSING-AT-MSEE"),
        (fault("ttl", *SECOND6), "TTL"),
    ],
    [
        (fault("link-down", "primary", side="msee"), "LINK-DOWN"),
        (fault("tcp-refused", *SECOND4), "TCP-REFUSED"),
        (fault("remote-asn", *SECOND6), "REMOTE-ASN"),
    ],
    [
        (fault("wrong-address", *V4, "msee"), "ADDRESS-MISMATCH"),
        (fault("wrong-mask", *V6, "ce"), "MASK-MISMATCH"),
        (fault("neighbor-silent", *SECOND4), "ARP-UNANSWERED"),
        (fault("tcp-filtered", *SECOND6, "msee"), "TCP-FILTERED"),
    ],
    [
        (fault("silent-drop", *V4), "PATH-SILENT"),
        (fault("neighbor-silent", *V6, "msee"), "ND-UNANSWERED"),
        (fault("shutdown", *SECOND4), "ADMIN-DOWN"),
        (fault("family-missing", *SECOND6, "msee"), "FAMILY-MISSING"),
    ],
    [
        (fault("hold-time", "primary"), "HOLD-TIME"),
        (fault("prefix-limit", *SECOND4), "PREFIX-LIMIT"),
        (fault("deny-all", *SECOND6, "msee"), "POLICY-DENIES-ALL"),
    ],
    [
        (fault("next-hop-unreachable", *V4), "NEXT-HOP-UNREACHABLE"),
        (fault("mtu", *V6), "MTU"),
        (fault("bfd-down", *SECOND4), "BFD-DOWN"),
        (fault("md5-missing", *SECOND6), "MD5-MISSING-AT-CE"),
    ],
    [
        (fault("no-interface", "primary"), "NO-CE-INTERFACE"),
        (fault("wrong-vlan", "secondary", side="msee"), "VLAN-MISMATCH"),
    ],
    [(fault("peering-disabled", None, side="msee"), "PEERING-DISABLED")],
    [(fault("no-connection", None, side="msee"), "NO-CONNECTION")],
    [(fault("not-provisioned", None, side="msee"), "NOT-PROVISIONED")],
]
IN_CONTAINERS = (0, 3, 4, 6)


@pytest.mark.parametrize(
    ("engine", "group"),
    [
        *(pytest.param("netns", n, id=f"{n}-" + "+".join(c for _, c in TOGETHER[n])) for n in range(len(TOGETHER))),
        *(
            pytest.param("containerlab", n, id=f"containerlab-{n}", marks=pytest.mark.containerlab)
            for n in IN_CONTAINERS
        ),
    ],
    indirect=["engine"],
)
def test_each_fault_has_its_verdict(lab: Labs, group: int) -> None:
    faults = [each for each, _ in TOGETHER[group]]
    wanted = {
        (path, family): (code,)
        for each, code in TOGETHER[group]
        for path in ("primary", "secondary") for family in ("ipv4", "ipv6")
        if each.path in (None, path) and each.family in (None, family)
    }
    with broken(lab, faults):
        until(lambda: verdicts(lab).keys() == wanted.keys(), SHOWS_SECONDS, "every fault shows")
        until(lambda: verdicts(lab) == wanted, SHOWS_SECONDS, f"verdicts as {wanted}")
        again = verdicts(lab)
    assert again == wanted


def test_a_healthy_lab_is_said_to_be_so_at_once(lab: Labs) -> None:
    done = lab.ok("diagnose")
    assert done.out == "er-lab   4 of 4 healthy\n"
    found = json.loads(lab.ok("diagnose", "-o", "json", "primary", "ipv6").out)
    assert [(s["path"], s["family"]) for s in found["sessions"]] == [V6]
    assert found["seconds"] < 1.0
    wide = lab.ok("diagnose", "--path", "secondary", "-o", "wide").out
    assert wide.count("link ok   vlan ok, 100   arp ok, ") == 2
    refused = lab("diagnose", "tertiary")
    assert refused.code == 2
    assert "no session has tertiary in its name" in refused.err


def test_diagnose_changes_and_resets_nothing(lab: Labs) -> None:
    """Neither a session that is up nor one that is not; and no key is told."""

    def seen() -> Any:
        return [
            vtysh(lab, node, "show running-config")
            + "".join(f"{p['connectionsEstablished']}" for p in _peers(lab, node))
            for node in ("ce1", "msee1", "msee2")
        ]

    with broken(lab, [fault("md5-different", *V4)]):
        until(lambda: verdicts(lab).get(V4) == ("MD5-DIFFERENT",), SHOWS_SECONDS, "the fault shows")
        before = seen()
        printed = lab("diagnose").out + lab("diagnose", "-o", "json").out
        assert seen() == before
    key = next(line.split()[-1] for line in vtysh(lab, "ce1", "show running-config").splitlines() if "password" in line)
    assert key not in printed


def _peers(labs: Labs, node: str) -> list[dict[str, Any]]:
    found = json.loads(vtysh(labs, node, "show bgp vrf all summary json"))
    families = [f for vrf in found.values() for f in vrf.values() if isinstance(f, dict)]
    return [peer for each in families for peer in each.get("peers", {}).values()]


def test_check_says_what_diagnose_says(lab: Labs) -> None:
    with broken(lab, [fault("ttl", *V4, "msee")]):
        until(partial(verdicts, lab), SHOWS_SECONDS, "the fault shows")
        done = lab("check", "--timeout", "1", "-o", "json")
        failed = [c for c in json.loads(done.out)["checks"] if c["kind"] == "sessions" and c["result"] == "fail"]
    assert [(c["path"], c["family"]) for c in failed] == [V4]
    assert failed[0]["why"].startswith("TTL: msee1 takes only segments with a TTL of 255 or more")
    assert failed[0]["next"].startswith("mseelab up")
    assert failed[0]["evidence"]["diagnose"]["verdicts"] == ["TTL"]


def test_an_ordinary_user_gets_the_same_verdicts(user_labs: Labs) -> None:
    """In a user namespace, and where tags are only modelled where the kernel has none."""
    circuit, ce = circuits.with_own_ce(circuits.own_ce(vlan=101))
    user_labs.write("circuit.yml", circuit)
    user_labs.write("ce1.conf", ce)
    environment = {"LIVE_KEY": circuits.KEY}
    assert user_labs("up", "--timeout", "1", environment=environment).code == 1
    expected = dict.fromkeys([V4, SECOND4], ("VLAN-MISMATCH",))
    assert verdicts(user_labs) == expected
    user_labs.write("ce1.conf", circuits.own_ce(key="otherKey1"))
    assert user_labs("apply", environment=environment).code == 1
    assert verdicts(user_labs) == dict.fromkeys([V4, SECOND4], ("MD5-DIFFERENT",))
