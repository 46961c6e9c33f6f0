"""`mseelab explain ER204`: what a rule says, what the lab does of it, where it differs, and where it comes from."""

from __future__ import annotations

import difflib
import textwrap
from typing import Any

import click

from lab.cli.output import emit, output_option
from lab.errors import Impossible

LABELS = {"text": "reason", "lab": "the lab", "difference": "differs"}


@click.command()
@click.argument("rule_id", metavar="[RULE]", required=False)
@output_option()
def explain(rule_id: str | None, output: str) -> None:
    """A rule's reason and source; without RULE, all rules."""
    from lab.circuit.rules import all_rules

    rules = {rule.id: rule for rule in all_rules()}
    if rule_id is None:
        emit({"rules": [rule_object(rule) for rule in rules.values()]}, output, lambda: all_text(list(rules.values())))
        return
    wanted = rule_id.upper()
    if wanted not in rules:
        near = difflib.get_close_matches(wanted, rules, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise Impossible(f"no rule {rule_id}{hint}", next="mseelab explain lists them all")
    emit(rule_object(rules[wanted]), output, lambda: rule_text(rules[wanted]))


def rule_object(rule: Any) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(rule)


def rule_text(rule: Any) -> str:
    """`ER204 title`, then each part of the rule under its name."""
    lines = [f"{rule.id}   {rule.title}"]
    for name, value in rule_object(rule).items():
        if name not in ("id", "title") and value:
            text = ", ".join(value) if isinstance(value, list | tuple) else str(value)
            wrapped = textwrap.wrap(text, 85)
            lines += [f"  {LABELS.get(name, name):<11}{wrapped[0]}", *(" " * 13 + more for more in wrapped[1:])]
    return "\n".join(lines)


def all_text(rules: list[Any]) -> str:
    return "\n".join(f"{rule.id}  {rule.title}" for rule in rules)
