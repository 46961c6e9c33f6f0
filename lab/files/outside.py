"""Files that a circuit file names and that are not its own: outside of its folder and of the checkout that has it.

Who writes a circuit file chooses which files are read, and a mistake quotes what it is about: so a file from outside is
never quoted, and in CI, where strangers' circuits are checked, it is not read. A link counts as what it leads to.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import topologies
from lab.errors import Mistake, Mistakes

if TYPE_CHECKING:
    from lab.circuit.models import Spec

GIT = ".git"
WORKSPACES = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR", "BUILD_SOURCESDIRECTORY", "WORKSPACE")
"""Where GitHub, GitLab, Azure Pipelines and Jenkins say their clone is."""
CI = ("CI", "TF_BUILD", "JENKINS_URL", "TEAMCITY_VERSION")
"""What says that this is a CI job; Azure Pipelines, Jenkins and TeamCity have a name of their own."""
SHIPPED = Path(os.path.realpath(topologies.__file__)).parent
"""The labs that ship: a file made from one may name what is there."""
NOT_SHOWN = "its text is not shown, for the file is not in the folder or the checkout of the circuit file"


def outside(path: Path, folder: Path, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether a file that is named in `folder` is neither in it nor in its checkout."""
    real = Path(os.path.realpath(path))
    return not any(real.is_relative_to(root) for root in _roots(folder, environment))


def from_elsewhere(spec: Spec, ce: str) -> bool:
    """Whether the own file of a CE is outside."""
    folder = Path(spec.files[0]).parent
    return any(outside(folder / edge.config, folder) for edge in spec.customer_edges if edge.name == ce and edge.config)


def refusal(path: Path, folder: Path, environment: Mapping[str, str] = os.environ) -> str:
    """Why the file is not read (ER907); empty where it is."""
    if GIT in Path(os.path.realpath(path)).parts:
        return f"is in {GIT}, which holds credentials and no configuration"
    ci = next((name for name in CI if environment.get(name)), None)
    if ci and outside(path, folder, environment):
        return f"is neither in the folder of the circuit file nor in its checkout, and {ci} is set"
    return ""


def refuse_outside(path: Path, shown: str) -> None:
    """Raises Mistakes for a file of its own that is a link to one that is not read."""
    if why := refusal(path, path.parent):
        raise Mistakes([Mistake(shown, 1, 1, "ER907", "", message=why)])


def without_text(mistakes: Collection[Mistake], files: Collection[str]) -> list[Mistake]:
    """`mistakes`, those of `files` with place and rule alone."""
    return [_hushed(mistake) if mistake.file in files else mistake for mistake in mistakes]


def _hushed(mistake: Mistake) -> Mistake:
    from lab.circuit.rules import rule

    message = f"{rule(mistake.rule).title}; {NOT_SHOWN}"
    return replace(mistake, field="", found="", allowed="", message=message, hint="")


def _roots(folder: Path, environment: Mapping[str, str]) -> Iterator[Path]:
    here = Path(os.path.realpath(folder))
    yield here
    yield SHIPPED
    for root in (here, *here.parents):
        if os.path.lexists(root / GIT):
            yield root
            break
    for name in WORKSPACES:
        given = environment.get(name)
        if given and here.is_relative_to(os.path.realpath(given)):
            yield Path(os.path.realpath(given))
