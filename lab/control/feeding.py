"""The second speaker of a node: the one that announces Microsoft's prefixes, beside the node's FRR.

It is this host's ExaBGP on every engine, an image of routers having none: one of the node's processes, which ends with
it, in a network of the node and with the node's /run, and otherwise with this host's files.
"""

from __future__ import annotations

import os
import signal

from bgp.exabgp import process as exabgp
from lab.control.wait import wait
from lab.engine.base import Node
from lab.engine.run import Program, marked, signal_in, spawn_in_vrf, write_file
from lab.errors import NotAsItShould
from lab.role.state import Feed

MARK = "MSEELAB_FEED"
STOP_SECONDS = 20.0


def start(node: Node, feed: Feed) -> None:
    """Starts it; it connects by itself as soon as the router of its namespace's far end listens."""
    os.makedirs(node.root + exabgp.DIRECTORY, mode=0o700, exist_ok=True)
    for path, text in exabgp.files(feed.config, {}).items():
        write_file(node, path, text, 0o600)
    environment = {**exabgp.environment(), MARK: node.name}
    spawn_in_vrf(node, feed.vrf, Program(exabgp.argv(), exabgp.LOG, environment))


def runs(node: Node) -> bool:
    return bool(marked(node, MARK))


def stop(node: Node) -> None:
    """Ends it, and what it has announced. Raises NotAsItShould when it does not end."""
    for pid in marked(node, MARK):
        signal_in(node, pid, signal.SIGTERM)
    outcome = wait(lambda: runs(node), deadline=STOP_SECONDS, label="the feed", until=lambda left: not left)
    if not outcome.ok:
        raise NotAsItShould(f"the feed on {node.name} does not end", next="mseelab down, then mseelab up")
