"""The lab's document as a value: what was applied, so that a plan can tell what differs from it.

Node states are not kept: they follow from the files' values and the slots. A document of another version of mseelab is
therefore not continued, only taken down. Keys are kept as keyed digests.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from bgp.frr.config import OwnConfig
from lab.circuit.document import Document, damaged, other_version
from lab.circuit.keys import Keyring, new_salt
from lab.circuit.models import Session, Spec
from lab.files.digest import digest
from lab.files.reading import MOST_BYTES, read_bytes
from lab.role.build import Desired, build
from lab.role.slots import Slots
from lab.topology import Topology
from lab.wiring import Tag


@dataclass(frozen=True)
class Applied:
    """Everything the desired state follows from, and how the keys looked."""

    spec: Spec
    topology: Topology
    slots: Slots
    own: Mapping[str, OwnConfig]
    own_interfaces: Mapping[str, tuple[Tag, ...]]
    sessions: tuple[Session, ...]
    keys: Mapping[str, str]
    digests: Mapping[str, str]

    def desired(self) -> Desired:
        return build(self.spec, self.topology, self.own, self.own_interfaces, self.slots)


@dataclass(frozen=True)
class Record:
    """The document of a lab.

    `pending` are the states of applies that have begun and were not seen to end, the oldest first. `settled` is False
    while the lab still ends with the command that makes it. `created` is when each circuit was, in epoch seconds. A lab
    `by_hand` has no circuit file: its circuits come from the workflow verbs. `faults` are what `lab.fault` has made and
    not lifted; they are its own to read and write. `daemons` are those that should run, by node (`lab.control.health`).
    """

    lab: str
    engine: str
    world: Mapping[str, Any]
    attacher: str
    since: float
    salt: str
    shipped: bool
    applied: Applied
    pending: tuple[Applied, ...] = ()
    service_keys: Mapping[str, str] = field(default_factory=dict)
    created: Mapping[str, float] = field(default_factory=dict)
    version: str = ""
    settled: bool = False
    by_hand: bool = False
    faults: tuple[Mapping[str, Any], ...] = ()
    daemons: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def our_version() -> str:
    try:
        return version("mseelab")
    except PackageNotFoundError:
        return "source"


def applied(
    spec: Spec,
    topology: Topology,
    own: Mapping[str, OwnConfig],
    own_interfaces: Mapping[str, tuple[Tag, ...]],
    keys: Keyring,
    salt: str,
    slots: Slots | None = None,
    digests: Mapping[str, str] | None = None,
) -> tuple[Applied, Desired]:
    """What is to be applied, and the desired state that follows from it; `digests` are those of files read earlier."""
    desired = build(spec, topology, own, own_interfaces, slots)
    files = file_digests(spec) if digests is None else digests
    value = Applied(spec, topology, desired.slots, own, own_interfaces, desired.sessions, keys.digests(salt), files)
    return value, desired


def file_digests(spec: Spec) -> dict[str, str]:
    """The digest by path of every file that was read, to see cheaply whether one has changed since."""
    return {str(Path(f).absolute()): digest(read_bytes(Path(f), f, MOST_BYTES)) for f in spec.files}


def new_record(
    lab: str, engine: str, world: Mapping[str, Any], shipped: bool, value: Applied, salt: str, *, by_hand: bool = False
) -> Record:
    """The record of a lab whose nodes are being made."""
    return with_service_keys(
        Record(lab, engine, world, "", time.time(), salt, shipped, value, version=our_version(), by_hand=by_hand)
    )


def with_service_keys(record: Record) -> Record:
    """Every circuit has a service key of its own, drawn once and kept as long as the circuit is here."""
    known, circuits = record.service_keys, record.applied.spec.circuits
    keys = {c.name: c.service_key or known.get(c.name) or str(uuid.uuid4()) for c in circuits}
    now = time.time()
    return replace(record, service_keys=keys, created={c.name: record.created.get(c.name, now) for c in circuits})


def to_document(record: Record) -> Document:
    """The JSON form; readers that must be fast use its plain part (`lab`, `world`, `circuits`, `sessions`, …) alone."""
    value = record.applied
    document: Document = _adapter().dump_python(record, mode="json")
    document |= {
        "topology": value.topology.name,
        "file": str(Path(value.spec.file).absolute()),
        "digests": dict(value.digests),
        "sessions": document["applied"]["sessions"],
        "circuits": [
            {
                "name": c.name,
                "tier": c.tier,
                "family": c.sku_family,
                "provider": c.provider,
                "location": c.location,
                "bandwidth": c.bandwidth_mbps,
                "port": c.port,
                "bandwidthInGbps": c.bandwidth_gbps,
                "circuitProvisioningState": c.circuit_state,
                "serviceProviderProvisioningState": c.provider_state,
                "serviceKey": record.service_keys.get(c.name, ""),
            }
            for c in value.spec.circuits
        ],
    }
    return document


def from_document(document: Document) -> Record:
    """Raises Damaged where the document is none of ours: of another version it may be one all the same."""
    try:
        return _adapter().validate_python(document)
    except ValidationError as error:
        if document["version"] != our_version():
            raise other_version(document["lab"], document["version"]) from error
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise damaged(document["lab"], f"{where}: {first['msg']}") from error


@cache
def _adapter() -> TypeAdapter[Record]:
    return TypeAdapter(Record)


__all__ = ["Applied", "Record", "applied", "from_document", "new_record", "new_salt", "our_version", "to_document"]
