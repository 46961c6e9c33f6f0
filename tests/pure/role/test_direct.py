"""A port pair seen from the nodes: tags as its encapsulation says, and what a Disabled link means for each."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bgp.frr.config import FrrConfig
from lab.check.expect import concerns, expectations
from lab.circuit.keys import Keyring
from lab.circuit.models import Spec
from lab.cli.plan import plan_text
from lab.control.plan import plan
from lab.control.record import Applied, applied
from lab.files.load import load
from lab.role import expect
from lab.role.build import Desired, build

LAB = load("direct-ports", Path("/"), lint=False)


def linked(*enabled: bool) -> Spec:
    first, second = enabled
    return replace(LAB.spec, ports=(replace(LAB.spec.ports[0], links_enabled=(first, second)),))


def made(spec: Spec) -> Desired:
    return build(spec, LAB.topology, {}, {})


def state(spec: Spec) -> Applied:
    return applied(spec, LAB.topology, {}, {}, Keyring({}), "salt", digests={})[0]


@pytest.mark.rule("ER704", "ER705")
def test_qinq_shows_both_tags_to_the_ce_and_tells_equal_c_tags_apart() -> None:
    names = [i.name for i in made(LAB.spec).nodes["ce1"].wiring.interfaces]
    assert names == ["eth1.8.100", "eth2.8.100", "eth1.9.100", "eth2.9.100", "lo"]
    assert {i.name for i in made(LAB.spec).nodes["msee1"].wiring.interfaces if i.name.startswith("eth1")} == {
        "eth1.8.100", "eth1.9.100",
    }


@pytest.mark.rule("ER707")
@pytest.mark.parametrize(
    ("enabled", "down", "why"),
    [
        ((True, True), {"msee1": (), "msee2": ()}, {}),
        ((False, True), {"msee1": ("eth1",), "msee2": ()}, {"primary": "link1 is Disabled"}),
        ((True, False), {"msee1": (), "msee2": ("eth1",)}, {"secondary": "link2 is Disabled"}),
        (
            (False, False), {"msee1": ("eth1",), "msee2": ("eth1",)},
            {"primary": "link1 is Disabled", "secondary": "link2 is Disabled"},
        ),
    ],
)
def test_a_disabled_link(enabled: tuple[bool, bool], down: dict[str, tuple[str, ...]], why: dict[str, str]) -> None:
    spec = linked(*enabled)
    desired = made(spec)
    assert {name: desired.nodes[name].wiring.down for name in ("msee1", "msee2")} == down
    assert desired.nodes["ce1"] == made(LAB.spec).nodes["ce1"], "the CE is the customer's, and is not told"
    assert {s.path: s.why for s in desired.sessions if not s.enabled} == why
    assert all(s.enabled == (s.path not in why) for s in desired.sessions)
    router = desired.nodes["msee1"].router
    assert isinstance(router, FrrConfig)
    assert not any(n.shutdown for i in router.instances for n in i.neighbors), "the link is cut, not the session"
    paths = {leg.path for leg in expect.legs(spec, desired.sessions)}
    assert paths == {"primary", "secondary"} - set(why)


@pytest.mark.rule("ER707")
def test_check_expects_it_and_warns() -> None:
    spec = linked(False, True)
    found = made(spec).sessions
    kinds = [e.kind for e in expectations(spec, LAB.topology, found)]
    assert (kinds.count("sessions"), kinds.count("from-ce"), kinds.count("to-ce")) == (6, 3, 3)
    warned = [said for _, said in concerns(spec, LAB.topology, found, "ebpf")]
    assert warned[-1] == "er-prod er-test: link1 is Disabled, 3 sessions on the primary path expected to be down"
    assert not any("Disabled" in said for _, said in concerns(LAB.spec, LAB.topology, made(LAB.spec).sessions, "ebpf"))


@pytest.mark.rule("ER707")
def test_a_plan_says_which_sessions_go_with_the_link() -> None:
    steps = plan("er-direct", state(LAB.spec), state(linked(False, True)))
    assert plan_text(steps) == "\n".join((
        "er-direct   1 change, 3 of 6 sessions end; nothing done yet (mseelab apply does it)",
        "  ~ port er-port link1.adminState Enabled → Disabled",
        "      msee1  primary    ipv4 ipv6  ends",
        "  ! sessions on the primary path stay down until the link is Enabled again",
    ))
    assert ({s.path for s in steps.ends}, steps.resets, steps.begins) == ({"primary"}, (), ())
    back = plan("er-direct", state(linked(False, True)), state(LAB.spec))
    assert ({s.path for s in back.begins}, back.resets, back.ends) == ({"primary"}, (), ())


def test_a_plan_names_a_port_pair_that_comes() -> None:
    bare = replace(LAB.spec, circuits=(), ports=())
    steps = plan("er-direct", state(bare), state(replace(LAB.spec, circuits=())))
    assert [(c.difference.target, c.difference.action) for c in steps.changes] == [("port er-port", "add")]
