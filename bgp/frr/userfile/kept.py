"""What keeps a prefix from a neighbor and is no policy: an aggregate that suppresses it, a condition, a default route
that waits for one.
"""

from __future__ import annotations

from collections.abc import Iterator

from bgp.frr.userfile.policy import Asked, Blame, passes
from bgp.frr.userfile.reader import Command, Network, UserFile, as_network
from bgp.session import Family

DEFAULTS = ("0.0.0.0/0", "::/0")
CONDITIONS = {
    "exist-map": "announces it only while BGP has a route that {0} permits",
    "non-exist-map": "announces it only while BGP has no route that {0} permits",
}


def kept(file: UserFile, peer: str, family: Family, prefix: Network) -> Blame | None:
    """The line that keeps a prefix that BGP has; None where no such line does."""
    return _suppressed(file, peer, family, prefix) or _conditional(file, peer, family, prefix)


def default_kept(file: UserFile, peer: str, family: Family, prefix: Network) -> Blame | None:
    """The `default-originate` whose route map asks for a route in BGP, where the default is what is missing."""
    found = file.neighbor(peer, "default-originate", family=family)
    if str(prefix) not in DEFAULTS or found is None or found.words[3:4] != ("route-map",):
        return None
    line = " ".join(found.words)
    why = f"sends the default only while BGP has a route that {found.words[4]} permits"
    return Blame(found.line, line, why, f"no {line}; {' '.join(found.words[:3])}")


def aggregate_of(file: UserFile, family: Family, prefix: Network) -> Blame | None:
    """The line that would make the prefix, an aggregate, had it anything to sum up."""
    for command, aggregate, _ in _aggregates(file, family):
        if aggregate == prefix:
            return Blame(command.line, " ".join(command.words), "has no longer prefix in BGP to sum up")
    return None


def _suppressed(file: UserFile, peer: str, family: Family, prefix: Network) -> Blame | None:
    for command, aggregate, rest in _aggregates(file, family):
        inside = aggregate.version == prefix.version and aggregate != prefix and _within(prefix, aggregate)
        if not inside:
            continue
        line = " ".join(command.words)
        if "summary-only" in rest:
            return Blame(command.line, line, "suppresses it", f"aggregate-address {aggregate}")
        named = rest[rest.index("suppress-map") + 1 :][:1] if "suppress-map" in rest else ()
        if named and passes(file, named[0], Asked(peer, family, "out", prefix)):
            return Blame(command.line, line, "suppresses it", f"aggregate-address {aggregate}")
    return None


def _within(prefix: Network, aggregate: Network) -> bool:
    return prefix.prefixlen > aggregate.prefixlen and prefix.network_address in aggregate


def _aggregates(file: UserFile, family: Family) -> Iterator[tuple[Command, Network, tuple[str, ...]]]:
    """Those in force, each with its network and the words after that."""
    found: dict[Network, tuple[Command, tuple[str, ...]]] = {}
    for command in file.of("aggregate-address"):
        if len(command.words) < 2 or (command.context.family or "ipv4") != family:
            continue
        mask = "" if "/" in command.words[1] else "".join(command.words[2:3])
        network = as_network(command.words[1], mask)
        if network is None:
            continue
        found.pop(network, None)
        if not command.negated:
            found[network] = command, command.words[3 if mask else 2 :]
    for network, (command, rest) in found.items():
        yield command, network, rest


def _conditional(file: UserFile, peer: str, family: Family, prefix: Network) -> Blame | None:
    found = file.neighbor(peer, "advertise-map", family=family)
    if found is None or found.words[4:5] not in (("exist-map",), ("non-exist-map",)) or len(found.words) < 6:
        return None
    if not passes(file, found.words[3], Asked(peer, family, "out", prefix)):
        return None
    line = " ".join(found.words)
    return Blame(found.line, line, CONDITIONS[found.words[4]].format(found.words[5]), f"no {line}")
