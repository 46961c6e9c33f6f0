"""The wiring in a real kernel: what is on the wire, who meets whom, what a second run and a change do.

Every attacher that this kernel and this user can is tried; one that it cannot skips, with the kernel's reason.
"""

from __future__ import annotations

import os
import select
import socket
import struct
import sys
import time
from dataclasses import replace
from functools import partial

import pytest

from lab.errors import HostCannot
from lab.net import inside as within
from lab.net import vlan
from lab.net.kernel import Kernel
from lab.net.order import WireOrder
from lab.net.steps import Place, Vlan
from lab.net.vlan.base import AttacherProbe
from lab.net.vlan.probing import scratch
from lab.net.wirer import Wirer
from lab.wiring import Interface, NodeWiring, PermanentNeighbor, Route, Tag
from tests.live.wiring_lab import ANSWER, CABLE, NODES, PLAIN, SILENCE, Lab, ce, faces, msee
from tests.live.worlds import inside, lab


@pytest.fixture
def on_wire(wired: Lab) -> Lab:
    if not vlan.attacher(wired.attacher).tags_on_wire:
        pytest.skip(f"{wired.attacher} only models tags")
    return wired


def test_what_is_chosen_is_the_first_that_works(probes: dict[str, AttacherProbe]) -> None:
    with lab("choose", ("ce1",)) as world:
        # The best of three: what else runs on the host may take the processor from any one.
        chosen, seconds = min((inside(world, lambda: _timed_choice()) for _ in range(3)), key=lambda found: found[1])
        assert chosen == next(probe.name for probe in probes.values() if probe.ok)
        assert all(probe.ok or probe.reason for probe in probes.values())
        for probe in probes.values():
            if not probe.ok:
                with pytest.raises(HostCannot, match="VLAN tags cannot be made"):
                    inside(world, partial(_choose, probe.name))
    assert seconds < 0.1, "up pays for this"


def _choose(name: str) -> str:
    return vlan.choose(name).name


def _timed_choice() -> tuple[str, float]:
    from lab.net import kernel  # noqa: F401  (the wiring process has imported pyroute2 before it is asked)

    begun = time.perf_counter()
    return vlan.choose().name, time.perf_counter() - begun


def test_ends_with_the_same_tag_meet_and_at_once(wired: Lab) -> None:
    """Both families, and without a second's wait for a carrier that the kernel reports late."""
    wired.wire(PLAIN)
    begun = time.monotonic()
    assert wired.answers("10.0.0.2")
    assert wired.answers("fd00::2")
    assert time.monotonic() - begun < 0.9


@pytest.mark.parametrize("other", [Tag("eth1", 101), Tag("eth1", 100, 8), None], ids=["vlan", "qinq", "untagged"])
@pytest.mark.rule("ER205")
def test_ends_with_different_tags_do_not(wired: Lab, other: Tag | None) -> None:
    interface = faces(100, host=2, vrf="c1p")
    if other is None:
        end = Interface("eth1", "", interface.addresses[:1])
    else:
        end = replace(interface, tag=other)
    wired.wire({"ce1": ce(faces(100)), "msee1": msee(end)})
    assert not wired.answers("10.0.0.2", SILENCE)
    assert not wired.answers("fd00::2", SILENCE)


@pytest.mark.rule("ER106")
def test_every_frame_of_the_cable_has_its_tag(on_wire: Lab) -> None:
    on_wire.wire(
        {
            "ce1": ce(faces(100), faces(300, number=1), faces(100, 8, number=2)),
            "msee1": msee(*(replace(f, vrf="c1p") for f in (
                faces(100, host=2), faces(300, number=1, host=2), faces(100, 8, number=2, host=2),
            ))),
        }
    )  # fmt: skip
    seen = on_wire.tags_seen(["10.0.0.2", "fd00::2"])
    assert [100] in seen
    assert {tuple(tags) for tags in seen} <= {(100,), (300,), (8, 100)}
    assert [8, 100] in on_wire.tags_seen(["10.0.2.2", "fd00:2::2"])
    assert [300] in on_wire.tags_seen(["10.0.1.2"])


def test_no_frame_of_a_circuit_is_untagged(on_wire: Lab) -> None:
    on_wire.wire(PLAIN)
    assert {tuple(tags) for tags in on_wire.tags_seen(["10.0.0.2"] * 5 + ["fd00::2"] * 5)} == {(100,)}


@pytest.mark.rule("ER229")
def test_a_whole_frame_passes_with_two_tags(on_wire: Lab) -> None:
    ends = {"ce1": ce(faces(100, 8)), "msee1": msee(faces(100, 8, host=2, vrf="c1p"))}
    on_wire.wire(ends)

    def largest() -> bool:
        sender = within.in_namespace(on_wire.pids["ce1"], "", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        hears = within.in_namespace(
            on_wire.pids["msee1"], "c1p", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        )
        hears.bind(("10.0.0.2", 5000))
        sender.setsockopt(socket.IPPROTO_IP, 10, 2)  # IP_MTU_DISCOVER: never a fragment
        sender.sendto(bytes(1472), ("10.0.0.2", 5000))
        return bool(select.select([hears], [], [], ANSWER)[0])

    assert inside(on_wire.world, largest)


def test_a_second_run_changes_nothing(wired: Lab) -> None:
    wired.wire(PLAIN)
    before = [wired.devices("ce1"), wired.devices("msee1"), wired.devices("msee1", "c1p")]
    wired.wire(PLAIN, old={})
    assert [wired.devices("ce1"), wired.devices("msee1"), wired.devices("msee1", "c1p")] == before
    assert wired.answers("10.0.0.2")
    assert wired.wire(PLAIN).steps == 1, "the cable's own look"


def test_a_run_cut_short_is_completed(wired: Lab) -> None:
    """The world after each phase of a first run, as a kill would leave it, then the whole order."""
    for phases in (1, 2, 3, 4):
        with lab(f"cut{phases}", NODES) as world:
            order = WireOrder(None, dict(world.members), (CABLE,), {}, PLAIN, wired.attacher)
            inside(world, partial(_partly, order, phases))
            other = Lab(world, wired.attacher)
            try:
                other.wire(PLAIN)
                assert other.answers("10.0.0.2"), phases
                assert other.answers("fd00::2"), phases
            finally:
                other.wirer.close()


def _partly(order: WireOrder, phases: int) -> None:
    from lab.net.plan import plan

    left = iter(range(phases))
    with Kernel(order.pids) as kernel:
        kernel.run(plan(order), lambda: next(left, None) is not None)


def test_live_add_and_remove_touch_nothing_else(wired: Lab) -> None:
    wired.wire(PLAIN)
    kept = wired.devices("msee1", "c1p")
    both = {
        "ce1": ce(faces(100), faces(200, number=1)),
        "msee1": msee(faces(100, host=2, vrf="c1p"), faces(200, number=1, host=2, vrf="c2p"), vrfs=("c1p", "c2p")),
    }
    wired.wire(both)
    assert wired.answers("10.0.1.2")
    assert wired.answers("10.0.0.2")
    assert wired.devices("msee1", "c1p") == kept
    wired.wire(PLAIN)
    assert wired.answers("10.0.0.2")
    assert wired.devices("msee1", "c1p") == kept
    assert wired.devices("msee1", "c2p") == {}
    assert not [name for node in NODES for name in wired.devices(node) if "200" in name]


def test_a_parked_vrf_is_used_again(wired: Lab) -> None:
    wired.wire(PLAIN)

    def namespace() -> int:
        return os.stat(within.path(wired.pids["msee1"], "c1p")).st_ino

    first = inside(wired.world, namespace)
    wired.wire({"ce1": ce(), "msee1": msee(vrfs=())})
    assert wired.devices("msee1", "c1p") == {}
    assert inside(wired.world, namespace) == first, "kept for the next: zebra watches it"
    wired.wire(PLAIN)
    assert inside(wired.world, namespace) == first
    assert wired.answers("10.0.0.2")
    assert wired.answers("fd00::2")


def test_another_tag_with_the_same_name_and_addresses(wired: Lab) -> None:
    wired.wire(PLAIN)

    def with_tag(vlan: int) -> dict[str, NodeWiring]:
        return {
            "ce1": ce(replace(faces(100), tag=Tag("eth1", vlan))),
            "msee1": msee(replace(faces(100, host=2, vrf="c1p"), tag=Tag("eth1", vlan))),
        }

    wired.wire({"ce1": with_tag(150)["ce1"], "msee1": PLAIN["msee1"]})
    assert not wired.answers("10.0.0.2", SILENCE)
    wired.wire(with_tag(150))
    assert wired.answers("10.0.0.2")
    assert wired.answers("fd00::2")


def test_a_changed_address_keeps_the_device(wired: Lab) -> None:
    wired.wire(PLAIN)
    before = wired.devices("msee1", "c1p")
    face = replace(faces(100, host=2, vrf="c1p"), addresses=("10.0.0.2/30", "10.0.9.1/32", "fd00::2/126"))
    wired.wire({"ce1": PLAIN["ce1"], "msee1": msee(face)})
    assert wired.devices("msee1", "c1p") == before
    assert wired.answers("10.0.0.2")


def test_routes_neighbors_and_a_bridge(wired: Lab) -> None:
    """From the CE over the MSEE to a host behind a bridge that only a permanent neighbor entry can find."""
    host = Interface("gw", "v1", ("10.1.0.36/24",), bridged="br1", mac="02:00:00:00:00:36")
    core = Interface("core", "c1p", ("10.1.0.4/24",), bridged="br1", mac="02:00:00:00:00:04")
    known = (
        PermanentNeighbor("c1p", "core", "10.1.0.36", "02:00:00:00:00:36"),
        PermanentNeighbor("v1", "gw", "10.1.0.4", "02:00:00:00:00:04"),
    )
    back = Route("v1", "10.0.0.0/16", ("10.1.0.4",))
    face = faces(100, host=2, vrf="c1p")
    wired.wire(
        {
            "ce1": replace(ce(faces(100)), routes=(Route("", "10.1.0.0/24", ("10.0.0.2",)),)),
            "msee1": msee(face, host, core, vrfs=("c1p", "v1"), bridges=("br1",), neighbors=known, routes=(back,)),
        }
    )
    assert wired.answers("10.1.0.36")
    arp = inside(wired.world, lambda: within.read_proc_net(wired.pids["msee1"], "v1", "arp"))
    assert [line.split()[0] for line in arp.splitlines()[1:]] == ["10.1.0.4"]
    wired.wire(
        {
            "ce1": PLAIN["ce1"],
            "msee1": msee(face, host, core, vrfs=("c1p", "v1"), bridges=("br1",), neighbors=known),
        }
    )
    assert not wired.answers("10.1.0.36", SILENCE)


def test_far_ends_have_no_entry_in_the_neighbor_table(wired: Lab) -> None:
    wired.wire(PLAIN)
    listed = inside(wired.world, lambda: within.read_proc_net(wired.pids["ce1"], "", "if_inet6"))
    speaking = {line.split()[-1] for line in listed.splitlines()}
    assert "eth1.100" in speaking
    assert not [name for name in speaking if name.endswith("~")]


def test_the_wiring_process_ends_with_its_parent() -> None:
    """Also when another child of the parent is alive."""
    reading, writing = os.pipe()
    parent = os.fork()
    if parent == 0:
        os.close(reading)
        wirer = Wirer.start()
        sleeper = os.fork()
        if sleeper == 0:
            os.close(writing)
            select.select([], [], [], 20)
            os._exit(0)
        os.write(writing, struct.pack("=ii", wirer.pid, sleeper))
        os.close(writing)
        os._exit(0)
    os.close(writing)
    wirer, sleeper = struct.unpack("=ii", os.read(reading, 8))
    os.close(reading)
    os.waitpid(parent, 0)
    try:
        assert _ends(wirer, ANSWER)
    finally:
        os.kill(sleeper, 9)
        assert _ends(sleeper, ANSWER)


def _ends(pid: int, seconds: float) -> bool:
    try:
        pidfd = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([pidfd], [], [], seconds)[0])
    finally:
        os.close(pidfd)


def test_a_device_on_another_ones_port_is_born_in_its_namespace() -> None:
    """What attacher 8021q relies on, with a kind that every kernel has: the link is looked up where the socket is."""

    def work() -> list[str]:
        from lab.net import messages
        from lab.net.namespace import Indexes, Namespace

        with scratch():
            indexes = Indexes()
            with Namespace.here(indexes) as below:
                below.execute(messages.bridge(below.new("eth1"), "eth1"), "bridge")
                with scratch(), Namespace.here(indexes) as above:
                    device = Vlan(Place("n"), "eth1", 100, Place("n", "v"), "eth1.100")
                    made = messages.on_port(device, above.new("eth1.100"), below.index("eth1"), above.fd, "macvlan", [])
                    below.execute(made, "macvlan")
                    above.refresh()
                    below.refresh()
                    return [*above.names, "|", *below.names]

    with lab("born", ("ce1",)) as world:
        names = inside(world, work)
    assert names == ["lo", "eth1.100", "|", "lo", "eth1"]


def test_wiring_grows_linearly(capsys: pytest.CaptureFixture[str]) -> None:
    """Fifty circuits: the time is printed, and only a growth beyond all reason fails."""
    seconds = {}
    for count in (5, 50):
        with lab(f"grow{count}", NODES) as world:
            made = Lab(world, "")
            try:
                done = made.wire(_many(count))
                seconds[count] = done.seconds
                assert made.answers(f"10.0.{count - 1}.2")
            finally:
                made.wirer.close()
    with capsys.disabled():
        sys.stdout.write(f"\nwiring of 5 circuits {seconds[5]:.3f} s, of 50 {seconds[50]:.3f} s\n")
    assert seconds[50] < 60 * seconds[5]


def _many(count: int) -> dict[str, NodeWiring]:
    names = tuple(f"c{number}" for number in range(count))
    return {
        "ce1": ce(*(faces(100 + number, number=number) for number in range(count))),
        "msee1": msee(
            *(faces(100 + number, number=number, host=2, vrf=name) for number, name in enumerate(names)), vrfs=names
        ),
    }
