"""Why a host refuses a lab, from the error number and the host's switches to the line to type."""

from __future__ import annotations

import errno

import pytest

from lab.engine.netns.refusal import Host, refused

USER = Host(root=False, filtered=False, most_user_namespaces=15_000)
ROOT = Host(root=True, filtered=False, most_user_namespaces=15_000)


@pytest.mark.parametrize(
    ("number", "step", "host", "why", "line"),
    [
        (
            errno.ENOSPC, "namespaces", Host(False, False, most_user_namespaces=0),
            "switched off", "sudo sysctl -w user.max_user_namespaces=15000",
        ),
        (errno.ENOSPC, "nodes", USER, "no more namespaces", "sysctl user shows the limits"),
        (
            errno.EPERM, "namespaces", Host(False, False, unprivileged_clone=0),
            "only root", "sudo sysctl -w kernel.unprivileged_userns_clone=1",
        ),
        (
            errno.EACCES, "namespaces", Host(False, False, unprivileged_clone=1, apparmor_restricts=1),
            "AppArmor", "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
        ),
        (
            errno.EPERM, "namespaces", Host(True, True, apparmor_restricts=1),
            "seccomp", "docker run --security-opt seccomp=unconfined …",
        ),
        (errno.EPERM, "world", ROOT, "masks /proc", "docker run --security-opt systempaths=unconfined …"),
        (errno.EPERM, "namespaces", USER, "not permitted", "sudo mseelab up"),
        (errno.EINVAL, "namespaces", USER, "kernel lacks", "sudo mseelab up, or another kernel"),
    ],
)
def test_every_cause_has_its_line(number: int, step: str, host: Host, why: str, line: str) -> None:
    error = refused({"step": step, "errno": number, "subject": ""}, host)
    assert error.exit_code == 4
    assert why in error.message
    assert step in error.message
    assert error.next == line


def test_an_error_without_a_known_cause_keeps_the_kernel_s_words() -> None:
    error = refused({"step": "nodes", "errno": errno.EMFILE, "subject": "/run/n"}, USER)
    assert error.message == "cannot make the lab's nodes: Too many open files (/run/n)"


def test_what_the_first_process_says_itself_is_kept() -> None:
    assert refused({"error": "node ce1: no room"}, USER).message == "node ce1: no room"
