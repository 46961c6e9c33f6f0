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
    mine = place.folder_of_this_process(kept=False)
    uid, pid, start = os.geteuid(), os.getpid(), ns.start_time(os.getpid())
    assert mine == tmp_path / f"mseelab-run-{uid}-{pid}-{start}"
    another = f"mseelab-run-{uid}-{pid}-{start + 1}"  # the pid of a process before this one
    for name in (mine.name, another, f"mseelab-run-{uid + 1}-{pid}-1", f"mseelab-kept-{uid}-{pid}-1", "mseelab-run"):
        (tmp_path / name).mkdir()
    assert [folder.name for folder in place.abandoned()] == [another]
    place.clean()
    assert not (tmp_path / another).exists()
    assert mine.exists()
