"""Where a path is looked at, and which tags on it are a circuit's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lab.capture.only import tags_of
from lab.capture.place import Place, places
from lab.control.record import Record, applied, new_record, new_salt
from lab.errors import Impossible
from lab.files.load import load


def record(lab: str, attacher: str = "8021q") -> Record:
    """A shipped lab, as it would be recorded."""
    found = load(lab, Path.cwd(), lint=False, keys=False)
    salt = new_salt()
    value, _ = applied(found.spec, found.topology, found.own, found.interfaces, found.keyring, salt, digests={})
    return replace(new_record(lab, "netns", {}, True, value, salt), attacher=attacher)


def test_a_path_is_the_port_of_its_msee_or_of_the_ce() -> None:
    lab = record("dual-ce")
    assert places(lab, ("primary", "secondary"), "msee") == (
        Place("primary", "msee1", "eth1", "ce1"), Place("secondary", "msee2", "eth1", "ce2"),
    )  # fmt: skip
    assert places(lab, ("secondary",), "ce") == (Place("secondary", "ce2", "eth1", "msee2"),)


def test_where_tags_are_modelled_every_sub_interface_is_a_place() -> None:
    found = places(record("two-circuits", "switch"), ("primary",), "msee")
    assert {(p.device, p.tags) for p in found} == {("eth1.8.100", (8, 100)), ("eth1.9.101", (9, 101))}
    assert len({p.vrf for p in found}) == 2


def test_the_tags_of_a_circuit_are_those_on_its_cable() -> None:
    lab = record("two-circuits")
    assert tags_of(lab, None, None) is None
    assert tags_of(lab, "er-ams", None) == frozenset({(8, 100)})
    assert tags_of(lab, None, "AzurePrivatePeering") == frozenset({(8, 100), (9, 101)})
    assert tags_of(record("both-peerings"), None, "MicrosoftPeering") == frozenset({(200,)})


def test_what_there_is_not_is_said_with_what_there_is() -> None:
    lab = record("two-circuits")
    for circuit, peering, words in (
        ("er-x", None, "no circuit named er-x"),
        (None, "MicrosoftPeering", "two-circuits has no MicrosoftPeering"),
    ):
        with pytest.raises(Impossible, match=words) as refused:
            tags_of(lab, circuit, peering)
        assert refused.value.next
        assert refused.value.next.startswith("one of: ")
