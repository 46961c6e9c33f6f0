"""Root with fewer capabilities, as in containers, pods and services: what lacks is named at once; five are enough."""

from __future__ import annotations

import os

import pytest

from lab.engine.netns.capabilities import NEEDED, POD
from tests.live.harness import Done, Labs

SECONDS = 10.0  # 0.6 on an idle machine and four times that on a busy one; what hung was cut at 40
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can take capabilities away")


def bounded(labs: Labs, capabilities: str, *arguments: str, environment: dict[str, str] | None = None) -> Done:
    """Types `mseelab` with these changes to the set of what it and its children can have (setpriv --bounding-set)."""
    limit = ["setpriv", "--bounding-set", capabilities, "--inh-caps", "-all"]
    fewer = Labs(labs.home, [*limit, *labs.command], labs.environment)
    return fewer(*arguments, environment=environment)


def without(names: tuple[str, ...]) -> str:
    return ",".join(f"-{name.lower()}" for name in names)


@pytest.mark.parametrize(
    "names", [("NET_ADMIN",), ("SYS_CHROOT",), ("NET_RAW",), ("NET_BIND_SERVICE",), ("NET_RAW", "NET_BIND_SERVICE")]
)
@pytest.mark.parametrize("verb", ["up", "doctor"])
def test_each_missing_one_is_named_at_once(labs: Labs, names: tuple[str, ...], verb: str) -> None:
    """Without NET_RAW or NET_BIND_SERVICE `up` hung for 40 s, without SYS_CHROOT it was a defect, exit 70."""
    done = bounded(labs, without(names), *((verb, "dual-path") if verb == "up" else (verb,)))
    assert done.code == 4, str(done)
    said = done.out + done.err
    assert f"root lacks the capabilit{'y' if len(names) == 1 else 'ies'} {', '.join(names)} here" in said
    assert f"docker run {' '.join(f'--cap-add {name}' for name in names)} …" in said
    assert "defect" not in said
    assert "nodes:" not in said
    assert done.seconds < SECONDS


def test_in_a_pod_the_words_are_a_pod_s(labs: Labs) -> None:
    done = bounded(labs, without(("NET_RAW",)), "up", "dual-path", environment={POD: "10.96.0.1"})
    assert (done.code, "securityContext: {capabilities: {add: [NET_RAW]}}" in done.err) == (4, True), str(done)


def test_without_sys_admin_a_user_namespace_does(labs: Labs) -> None:
    """There all capabilities are root's again, whatever was taken away outside but SETFCAP, to become its root."""
    done = bounded(labs, without(("SYS_ADMIN", "NET_ADMIN")), "up", "dual-path")
    assert done.code == 0, str(done)
    labs.ok("down", "--all")


def test_five_are_enough(labs: Labs) -> None:
    """drop ALL + the five: FRR, ExaBGP, ping, captures and eBPF need nothing beside them."""
    five = ",".join(["-all", *(f"+{name.lower()}" for name in NEEDED)])
    assert len(NEEDED) == 5
    ping = ("exec", "ce1", "ping", "-c", "1", "-I", "10.10.0.1", "10.100.0.36")
    for arguments in (("doctor",), ("up", "dual-path"), ("check",), ping, ("capture", "--seconds", "1"), ("diagnose",)):
        done = bounded(labs, five, *arguments)
        assert done.code == 0, str(done)
        assert "only modelled" not in done.out + done.err
    done = bounded(labs, five, "down", "--all")
    assert done.code == 0, str(done)


def test_five_are_enough_for_microsoft_peering_too(labs: Labs) -> None:
    five = ",".join(["-all", *(f"+{name.lower()}" for name in NEEDED)])
    done = bounded(labs, five, "up", "microsoft-peering")
    ended = bounded(labs, five, "down", "--all")
    assert (done.code, ended.code) == (0, 0), f"{done}{ended}"


def test_a_running_lab_that_cannot_be_entered(labs: Labs) -> None:
    """`status` of a shell with fewer capabilities than `up` had: no defect."""
    labs.ok("up", "dual-path")
    done = bounded(labs, without(("SYS_CHROOT",)), "status")
    labs.ok("down", "--all")
    assert (done.code, "SYS_CHROOT" in done.err) == (4, True), str(done)
