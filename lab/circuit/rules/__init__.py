"""The rules: what Azure allows and how an MSEE behaves, each with an id that never changes, a source, and how sure.

ER1xx circuit, ER2xx private peering, ER3xx Microsoft peering, ER4xx VNets and connections, ER5xx customer edge, ER6xx
topology, ER7xx ExpressRoute Direct, ER8xx Azure's own reads, ER9xx the files themselves. A source without a path is a
page of Microsoft's ExpressRoute documentation. `docs/fidelity.md` is made from these: a rule is proven by the tests
that are marked `rule("ER204")`.
"""

from __future__ import annotations

from lab.circuit.rules import (
    checks,
    circuit,
    direct,
    edge,
    files,
    microsoft,
    peering,
    private,
    reads,
    sessions,
    topology,
    vnet,
)
from lab.circuit.rules.base import Rule

_BLOCKS: tuple[tuple[Rule, ...], ...] = (
    circuit.RULES,
    peering.RULES,
    private.RULES,
    sessions.RULES,
    microsoft.RULES,
    vnet.RULES,
    edge.RULES,
    topology.RULES,
    direct.RULES,
    reads.RULES,
    files.RULES,
    checks.RULES,
)
_RULES = {rule.id: rule for block in _BLOCKS for rule in block}


def all_rules() -> tuple[Rule, ...]:
    """Every rule, by id."""
    return tuple(_RULES[id_] for id_ in sorted(_RULES))


def rule(id_: str) -> Rule:
    """The rule with that id. Raises KeyError when there is none."""
    return _RULES[id_]
