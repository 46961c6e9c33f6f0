"""`mseelab capture`: what passes on a path, in words or as a file for Wireshark."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

import click

from lab.cli.output import colour, lab_option, plural, write_data
from lab.cli.stopping import stop_descriptor
from lab.cli.streams import drop_output
from lab.errors import Impossible, NotAsItShould

if TYPE_CHECKING:
    from lab.capture.event import Event
    from lab.capture.listen import Ears
    from lab.capture.place import Place
    from lab.circuit.models import Session
    from lab.net.tap import Frame

PATHS = ("primary", "secondary")
PEERINGS = ("AzurePrivatePeering", "MicrosoftPeering")
RED = "31"
WIDTH = 100
STDOUT = 1
BGP_PORT, PORTS = b"\x00\xb3", slice(34, 86)  # where a frame can have its ports, whatever its tags and IP options


@click.command()
@click.option("--path", type=click.Choice(PATHS), help="One path only; else both, and a column says which.")
@click.option("--circuit", metavar="NAME", help="Frames with this circuit's tags only.")
@click.option("--peering", "--peering-name", type=click.Choice(PEERINGS), help="Frames with this peering's tags only.")
@click.option("-w", "--write", "file", metavar="FILE", help="Frames into a pcapng file, - for stdout; no lines.")
@click.option("-c", "--count", type=click.IntRange(1), metavar="N", help="End after N lines; after N frames with -w.")
@click.option("--seconds", type=click.FloatRange(0), metavar="N", help="End after N seconds.")
@click.option("--at", type=click.Choice(["msee", "ce"]), default="msee", show_default=True, help="Which end it sees.")
@click.option("-o", "--output", type=click.Choice(["table", "json"]), default="table", help="How to print.")
@lab_option
def capture(
    path: str | None, circuit: str | None, peering: str | None, file: str | None, count: int | None,
    seconds: float | None, at: Any, output: str, lab: str | None,
) -> None:
    """Every BGP message in words, ARP, ND, BFD changes, broken connections; until Ctrl-C."""
    from lab.capture.listen import Ears
    from lab.capture.only import tags_of
    from lab.capture.place import places
    from lab.control.record import from_document
    from lab.control.running import find

    if file is not None and output == "json":
        raise click.UsageError("-w writes frames, -o json prints lines: one of them")
    running = find(lab)
    wanted: Any = [name for name in PATHS if path in (None, name)]
    record = from_document(running.document)
    found, only = places(record, wanted, at), tags_of(record, circuit, peering)
    with ExitStack() as opened:
        stop = opened.enter_context(stop_descriptor())
        # Opened before the lab is entered: there the name would mean another file.
        sink: Sink
        if file is None:
            sink = Printed(found, running.sessions, output)
        else:
            sink = Written(file, opened.enter_context(_opened(file)), found)
        running.enter()
        ears = opened.enter_context(Ears(running.lab, running.world, found))
        _announce(running.lab, found)
        _run(ears, sink, Limits(only, seconds, count), stop)


class Sink(Protocol):
    """Where a capture goes; `taken` is how many lines or frames it has."""

    taken: int
    descriptor: int

    def frame(self, place: Place, frame: Frame) -> bool:
        """Takes it; whether its events are wanted too."""

    def event(self, event: Event) -> None: ...

    def flush(self) -> None: ...

    def drop(self) -> None:
        """Forgets what is not written yet: nobody reads it."""


class Printed:
    """Lines, or objects, on stdout."""

    descriptor = STDOUT

    def __init__(self, places: Sequence[Place], sessions: Sequence[Session], output: str) -> None:
        from lab.capture.lines import Lines, as_object, labels

        self.taken, self._object = 0, as_object
        self._lines = Lines(places, WIDTH if sys.stdout.isatty() else None)
        self._labels, self._json = labels(sessions), output == "json"

    def frame(self, place: Place, frame: Frame) -> bool:
        return True

    def event(self, event: Event) -> None:
        self.taken += 1
        if self._json:
            write_data(self._object(event, self._labels), "json", indent=None)
            return
        line = colour(self._lines.text(event), RED) if event.bad else self._lines.text(event)
        sys.stdout.write(line + "\n")

    def flush(self) -> None:
        sys.stdout.flush()

    def drop(self) -> None:
        drop_output(sys.stdout)


class Written:
    """Frames in a file. What is written at once are whole blocks, so the file is valid whenever this ends."""

    def __init__(self, name: str, file: BinaryIO, places: Sequence[Place]) -> None:
        from lab.capture.pcapng import Interface, header, packet
        from lab.control.record import our_version

        self._packet = packet
        self.taken, self.descriptor = 0, file.fileno()
        self._name, self._file = name, file
        self._numbers = {place: number for number, place in enumerate(places)}
        faces = [Interface(place.name, f"{place.path}, {place.node} to {place.peer}") for place in places]
        self._waiting = [header(f"mseelab {our_version()}", faces)]
        self.flush()

    def frame(self, place: Place, frame: Frame) -> bool:
        self.taken += 1
        self._waiting.append(self._packet(self._numbers[place], frame))
        # Only BGP messages are counted; to take every frame apart would cost some of a fast stream.
        return BGP_PORT in frame.data[PORTS]

    def event(self, event: Event) -> None:
        """The frames have it all."""

    def flush(self) -> None:
        data = memoryview(b"".join(self._waiting))
        self._waiting.clear()
        try:
            while data:
                data = data[self._file.write(data) :]
        except BrokenPipeError:
            raise
        except OSError as error:
            raise NotAsItShould(f"{self._name}: {error.strerror}") from error

    def drop(self) -> None:
        self._waiting.clear()


@dataclass(frozen=True)
class Limits:
    """What is taken: tags (None: all), and for how many seconds and how many lines or frames (None: no end)."""

    tags: frozenset[tuple[int, ...]] | None
    seconds: float | None
    count: int | None


@dataclass
class Counts:
    frames: int = 0
    messages: int = 0


def _run(ears: Ears, sink: Sink, limits: Limits, stop: int) -> None:
    """Until one of the ends; what was taken is told whatever the end is."""
    counts = Counts()
    try:
        _take(ears, sink, counts, limits, stop)
    except BrokenPipeError:
        sink.drop()  # its reader has gone between two looks at whether it is there
    finally:
        lost = ears.lost()
        more = f"; {plural(lost, 'frame')} lost, the machine was too slow" if lost else ""
        sys.stderr.write(f"{plural(counts.frames, 'frame')}, {plural(counts.messages, 'BGP message')}{more}\n")


def _take(ears: Ears, sink: Sink, counts: Counts, limits: Limits, stop: int) -> None:
    from lab.capture.narrator import Narrator
    from lab.net.frames import tags_of

    narrator = Narrator()

    def full() -> bool:
        return limits.count is not None and sink.taken >= limits.count

    def tell(events: Iterable[Event]) -> None:
        for event in events:
            if not full():
                counts.messages += event.bgp
                sink.event(event)

    for batch in ears.listen(limits.seconds, stop, sink.descriptor):
        for place, frame in batch:
            if full():
                break
            if limits.tags is not None and place.tags + tags_of(frame.data)[1] not in limits.tags:
                continue
            counts.frames += 1
            if sink.frame(place, frame):
                tell(narrator.frame(place, frame))
        tell(narrator.silence(time.time_ns()))
        sink.flush()
        if full():
            return


def _opened(file: str) -> BinaryIO:
    """The file, made empty. Raises Impossible."""
    if file == "-":
        if sys.stdout.isatty():
            raise Impossible("a capture file is nothing for a terminal", next="mseelab capture -w FILE")
        return open(STDOUT, "wb", buffering=0, closefd=False)
    from lab.check.writers.target import leads_away

    if leads_away(file):
        raise Impossible(f"{file}: a link out of this folder", next=f"rm {file}")
    try:
        return open(file, "wb", buffering=0)
    except OSError as error:
        raise Impossible(f"{file}: {error.strerror}") from error


def _announce(lab: str, places: Sequence[Place]) -> None:
    where = ", ".join(f"{place.name} ({place.path}, {place.peer})" for place in places)
    line = f"{lab}: listening at {where}; Ctrl-C ends it"
    if len(line) > WIDTH:
        line = f"{lab}: listening at {len(places)} places; Ctrl-C ends it"
    sys.stderr.write(f"{line}\n")
    if any(place.tags for place in places):
        sys.stderr.write(f"{lab}: VLAN tags are only modelled (attacher switch): frames have none, (100) says which\n")
    sys.stderr.flush()
