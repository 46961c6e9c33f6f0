"""Names that stand for shared keys in an export: nothing that leaves holds a key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePath

from bgp.frr import reference
from bgp.frr.config import OwnConfig
from bgp.secret import ANYWHERE
from lab.circuit.keys import Keyring, key_name
from lab.circuit.models import KeyRef, Spec
from lab.errors import Impossible

_CLEAR = re.compile(r"\b(?:password|key-string|md5-password)\s+(?!\$\{)\S")
# A key as short as this may well stand in a file as something else.
_SHORT = 6


class References(Mapping[str, str]):
    """By the keyring's name of a key, what the export writes instead: `${ER_KEY}`.

    A variable keeps its name, a file gives its own (`er.key`: `ER_KEY`), a key that stands in the circuit file is
    called after its peering. `origins` says of each name where the lab has the key from.
    """

    def __init__(self, spec: Spec, own: Mapping[str, OwnConfig]) -> None:
        self.origins: dict[str, KeyRef] = {}
        self._names: dict[str, str] = {}
        for config in own.values():
            for key in config.keys:
                name = key.removeprefix("env:")
                self._names[key] = name
                self.origins[name] = KeyRef("env", name)
        for circuit in spec.circuits:
            for peering in circuit.peerings:
                if peering.shared_key is not None:
                    key = key_name(circuit.name, peering.type)
                    reference = peering.shared_key
                    origin = KeyRef("literal", key) if reference.source == "literal" else reference
                    self._names[key] = self._free(_name(origin), origin)

    def _free(self, wanted: str, origin: KeyRef) -> str:
        """`wanted`, or with a number behind it where that name stands for another key."""
        number, name = 1, wanted
        while self.origins.setdefault(name, origin) != origin:
            number += 1
            name = f"{wanted}_{number}"
        return name

    def __getitem__(self, key: str) -> str:
        return f"${{{self._names[key]}}}"

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _name(origin: KeyRef) -> str:
    if origin.source == "env":
        return origin.name
    text = PurePath(origin.name).name if origin.source == "file" else f"{origin.name} key"
    name = re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_").upper()
    return name if name[:1].isalpha() else f"KEY_{name}".rstrip("_")


def names_in(text: str) -> tuple[str, ...]:
    """The references of a text, in order."""
    return reference.mentioned(text)


def refuse_clear_keys(own: Mapping[str, OwnConfig], keyring: Keyring) -> None:
    """Raises Impossible for a CE's own file that has a key in clear: it would leave with the export."""
    for config in own.values():
        for number, line in enumerate(config.text.splitlines(), start=1):
            words = line.split()
            if any(_stands(key, line, words) for key in keyring.values()) or _CLEAR.search(line):
                raise Impossible(
                    f"{config.file}:{number} has a key in clear, which an export may not hold",
                    next="write ${NAME} there, and export NAME=…",
                )


def _stands(key: str, line: str, words: list[str]) -> bool:
    return key in line if len(key) >= ANYWHERE else len(key) > _SHORT and key in words
