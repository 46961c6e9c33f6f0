"""How live tests make daemons sick: killed, stopped, without their socket, blind; and who is who on a node."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.engine.netns.node import NODES
from lab.engine.netns.world import ORDERS
from lab.engine.processes import Process, process, processes
from tests.live.harness import Labs
from tests.live.looking import container_pid, until

FRR = ("zebra", "bgpd", "bfdd")
RELAY = "/run/exabgp/relay.sock"
# Every process of ExaBGP on the node: `speaker` alone has no file with its pid.
EXABGP = """for p in /proc/[0-9]*; do
  if tr '\\0' ' ' < $p/cmdline 2>/dev/null | grep -q '[e]xabgp server'; then kill -{0} ${{p#/proc/}}; fi
done"""


def hit(labs: Labs, node: str, daemon: str, number: signal.Signals) -> None:
    """Sends a signal to a daemon of a node, from inside the node; `watcher` and `supervisor` from outside."""
    if daemon in FRR:
        labs.ok("exec", node, "sh", "-c", f"kill -{number.value} $(cat /run/frr/{daemon}.pid)")
    elif daemon in ("exabgp", "feed"):
        labs.ok("exec", node, "sh", "-c", EXABGP.format(number.value))
    else:
        os.kill(minding(labs, node)[daemon].pid, number)


def lose(labs: Labs, node: str, daemon: str) -> None:
    """Removes the socket that a daemon listens on."""
    labs.ok("exec", node, "rm", RELAY if daemon in ("exabgp", "feed") else f"/run/frr/{daemon}.vty")


def pid_of(labs: Labs, node: str, daemon: str) -> str:
    return labs.ok("exec", node, "cat", f"/run/frr/{daemon}.pid").out.strip()


def minding(labs: Labs, node: str = "msee1") -> dict[str, Process]:
    """`supervisor` and `watcher` of the only lab, as this host sees them; in containers those of `node`."""
    if labs.engine == "containerlab":
        orders = f"/proc/{container_pid(labs, node)}/root/run/mseelab/keeper.json"
        mine = {p.pid: p for p in processes("") if orders in p.argv}
        supervisor = next(p for p in mine.values() if p.parent not in mine)
    else:
        found = process("", world_pid(labs))
        assert found is not None
        supervisor = found
        mine = {p.pid: p for p in processes("") if p.parent == found.pid and p.argv == found.argv}
    minders = {"supervisor": supervisor}
    for one in mine.values():
        if one.parent == supervisor.pid:
            minders["watcher"] = one
    return minders


def world_pid(labs: Labs) -> int:
    """The PID 1 of the only lab's world, as this host sees it."""
    (record,) = Path(labs.state).glob("*/lab.json")
    return int(json.loads(record.read_text())["world"]["pid"])


@contextmanager
def blind_watcher(labs: Labs) -> Iterator[None]:
    """The watcher of the only lab (root's, in netns) runs and answers, so no verb mends it, and reaches no router.

    In its own mounts the nodes' folders are hidden. What it has open it closes when it reads its orders anew.
    """
    watcher = minding(labs)["watcher"].pid
    mounts = ["nsenter", "-t", str(watcher), "-m"]
    subprocess.run([*mounts, "mount", "-n", "-t", "tmpfs", "none", NODES], check=True)
    try:
        orders = f"/proc/{world_pid(labs)}/root{ORDERS}"
        shutil.copy(orders, f"{orders}.again")
        os.replace(f"{orders}.again", orders)
        until(lambda: _sockets(watcher) == 1, 10, "a watcher that holds its own socket alone")
        yield
        assert minding(labs)["watcher"].pid == watcher, "another watcher took its place, and saw everything"
    finally:
        subprocess.run([*mounts, "umount", "-n", NODES], check=True)


def _sockets(pid: int) -> int:
    """How many sockets a process holds."""
    return sum(file.is_socket() for file in Path(f"/proc/{pid}/fd").iterdir())
