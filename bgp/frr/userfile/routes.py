"""Static routes of an FRR file that win over what BGP has learned."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

from bgp.frr.userfile.policy import Blame
from bgp.frr.userfile.reader import Command, Network, UserFile, as_network

NOWHERE = ("null0", "blackhole", "reject")


def elsewhere(file: UserFile, target: IPv4Address | IPv6Address, learned: int) -> Blame | None:
    """The longest static route to `target` that is as long as the learned one, `learned` bits, or longer."""
    found: dict[tuple[Network, str], Command] = {}
    for command in file.of("ip" if target.version == 4 else "ipv6", "route"):
        network = as_network(command.words[2]) if len(command.words) > 3 else None
        if network is None or target not in network or network.prefixlen < learned:
            continue
        found.pop((network, command.words[3]), None)
        if not command.negated:
            found[network, command.words[3]] = command
    if not found:
        return None
    (_, towards), command = max(found.items(), key=lambda item: item[0][0].prefixlen)
    line = " ".join(command.words)
    why = "drops it" if towards.lower() in NOWHERE else f"sends it to {towards}"
    return Blame(command.line, line, why, f"no {line}")
