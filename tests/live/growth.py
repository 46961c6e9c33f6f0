"""What a host has more of after many labs: what no list of processes and mounts shows."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from glob import glob
from pathlib import Path

KILOBYTES_A_ROUND = 64
"""Of memory that the kernel does not give back. A network namespace that is left is several hundred."""
ROUNDS_A_NAMESPACE = 5
"""The kernel counts those of all the machine: a few more may be of others. A lab has ten and more."""
PLACES = ("/tmp/*", "/run/*", "/run/mseelab/*", "/var/tmp/*")


@dataclass(frozen=True)
class Size:
    """`namespaces` are the kernel's network namespaces, those without a process or a name too; None where it does not
    say. `kernel` is its memory that cannot be reclaimed, in kB; `files` lie in the places of temporary ones."""

    namespaces: int | None
    kernel: int
    mounts: int
    descriptors: int
    files: frozenset[str]

    def since(self, before: Size, rounds: int) -> list[str]:
        """What has grown over so many rounds, one line each."""
        return [*self._own(before), *self._kernels(before, rounds)]

    def _own(self, before: Size) -> Iterator[str]:
        for name in ("mounts", "descriptors"):
            was, now = getattr(before, name), getattr(self, name)
            if now > was:
                yield f"{name}: {was} before, {now} now"
        yield from (f"file: {path}" for path in sorted(self.files - before.files))

    def _kernels(self, before: Size, rounds: int) -> Iterator[str]:
        was, now = before.namespaces, self.namespaces
        if was is not None and now is not None and (now - was) * ROUNDS_A_NAMESPACE > rounds:
            yield f"network namespaces: {was} before, {now} after {rounds} rounds"
        if (more := self.kernel - before.kernel) > KILOBYTES_A_ROUND * rounds:
            yield f"kernel's memory: {more} kB more after {rounds} rounds"

    def __str__(self) -> str:
        known = f"{self.namespaces} network namespaces, " if self.namespaces is not None else ""
        return (
            f"{known}{self.kernel} kB of the kernel's, {self.mounts} mounts, {self.descriptors} descriptors, "
            f"{len(self.files)} files"
        )


def size() -> Size:
    """Looks once. The kernel's own counts are the whole machine's."""
    found = re.search(r"^SUnreclaim:\s+(\d+) kB", Path("/proc/meminfo").read_text(), re.MULTILINE)
    assert found
    return Size(
        _namespaces(),
        int(found[1]),
        len(Path("/proc/self/mounts").read_text().splitlines()),
        len(os.listdir("/proc/self/fd")),
        frozenset(path for pattern in PLACES for path in glob(pattern)),
    )


def _namespaces() -> int | None:
    try:
        found = re.search(r"^net_namespace\s+(\d+)", Path("/proc/slabinfo").read_text(), re.MULTILINE)
    except OSError:
        return None
    return int(found[1]) if found else None
