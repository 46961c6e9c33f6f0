"""State that no file holds: one JSON document per lab, locked, written whole and atomically replaced.

A lab's folder is opened once and then used by descriptor, so the store keeps working after its process has entered a
world in which `/run` is another. It is this user's alone or it is not read (`owned`). No key is ever written here, only
keyed digests.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lab.circuit import document as documents
from lab.circuit.document import Document
from lab.circuit.names import NAME
from lab.circuit.owned import is_private, make_file, open_folder
from lab.errors import HostCannot, Impossible, NotAsItShould

DOCUMENT = "lab.json"
# A link is not followed; a pipe would have its reader wait for ever.
_READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


def state_home() -> Path:
    """Where this user's labs are recorded: `MSEELAB_STATE`, else `/run/mseelab` for root, else the runtime folder."""
    given = os.environ.get("MSEELAB_STATE")
    if given:
        return Path(given).absolute()
    if os.geteuid() == 0:
        return Path("/run/mseelab")
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if runtime and os.access(runtime, os.W_OK):
        return Path(runtime) / "mseelab"
    return Path(f"/tmp/mseelab-{os.geteuid()}")


def recorded_labs() -> list[str]:
    """Names of the labs with a folder of this user here, running or not. Raises HostCannot as `Store`."""
    home = state_home()
    with _told(f"read the state in {home}"):
        try:
            folder = open_folder(home, shown=home)
        except FileNotFoundError:
            return []
        try:
            with os.scandir(folder) as entries:
                return sorted(e.name for e in entries if NAME.fullmatch(e.name) and _is_a_labs(e))
        finally:
            os.close(folder)


def _is_a_labs(entry: os.DirEntry[str]) -> bool:
    try:
        return is_private(entry.stat(follow_symlinks=False))
    except FileNotFoundError:
        return False  # another command forgets it just now


class Store:
    """The folder of one lab; `folder` is its path, for what an engine keeps there. `create` makes one that is missing.

    Raises Impossible when there is none, HostCannot when it is not this user's alone, or cannot be made.
    """

    def __init__(self, lab: str, *, create: bool = False) -> None:
        self.lab = lab
        home = state_home()
        self.folder = home / lab
        unknown = Impossible(f"no lab named {lab} runs here", next="mseelab list")
        if not NAME.fullmatch(lab):
            raise unknown
        try:
            with _told(f"keep state in {self.folder}"):
                if create:
                    home.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._open(home, create)
        except FileNotFoundError as error:
            raise unknown from error

    def _open(self, home: Path, create: bool) -> None:
        opened: list[int] = []
        try:
            opened.append(os.open(home.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC))
            opened.append(open_folder(home, shown=home))
            if create:
                with suppress(FileExistsError):
                    os.mkdir(self.lab, 0o700, dir_fd=opened[-1])
            opened.append(open_folder(self.lab, at=opened[-1], shown=self.folder, private=True))
        except (OSError, HostCannot):
            for descriptor in opened:
                os.close(descriptor)
            raise
        self._home_name = home.name
        self._above, self._home, self._dir = opened

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
        """The document, or None before the first write. Raises Damaged where what is there is none."""
        with _told(f"read the state of {self.lab}"):
            try:
                handle = os.open(DOCUMENT, _READ, dir_fd=self._dir)
            except FileNotFoundError:
                return None
            except OSError as error:
                if error.errno in (errno.ELOOP, errno.ENXIO):
                    raise documents.damaged(self.lab, "it is no file") from error
                raise
            try:
                if not stat.S_ISREG(os.fstat(handle).st_mode):
                    raise documents.damaged(self.lab, "it is no file")
                with open(handle, "rb", closefd=False) as file:
                    data = file.read(documents.LARGEST + 1)
            finally:
                os.close(handle)
        return documents.decoded(data, self.lab)

    def write(self, document: Document) -> None:
        """Replaces the document whole; a reader sees the old one or the new one, also after a loss of power.

        Raises HostCannot (disk full, …).
        """
        temporary = f".{DOCUMENT}.{os.getpid()}"
        data = documents.encoded(document)
        with _told(f"write the state of {self.lab}"):
            try:
                with os.fdopen(make_file(temporary, self._dir), "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(temporary, DOCUMENT, src_dir_fd=self._dir, dst_dir_fd=self._dir)
                os.fsync(self._dir)
            except OSError:
                _unlink(temporary, self._dir)
                raise

    def open_beside(self, name: str) -> int:
        """A descriptor of another file in the lab's folder, made where it is missing; `forget` takes it away too."""
        with _told(f"keep state of {self.lab}"):
            return os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600, dir_fd=self._dir)

    def remove_beside(self, name: str) -> None:
        with _told(f"keep state of {self.lab}"):
            _unlink(name, self._dir)

    def forget(self) -> None:
        """Removes the lab's folder, half-written files included, and the home when it was the last lab."""
        with _told(f"forget the state of {self.lab}"):
            for name in os.listdir(self._dir):
                try:
                    _unlink(name, self._dir)
                except IsADirectoryError:
                    shutil.rmtree(name, dir_fd=self._dir)
            _rmdir(self.lab, self._home)
            _rmdir(self._home_name, self._above)


@contextmanager
def _told(what: str) -> Iterator[None]:
    """What the file system refuses, as a sentence; that something is not there is the caller's to judge."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise HostCannot(f"cannot {what}: {error.strerror}") from error


def _unlink(name: str, folder: int) -> None:
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return


def _rmdir(name: str, folder: int) -> None:
    try:
        os.rmdir(name, dir_fd=folder)
    except OSError as error:
        # Busy: somebody mounted it. Not permitted: the folder above is not this user's.
        if error.errno not in (errno.ENOTEMPTY, errno.ENOENT, errno.EBUSY, errno.EACCES, errno.EPERM):
            raise
