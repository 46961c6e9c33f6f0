"""No rule without a test, no mark without a rule, and docs/fidelity.md says what the code says."""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache

import pytest

from lab.circuit.rules import all_rules
from lab.circuit.rules.base import Rule
from tests.fidelity import BLOCKS, PAGE, ROOT, page, proofs

RULES = all_rules()
PROOFS = proofs()
each = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)


def lacking(rule: Rule) -> str:
    """What is missing of the proof of `rule`, and how to give it; empty where nothing is."""
    mine = [proof for proof in PROOFS if rule.id in proof.rules]
    who, mark = f"{rule.id} ({rule.title})", f'@pytest.mark.rule("{rule.id}")'
    if not mine:
        return f"{who} has no test: mark the one that fails when the rule breaks with {mark}, or write it"
    if not rule.emulated or any(proof.live for proof in mine):
        return ""
    if not rule.allowed and not rule.ours:
        return f"{who} is a behaviour (it has no `allowed`): give a test in tests/live or tests/containerlab {mark}"
    if not any(rule.id in without_marks(proof.path) for proof in mine):
        return f"{who} is a refusal: no test marked with it expects its id of the lab, nor is one live"
    return ""


@cache
def without_marks(path: str) -> str:
    return re.sub(r"@pytest\.mark\.rule\([^)]*\)", "", (ROOT / path).read_text())


@each
def test_every_rule_is_proven(rule: Rule) -> None:
    assert not lacking(rule), f"{lacking(rule)}; then `make fidelity`"


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
        assert "  " not in sentence, sentence


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == page(RULES, PROOFS), "`make fidelity` writes docs/fidelity.md anew"
