"""An export's folder: whole or not at all, and never over what somebody else has there."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.errors import HostCannot, Impossible
from lab.export.base import Export
from lab.export.folder import write

FIRST = Export("er-lab", {"README.md": "one\n", "ce1/bgpd.conf": "a\n", "ce2/bgpd.conf": "b\n"}, private=("keys",))


def texts(folder: Path) -> dict[str, str]:
    """What is in a folder, the manifest apart."""
    files = (p for p in folder.rglob("*") if p.is_file() and p.name != ".mseelab-export")
    return {str(p.relative_to(folder)): p.read_text() for p in files}


def test_a_folder_is_made(tmp_path: Path) -> None:
    write(FIRST, tmp_path / "out")
    assert texts(tmp_path / "out") == FIRST.files
    assert (tmp_path / "out" / "keys").stat().st_mode & 0o777 == 0o700
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    write(FIRST, tmp_path / "out")
    assert texts(tmp_path / "out") == FIRST.files


def test_an_earlier_export_follows_the_lab_and_keeps_what_is_not_ours(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(FIRST, out)
    (out / "keys" / "ER_KEY").write_text("Secret1\n")
    (out / "clab-er-lab").mkdir()
    (out / "notes.txt").write_text("mine\n")
    write(Export("er-lab", {"README.md": "two\n", "ce1/bgpd.conf": "c\n"}, private=("keys",)), out)
    assert texts(out) == {
        "README.md": "two\n", "ce1/bgpd.conf": "c\n", "keys/ER_KEY": "Secret1\n", "notes.txt": "mine\n"
    }
    assert not (out / "ce2").exists()
    assert (out / "clab-er-lab").is_dir()


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine\n")
    with pytest.raises(Impossible, match=r"not empty, and no earlier export of er-lab"):
        write(FIRST, tmp_path)
    assert texts(tmp_path) == {"notes.txt": "mine\n"}


def test_the_export_of_another_lab_is_left_alone(tmp_path: Path) -> None:
    write(Export("er-dub", {"README.md": "theirs\n"}), tmp_path / "out")
    with pytest.raises(Impossible, match=r"holds an export of er-dub, not of er-lab"):
        write(FIRST, tmp_path / "out")
    assert texts(tmp_path / "out") == {"README.md": "theirs\n"}


@pytest.mark.parametrize("place", ["file", "nowhere/out"])
def test_a_place_that_is_none(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Impossible):
        write(FIRST, tmp_path / place)
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("there", [False, True], ids=["new", "earlier"])
def test_what_cannot_be_written_changes_nothing(tmp_path: Path, there: bool) -> None:
    """A name that is too long for the file system comes after a file that is not."""
    if there:
        write(FIRST, tmp_path / "out")
    with pytest.raises(HostCannot, match="cannot write"):
        write(Export("er-lab", {"README.md": "two\n", "x" * 300: ""}), tmp_path / "out")
    assert [p.name for p in tmp_path.iterdir()] == (["out"] if there else [])
    assert not there or texts(tmp_path / "out") == FIRST.files


def test_a_forged_list_of_files_reaches_nothing_outside(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine\n")
    out = tmp_path / "out"
    write(FIRST, out)
    (out / ".mseelab-export").write_text(f"er-lab\n../precious\n{tmp_path}/precious\n")
    write(FIRST, out)
    assert (tmp_path / "precious").read_text() == "mine\n"


def test_a_folder_that_is_a_link_is_not_written_into(tmp_path: Path) -> None:
    """A7's brother: in a checkout an earlier export, with a folder of it that leads elsewhere."""
    elsewhere, out = tmp_path / "elsewhere", tmp_path / "out"
    elsewhere.mkdir()
    (elsewhere / "precious").write_text("mine\n")
    for name, manifest in (("ce1", "er-lab\n"), ("keys", "er-lab\n"), ("old", "er-lab\nold/precious\n")):
        out.mkdir()
        (out / ".mseelab-export").write_text(manifest)
        (out / name).symlink_to(elsewhere)
        with pytest.raises(Impossible, match=f"{name} is a link"):
            write(FIRST, out)
        assert [path.name for path in elsewhere.iterdir()] == ["precious"]
        (out / name).unlink()
        (out / ".mseelab-export").unlink()
        out.rmdir()
