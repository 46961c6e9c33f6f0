"""How the tests run in several processes at once (`pytest -n`): each on a host of its own, but for the first.

Most live tests look at the whole host before and after, so two of them cannot share one. Docker's containers and the
way to the package registries are on the host that everybody knows: what needs those is all for the first process,
which takes other tests when it has none of these left.
"""

from __future__ import annotations

import os
import shlex
import sys
from typing import TYPE_CHECKING

from xdist.scheduler import LoadScopeScheduling

from tests import own_host

if TYPE_CHECKING:
    import execnet
    from xdist.workermanage import WorkerController

CONTAINERS, REGISTRIES = "containerlab", "tests/live/test_install.py"


def processes() -> int:
    """How many at once suit this host: the tests mostly wait. 0 is this process alone: only root can make a host."""
    cores = len(os.sched_getaffinity(0))
    return cores + 1 if cores > 1 and os.geteuid() == 0 else 0


def give_hosts(specs: list[execnet.XSpec]) -> None:
    for spec in specs[1:]:
        spec.python = shlex.join([sys.executable, own_host.__file__, sys.executable])


class ByModule(LoadScopeScheduling):
    """The tests of a module on one engine stay together: they share labs. Quick modules first, then large ones."""

    def _split_scope(self, nodeid: str) -> str:
        return f"{nodeid.partition('::')[0]} {CONTAINERS if CONTAINERS in nodeid else ''}"

    def _reschedule(self, node: WorkerController) -> None:
        if not node.shutting_down and not self._suiting(node):
            node.shutdown()  # else its last test waits for another's
            return
        super()._reschedule(node)

    def _assign_work_unit(self, node: WorkerController) -> None:
        self.workqueue.move_to_end(self._suiting(node)[0], last=False)
        super()._assign_work_unit(node)

    def _suiting(self, node: WorkerController) -> list[str]:
        """The modules that a process may be given, the next one first."""
        own_host = node.gateway.spec.python is not None
        suiting = [module for module in self.workqueue if not (own_host and _needs_the_host(module))]
        return sorted(suiting, key=self._order)

    def _order(self, module: str) -> tuple[bool, bool, int]:
        return not _needs_the_host(module), not module.startswith("tests/pure/"), -len(self.workqueue[module])


def _needs_the_host(module: str) -> bool:
    return CONTAINERS in module or module.startswith(REGISTRIES)
