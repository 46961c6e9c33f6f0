"""Lines of a CE's file that write, load or run: found however FRR would read them; configuration passes."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from lab.files.ce_file import read_ce_file
from lab.files.forbidden_lines import COMMANDS, LONGEST, check_lines, log_folders, without

ROOT = Path(__file__).resolve().parents[3]
SMUGGLED = " neighbor 10.0.0.1 description "


@pytest.mark.rule("ER511")
@pytest.mark.parametrize(
    "line",
    [
        "log file /home/me/.bashrc",
        "log file /home/me/.bashrc informational",
        "log file ${GITHUB_PATH}",
        "log file relative.log",
        "log file",
        "lo fi /x",
        "log filtered-file /etc/cron.d/x",
        "log filtered /etc/cron.d/x",
        "log f /etc/x",
        "log file /var/log/../../etc/passwd",
        "log file /var/log/./x",
        "log file /var/log",
        "log file /var/log/",
        "log file /var/log//x/../y",
        "log file /var/logs/x",
        "log file /run/n/msee1/x",
        "log file /run/mseelab/keeper.json",
        "log file /var/log/\x07x",
        "log file /var/log/x\x0b/../../../etc/x",
        "log file /var/log/x\u00a0/../../../etc/x",
        "log daemon bgpd file /etc/x",
        "dump bgp updates /proc/sys/kernel/core_pattern",
        "dump bgp all-et /x 60",
        "dum bg u /x",
        "destination file /etc/x create mode 0777",
        "destination fifo /etc/x",
        "destination unix /var/log/docker.sock",
        "dest unix /run/docker.sock format rfc5424",
        "destination fd 3",
        "output file /x",
        "outp fi /x",
        "ou",
        "\t \toutput file /var/log/x",
        "\x0boutput file /x",
        "output file /x\r",
        "Output File /x",
        "write memory",
        "wr",
        "copy running-config startup-config",
        "configuration load file /etc/shadow",
        "conf load file x",
        "mgmt load-config file /x merge",
        "yang module-translator load /x",
        "banner motd file /etc/shadow",
        "ban mo fi /etc/shadow",
        "rpki cache 10.0.0.1 22 me /root/.ssh/id_rsa preference 1",
        "rpki cache ssh host 22 me id_rsa",
        "zebra on-rib-process script x",
        "match script x",
        "do write",
        "do",
        "start-shell bash",
        "st",
        "bash -c true",
        "ssh host",
        "telnet host",
        "ping 10.0.0.1",
        "traceroute 10.0.0.1",
        "mtrace 10.0.0.1",
        "terminal monitor",
    ],
)
def test_what_is_refused(line: str) -> None:
    """A2, A3: the number of the line, and no word of it but the command's own."""
    (mistake,) = check_lines(f"hostname ce1\nrouter bgp 65010\n{line}\n!\n", "ce1.conf")
    assert (mistake.file, mistake.line, mistake.rule) == ("ce1.conf", 3, "ER511")
    assert any(command.shown in mistake.found for command in COMMANDS)
    assert not any(word in str(mistake) for word in ("/etc/", "/home/", "GITHUB", "id_rsa", "\x07"))


@pytest.mark.rule("ER511")
@pytest.mark.parametrize(
    "line",
    [
        "",
        "! output file /x",
        "  # write",
        "!\routput file /x",
        "log file /var/log/frr/bgpd.log informational",
        "log file /tmp/x",
        "log filtered-file /var/tmp/a.b/c",
        "dump bgp updates /run/frr/updates.%Y%m%d-%H:%M 300",
        "destination file /var/log/frr/x create",
        "log syslog informational",
        "log commands",
        "log facility local7",
        "log timestamp precision 6",
        "no log file /etc/x",
        "no output file",
        "banner motd line write to me",
        "service integrated-vtysh-config",
        "configure terminal",
        "debug bgp updates",
        "neighbor 10.0.0.1 description output file /x",
        "neighbor 10.0.0.1 password write",
        " description do ping 10.0.0.1",
        "match source-protocol bgp",
        "match ip address prefix-list OUT",
        "set as-path prepend 65010",
        "redistribute connected",
        "bgp router-id 1.1.1.1",
        "write-quanta 64",
        "timers bgp 3 9",
        "static",
        "line vty",
        "password secret",
        "interface do",
        "copying",
    ],
)
def test_what_is_configuration(line: str) -> None:
    assert check_lines(line, "c") == []


@pytest.mark.parametrize("letters", ["A", "\u00e9"])
@pytest.mark.rule("ER512")
def test_a_line_that_frr_would_read_as_two(tmp_path: Path, letters: str) -> None:
    padding = letters * ((4095 - len(SMUGGLED)) // len(letters.encode()))
    (tmp_path / "c").write_text(f"router bgp 1\n{SMUGGLED}{padding}output file /x\n")
    (mistake,) = read_ce_file(tmp_path / "c", "ce1.conf").mistakes
    assert (mistake.line, mistake.rule) == (2, "ER512")
    assert check_lines("!" + "x" * (LONGEST - 1), "c") == []


def test_the_folders_of_log_files() -> None:
    lines = ("log file /var/log/quagga/x", " dump bgp all /tmp/a/b/c 60", "lo fi /var/log/x", "!log file /tmp/no/x", "")
    text = "\n".join(lines)
    assert log_folders(text) == ["/var/log/quagga", "/tmp/a/b", "/var/log"]


def test_left_out_lines_keep_the_numbers_of_the_others() -> None:
    assert without("a\noutput file /x\r\nb\n", {2}) == "a\n!\nb\n"


def test_the_files_that_ship_have_none() -> None:
    own = [*ROOT.glob("topologies/**/*.conf"), *ROOT.glob("examples/**/*.conf")]
    assert own
    assert [check_lines(path.read_text(), str(path)) for path in own] == [[]] * len(own)


def test_a_megabyte_is_read_in_a_moment() -> None:
    begun = time.process_time()
    assert check_lines("neighbor 10.0.0.1 route-map X in\nmatch ip address X\n" * 20_000, "c") == []
    assert time.process_time() - begun < 1.0
