"""What is fuzzed: everything that reads what others wrote, each as a function of octets.

A target returns when its input was read, or was refused as users see it. Whatever else it raises is a finding; `judged`
adds what raises nothing: a message that would move a terminal's cursor, and more seconds than any file is worth.
"""

from __future__ import annotations

import json
import re
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cache, partial
from ipaddress import ip_network
from itertools import count
from pathlib import Path

import topologies
from bgp import wire
from bgp.frr import running, show
from bgp.frr.userfile import blame, change
from bgp.frr.userfile.policy import Asked, Blame, denied
from bgp.frr.userfile.reader import read
from bgp.frr.vty import Vty, VtyError
from lab.capture.lines import Lines, as_object
from lab.capture.narrator import Narrator
from lab.capture.place import Place
from lab.circuit import document
from lab.circuit.keys import Keyring
from lab.control import record
from lab.errors import Damaged, LabError, Mistake, Mistakes
from lab.files import asked, registry
from lab.files.ce_file import read_ce_file
from lab.files.circuit_file import read_circuit
from lab.files.load import load_file
from lab.files.topology_file import read_topology_file
from lab.net.tap import Frame

SECONDS = 2.0
HERE = Path(__file__).parent
PLACE = Place("primary", "msee1", "eth1", "ce1")
NEEDS = blame.Needs("192.168.100.130", "192.168.100.129", 30, "ipv4", "eth1.100", 12076, 65010, "ER_KEY", True)
KNOWN = (topologies.folder("own-config") / "ce1.conf").read_text()
PREFIX = ip_network("10.10.0.0/16")


class Finding(Exception):
    """Nothing was raised, and it is wrong all the same."""


Target = Callable[[bytes], None]


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """One for this process, gone with it."""
    return tempfile.TemporaryDirectory(prefix="mseelab-fuzz-")


def _file(name: str, data: bytes) -> Path:
    path = Path(_folder().name) / name
    path.write_bytes(data)
    return path


def circuit(data: bytes) -> None:
    """A circuit file, ours or as `az` and REST write it; one that is right is also built, and recorded."""
    path = _file("circuit.yml", data)
    found = read_circuit(path, path.name)
    _printable(found.mistakes + found.warnings)
    if found.mistakes:
        return
    loaded = load_file(path, path.name, lint=False, keys=False)
    _printable(loaded.warnings)
    value, desired = record.applied(loaded.spec, loaded.topology, {}, {}, Keyring({}), "salt")
    assert desired.nodes
    made = record.new_record(loaded.spec.lab, "netns", {}, False, value, "salt")
    assert record.from_document(json.loads(json.dumps(record.to_document(made)))).applied.spec == loaded.spec


def topology(data: bytes) -> None:
    """A `.clab.yml`."""
    path = _file("site.clab.yml", data)
    found = read_topology_file(path, path.name)
    _printable([*found.mistakes, *found.warnings, *found.access.powers])


def ce_file(data: bytes) -> None:
    """A customer's FRR file: its interfaces, and which of its lines is to blame for what."""
    path = _file("ce1.conf", data)
    found = read_ce_file(path, path.name)
    _printable(found.mistakes)
    text = found.own.text
    assert change.commands(text, text) == ()
    for line in (*change.lines("", text), *change.lines(text, KNOWN)):
        _clean(str(line))
    change.commands(KNOWN, text)
    file = read(text)
    _sentence(blame.keeps_down(file, NEEDS))
    _sentence(blame.not_sent(file, NEEDS, PREFIX))
    _sentence(blame.not_there(file, NEEDS, PREFIX))
    _sentence(blame.not_taken(file, NEEDS, PREFIX, (12076, 65515)))
    _sentence(denied(file, Asked(NEEDS.peer, "ipv4", "in", PREFIX, (12076,))))


def _sentence(found: Blame | None) -> None:
    if found is not None:
        _clean(found.sentence("ce1.conf"))


def checks(data: bytes) -> None:
    """A file of the user's own checks."""
    path = _file("own.yml", data)
    asked.read_file(path, path.name)


def routes(data: bytes) -> None:
    """A routing registry."""
    _, mistakes = registry.read_file(_file("registry.txt", data))
    _printable(mistakes)


def messages(data: bytes) -> None:
    """BGP: segments of both ends, each with a length, a direction and a jump of its sequence number before it."""
    talk = wire.Conversation("near", "far")
    numbers = {"near": 1, "far": 1}
    for head, payload in _parts(data):
        sender = "near" if head & 1 else "far"
        numbers[sender] = (numbers[sender] + (head >> 2 & 0x3F) * (head & 2)) % (1 << 32)
        talk.segment(sender, numbers[sender], payload, syn=head == 0xFF)
        numbers[sender] = (numbers[sender] + len(payload)) % (1 << 32)
    wire.split(data)
    wire.decode(data)


def frames(data: bytes) -> None:
    """Ethernet frames on a path, told in words and as JSON."""
    narrator, lines, clock = Narrator(), Lines([PLACE], 100), count(1_795_866_000_000_000_000, 50_000_000)
    for head, payload in _parts(data):
        for event in narrator.frame(PLACE, Frame(next(clock), payload, bool(head & 1))):
            _clean(lines.text(event).replace("\n", " "))
            json.dumps(as_object(event, {}))


def _parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each with an octet of meaning and two of length before it; what is left over is one more."""
    at = 0
    while len(data) - at > 3:
        size = int.from_bytes(data[at + 1 : at + 3])
        yield data[at], data[at + 3 : at + 3 + size]
        at += 3 + size


class _Said(Vty):
    """A daemon that answers everything with the same words."""

    def __init__(self, text: str) -> None:
        self.path, self._text = "", text

    def ask(self, text: str) -> tuple[int, str]:
        return 0, self._text


def frr(data: bytes) -> None:
    """What FRR's daemons say of themselves."""
    said = _Said(data.decode(errors="replace"))
    peer, prefix = "10.0.1.1", "10.10.0.0/16"
    looks: tuple[Callable[[], object], ...] = (
        partial(show.summaries, said), partial(show.marks, said), partial(show.neighbor, said, "c1p", peer),
        partial(show.neighbors, said), partial(show.version, said), partial(show.bgp_vrfs, said),
        partial(show.rib, said, "c1p", "ipv4"), partial(show.routes_to, said, "c1p", "ipv4", prefix),
        partial(show.received_routes, said, "c1p", "ipv4", peer), partial(show.filtered_count, said, "", "ipv4", peer),
        partial(show.advertised_routes, said, "", "ipv6", peer), partial(show.bfd_peers, said),
        partial(show.reaches, said, "", peer), partial(show.zebra_vrfs, said), partial(show.zebra_addresses, said, ""),
        partial(show.kernel_routes, said, "", "ipv4"), partial(show.forwards_to, said, "", "ipv4", peer),
        partial(running.parse, said.command("show running-config")),
    )
    for look in looks:
        with suppress(VtyError):
            look()


def records(data: bytes) -> None:
    """The document of a lab, as it lies in its folder: whatever it is, it is read or it is Damaged."""
    name = re.search(rb'"lab":"([a-z0-9.-]+)"', data)
    try:
        found = record.from_document(document.decoded(data, name[1].decode() if name else "er-lab"))
    except Damaged:
        return
    record.to_document(found)


TARGETS: dict[str, Target] = {
    "circuit": circuit, "arm": circuit, "topology": topology, "ce-file": ce_file, "checks": checks, "registry": routes,
    "wire": messages, "frames": frames, "frr": frr, "records": records,
}
SHIPPED = {"circuit": "circuit.yml", "arm": "circuit.json", "topology": "*.clab.yml", "ce-file": "*.conf"}


def judged(target: Target, data: bytes) -> None:
    """Raises what the target should not raise, and Finding. Seconds are the processor's: a busy machine is no hang."""
    begun = time.process_time()
    try:
        target(data)
    except Mistakes as error:
        _printable(error.mistakes)
    except LabError as error:
        _clean(f"{error.message} {error.next or ''}")
    if (took := time.process_time() - begun) > SECONDS:
        raise Finding(f"took {took:.1f} s")


def kept(name: str) -> list[Path]:
    """The inputs of a target that are kept: its seeds, its findings, and the files that ship."""
    shipped = [path for lab in topologies.names() for path in topologies.folder(lab).glob(SHIPPED.get(name, "no file"))]
    return sorted([*shipped, *(path for kind in ("seeds", "findings") for path in (HERE / kind / name).glob("*"))])


def _printable(mistakes: Iterable[Mistake]) -> None:
    for mistake in mistakes:
        _clean(f"{mistake} {mistake.hint}")


def _clean(text: str) -> None:
    if not text.isprintable():
        raise Finding(f"a message has a control character: {text!r}")
