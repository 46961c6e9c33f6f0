"""Faults as values: the registry, names that users type, and the way to JSON and back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lab.circuit.models import Family, Path, PeeringType, Session
from lab.errors import Impossible
from lab.fault.base import SIDES, Fault
from lab.fault.book import Entry, entries
from lab.fault.inject import named
from lab.fault.registry import kind, kinds


def session(
    path: Path, family: Family, peering: PeeringType = "AzurePrivatePeering", circuit: str = "er-lab"
) -> Session:
    return Session(circuit, peering, path, family, "msee1", "er0p", "192.0.2.2", "ce1", "192.0.2.1")


SESSIONS = tuple(session(path, family) for path in ("primary", "secondary") for family in ("ipv4", "ipv6"))


def test_every_kind_says_what_it_is() -> None:
    for name, each in kinds().items():
        assert each.name == name
        assert each.line
        assert len(each.line) < 90
        assert each.sides
        assert set(each.sides) <= set(SIDES)
        assert each.claims
        assert all(isinstance(value, str) for value in each.options.values())


def test_a_name_that_is_nearly_right() -> None:
    with pytest.raises(Impossible) as refused:
        kind("silent-dorp")
    assert refused.value.next == "did you mean silent-drop?"


def test_what_is_not_said_is_the_only_one_or_the_kinds_default() -> None:
    assert named(SESSIONS, "silent-drop") == Fault("silent-drop", "er-lab", "AzurePrivatePeering", "primary")
    given = named(SESSIONS, "md5-different", path="secondary", family="ipv6", side="msee")
    assert given.label == "md5-different secondary ipv6"
    assert [s.path + s.family for s in SESSIONS if given.concerns(s)] == ["secondaryipv6"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"peering": "MicrosoftPeering"}, "no peering MicrosoftPeering"),
        ({"circuit": "er-x"}, "no circuit er-x"),
        ({"side": "msee"}, "silent-drop is a fault of ce, not of msee"),
        ({"options": {"precent": "3"}}, "silent-drop has no option precent"),
    ],
)
def test_what_no_session_or_kind_has(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(Impossible, match=said):
        named(SESSIONS, "silent-drop", **wrong)


def test_two_peerings_have_to_be_told_apart() -> None:
    both = (*SESSIONS, session("primary", "ipv4", "MicrosoftPeering"))
    with pytest.raises(Impossible, match="2 peerings; which one"):
        named(both, "silent-drop")


def test_a_fault_goes_to_json_and_back() -> None:
    fault = Fault("loss", "er-lab", "AzurePrivatePeering", "primary", "ipv6", "ce", (("percent", "40"),))
    document = json.loads(json.dumps({"faults": [Entry(fault, {"places": []}, 17).as_object()]}))
    (entry,) = entries(document)
    assert entry == Entry(fault, {"places": []}, 17)
    assert entry.fault.id == fault.id
    assert document["faults"][0]["label"] == "loss primary ipv6"
