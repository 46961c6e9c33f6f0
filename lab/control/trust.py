"""Whether a topology file may be run: with containers it is a program, and the host's root runs it.

On her own machine an engineer is told what hers can do. Where CI runs the files of whoever opened a pull request, a
file that could touch the host is refused before anything starts, and one that could not is run as it was read.
"""

from __future__ import annotations

import os
from dataclasses import replace

from lab.control.progress import Progress
from lab.engine.base import Engine
from lab.errors import Mistake, Mistakes
from lab.files.load import Loaded

VARIABLE = "MSEELAB_TRUST_TOPOLOGY"
# Set by GitHub, GitLab and most others; by Azure Pipelines; by Jenkins.
_OF_CI = ("CI", "TF_BUILD", "JENKINS_URL")
_NO = ("", "0", "false", "no")
HINT = "--trust-topology runs it all the same"


def in_ci() -> bool:
    return any(os.environ.get(name, "").lower() not in _NO for name in _OF_CI)


def accepted(loaded: Loaded, engine: Engine, *, trust: bool = False, progress: Progress | None = None) -> Loaded:
    """The files as `engine` may run them: `document` is set where the topology file itself shall not be read again.

    Tells `progress` what the topology file can do to this host. Raises Mistakes (ER609) in CI where it can do anything,
    unless it is trusted, by `trust` or by `MSEELAB_TRUST_TOPOLOGY=1`.
    """
    if not engine.runs_files:
        return loaded
    access = loaded.access
    others = tuple(w for w in loaded.warnings if w not in access.unjudged)
    loaded = replace(loaded, warnings=(*others, *(_runs(warning) for warning in access.unjudged)))
    if in_ci() and not (trust or os.environ.get(VARIABLE, "").lower() not in _NO):
        if access.powers:
            last = replace(access.powers[-1], hint=HINT)
            raise Mistakes([replace(power, warning=False) for power in (*access.powers[:-1], last)])
        return replace(loaded, document=access.document)
    if progress is not None:
        for power in access.powers:
            progress.note(str(power))
    return loaded


def _runs(left_out: Mistake) -> Mistake:
    """ER607 of a reader, where what it leaves out runs."""
    return replace(left_out, message=left_out.message.replace("left out", "runs, is not judged", 1))
