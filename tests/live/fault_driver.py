"""A process that makes faults in a lab, as a command that has faults would: told by lines of JSON, answering with one.

`fault_driver.py LAB` from the working folder of the lab's user; its first line says that it is in the lab.
`{"do": "inject", "fault": {"kind": …}}` makes a fault, `lift` takes it away, `hold` makes one that is this process's
own until it ends. `{"do": "look"}` asks what the MSEEs and the routers' configurations say, and which faults are
active.
"""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from typing import Any

from bgp.secret import masked
from lab.control.observe import observe
from lab.control.running import find
from lab.errors import LabError
from lab.fault.book import entries
from lab.fault.inject import active, inject, lift, named
from lab.fault.scene import Scene

ROUTERS = ("ce1", "msee1", "msee2")


def main() -> None:
    running = find(sys.argv[1])
    running.enter()
    say({"entered": sys.argv[1]})
    with ExitStack() as held:
        for line in sys.stdin:
            told: dict[str, Any] = json.loads(line)
            try:
                answer = act(running, told, held)
            except LabError as error:
                answer = {"error": error.message}
            say(answer)


def say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def act(running: Any, told: dict[str, Any], held: ExitStack) -> dict[str, Any]:
    with Scene.of(running) as scene:
        if told["do"] == "look":
            return look(scene)
        sessions = tuple(running.sessions)
        fault = named(sessions, **told["fault"])
        if told["do"] == "inject":
            inject(scene, fault)
        elif told["do"] == "lift":
            lift(scene, fault)
        else:
            own = held.enter_context(Scene.of(running))
            held.enter_context(active(own, fault))
    return {"label": fault.label}


def look(scene: Scene) -> dict[str, Any]:
    views = observe(scene.daemons, scene.running.sessions)
    return {
        "sessions": {
            f"{v.session.path} {v.session.family}": [v.state, v.from_ce, v.to_ce, v.bfd, v.dropped, v.uptime_seconds]
            for v in views
        },
        "routers": {name: configured(scene, name) for name in ROUTERS},
        "faults": [entry.fault.kind for entry in entries(scene.store.read())],
    }


def configured(scene: Scene, node: str) -> list[str]:
    """What the router runs with, without the lines by which the watcher takes BFD into BGP and out again."""
    texts = [scene.daemons.vty(node, daemon).command("show running-config") for daemon in ("zebra", "bgpd", "bfdd")]
    return [masked(line) for text in texts for line in text.splitlines() if " bfd" not in line]


main()
