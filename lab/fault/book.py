"""The lab's book of active faults: `faults` in its document. Written before a fault is made, erased after it is lifted.

The lab is locked for the moment of writing only. A fault that a command makes for a while has an owner: the process
holds a lock on a file of the lab's folder, and the kernel lets go of it when the process ends, however it ends. (Its
pid and start time would not do: a process inside the lab's world is not in the /proc that it sees.)
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from lab.circuit.document import Document
from lab.circuit.store import Store
from lab.control.wait import wait
from lab.errors import NotAsItShould
from lab.fault.base import Fault, Undo

LOCK_SECONDS = 60.0
_own: set[tuple[str, str]] = set()


@dataclass(frozen=True)
class Entry:
    """An active fault. `owner` is the pid of the process that lifts it; None where it stays until somebody does."""

    fault: Fault
    undo: Undo
    owner: int | None = None

    def as_object(self) -> dict[str, Any]:
        return {**self.fault.as_object(), "label": self.fault.label, "undo": self.undo, "owner": self.owner}

    @classmethod
    def from_object(cls, value: Mapping[str, Any]) -> Entry:
        return cls(Fault.from_object(value), value["undo"], value["owner"])


def entries(document: Document | None) -> tuple[Entry, ...]:
    """The active faults of a lab, the oldest first."""
    return tuple(Entry.from_object(value) for value in (document or {}).get("faults", ()))


def find(store: Store, fault: Fault) -> Entry | None:
    return next((entry for entry in entries(store.read()) if entry.fault == fault), None)


def add(store: Store, entry: Entry) -> None:
    _rewrite(store, lambda known: [*known, entry])


def erase(store: Store, fault: Fault) -> None:
    _rewrite(store, lambda known: [entry for entry in known if entry.fault != fault])
    store.remove_beside(_file(fault))


@contextmanager
def owned(store: Store, fault: Fault) -> Iterator[int]:
    """This process owns the fault inside; the value is its pid. Raises NotAsItShould when another process does."""
    descriptor = store.open_beside(_file(fault))
    key = (store.lab, fault.id)
    try:
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise NotAsItShould(f"another command has made {fault.label} just now", next="mseelab status") from error
        _own.add(key)
        yield os.getpid()
    finally:
        _own.discard(key)
        os.close(descriptor)


def orphans(store: Store, document: Document | None) -> tuple[Entry, ...]:
    """The faults whose owner has ended without lifting them, the newest first."""
    return tuple(
        entry for entry in reversed(entries(document)) if entry.owner is not None and not _is_held(store, entry.fault)
    )


def _is_held(store: Store, fault: Fault) -> bool:
    # Closing any descriptor of the file would drop this process's own lock on it.
    if (store.lab, fault.id) in _own:
        return True
    descriptor = store.open_beside(_file(fault))
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def _rewrite(store: Store, change: Callable[[Sequence[Entry]], Sequence[Entry]]) -> None:
    with _locked(store):
        document = store.read()
        if document is None:
            return  # taken down meanwhile: nothing of it is left
        document["faults"] = [entry.as_object() for entry in change(entries(document))]
        store.write(document)


@contextmanager
def _locked(store: Store) -> Iterator[None]:
    """Another command may be at work on the lab: it is waited for."""
    with ExitStack() as held:

        def taken() -> bool:
            try:
                held.enter_context(store.locked())
            except NotAsItShould:
                return False
            return True

        if not wait(taken, deadline=LOCK_SECONDS, label="lab").ok:
            raise NotAsItShould(f"another command is at work on {store.lab}", next="wait for it and try again")
        yield


def _file(fault: Fault) -> str:
    return f"fault.{fault.id}"
