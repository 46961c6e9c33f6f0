"""Where the labs of tests are recorded, and their names: never where and never as those that a user runs.

A lab of tests has a state folder of its own, whose name says which process made it. So a folder whose process has ended
is known for what it is, and whoever starts a lab next takes down what is recorded there. The name alone says nothing:
anybody may make a folder of any name where such folders are, so one that is not this user's alone is passed over. The
end of a name is drawn, so that nobody can be there before.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lab.circuit.owned import is_private
from lab.errors import HostCannot
from lab.net import ns

RUN = "mseelab-run"
KEPT = "mseelab-kept"
LONGEST = 30
"""Of a lab's own name; containerlab makes host names and interface names of the whole."""


def new_folder(*, kept: bool) -> Path:
    """Makes the state folder of one lab of this process. Those of a `kept` one may outlive it. Raises HostCannot."""
    pid = os.getpid()
    name = f"{KEPT if kept else RUN}-{os.geteuid()}-{pid}-{ns.start_time(pid)}-"
    try:
        return Path(tempfile.mkdtemp(prefix=name))
    except OSError as error:
        why = f"cannot keep state in {tempfile.gettempdir()}: {error.strerror}"
        raise HostCannot(why, next="set TMPDIR") from error


def name_of(lab: str, number: int, worker: str, owner: int) -> str:
    """The name of the `number`-th lab of the process `owner`, a worker of that name, where its file calls it `lab`."""
    parts = [lab[:LONGEST], worker, str(owner), str(number) if number > 1 else ""]
    return "-".join(part for part in parts if part)


def abandoned() -> Iterator[Path]:
    """State folders of this user whose process has ended without taking its labs down."""
    pattern = re.compile(rf"{RUN}-{os.geteuid()}-(\d{{1,20}})-(\d{{1,20}})-\w+")
    with os.scandir(tempfile.gettempdir()) as entries:
        names = [entry.name for entry in entries if pattern.fullmatch(entry.name)]
    for name in names:
        found, folder = pattern.fullmatch(name), Path(tempfile.gettempdir()) / name
        if found and not ns.runs(int(found[1]), int(found[2])) and _is_ours(folder):
            yield folder


def _is_ours(folder: Path) -> bool:
    try:
        return is_private(folder.lstat())
    except FileNotFoundError:
        return False  # another run has cleaned it just now


def clean() -> None:
    """Takes down what runs that were killed have left. A lab that another process is taking down is left to it."""
    for folder in abandoned():
        take_down(folder)


def take_down(folder: Path) -> None:
    """Takes down what is recorded in a state folder, and removes it: for a process that cannot do so any more."""
    from lab.circuit.store import recorded_labs
    from lab.control.down import down
    from lab.errors import LabError

    with _state(folder), suppress(LabError):
        for lab in recorded_labs():
            with suppress(LabError):  # another run cleans as well, or this host has lost docker: the next one tries
                down(lab, folder)
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


def remove(folder: Path) -> bool:
    """Removes a state folder, unless a lab is recorded in it. Returns whether it is gone."""
    with suppress(OSError):
        folder.rmdir()
    return not folder.exists()
