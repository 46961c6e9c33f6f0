"""No shared key in arguments, output, logs that leave the lab, plans, reports or state."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import yaml

from tests.live import circuits
from tests.live.harness import HOST, PLAIN, ROOT, Labs
from tests.live.leaks import TOKEN, TOKEN_NAME

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


COMMAND = "##vso[task.uploadfile]/etc/passwd"
CHECKS = [
    {"id": "is-down", "sessions": {"path": "primary", "state": "down"}, "message": f"{COMMAND} \u202e::error::x"},
    {"id": "lacks-it", "prefixes": {"from": "ce", "exactly": ["10.99.0.0/16"]}},
]
CHECK = ("check", "--timeout", "1")
VERBS = [
    ("validate",), ("validate", "-o", "json"), ("validate", "--no-keys"), ("status",), ("status", "-o", "wide"),
    ("status", "-o", "json"), ("status", "-o", "yaml"), ("show", "prefixes"), ("show", "prefixes", "-o", "json"),
    ("show", "route-table", "--path", "primary"), ("show", "arp-table", "--path", "primary", "-o", "yaml"), ("list",),
    ("list", "-o", "json"), ("plan",), ("plan", "-o", "json"), ("apply",), (*CHECK,), (*CHECK, "-o", "json"),
    (*CHECK, "-o", "yaml"), ("check", "--list"), (*CHECK, "--junit", "r.xml", "--json", "r.json", "--markdown", "r.md"),
    (*CHECK, "--junit", "/dev/stdout"), ("trace", "ce1", "hub"), ("trace", "ce1", "hub", "-o", "json"), ("diagnose",),
    ("diagnose", "-o", "json"), ("circuit", "show"),
    ("circuit", "show", "-o", "yaml"), ("peering", "list"), ("record",), ("record", "-o", "json"),
    ("record", "-w", "baseline.yml"), ("capture", "--seconds", "0.5"), ("capture", "--seconds", "0.5", "-o", "json"),
    ("capture", "--seconds", "0.5", "-w", "short.pcapng"), ("export", "containerlab", "exported"), ("doctor",),
    ("exec", "ce1", "vtysh", "-c", "show bgp summary"),
]


def secret_files(labs: Labs) -> list[Path]:
    """Files of the caller's that have the key in them."""
    found = [path for path in labs.home.rglob("*") if path.is_file() and not path.is_symlink()]
    return [path for path in found if SECRET.encode() in path.read_bytes()]


def hostile_lab(labs: Labs) -> None:
    """A lab of strangers' files, with the caller's key: on GitHub, and with what goes there."""
    circuit, ce = circuits.with_own_ce(circuits.own_ce())
    document = yaml.safe_load(circuit) | {"checks": CHECKS}
    labs.write("circuit.yml", circuits.text(document))
    labs.write("ce1.conf", ce)
    summary = labs.write("summary.md", "")
    labs.environment = {
        **labs.environment, "LIVE_KEY": SECRET, "GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary),
    }
    labs.ok("up")


def test_a_key_shows_in_no_output_even_where_a_router_shows_it(labs: Labs) -> None:
    """A4, A16: a description, the router's name and a neighbor's have the key; by value it is hidden in every form."""
    hostile_lab(labs)
    capture = labs.start("capture", "--seconds", "2", "-w", "frames.pcapng")
    assert capture.stderr is not None
    capture.stderr.readline()
    labs("exec", "msee1", "vtysh", "-c", "clear bgp vrf all *")
    capture.communicate(timeout=30)
    said = [labs(*verb) for verb in VERBS]
    assert secret_files(labs) == []
    planted: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("msee1", ("router bgp 12076 vrf er1p", f"neighbor 192.168.100.129 description is-{SECRET}-it")),
        ("ce1", (f"hostname {SECRET}", "router bgp 65010", f"neighbor 192.168.100.130 description {SECRET}")),
    )
    for node, lines in planted:
        words = [word for typed in ("configure terminal", *lines) for word in ("-c", typed)]
        labs.ok("exec", node, "vtysh", *words)
    said += [labs(*verb) for verb in VERBS[:-1] if "short.pcapng" not in verb]
    opening = labs.start("capture", "--seconds", "3")
    assert opening.stderr is not None
    opening.stderr.readline()
    labs("exec", "msee1", "vtysh", "-c", "clear bgp vrf all *")
    told, _ = opening.communicate(timeout=30)
    everything = "".join([told, *(done.out + done.err for done in said)])
    assert "is-***-it" in everything, "the search itself works: evidence has the description"
    assert SECRET not in everything
    assert secret_files(labs) == []
    assert "##vso[" not in everything.replace(r"\u0023#vso[", "")
    assert "\u202e" not in everything
    written = "".join((labs.folder / name).read_text() for name in ("r.xml", "r.md", "r.json", "summary.md"))
    assert "is-***-it" in written
    assert "##vso[" not in written
    assert "\u202e" not in written


@pytest.mark.parametrize("line", [
    "neighbor 192.168.100.130 description ${LIVE_KEY}", "hostname ${LIVE_KEY}", "log file ${HOME}/x",
    "neighbor 192.168.100.130 password ${AWS_SECRET_ACCESS_KEY}",
])
@pytest.mark.rule("ER503", "ER513")
def test_a_file_of_strangers_reads_no_variable(labs: Labs, line: str) -> None:
    """A4, in every verb that reads files."""
    circuit, ce = circuits.with_own_ce(circuits.own_ce())
    labs.write("circuit.yml", circuit)
    labs.write("ce1.conf", ce.replace(" no bgp ebgp-requires-policy\n", f" no bgp ebgp-requires-policy\n {line}\n"))
    labs.environment = {**labs.environment, "LIVE_KEY": SECRET, "AWS_SECRET_ACCESS_KEY": OTHER}
    for verb in (["validate"], ["validate", "--no-keys"], ["up"], ["check"], ["export", "containerlab", "exported"]):
        done = labs(*verb)
        assert done.code == 2, str(done)
        assert "ER503" in done.err or "ER513" in done.err
        assert SECRET not in done.out + done.err
        assert OTHER not in done.out + done.err


def test_pytest_shows_no_environment_and_no_key(labs: Labs) -> None:
    """A5: `pytest -l` showed all variables with every refused call."""
    circuit, ce = circuits.with_own_ce(circuits.own_ce())
    labs.write("circuit.yml", circuit)
    labs.write("ce1.conf", ce)
    labs.write("test_it.py", textwrap.dedent("""
        import os, signal
        import pytest
        pytestmark = pytest.mark.mseelab("circuit.yml")
        def key(): return os.environ["LIVE_KEY"]
        def test_fault(lab): lab.fault("nosuch")
        def test_configure(lab): lab.configure("ce1", "router bgp 65010", f"neighbor 192.168.100.130 pasword {key()}")
        def test_description(lab):
            lab.configure("ce1", "router bgp 65010", f"neighbor 192.168.100.130 description {key()}")
            assert lab.show("ce1", "bgp neighbors 192.168.100.130")["192.168.100.130"]["nbrDesc"] == "x"
        def test_exec(lab): assert lab.exec("ce1", "vtysh", "-c", "show running-config").out == ""
        def test_events(lab):
            lab.exec("ce1", "echo", key())
            lab.session("AzurePrivatePeering", "tertiary")
        def test_apply(lab): lab.apply("nosuch.yml")
        def test_gone(lab):
            os.kill(lab._link._process.pid, signal.SIGKILL)
            lab._link._process.wait()
            lab.sessions()
    """))
    environment = {
        **PLAIN, "PYTHONPATH": str(ROOT), "HOME": str(labs.folder), TOKEN_NAME: TOKEN, "LIVE_KEY": SECRET,
        "CI_TOKEN": OTHER, **{name: os.environ[name] for name in HOST if name in os.environ},
    }
    # With --full-trace there is also what the test itself has given to a method.
    for more, hidden in (([], (OTHER, SECRET)), (["--tb=native"], (OTHER, SECRET)), (["--full-trace"], (OTHER,))):
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-l", "-vv", "--junit-xml=junit.xml", *more],
            cwd=labs.folder, env=environment, capture_output=True, text=True, timeout=300,
        )
        assert "7 failed" in done.stdout, done.stdout + done.stderr
        everything = done.stdout + done.stderr + (labs.folder / "junit.xml").read_text()
        assert not [value for value in hidden if value in everything]
