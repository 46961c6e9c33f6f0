"""Worlds for the tests of the netns engine."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lab.control.running import in_child
from lab.engine.netns.engine import NetnsEngine
from lab.engine.netns.world import NetnsWorld
from lab.engine.run import run_in
from lab.net import ns
from tests.live import leaks

ROOT = Path(__file__).resolve().parent.parent.parent
NODES = ("ce1", "msee1", "msee2", "azure")


@contextmanager
def lab(name: str = "er-lab", nodes: Sequence[str] = NODES) -> Iterator[NetnsWorld]:
    building = NetnsEngine().begin()
    try:
        world = building.build(name, nodes)
        building.commit()
    finally:
        building.abandon()
    try:
        yield world
    finally:
        world.destroy()


def inside(world: NetnsWorld, work: Callable[[], Any]) -> Any:
    def entered() -> Any:
        world.enter()
        return work()

    return in_child(entered)


def in_node(world: NetnsWorld, node: str, *argv: str) -> str:
    def run() -> str:
        done = run_in(world.nodes[node], argv, timeout=10)
        return done.stdout if done.returncode == 0 else f"exit {done.returncode}: {done.stderr}"

    return str(inside(world, run))


def with_mounts_of_our_own() -> None:
    """Makes this process root of a user namespace with a mount namespace that may be changed, also without root."""
    user, group = os.geteuid(), os.getegid()
    ns.unshare(("user", "mnt"))
    for name, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
        Path(f"/proc/self/{name}").write_text(text)


def start(script: str, **more: Any) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT), leaks.TOKEN_NAME: leaks.TOKEN}
    return subprocess.Popen([sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE, text=True, **more)


def placed(line: str) -> NetnsWorld:
    pid, started, word = line.split()
    return NetnsWorld(int(pid), int(started), word)
