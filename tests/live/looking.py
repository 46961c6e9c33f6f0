"""What live tests ask of a lab: views as JSON, daemons by their own shell, frames on a port."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bgp.frr.vty import Vty
from lab.control.wait import wait
from lab.engine.netns.node import NODES
from tests.live.harness import Labs

SNIFF = Path(__file__).with_name("sniff.py")
BGP_PORT = 179
Frame = dict[str, Any]


def sessions(labs: Labs) -> dict[tuple[str, str, str], Any]:
    """`status -o json`, by circuit, path and family."""
    status = json.loads(labs("status", "-o", "json").out)
    return {(c["name"], s["path"], s["family"]): s for c in status["circuits"] for s in c["sessions"]}


def vtysh(labs: Labs, node: str, *commands: str) -> str:
    """Types `commands` into the node's own shell."""
    arguments = [word for command in commands for word in ("-c", command)]
    return labs.ok("exec", node, "vtysh", *arguments).out


def bgp(labs: Labs, node: str, command: str) -> Any:
    return json.loads(vtysh(labs, node, command))


def ask(labs: Labs, node: str, *commands: str) -> str:
    """The same of a node's bgpd by its command socket, in a thousandth of the time: for tests that look often.

    As root only: the socket is reached through the only lab's PID 1.
    """
    with Vty(f"{node_root(labs, node)}/run/frr/bgpd.vty") as vty:
        return "".join(vty.command(command) for command in commands)


def node_root(labs: Labs, node: str) -> str:
    """Where the files of a node of the only lab are, as this host sees them."""
    if labs.engine == "containerlab":
        return f"/proc/{container_pid(labs, node)}/root"
    (record,) = labs.state.glob("*/lab.json")
    return f"/proc/{json.loads(record.read_text())['world']['pid']}/root{NODES}/{node}"


def until(look: Callable[[], Any], seconds: float, label: str) -> Any:
    """The first result of `look` that is true, within `seconds`; a failure of the test says what was seen last."""
    outcome = wait(look, deadline=seconds, label=label)
    assert outcome.ok, f"{label}: not within {seconds} s; last seen {outcome.last!r}"
    return outcome.last


def ways(labs: Labs, prefix: str, *where: str) -> set[str]:
    """The next hops that the kernel of a node spreads a prefix over; `where` is the node, or the node and a VRF."""
    node, *vrf = where
    within = ["ip", "netns", "exec", *vrf] if vrf else []
    routes = json.loads(labs.ok("exec", node, *within, "ip", "-j", "route", "show", "exact", prefix).out)
    return {hop["gateway"] for route in routes for hop in route.get("nexthops", [route]) if "gateway" in hop}


def away(labs: Labs, ce: str, asn: int, *, back: bool = False) -> None:
    """Closes every session of a CE, as for its maintenance, or takes that back.

    FRR 8.4 leaves its peers Idle without a start timer after `no bgp shutdown`. A far end that has tried meanwhile, and
    was refused, tries again only when its ConnectRetry timer runs out, two minutes later. So the CE has to begin.
    """
    begin = ["end", "clear bgp *"] if back else []
    vtysh(labs, ce, "conf t", f"router bgp {asn}", f"{'no ' if back else ''}bgp shutdown", *begin)


def established(labs: Labs) -> int:
    return sum(s["state"] == "Established" for s in sessions(labs).values())


def container_pid(labs: Labs, node: str) -> int:
    """The PID 1 of a node of the only lab, as this host sees it."""
    (record,) = labs.state.glob("*/lab.json")
    _, pid, _ = json.loads(record.read_text())["world"]["nodes"][node]
    return int(pid)


@contextmanager
def sniffing(labs: Labs, node: str, port: str, seconds: float) -> Iterator[Callable[[], list[Frame]]]:
    """Looks at `port` from now on for `seconds`; the call inside waits for the end and gives the frames."""
    python = labs.command[0] if labs.user is not None else sys.executable
    if labs.engine == "containerlab":  # a container has files of its own, and no Python among them
        where = ["nsenter", "-t", str(container_pid(labs, node)), "-n"]
        process = subprocess.Popen(
            [*where, python, str(SNIFF), port, str(seconds)], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
    else:
        process = labs.start("exec", node, python, str(SNIFF), port, str(seconds))
    out, err = process.stdout, process.stderr
    assert out is not None
    assert err is not None
    first = out.readline()
    assert "ready" in first, first + err.read()

    def all_frames() -> list[Frame]:
        text, _ = process.communicate(timeout=seconds + 20)
        return [json.loads(line) for line in text.splitlines()]

    try:
        yield all_frames
    finally:
        if process.poll() is None:
            process.terminate()
            process.communicate(timeout=10)


def failures(labs: Labs, *, timeout: float = 3) -> list[dict[str, Any]]:
    """The failed checks of `check -o json`; the exit code must be 1."""
    done = labs("check", "-o", "json", "--timeout", str(timeout))
    assert done.code == 1, str(done)
    return [c for c in json.loads(done.out)["checks"] if c["result"] == "fail"]
