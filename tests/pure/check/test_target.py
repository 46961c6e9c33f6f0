"""Files of reports: refused early, written whole, appended where that is wanted."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lab.check.writers.registry import FORMS, writer
from lab.check.writers.target import Target
from lab.errors import Impossible


def test_a_file_is_replaced_whole_with_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "report.xml"
    path.write_text("old and much longer than the new one")
    target = Target(str(path), "--junit")
    assert path.read_text().startswith("old")
    target.write("new ✓")
    target.close()
    assert path.read_text() == "new ✓"
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.xml"]


def test_nothing_is_left_by_a_target_that_is_never_written(tmp_path: Path) -> None:
    Target(str(tmp_path / "report.xml"), "--junit").close()
    assert not list(tmp_path.iterdir())


def test_a_summary_is_appended_to(tmp_path: Path) -> None:
    path = tmp_path / "summary"
    path.write_text("first\n")
    target = Target(str(path), "--markdown", append=True)
    target.write("second\n")
    target.close()
    assert path.read_text() == "first\nsecond\n"


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.xml").write_text("old")
    (tmp_path / "link.xml").symlink_to("real.xml")
    target = Target(str(tmp_path / "link.xml"), "--junit")
    target.write("new")
    target.close()
    assert (tmp_path / "link.xml").is_symlink()
    assert (tmp_path / "real.xml").read_text() == "new"


def test_a_pipe_takes_a_report_too(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    target = Target(str(tmp_path / "pipe"), "--junit")
    target.write("text")
    target.close()
    assert os.read(reader, 100) == b"text"
    os.close(reader)


def test_it_is_written_where_it_was_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    target = Target("report.xml", "--junit")
    monkeypatch.chdir(tmp_path)
    target.write("text")
    target.close()
    assert (tmp_path / "sub" / "report.xml").read_text() == "text"


def test_a_folder_that_is_not_there_is_said_with_what_to_type(tmp_path: Path) -> None:
    with pytest.raises(Impossible, match=r"--junit .*/no/r\.xml: no such file or directory") as caught:
        Target(str(tmp_path / "no" / "r.xml"), "--junit")
    assert caught.value.next == f"mkdir -p {tmp_path}/no"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(Impossible, match="is a directory"):
        Target(str(tmp_path), "--junit")


def test_every_form_has_its_writer() -> None:
    assert [writer(name).name for name in FORMS] == list(FORMS)


def test_a_link_that_leads_nowhere_yet_is_followed(tmp_path: Path) -> None:
    (tmp_path / "link.xml").symlink_to("later.xml")
    target = Target(str(tmp_path / "link.xml"), "--junit")
    target.write("new")
    target.close()
    assert (tmp_path / "later.xml").read_text() == "new"


@pytest.mark.parametrize("to", ["../outside.xml", "/etc/hostname", ".git/config"])
def test_a_link_out_of_the_checkout_is_not_written_through(tmp_path: Path, to: str) -> None:
    """A7's brother: `--junit mseelab.xml`, as the Action has it, in a checkout where that leads elsewhere."""
    clone = tmp_path / "clone"
    (clone / ".git").mkdir(parents=True)
    (clone / "report.xml").symlink_to(to)
    with pytest.raises(Impossible, match="a link out of this folder"):
        Target(str(clone / "report.xml"), "--junit")
