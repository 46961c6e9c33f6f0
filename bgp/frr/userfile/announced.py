"""Which line of an FRR file announces a prefix that nobody waits for."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_interface

from bgp.frr.userfile.kept import DEFAULTS, aggregate_of
from bgp.frr.userfile.policy import Blame
from bgp.frr.userfile.reader import Command, Network, UserFile, as_network
from bgp.session import Family


def announced(file: UserFile, peer: str, family: Family, prefix: Network) -> Blame | None:
    """The line that brings the prefix into BGP; None where it may come from elsewhere, another router say."""
    default = file.neighbor(peer, "default-originate", family=family)
    if str(prefix) in DEFAULTS and default is not None:
        line = " ".join(default.words[:3])
        return Blame(default.line, line, "sends it", f"no {line}")
    for command in _inside(file, "network", family):
        mask = command.words[3] if command.words[2:3] == ("mask",) else ""
        if as_network(command.words[1], mask) == prefix:
            return Blame(command.line, f"network {prefix}", "announces it", f"no network {prefix}")
    aggregate = aggregate_of(file, family, prefix)
    if aggregate is not None:
        return Blame(aggregate.line, aggregate.subject, "announces it", f"no aggregate-address {prefix}")
    return _redistributed(file, family, prefix)


def _inside(file: UserFile, word: str, family: Family) -> Iterator[Command]:
    for command in file.of(word):
        bgp = command.context.words[:2] == ("router", "bgp") and (command.context.family or "ipv4") == family
        if bgp and len(command.words) > 1 and not command.negated:
            yield command


def _redistributed(file: UserFile, family: Family, prefix: Network) -> Blame | None:
    sources = {"static": _static, "connected": _connected}
    for command in _inside(file, "redistribute", family):
        there = sources.get(command.words[1])
        cause = there(file, family, prefix) if there is not None else None
        if cause is not None:
            subject = " ".join(command.words)
            return Blame(command.line, subject, f"announces it, with {' '.join(cause.words)} (line {cause.line})")
    return None


def _static(file: UserFile, family: Family, prefix: Network) -> Command | None:
    routes = [c for c in file.of("ip" if family == "ipv4" else "ipv6", "route") if len(c.words) > 3]
    found = [route for route in routes if as_network(route.words[2]) == prefix]
    return found[-1] if found and not found[-1].negated else None


def _connected(file: UserFile, family: Family, prefix: Network) -> Command | None:
    for command in file.of("ip" if family == "ipv4" else "ipv6", "address"):
        if command.negated or command.context.words[:1] != ("interface",) or len(command.words) < 3:
            continue
        try:
            if ip_interface(command.words[2]).network == prefix:
                return command
        except ValueError:
            continue
    return None
