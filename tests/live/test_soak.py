"""What takes minutes and a busy machine: `make soak` alone runs it."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from multiprocessing.synchronize import Event
from typing import Any

import pytest

from bench.labs import circuits
from bgp.frr import show
from bgp.frr.vty import Vty
from lab.control.wait import pass_time, wait
from tests.live import circuits as live_circuits
from tests.live.growth import size
from tests.live.harness import Labs

CLEARS = int(os.environ.get("MSEELAB_CLEARS", "0"))
MSEES = ("msee1", "msee2")
CIRCUITS = 10
BFD_SECONDS = 8.0
MOST_FALLS = 0.05
"""Of all sessions cleared. With two busy cores it is 8 to 14 in a hundred where both ends connect, one or two where one
does: FRR 8.4 drops a session that comes up just when the waiting end's own start timer runs out."""

ROUNDS = int(os.environ.get("MSEELAB_ROUNDS", "0"))
FIRST_ROUNDS = 5
"""They fill the caches of the kernel and of Python."""
SECONDS_TO_FREE = 30.0
LONGEST_UP = 0.9
SEED = 11

Counts = dict[tuple[str, str, str], tuple[bool, int]]
"""By MSEE, VRF and CE address: Established, and how often it was lost."""


def burn(stop: Event) -> None:
    while not stop.is_set():
        sum(range(20_000))


@contextmanager
def a_busy_machine(number: int = 2) -> Iterator[None]:
    stop = multiprocessing.Event()
    busy = [multiprocessing.Process(target=burn, args=(stop,)) for _ in range(number)]
    for process in busy:
        process.start()
    try:
        yield
    finally:
        stop.set()
        for process in busy:
            process.join()


def counts(vtys: dict[str, Vty], sessions: list[dict[str, Any]]) -> Counts:
    wanted = {(s["msee"], s["vrf"], s["ce_address"]) for s in sessions}
    return {
        key: (peer.established, peer.dropped_count)
        for msee in MSEES
        for peer in show.summaries(vtys[msee])
        if (key := (msee, peer.vrf, peer.address)) in wanted
    }


def came_back(before: Counts, now: Counts) -> bool:
    """Whether every session was lost and is up again."""
    return all(up and lost > before[key][1] for key, (up, lost) in now.items())


@pytest.mark.skipif(not CLEARS, reason="make soak")
@pytest.mark.parametrize("at", ["ce1", "msees"])
def test_cleared_sessions_come_back_once(labs: Labs, at: str) -> None:
    folder = circuits(labs.folder, CIRCUITS)
    labs.ok("up", folder=folder, environment={"BENCH_KEY": "soakKey1"})
    (file,) = labs.state.glob("*/lab.json")
    record = json.loads(file.read_text())
    root, nodes = f"/proc/{record['world']['pid']}/root/proc", record["world"]["nodes"]
    cleared = falls = 0
    with ExitStack() as open_, a_busy_machine():
        vtys = {n: open_.enter_context(Vty(f"{root}/{nodes[n]}/root/run/frr/bgpd.vty")) for n in ("ce1", *MSEES)}

        def now() -> Counts:
            return counts(vtys, record["sessions"])

        pass_time(BFD_SECONDS)
        for _ in range(CLEARS):
            before = now()
            if at == "ce1":
                vtys["ce1"].command("clear bgp *")
            else:
                for msee, vrf, address in before:
                    vtys[msee].command(f"clear bgp vrf {vrf} {address}")
            back = wait(now, deadline=40, label="sessions back", until=partial(came_back, before))
            assert back.ok, [key for key, (up, _) in back.last.items() if not up]
            pass_time(1.5)
            after = now()
            cleared += len(after)
            falls += sum(lost - before[key][1] - 1 for key, (_, lost) in after.items())
    assert falls <= MOST_FALLS * cleared, f"{falls} of {cleared} cleared sessions came back and fell again"


@pytest.mark.skipif(not ROUNDS, reason="make soak")
@pytest.mark.parametrize("how", ["up and down", "killed"])
def test_many_labs_leave_no_more_than_a_few(labs: Labs, how: str) -> None:
    """`up` and `down`, or `up` killed -9 at any moment and `down`: nothing of the host grows with their number."""
    moments = random.Random(SEED)
    labs.write("circuit.yml", live_circuits.text(live_circuits.one()))
    labs.environment = {**labs.environment, "LIVE_KEY": live_circuits.KEY}

    def one_round() -> None:
        if how == "killed":
            process = labs.start("up")
            pass_time(moments.uniform(0.0, LONGEST_UP))
            process.send_signal(signal.SIGKILL)
            process.communicate(timeout=30)
        else:
            labs.ok("up")
        labs.ok("down", "--all")

    for _ in range(FIRST_ROUNDS):
        one_round()
    before = size()
    for _ in range(ROUNDS):
        one_round()
    after = wait(
        size, deadline=SECONDS_TO_FREE, label="as before", until=lambda now: not now.since(before, ROUNDS), every=0.2
    )
    sys.stdout.write(f"before {ROUNDS} rounds ({how}): {before}\nafter: {after.last}\n")
    assert not after.last.since(before, ROUNDS)
