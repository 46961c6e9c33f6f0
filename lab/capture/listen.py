"""The frames of several places, as they come."""

from __future__ import annotations

import errno
import select
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from lab.capture.place import Place
from lab.control.wait import wait
from lab.engine.base import World
from lab.errors import HostCannot, NotAsItShould
from lab.net.tap import Frame, Tap

LOOK = 0.5  # seconds between two looks at whether the lab is there
ENDING = 5.0  # seconds in which a lab that goes down does so
Heard = tuple[Place, Frame]


class Ears:
    """Taps at every place; a context manager. The process is in the lab's world.

    Raises NotAsItShould when a place is not there, HostCannot when the host does not let us look.
    """

    def __init__(self, lab: str, world: World, places: Sequence[Place]) -> None:
        self._lab, self._world = lab, world
        self._opened = ExitStack()
        self._taps: list[tuple[Place, Tap]] = []
        with self._opened:
            for place in places:
                self._taps.append((place, self._opened.enter_context(self._tap(place))))
            self._opened = self._opened.pop_all()

    def __enter__(self) -> Ears:
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def listen(self, seconds: float | None, stop: int, output: int) -> Iterator[list[Heard]]:
        """Batches of frames, the oldest first; empty ones too, twice a second, so that silence can be told.

        Ends after `seconds`, when the descriptor `stop` becomes readable, and when nobody reads `output` any more.
        Raises NotAsItShould when a node or a device is gone.
        """
        poll = select.poll()
        for _, tap in self._taps:
            poll.register(tap, select.POLLIN)
        poll.register(stop, select.POLLIN)
        poll.register(output, 0)  # that its other end is closed is told unasked
        over = time.monotonic() + seconds if seconds is not None else float("inf")
        look = time.monotonic() + LOOK
        while True:
            now = time.monotonic()
            ready = {descriptor for descriptor, _ in poll.poll(max(0.0, min(look, over) - now) * 1000)}
            yield self._batch()
            if ready & {stop, output} or time.monotonic() >= over:
                return
            if time.monotonic() >= look:
                self._still_there()
                look = time.monotonic() + LOOK

    def lost(self) -> int:
        """How many frames the kernel had no room for."""
        return sum(tap.lost() for _, tap in self._taps)

    def _batch(self) -> list[Heard]:
        found: list[Heard] = []
        for place, tap in self._taps:
            try:
                found += [(place, frame) for frame in tap.read()]
            except OSError as error:
                if error.errno != errno.ENODEV:
                    raise
                raise self._ended(f"{place.name} has gone") from error
        return sorted(found, key=lambda heard: heard[1].nanoseconds)

    def _still_there(self) -> None:
        gone = {place.node for place, _ in self._taps} & set(self._world.lost)
        if gone:
            raise self._ended(f"{' and '.join(sorted(gone))} stopped")

    def _ended(self, what: str) -> NotAsItShould:
        """A lab that goes down loses its nodes and cables one after the other, and is not gone with the first."""
        down = wait(lambda: not self._world.alive(), deadline=ENDING, label="the lab is down", every=0.02)
        if down.ok:
            what = f"{self._lab} went down"
        return NotAsItShould(f"{what} during the capture", next="mseelab up, then mseelab capture")

    def _tap(self, place: Place) -> Tap:
        try:
            return Tap(self._world.nodes[place.node].pid, place.device, place.vrf)
        except PermissionError as error:
            raise HostCannot(
                f"{place.name} cannot be looked at: {error.strerror}", next="run as root, or with CAP_NET_RAW"
            ) from error
        except (FileNotFoundError, KeyError) as error:
            raise NotAsItShould(f"{place.node} does not run", next="mseelab up") from error
        except OSError as error:
            if error.errno != errno.ENODEV:
                raise
            raise NotAsItShould(f"{place.node} has no {place.device}", next="mseelab show lab, mseelab up") from error
