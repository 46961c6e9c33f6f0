"""The BFD watcher of a container: a process of this host in the container's pids, so that it ends with the container.

It needs nothing of the image: interpreter and code are this host's, the command sockets are found through /proc.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence

from lab.engine import keeper
from lab.engine.base import Minder, Node
from lab.engine.confined import require
from lab.engine.run import ENVIRONMENT, Program, marked, spawn_beside, write_file

FOLDER = "/run/mseelab"
ORDERS = f"{FOLDER}/keeper.json"
SOCKET = f"{FOLDER}/watcher.sock"
MARK = "MSEELAB_WATCHER"


def watch(node: Node, orders: Sequence[Mapping[str, object]]) -> None:
    """Hands over the orders, and starts the watcher where there are some and none runs yet."""
    if not orders and not os.path.exists(f"{node.root}{ORDERS}"):
        return
    os.makedirs(f"{node.root}{FOLDER}", mode=0o700, exist_ok=True)
    write_file(node, ORDERS, json.dumps({node.name: orders}))
    if not orders or marked(node, MARK):
        return
    sockets = f"{node.root}/run/frr/{{daemon}}.vty"
    argv = [sys.executable, "-I", "-S", keeper.__file__, f"{node.root}{ORDERS}", sockets]
    require()
    spawn_beside(node, Program(argv, f"{node.root}{FOLDER}/keeper.log", ENVIRONMENT | {MARK: node.name}))


def minders(nodes: Iterable[Node]) -> tuple[Minder, ...]:
    """The watchers of the nodes that have orders."""
    return tuple(Minder(node.name, node.root, f"{node.root}{SOCKET}") for node in nodes if _ordered(node))


def _ordered(node: Node) -> bool:
    try:
        with open(f"{node.root}{ORDERS}", encoding="utf-8") as file:
            return any(json.load(file).values())
    except (FileNotFoundError, ProcessLookupError):
        return False
