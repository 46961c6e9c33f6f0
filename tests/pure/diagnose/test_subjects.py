"""Which sessions can be asked about, from the files of shipped labs: those that are there, and those that cannot be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from lab.circuit.keys import Keyring
from lab.circuit.models import Spec
from lab.control.record import Applied, applied
from lab.diagnose.evidence import Subject
from lab.diagnose.subjects import subjects
from lab.files.load import load


def value_of(name: str, change: dict[str, Any] | None = None) -> Applied:
    loaded = load(name, Path("/"), lint=False, keys=False)
    spec: Spec = loaded.spec
    if change:
        spec = replace(spec, circuits=tuple(replace(c, **change) for c in spec.circuits))
    value, _ = applied(spec, loaded.topology, loaded.own, loaded.interfaces, Keyring({}), "00")
    return value


def found(name: str, **change: str) -> tuple[Subject, ...]:
    return subjects(value_of(name, change), "ebpf")


def test_every_session_in_the_order_of_the_file() -> None:
    told = [subject.session.label for subject in found("dual-path")]
    assert told == [
        f"AzurePrivatePeering {path} {family}" for path in ("primary", "secondary") for family in ("ipv4", "ipv6")
    ]


def test_what_a_session_should_look_like() -> None:
    first = found("dual-path")[0]
    assert (first.tags, first.ce_port, first.msee_port) == ((100,), "eth1", "eth1")
    assert (first.length, first.peer_asn) == (30, 65010)
    assert (first.beyond, first.from_ce, first.to_ce) == (("hub",), 1, 1)
    assert first.interface("msee") == "eth1.100"
    qinq = found("two-circuits")[0]
    assert (qinq.tags, qinq.interface("ce")) == ((8, 100), "eth1.8.100")


def test_a_circuit_that_is_not_provisioned_has_its_sessions_all_the_same() -> None:
    told = found("dual-path", provider_state="NotProvisioned")
    assert len(told) == 4
    assert {(s.provisioned, s.provider_state, s.to_ce) for s in told} == {(False, "NotProvisioned", 0)}


def test_modelled_tags_are_not_looked_for_on_the_wire() -> None:
    told = subjects(value_of("dual-path"), "switch")
    assert {subject.tags_on_wire for subject in told} == {False}
