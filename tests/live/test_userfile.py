"""What is said of a customer's policy is what FRR does with it: seeded policies, compared with a real bgpd."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import partial
from ipaddress import IPv4Network, ip_network

from bgp.frr import own, show
from bgp.frr.config import OwnConfig
from bgp.frr.render import config_files
from bgp.frr.userfile.policy import Asked, denied
from bgp.frr.userfile.reader import UserFile, read
from tests.live.bgp_edge import KEYS, cable, edge, established, provider_edge
from tests.live.bgp_world import Node, World, in_world, until

SEEDS = (67, 362, *range(40))
MSEE = "10.0.1.2"
PREFIXES = [ip_network(text) for text in (
    "10.10.0.0/16", "10.11.0.0/16", "10.10.0.0/17", "10.10.128.0/24", "172.16.0.0/12", "172.16.5.0/24",
    "192.168.7.0/25", "198.51.100.0/24",
)]
BASE = f"""hostname ce
interface eth1
 ip address 10.0.1.1/30
exit
router bgp 65010
 no bgp network import-check
 neighbor {MSEE} remote-as 12076
 neighbor {MSEE} password ${{SOME_KEY}}
 address-family ipv4 unicast
""" + "".join(f"  network {prefix}\n" for prefix in PREFIXES) + " exit-address-family\nexit\n"


def policies() -> Iterator[tuple[str, list[str]]]:
    """Lines of a policy, names new each time, and how they are applied."""
    for number in SEEDS:
        draw = random.Random(number)
        lines = []
        for name in ("A", "B"):
            lines += list(prefix_list(draw, f"{name}{number}"))
        lines += [f"access-list C{number} seq {5 * at} {action(draw)} {draw.choice(PREFIXES)}" for at in range(1, 4)]
        lines += [f"bgp as-path access-list D{number} seq 5 {action(draw)} {draw.choice(('^$', '_65010_', '.*'))}"]
        if number % 4 == 0:
            yield draw.choice(("prefix-list A", "distribute-list C", "filter-list D")) + str(number), lines
            continue
        for seq in draw.sample(range(10, 100, 10), draw.randint(1, 4)):
            lines.append(f"route-map M{number} {action(draw)} {seq}")
            lines += [match(draw, number) for _ in range(draw.choice((0, 1, 1, 2)))]
            lines.append("exit")
        yield f"route-map M{number}", lines


def action(draw: random.Random) -> str:
    return draw.choice(("permit", "permit", "deny"))


def prefix_list(draw: random.Random, name: str) -> Iterator[str]:
    for _ in range(draw.randint(1, 4)):
        chosen = draw.choice(PREFIXES)
        assert isinstance(chosen, IPv4Network)
        wide = chosen.supernet(new_prefix=draw.choice((0, 8, chosen.prefixlen)) if chosen.prefixlen > 8 else 0)
        low = draw.randint(wide.prefixlen, 31)
        limits = draw.choice(("", f" le {min(32, low + 1)}", f" ge {low + 1}", f" ge {low + 1} le 32"))
        number = draw.choice(("", f" seq {draw.randint(1, 60)}"))
        yield f"ip prefix-list {name}{number} {action(draw)} {draw.choice(('any', f'{wide}{limits}'))}"


def match(draw: random.Random, number: int) -> str:
    name = draw.choice((f"prefix-list A{number}", f"prefix-list B{number}", "prefix-list NOBODY", f"C{number}"))
    return draw.choice((f" match ip address {name}", f" match as-path D{number}", f" match ip address {name}"))


def passes(file: UserFile) -> set[str]:
    return {str(p) for p in PREFIXES if denied(file, Asked(MSEE, "ipv4", "out", p)) is None}


def sent(node: Node) -> set[str]:
    with node.vty() as bgpd:
        return {route.prefix for route in show.advertised_routes(bgpd, "", "ipv4", MSEE)}


def sends(node: Node, prefixes: set[str]) -> bool:
    return sent(node) == prefixes


def test_a_policy_does_to_a_prefix_what_this_says() -> None:
    def body(world: World) -> list[str]:
        ce, msee = world.node("ce"), world.node("msee1")
        cable(world, ce, msee, 1, "c1p", addressed=False)
        ce.write(own.config_files(OwnConfig("ce.conf", BASE, ("env:SOME_KEY",)), {"env:SOME_KEY": KEYS["one"]}))
        msee.write(config_files(edge(provider_edge(1, "one", "c1p")), KEYS))
        ce.start(*world.frr.own_daemons)
        ce.run("vtysh", "-b")
        msee.start("zebra", "bgpd", "bfdd")
        until(lambda: established(ce, 1), 10, "Established")
        assert sent(ce) == passes(read(BASE)) == set()
        wrong, before = [], ""
        for applied, lines in policies():
            inside = [f"no {before}"] if before else []
            before = f"neighbor {MSEE} {applied} out"
            statement = ["router bgp 65010", "address-family ipv4 unicast", *inside, before, "exit", "exit"]
            with ce.vty() as bgpd:
                bgpd.configure([*lines, *statement])
            said = passes(read("\n".join([BASE, *lines, *statement])))
            try:
                until(partial(sends, ce, said), 2, "what the policy lets through")
            except AssertionError:
                wrong.append("\n".join([f"said {sorted(said)}, sent {sorted(sent(ce))}", *lines, before]))
        return wrong

    assert not in_world(body)
