"""A running lab whose files are not what was applied."""

from __future__ import annotations

import json

from tests.live import circuits
from tests.live.harness import Labs


def test_a_file_that_has_changed_is_a_warning_of_the_check(labs: Labs) -> None:
    """Cases, section 3: a leak was added to ce1.conf, and `check` was 14 passed, exit 0, with a note on stderr."""
    circuit, ce = circuits.with_own_ce(circuits.own_ce(key=None), sharedKey=None)
    labs.write("circuit.yml", circuit)
    labs.write("ce1.conf", ce)
    labs.ok("up")
    assert not [c for c in json.loads(labs.ok("check", "-o", "json").out)["checks"] if c["kind"] == "files"]
    labs.write("ce1.conf", ce + "ip route 10.99.0.0/16 Null0\n")
    done = labs("check")
    assert (done.code, "! files      ce1.conf has changed since" in done.out) == (0, True), str(done)
    strict = labs("check", "--strict", "-o", "json")
    assert strict.code == 3
    (row,) = [c for c in json.loads(strict.out)["checks"] if c["kind"] == "files"]
    assert (row["result"], "mseelab plan" in row["why"]) == ("warn", True)
