"""Running things in a node, on any engine: a node is a pid, and everything here goes by its namespaces.

The caller is in the node's world and has one thread; it visits the node's namespaces, and is home again before anything
here returns. Programs get the environment they are given and nothing of the caller's, who holds keys.
"""

from __future__ import annotations

import errno
import os
import resource
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from lab.engine.base import Node
from lab.engine.confined import confine
from lab.engine.inherited import close_inherited
from lab.errors import HostCannot, Impossible, NotAsItShould
from lab.net import inside, ns
from lab.net.child import fork

if TYPE_CHECKING:
    from subprocess import CompletedProcess

ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8"}
# What a person's terminal needs, beside the above; vtysh would keep its history in the home folder of the host.
INTERACTIVE = ("TERM", "COLORTERM", "LANG", "LINES", "COLUMNS")
HISTORY = {"VTYSH_HISTFILE": "/run/vtysh.history"}
# Says of a process that it is a daemon which we started in a node; users may start others there.
DAEMON = "MSEELAB_DAEMON"
# Hundreds of routing domains are thousands of sockets of one bgpd; FRR reserves memory for as many as are allowed.
MOST_FILES = 16_384
# The kernel needs far less to load a program; a process that has hidden its variables and arguments holds nobody up.
EXEC_SECONDS = 1.0


@dataclass(frozen=True)
class Program:
    """Something to start in a node. `log` is a file of the node that gets all output."""

    argv: Sequence[str]
    log: str
    env: Mapping[str, str]


def run_in(node: Node, argv: Sequence[str], *, stdin: str | None = None, timeout: float) -> CompletedProcess[str]:
    """Runs a command in the node to its end, whatever its exit code, with what it wrote as text.

    Raises Impossible when the node has no such command, NotAsItShould when the node is gone or after `timeout` seconds.
    """
    import subprocess

    with _visiting(node):
        try:
            process = subprocess.Popen(
                argv,
                env=ENVIRONMENT,
                stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="replace",
            )
        except (FileNotFoundError, PermissionError) as error:
            raise _no_command(node, argv[0]) from error
    with process:
        try:
            out, err = process.communicate(stdin, timeout)
        except subprocess.TimeoutExpired as error:
            raise NotAsItShould(f"{node.name}: {argv[0]} did not end within {timeout:g} s") from error
        finally:
            process.kill()  # nothing happens to one that has ended
    return subprocess.CompletedProcess(list(argv), process.returncode, out, err)


def spawn_in(node: Node, argv: Sequence[str], *, log_path: str, env: Mapping[str, str] = ENVIRONMENT) -> int:
    """Starts a daemon in the node and returns its pid as the node sees it. See `spawn_all_in`."""
    return spawn_all_in(node, [Program(argv, log_path, env)])[0]


def spawn_all_in(node: Node, programs: Sequence[Program]) -> list[int]:
    """Starts daemons in the node, 1-2 ms for all and 1 ms each; returns their pids as the node sees them.

    They are children of the node's PID 1, in sessions of their own and in the node's cgroups, and hold nothing of the
    caller's: not its files, its environment or its terminal. Raises Impossible when the node has no such program.
    """
    return _started(node, [replace(p, env={**p.env, DAEMON: node.name}) for p in programs], ns.INSIDE)


def spawn_in_vrf(node: Node, vrf: str, program: Program) -> None:
    """Starts a program of this host in the network `vrf` of the node. It is one of the node's processes and ends with
    it; its files are this host's, which it only reads, but for `/run`, which is the node's. Raises HostCannot.
    """
    with inside.visiting(node.pid, vrf):
        _started(node, [replace(program, env={**program.env, DAEMON: node.name})], ("pid",), partial(_borrow_run, node))


def spawn_beside(node: Node, program: Program) -> None:
    """Starts a program of this host, with this host's files and network, that ends with the node.

    Its argv and log are paths of the host.
    """
    _started(node, [program], ("pid",))


def _borrow_run(node: Node) -> None:
    """Puts the node's `/run` over this process's own, which leaves the others' mounts alone; the rest can only be read.
    """
    home, there = os.open("/proc/self/ns/mnt", os.O_RDONLY), os.open(f"/proc/{node.pid}/ns/mnt", os.O_RDONLY)
    ns.setns(there, "mnt")
    tree = ns.open_tree("/run")
    ns.setns(home, "mnt")
    ns.unshare(("mnt",))
    ns.mount("none", "/", flags=ns.MS_REC | ns.MS_PRIVATE)
    confine({"/run": tree})
    for descriptor in (home, there):
        os.close(descriptor)


def _started(
    node: Node, programs: Sequence[Program], kinds: Sequence[ns.Kind], prepare: Callable[[], None] = lambda: None
) -> list[int]:
    reader, writer = os.pipe()
    groups = [os.open(path, os.O_WRONLY | os.O_CLOEXEC) for path in node.cgroups]
    with _visiting(node, kinds):
        # A daemon that this process started itself would become an orphan of the host, not of the node: the kernel
        # gives orphans to the PID 1 of their parent's pid namespace. So its parent is born inside, and ends at once.
        parent = fork()
        if parent == 0:
            _spawn(programs, writer, groups, prepare)
    os.close(writer)
    for group in groups:
        os.close(group)
    with os.fdopen(reader) as pipe:
        told = [line.split() for line in pipe]
    os.waitpid(parent, 0)
    for (kind, said), program in zip(told, programs, strict=False):
        if kind == "pid":
            continue
        number = int(said)
        if number in (errno.ENOENT, errno.EACCES):
            raise _no_command(node, program.argv[0])
        raise HostCannot(f"{node.name}: cannot start {program.argv[0]}: {os.strerror(number)}")
    if len(told) != len(programs):
        raise HostCannot(f"{node.name}: cannot start {programs[len(told)].argv[0]}")
    return [int(number) for _, number in told]


def _spawn(
    programs: Sequence[Program], report: int, cgroups: Sequence[int], prepare: Callable[[], None]
) -> None:
    try:
        prepare()
        for group in cgroups:
            os.write(group, b"0")
        close_inherited(report)
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        files = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
        usual = signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}
        for program in programs:
            output = os.O_WRONLY | os.O_CREAT | os.O_APPEND
            try:
                pid = os.posix_spawnp(
                    program.argv[0],
                    list(program.argv),
                    dict(program.env),
                    file_actions=[
                        (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
                        (os.POSIX_SPAWN_OPEN, 1, program.log, output, 0o600),
                        (os.POSIX_SPAWN_DUP2, 1, 2),
                    ],
                    setsid=True,
                    setsigmask=[],
                    setsigdef=usual,
                )
                told = f"pid {pid}\n"
            except OSError as error:
                told = f"error {error.errno}\n"
            os.write(report, told.encode())
    finally:
        os._exit(0)


def exec_in(node: Node, argv: Sequence[str], vrf: str = "") -> int:
    """Runs a command in the node on this terminal and returns its exit code, 128 + n when signal n ended it. With `vrf`
    it has the network of that VRF of the node.

    Raises Impossible when the node has no such command.
    """
    import shutil

    env = ENVIRONMENT | HISTORY | {name: os.environ[name] for name in INTERACTIVE if name in os.environ}
    elsewhere = inside.visiting(node.pid, vrf) if vrf else nullcontext()
    kinds = [kind for kind in ns.INSIDE if not vrf or kind != "net"]
    with elsewhere, _visiting(node, kinds):
        program = shutil.which(argv[0], path=env["PATH"])
        if program is None:
            raise _no_command(node, argv[0])
        child = fork()
        if child == 0:
            try:
                ns.signal_when_parent_ends(signal.SIGTERM)
                signal.signal(signal.SIGPIPE, signal.SIG_DFL)
                signal.signal(signal.SIGINT, signal.SIG_DFL)
                os.execve(program, list(argv), env)
            finally:
                os._exit(126)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGQUIT)}
    try:
        _, status = os.waitpid(child, 0)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def signal_in(node: Node, pid: int, number: int) -> bool:
    """Signals the process that the node knows as `pid`; False when there is none. Signal 0 only looks."""
    return signal_at(node.root, pid, number)


def signal_at(root: str, pid: int, number: int) -> bool:
    """Signals the process `pid` of the /proc of `root`, a node's file system or `""` for this process's own."""
    try:
        # A folder of /proc is taken for a pidfd, and names the process even if its number is used again meanwhile.
        process = os.open(f"{root}/proc/{pid}", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        signal.pidfd_send_signal(process, number)
    except ProcessLookupError:
        return False
    finally:
        os.close(process)
    return True


def marked(node: Node, mark: str = DAEMON) -> list[int]:
    """Pids, as the node sees them, of its processes that were started with the variable `mark`."""
    found = []
    start = f"{mark}=".encode()
    for name in os.listdir(f"{node.root}/proc"):
        if name.isdigit() and name != "1":
            try:
                variables = _environment(f"{node.root}/proc/{name}").split(b"\0")
            except (FileNotFoundError, ProcessLookupError):
                continue
            except PermissionError:
                # Forked from outside this user namespace and not yet what it will be: it has no variables of its own.
                continue
            if any(variable.startswith(start) for variable in variables):
                found.append(int(name))
    return found


def _environment(process: str) -> bytes:
    """The variables of a process, by its folder in /proc.

    While the kernel puts a program in the place of another, the process has neither variables nor arguments; whoever
    started it goes on before that is over. One that ends has none for good.
    """
    deadline = time.monotonic() + EXEC_SECONDS
    while True:
        variables = _read(f"{process}/environ")
        if variables or _read(f"{process}/cmdline") or ns.has_ended(process) or time.monotonic() > deadline:
            return variables
        os.sched_yield()


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def write_file(
    node: Node, path: str, text: str, mode: int = 0o600, owner: tuple[int, int] | None = None
) -> None:
    """Replaces a file of the node whole: a reader sees the old one or the new one. The folder must be there.

    `owner` are a user's and a group's numbers in the node; without, the file is its root's.
    """
    folder, name = os.path.split(path)
    with _opened(node, folder, os.O_PATH | os.O_DIRECTORY) as directory:
        temporary = f".{name}.new"
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
        with os.fdopen(os.open(temporary, flags, mode, dir_fd=directory), "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), mode)
            if owner is not None:
                os.fchown(file.fileno(), *owner)
            file.write(text)
        os.replace(temporary, name, src_dir_fd=directory, dst_dir_fd=directory)


def read_file(node: Node, path: str) -> str:
    """A file of the node as text. Raises FileNotFoundError when it is not there."""
    with _opened(node, path, os.O_RDONLY) as descriptor:
        with os.fdopen(os.dup(descriptor), encoding="utf-8", errors="replace") as file:
            return file.read()


@contextmanager
def _opened(node: Node, path: str, flags: int) -> Iterator[int]:
    """`path` opened as the node sees it: its absolute symbolic links lead to its own files, not to the host's."""
    try:
        root = os.open(node.root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    except (FileNotFoundError, ProcessLookupError) as error:
        raise _node_gone(node) from error
    try:
        descriptor = ns.open_in_root(root, path, flags)
    finally:
        os.close(root)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _visiting(node: Node, kinds: Sequence[ns.Kind] = ns.INSIDE) -> Iterator[None]:
    if not os.path.exists(f"/proc/{node.pid}/ns/pid"):
        raise _node_gone(node)
    with ns.visiting(node.pid, kinds):
        yield


def _node_gone(node: Node) -> NotAsItShould:
    return NotAsItShould(f"node {node.name} no longer runs", next="mseelab up; if it stays so, mseelab down first")


def _no_command(node: Node, name: str) -> Impossible:
    return Impossible(f"{node.name} has no command {name}")
