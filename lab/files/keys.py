"""Shared keys: references resolved, the key's form checked, and no message that shows any of it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from bgp import secret
from bgp.frr import reference as references
from bgp.frr.config import OwnConfig
from lab.circuit.keys import Keyring, key_name
from lab.circuit.models import KeyRef, Spec
from lab.errors import Mistake, Mistakes
from lab.files.known import key_in
from lab.harmless import clip

VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
OURS = "ER_"
"""How every variable begins that a CE's own file may name unasked: no program of others has such."""
ALLOWED_KEY = "1-25 letters and digits"
_KEY = re.compile(r"[A-Za-z0-9]{1,25}")


def key_problem(key: str) -> str:
    """What is wrong with a shared key, without showing it (ER207); empty when it is good."""
    if _KEY.fullmatch(key):
        return ""
    count = f"{len(key)} character{'' if len(key) == 1 else 's'}"
    bad = next((n for n, c in enumerate(key, start=1) if not (c.isascii() and c.isalnum())), None)
    return count if bad is None else f"{count}, the {_ordinal(bad)} is not a letter or digit"


def resolve_keys(
    spec: Spec, own_configs: Mapping[str, OwnConfig], literals: Mapping[str, str] | None = None
) -> Keyring:
    """Every key the lab needs: `CIRCUIT/PEERING` for peerings, `env:NAME` for each `${NAME}` of a CE's own file.

    `literals` are the keys that stand in the circuit file itself, by key name; without them the file is read again.
    Every value is masked from then on, that of a key with a mistake too. Raises Mistakes (ER206, ER207, ER503), none
    of which shows a key.
    """
    keyring, mistakes = collect_keys(spec, own_configs, literals)
    if mistakes:
        raise Mistakes(mistakes)
    return keyring


def collect_keys(
    spec: Spec, own_configs: Mapping[str, OwnConfig], literals: Mapping[str, str] | None = None
) -> tuple[Keyring, list[Mistake]]:
    """As `resolve_keys`, but gives the mistakes beside the keys that could be resolved."""
    keys: dict[str, str] = {}
    mistakes: list[Mistake] = []
    for circuit in spec.circuits:
        for peering in circuit.peerings:
            if peering.shared_key is None:
                continue
            name = key_name(circuit.name, peering.type)
            line = spec.lines.get(f"circuits.{circuit.name}.{peering.type}.sharedKey", 1)
            if peering.shared_key.source == "literal":
                literals = _literals(spec) if literals is None else literals
                keys[name] = literals[name]
                secret.remember([keys[name]])
                continue
            key, problem = _resolve(peering.shared_key, _folder(spec))
            secret.remember([key])
            if problem is None and (wrong := key_problem(key)):
                found = f"{wrong} in {peering.shared_key}"
                problem = Mistake(spec.file, line, 1, "ER207", "sharedKey", found, ALLOWED_KEY)
            elif problem is not None:
                problem = Mistake(spec.file, line, 1, "ER206", "sharedKey", message=problem.message)
            if problem:
                mistakes.append(problem)
            else:
                keys[name] = key
    for config in own_configs.values():
        mistakes += _references(config, keys)
    return Keyring(keys), mistakes


def _references(config: OwnConfig, keys: dict[str, str]) -> Iterable[Mistake]:
    for reference in config.keys:
        name = reference.removeprefix("env:")
        value = os.environ.get(name)
        secret.remember([value or ""])
        line = references.line_of(config.text, name)
        if value is None:
            message = f"the environment variable {name} is not set"
        elif not value or not value.isprintable() or any(c.isspace() for c in value):
            message = f"the value of {name} is not one word"
        else:
            keys[reference] = value
            continue
        yield Mistake(config.file, line, 1, "ER503", f"${{{name}}}", message=message)


def undeclared(spec: Spec, own_configs: Mapping[str, OwnConfig]) -> list[Mistake]:
    """The names in the CEs' own files that are no key's (ER513): not in the circuit file, and not `ER_…`."""
    keys = (peering.shared_key for circuit in spec.circuits for peering in circuit.peerings)
    declared = {key.name for key in keys if key is not None and key.source == "env"}
    found = []
    for config in own_configs.values():
        for name in (reference.removeprefix("env:") for reference in config.keys):
            if name not in declared and not name.startswith(OURS):
                allowed = f"a name that begins with {OURS}, or one of the circuit file's sharedKey: {{env: NAME}}"
                line = references.line_of(config.text, name)
                found.append(Mistake(config.file, line, 1, "ER513", "", f"${{{clip(name)}}}", allowed))
    return found


def _resolve(reference: KeyRef, folder: Path) -> tuple[str, Mistake | None]:
    if reference.source == "env":
        value = os.environ.get(reference.name)
        if value is None:
            message = f"found {reference}; the environment variable {reference.name} is not set"
            return "", Mistake("", 1, 1, "ER206", "sharedKey", message=message)
        return value, None
    try:
        return key_in(folder, reference.name), None
    except Mistakes as error:
        message = f"{{file: {clip(reference.name)}}}: {error.mistakes[0].message}"
        return "", Mistake("", 1, 1, "ER206", "sharedKey", message=message)


def _folder(spec: Spec) -> Path:
    return Path(spec.files[0] if spec.files else spec.file).parent


def _literals(spec: Spec) -> Mapping[str, str]:
    from lab.files.circuit_file import read_circuit

    return read_circuit(Path(spec.files[0] if spec.files else spec.file), spec.file).literals


def _ordinal(number: int) -> str:
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"
