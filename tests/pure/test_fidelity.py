"""No mark without a rule."""

from __future__ import annotations

import ast
import re
from collections import Counter

import pytest

from lab.circuit.rules import all_rules
from lab.circuit.rules.base import Rule
from tests.fidelity import BLOCKS, ROOT, proofs

RULES = all_rules()
PROOFS = proofs()
each = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)


def test_every_mark_names_a_rule() -> None:
    known = {rule.id for rule in RULES}
    unknown = [f"{proof.path} {proof.test}: {id_}" for proof in PROOFS for id_ in proof.rules if id_ not in known]
    assert not unknown, f"these marks name no rule of lab/circuit/rules: {unknown}"


def test_no_id_is_given_twice() -> None:
    given = [
        str(call.args[0].value)
        for path in (ROOT / "lab/circuit/rules").glob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "Rule" and isinstance(call.args[0], ast.Constant)
    ]
    assert sorted(given) == [rule.id for rule in RULES], Counter(given).most_common(1)


@each
def test_a_rule_is_plain_words(rule: Rule) -> None:
    assert rule.id[2] in BLOCKS, f"say in tests/fidelity.py what ER{rule.id[2]}xx is called"
    for sentence in (rule.text, rule.lab, rule.difference):
        assert not sentence or sentence.endswith("."), sentence
        assert not re.search(r"\bTODO\b|  ", sentence), sentence
