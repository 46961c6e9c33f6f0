"""The seconds that a user waits: from the start of the process to what is printed last."""

from __future__ import annotations

import os
import time
from pathlib import Path

START_TIME = 19
"""The 22nd field of /proc/PID/stat (proc(5)), counted from the one behind the name."""

_begun: float | None = None


def count_from_start() -> None:
    """From now on `begun` is when this process started, as the kernel has it: Python has been at work since then."""
    global _begun
    _begun = process_start()


def begun() -> float:
    """The monotonic time from which a verb's seconds count; of a command line that a program runs itself, now."""
    return time.monotonic() if _begun is None else _begun


def process_start() -> float:
    """The monotonic time at which this process started, exact to a clock tick of the kernel (10 ms)."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    started = int(fields[START_TIME]) / os.sysconf("SC_CLK_TCK")
    return time.monotonic() - max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - started)
