"""Where attachers are tried: a network namespace that exists for the trial only."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from lab.errors import HostCannot
from lab.net import inside, ns
from lab.net.child import fork
from lab.net.vlan.base import Attacher, AttacherProbe


@contextmanager
def scratch() -> Iterator[None]:
    """Inside, this process is in a network namespace of its own. Needs CAP_SYS_ADMIN where it is."""
    home = inside.own_network()
    try:
        ns.unshare(("net",))
        try:
            yield
        finally:
            ns.setns(home, "net")
    finally:
        os.close(home)


def all_of(attachers: Sequence[Attacher]) -> list[AttacherProbe]:
    """The probes of all, in a child that leaves for a user namespace first where the caller is not root."""
    reading, writing = os.pipe()
    child = fork()
    if child == 0:
        status = 1
        try:
            os.close(reading)
            _probe(attachers, writing)
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    with open(reading, "rb") as answers:
        data = answers.read()
    os.waitpid(child, 0)
    if not data:
        raise HostCannot("the VLAN attachers could not be tried", next="mseelab doctor")
    found: list[AttacherProbe] = pickle.loads(data)
    return found


def _probe(attachers: Sequence[Attacher], writing: int) -> None:
    found = []
    try:
        if os.geteuid() != 0:
            ns.unshare(("user",))
        ns.unshare(("net",))
        for each in attachers:
            reason = each.probe()
            found.append(AttacherProbe(each.name, reason is None, reason or ""))
            # Each has a namespace of its own: what one leaves, the next does not find.
            ns.unshare(("net",))
    except OSError as error:
        reason = f"no network namespace for the trial: {error.strerror}"
        found = [AttacherProbe(each.name, False, reason) for each in attachers]
    with open(writing, "wb") as answers:
        pickle.dump(found, answers)
