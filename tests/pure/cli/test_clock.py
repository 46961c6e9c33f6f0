"""The seconds that verbs print: the user's own, from the start of the process."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from lab.cli import clock

ASK = """
import time
time.sleep(0.5)
from lab.cli import clock
clock.count_from_start()
print(time.monotonic() - clock.begun())
"""


def test_seconds_count_from_the_start_of_the_process() -> None:
    """12/6: `up in 0.8 s` was 1.6 s by the shell's clock: what Python had imported before was left out."""
    begun = time.monotonic()
    done = subprocess.run([sys.executable, "-c", ASK], check=True, capture_output=True, text=True)
    whole = time.monotonic() - begun
    assert 0.5 <= float(done.stdout) <= whole + 0.02


def test_a_program_that_runs_a_command_line_counts_from_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_begun", None)
    assert abs(clock.begun() - time.monotonic()) < 0.1
