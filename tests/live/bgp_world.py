"""A private machine for tests of `bgp` alone: its namespaces, mounts and processes end with the test's child."""

from __future__ import annotations

import ctypes
import os
import pickle
import select
import signal
import socket
import subprocess
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

from bgp.frr.daemons import Daemon, Frr, daemon_environment, find_frr, ready_socket
from bgp.frr.vty import Vty
from bgp.tcpmd5 import open_diag

T = TypeVar("T")
_CLONE_NEWUSER = 0x10000000
_CLONE = {"ns": 0x00020000, "uts": 0x04000000, "ipc": 0x08000000, "pid": 0x20000000, "net": 0x40000000}
_SETTINGS = {
    "net/ipv4/ip_forward": "1",
    "net/ipv6/conf/all/forwarding": "1",
    "net/ipv4/conf/all/rp_filter": "0",
    "net/ipv4/conf/default/rp_filter": "0",
    "net/ipv6/conf/all/accept_dad": "0",
    "net/ipv6/conf/default/accept_dad": "0",
}
PASSWD = (
    "root:x:0:0:root:/root:/bin/sh\nfrr:x:0:0::/run/frr:/bin/sh\n_openbgpd:x:0:0::/run/openbgpd:/usr/sbin/nologin\n"
)
GROUP = "root:x:0:\nfrr:x:0:\nfrrvty:x:0:root,frr\n_openbgpd:x:0:\n"
_libc = ctypes.CDLL(None, use_errno=True)


def until(look: Callable[[], T | None], seconds: float, label: str) -> T:
    """Looks first, then every 20 ms, until `look` gives something true. Fails with the last observation."""
    deadline = time.monotonic() + seconds
    while True:
        seen = look()
        if seen:
            return seen
        if time.monotonic() > deadline:
            raise AssertionError(f"{label}: not within {seconds} s, last {seen!r}")
        select.select([], [], [], 0.02)


def held(look: Callable[[], object], seconds: float, label: str) -> None:
    """Fails as soon as `look` gives something true within `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        seen = look()
        assert not seen, f"{label}: {seen!r}"
        select.select([], [], [], 0.05)


class Node:
    """A node: own network, mount and uts namespaces, FRR's default paths."""

    def __init__(self, name: str, frr: Frr) -> None:
        self.name = name
        self.frr = frr
        script = (
            f"hostname {name}; mount -t tmpfs none /run; mount -t tmpfs none /etc/frr; mkdir -p /run/frr /run/netns "
            "/var/tmp/frr; mount -t sysfs none /sys; echo ready; exec sleep infinity"
        )
        self._holder = subprocess.Popen(
            ["unshare", "-m", "-n", "-u", "sh", "-c", script], stdout=subprocess.PIPE, text=True
        )
        assert self._holder.stdout is not None
        assert self._holder.stdout.readline() == "ready\n"
        self.pid = self._holder.pid
        self.daemons: dict[str, subprocess.Popen[bytes]] = {}
        self._settings()
        self.run("ip", "link", "set", "lo", "up")

    def path(self, inside: str) -> str:
        return f"/proc/{self.pid}/root{inside}"

    def run(self, *argv: str, check: bool = True) -> str:
        done = subprocess.run(
            ["nsenter", "-m", "-n", "-u", "-t", str(self.pid), *argv], capture_output=True, text=True, check=False
        )
        assert not check or done.returncode == 0, f"{argv}: {done.stdout}{done.stderr}"
        return done.stdout

    def _settings(self, vrf: str = "") -> None:
        lines = " && ".join(f"echo {value} > /proc/sys/{key}" for key, value in _SETTINGS.items())
        self.run(*self.within(vrf), "sh", "-c", lines)

    def within(self, vrf: str) -> list[str]:
        return ["ip", "netns", "exec", vrf] if vrf else []

    def vrf(self, name: str) -> None:
        self.run("ip", "netns", "add", name)
        self._settings(name)
        self.run("ip", "-n", name, "link", "set", "lo", "up")

    def address(self, interface: str, address: str, vrf: str = "") -> None:
        where = ["-n", vrf] if vrf else []
        if vrf and interface != "lo":
            self.run("ip", "link", "set", interface, "netns", vrf)
        flags = ["nodad"] if ":" in address else []
        self.run("ip", *where, "addr", "add", address, "dev", interface, *flags)
        self.run("ip", *where, "link", "set", interface, "up")

    def diag(self, vrf: str = "") -> socket.socket:
        """A socket that asks about this node's TCP sockets, opened where they are."""
        with open("/proc/self/ns/net") as mine, open(self.path(f"/run/netns/{vrf}") if vrf else self._ns) as theirs:
            assert _libc.setns(theirs.fileno(), 0) == 0
            try:
                return open_diag()
            finally:
                assert _libc.setns(mine.fileno(), 0) == 0

    @property
    def _ns(self) -> str:
        return f"/proc/{self.pid}/ns/net"

    def more(self, interface: str, address: str, vrf: str = "") -> None:
        where = ["-n", vrf] if vrf else []
        self.run("ip", *where, "addr", "add", address, "dev", interface, *(["nodad"] if ":" in address else []))

    def write(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            path = self.path(f"/etc/frr/{name}")
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(text)

    def spawn(
        self, argv: list[str], environment: Mapping[str, str], log: str, vrf: str = ""
    ) -> subprocess.Popen[bytes]:
        with open(self.path(f"/run/{log}.out"), "wb") as output:
            return subprocess.Popen(
                ["nsenter", "-m", "-n", "-u", "-t", str(self.pid), *self.within(vrf), *argv],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=dict(environment),
            )

    def start(self, *daemons: Daemon, environment: Mapping[str, str] | None = None) -> None:
        for daemon in daemons:
            self.daemons[daemon] = self.spawn(self.frr.argv(daemon), environment or daemon_environment(), daemon)
            until(partial(os.path.exists, self.path(ready_socket(daemon))), 5, f"{self.name} {daemon} ready")

    @contextmanager
    def vty(self, daemon: Daemon = "bgpd") -> Iterator[Vty]:
        with until(lambda: self._try(daemon), 5, f"{self.name} {daemon} answers") as vty:
            yield vty

    def _try(self, daemon: Daemon) -> Vty | None:
        try:
            return Vty(self.path(f"/run/frr/{daemon}.vty"))
        except OSError:
            return None

    def log(self, daemon: str) -> str:
        with open(self.path(f"/run/frr/{daemon}.log")) as file:
            return file.read()


class World:
    def __init__(self) -> None:
        self.frr = find_frr()

    def node(self, name: str) -> Node:
        return Node(name, self.frr)

    def link(self, a: Node, a_port: str, b: Node, b_port: str) -> None:
        ends = ["peer", "name", b_port, "netns", str(b.pid)]
        subprocess.run(["ip", "link", "add", a_port, "netns", str(a.pid), "type", "veth", *ends], check=True)


def in_world(body: Callable[[World], T], seconds: int = 90) -> T:
    """Runs `body` in a world of its own and returns its (picklable) result; everything of it is gone afterwards."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _outer(body, writer, seconds)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        data = pipe.read()
    os.waitpid(child, 0)
    assert data, "the world ended without a result"
    kind, value = pickle.loads(data)
    if kind == "error":
        raise AssertionError(value)
    result: T = value
    return result


def _accounts() -> None:
    """Daemons run as root here, which FRR's vty group must list; only uid and gid 0 exist in a user namespace."""
    for name, text in (("passwd", PASSWD), ("group", GROUP)):
        with open(f"/run/{name}", "w") as file:
            file.write(text)
        subprocess.run(["mount", "--bind", f"/run/{name}", f"/etc/{name}"], check=True)


def _unshare() -> None:
    """Namespaces of our own; without root below a user namespace in which we are root."""
    user, group = os.geteuid(), os.getegid()
    flags = sum(_CLONE.values()) | (_CLONE_NEWUSER if user else 0)
    if _libc.unshare(flags):
        raise OSError(ctypes.get_errno(), "no namespaces of our own")
    if user:
        for name, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)


def _outer(body: Callable[[World], T], writer: int, seconds: int) -> None:
    try:
        _unshare()
    except OSError:
        with os.fdopen(writer, "wb") as pipe:
            pickle.dump(("error", traceback.format_exc()), pipe)
        os._exit(1)
    inner = os.fork()
    if inner:
        os.close(writer)
        os.waitpid(inner, 0)
        os._exit(0)
    try:
        signal.alarm(seconds)
        for command in (
            "mount --make-rprivate /",
            "mount -t proc none /proc",
            "mount -t tmpfs none /run",
            "mount -t tmpfs none /var/tmp",
            "ip link set lo up",
        ):
            subprocess.run(command.split(), check=True)
        _accounts()
        answer: tuple[str, object] = ("value", body(World()))
    except BaseException:  # noqa: BLE001 - the child's whole failure is handed to the parent
        answer = ("error", traceback.format_exc())
    with os.fdopen(writer, "wb") as pipe:
        pickle.dump(answer, pipe)
    os._exit(0)
