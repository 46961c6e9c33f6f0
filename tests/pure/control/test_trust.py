"""A15: whether a topology file may be run: told on one's own machine, refused in CI, and there never read twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.control.trust import VARIABLE, accepted
from lab.engine.base import Blueprint
from lab.engine.containerlab.binary import environment
from lab.engine.containerlab.rendered import given
from lab.engine.registry import engine
from lab.errors import Mistakes
from lab.files.load import Loaded
from lab.files.physical import load_physical
from tests.pure.files.test_host_access import EXTRA, SAFE

Site = Callable[[str], Loaded]


class Notes:
    """What a command was told."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def head(self, lab: str, text: str, *, plain: str | None = None) -> None: ...
    def working(self, text: str) -> None: ...
    def done(self, text: str) -> None: ...

    def step(
        self, name: str, text: str, seconds: float | None = None, *, plain: str | None = None, ok: bool = True
    ) -> None: ...

    def note(self, text: str) -> None:
        self.said.append(text)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    for name in ("CI", "TF_BUILD", "JENKINS_URL", VARIABLE):
        monkeypatch.delenv(name, raising=False)

    def loaded(node: str) -> Loaded:
        (tmp_path / "site.clab.yml").write_text(SAFE.replace(EXTRA, node))
        return load_physical("site.clab.yml", None, tmp_path)

    return loaded


HOSTILE = 'extra: {binds: ["/tmp/x:/h"], exec: ["touch /h/owned"]}'
SAID = [
    "site.clab.yml:9: ER609 extra binds: mounts folders of this host",
    "site.clab.yml:9: ER609 extra exec: runs commands in the container, which has the rights of this host's root",
]


@pytest.mark.rule("ER609")
def test_on_ones_own_machine_it_is_told_and_the_file_is_run(site: Site, tmp_path: Path) -> None:
    notes = Notes()
    loaded = accepted(site(HOSTILE), engine("containerlab"), progress=notes)
    assert (notes.said, loaded.document) == (SAID, None)
    assert given(blueprint(loaded, tmp_path), notes.note) == tmp_path / "site.clab.yml"


@pytest.mark.parametrize("name", ["CI", "TF_BUILD", "JENKINS_URL"])
@pytest.mark.rule("ER609")
def test_in_ci_it_is_refused_unless_it_is_trusted(site: Site, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "true")
    with pytest.raises(Mistakes) as refused:
        accepted(site(HOSTILE), engine("containerlab"))
    assert [str(m) for m in refused.value.mistakes] == SAID
    assert not any(m.warning for m in refused.value.mistakes)
    assert accepted(site(HOSTILE), engine("containerlab"), trust=True).document is None
    monkeypatch.setenv(VARIABLE, "1")
    assert accepted(site(HOSTILE), engine("containerlab")).document is None


@pytest.mark.rule("ER607")
def test_what_has_no_role_runs_in_containers_and_is_left_out_elsewhere(site: Site) -> None:
    loaded = site(EXTRA)
    words = {name: str(accepted(loaded, engine(name)).warnings[0]) for name in ("netns", "containerlab")}
    assert words == {
        "netns": "site.clab.yml:9: ER607 extra: left out: it has no label mseelab-role",
        "containerlab": "site.clab.yml:9: ER607 extra: runs, is not judged: it has no label mseelab-role",
    }


@pytest.mark.rule("ER609")
def test_in_ci_containerlab_is_given_what_was_judged(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not the file: it may have changed meanwhile, and another parser may read it otherwise."""
    monkeypatch.setenv("CI", "true")
    loaded = accepted(site(EXTRA), engine("containerlab"))
    site(HOSTILE)
    (tmp_path / "state").mkdir()
    made = given(blueprint(loaded, tmp_path / "state"), lambda _: None)
    text = made.read_text()
    assert made.parent == tmp_path / "state"
    assert "owned" not in text
    assert json.loads(text)["topology"]["nodes"]["extra"] == {"kind": "linux"}
    assert "{{" not in text


def blueprint(loaded: Loaded, folder: Path) -> Blueprint:
    return Blueprint("site", loaded.topology, loaded.topology_file, {}, folder, document=loaded.document)


def test_containerlab_is_told_no_more_of_the_environment_than_the_file_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ER_KEY", "CE_IMAGE", "AWS_SECRET_ACCESS_KEY", "DOCKER_AUTH_CONFIG", "CLAB_RUNTIME"):
        monkeypatch.setenv(name, "value")
    file = tmp_path / "site.clab.yml"
    file.write_text("image: ${CE_IMAGE:-x}")
    told = environment(tmp_path, file)
    assert told["CE_IMAGE"] == told["CLAB_RUNTIME"] == "value"
    assert not {"ER_KEY", "AWS_SECRET_ACCESS_KEY", "DOCKER_AUTH_CONFIG"} & told.keys()
    assert "CE_IMAGE" not in environment(tmp_path)
