"""The command's frame: errors once, as a line or as an object; exit codes; verbs imported only when used."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml

from lab.cli import main
from lab.cli.exec import argv_of, in_domain
from lab.cli.explain import explain
from lab.cli.output import clock, wanted_format
from lab.errors import HostCannot, Impossible, LabError, Mistake, Mistakes

ROOT = Path(__file__).resolve().parents[3]
MISTAKES = [
    Mistake("circuit.yml", 4, 12, "ER204", "peerASN", "65515", "1-4294967295 except 12076, 65515-65520"),
    Mistake("circuit.yml", 5, 31, "ER201", "primaryPeerAddressPrefix", "192.168.100.128/29", "a /30",
            hint="a /29 gives both: 192.168.100.128/30 and 192.168.100.132/30"),
    Mistake("circuit.yml", 10, 37, "ER402", "addressPrefixes", "192.168.0.0/16", "any without a link (line 6)"),
]
PAGE = """\
circuit.yml:4: ER204 peerASN: found 65515; allowed 1-4294967295 except 12076, 65515-65520
circuit.yml:5: ER201 primaryPeerAddressPrefix: found 192.168.100.128/29; allowed a /30
    (a /29 gives both: 192.168.100.128/30 and 192.168.100.132/30)
circuit.yml:10: ER402 addressPrefixes: found 192.168.0.0/16; allowed any without a link (line 6)
3 mistakes, nothing changed; mseelab explain ER204 gives a rule's reason and source
"""


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> dict[str, BaseException]:
    """What the verb `explain` raises in this test."""
    raised: dict[str, BaseException] = {}

    def fail(**options: object) -> None:
        raise raised["error"]

    monkeypatch.setattr(explain, "callback", fail)
    return raised


def test_mistakes_in_a_file(failing: dict[str, BaseException], capsys: pytest.CaptureFixture[str]) -> None:
    failing["error"] = Mistakes(MISTAKES)
    assert main.run(["explain"]) == 2
    out, err = capsys.readouterr()
    assert (out, err) == ("", PAGE)


def test_mistakes_as_an_object(failing: dict[str, BaseException], capsys: pytest.CaptureFixture[str]) -> None:
    failing["error"] = Mistakes(MISTAKES)
    assert main.run(["explain", "-o", "json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert (error["code"], error["message"]) == ("Mistakes", "3 mistakes, nothing changed")
    assert error["mistakes"][1]["line"] == 5


def test_an_error_is_one_line_and_the_next_step(
    failing: dict[str, BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    failing["error"] = LabError("er-new cannot be deleted", next="mseelab down", rule="ER105")
    assert main.run(["explain"]) == 1
    assert capsys.readouterr().err == "mseelab: ER105 er-new cannot be deleted\n  next         mseelab down\n"


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_an_error_is_an_object_too(
    failing: dict[str, BaseException], capsys: pytest.CaptureFixture[str], form: str
) -> None:
    failing["error"] = HostCannot("no FRR", next="apt install frr")
    assert main.run(["explain", "-o", form]) == 4
    out, err = capsys.readouterr()
    assert err == ""
    assert (json.loads if form == "json" else yaml.safe_load)(out) == {
        "error": {"code": "HostCannot", "message": "no FRR", "next": "apt install frr"}
    }


def test_interrupted(failing: dict[str, BaseException], capsys: pytest.CaptureFixture[str]) -> None:
    failing["error"] = KeyboardInterrupt()
    assert main.run(["explain"]) == 130
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["stauts"], "mseelab: no verb stauts; did you mean status?"),
        (["status", "--colour"], "mseelab: No such option"),
        (["status", "-o", "xml"], "is not one of"),
        (["show", "arp-table"], "Missing option '--path'"),
    ],
)
def test_usage(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(arguments) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.splitlines()[1].startswith("  next         mseelab")


@pytest.mark.parametrize("name", main.VERBS)
def test_every_verb_is_there_and_helps(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run([name, "--help"]) == 0
    assert "Usage: mseelab" in capsys.readouterr().out


def test_every_line_of_help_fits() -> None:
    context = click.Context(main.mseelab, info_name="mseelab")
    assert max(map(len, main.mseelab.get_help(context).splitlines())) <= 100


def test_a_defect_of_ours_is_one_line_and_not_exit_1() -> None:
    code = (
        "import sys; from lab.cli import main; sys.argv = ['mseelab', 'explain', '-o', 'table']\n"
        "main.run = lambda arguments: [][0]\nmain.main()"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == main.UNEXPECTED
    assert done.stderr.splitlines()[0] == "mseelab: this is a defect of mseelab: IndexError: list index out of range"
    assert "Traceback" not in done.stderr


def test_a_reader_that_leaves_has_no_verdict() -> None:
    """Not 0, which `pipefail` would take for a lab that is well, and not 1; nothing is said."""
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-c", "from lab.cli.main import main; main()", "explain", "-o", "json"]
    done = subprocess.run(command, cwd=ROOT, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, "")


def test_rules_are_found_and_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["explain", "er204", "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["id"] == "ER204"
    assert main.run(["explain", "ER2044"]) == 2
    assert "no rule ER2044; did you mean ER204?" in capsys.readouterr().err


def test_a_rule_says_what_the_lab_does_and_where_it_differs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["explain", "ER223"]) == 0
    said = capsys.readouterr().out
    assert "  the lab    Always off.\n" in said
    assert "  differs    A gateway of the real service can be told to allow it" in said
    assert main.run(["explain", "ER204"]) == 0
    assert "differs" not in capsys.readouterr().out


def test_no_lab_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("MSEELAB_STATE", str(tmp_path / "none"))
    monkeypatch.chdir(tmp_path)
    assert main.run(["list", "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"labs": []}
    for verb in ("status", "check", "plan", "apply"):
        assert main.run([verb]) == 2
    assert main.run(["status", "--lab", "nobody"]) == 2
    assert "no lab named nobody runs here" in capsys.readouterr().err
    assert main.run(["down", "--all"]) == 0


@pytest.mark.parametrize(
    ("arguments", "form"),
    [
        (["status"], "table"), (["status", "-o", "json"], "json"), (["status", "-ojson"], "json"),
        (["status", "--output=yaml"], "yaml"), (["exec", "ce1", "--", "x", "-o", "json"], "table"),
        (["status", "-o"], "table"), (["status", "-o", "xml"], "table"),
    ],
)
def test_the_form_of_errors(arguments: list[str], form: str) -> None:
    assert wanted_format(arguments) == form


@pytest.mark.parametrize(
    ("command", "argv"),
    [
        ((), ["vtysh"]), (("show", "bgp", "summary"), ["vtysh", "-c", "show bgp summary"]),
        (("ping", "-c", "1", "10.0.0.1"), ["ping", "-c", "1", "10.0.0.1"]), (("--", "ls"), ["ls"]),
        (("show bgp summary",), ["vtysh", "-c", "show bgp summary"]), (("show",), ["vtysh", "-c", "show"]),
        (("clear bgp *",), ["vtysh", "-c", "clear bgp *"]), (("clear", "bgp", "*"), ["vtysh", "-c", "clear bgp *"]),
        (("ip -br addr",), ["ip", "-br", "addr"]), (("clear",), ["clear"]),
        (("sh -c 'echo a b'",), ["sh", "-c", "echo a b"]),
        (("vtysh", "-c", "show version"), ["vtysh", "-c", "show version"]),
    ],
)
def test_what_exec_runs(command: tuple[str, ...], argv: list[str]) -> None:
    assert argv_of(command) == argv


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("show bgp summary", "show bgp vrf er1p summary"), ("show bgp", "show bgp vrf er1p"),
        ("show ip bgp neighbors 10.0.0.1", "show ip bgp vrf er1p neighbors 10.0.0.1"),
        ("show ip route 10.0.0.0/8", "show ip route vrf er1p 10.0.0.0/8"),
        ("show ipv6 route", "show ipv6 route vrf er1p"),
        ("show bgp vrf all summary", "show bgp vrf all summary"), ("show version", "show version"),
        ("show bfd peers", "show bfd peers"), ("clear bgp *", "clear bgp *"), ("show", "show"),
    ],
)
def test_an_msee_is_asked_about_the_routing_domain(line: str, asked: str) -> None:
    """12/8: `exec msee1 show bgp summary` said that there is no BGP."""
    assert in_domain(line, "er1p") == asked


def test_what_exec_cannot_read() -> None:
    with pytest.raises(Impossible, match="no closing quotation"):
        argv_of(("echo 'a",))


def test_clock() -> None:
    assert (clock(None), clock(758.9), clock(90061)) == ("-", "00:12:38", "1d 01:01:01")


@pytest.mark.parametrize("arguments", [[], ["circuit"]])
def test_help_of_a_command_alone_is_as_help_is(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """12/8: `mseelab` alone printed its help as one line, as an error."""
    assert main.run(arguments) == 0
    alone = capsys.readouterr()
    assert main.run([*arguments, "--help"]) == 0
    assert alone.out == capsys.readouterr().out
    assert alone.err == ""


def test_down_where_nothing_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """12/8: `down` twice was exit 2; a job's last step types it whatever has happened. A wrong name stays one."""
    monkeypatch.setenv("MSEELAB_STATE", str(tmp_path))
    monkeypatch.setattr("lab.control.down.lost", list)
    assert main.run(["down"]) == 0
    assert "nothing to do" in capsys.readouterr().err
    assert main.run(["down", "-o", "json"]) == 0
    assert capsys.readouterr().out == '{\n  "labs": []\n}\n'
    assert main.run(["down", "er-nosuch"]) == 2
