"""`dual-path` on both engines and by hand, in turns in one run: ratios count, not seconds.

By hand is what a team does without mseelab: containers whose configuration lies beside them, brought up by
`containerlab deploy`, until every session is Established. The folder is the one that `mseelab export` writes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

from bench.measure import mseelab, summary

ENVIRONMENT = {"CLAB_VERSION_CHECK": "disable"}
TOPOLOGY = "er-lab.clab.yml"


def lacking() -> str:
    """What this host lacks for containers, empty when they can be had."""
    binary = os.environ.get("MSEELAB_CONTAINERLAB", "containerlab")
    if os.geteuid() != 0:
        return "not root"
    if shutil.which(binary) is None:
        return "no containerlab"
    if subprocess.run(["docker", "version"], capture_output=True, check=False).returncode:
        return "no docker"
    return ""


def engines(folder: Path, runs: int) -> dict[str, Any]:
    """Cold `up` on netns, cold `up` and healing of a restarted MSEE in containers, and the same nodes by hand."""
    here, state = folder / "engines", folder / "state"
    here.mkdir(exist_ok=True)
    hand = _exported(here / "by-hand", state)
    names = ("netns up", "containerlab up", "heal", "containerlab down", "by hand")
    figures: dict[str, list[float]] = {name: [] for name in names}
    failed = 0
    for number in range(runs + 1):
        netns = mseelab("up", "--engine", "netns", cwd=here, state=state)
        mseelab("down", cwd=here, state=state)
        up = mseelab("up", "--engine", "containerlab", cwd=here, state=state)
        subprocess.run(["docker", "restart", "--time", "1", "clab-er-lab-msee1"], check=True, capture_output=True)
        heal = mseelab("up", cwd=here, state=state)
        down = mseelab("down", cwd=here, state=state)
        by_hand = _by_hand(hand)
        failed += any(ran.code for ran in (netns, up, heal, down))
        if number == 0:
            continue
        for name, seconds in zip(names, (netns.seconds, up.seconds, heal.seconds, down.seconds, by_hand), strict=True):
            figures[name].append(seconds)
    found = {name: summary(values) for name, values in figures.items()}
    slowest = found["by hand"]["median"]
    ratios = {name: slowest / found[name]["median"] for name in ("netns up", "containerlab up")}
    return {"failed": failed, **found, "times faster than by hand": ratios}


def _exported(folder: Path, state: Path) -> Path:
    mseelab("export", "containerlab", str(folder), "dual-path", cwd=folder.parent, state=state, json_output=False)
    (folder / "keys" / "ER_KEY").write_text("benchKey2026\n")
    return folder


def _by_hand(folder: Path) -> float:
    """Seconds from `containerlab deploy` until every session is Established; takes the lab away again."""
    environment = {**os.environ, **ENVIRONMENT}
    begun = time.monotonic()
    try:
        _run(folder, environment, "containerlab", "deploy", "-t", TOPOLOGY)
        _run(folder, environment, "sh", "check.sh")
        return time.monotonic() - begun
    finally:
        _run(folder, environment, "containerlab", "destroy", "-t", TOPOLOGY, "--cleanup")


def _run(folder: Path, environment: dict[str, str], *command: str) -> None:
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: exit {done.returncode}: {done.stdout}{done.stderr}")
