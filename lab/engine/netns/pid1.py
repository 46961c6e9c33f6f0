"""The first process of a world: builds it, waits for the word to keep it, and becomes its keeper.

It is PID 1 of the world's pid namespace: when it ends, by whatever cause, the kernel ends every process of the lab and
removes every mount, link and namespace.
"""

from __future__ import annotations

import json
import os
import signal
import socket
from typing import Any, NoReturn

from bgp.frr.config import DIRECTORY_VARIABLE
from lab.engine.inherited import close_inherited
from lab.engine.netns import mark, node, wire
from lab.engine.netns.world import ORDERS
from lab.errors import HostCannot, limit
from lab.net import ns

WORLD: tuple[ns.Kind, ...] = ns.INSIDE
KEEPER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "keeper.py")
SOCKETS = f"{node.NODES}/{{node}}/run/frr/{{daemon}}.vty"
LOG = f"{node.SHARED}/keeper.log"
# All that stays of the caller's variables: whose a process is, where tests look for what a lab left, and where FRR is.
KEPT = ("MSEELAB_TEST_RUN", DIRECTORY_VARIABLE)


def run(lifeline: socket.socket, python: str) -> NoReturn:
    """Runs in a fresh child of the command and never returns: forks PID 1, tells its pid as seen from here, and ends.

    `python` is the interpreter that the keeper shall run in.
    """
    try:
        detach(lifeline.fileno())
        try:
            _leave()
            child = os.fork()
            if child == 0:
                _first(lifeline, python)
            wire.send(lifeline, {"pid": child})
        except OSError as error:
            _tell(lifeline, "namespaces", error)
    finally:
        os._exit(0)


def _first(lifeline: socket.socket, python: str) -> NoReturn:
    try:
        _build(lifeline, python)
    finally:
        os._exit(1)  # abandoned, or impossible: the world ends


def _build(lifeline: socket.socket, python: str) -> None:
    """Builds as it is told and becomes the keeper; returns when the command has gone, or after telling it an error."""
    step = "world"
    try:
        os.setsid()
        _world()
        order = wire.receive(lifeline)
        if order is None:
            return
        step = "nodes"
        socket.sethostname(order["mark"]["lab"][: node.LONGEST_HOST_NAME])
        mark.put(order["mark"])
        wire.send(lifeline, make_nodes(order["nodes"]))
        commit = wire.receive(lifeline)
        if commit is None:
            return
        step = "keeper"
        _become_keeper(python, lifeline if commit["tied"] else None)
    except OSError as error:
        _tell(lifeline, step, error)
    except HostCannot as error:
        wire.send(lifeline, {"error": error.message})


def _tell(lifeline: socket.socket, step: str, error: OSError) -> None:
    wire.send(lifeline, {"step": step, "errno": error.errno or 0, "subject": str(error.filename or "")})


def detach(keep: int) -> None:
    """Nothing of the caller's stays: neither files nor terminal nor the variables that hold keys."""
    os.setsid()
    os.chdir("/")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    null = os.open("/dev/null", os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    close_inherited(keep)
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    os.environ.clear()
    os.environ.update(node.ENVIRONMENT | kept)


def _leave() -> None:
    """Leaves the host's namespaces. Root without the right to (in a container, say) tries as everybody else does."""
    uid, gid = os.geteuid(), os.getegid()
    if uid == 0:
        try:
            return ns.unshare(WORLD)
        except PermissionError:
            pass
    ns.unshare(("user", *WORLD))
    # The caller becomes root of the user namespace; no other user exists there. See user_namespaces(7).
    for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def _world() -> None:
    ns.mount("none", "/", flags=ns.MS_REC | ns.MS_PRIVATE)
    ns.mount("proc", "/proc", "proc", ns.MS_NOSUID | ns.MS_NODEV | ns.MS_NOEXEC)
    ns.mount("tmpfs", "/run", "tmpfs", ns.MS_NOSUID | ns.MS_NODEV, "mode=755")
    for folder in ("/run/netns", "/run/lock", node.NODES, node.SHARED):
        os.mkdir(folder)
    for name, text in (("passwd", node.PASSWD), ("group", node.GROUP)):
        with open(f"{node.SHARED}/{name}", "w") as file:
            file.write(text)
        ns.bind(f"{node.SHARED}/{name}", f"/etc/{name}")
    ns.loopback_up()
    # Bridges of the world carry the nodes' frames and must not answer for themselves.
    for scope in ("all", "default"):
        path = f"/proc/sys/net/ipv6/conf/{scope}/disable_ipv6"
        if os.path.exists(path):
            with open(path, "w") as file:
                file.write("1")


def make_nodes(names: list[str]) -> wire.Message:
    """Makes all nodes at once, each by its own PID 1: `{"nodes": {name: pid}, "lacking": [setting, …]}`."""
    node.prepare(names)
    pids = {}
    world = ns.own("pid")
    reader, writer = os.pipe()
    for name in names:
        ns.unshare(("pid",))
        child = os.fork()
        if child == 0:
            _node(name, writer)
        pids[name] = child
        ns.setns(world, "pid")  # else the next unshare is refused
    os.close(writer)
    os.close(world)
    with os.fdopen(reader, "rb") as pipe:  # its end: every node sleeps, or is dead
        reports: list[dict[str, Any]] = [json.loads(line) for line in pipe]
    for report in reports:
        if "error" in report:
            raise HostCannot(report["error"])
    silent = set(names) - {report["node"] for report in reports}
    if silent:
        raise HostCannot(f"node {min(silent)} ended while it was made")
    return {"nodes": pids, "lacking": sorted({name for report in reports for name in report["lacking"]})}


def _node(name: str, report: int) -> NoReturn:
    try:
        try:
            told: dict[str, Any] = {"node": name, "lacking": node.become(name)}
        except HostCannot as error:
            told = {"error": error.message}
        except OSError as error:
            lack = limit(error)
            told = {"error": lack.message if lack else f"node {name}: {error}"}
        os.write(report, json.dumps(told).encode() + b"\n")
        if "error" not in told:
            node.sleep_for_ever()
    finally:
        os._exit(1)


def _become_keeper(python: str, tie: socket.socket | None) -> None:
    """With a `tie` the keeper holds it and ends when its other end closes."""
    log = os.open(LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    more = []
    if tie is not None:
        tie.set_inheritable(True)
        more = [str(tie.fileno())]
    os.execve(python, [python, "-I", "-S", KEEPER, ORDERS, SOCKETS, *more], dict(os.environ))
