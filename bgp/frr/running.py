"""What FRR tells of a neighbor's configuration in no JSON: lines of `show running-config`.

That text holds every key in clear. It is taken apart here, and nothing but the few words that are asked for leaves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bgp.frr.vty import Vty


@dataclass(frozen=True)
class PeerLines:
    """`ttl_security` is the number of hops that GTSM allows (RFC 5082), None without it. `minimum_hold` and `shutdown`
    are the whole router's: the least hold time it takes, in seconds, and whether it is shut down altogether."""

    ttl_security: int | None = None
    minimum_hold: int | None = None
    shutdown: bool = False


def peers(bgpd: Vty) -> Mapping[tuple[str, str], PeerLines]:
    """By VRF and neighbor address, of every neighbor of the daemon; the default VRF is the empty string."""
    return parse(bgpd.command("show running-config"))


def parse(text: str) -> dict[tuple[str, str], PeerLines]:
    """The same of a text."""
    found: dict[tuple[str, str], PeerLines] = {}
    for header, lines in _routers(text):
        vrf = header[4] if header[3:4] == ["vrf"] else ""
        hold = next((int(words[2]) for words in lines if words[:2] == ["bgp", "minimum-holdtime"]), None)
        shutdown = ["bgp", "shutdown"] in [words[:2] for words in lines]
        neighbors = [words for words in lines if words[:1] == ["neighbor"] and len(words) > 2]
        hops = {words[1]: int(words[4]) for words in neighbors if words[2:4] == ["ttl-security", "hops"]}
        for words in neighbors:
            found[vrf, words[1]] = PeerLines(hops.get(words[1]), hold, shutdown)
    return found


def _routers(text: str) -> list[tuple[list[str], list[list[str]]]]:
    """Each `router bgp` block: its first line and the others, as words."""
    found: list[tuple[list[str], list[list[str]]]] = []
    for line in text.splitlines():
        words = line.split()
        if line.startswith("router bgp "):
            found.append((words, []))
        elif found and line.startswith(" "):
            found[-1][1].append(words)
    return found
