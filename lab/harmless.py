"""Text of others as it may leave: no key in it, nothing that a terminal obeys, nothing that a CI system takes for a
command.

Names, descriptions and messages come from files and routers of strangers. Terminals obey control characters, and order
text by bidirectional ones. GitHub obeys `::name …::` at the start of a line and `##[…]` in it, Azure Pipelines
`##vso[…]` and `##[…]`, TeamCity `##teamcity[…]`; GitLab and Travis need a carriage return and an escape.
"""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any

from bgp.secret import hidden, remembered
from lab.errors import LabError

LOST = "\ufffd"
_CONTROLS = "\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff"
_CONTROL = re.compile(rf"[\x00-\x08\x0b-\x1f{_CONTROLS}]")
_NOT_IN_JSON = re.compile(rf"[{_CONTROLS}]")
_BRACKET = re.compile(r"##(?=\w{0,20}\[)")
# An IPv6 address such as ::abcd has no letter after f, and every command's name has one.
_COLONS = re.compile(r"^([ \t]*)::(?=[a-z-]*[g-z-][a-z-]*(?: [^\n]*)?::)", re.MULTILINE | re.IGNORECASE)
_MAYBE = re.compile(r"::[a-z-]*[g-z-]", re.IGNORECASE)
_NO_FOLDING = 1 << 30


def clip(text: str, limit: int = 60) -> str:
    """`text` as one printable line of at most `limit` characters."""
    printable = "".join(c if c.isprintable() else LOST for c in text[: limit + 1])
    return printable if len(printable) <= limit else printable[: limit - 1] + "…"


def harmless(text: str) -> str:
    """Lines of text without keys, control characters and commands. Line ends and tabs stay."""
    return plain(hidden(text))


def plain(text: str) -> str:
    """The same for text in which keys are hidden already: in XML a word of the form itself may be somebody's key."""
    return tamed(without_commands(text))


def tamed(text: str) -> str:
    """`text` without control characters. Line ends and tabs stay."""
    return _CONTROL.sub(LOST, text)


def without_commands(text: str) -> str:
    """`text` in which a blank breaks what a CI system would take for a command."""
    return _COLONS.sub(r"\1: :", without_brackets(text))


def without_brackets(text: str) -> str:
    """The same for those in brackets alone: for a line that is a command of our own."""
    return _BRACKET.sub("# #", text)


def as_json(value: Any, indent: int | None = 2) -> str:
    """`value` as JSON that means the same and is harmless to print: what could be obeyed is escaped. No line end."""
    text = json.dumps(without_keys(value), indent=indent, ensure_ascii=False)
    return _escaped(_BRACKET.sub(r"\\u0023#", text))


def as_yaml(value: Any) -> str:
    """The same as YAML."""
    import yaml

    class Dumper(yaml.SafeDumper):
        pass

    def quoted(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
        # Between double quotes an escape can stand, and where nothing is folded no line of the text begins a line.
        style = '"' if any(what.search(text) for what in (_BRACKET, _MAYBE, _NOT_IN_JSON)) else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    Dumper.add_representer(str, quoted)
    clean = without_keys(value)
    text: str = yaml.dump(
        clean, Dumper=Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False, width=_NO_FOLDING
    )
    return _escaped(_BRACKET.sub(r"\\x23#", text))


def _escaped(text: str) -> str:
    """Between the double quotes of JSON and of YAML."""
    return _NOT_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def without_keys(value: Any) -> Any:
    """`value` with the remembered keys replaced in every text in it: lists, tuples, mappings, dataclasses, and errors,
    which are changed themselves."""
    if not remembered():
        return value
    if isinstance(value, str):
        return hidden(value)
    if isinstance(value, dict):
        return {without_keys(key): without_keys(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_keys(item) for item in value]
    if type(value) is tuple:
        return tuple(without_keys(item) for item in value)
    if isinstance(value, LabError):
        value.message, value.next = hidden(value.message), without_keys(value.next)
        value.args = (value.message,)
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = [field.name for field in dataclasses.fields(value) if field.init]
        new = {name: without_keys(getattr(value, name)) for name in fields}
        changed = {name: item for name, item in new.items() if item is not getattr(value, name)}
        return dataclasses.replace(value, **changed) if changed else value
    return value
