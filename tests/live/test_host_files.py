"""What a node can do to the host: FRR's commands that write, and ordinary tools, aimed at everything worth having.

The scripts below run in a node. They try and say what they could; the host is compared with before. A hole must do no
harm here: FRR is aimed at new names and at files of the test's own, and what exists is only opened.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.harness import ROOT, Labs

MARK = "mseelab-was-here"
FOLDERS = (
    "", "bin", "boot", "etc", "etc/cron.d", "etc/profile.d", "etc/sudoers.d", "etc/systemd/system", "etc/frr", "home",
    "lib", "mnt", "opt", "root", "root/.ssh", "sbin", "srv", "usr", "usr/bin", "usr/sbin", "usr/lib", "usr/lib/frr",
    "usr/lib/x86_64-linux-gnu/frr/modules", "usr/local/bin", "usr/share", "var", "var/cache", "var/lib", "var/lib/frr",
    "var/log", "var/mail", "var/spool", "var/spool/cron/crontabs", "var/tmp", "tmp", "run", "dev", "dev/shm", "sys",
    "sys/fs/cgroup", "sys/fs/cgroup/memory", "proc", "proc/sys/kernel",
)  # fmt: skip
FILES = (
    "/etc/passwd", "/etc/shadow", "/etc/ld.so.preload", "/etc/ld.so.cache", "/etc/crontab", "/etc/fstab",
    "/root/.bashrc", "/root/.profile", "/root/.ssh/authorized_keys", "/usr/bin/vtysh", "/bin/sh",
    "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/kernel/hostname",
    "/proc/sys/kernel/domainname", "/proc/sys/vm/swappiness", "/proc/sys/vm/drop_caches", "/proc/sys/fs/file-max",
    "/proc/sysrq-trigger", "/proc/self/oom_score_adj", "/proc/1/oom_score_adj", "/proc/irq/default_smp_affinity",
    "/sys/kernel/uevent_helper", "/sys/kernel/mm/transparent_hugepage/enabled", "/sys/fs/cgroup/memory/release_agent",
    "/sys/power/state", "/dev/vda", "/dev/sda", "/dev/nvme0n1", "/dev/loop0", "/dev/mem", "/dev/kmsg", "/dev/tty0",
    "/dev/console", "/dev/kvm", "/dev/ptmx", "/dev/input/event0",
)  # fmt: skip
# What a node has for itself: there it may write, and nothing of it is the host's.
OWN = ("/etc/frr", "/var/lib/frr", "/var/log", "/var/tmp", "/tmp", "/run", "/dev/shm", "/dev/ptmx")
FRR = r"""
import glob, json, os, socket, sys
places, mark = json.load(sys.stdin)
def ask(daemon, lines):
    with socket.socket(socket.AF_UNIX) as vty:
        vty.settimeout(10)
        vty.connect(f"/run/frr/{daemon}.vty")
        for line in ("enable", "configure terminal", *lines):
            vty.sendall(line.encode() + b"\0")
            answer = b""
            while len(answer) < 4 or answer[-4:-1] != b"\0\0\0":
                more = vty.recv(65536)
                if not more:
                    raise ConnectionError(daemon)
                answer += more
        return answer[-1] == 0 and b"open" not in answer
def state(path):
    try:
        found = os.stat(path)
        return found.st_size, found.st_mtime_ns
    except OSError:
        return None
daemons = sorted(os.path.basename(found)[:-4] for found in glob.glob("/run/frr/*.vty"))
done = []
def attempt(daemon, path, undo, *lines):
    before = state(path)
    took = ask(daemon, lines)
    after = state(path)
    ask(daemon, undo)
    # A dump is taken, and its file opened later: what counts is the file.
    if after != before or (took and before and lines[-1].startswith("log")):
        done.append([daemon, lines[-1], path])
for path in places:
    for daemon in daemons:
        attempt(daemon, path, ["no log file"], "log file " + path)
        attempt(daemon, path, ["no log filtered-file"], "log filtered-file " + path)
    for kind in "all", "updates-et", "routes-mrt":
        attempt("bgpd", path, ["no dump bgp " + kind], f"dump bgp {kind} {path}")
# An extended target that cannot be opened ends FRR 8.4's daemon at times, so it is last, and a dead one is left alone.
for kind in "file", "fifo", "unix":
    for path in places:
        for daemon in daemons:
            try:
                attempt(daemon, path, [], "log extended-syslog " + mark, f"destination {kind} {path}")
            except OSError:
                continue
print(json.dumps(done))
"""
TOOLS = r"""
while read -r p; do
  d=$(dirname "$p"); there=; [ -e "$p" ] && there=yes
  ( : >> "$p" ) 2>/dev/null && echo "append $p"
  dd if=/dev/null "of=$p" conv=notrunc status=none 2>/dev/null && echo "dd $p"
  chmod u+w "$p" 2>/dev/null && echo "chmod $p"
  touch -c -h -r "$p" "$p" 2>/dev/null && [ -n "$there" ] && echo "touch $p"
  cp /etc/hostname "$d/mseelab-was-here.cp" 2>/dev/null && echo "cp $p"
  ln -s /etc/hostname "$d/mseelab-was-here.ln" 2>/dev/null && echo "ln $p"
  ln /etc/hostname "$d/mseelab-was-here.hard" 2>/dev/null && echo "link $p"
  mkdir "$d/mseelab-was-here.d" 2>/dev/null && echo "mkdir $p"
  mkfifo "$d/mseelab-was-here.fifo" 2>/dev/null && echo "mkfifo $p"
  mknod "$d/mseelab-was-here.null" c 1 3 2>/dev/null && echo "mknod $p"
done
exit 0
"""


@pytest.fixture(params=["root", "user"])
def both_labs(request: pytest.FixtureRequest) -> Labs:
    if request.param == "root" and os.geteuid() != 0:
        pytest.skip("these tests do not run as root")
    labs: Labs = request.getfixturevalue("labs" if request.param == "root" else "user_labs")
    return labs


@pytest.fixture
def running(both_labs: Labs) -> Iterator[Labs]:
    both_labs.ok("up", "own-config")
    yield both_labs
    both_labs.ok("down", "--all")


def own_places(labs: Labs) -> list[str]:
    """The files of whoever runs the lab: home, work, state, this program, a folder of a CI runner below /tmp."""
    home = labs.home / "home"
    (home / ".bashrc").write_text("# mine\n")
    runner = labs.home / "work" / "github_path"
    runner.write_text("")
    for path in (home / ".bashrc", runner):
        if labs.user is not None:
            os.chown(path, labs.user, labs.user)
    documents = [str(path) for path in labs.home.rglob("lab.json")]
    assert documents
    return [
        str(home / ".bashrc"), str(home / MARK), str(runner), str(labs.folder / MARK), *documents,
        str(ROOT / MARK), str(ROOT / "lab" / MARK), str(Path(sys.prefix) / "bin" / MARK),
    ]  # fmt: skip


def places_of(labs: Labs) -> list[str]:
    """Where a new file can be made or one of the test's own be written to."""
    new = [f"/{folder}/{MARK}".replace("//", "/") for folder in FOLDERS if os.path.isdir(f"/{folder}")]
    return [*new, *own_places(labs), f"/run/n/msee1/run/{MARK}", f"/run/mseelab/{MARK}"]


def look(places: list[str]) -> dict[str, object]:
    """What the host has in these places and beside them."""
    return {path: [_state(path), _names(os.path.dirname(path))] for path in places}


def _state(path: str) -> object:
    try:
        found = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    known: list[object] = [found.st_ino, found.st_mode, found.st_uid]
    if stat.S_ISREG(found.st_mode) and not path.startswith(("/proc", "/sys")):
        known += [found.st_mtime_ns, hashlib.sha256(Path(path).read_bytes()).hexdigest()]
    if path in ("/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/sys/kernel/uevent_helper"):
        known += [Path(path).read_text()]
    return known


def _names(folder: str) -> list[str]:
    try:
        return sorted(name for name in os.listdir(folder) if MARK in name)
    except (FileNotFoundError, NotADirectoryError):
        return []


def is_own(path: str) -> bool:
    return any(path == folder or path.startswith(f"{folder}/") for folder in OWN)


def test_frr_writes_its_own_files_alone(running: Labs) -> None:
    """A2: `log file`, `log filtered-file`, `dump bgp` and extended logging, typed into every daemon's own socket."""
    places = places_of(running)
    assert len(places) >= 40
    before = look(places)
    done = running("exec", "ce1", "/usr/bin/python3", "-c", FRR, stdin=json.dumps([places, MARK]))
    assert done.code == 0, str(done)
    written = json.loads(done.out)
    assert [entry for entry in written if not is_own(entry[2])] == []
    assert {"zebra", "bgpd", "bfdd", "staticd"} == {daemon for daemon, _, path in written if path == f"/var/log/{MARK}"}
    assert {line.split(" /")[0] for daemon, line, _ in written if daemon == "bgpd"} >= {
        "log file", "log filtered-file", "dump bgp all", "dump bgp updates-et", "dump bgp routes-mrt"
    }  # fmt: skip
    assert look(places) == before


def test_vtysh_writes_its_own_files_alone(running: Labs) -> None:
    """A2, A3: `output file`, `write file` and `copy` at a router's prompt."""
    places = places_of(running)
    before = look(places)
    loop = 'while read -r p; do vtysh -c "output file $p" -c "show version"; done'
    running("exec", "ce1", "sh", "-c", loop, stdin="".join(f"{path}\n" for path in places))
    running("exec", "ce1", "write", "file")
    running("exec", "ce1", "vtysh", "-c", "copy running-config startup-config")
    assert look(places) == before
    assert "FRRouting" in running.ok("exec", "ce1", "cat", f"/var/log/{MARK}").out
    assert "router bgp" in running.ok("exec", "ce1", "cat", "/etc/frr/frr.conf").out


def test_ordinary_tools_write_the_node_s_files_alone(running: Labs) -> None:
    """A2: what `mseelab exec` runs in a node sees the host as its routers do."""
    places = [*places_of(running), *FILES]
    assert len(places) >= 80
    before = look(places)
    done = running("exec", "ce1", "sh", "-c", TOOLS, stdin="".join(f"{path}\n" for path in places))
    assert done.code == 0, str(done)
    could = [line.split(" ", 1) for line in done.out.splitlines()]
    assert [entry for entry in could if not is_own(entry[1])] == []
    assert {"append", "dd", "cp", "ln", "mkdir", "mkfifo"} <= {how for how, path in could if path == f"/tmp/{MARK}"}
    assert look(places) == before


def test_the_logs_of_a_node_are_its_own_and_go_with_it(running: Labs) -> None:
    """`log file /var/log/…` of a CE's file: a file of the node, gone with it, on no host and in no other node."""
    running.ok("exec", "ce1", "vtysh", "-c", "configure terminal", "-c", f"log file /var/log/frr/{MARK}")
    running.ok("exec", "ce1", "test", "-f", f"/var/log/frr/{MARK}")
    assert running("exec", "msee1", "test", "-e", f"/var/log/frr/{MARK}").code == 1
    assert not os.path.exists(f"/var/log/frr/{MARK}")


def test_what_a_node_has_all_the_same(running: Labs) -> None:
    """Devices that are the same for everybody, terminals of its own, its network's settings, this installation."""
    assert running.ok("exec", "ce1", "sh", "-c", "echo x > /dev/null; head -c4 /dev/urandom | wc -c").out == "4\n"
    names = running.ok("exec", "ce1", "ls", "/dev").out.split()
    assert set(names) == {
        "fd", "full", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin", "stdout", "tty", "urandom", "zero",
    }  # fmt: skip
    script = "import os, pty; m, s = pty.openpty(); print(os.ttyname(s))"
    assert running.ok("exec", "ce1", "python3", "-c", script).out == "/dev/pts/0\n"
    assert running.ok("exec", "ce1", "sh", "-c", "echo 0 > /proc/sys/net/ipv4/conf/all/log_martians").err == ""
    vrf = ["ip", "netns", "exec", "er1p"]
    assert running.ok("exec", "msee1", *vrf, "sysctl", "net.ipv4.ip_forward").out.endswith(" 1\n")


def test_every_process_of_a_lab_sees_the_host_so(labs: Labs) -> None:
    """The BFD watcher, the feed of Microsoft's prefixes and each daemon: none may write to the host's root.

    The lab's own first process has no input.
    """
    labs.ok("up", "microsoft-peering")
    try:
        (document,) = labs.state.glob("*/lab.json")
        seen = roots_of_lab(int(json.loads(document.read_text())["world"]["pid"]))
    finally:
        labs.ok("down", "--all")
    assert [command for command in seen if "-m exabgp" in command]
    assert len([command for command in seen if "lab/engine/keeper.py" in command]) == 1
    assert {"bgpd", "zebra", "bfdd", "sleep"} <= {os.path.basename(command.split()[0]) for command in seen}
    assert {command: options for command, options in seen.items() if "ro" not in options} == {}


def roots_of_lab(first: int) -> dict[str, list[str]]:
    """By command, how each process of the lab has the host's root mounted; without its first process."""
    listing, found = Path(f"/proc/{first}/root/proc"), {}
    for process in (path for path in listing.iterdir() if path.name.isdigit() and path.name != "1"):
        command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        lines = [line.split() for line in (process / "mountinfo").read_text().splitlines()]
        found[f"{command}({process.name})"] = next(line[5].split(",") for line in lines if line[4] == "/")
    return found


# A kernel before 5.12, as far as a program can tell: seccomp answers ENOSYS to mount_setattr. See seccomp(2).
OLD_KERNEL = """
import ctypes, os, struct, sys
load, jump, ret = 0x20, 0x15, 0x06
program = [(load, 0, 0, 0), (jump, 0, 1, 442), (ret, 0, 0, 0x00050000 | 38), (ret, 0, 0, 0x7FFF0000)]
filters = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *line) for line in program))
given = struct.pack("@HP", len(program), ctypes.addressof(filters))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, given, 0, 0) == 0
os.execv(sys.argv[1], sys.argv[1:])
"""


def test_a_kernel_that_cannot_close_mounts_has_no_lab(both_labs: Labs) -> None:
    """Rather none than one whose routers can write to the host."""
    labs = both_labs
    old = Labs(labs.home, ["/usr/bin/python3", "-c", OLD_KERNEL, *labs.command], labs.environment, labs.user)
    done = old("up", "dual-path")
    assert (done.code, done.err.splitlines()[0]) == (
        4, "mseelab: this kernel cannot make a node's view of the host read-only"
    ), str(done)  # fmt: skip
