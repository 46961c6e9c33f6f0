"""`mseelab explain ER204`: what a rule says, what the lab does of it, where it differs, and where it comes from; and
`mseelab explain MD5-DIFFERENT`: what a verdict of `diagnose` means."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

import click

from lab.cli.output import emit, output_option
from lab.errors import Impossible, meant

LABELS = {"text": "reason", "lab": "the lab", "difference": "differs"}


@click.command()
@click.argument("rule_id", metavar="[RULE|CODE]", required=False)
@output_option()
def explain(rule_id: str | None, output: str) -> None:
    """A rule's reason and source, or the meaning of a verdict's code; without either, all of them."""
    from lab.circuit.rules import all_rules
    from lab.diagnose.codes import CODES

    rules = {rule.id: rule for rule in all_rules()}
    meanings = {name: code.meaning for name, code in CODES.items()}
    if rule_id is None:
        every = {"rules": [rule_object(rule) for rule in rules.values()], "codes": meanings}
        emit(every, output, lambda: all_text(list(rules.values()), meanings))
        return
    wanted = rule_id.upper()
    if wanted in meanings:
        emit({"code": wanted, "meaning": meanings[wanted]}, output, lambda: code_text(wanted, meanings[wanted]))
        return
    if wanted not in rules:
        near = meant(wanted, [*rules, *meanings])
        hint = f"; did you mean {near}?" if near else ""
        what = "rule" if wanted.startswith("ER") else "rule or verdict"
        raise Impossible(f"no {what} {rule_id}{hint}", next="mseelab explain lists them all")
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


def code_text(code: str, meaning: str) -> str:
    return f"{code}   {meaning}\n  told by    mseelab diagnose, from the evidence that it prints"


def all_text(rules: list[Any], codes: Mapping[str, str]) -> str:
    lines = [f"{rule.id}  {rule.title}" for rule in rules]
    widest = max(map(len, codes))
    return "\n".join([*lines, "", *(f"{code:<{widest}}  {meaning}" for code, meaning in codes.items())])
