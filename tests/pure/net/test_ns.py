"""Which process is which, and whether it still runs."""

from __future__ import annotations

import os
import subprocess
import sys

from lab.net import ns


def test_a_process_that_nobody_has_reaped_does_not_run() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        start = ns.start_time(child.pid)
        assert ns.runs(child.pid, start)
        assert not ns.runs(child.pid, start + 1)
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert ns.start_time(child.pid) == start
        assert not ns.runs(child.pid, start)
    assert not ns.runs(child.pid, start)
