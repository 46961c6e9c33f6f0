"""`mseelab capture` on a real lab: what the routers say to each other is what it tells, and what it writes."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from pcapng import FileScanner

from lab.net.frames import Packet, decode
from tests.live import circuits
from tests.live.harness import Labs
from tests.live.looking import established, until, vtysh

pytestmark = pytest.mark.filterwarnings("ignore:Field type:DeprecationWarning")  # python-pcapng's own
ENVIRONMENT = {"LIVE_KEY": circuits.KEY}
CE, MSEE = "192.168.100.129", "192.168.100.130"
Found = list[dict[str, Any]]
PATIENCE = 30
LINE = re.compile(r"\d\d:\d\d:\d\d\.\d{6}  (primary  |secondary)  \S+ → \S+")


@pytest.fixture(scope="module")
def dual(module_labs: Labs) -> Labs:
    module_labs.write("circuit.yml", circuits.text(circuits.one()))
    module_labs.ok("up", environment=ENVIRONMENT)
    return module_labs


@contextmanager
def capture(labs: Labs, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A capture that listens already; killed if the test has not ended it. What a test waits for comes in time."""
    started = labs.start("capture", "--seconds", str(PATIENCE), *arguments)
    assert started.stderr is not None
    try:
        assert "listening at" in started.stderr.readline()
        yield started
    finally:
        if started.poll() is None:
            started.kill()
        started.communicate()


def end(started: subprocess.Popen[str]) -> tuple[str, str]:
    """Ctrl-C: what was still printed, and the summary."""
    started.send_signal(signal.SIGINT)
    out, err = started.communicate(timeout=PATIENCE)
    assert started.returncode == 0, err
    return out, err


def heard(started: subprocess.Popen[str], enough: set[tuple[str, str]]) -> Found:
    """Events, until there is one of each (sender, type) of `enough` on an IPv4 session."""
    assert started.stdout is not None
    found: Found = []
    while enough - {(event["from"], event["type"]) for event in found if event["family"] == "ipv4"}:
        line = started.stdout.readline()
        assert line, f"{enough} not seen, only {[(e['from'], e['type'], e['text']) for e in found]}"
        found.append(json.loads(line))
    return found


def of(found: Found, sender: str, kind: str, family: str = "ipv4") -> dict[str, Any]:
    return next(e for e in found if (e["from"], e["type"], e["family"]) == (sender, kind, family))


def in_order(labs: Labs) -> None:
    until(lambda: established(labs) == 4, PATIENCE, "4 of 4 Established")


def packets(file: Path) -> list[tuple[str, str, Packet]]:
    """Every frame of a file as (device, direction, packet)."""
    with file.open("rb") as opened:
        return [
            (block.interface.options["if_name"], block.options["epb_flags"].inout, decode(block.packet_data))
            for block in FileScanner(opened)
            if hasattr(block, "packet_data")
        ]


@pytest.fixture(scope="module")
def told(dual: Labs) -> dict[str, str]:
    """One clearing of every session at the CE, captured in four ways at once: what each has printed."""
    in_order(dual)
    ways = {
        "lines": (), "objects": ("-o", "json", "--path", "primary", "--circuit", "er-live"),
        "msee": ("-w", "msee.pcapng"), "ce": ("-w", "ce.pcapng", "--at", "ce"),
    }  # fmt: skip
    with ExitStack() as opened:
        started = {name: opened.enter_context(capture(dual, *ways[name])) for name in ways}
        dual.ok("exec", "ce1", "clear bgp *")
        in_order(dual)
        started["ce"].kill()
        ended = {name: end(started[name]) for name in ("lines", "objects", "msee")}
    assert {err.splitlines()[-1].split(", ")[-1].split(" ", 1)[1] for _, err in ended.values()} == {"BGP messages"}
    return {name: out for name, (out, _) in ended.items()}


@pytest.mark.both_engines
def test_a_session_that_comes_back_is_told_word_for_word(told: dict[str, str]) -> None:
    found = [json.loads(line) for line in told["objects"].splitlines()]
    assert {event["path"] for event in found} == {"primary"}
    assert {tuple(event["tags"]) for event in found} == {(100,)}
    notice = of(found, "ce1", "NOTIFICATION")
    assert (notice["code"], notice["subcode"], notice["words"]) == (6, 4, "Cease/Administrative Reset")
    theirs, ours = of(found, "ce1", "OPEN"), of(found, "msee1", "OPEN")
    assert (theirs["asn"], theirs["holdTime"], theirs["families"], theirs["md5"]) == (65010, 180, ["ipv4"], True)
    assert (ours["asn"], ours["holdTime"], ours["families"], ours["md5"]) == (12076, 180, ["ipv4"], True)
    assert "4-octet AS" in theirs["capabilities"]
    assert (theirs["source"], theirs["target"]) == (CE, MSEE)
    assert (theirs["circuit"], theirs["peering"]) == ("er-live", "AzurePrivatePeering")
    sent = of(found, "ce1", "UPDATE")
    assert sent["announced"] == [{"family": "ipv4", "prefixes": ["10.10.0.0/16"], "nextHop": CE, "linkLocal": None}]
    assert sent["asPath"] == "65010"
    assert of(found, "msee1", "UPDATE", "ipv6")["announced"][0]["prefixes"] == ["fd00:100::/48"]
    assert {e["from"] for e in found if e["type"] == "KEEPALIVE"} == {"ce1", "msee1"}


@pytest.mark.both_engines
def test_lines_are_for_people(told: dict[str, str]) -> None:
    out = told["lines"]
    assert all(LINE.match(line) for line in out.splitlines()), "a line per message, for grep"
    assert "primary    ce1 → msee1  100    ipv4  OPEN AS 65010, hold 180 s" in out
    assert "secondary  msee2 → ce1  100    ipv4  UPDATE 10.100.0.0/16 via" in out


@pytest.mark.both_engines
@pytest.mark.parametrize("end", ["msee", "ce"])
def test_a_file_has_the_frames_with_their_tags(dual: Labs, told: dict[str, str], end: str) -> None:
    """From both paths; and it is whole although one of the two was killed."""
    file = dual.folder / f"{end}.pcapng"
    seen = packets(file)
    devices = {"msee": {"msee1:eth1", "msee2:eth1"}, "ce": {"ce1:eth1", "ce1:eth2"}}
    assert {device for device, *_ in seen} == devices[end]
    bgp = [(way, p) for _, way, p in seen if p.tcp is not None and p.tcp.payload and p.ip is not None]
    assert {p.tags for _, p in bgp} == {(100,)}
    assert all(p.tcp is not None and p.tcp.signed for _, p in bgp)
    sent_by_ce = "inbound" if end == "msee" else "outbound"
    assert {way for way, p in bgp if p.ip is not None and p.ip.source == CE} == {sent_by_ce}
    assert circuits.KEY.encode() not in file.read_bytes()


@pytest.mark.both_engines
def test_why_a_session_does_not_come_up_is_in_the_words_of_the_wire(dual: Labs) -> None:
    in_order(dual)

    def neighbor(words: str) -> None:
        vtysh(dual, "ce1", "conf t", "router bgp 65010", f"neighbor {MSEE} {words}")

    with capture(dual, "--path", "primary", "-o", "json") as started:
        neighbor("remote-as 12077")
        found = heard(started, {("ce1", "NOTIFICATION")})
        while not any(event.get("code") == 2 for event in found):
            found += heard(started, {("ce1", "NOTIFICATION")})
        neighbor("remote-as 12076")
        neighbor("password another")
        silent = heard(started, {("msee1", "TCP")}) if not _silent(found) else found
        neighbor(f"password {circuits.KEY}")
    refused = next(event for event in found if event.get("code") == 2)
    assert (refused["subcode"], refused["words"]) == (2, "OPEN Message Error/Bad Peer AS")
    assert refused["text"].startswith("2/2 OPEN Message Error/Bad Peer AS, AS 12076")
    assert any(event["type"] == "TCP" and event["text"] == "SYN, MD5: no answer in 1 s" for event in silent)


def _silent(found: Found) -> bool:
    return any(event.get("what") == "no-answer" for event in found)


@pytest.mark.both_engines
def test_bfd_is_told_when_it_falls_and_when_it_rises(dual: Labs) -> None:
    in_order(dual)
    with capture(dual, "--path", "primary", "-o", "json") as started:

        def becomes(state: str) -> dict[str, Any]:
            while True:
                event = of(heard(started, {("msee1", "BFD")}), "msee1", "BFD")
                if event["state"] == state:
                    return event

        heard(started, {("ce1", "BFD"), ("msee1", "BFD")})
        dual.ok("exec", "ce1", "ip", "link", "set", "eth1.100", "down")
        fell = becomes("Down")
        dual.ok("exec", "ce1", "ip", "link", "set", "eth1.100", "up")
        # The kernel took the IPv6 address with the link; the lab's own way back is `up`.
        dual.ok("up", environment=ENVIRONMENT)
        rose = becomes("Up")
    assert fell["text"] == "Up → Down, Control Detection Time Expired"
    assert rose["before"] in ("Down", "Init")


@pytest.mark.both_engines
def test_a_capture_ends_after_its_count_its_time_and_with_its_reader(dual: Labs) -> None:
    done = dual.ok("capture", "-c", "3", "-o", "json")
    assert len(done.out.splitlines()) == 3
    typed = [*dual.command, "capture", "-w", "-", "--seconds", "0.4", "--path", "secondary"]
    piped = subprocess.run(typed, cwd=dual.folder, env=dual.environment, capture_output=True, check=True)
    blocks = list(FileScanner(io.BytesIO(piped.stdout)))
    assert piped.stderr.splitlines()[-1].split()[0] == str(len(blocks) - 2).encode()
    # What it writes after its reader has gone may be refused before it sees that nobody is there.
    for arguments in ((), ("-o", "json"), ("-w", "-")) * 8:
        with capture(dual, *arguments) as started:
            assert started.stdout is not None
            os.read(started.stdout.fileno(), 40)
            started.stdout.close()
            assert started.wait(PATIENCE) == 0


@pytest.mark.both_engines
def test_what_cannot_be_captured_is_said_in_one_line(dual: Labs) -> None:
    for arguments, code, words in (
        (("-w", "no/such/folder/x.pcapng"), 2, "no/such/folder/x.pcapng: No such file or directory"),
        (("-o", "json", "-w", "x.pcapng"), 2, "-w writes frames"),
        (("--lab", "er-none"), 2, "no lab named er-none runs here"),
        (("--circuit", "er-none"), 2, "no circuit named er-none"),
    ):
        done = dual("capture", *arguments)
        assert done.code == code
        assert words in done.err + done.out
        assert "Traceback" not in done.err


def test_an_ordinary_user_captures_and_a_lab_that_goes_down_ends_it(user_labs: Labs) -> None:
    user_labs.write("circuit.yml", circuits.text(circuits.one()))
    user_labs.ok("up", environment=ENVIRONMENT)
    with capture(user_labs, "--path", "primary") as started:
        user_labs.ok("exec", "ce1", "clear bgp *")
        assert started.stdout is not None
        for line in started.stdout:
            if "ce1 → msee1  (100)  ipv4  OPEN AS 65010, hold 180 s" in line or "100    ipv4  OPEN AS 65010" in line:
                break
        else:
            pytest.fail("no OPEN")
        user_labs.ok("down")
        _, err = started.communicate(timeout=PATIENCE)
    assert started.returncode == 1
    *_, counted, first, second = err.splitlines()
    told = [first, second]
    assert "BGP message" in counted
    assert told == [
        "mseelab: er-live went down during the capture", "  next         mseelab up, then mseelab capture",
    ]  # fmt: skip
