"""Where the labs of tests are recorded, and their names: never where and never as those that a user runs.

A process that runs tests has a state folder of its own, whose name says which process that is. So a folder whose
process has ended is known for what it is, and whoever starts a lab next takes down what is recorded there.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.net import ns

RUN = "mseelab-run"
KEPT = "mseelab-kept"
LONGEST = 30
"""Of a lab's own name; containerlab makes host names and interface names of the whole."""


def folder_of_this_process(*, kept: bool) -> Path:
    """The state folder for labs of this process. Those of a `kept` one may outlive it."""
    pid = os.getpid()
    name = f"{KEPT if kept else RUN}-{os.geteuid()}-{pid}-{ns.start_time(pid)}"
    return Path(tempfile.gettempdir()) / name


def name_of(lab: str, number: int, worker: str, owner: int) -> str:
    """The name of the `number`-th lab of the process `owner`, a worker of that name, where its file calls it `lab`."""
    parts = [lab[:LONGEST], worker, str(owner), str(number) if number > 1 else ""]
    return "-".join(part for part in parts if part)


def abandoned() -> Iterator[Path]:
    """State folders of this user whose process has ended without taking its labs down."""
    pattern = re.compile(rf"{RUN}-{os.geteuid()}-(\d+)-(\d+)")
    for entry in os.scandir(tempfile.gettempdir()):
        found = pattern.fullmatch(entry.name)
        if found and not ns.runs(int(found[1]), int(found[2])):
            yield Path(entry.path)


def clean() -> None:
    """Takes down what runs that were killed have left. A lab that another process is taking down is left to it."""
    from lab.circuit.store import recorded_labs
    from lab.control.down import down
    from lab.errors import LabError

    for folder in abandoned():
        with _state(folder):
            for lab in recorded_labs():
                try:
                    down(lab, folder)
                except LabError:
                    continue  # another run cleans as well, or this host has lost docker: the next one tries again
        remove(folder)


@contextmanager
def _state(folder: Path) -> Iterator[None]:
    before = os.environ.get("MSEELAB_STATE")
    os.environ["MSEELAB_STATE"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["MSEELAB_STATE"]
        else:
            os.environ["MSEELAB_STATE"] = before


def remove(folder: Path) -> None:
    """Removes a state folder, unless a lab is recorded in it or it has gone already."""
    try:
        folder.rmdir()
    except OSError:
        return
