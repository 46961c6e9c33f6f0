"""What containerlab writes outside a lab's folder, and forgets when it is killed or can no longer read the topology."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

NETNS = Path("/run/netns")
SSH = Path("/etc/ssh/ssh_config.d")
HOSTS = Path("/etc/hosts")


def remove(lab: str, folder: Path, nodes: Iterable[str]) -> None:
    """Removes it, of this lab alone. Nothing to do is no error. Raises OSError."""
    remove_nodes(lab, folder, nodes)
    (SSH / f"clab-{lab}.conf").unlink(missing_ok=True)
    _without_hosts(lab)
    kept = folder / f"clab-{lab}"
    if kept.is_dir():
        shutil.rmtree(kept)


def remove_nodes(lab: str, folder: Path, nodes: Iterable[str]) -> None:
    """The same for some nodes of a lab that stays; its block in /etc/hosts and its SSH file go with the lab."""
    for node in nodes:
        _unlink_dangling(NETNS / f"clab-{lab}-{node}")
        shutil.rmtree(folder / f"clab-{lab}" / node, ignore_errors=True)


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
