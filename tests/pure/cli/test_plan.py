"""`plan` prints one line a change and the sessions that reset (ux.md section 7)."""

from __future__ import annotations

from pathlib import Path as Folder
from types import SimpleNamespace
from typing import Any

from lab.circuit.models import Family, Session
from lab.cli.plan import difference_text, plan_object, plan_text
from lab.control.differences import Difference
from lab.control.plan import PlannedChange
from lab.topology import Path

PAGE = """\
er-ams   1 change, 4 of 6 sessions reset; nothing done yet (mseelab apply does it)
  ~ AzurePrivatePeering.sharedKey {env: ER_PRIVATE_KEY}: new value (never shown)
      msee1  primary    ipv4 ipv6  reset    ce1.conf refers to it: ce1 changes too
      msee2  secondary  ipv4 ipv6  reset    ce2.conf refers to it: ce2 changes too
  ! both paths reset at once: Azure has one key for the whole peering"""
KEY = "er-ams/AzurePrivatePeering"
NEW_KEY = Difference(
    "AzurePrivatePeering.sharedKey", "change", "", "{env: ER_PRIVATE_KEY}",
    "{env: ER_PRIVATE_KEY}: new value (never shown)", circuit="er-ams", peering="AzurePrivatePeering",
)


def session(path: Path, family: Family) -> Session:
    number = "1" if path == "primary" else "2"
    return Session("er-ams", "AzurePrivatePeering", path, family, f"msee{number}", "er1p", "x", f"ce{number}", "y", KEY)


def planned(difference: Difference, resets: tuple[Session, ...], notes: tuple[str, ...] = (), keys: Any = None) -> Any:
    own = {f"ce{n}": SimpleNamespace(file=f"/somewhere/ce{n}.conf", keys=("env:ER_PRIVATE_KEY",)) for n in (1, 2)}
    digests = keys or {KEY: "d1", "env:ER_PRIVATE_KEY": "d1"}
    changes = (PlannedChange(difference, resets, notes),)
    new = SimpleNamespace(own=own, keys=digests)
    return SimpleNamespace(
        lab="er-ams", changes=changes, sessions=(None,) * 6, ends=(), resets=resets, begins=(), new=new, empty=False,
        physical=False,
    )


FOUR = tuple(session(path, family) for path in ("primary", "secondary") for family in ("ipv4", "ipv6"))
NOTE = ("both paths reset at once: Azure has one key for the whole peering",)


def test_a_new_key() -> None:
    assert plan_text(planned(NEW_KEY, FOUR, NOTE)) == PAGE


def test_a_ce_that_does_not_follow() -> None:
    page = plan_text(planned(NEW_KEY, FOUR, NOTE, {KEY: "new", "env:ER_PRIVATE_KEY": "old"}))
    assert "ce1.conf does not: ce1 keeps what it has, its sessions will stay down" in page


def test_what_changes() -> None:
    vlan = Difference("AzurePrivatePeering", "change", "vlanId", "100", "200")
    assert difference_text(vlan) == "AzurePrivatePeering.vlanId 100 → 200"
    assert difference_text(Difference("circuit er-two", "add")) == "circuit er-two"
    page = plan_text(planned(Difference("circuit er-two", "remove"), ()))
    assert page.split("\n") == [
        "er-ams   1 change, no session resets; nothing done yet (mseelab apply does it)", "  - circuit er-two",
    ]


def test_nothing() -> None:
    assert plan_text(SimpleNamespace(lab="er-ams", empty=True)) == "er-ams   nothing to apply"


def test_the_object() -> None:
    (change,) = plan_object(planned(NEW_KEY, FOUR[:1]))["changes"]
    assert change == {
        "target": "AzurePrivatePeering.sharedKey", "action": "change", "field": None, "ends": [], "begins": [],
        "lines": [],
        "resets": [
            {"circuit": "er-ams", "peering": "AzurePrivatePeering", "path": "primary", "family": "ipv4"},
        ],
    }


def test_lines_of_a_ce_file_are_shown_unless_it_is_from_elsewhere(tmp_path: Folder) -> None:
    config = Difference("ce1", "change", "config", "ce1.conf", "ce1.conf", ce="ce1")
    for where, shown in (("ce1.conf", "+ ip route 10.0.0.0/8 Null0"), ("../ce1.conf", "1 line of it: its text is not")):
        steps = planned(config, ())
        steps.changes = (PlannedChange(config, lines=("+ ip route 10.0.0.0/8 Null0",)),)
        edge = SimpleNamespace(name="ce1", config=where)
        steps.new.spec = SimpleNamespace(files=(str(tmp_path / "lab" / "circuit.yml"),), customer_edges=(edge,))
        (line,) = plan_text(steps).splitlines()[2:]
        assert line.strip().startswith(shown)
