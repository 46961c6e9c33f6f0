"""What an exporter gets and gives: the files of a lab as `up` reads them, and the texts of a folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from lab.circuit.models import KeyRef
from lab.files.load import Loaded
from lab.role.slots import Slots


@dataclass(frozen=True)
class Export:
    """A folder as values.

    `files` are texts by path below the folder, `private` folders that only their owner may look into. `keys` say of
    each name that stands for a shared key where the lab has it from. `notes` say what is left out; `start` is what to
    type in the folder once the keys are there.
    """

    lab: str
    files: Mapping[str, str]
    private: tuple[str, ...] = ()
    keys: Mapping[str, KeyRef] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    start: str = ""


class Exporter(Protocol):
    """Writes labs in one format. No text that it gives holds a shared key."""

    name: str

    def export(self, loaded: Loaded, slots: Slots | None = None) -> Export:
        """The lab of `loaded`; `slots` are the numbers of the running one. Raises Impossible for what has no place."""
