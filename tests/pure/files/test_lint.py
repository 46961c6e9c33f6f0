"""FRR's own parser, asked about a stranger's file: it says what it does not know, and touches nothing."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from lab.errors import Mistakes
from lab.files import lint
from lab.files.lint import lint_text, read_own
from lab.files.run_confined import Done, landlock_version, run

needs_vtysh = pytest.mark.skipif(shutil.which("vtysh") is None, reason="vtysh is not installed")
needs_landlock = pytest.mark.skipif(landlock_version() == 0, reason="this kernel has no Landlock")
VTYSH = shutil.which("vtysh") or ""
KEY = "Sesame12345"


def python(script: str, text: str = "", seconds: float = 20.0) -> Done:
    return run([sys.executable, "-I", "-S", "-c", script], text, seconds=seconds)


@needs_vtysh
@pytest.mark.parametrize(
    "line",
    [
        "output file {}",
        "outp fi {}",
        "\t  ou f {}\r",
        "\x0boutput file {}",
        "router bgp 65010\n bgp router-id 1.1.1.1\n output file {}",
        "hostname x\noutput file {}\nrooter bgp 1",
        "router bgp 1\n neighbor 10.0.0.1 description " + "A" * 4000 + "output file {}",
        "out\\\nput file {}",
        "do output file {}",
        "log file {}",
        "dump bgp all {}",
        "write file",
        "copy {} running-config",
        "banner motd file /etc/shadow",
    ],
)
def test_no_line_writes(tmp_path: Path, line: str) -> None:
    """A3: `output file PATH` made the file, in any abbreviation and block, and behind 4095 bytes of another line."""
    found = lint_text(line.format(tmp_path / "made"), "ce1.conf")
    assert list(tmp_path.iterdir()) == []
    assert all("shadow" not in str(mistake) and "root:" not in str(mistake) for mistake in found)


@needs_vtysh
def test_a_fifo_is_not_waited_for(tmp_path: Path) -> None:
    """A3: a FIFO in the place of the file held `validate` for 21 s, and was then a defect of ours."""
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "ce1.conf").write_text(f"output file {tmp_path / 'fifo'}\nrooter bgp 1\n")
    with pytest.raises(Mistakes) as raised:
        read_own(tmp_path / "ce1.conf")
    assert [(m.line, m.rule) for m in raised.value.mistakes] == [(1, "ER511"), (2, "ER509")]


@needs_vtysh
@needs_landlock
@pytest.mark.parametrize("there", [False, True])
def test_not_even_vtysh_itself_could_write(tmp_path: Path, there: bool) -> None:
    """What the list of commands might lack: the process cannot make a file, nor open one for writing."""
    target = tmp_path / "target"
    if there:
        target.write_text("kept")
    done = run([VTYSH, "-C", "-f", "/dev/stdin"], f"output file {target}\n", seconds=20)
    assert "Failed to open file" in done.output
    assert (target.read_text() if there else target.exists()) == ("kept" if there else False)


@needs_landlock
def test_what_a_program_can_do(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("kept")
    os.mkfifo(tmp_path / "fifo")
    script = f"""if True:
        import os, socket, sys
        tries = {{
            "write": lambda: open("kept", "a"),
            "create": lambda: open("made", "x"),
            "fifo": lambda: os.open("fifo", os.O_RDWR),
            "device": lambda: open("/dev/tty0", "w"),
            "remove": lambda: os.unlink("kept"),
            "rename": lambda: os.rename("kept", "moved"),
            "link": lambda: os.symlink("kept", "link"),
            "folder": lambda: os.mkdir("folder"),
            "truncate": lambda: os.truncate("kept", 0),
            "proc": lambda: open("/proc/sys/kernel/core_pattern", "w"),
            "connect": lambda: socket.create_connection(("127.0.0.1", 9), 1),
        }}
        os.chdir({str(tmp_path)!r})
        for name, attempt in tries.items():
            try:
                attempt()
            except PermissionError:
                continue
            except OSError as error:
                print(name, error)
            else:
                print(name)
        print(sys.stdin.read(), open("kept").read())
        """
    done = python(script, "given")
    kept = sorted(os.path.basename(path) for path in tmp_path.iterdir())
    allowed = [line for line in done.output.splitlines()[:-1] if landlock_version() >= 4 or "connect" not in line]
    assert (done.code, allowed, kept) == (0, [], ["fifo", "kept"])
    assert done.output.endswith("given kept\n")


def test_the_caller_s_environment_and_folder_stay_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ER_KEY", KEY)
    done = python("import os; print(os.getcwd(), dict(os.environ))")
    assert done.output.startswith("/ {")
    assert KEY not in done.output


def test_limits() -> None:
    """Of time, of what it says, and of memory; no byte into a file even where the kernel has no Landlock."""
    assert python("while True: pass", seconds=0.5).code is None
    loud = python("while True: print('x' * 1000)")
    assert loud.code is None
    assert len(loud.output) < 2 << 20
    assert python("x = bytearray(2 << 30)").code == 1
    assert python("import os; os.write(os.memfd_create('x'), b'y')").code != 0


@needs_vtysh
def test_a_parser_that_does_not_end_is_a_mistake(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A3: this was a defect of ours."""
    monkeypatch.setattr(lint, "_SECONDS", 0)
    (found,) = lint_text("hostname ce1\n", "ce1.conf")
    assert str(found) == "ce1.conf:1: ER509: FRR's parser did not end within 0 s and said nothing of this file"


@needs_vtysh
def test_a_huge_file_of_nonsense() -> None:
    found = lint_text("rooter bgp 1\n" * 60_000, "c")
    assert 1000 < len(found) <= 60_000
    assert {m.rule for m in found} == {"ER509"}


def test_a_vtysh_of_the_folder_is_not_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "vtysh").write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    (tmp_path / "vtysh").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f".:{os.defpath}:")
    lint_text("hostname ce1\n", "c")
    monkeypatch.setenv("PATH", "")
    assert lint_text("hostname ce1\n", "c") == []
    assert not (tmp_path / "ran").exists()


@needs_vtysh
def test_a_word_that_opens_nothing_is_one_mistake() -> None:
    """Cases, section 8: `router bgpp` gave fifteen, one for each line below it. Its `exit` left the configuration."""
    source = "router bgpp 65010\n neighbor 192.0.2.1 remote-as 12076\n !\n network 10.0.0.0/8\nexit\nrooter\n"
    source += "router bgp 65010\n nothing known\n nor this\nexit\nip route 10.0.0.0/8 Null0\n"
    found = lint_text(source, "ce1.conf")
    assert [(m.line, m.hint) for m in found] == [(1, "nor what stands in it, 2 more"), (6, ""), (8, ""), (9, "")]


@needs_vtysh
def test_an_exit_too_many_hides_no_mistake() -> None:
    """vtysh ends there, with 0: the file passed, and `up` refused it."""
    source = "rooter\nrouter bgp 65010\n neighbor 192.0.2.1 remote-as 12076\nexit\nexit\nexit\n"
    assert [m.line for m in lint_text(source, "ce1.conf")] == [1]
