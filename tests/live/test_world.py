"""The world of a lab: what it is, how it is entered, and what a host refuses.

`test_world_user` runs this file a second time, as an ordinary user, with `test_world_run` and `test_world_gone`.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.control.running import in_child
from lab.engine.base import Blueprint
from lab.engine.md5 import md5
from lab.engine.netns.building import Building
from lab.engine.netns.probe import needs
from lab.engine.netns.world import NetnsWorld
from lab.engine.run import read_file, run_in, write_file
from lab.errors import HostCannot, NotAsItShould
from lab.net import ns, sysctl
from lab.topology import Topology
from tests.live import leaks
from tests.live.conftest import nothing_left
from tests.live.worlds import NODES, in_node, inside, lab, with_mounts_of_our_own

MS_SHARED = 1 << 20


@pytest.fixture
def world(nothing_left_by_the_test: None) -> Iterator[NetnsWorld]:
    with lab() as made:
        yield made


def test_a_world_and_its_nodes_are_machines_of_their_own(world: NetnsWorld) -> None:
    assert inside(world, lambda: os.uname().nodename) == "er-lab"
    assert [in_node(world, node, "hostname").strip() for node in NODES] == list(NODES)

    def namespaces() -> list[list[str]]:
        firsts = [1, *(node.pid for node in world.nodes.values())]
        return [[os.readlink(f"/proc/{pid}/ns/{kind}") for pid in firsts] for kind in ns.INSIDE]

    for kind in inside(world, namespaces):
        assert len(set(kind)) == 1 + len(NODES), kind
    assert in_node(world, "ce1", "ps", "-eo", "pid=,args=").split("\n")[0].split() == ["1", "sleep", "infinity"]


def test_nothing_of_it_shows_on_the_host() -> None:
    before = leaks.look()
    with lab("unseen"):
        during = leaks.look()
    assert during.links == before.links
    assert during.mounts == before.mounts
    assert during.files == before.files


def test_mounts_of_the_lab_stay_in_it_where_the_host_shares_its_own() -> None:
    def work() -> list[str]:
        with_mounts_of_our_own()
        ns.mount("none", "/", flags=ns.MS_REC | MS_SHARED)  # as systemd does
        before = Path("/proc/self/mounts").read_text().splitlines()
        building = Building()
        building.build("shared", ("ce1",))
        after = Path("/proc/self/mounts").read_text().splitlines()
        building.abandon()
        return [line for line in after if line not in before]

    assert in_child(work) == []


def test_a_node_has_private_folders(world: NetnsWorld) -> None:
    def work() -> list[Any]:
        one, other = world.nodes["ce1"], world.nodes["msee1"]
        for folder in ("/run", "/etc/frr", "/var/tmp", "/run/netns"):
            write_file(one, f"{folder}/mine", folder)
        seen = [read_file(one, f"{folder}/mine") for folder in ("/run", "/etc/frr", "/var/tmp", "/run/netns")]
        there = [os.path.exists(f"{other.root}{folder}/mine") for folder in ("/run", "/etc/frr", "/var/tmp")]
        return [seen, there, os.path.exists("/run/n/ce1/run/mine"), os.listdir(f"{other.root}/etc/frr")]

    assert inside(world, work) == [["/run", "/etc/frr", "/var/tmp", "/run/netns"], [False] * 3, True, ["vtysh.conf"]]
    assert not os.path.exists("/etc/frr/mine")
    assert not os.path.exists("/run/mine")


def test_files_of_a_node_are_found_through_absolute_links_and_have_their_mode(world: NetnsWorld) -> None:
    def work() -> list[Any]:
        node = world.nodes["ce1"]
        run_in(node, ["ln", "-sfn", "/run/frr", "/run/link"], timeout=5)
        write_file(node, "/run/link/key.conf", "one", 0o640)
        write_file(node, "/run/link/key.conf", "two", 0o600)
        found = os.stat(f"{node.root}/run/frr/key.conf")
        return [read_file(node, "/run/link/key.conf"), oct(found.st_mode & 0o777), os.listdir(f"{node.root}/run/frr")]

    assert inside(world, work) == ["two", "0o600", ["key.conf"]]


def test_a_node_is_set_up_as_a_router(world: NetnsWorld) -> None:
    settings = sysctl.router_settings()
    found = in_node(world, "msee1", "cat", *(f"/proc/sys/{path}" for path in settings)).split()
    assert dict(zip(settings, found, strict=True)) == settings
    assert "LOOPBACK,UP" in in_node(world, "msee1", "ip", "link", "show", "lo")


def test_the_world_itself_speaks_no_ipv6(world: NetnsWorld) -> None:
    def work() -> list[str]:
        return [Path(f"/proc/sys/net/ipv6/conf/{scope}/disable_ipv6").read_text() for scope in ("all", "default")]

    assert inside(world, work) == ["1\n", "1\n"]


def test_a_setting_that_a_lab_needs_and_the_kernel_lacks_is_an_error() -> None:
    with pytest.raises(HostCannot, match=r"net\.ipv4\.no_such_setting"):
        sysctl.write({"net/ipv4/no_such_setting": "1"})


def test_several_labs_side_by_side(world: NetnsWorld) -> None:
    with lab("second", ("ce1", "msee1")) as second, lab("third", ("ce1",)) as third:
        names = [inside(each, lambda: os.uname().nodename) for each in (world, second, third)]
        assert names == ["er-lab", "second", "third"]
        nets = {in_node(each, "ce1", "readlink", "/proc/1/ns/net") for each in (world, second, third)}
        assert len(nets) == 3
        second.destroy()
        assert [each.alive() for each in (world, second, third)] == [True, False, True]


def test_a_record_is_enough_to_enter_and_entering_twice_is_nothing(world: NetnsWorld, tmp_path: Path) -> None:
    again = NetnsWorld.from_record(world.to_record())
    assert again == world

    def work() -> list[Any]:
        os.chdir("/usr")
        again.enter()
        again.enter()
        return [os.getcwd(), again.alive(), sorted(os.listdir("/run/n"))]

    assert in_child(work) == ["/usr", True, sorted(NODES)]


def test_another_process_with_the_pid_is_not_the_world(world: NetnsWorld) -> None:
    stranger = NetnsWorld(os.getpid(), ns.start_time(os.getpid()), world.word, world.members)
    assert not stranger.alive()
    assert stranger.destroy().processes == 0
    with pytest.raises(NotAsItShould):
        stranger.enter()


def test_children_of_an_entered_process_are_in_the_world(world: NetnsWorld) -> None:
    def work() -> int:
        return int(subprocess.run(["sh", "-c", "echo $$"], capture_output=True, check=True).stdout)

    assert inside(world, work) < 1000  # a pid of the host has long gone past this
    assert inside(world, lambda: subprocess.run(["test", "-d", "/proc/self"]).returncode) == 0


def test_doctor_finds_that_this_host_can() -> None:
    with nothing_left():
        assert [(need.name, need.ok) for need in (*needs(), md5())] == [
            ("engine", True), ("FRR", True), ("TCP MD5", True)
        ]


def test_a_host_without_user_namespaces_is_told_what_to_type() -> None:
    def work() -> list[str | None]:
        # The limit is per user namespace, so one of our own can be as strict as a hardened host.
        identity = os.geteuid()
        ns.unshare(("user",))
        Path("/proc/self/uid_map").write_text(f"1000 {identity} 1")
        Path("/proc/sys/user/max_user_namespaces").write_text("0")
        building = Building()
        try:
            building.build("refused", ("ce1",))
        except HostCannot as error:
            return [error.message, error.next]
        finally:
            building.abandon()
        return []

    message, line = in_child(work)
    assert "user namespaces are switched off" in message
    assert line == "sudo sysctl -w user.max_user_namespaces=15000"


def test_a_host_without_frr_is_told_what_to_install() -> None:
    def work() -> list[str | None]:
        with_mounts_of_our_own()
        ns.mount("tmpfs", "/etc", "tmpfs")
        building = Building()
        try:
            nowhere = Path("/nowhere")
            building.deploy(Blueprint("refused", Topology("refused", "", (), ()), nowhere, {}, nowhere))
        except HostCannot as error:
            return [error.message, error.next]
        finally:
            building.abandon()
        return []

    assert in_child(work) == ["FRR is not installed: there is no /etc/frr", "sudo apt-get install -y frr"]
