"""BIRD, GoBGP and OpenBGPD as customer edges of real FRR: signed sessions in both families, own prefixes, changes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, get_args

import pytest

from bgp.driver import ENVIRONMENT, Command, Driver, SpeakerMissing
from bgp.drivers import find_driver
from bgp.frr import show
from bgp.frr.config import BgpInstance, FrrConfig
from bgp.frr.render import config_files
from bgp.speaker import INSTALL_ROUTES, WITH_BFD, Kind, SpeakerConfig, SpeakerSession
from tests.live.bgp_edge import KEYS, bfd_ids, cable, edge, provider_edge, put_keys, sessions
from tests.live.bgp_world import Node, World, held, in_world, until

SNIFF = Path(__file__).with_name("sniff.py")
OWN4, OWN6 = "10.10.0.0/16", "fd00:10::/48"
THEIRS4, THEIRS6 = "10.99.0.0/16", "fd00:99::/48"
ADDRESSES = {1: ("10.0.1.1", "fd00:1::1"), 2: ("10.0.2.1", "fd00:2::1")}
MD5_OPTION = 19
FOREIGN_AS = 64999


@pytest.fixture(params=get_args(Kind))
def driver(request: pytest.FixtureRequest) -> Driver:
    try:
        return find_driver(request.param)
    except SpeakerMissing as error:
        pytest.skip(f"apt-get install {error.package}: {error}")


def speaker(driver: Driver, *circuits: int, key: str | None = "one", prefixes: tuple[str, ...] = ()) -> SpeakerConfig:
    found = []
    for circuit in circuits or (1,):
        found.append(SpeakerSession(f"10.0.{circuit}.2", f"10.0.{circuit}.1", 12076, key))
        found.append(SpeakerSession(f"fd00:{circuit}::2", f"fd00:{circuit}::1", 12076, key))
    return SpeakerConfig(driver.kind, 65010, "10.0.1.1", tuple(found), prefixes or (OWN4, OWN6))


def msee_config(*circuits: int, key: str = "one") -> FrrConfig:
    instances = (provider_edge(c, key, f"c{c}p") for c in circuits or (1,))
    return edge(*(replace(i, networks=(THEIRS4, THEIRS6)) for i in instances))


def unsigned(config: FrrConfig) -> FrrConfig:
    def plain(instance: BgpInstance) -> BgpInstance:
        return replace(instance, neighbors=tuple(replace(n, key=None) for n in instance.neighbors))

    return replace(config, instances=tuple(plain(i) for i in config.instances))


class Edge:
    """A customer edge with a speaker, as whoever owns the node drives one."""

    def __init__(self, node: Node, driver: Driver, config: SpeakerConfig, keys: Mapping[str, str] = KEYS) -> None:
        self.node, self.driver, self.config = node, driver, config
        os.mkdir(node.path(driver.directory), 0o700)
        self.write(config, keys)
        self.process = self.spawn()

    def write(self, config: SpeakerConfig, keys: Mapping[str, str]) -> None:
        for path, text in self.driver.files(config, keys).items():
            with open(os.open(self.node.path(path), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(text)

    def spawn(self) -> subprocess.Popen[bytes]:
        process = self.node.spawn(self.driver.argv(), ENVIRONMENT, self.driver.kind)
        probe = self.driver.ready(self.config)
        until(lambda: os.path.exists(self.node.path(self.driver.socket)), 5, "its socket")
        until(lambda: probe.says in self.node.run(*probe.command, check=False), 5, f"ready: {self.said()}")
        self.run(self.driver.first(self.config))
        return process

    def run(self, commands: tuple[Command, ...]) -> None:
        for command in commands:
            self.node.run(*command)

    def follow(
        self, config: SpeakerConfig, keys: Mapping[str, str] = KEYS, changed: frozenset[str] = frozenset()
    ) -> None:
        change = self.driver.change(self.config, config, changed_keys=changed)
        self.write(config, keys)
        self.config = config
        if change is None:
            self.stop()
            self.process = self.spawn()
            return
        if change.hangup:
            self.process.send_signal(signal.SIGHUP)
        self.run(change.commands)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(5)
        Path(self.node.path(self.driver.socket)).unlink(missing_ok=True)

    def said(self) -> str:
        return Path(self.node.path(f"/run/{self.driver.kind}.out")).read_text()


def msee_up(msee: Node, config: FrrConfig) -> None:
    msee.write(config_files(config, KEYS))
    msee.start("zebra", "bgpd", "bfdd")
    put_keys(msee, config)


def up(msee: Node, *circuits: int) -> bool:
    found = sessions(msee)
    return all(found[f"c{c}p", a].established for c in circuits or (1,) for a in ADDRESSES[c])


def received(msee: Node, circuit: int = 1) -> dict[str, tuple[str, tuple[int, ...]]]:
    found = {}
    with msee.vty() as vty:
        for family, address in zip(("ipv4", "ipv6"), ADDRESSES[circuit], strict=True):
            for route in show.received_routes(vty, f"c{circuit}p", "ipv6" if family == "ipv6" else "ipv4", address):
                found[route.prefix] = (route.next_hop, route.as_path)
    return found


def has_own_prefixes(msee: Node, circuit: int) -> bool:
    return received(msee, circuit).keys() == {OWN4, OWN6}


def counts(msee: Node, circuit: int = 1) -> list[tuple[int, int]]:
    """How often each session of a circuit was established and lost."""
    found = sessions(msee)
    return [(s.established_count, s.dropped_count) for s in (found[f"c{circuit}p", a] for a in ADDRESSES[circuit])]


@contextmanager
def sniffing(msee: Node, vrf: str, port: str) -> Iterator[list[dict[str, Any]]]:
    """The frames of a port of a VRF, complete after the block."""
    frames: list[dict[str, Any]] = []
    output = Path(msee.path("/run/sniff.out"))
    process = msee.spawn([sys.executable, str(SNIFF), port, "60"], os.environ, "sniff", vrf)
    until(lambda: "ready" in output.read_text(), 5, "sniffing")
    try:
        yield frames
    finally:
        process.terminate()
        process.wait(5)
        frames += [json.loads(line) for line in output.read_text().splitlines() if line.endswith("}")]


def test_both_families_come_up_signed_and_only_own_prefixes_go_out(driver: Driver) -> None:
    def body(world: World) -> None:
        ce, msee = world.node("ce1"), world.node("msee1")
        cable(world, ce, msee, 1, "c1p")
        with sniffing(msee, "c1p", "eth1") as frames:
            customer = Edge(ce, driver, speaker(driver))
            msee_up(msee, msee_config())
            until(lambda: up(msee), 8, "Established")
            expected = {OWN4: ("10.0.1.1", (65010,)), OWN6: ("fd00:1::1", (65010,))}
            until(lambda: received(msee) == expected, 5, "its prefixes")
        for address in ADDRESSES[1]:
            opens = [f for f in frames if "open" in f and f["from"] == address]
            assert opens
            assert {(f["open"]["asn"], f["open"]["hold"]) for f in opens} == {(65010, 180)}
            assert all(MD5_OPTION in f["options"] for f in opens)
        routes = ce.run("ip", "route") + ce.run("ip", "-6", "route")
        if driver.kind in INSTALL_ROUTES:
            until(lambda: THEIRS4 in ce.run("ip", "route"), 5, "a route to what the MSEE sends")
            until(lambda: f"{THEIRS6} via fd00:1::2" in ce.run("ip", "-6", "route"), 5, "the same in IPv6")
        else:
            assert THEIRS4 not in routes
            assert THEIRS6 not in routes
        if driver.kind in WITH_BFD:
            until(lambda: bfd_ids(msee), 10, "BFD up")
        held(lambda: received(msee) != expected, 1, "more than its own prefixes")
        assert KEYS["one"] not in customer.said()

    in_world(body)


def test_a_change_moves_what_differs_and_nothing_else(driver: Driver) -> None:
    def body(world: World) -> None:
        ce, msee = world.node("ce1"), world.node("msee1")
        cable(world, ce, msee, 1, "c1p")
        cable(world, ce, msee, 2, "c2p")
        customer = Edge(ce, driver, speaker(driver))
        msee_up(msee, msee_config(1, 2))
        until(lambda: up(msee), 8, "Established")
        until(lambda: received(msee).keys() == {OWN4, OWN6}, 5, "its prefixes")

        more = speaker(driver, prefixes=("10.20.0.0/16", OWN6, "fd00:20::/48"))
        for _ in range(2):
            customer.follow(more)
            until(lambda: received(msee).keys() == set(more.prefixes), 5, "the changed prefixes")

        customer.follow(speaker(driver, 1, 2, prefixes=more.prefixes))
        until(lambda: up(msee, 1, 2), 8, "the sessions of another circuit")
        until(lambda: received(msee, 2).keys() == set(more.prefixes), 5, "prefixes to the other circuit")
        customer.follow(more)
        until(lambda: not up(msee, 2), 5, "the other circuit is gone")
        assert counts(msee) == [(1, 0), (1, 0)]
        assert received(msee).keys() == set(more.prefixes)

    in_world(body)


def test_what_is_learned_from_one_neighbor_is_not_told_another(driver: Driver) -> None:
    """The other neighbor has an AS of its own: nothing but the speaker's policy keeps routes from it."""

    def body(world: World) -> None:
        ce, msee = world.node("ce1"), world.node("msee1")
        cable(world, ce, msee, 1, "c1p")
        cable(world, ce, msee, 2, "c2p")
        config = speaker(driver, 1, 2)
        near, far = config.sessions[:2], config.sessions[2:]
        Edge(ce, driver, replace(config, sessions=(*near, *(replace(s, remote_as=FOREIGN_AS) for s in far))))
        first, second = msee_config(1, 2).instances
        msee_up(msee, edge(first, replace(second, asn=FOREIGN_AS, networks=("10.98.0.0/16", "fd00:98::/48"))))
        until(lambda: up(msee, 1, 2), 8, "Established")
        for circuit in (1, 2):
            until(partial(has_own_prefixes, msee, circuit), 5, "its prefixes")
        held(lambda: {*received(msee, 1), *received(msee, 2)} != {OWN4, OWN6}, 1, "more than its own prefixes")

    in_world(body)


def test_another_key_keeps_it_down_and_the_right_one_brings_it_up(driver: Driver) -> None:
    def body(world: World) -> None:
        ce, msee = world.node("ce1"), world.node("msee1")
        cable(world, ce, msee, 1, "c1p")
        customer = Edge(ce, driver, speaker(driver), {"one": "AnotherKey"})
        msee_up(msee, msee_config())
        held(lambda: any(s.established for s in sessions(msee).values()), 3, "a session with another key")
        customer.follow(speaker(driver), KEYS, frozenset({"one"}))
        until(lambda: up(msee), 8, "Established with the right key")

    in_world(body)


def test_no_key_is_no_option(driver: Driver) -> None:
    def body(world: World) -> None:
        ce, msee = world.node("ce1"), world.node("msee1")
        cable(world, ce, msee, 1, "c1p")
        with sniffing(msee, "c1p", "eth1") as frames:
            Edge(ce, driver, speaker(driver, key=None))
            msee_up(msee, unsigned(msee_config()))
            until(lambda: up(msee), 8, "Established")
        assert any("open" in f for f in frames)
        assert not any(MD5_OPTION in f.get("options", ()) for f in frames)

    in_world(body)


def test_an_msee_without_the_key_is_not_let_in(driver: Driver) -> None:
    def body(world: World) -> None:
        ce, msee = world.node("ce1"), world.node("msee1")
        cable(world, ce, msee, 1, "c1p")
        Edge(ce, driver, speaker(driver))
        msee_up(msee, unsigned(msee_config()))
        held(lambda: any(s.established for s in sessions(msee).values()), 3, "an unsigned session")

    in_world(body)
