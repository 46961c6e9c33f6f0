"""GitHub's annotations: escaped as the runner reads them, on the line to blame, few."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lab.check.result import Report
from lab.check.writers.github import SHOWN, command, mistake_commands, workflow_commands
from lab.errors import Mistake
from tests.pure.check.reports import DOWN, FAILED, FULL, WARNING

CLONE = Path("/clone")


def test_failures_and_warnings_are_annotations() -> None:
    assert workflow_commands(FULL, CLONE) == [
        ("::error file=lab/ce2.conf,line=14,title=from-ce%3A AzurePrivatePeering secondary ipv4::"
        "ce2 has 10.11.0.0/16 and keeps it: prefix-list ONPREM (ce2.conf:14) lacks it"
        "%0Aexpected: 10.10.0.0/16, 10.11.0.0/16%0Agot: 10.10.0.0/16"
        "%0Anext: ip prefix-list ONPREM seq 20 permit 10.11.0.0/16"),
        ("::error file=lab/circuit.yml,line=40,title=prefixes%3A no-default::"
        "ask the *backbone* team | before you | touch @this%0Aexpected: none of 0.0.0.0/0%0Agot: 0.0.0.0/0"),
        "::notice title=mseelab er-ams::and 1 more failure",
        "::warning title=redundancy::er-ams: one CE router on both paths, ce1",
    ]


def test_escaping_is_the_runners() -> None:
    assert command("error", "100%\r\na:b,c", title="a:b, 5%\n") == "::error title=a%3Ab%2C 5%25%0A::100%25%0D%0Aa:b,c"


def test_no_message_starts_a_command_of_its_own() -> None:
    lines = workflow_commands(Report("x", (replace(FAILED, why="a\n::add-mask::b"),), 1), CLONE)
    assert all("\n" not in line for line in lines)


def test_ten_of_a_level_and_how_many_more() -> None:
    lines = workflow_commands(Report("x", (FAILED,) * 25, 1), CLONE)
    assert len(lines) == SHOWN + 1
    assert lines[-1] == "::notice title=mseelab x::and 15 more failures"


def test_a_file_outside_the_clone_is_not_named() -> None:
    assert "file=" not in workflow_commands(replace(FULL, folder="/elsewhere"), CLONE)[0]
    assert "file=" not in workflow_commands(replace(FULL, folder=""), CLONE)[0]


def test_what_only_follows_is_told_when_there_is_nothing_else() -> None:
    lines = workflow_commands(Report("x", (DOWN, WARNING), 1), CLONE)
    assert lines[0].startswith("::error ")


def test_a_mistake_in_a_file_is_on_its_line() -> None:
    mistake = Mistake("circuit.yml", 4, 5, "ER204", "peerASN", "65515", "1-4294967295", hint="ask")
    typed = Mistake("--peer-asn", 0, 0, "ER204", "peerASN", "65515", "1-4294967295", warning=True)
    assert mistake_commands([mistake, typed], CLONE / "lab", CLONE) == [
        ("::error file=lab/circuit.yml,line=4,title=ER204 peerASN::"
         "ER204 peerASN: found 65515; allowed 1-4294967295%0Aask"),
        "::warning title=ER204 peerASN::ER204 peerASN: found 65515; allowed 1-4294967295",
    ]
