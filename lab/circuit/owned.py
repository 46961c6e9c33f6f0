"""Folders and files that are provably this user's: on a shared host neither a name nor a place says whose a thing is.

A folder is opened once, without following a link, and what was opened is looked at; whatever is done in it goes by that
descriptor. See path_resolution(7), sticky(7).
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

from lab.errors import HostCannot

OTHERS_WRITE = 0o022
OTHERS_AT_ALL = 0o077
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NO_FOLDER = (errno.ELOOP, errno.ENOTDIR)


def open_folder(name: str | Path, *, at: int | None = None, shown: Path, private: bool = False) -> int:
    """A descriptor of a folder that belongs to this user and that nobody else may change; a `private` one, that nobody
    else may even read.

    `shown` is its path for the user. Raises HostCannot where it is somebody else's, a link or open to others, and
    FileNotFoundError.
    """
    try:
        descriptor = os.open(name, _FOLDER, dir_fd=at)
    except OSError as error:
        if error.errno in _NO_FOLDER:
            raise _foreign(shown) from error
        if error.errno in (errno.EACCES, errno.EPERM):
            raise HostCannot(f"cannot open {shown}: permission denied", next=_ANOTHER) from error
        raise
    try:
        _refuse(os.fstat(descriptor), shown, OTHERS_AT_ALL if private else OTHERS_WRITE)
    except HostCannot:
        os.close(descriptor)
        raise
    return descriptor


def is_private(status: os.stat_result) -> bool:
    """Whether what `lstat` said of a name is a folder that this user alone may look into."""
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & OTHERS_AT_ALL


def make_file(name: str, at: int) -> int:
    """A descriptor of a new file in a folder of this user's; what had the name before is gone, not followed."""
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=at)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.open(name, flags, 0o600, dir_fd=at)


_ANOTHER = "set MSEELAB_STATE to a folder of your own"


def _refuse(status: os.stat_result, shown: Path, forbidden: int) -> None:
    if status.st_uid != os.geteuid():
        raise _foreign(shown)
    if status.st_mode & forbidden:
        bits = "go-rwx" if forbidden == OTHERS_AT_ALL else "go-w"
        raise HostCannot(f"{shown} is open to other users (mode {status.st_mode & 0o7777:o})",
                         next=f"chmod {bits} {shown}, when nothing in it is another user's")


def _foreign(shown: Path) -> HostCannot:
    return HostCannot(f"{shown} is not a folder of this user", next=f"remove it, or {_ANOTHER}")
