"""No shared key in arguments, output, logs that leave the lab, plans, reports or state."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.live import circuits
from tests.live.harness import Labs

SECRET = "s3cretKeyOfTheTest"
OTHER = "0therKeyOfTheTest"


def command_lines() -> str:
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            found.append(Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace"))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return "\n".join(found)


def test_the_key_is_nowhere_outside_the_lab(labs: Labs) -> None:
    labs.write("circuit.yml", circuits.text(circuits.one()))
    here, there = {"LIVE_KEY": SECRET}, {"LIVE_KEY": OTHER}
    said = [labs.ok("up", environment=here)]
    said += [labs("status"), labs("status", "-o", "json"), labs("show", "prefixes"), labs("list", "-o", "json")]
    said += [labs("plan", environment=there), labs("plan", "-o", "json", environment=there)]
    said += [labs("apply", environment=there), labs("check", environment=there)]
    said += [labs("check", "-o", "json", environment=there), labs("validate", environment=there)]
    stored = [p.read_text(errors="replace") for p in labs.home.rglob("*") if p.is_file()]
    everything = "\n".join([*(d.out + d.err for d in said), *stored, command_lines()])
    assert "LIVE_KEY" in everything, "the search itself works"
    assert SECRET not in everything
    assert OTHER not in everything


@pytest.mark.rule("ER207")
def test_a_bad_key_is_described_and_not_shown(labs: Labs) -> None:
    labs.write("circuit.yml", circuits.text(circuits.one()))
    done = labs("up", environment={"LIVE_KEY": "abc-def"})
    assert done.code == 2
    assert "abc-def" not in done.out + done.err
    assert "7 characters, the 4th" in done.out + done.err
