"""What containerlab writes outside a lab's folder, and forgets when it is killed or can no longer read the topology."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from pathlib import Path

NETNS = Path("/run/netns")
SSH = Path("/etc/ssh/ssh_config.d")
HOSTS = Path("/etc/hosts")
DEVICES = Path("/sys/class/net")
PROGRAMS = ("containerlab", "clab")
_END = re.compile(r"clab-[0-9a-f]{8}")


def remove(lab: str, folder: Path, nodes: Iterable[str]) -> None:
    """Removes it, of this lab alone. Nothing to do is no error. Raises OSError."""
    remove_nodes(lab, folder, nodes)
    (SSH / f"clab-{lab}.conf").unlink(missing_ok=True)
    _without_hosts(lab)
    remove_stranded_cables()
    _rmtree(folder, f"clab-{lab}")


def remove_nodes(lab: str, folder: Path, nodes: Iterable[str]) -> None:
    """The same for some nodes of a lab that stays; its block in /etc/hosts and its SSH file go with the lab."""
    for node in nodes:
        _unlink_dangling(NETNS / f"clab-{lab}-{node}")
        _rmtree(folder, f"clab-{lab}", node)


def _rmtree(folder: Path, *names: str) -> None:
    """Removes what is below `folder` under these names, one in the other. None of them is a path, no link is followed.

    Nothing to do is no error. Raises ValueError for a name that leads elsewhere.
    """
    *above, last = names
    with ExitStack() as opened:
        here = _opened(folder, None)
        opened.callback(os.close, here)
        for name in names:
            if "/" in name or name in ("", ".", ".."):
                raise ValueError(f"{name!r} is not the name of a folder")
        try:
            for name in above:
                here = _opened(name, here)
                opened.callback(os.close, here)
            shutil.rmtree(last, dir_fd=here)
        except FileNotFoundError:
            return


def _opened(name: str | Path, at: int | None) -> int:
    return os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=at)


def remove_stranded_cables() -> None:
    """Removes cables whose ends both have the random names that containerlab gives them before they go to their nodes.

    Only one that runs has such cables for more than the moment between two of its calls: while any runs here nothing is
    removed, otherwise one that was killed has left them, and they are nobody's.
    """
    found = {path.name: _indexes(path) for path in DEVICES.iterdir() if _END.fullmatch(path.name)}
    ends = {name: numbers for name, numbers in found.items() if numbers is not None}
    stranded = [name for name, (index, far) in ends.items() if (far, index) in ends.values()]
    if not stranded or _containerlab_runs():
        return
    from lab.net.namespace import Namespace

    with Namespace.here() as here:
        for name in stranded:
            if name in here.names:  # the other end of one that has just gone is gone with it
                here.remove(name, f"removing {name}")


def _indexes(device: Path) -> tuple[int, int] | None:
    """A device's index and its far end's; None once it is gone."""
    with suppress(FileNotFoundError):
        return int((device / "ifindex").read_text()), int((device / "iflink").read_text())
    return None


def _containerlab_runs() -> bool:
    for process in filter(str.isdigit, os.listdir("/proc")):
        with suppress(FileNotFoundError, ProcessLookupError):
            if Path(f"/proc/{process}/comm").read_text().startswith(PROGRAMS):
                return True
    return False


def _unlink_dangling(path: Path) -> None:
    """A link to a namespace, once what it points to is gone."""
    if path.is_symlink() and not path.exists():
        path.unlink()


def _without_hosts(lab: str) -> None:
    """Takes the lab's block out of /etc/hosts. In place: where that is mounted by itself it cannot be replaced."""
    try:
        text = HOSTS.read_text(encoding="utf-8")
    except FileNotFoundError:
        return
    start, end = (f"###### CLAB-{lab}-{word} ######" for word in ("START", "END"))
    before, found, rest = text.partition(start)
    _, ended, after = rest.partition(end)
    if not (found and ended):
        return
    with open(HOSTS, "r+", encoding="utf-8") as file:
        file.write(before + after.removeprefix("\n"))
        file.truncate()
        os.fsync(file.fileno())
