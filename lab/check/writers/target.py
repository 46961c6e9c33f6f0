"""A file that a report goes to: refused before the checks run, written whole or not at all."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from lab.errors import Impossible
from lab.files.outside import GIT, outside

MODE = 0o666
"""As other programs' files: less the caller's umask."""


class Target:
    """The file `path`; with `append` what is written comes after what is there.

    Its folder is held open, so that it can be written from inside a lab's world, where other paths may mean other
    things. What is no ordinary file (`/dev/stdout`) is opened at once. Raises Impossible when it cannot be written, or
    is a link out of its folder and checkout: in one of strangers it may lead anywhere.
    """

    def __init__(self, path: str, option: str, *, append: bool = False) -> None:
        self._name = os.path.basename(os.path.realpath(path))
        self._temporary = f".{self._name}.{secrets.token_hex(4)}"
        self._file: int | None = None
        self._folder: int | None = None
        if not append and leads_away(path):
            raise Impossible(f"{option} {path}: a link out of this folder", next=f"rm {path}")
        try:
            self._open(path, append)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise Impossible(f"{option} {path}: {reason}", next=_help(path, error)) from None

    def _open(self, path: str, append: bool) -> None:
        folder = os.path.dirname(os.path.realpath(path))
        if append or (os.path.exists(path) and not stat.S_ISREG(os.stat(path).st_mode)):
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, MODE)
            return
        self._folder = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        # Whether a file can be made there is known only by making one.
        os.close(self._made(self._folder))
        os.unlink(self._temporary, dir_fd=self._folder)

    def _made(self, folder: int) -> int:
        return os.open(self._temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, MODE, dir_fd=folder)

    def write(self, text: str) -> None:
        """Puts `text` there. Raises OSError: a disk may be full by now."""
        if self._file is not None:
            _write_all(self._file, text)
        elif self._folder is not None:
            self._replace(self._folder, text)

    def _replace(self, folder: int, text: str) -> None:
        made = self._made(folder)
        try:
            _write_all(made, text)
            os.replace(self._temporary, self._name, src_dir_fd=folder, dst_dir_fd=folder)
        except OSError:
            os.unlink(self._temporary, dir_fd=folder)
            raise
        finally:
            os.close(made)

    def close(self) -> None:
        for held in (self._file, self._folder):
            if held is not None:
                os.close(held)
        self._file = self._folder = None


def leads_away(path: str) -> bool:
    """Whether a file to be written is a link to a place outside of its folder and checkout, or in `.git`. In /dev links
    are the system's own."""
    if not os.path.islink(path) or os.path.abspath(path).startswith("/dev/"):
        return False
    return outside(Path(path), Path(path).parent) or GIT in Path(os.path.realpath(path)).parts


def _write_all(file: int, text: str) -> None:
    data = memoryview(text.encode())
    while data:
        data = data[os.write(file, data) :]


def _help(path: str, error: OSError) -> str | None:
    if isinstance(error, FileNotFoundError):
        return f"mkdir -p {Path(path).parent}"
    return None
