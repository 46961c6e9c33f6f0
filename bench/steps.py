"""How long after its command a step of the workflow is on the wire: looked at in the kernel, not in what we say.

A watcher enters the lab's world beforehand and looks every two milliseconds at sub-interfaces and sockets of the MSEE.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.measure import mseelab, summary
from lab.control.running import world_of
from lab.control.wait import wait
from lab.engine.base import Node
from lab.net.inside import in_namespace, read_proc_net

BGP_PORT = 179
LISTENING, ESTABLISHED = "0A", "01"
LONGEST_SECONDS = 20.0
LOOK = 0.002
PRIVATE, MICROSOFT = "er1p", "er1m"
PRIVATE_PEERING = ("-n", "AzurePrivatePeering")


@dataclass(frozen=True)
class Step:
    """`effect` is true of the primary MSEE once the step is on the wire."""

    name: str
    arguments: tuple[str, ...]
    effect: Callable[[Node], bool]


def steps(folder: Path, runs: int) -> dict[str, Any]:
    """For each step, seconds from the start of its command to its effect, and to the command's end."""
    here, state = folder / "steps", folder / "state"
    here.mkdir(exist_ok=True)
    mseelab("up", "both-peerings", cwd=here, state=state)
    figures: dict[str, list[float]] = {}
    try:
        key = _circuit(state)
        for _ in range(runs):
            for step in _steps(key):
                effect, whole = _measured(step, here, state)
                figures.setdefault(step.name, []).append(effect)
                figures.setdefault(f"{step.name}, to its end", []).append(whole)
    finally:
        mseelab("down", cwd=here, state=state)
    return {name: summary(values) for name, values in figures.items()}


def _steps(key: str) -> tuple[Step, ...]:
    return (
        Step("peering Disabled: no connection", ("peering", "update", *PRIVATE_PEERING, "--state", "Disabled"),
             lambda msee: not _tcp(msee, PRIVATE, ESTABLISHED, gateways=False)),
        Step("peering Enabled: a connection", ("peering", "update", *PRIVATE_PEERING, "--state", "Enabled"),
             lambda msee: _tcp(msee, PRIVATE, ESTABLISHED, gateways=False)),
        Step("reject-prefixes: refused", ("microsoft", "reject-prefixes"),
             lambda msee: not _tcp(msee, MICROSOFT, LISTENING)),
        Step("approve-prefixes: listening", ("microsoft", "approve-prefixes"),
             lambda msee: _tcp(msee, MICROSOFT, LISTENING)),
        Step("deprovision: no sub-interface", ("provider", "deprovision", key), lambda msee: not _tagged(msee)),
        Step("provision: sub-interface", ("provider", "provision", key), _tagged),
    )


def _measured(step: Step, here: Path, state: Path) -> tuple[float, float]:
    """Seconds to the effect and to the end of the command. Raises RuntimeError when the effect never comes."""
    reading, writing = os.pipe()
    ready_reading, ready_writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            world = world_of(_document(state), state / str(_document(state)["lab"]))
            world.enter()
            msee = world.nodes["msee1"]
            os.write(ready_writing, b".")
            seen = wait(lambda: step.effect(msee), deadline=LONGEST_SECONDS, label=step.name, every=LOOK, longest=LOOK)
            if seen.ok:
                os.write(writing, repr(time.monotonic()).encode())
                status = 0
        finally:
            os._exit(status)
    os.close(writing)
    os.close(ready_writing)
    os.read(ready_reading, 1)
    begun = time.monotonic()
    ran = mseelab(*step.arguments, cwd=here, state=state)
    with open(reading) as answer:
        text = answer.read()
    os.close(ready_reading)
    _, status = os.waitpid(child, 0)
    if status or ran.code:
        came = "came" if text else "never came"
        raise RuntimeError(f"{step.name}: the command ended with {ran.code}, its effect {came}")
    return float(text) - begun, ran.seconds


def _document(state: Path) -> dict[str, Any]:
    (record,) = state.glob("*/lab.json")
    document: dict[str, Any] = json.loads(record.read_text())
    return document


def _circuit(state: Path) -> str:
    return str(_document(state)["circuits"][0]["serviceKey"])


def _tagged(msee: Node) -> bool:
    """Whether the private peering has its sub-interface."""
    try:
        names = in_namespace(msee.pid, PRIVATE, socket.if_nameindex)
    except FileNotFoundError:
        return False
    return any(name.startswith("eth1.") for _, name in names)


def _tcp(msee: Node, vrf: str, wanted: str, *, gateways: bool = True) -> bool:
    """Whether a BGP socket of a VRF is in a state; without `gateways`, one to the link subnet 192.168.…/30."""
    try:
        lines = read_proc_net(msee.pid, vrf, "tcp").splitlines()[1:]
    except FileNotFoundError:
        return False
    for line in lines:
        local, remote, state = line.split()[1:4]
        ports = {int(end.rpartition(":")[2], 16) for end in (local, remote)}
        address = socket.inet_ntoa(bytes.fromhex(remote.partition(":")[0])[::-1])
        if state == wanted and BGP_PORT in ports and (gateways or address.startswith("192.168.")):
            return True
    return False
