"""Why a host refuses a lab, from the error number and the host's switches to the line to type."""

from __future__ import annotations

import errno

import pytest

from lab.engine.netns.capabilities import POD
from lab.engine.netns.refusal import Host, refused

USER = Host(root=False, filtered=False, most_user_namespaces=15_000)
ROOT = Host(root=True, filtered=False, most_user_namespaces=15_000)
AS_ROOT = (
    "docker run --user root --cap-add SYS_ADMIN --cap-add NET_ADMIN --cap-add SYS_CHROOT --cap-add NET_RAW "
    "--cap-add NET_BIND_SERVICE …"
)


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
        (errno.EACCES, "world", ROOT, "AppArmor", "docker run --security-opt apparmor=unconfined …"),
        (errno.EPERM, "namespaces", Host(False, True), "seccomp", AS_ROOT),
        (errno.EPERM, "world", Host(False, True), "masks /proc", AS_ROOT),
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


@pytest.mark.parametrize("number", [errno.EPERM, errno.EACCES, errno.ENOSPC])
@pytest.mark.parametrize("step", ["namespaces", "world", "nodes"])
@pytest.mark.parametrize(
    ("variables", "line"),
    [
        ({}, "docker run --cap-add SYS_ADMIN --cap-add NET_RAW …"),
        ({POD: "10.96.0.1"}, "securityContext: {capabilities: {add: [SYS_ADMIN, NET_RAW]}}"),
    ],
    ids=["docker", "pod"],
)
def test_missing_capabilities_are_named_before_anything_else(
    number: int, step: str, variables: dict[str, str], line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(POD, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    error = refused({"step": step, "errno": number}, Host(True, True, ("SYS_ADMIN", "NET_RAW")))
    assert (error.exit_code, error.next) == (4, line)
    assert error.message == "root lacks the capabilities SYS_ADMIN, NET_RAW here"


def test_in_a_pod_the_words_are_a_pod_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(POD, "10.96.0.1")
    lines = [
        refused({"step": step, "errno": errno.EPERM}, host).next or ""
        for step, host in (("namespaces", Host(True, True)), ("world", ROOT), ("world", Host(False, True)))
    ]
    assert all(line.startswith("securityContext: {") for line in lines)


def test_an_error_without_a_known_cause_keeps_the_kernel_s_words() -> None:
    error = refused({"step": "nodes", "errno": errno.EMFILE, "subject": "/run/n"}, USER)
    assert error.message == "cannot make the lab's nodes: Too many open files (/run/n)"


def test_what_the_first_process_says_itself_is_kept() -> None:
    assert refused({"error": "node ce1: no room"}, USER).message == "node ce1: no room"
