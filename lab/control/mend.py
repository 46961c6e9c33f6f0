"""What `up` does about a sick lab before anything else: whoever hangs is ended, and what can be started by itself is.

Inside the lab's world.
"""

from __future__ import annotations

import signal
from collections.abc import Iterable
from dataclasses import dataclass

from lab.circuit.models import Session
from lab.control import feeding, health
from lab.control.expected import expected
from lab.control.health import SUPERVISOR, WATCHER, Sick
from lab.control.partners import disarm_node
from lab.control.programs import Programs
from lab.control.questions import FEED, QUESTIONS
from lab.control.routers import Router, finish
from lab.control.wait import wait
from lab.engine.base import Minder, Node, World
from lab.engine.processes import process, processes
from lab.engine.run import marked, signal_at, signal_in
from lab.errors import NotAsItShould
from lab.role.state import NodeState

END_SECONDS = 5.0
WATCHER_SECONDS = 5.0


@dataclass(frozen=True)
class Mended:
    """What was sick, and the nodes whose router has to be started anew; everything else runs again."""

    sick: tuple[Sick, ...]
    broken: frozenset[str]


def mend(world: World, states: Iterable[NodeState], sessions: Iterable[Session], programs: Programs) -> Mended:
    """Looks at the nodes of `states`, and mends what no session notices: bfdd alone, the feed, the watcher and its
    supervisor. `sessions` are those between the nodes."""
    by_name = {state.name: state for state in states}
    known = tuple(sessions)
    sick = health.look(world, expected(by_name.values(), programs))
    broken = set()
    for name, state in by_name.items():
        ill = {one.daemon for one in sick if one.node == name} - {WATCHER, SUPERVISOR}
        node = world.nodes[name]
        if ill == {"bfdd"}:
            # Its socket may be gone while its sessions are up: nobody must end BGP for a new one, which begins down.
            _end(node, "bfdd")
            disarm_node(world.nodes, by_name, known, name, health.silent(sick))
            finish([Router(node, state, programs.frr[name], {}, [])], anew=True)
        elif ill == {FEED}:
            # It is started with whatever else of the node comes.
            _kill(node, marked(node, feeding.MARK))
        elif ill:
            broken.add(name)
    for minder in world.minders():
        if any(one.node == minder.node and one.daemon in (WATCHER, SUPERVISOR) for one in sick):
            _rouse(world.nodes.get(minder.node), minder)
    return Mended(sick, frozenset(broken))


def _end(node: Node, daemon: str) -> None:
    mine = QUESTIONS[daemon].mine
    _kill(node, [found.pid for found in processes(node.root) if mine(found)])


def _kill(node: Node, pids: Iterable[int]) -> None:
    """Ends processes that answer no more: they need not take notice. Raises NotAsItShould when one stays."""
    told = [pid for pid in pids if signal_in(node, pid, signal.SIGKILL)]
    outcome = wait(
        lambda: [pid for pid in told if process(node.root, pid) is not None], deadline=END_SECONDS, label="the end",
        every=0.002, until=lambda left: not left,
    )
    if not outcome.ok:
        raise NotAsItShould(f"daemons on {node.name} do not end", next="mseelab down, then mseelab up")


def _rouse(node: Node | None, minder: Minder) -> None:
    """Lets the supervisor go on, ends a watcher that hangs, and has another started at once.

    Where the supervisor is none of the lab's first processes both are ended: they are started with the next orders.
    """
    if node is not None:
        _kill(node, [found.pid for found in minder.processes()])
        return
    if not health.at_work(minder):
        for found in minder.processes():
            if found.parent == minder.supervisor:
                signal_at(minder.root, found.pid, signal.SIGKILL)
    assert minder.supervisor is not None
    supervisor = minder.supervisor

    def roused() -> bool:
        signal_at(minder.root, supervisor, signal.SIGCONT)
        # It waits for a while before it starts another watcher, unless it hears this.
        signal_at(minder.root, supervisor, signal.SIGIO)
        return health.at_work(minder)

    wait(roused, deadline=WATCHER_SECONDS, label="the watcher", every=0.02)
