"""Progress: ux.md section 1 on a terminal, section 3 in a log."""

from __future__ import annotations

from io import StringIO

import pytest

from lab.cli.progress import Log, Terminal, chosen, step_line
from lab.control.progress import Progress, Quiet

TERMINAL = """\
er-lab   shipped lab dual-path (no circuit.yml in this folder)   engine netns, no root
  ✓ nodes     ce1 msee1 msee2 azure, 4 links, VLAN tags by 8021q                       0.2 s
  ✓ circuit   Enabled / Provisioned, service key 7d1c6a52-3f0e-4b8e-9a51-0c2b5de81f44
  ✓ ping      ce1 → VNet hub 10.100.0.36, fd00:100::24, each over both paths           0.1 s
up in 0.8 s
"""
LOG = """\
er-ams: topology dual-ce, engine netns, VLAN tags by 8021q
er-ams: nodes: ce1 ce2 msee1 msee2 azure, 5 links (0.5 s)
er-ams: circuit: Enabled / Provisioned
er-ams: sessions: 6 of 6 Established (1.9 s)
er-ams: prefixes: as expected on 6 of 6 sessions (0.4 s)
er-ams: ping: hub ipv4, hub ipv6, apps ipv4, each over both paths (0.2 s)
er-ams: up in 3.0 s
"""


class Screen(StringIO):
    def isatty(self) -> bool:
        return True


def test_steps_on_a_terminal() -> None:
    out = StringIO()
    shown: Progress = Terminal(out)
    shown.head("er-lab", "shipped lab dual-path (no circuit.yml in this folder)   engine netns, no root")
    shown.step("nodes", "ce1 msee1 msee2 azure, 4 links, VLAN tags by 8021q", 0.21, plain="not this")
    shown.step("circuit", "Enabled / Provisioned, service key 7d1c6a52-3f0e-4b8e-9a51-0c2b5de81f44", plain="not this")
    shown.step("ping", "ce1 → VNet hub 10.100.0.36, fd00:100::24, each over both paths", 0.1)
    shown.done("up in 0.8 s")
    assert out.getvalue() == TERMINAL


def test_the_step_at_work_is_redrawn_in_place() -> None:
    out = StringIO()
    shown = Terminal(out)
    shown.working("sessions  4 of 6; waiting for MicrosoftPeering primary ipv4 (Connect)")
    shown.step("sessions", "6 of 6 Established", 0.3)
    moving, standing = out.getvalue().split("\r\x1b[K")[1:]
    assert moving[4:] == "sessions  4 of 6; waiting for MicrosoftPeering primary ipv4 (Connect)"
    assert standing == step_line("sessions", "6 of 6 Established", 0.3) + "\n"


def test_lines_in_a_log() -> None:
    out = StringIO()
    shown: Progress = Log(out)
    shown.head("er-ams", "not this", plain="topology dual-ce, engine netns, VLAN tags by 8021q")
    shown.step("nodes", "not this", 0.5, plain="ce1 ce2 msee1 msee2 azure, 5 links")
    shown.step("circuit", "not this", plain="Enabled / Provisioned")
    shown.working("never in a log")
    shown.step("sessions", "6 of 6 Established", 1.9)
    shown.step("prefixes", "as expected on 6 of 6 sessions", 0.4)
    shown.step("ping", "hub ipv4, hub ipv6, apps ipv4, each over both paths", 0.2)
    shown.done("up in 3.0 s")
    assert out.getvalue() == LOG


def test_a_step_that_fails_shows_it() -> None:
    out = StringIO()
    Terminal(out).step("sessions", "3 of 4 Established", 10.0, ok=False)
    Log(out).step("sessions", "3 of 4 Established", 10.0, ok=False)
    terminal, log = out.getvalue().splitlines()
    assert terminal.startswith("  ✗ sessions  3 of 4 Established")
    assert log == "mseelab: sessions: FAILED: 3 of 4 Established (10.0 s)"


def test_the_form_follows_where_it_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("CI", raising=False)
    assert isinstance(chosen(Screen()), Terminal)
    assert isinstance(chosen(StringIO()), Log)
    assert isinstance(chosen(Screen(), quiet=True), Quiet)
    monkeypatch.setenv("CI", "true")
    assert isinstance(chosen(Screen()), Log)


def test_a_log_is_not_silent_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """12/6: ten seconds without a line while sessions are late."""
    out, now = StringIO(), 100.0
    monkeypatch.setattr("lab.cli.progress.time.monotonic", lambda: now)
    shown = Log(out, "er-ams")
    said = []
    for second in range(11):
        now = 100.0 + second
        shown.working("sessions  4 of 6; waiting for AzurePrivatePeering primary ipv4 (Connect)")
        said.append(out.getvalue().count("\n"))
    assert said == [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2]
    assert out.getvalue().splitlines()[0] == (
        "er-ams: sessions: 4 of 6; waiting for AzurePrivatePeering primary ipv4 (Connect)"
    )


def test_another_step_is_drawn_at_once() -> None:
    """12/6: `diagnose` came less than a redraw after `sessions` and was never seen."""
    out = StringIO()
    shown = Terminal(out)
    shown.working("sessions  4 of 6")
    shown.working("diagnose  2 of 6 sessions")
    assert "diagnose" in out.getvalue()
