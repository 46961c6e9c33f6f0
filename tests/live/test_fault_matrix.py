"""What can happen to a daemon, times daemons, times nodes: every verb says so at once and the same, and `up` mends it.

One lab for all of them: the CE is FRR, and azure announces Microsoft's prefixes by an ExaBGP of its own. CEs that are
no FRR are in test_fault_matrix_speakers.py. Which cell of the matrix is no test has its reason in `NOT_APPLICABLE`.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.live import circuits, public
from tests.live.harness import Done, Labs
from tests.live.looking import sessions, until
from tests.live.sickness import hit, lose, minding

FAULTS = ("killed", "stopped", "socket gone", "disk full", "memory limit")
DAEMONS = {
    "ce1": ("zebra", "bgpd", "bfdd"), "msee1": ("zebra", "bgpd", "bfdd"),
    "azure": ("zebra", "bgpd", "bfdd", "feed"), "": ("watcher", "supervisor"),
}
NOT_APPLICABLE = {
    ("killed", "watcher"): "its supervisor starts it again within a second: test_a_killed_watcher_comes_back",
    ("killed", "supervisor"): "in netns it is the lab's PID 1, so the lab is gone: test_world_gone.py",
    ("socket gone", "watcher"): "it makes its socket anew with its next look, a second later",
    ("socket gone", "supervisor"): "it has none",
    ("disk full", "*"): "who runs writes nothing but its log: test_health.py::test_a_full_disk",
    ("memory limit", "*"): "who gets none ends: test_health.py::test_a_daemon_without_memory; then it is one killed",
}
# In containers too: one of each kind of fault and daemon.
BOTH = {("killed", "msee1", "zebra"), ("stopped", "msee1", "bgpd"), ("stopped", "ce1", "bfdd"),
        ("socket gone", "msee1", "bgpd"), ("stopped", "", "watcher"), ("killed", "azure", "feed")}
FAULT_SECONDS = 2.0
"""What a fault may add to a verb: on an idle machine a healthy one takes less than a second, and three are allowed."""


# A socket that is gone is the same on any node: each daemon once.
ONCE = {("zebra", "azure"), ("bgpd", "msee1"), ("bfdd", "ce1"), ("feed", "azure")}


def applies(fault: str, node: str, daemon: str) -> bool:
    if fault == "socket gone" and daemon in {name for name, _ in ONCE}:
        return (daemon, node) in ONCE
    return (fault, daemon) not in NOT_APPLICABLE and (fault, "*") not in NOT_APPLICABLE


CELLS = [
    (fault, node, daemon)
    for fault in FAULTS for node, daemons in DAEMONS.items() for daemon in daemons if applies(fault, node, daemon)
]


@pytest.fixture(autouse=True)
def nothing_left_by_the_test() -> None:
    """`up` starts daemons of the module's lab anew in every test: what is left is looked at after the module."""


@pytest.fixture(scope="module")
def lab(module_labs: Labs) -> Iterator[Labs]:
    module_labs.environment = {**module_labs.environment, **public.ENVIRONMENT}
    module_labs.write("circuit.yml", circuits.text(public.both()))
    module_labs.ok("up")
    module_labs.ok("check")
    yield module_labs
    module_labs.ok("check")
    module_labs.ok("down")


@pytest.fixture(scope="module")
def healthy(lab: Labs) -> dict[str, float]:
    """How long each verb takes while all is well, beside the others as below."""
    found = {done.arguments[0]: done.seconds for done in asked(lab).values()}
    return {**found, "up": lab.ok("up", "-o", "json").seconds}


VERBS = ("status", "check", "diagnose")
JUDGES = ("check", "diagnose")
"""Verbs that say whether the lab is as it should be: their exit code is 1."""
MORE = ("list", "plan")
"""Asked too where it is about bgpd: they have the same look, and only print it."""


def asked(labs: Labs, verbs: tuple[str, ...] = (*VERBS, *MORE)) -> dict[str, Done]:
    """All verbs that only look, at once."""
    with ThreadPoolExecutor(len(verbs)) as pool:
        return dict(zip(verbs, pool.map(lambda verb: labs(verb, "-o", "json"), verbs), strict=True))


def within(done: Done, healthy: float) -> None:
    """The bar, as far as this machine keeps up: it may be busy with others."""
    busy = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    assert done.seconds <= healthy + FAULT_SECONDS * busy, f"{healthy:.1f} s when all is well\n{done}"


def sick_of(found: dict[str, Done]) -> dict[str, set[tuple[str, str]]]:
    """By verb, the daemons that it names."""
    said = {verb: json.loads(done.out) for verb, done in found.items()}
    checks = [c["evidence"] for c in said["check"]["checks"] if c["kind"] == "daemons" and c["result"] == "fail"]
    named = {
        "status": _named(said["status"]["sick"]),
        "check": _named(e["daemon"] for evidence in checks for e in evidence.values()),
    }
    if "list" in said:
        named |= {"list": _named(said["list"]["labs"][0]["sick"]), "plan": _named(said["plan"]["sick"])}
    return named


def _named(sick: Any) -> set[tuple[str, str]]:
    return {(one["node"], one["daemon"]) for one in sick}


def make(labs: Labs, fault: str, node: str, daemon: str) -> None:
    if fault == "socket gone":
        lose(labs, node, daemon)
    else:
        hit(labs, node or "msee1", daemon, signal.SIGKILL if fault == "killed" else signal.SIGSTOP)


Make = Callable[[Labs, str, str, str], None]


def untouched(labs: Labs, node: str, when: str) -> dict[tuple[str, str, str, str], int]:
    """How often each session has fallen so far that the node is no end of, as its MSEE counts. All of them stand."""
    done = labs.ok("status", "-o", "json")
    mine = [s for c in json.loads(done.out)["circuits"] for s in c["sessions"] if node not in (s["ce"], s["msee"])]
    down = [(s["peering"], s["path"], s["family"], s["ce"]) for s in mine if s["uptimeSeconds"] is None]
    assert not down, f"down {when}: {down}\n{done}"
    falls = {
        (msee, address): count
        for msee in {s["msee"] for s in mine} for (_, address), count in public.drops(labs, msee).items()
    }
    return {
        (s["peering"], s["path"], s["family"], s["ce"]): falls[s["msee"], s["ceAddress"]] for s in mine
    }


def the_cell(
    labs: Labs, healthy: dict[str, float], fault: str, node: str, daemon: str, make: Make = make
) -> None:
    before = untouched(labs, node, "before anything was done")
    make(labs, fault, node, daemon)
    try:
        found = asked(labs, (*VERBS, *MORE) if daemon == "bgpd" else VERBS)
    finally:
        up = labs("up", "-o", "json")  # whatever the verbs say: the next cell begins with a lab that is well
    seen = sick_of(found)
    place = node if node or labs.engine == "netns" else "msee1"
    told = "\n".join(map(str, found.values()))
    assert all(named == {(place, daemon)} for named in seen.values()), told
    assert all(done.code == (verb in JUDGES) for verb, done in found.items()), told
    code = "DAEMON-DEAD" if fault == "killed" else "DAEMON-HUNG"
    verdicts = [v for s in json.loads(found["diagnose"].out)["sessions"] for v in s["verdicts"]]
    assert {v["code"] for v in verdicts} == {code}, str(found["diagnose"])
    assert {v["next"] for v in verdicts} == {"mseelab up"}
    for verb, done in found.items():
        within(done, healthy[verb])
    assert up.code == 0, str(up)
    within(up, healthy["up"])
    status = json.loads(labs.ok("status", "-o", "json").out)
    assert status["sick"] == []
    after = untouched(labs, node, f"after {fault} {daemon} on {node} and up")
    assert after == before, "other sessions fell: how often before and now"


@pytest.mark.parametrize(("fault", "node", "daemon"), CELLS)
def test_every_verb_says_so_and_up_mends_it(
    lab: Labs, healthy: dict[str, float], fault: str, node: str, daemon: str
) -> None:
    """A10 and A11: status and check were green, or all verbs ended with 70 after twelve seconds."""
    the_cell(lab, healthy, fault, node, daemon)


def test_a_killed_watcher_comes_back(lab: Labs) -> None:
    old = minding(lab)["watcher"]
    os.kill(old.pid, signal.SIGKILL)
    until(lambda: minding(lab).get("watcher", old).pid != old.pid, 10, "another watcher")
    until(lambda: json.loads(lab.ok("status", "-o", "json").out)["sick"] == [], 10, "a watcher that answers")


def test_every_cell_is_a_test_or_has_its_reason() -> None:
    reasons = set(NOT_APPLICABLE)
    for fault in FAULTS:
        for daemons in DAEMONS.values():
            for daemon in daemons:
                has_reason = {(fault, daemon), (fault, "*")} & reasons
                assert bool(has_reason) != any(cell[0] == fault and cell[2] == daemon for cell in CELLS)


def test_the_lab_is_as_it_was(lab: Labs) -> None:
    """After all of it: nothing is left to mend, and all sessions stand."""
    lab.ok("check")
    assert json.loads(lab.ok("plan", "-o", "json").out)["changes"] == []
    assert all(s["state"] == "Established" for s in sessions(lab).values())
