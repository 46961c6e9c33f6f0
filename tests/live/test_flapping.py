"""A session that is lost while somebody checks: whatever breaks in the last look may come back, as whatever is late."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.live.harness import Labs

ENDED_BY = 3
PAUSE = "2.3"


@contextmanager
def flapping(labs: Labs) -> Iterator[subprocess.Popen[str]]:
    """The CE's sessions are reset again and again for some seconds, then no more."""
    clears = f"for n in $(seq {ENDED_BY}); do vtysh -c 'clear bgp *' >/dev/null; echo; sleep {PAUSE}; done"
    with labs.start("exec", "ce1", "sh", "-c", clears) as process:
        assert process.stdout is not None
        process.stdout.readline()  # the first reset has been
        yield process
        process.communicate(timeout=30)


def test_a_session_that_is_lost_in_the_last_look_is_waited_for(labs: Labs) -> None:
    """A gate run of 2026-12-01: red after 1.9 s of ten, of a session that BFD had just ended on a busy machine."""
    labs.ok("up", "dual-path")
    with flapping(labs):
        done = labs("check")
    assert done.code == 0, str(done)
    assert "14 passed" in done.out
