"""State that no file holds: one JSON document per lab, locked, written whole and atomically replaced.

A lab's folder is opened once and then used by descriptor, so the store keeps working after its process has entered a
world in which `/run` is another. No key is ever written here, only keyed digests.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lab.errors import HostCannot, Impossible, NotAsItShould

DOCUMENT = "lab.json"
Document = dict[str, Any]


def state_home() -> Path:
    """Where this user's labs are recorded: `MSEELAB_STATE`, else `/run/mseelab` for root, else the runtime folder."""
    given = os.environ.get("MSEELAB_STATE")
    if given:
        return Path(given)
    if os.geteuid() == 0:
        return Path("/run/mseelab")
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if runtime and os.access(runtime, os.W_OK):
        return Path(runtime) / "mseelab"
    return Path(f"/tmp/mseelab-{os.geteuid()}")


def recorded_labs() -> list[str]:
    """Names of the labs with a folder here, running or not."""
    try:
        return sorted(entry.name for entry in os.scandir(state_home()) if entry.is_dir())
    except FileNotFoundError:
        return []


class Store:
    """The folder of one lab. `create` makes it where it is missing."""

    def __init__(self, lab: str, *, create: bool = False) -> None:
        self.lab = lab
        home = state_home()
        try:
            if create:
                home.mkdir(mode=0o700, parents=True, exist_ok=True)
                _refuse_foreign(home)
                (home / lab).mkdir(mode=0o700, exist_ok=True)
            self._above = os.open(home.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
            self._home_name = home.name
            self._home = os.open(home, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            self._dir = os.open(lab, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW, dir_fd=self._home)
        except FileNotFoundError as error:
            raise Impossible(f"no lab named {lab} runs here", next="mseelab list") from error
        except OSError as error:
            raise HostCannot(f"cannot keep state in {home / lab}: {error.strerror}") from error

    @property
    def folder(self) -> Path:
        """The lab's folder, for what an engine keeps there."""
        return (state_home() / self.lab).absolute()

    def close(self) -> None:
        os.close(self._dir)
        os.close(self._home)
        os.close(self._above)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Holds the lab for one command. Raises NotAsItShould when another command holds it."""
        try:
            fcntl.flock(self._dir, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            busy = f"another command is at work on {self.lab}"
            raise NotAsItShould(busy, next="wait for it and try again") from error
        try:
            yield
        finally:
            fcntl.flock(self._dir, fcntl.LOCK_UN)

    def read(self) -> Document | None:
        """The document, or None before the first write."""
        try:
            handle = os.open(DOCUMENT, os.O_RDONLY | os.O_CLOEXEC, dir_fd=self._dir)
        except FileNotFoundError:
            return None
        with os.fdopen(handle, "rb") as file:
            document: Document = json.load(file)
        return document

    def write(self, document: Document) -> None:
        """Replaces the document whole; a reader sees the old one or the new one. Raises HostCannot (disk full, …)."""
        temporary = f".{DOCUMENT}.{os.getpid()}"
        data = json.dumps(document, separators=(",", ":")).encode()
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        try:
            with os.fdopen(os.open(temporary, flags, 0o600, dir_fd=self._dir), "wb") as file:
                file.write(data)
            os.replace(temporary, DOCUMENT, src_dir_fd=self._dir, dst_dir_fd=self._dir)
        except OSError as error:
            _unlink(temporary, self._dir)
            raise HostCannot(f"cannot write the state of {self.lab}: {error.strerror}") from error

    def open_beside(self, name: str) -> int:
        """A descriptor of another file in the lab's folder, made where it is missing; `forget` takes it away too."""
        return os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600, dir_fd=self._dir)

    def remove_beside(self, name: str) -> None:
        _unlink(name, self._dir)

    def forget(self) -> None:
        """Removes the lab's folder, half-written files included, and the home when it was the last lab."""
        for name in os.listdir(self._dir):
            _unlink(name, self._dir)
        _rmdir(self.lab, self._home)
        _rmdir(self._home_name, self._above)


def _unlink(name: str, folder: int) -> None:
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return


def _rmdir(name: str, folder: int) -> None:
    try:
        os.rmdir(name, dir_fd=folder)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.ENOENT, errno.EBUSY):  # busy: somebody mounted it
            raise


def _refuse_foreign(home: Path) -> None:
    status = home.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        raise HostCannot(f"{home} is not a folder of this user", next="remove it, or set MSEELAB_STATE")
