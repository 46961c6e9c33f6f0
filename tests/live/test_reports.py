"""Reports of a real lab that is not as it should be: every form at once, the daemons' words in them, and no key."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from pathlib import Path
from xml.etree import ElementTree as xml

import pytest
import yaml

import topologies
from tests.live.harness import Labs

KEY = "LabSecret7"
OTHER = "LabSecret8"
BLAMED = {
    "primary/ipv4/sessions": "neighbor 192.168.100.130 shutdown",
    "primary/ipv6/from-ce": "ipv6 prefix-list ONPREM6 seq 10 permit fd00:11::/48",
    "secondary/ipv4/sessions": "neighbor 192.168.100.134 remote-as 12077",
    "secondary/ipv6/sessions": f"neighbor fd00:64::6 password {OTHER}",
}
"""The line of `ce1.conf` behind each failure."""
FOLDER = topologies.folder("own-config")


@pytest.fixture
def broken(labs: Labs) -> Labs:
    """own-config with a key, and a mistake of another kind in what `ce1.conf` says of each of its four sessions."""
    circuit = (FOLDER / "circuit.yml").read_text()
    labs.write("circuit.yml", circuit.replace("    vlanId: 100", "    vlanId: 100\n    sharedKey: {env: ER_KEY}"))
    lines = []
    for line in (FOLDER / "ce1.conf").read_text().splitlines():
        lines.append(line.replace("192.168.100.134 remote-as 12076", "192.168.100.134 remote-as 12077"))
        if "remote-as" in line:
            lines.append(f"{line.partition(' remote-as')[0]} password ${{ER_KEY}}")
    text = "\n".join(lines) + "\n"
    for old, new in (
        ("permit fd00:10::/48", "permit fd00:11::/48"),
        ("192.168.100.130 bfd", "192.168.100.130 shutdown"),
        ("fd00:64::6 password ${ER_KEY}", f"fd00:64::6 password {OTHER}"),
        ("fd00:64::2 route-map TO-AZURE6 out", "fd00:64::2 prefix-list ONPREM6 out"),
    ):
        assert old in text
        text = text.replace(old, new)
    labs.write("ce1.conf", text)
    return labs


@pytest.mark.both_engines
def test_every_report_of_a_failing_lab_at_once(broken: Labs) -> None:
    summary = broken.home / "summary.md"
    github = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary), "GITHUB_WORKSPACE": str(broken.folder)}
    done = broken(
        "check", "--timeout", "2", "--junit", "report.xml", "--markdown", "report.md", "--json", "report.json",
        "-o", "json", environment={"ER_KEY": KEY, **github},
    )
    assert done.code == 1, str(done)
    printed = json.loads(done.out)
    files = {name: (broken.folder / name).read_text() for name in ("report.xml", "report.md", "report.json")}
    assert json.loads(files["report.json"]) == printed
    assert not summary.exists()  # --markdown said where

    lines = (broken.folder / "ce1.conf").read_text().splitlines()
    checks = {check["id"].removeprefix("er-own/AzurePrivatePeering/"): check for check in printed["checks"]}
    assert {name: lines[place(checks[name]["where"]) - 1].strip() for name in BLAMED} == BLAMED
    down, kept = checks["secondary/ipv4/sessions"], checks["primary/ipv6/from-ce"]
    assert kept["next"] == "ipv6 prefix-list ONPREM6 seq 20 permit fd00:10::/48"
    neighbor = next(v for q, v in down["evidence"]["msee2"].items() if "neighbors" in q)["192.168.100.133"]
    assert neighbor["lastNotificationReason"] == "OPEN Message Error/Bad Peer AS"
    assert not [check["id"] for check in printed["checks"] if check["result"] == "pass" and check["evidence"]]

    cases = [case for case in xml.fromstring(files["report.xml"]).iter("testcase") if case.find("failure") is not None]
    assert len(cases) == printed["failed"]
    assert "lastNotificationReason" in files["report.xml"]
    assert f"### ❌ sessions: {down['peering']} secondary ipv4" in files["report.md"]
    annotations = [line for line in done.err.splitlines() if line.startswith("::error ")]
    places = {place(checks[name]["where"]) for name in BLAMED}
    assert all(any(f"file=ce1.conf,line={line}," in each for each in annotations) for line in places)
    everything = "".join((done.out, done.err, *files.values()))
    assert KEY not in everything
    assert OTHER not in everything


def place(where: str) -> int:
    name, _, line = where.partition(":")
    assert name == "ce1.conf"
    return int(line)


def test_a_report_that_cannot_be_written_is_said_before_a_lab_starts(labs: Labs) -> None:
    done = labs("check", "dual-path", "--junit", "no/report.xml", "--markdown", "m.md")
    assert (done.code, done.out) == (2, "")
    assert "--junit no/report.xml: no such file or directory" in done.err
    assert "next         mkdir -p no" in done.err
    assert not list(labs.folder.iterdir())
    assert done.seconds < 5


def test_an_ordinary_user_gets_a_report_and_a_summary(user_labs: Labs) -> None:
    """Written from inside the lab's world, where another user namespace and other mounts are."""
    summary = user_labs.write("summary.md", "before\n")
    done = user_labs("check", "dual-path", "--junit", "report.xml", environment={"GITHUB_STEP_SUMMARY": str(summary)})
    assert done.code == 0, str(done)
    assert xml.fromstring((user_labs.folder / "report.xml").read_text()).find("testsuite") is not None
    assert summary.read_text().startswith("before\n## ✅ er-lab: all ")
    owners = {os.stat(user_labs.folder / name).st_uid for name in ("report.xml", "summary.md")}
    assert owners == {user_labs.user}


def test_the_action_checks_and_says_what_came_of_it(labs: Labs, tmp_path: Path) -> None:
    """Its own script, with the runner's variables, on a shipped lab."""
    action = yaml.safe_load((Path(__file__).resolve().parents[2] / "action.yml").read_text())
    script = next(step["run"] for step in action["runs"]["steps"] if step.get("id") == "check")
    program = tmp_path / "bin" / "mseelab"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.join(labs.command)} "$@"\n')
    program.chmod(0o755)
    outputs = tmp_path / "outputs"
    environment = {
        **labs.environment, "PATH": f"{program.parent}:{labs.environment['PATH']}", "GITHUB_OUTPUT": str(outputs),
        "RUNNER_TEMP": str(tmp_path), "MSEELAB_CIRCUIT": "dual-path", "MSEELAB_JUNIT": "report.xml",
        "MSEELAB_MARKDOWN": "", "MSEELAB_STRICT": "true", "MSEELAB_ARGS": "--timeout 20",
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"), "GITHUB_ACTION": "er",
    }
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", script], cwd=labs.folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 3, done.stdout + done.stderr  # one CE router on both paths, and strict
    said = dict(line.split("=", 1) for line in outputs.read_text().splitlines())
    assert (said["failed"], said["warnings"]) == ("0", "1")
    assert json.loads(Path(said["report"]).read_text())["passed"] == int(said["passed"]) > 10
    assert (labs.folder / "report.xml").exists()
    assert (tmp_path / "summary").read_text().startswith("## ✅")
