"""Running the command and looking at what it made: wall clock, JSON, memory."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KEY = {"BENCH_KEY": "benchKey2026"}
LONGEST_SECONDS = 600


@dataclass(frozen=True)
class Ran:
    """One run of the command. `json` is its stdout decoded, None where it printed none."""

    code: int
    seconds: float
    json: Any
    stderr: str


def mseelab(*arguments: str, cwd: Path, state: Path, json_output: bool = True) -> Ran:
    """Runs a verb in `cwd` with a state folder of its own. Raises RuntimeError when it fails outright (exit 2 or 4)."""
    command = [sys.executable, "-m", "lab.cli.main", *arguments, *(["-o", "json"] if json_output else [])]
    environment = {
        **os.environ,
        **KEY,
        "MSEELAB_STATE": str(state),
        "PYTHONPATH": str(Path(__file__).resolve().parent.parent),
    }
    begun = time.monotonic()
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=LONGEST_SECONDS, check=False
    )
    seconds = time.monotonic() - begun
    if done.returncode not in (0, 1, 3):
        raise RuntimeError(f"mseelab {' '.join(arguments)}: exit {done.returncode}: {done.stdout}{done.stderr}")
    return Ran(done.returncode, seconds, _decoded(done.stdout), done.stderr)


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def memory_mib(supervisor: int) -> dict[str, float]:
    """Proportional memory of every process of the world with PID 1 `supervisor`, by program, in MiB, and `all`."""
    found: dict[str, float] = {}
    for pid in _descendants(supervisor):
        name, size = _pss(pid)
        found[name] = found.get(name, 0.0) + size
    return {"all": sum(found.values()), **found}


def _descendants(supervisor: int) -> list[int]:
    """Every descendant of the supervisor, itself included."""
    parents: dict[int, int] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                fields = Path(f"/proc/{entry}/stat").read_text().rsplit(")", 1)[1].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            parents[int(entry)] = int(fields[1])
    found = {supervisor}
    grown = True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in found} - found
        grown = bool(more)
        found |= more
    return sorted(found)


def _pss(pid: int) -> tuple[str, float]:
    try:
        name = Path(f"/proc/{pid}/comm").read_text().strip()
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return "gone", 0.0
    return name, next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


def summary(values: list[float]) -> dict[str, float]:
    """Median, least and most."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values), "runs": len(values)}


def machine(frr: str) -> Mapping[str, Any]:
    """What the figures were taken on."""
    memory = Path("/proc/meminfo").read_text().split("\n", 1)[0].split()[1]
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line]
    model = models[0].split(":", 1)[1].strip() if models else platform.machine()
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "memoryGiB": round(int(memory) / 1024 / 1024, 1),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "frr": frr,
    }
