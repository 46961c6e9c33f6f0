"""What `check` says to do next is typed as printed, at the router, and mends what was red.

One mistake after another in the CE's own file: the file is applied, `check` is red and names the line, its next step is
typed, and `check` is green while the file is as wrong as before.
"""

from __future__ import annotations

import json
import os
from typing import Any

from tests.live.harness import Labs
from tests.live.test_designs import FIRST, own

ROUTER, FAMILY = "router bgp 65010", "address-family ipv4 unicast"
PREFIX, PEER = "10.10.0.0/16", f"neighbor {FIRST}"
IN_A_FAMILY = ("network", "aggregate-address", "activate", "route-map", "prefix-list")
ROUTE = "ip route 10.10.0.0/16 Null0\n"
STATEMENT = f" {PEER} remote-as 12076\n"
LOOPBACK = f"{ROUTER}\n {FAMILY}\n  network 10.10.0.1/32\n exit-address-family\nexit\n"
OF_PREFIXES: dict[str, tuple[str, str]] = {
    "a list that lacks it": (f"ONPREM seq 10 permit {PREFIX}", "ONPREM seq 10 permit 10.77.0.0/16"),
    "no network": (f"  network {PREFIX}\n", ""),
    "no route": (ROUTE, ""),
    "an aggregate": (f"  network {PREFIX}\n", f"  network {PREFIX}\n  aggregate-address 10.0.0.0/8 summary-only\n"),
    "no policy": (f"  {PEER} route-map TO-AZURE out\n", ""),
    "one too many": (f"ONPREM seq 10 permit {PREFIX}\n", f"ONPREM seq 10 permit {PREFIX} le 32\n{LOOPBACK}"),
    "a route of its own": (ROUTE, f"{ROUTE}ip route 10.100.0.0/20 Null0\n"),
}
# Not ttl-security: FRR 8.4 leaves a CE that has lost it in Idle for minutes, whatever is typed.
OF_SESSIONS: dict[str, tuple[str, str]] = {
    "shut down": (STATEMENT, f"{STATEMENT} {PEER} shutdown\n"),
    "another AS": (STATEMENT, f" {PEER} remote-as 12077\n"),
    "not activated": (f"  {PEER} activate\n", ""),
    "another own AS": (STATEMENT, f"{STATEMENT} {PEER} local-as 65099\n"),
    "a least hold time": (STATEMENT, f" bgp minimum-holdtime 200\n{STATEMENT}"),
    "interface down": (" description primary\n", " description primary\n shutdown\n"),
}


FEW = ("an aggregate", "no policy", "another own AS", "not activated")
"""Those of a quick run; `make soak` types them all."""


def chosen(changes: dict[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    return changes if os.environ.get("MSEELAB_CORPUS") else {name: changes[name] for name in changes if name in FEW}


def red(labs: Labs, *how: str) -> list[dict[str, Any]]:
    done = labs("check", "-o", "json", *how)
    return [check for check in json.loads(done.out)["checks"] if check["result"] == "fail"]


def typed(labs: Labs, step: str) -> None:
    """Types the lines of a next step where they belong, `clear` at the prompt."""
    lines = step.removeprefix("on ce1: ").split("; ")
    first = lines[0].removeprefix("no ").split()[0]
    words = ["configure terminal"]
    if first not in ("ip", "ipv6", "route-map", "interface"):
        words += [ROUTER, *([FAMILY] if any(word in lines[0] for word in IN_A_FAMILY) else [])]
    words += [line for line in lines if line != FAMILY and not line.startswith("clear ")]
    after = [line for line in lines if line.startswith("clear ")]
    said = labs.ok("exec", "ce1", "vtysh", *(arg for line in (*words, "end", *after) for arg in ("-c", line)))
    assert "%" not in said.out, f"{step}: {said}"


def mended(labs: Labs, changes: dict[str, tuple[str, str]]) -> None:
    wrong = {}
    sessions = changes is OF_SESSIONS
    for name, change in chosen(changes).items():
        own(labs, change)
        labs("up", "--timeout", "1")
        found = red(labs, "--timeout", "1")
        mine = [check for check in found if check["next"] and (sessions or check["kind"] != "sessions")]
        steps = list(dict.fromkeys(check["next"] for check in mine))
        assert steps, f"{name}: {found}"
        lines = [check["where"] for check in found if check["where"]]
        for step in steps:
            if not step.startswith("mseelab"):
                typed(labs, step)
        # FRR looks at a changed list after 5 s, and a kernel repeats a SYN that was dropped ever more seldom.
        left = [check["id"] for check in red(labs, "--timeout", "25", "--wait")]
        if left or not lines:
            wrong[name] = (steps, lines, left)
        own(labs)
        labs("apply")
    assert not wrong, wrong


def test_a_prefix_comes_when_the_next_step_is_typed(labs: Labs) -> None:
    own(labs)
    labs.ok("up")
    mended(labs, OF_PREFIXES)


def test_a_session_comes_when_the_next_step_is_typed(labs: Labs) -> None:
    own(labs)
    labs.ok("up")
    mended(labs, OF_SESSIONS)
