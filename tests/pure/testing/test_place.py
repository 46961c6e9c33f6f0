"""Where labs of tests are recorded, and how they are called."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from lab.net import ns
from lab.testing import place


def test_a_name_says_whose_it_is() -> None:
    assert place.name_of("er-lab", 1, "", 4711) == "er-lab-4711"
    assert place.name_of("er-lab", 2, "gw3", 4711) == "er-lab-gw3-4711-2"
    assert len(place.name_of("x" * 100, 12, "gw10", 4194304)) < 60


def test_a_folder_is_abandoned_when_its_process_has_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    mine = place.new_folder(kept=False)
    uid, pid, start = os.geteuid(), os.getpid(), ns.start_time(os.getpid())
    assert mine.parent == tmp_path
    assert mine.name.startswith(f"mseelab-run-{uid}-{pid}-{start}-")
    another = f"mseelab-run-{uid}-{pid}-{start + 1}-x_1"  # the pid of a process before this one
    for name in (another, f"mseelab-run-{uid + 1}-{pid}-1-x", f"mseelab-kept-{uid}-{pid}-1-x", "mseelab-run"):
        (tmp_path / name).mkdir(mode=0o700)
    assert [folder.name for folder in place.abandoned()] == [another]
    place.clean()
    assert not (tmp_path / another).exists()
    assert mine.exists()


def test_a_folder_that_others_may_have_made_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A1: anybody may make a folder of that name in /tmp."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    name = f"mseelab-run-{os.geteuid()}-{os.getpid()}-1"
    (tmp_path / f"{name}-open").mkdir()
    (tmp_path / f"{name}-open").chmod(0o777)
    (tmp_path / "private").mkdir(mode=0o700)
    (tmp_path / f"{name}-link").symlink_to(tmp_path / "private")
    (tmp_path / f"{name}-file").touch(mode=0o700)
    (tmp_path / f"{name}-gone").symlink_to(tmp_path / "nowhere")
    assert list(place.abandoned()) == []
