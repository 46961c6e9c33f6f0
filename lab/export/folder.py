"""Writing an export into a folder: whole or not at all, and never over what somebody else has there."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from lab.errors import HostCannot, Impossible
from lab.export.base import Export
from lab.files.reading import read_text

MANIFEST = ".mseelab-export"


def write(export: Export, folder: Path) -> None:
    """Makes `folder`, or brings an earlier export of the same lab up to date; what is not ours in it stays.

    Raises Impossible when something else is there, HostCannot when it cannot be written. Nothing is changed then.
    """
    folder = folder.resolve()
    earlier = _earlier(export.lab, folder)
    _refuse_links(folder, (*earlier, *export.files, *(f"{name}/key" for name in export.private)))
    if not folder.parent.is_dir():
        raise Impossible(f"no folder {folder.parent}", next=f"mkdir -p {folder.parent}")
    try:
        made = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            _fill(export, made)
            if folder.exists():
                _move(made, folder, export, earlier)
            else:
                made.rename(folder)
        finally:
            if made.exists():
                shutil.rmtree(made)
    except OSError as error:
        raise HostCannot(f"cannot write {error.filename or folder}: {error.strerror}") from error


def _earlier(lab: str, folder: Path) -> tuple[str, ...]:
    """The paths that an earlier export of the lab has written to `folder`; none where it is empty or not there."""
    if not folder.exists():
        return ()
    if not folder.is_dir():
        raise Impossible(f"{folder} is there and is no folder", next="name another folder")
    if not any(folder.iterdir()):
        return ()
    manifest = folder / MANIFEST
    if not manifest.is_file():
        raise Impossible(f"{folder} is not empty, and no earlier export of {lab}", next="name another folder")
    name, *paths = read_text(manifest, str(manifest)).splitlines() or [""]
    if name != lab:
        raise Impossible(f"{folder} holds an export of {name}, not of {lab}", next="name another folder")
    return tuple(path for path in paths if _below(path))


def _refuse_links(folder: Path, paths: Iterable[str]) -> None:
    """Raises Impossible for a folder in `folder` that is a link: in a checkout of strangers it may lead anywhere."""
    for name in {str(parent) for path in paths for parent in PurePosixPath(path).parents} - {"."}:
        if (folder / name).is_symlink():
            raise Impossible(f"{folder / name} is a link", next="name another folder")


def _below(path: str) -> bool:
    parts = PurePosixPath(path)
    return not parts.is_absolute() and ".." not in parts.parts


def _fill(export: Export, folder: Path) -> None:
    folder.chmod(0o755)
    manifest = "".join(f"{line}\n" for line in (export.lab, *sorted(export.files)))
    for path, text in {**export.files, MANIFEST: manifest}.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    for name in export.private:
        (folder / name).mkdir(exist_ok=True)
        (folder / name).chmod(0o700)


def _move(made: Path, folder: Path, export: Export, earlier: tuple[str, ...]) -> None:
    """The manifest goes first: cut short, this is still an export of the lab, and can be done again."""
    for name in export.private:
        (folder / name).mkdir(mode=0o700, exist_ok=True)
    for path in (MANIFEST, *export.files):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        os.replace(made / path, folder / path)
    for path in set(earlier) - set(export.files):
        gone = folder / path
        gone.unlink(missing_ok=True)
        if gone.parent != folder and gone.parent.is_dir() and not any(gone.parent.iterdir()):
            gone.parent.rmdir()
