"""The pytest plugin as users have it: real runs of pytest, in processes of their own."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from lab.control.wait import wait
from lab.net import ns
from tests.live.harness import HOST, PLAIN, ROOT
from tests.live.leaks import TOKEN, TOKEN_NAME

EXAMPLE = ROOT / "examples" / "pytest-project"
TESTS_OF_EXAMPLE = 8
HEAD = """
import json
from pathlib import Path
import pytest
from lab.net import ns

pytestmark = pytest.mark.mseelab("dual-path"{})

def runs(file):
    world = json.loads(Path(file).read_text())
    return ns.runs(world["pid"], world["start"])
"""


class Project:
    """A folder of tests, and pytest run in it."""

    def __init__(self, folder: Path, engine: str = "netns") -> None:
        self.folder = folder
        self.environment = {
            **PLAIN, "PYTHONPATH": str(ROOT), "HOME": str(folder), "MSEELAB_ENGINE": engine, TOKEN_NAME: TOKEN,
            **{name: os.environ[name] for name in HOST if name in os.environ},
        }

    def write(self, name: str, body: str, more: str = "") -> None:
        (self.folder / name).write_text(HEAD.format(more) + textwrap.dedent(body))

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--color=no", *arguments]

    def run(self, *arguments: str, code: int = 0) -> str:
        done = subprocess.run(
            self.command(*arguments), cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def project(tmp_path: Path, nothing_left_by_the_test: None) -> Project:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return Project(tmp_path)


@pytest.fixture
def example(tmp_path: Path, nothing_left_by_the_test: None, engine: str) -> Project:
    return Project(shutil.copytree(EXAMPLE, tmp_path / "project"), engine)


@pytest.mark.both_engines
def test_the_example_is_green(example: Project) -> None:
    said = example.run("-q", "--durations=0", "--durations-min=0.05")
    assert f"{TESTS_OF_EXAMPLE} passed" in said
    sys.stdout.write(said)


def test_the_example_is_green_on_four_labs_at_once(example: Project) -> None:
    begun = time.monotonic()
    said = example.run("-q", "-n", "4", "--dist", "load")
    sys.stdout.write(f"four labs at once: {time.monotonic() - begun:.1f} s\n")
    assert f"{TESTS_OF_EXAMPLE} passed" in said


def test_the_guide_does_what_it_says(project: Project) -> None:
    circuit = re.search(r"```yaml\n(name: er-lab\n.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    test = re.search(r"```python\n(import pytest\n.*?)```", (ROOT / "docs" / "pytest.md").read_text(), re.DOTALL)
    assert circuit
    assert test
    (project.folder / "circuit.yml").write_text(circuit[1])
    (project.folder / "test_guide.py").write_text(test[1])
    assert "1 passed" in project.run("-q")


def test_a_lab_is_the_modules_or_the_sessions(project: Project) -> None:
    shared = "def test_{0}(lab): Path('{0}').write_text(json.dumps(lab.state().document['world']))\n"
    project.write("test_a.py", shared.format("a1") + shared.format("a2"))
    project.write("test_b.py", shared.format("b1"))
    project.write("test_c.py", shared.format("c1"), ", scope='session'")
    project.write("test_d.py", shared.format("d1"), ", scope='session'")
    project.write("test_e.py", "def test_gone(): assert not runs('a1')\n")
    project.run("-q")
    worlds = {name: (project.folder / name).read_text() for name in ("a1", "a2", "b1", "c1", "d1")}
    assert worlds["a1"] == worlds["a2"] != worlds["b1"]
    assert worlds["c1"] == worlds["d1"]


def test_every_test_finds_the_lab_as_its_file_says(project: Project) -> None:
    project.write("test_order.py", """
        def test_breaks(lab):
            lab.fault("md5-different", path="primary")
            lab.configure("ce1", "router bgp 65010", "neighbor 192.168.100.134 shutdown")
            lab.wait_down("AzurePrivatePeering", "secondary", "ipv4")

        def test_is_whole(lab):
            assert all(session.established for session in lab.sessions())
            assert lab.session("AzurePrivatePeering", "primary").from_ce == {"10.10.0.0/16"}
            lab.check()
    """)
    assert "2 passed" in project.run("-q")


def test_a_failure_says_how_the_lab_was_and_why(project: Project) -> None:
    project.write("test_fails.py", """
        def test_prefixes(lab):
            assert lab.session("AzurePrivatePeering", "primary").from_ce == {"10.10.0.0/16", "10.11.0.0/16"}

        def test_key(lab):
            lab.fault("md5-different", path="primary", family="ipv4")
            lab.wait_up("AzurePrivatePeering", "primary", within=0.2)
    """)
    said = project.run(code=1)
    for line in (
        "E       assert from_ce of AzurePrivatePeering primary ipv4 == {10.10.0.0/16, 10.11.0.0/16}",
        "E           missing      10.11.0.0/16",
        "E           why          ce1 has no valid path to 10.11.0.0/16 in its BGP table",
        "E       AssertionError: AzurePrivatePeering primary ipv4 is not Established after 0.2 s",
        "E         verdict   MD5-DIFFERENT: both ends sign, with different keys",
        "AzurePrivatePeering  secondary  ipv6    Established",
        "3 of 4 Established",
    ):
        assert line in said, said
    assert re.search(r"^-+ lab er-lab-\d+ -+$", said, re.MULTILINE)
    assert re.search(r"^\d\d:\d\d:\d\d\.\d{3} fault md5-different primary ipv4$", said, re.MULTILINE)
    assert "1 fault active" in said
    assert "labkey" not in said


def test_what_cannot_be_is_said_in_a_line_or_two(project: Project) -> None:
    (project.folder / "wrong.yml").write_text("name: er\npeerings:\n  - {name: AzurePrivatePeering, peerASN: 65515}\n")
    (project.folder / "test_wrong.py").write_text(
        "import pytest\n"
        "@pytest.mark.mseelab('wrong.yml')\ndef test_mistakes(lab): pass\n"
        "def test_no_mark(lab): pass\n"
        "@pytest.mark.mseelab('dual-path', engine='nets')\ndef test_engine(lab): pass\n"
    )
    said = project.run(code=1)
    assert "3 errors" in said
    assert re.search(r"^wrong\.yml:3: ER204 peerASN: found 65515; allowed ", said, re.MULTILINE)
    assert "mseelab: no circuit.yml in this folder\n  next         mseelab init, or name a circuit file" in said
    assert "mseelab: no engine nets" in said
    assert "Traceback" not in said


def test_a_lab_that_is_lost_is_made_anew_and_that_is_said(project: Project) -> None:
    project.write("test_lost.py", """
        import os, select, signal

        def test_loses_it(lab):
            world = os.pidfd_open(lab.state().document["world"]["pid"])
            signal.pidfd_send_signal(world, signal.SIGKILL)
            select.select([world], [], [])
            os.close(world)

        def test_has_another(lab):
            assert all(session.established for session in lab.sessions())
    """)
    said = project.run("-q")
    assert "2 passed" in said
    assert "\na new lab: what test_lost.py::test_loses_it had left could not be put right: the lab " in said


def test_the_lab_of_a_failed_test_is_left_where_that_is_asked_for(project: Project) -> None:
    project.write("test_kept.py", """
        def test_fails(lab):
            lab.fault("link-down")
            assert False

        def test_next(lab):
            assert all(session.established for session in lab.sessions())
    """)
    said = project.run("-q", "--mseelab-keep", code=1)
    found = re.search(r"has left its lab: export MSEELAB_STATE=(\S+); mseelab status --lab (\S+); ", said)
    assert found, said
    command = [sys.executable, "-c", "from lab.cli.main import main; main()"]
    environment = {**project.environment, "MSEELAB_STATE": found[1]}
    status = subprocess.run([*command, "status", "--lab", found[2]], env=environment, capture_output=True, text=True)
    assert "1 fault active" in status.stdout, status.stdout + status.stderr
    down = subprocess.run([*command, "down", "--all"], env=environment, capture_output=True, text=True)
    assert down.returncode == 0, down.stderr
    assert not Path(found[1]).exists()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_ended_leaves_nothing(project: Project, how: signal.Signals) -> None:
    project.write("test_long.py", """
        import threading

        def test_waits(lab):
            Path("world.new").write_text(json.dumps(lab.state().document["world"]))
            Path("world.new").rename("world")
            threading.Event().wait(60)
    """)
    told = project.folder / "world"
    with subprocess.Popen(
        project.command("-q"), cwd=project.folder, env=project.environment, stdout=subprocess.DEVNULL
    ) as run:
        assert wait(told.exists, deadline=60, label="lab").ok
        run.send_signal(how)
        run.wait(60)
    world = json.loads(told.read_text())
    assert wait(lambda: not ns.runs(world["pid"], world["start"]), deadline=10, label="world").ok
