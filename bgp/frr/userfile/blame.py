"""Which line of an FRR file keeps a session down, or a prefix away: one function a cause, in a registry.

A cause blames a line only where the file itself differs from what the session needs. Where the file is right, what runs
differs from it (somebody typed it), and there is no line to name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_interface

from bgp.frr.userfile.kept import aggregate_of, default_kept, kept
from bgp.frr.userfile.policy import Asked, Blame, denied
from bgp.frr.userfile.reader import Command, Network, UserFile, as_network
from bgp.secret import MASK
from bgp.session import Family

MAX_HOLD_SECONDS = 180
ELSEWHERE = ("redistribute", "aggregate-address", "import")
"""What else puts prefixes into BGP."""


@dataclass(frozen=True)
class Needs:
    """What a session needs of the file.

    `peer` and `address` are the two ends, `prefixlen` of the link, `interface` the sub-interface, `key` the name of the
    variable with the shared key (`ER_KEY`); empty where there is none, None where the key has no such name.
    """

    peer: str
    address: str
    prefixlen: int
    family: Family
    interface: str
    peer_asn: int
    local_asn: int
    key: str | None = None
    signed: bool = False


Cause = Callable[[UserFile, Needs], Blame | None]


def interface(file: UserFile, needs: Needs) -> Blame | None:
    """The sub-interface is not there: another has the address, or another stands on the same port."""
    if file.interface(needs.interface) is not None:
        return None
    others = [command for command in file.interfaces() if _has_address(file, command.words[1], needs)]
    port = needs.interface.partition(".")[0]
    others += [command for command in file.interfaces() if command.words[1].startswith(f"{port}.")]
    if not others:
        return None
    return Blame(others[0].line, f"interface {others[0].words[1]}", f"is not {needs.interface}",
                 f"interface {needs.interface}")


def address(file: UserFile, needs: Needs) -> Blame | None:
    """The sub-interface has another address, or none, of the family."""
    inside = file.interface(needs.interface)
    if inside is None or _has_address(file, needs.interface, needs):
        return None
    verb = "ip" if needs.family == "ipv4" else "ipv6"
    wanted = f"{verb} address {needs.address}/{needs.prefixlen}"
    others = [command for command in inside if command.starts(verb, "address") and not command.negated]
    if others:
        return Blame(others[0].line, " ".join(others[0].words), f"is not {needs.address}/{needs.prefixlen}", wanted)
    return Blame(inside[0].line, f"interface {needs.interface}", f"has no {verb} address", wanted)


def interface_shutdown(file: UserFile, needs: Needs) -> Blame | None:
    inside = file.interface(needs.interface) or ()
    last = next((command for command in reversed(inside) if command.starts("shutdown")), None)
    if last is None or last.negated:
        return None
    return Blame(last.line, f"interface {needs.interface} shutdown", "keeps it down",
                 f"interface {needs.interface}; no shutdown")


def neighbor(file: UserFile, needs: Needs) -> Blame | None:
    """There is no such neighbor."""
    router = file.router(needs.peer)
    if router is None or file.neighbor(needs.peer, "remote-as") is not None:
        return None
    line = f"neighbor {needs.peer} remote-as {needs.peer_asn}"
    return Blame(router.line, " ".join(router.words), f"has no neighbor {needs.peer}", line)


def shutdown(file: UserFile, needs: Needs) -> Blame | None:
    found = file.neighbor(needs.peer, "shutdown")
    if found is None:
        return None
    line = f"neighbor {found.words[1]} shutdown"
    return Blame(found.line, line, "keeps it down", f"no {line}")


def remote_as(file: UserFile, needs: Needs) -> Blame | None:
    found = file.neighbor(needs.peer, "remote-as")
    if found is None or found.words[3:] in ((str(needs.peer_asn),), ("external",)):
        return None
    line = f"neighbor {found.words[1]} remote-as {needs.peer_asn}"
    return Blame(found.line, " ".join(found.words), f"is not {needs.peer_asn}", line)


def local_as(file: UserFile, needs: Needs) -> Blame | None:
    """`router bgp`, or the neighbor's own `local-as`, has another AS. A confederation opens with its own number.

    FRR refuses a `local-as` that is the router's own number: there the line has to go.
    """
    if any(file.of("bgp", "confederation")):
        return None
    found = file.neighbor(needs.peer, "local-as") or file.router(needs.peer)
    if found is None:
        return None
    at = 3 if found.words[0] == "neighbor" else 2
    asn = "".join(found.words[at : at + 1])
    if not asn.isdigit() or int(asn) == needs.local_asn:
        return None
    router = file.router(needs.peer)
    if at == 3 and router is not None and router.words[2:3] == (str(needs.local_asn),):
        cure = f"no {' '.join(found.words[:at])}"
    else:
        cure = " ".join((*found.words[:at], str(needs.local_asn), *found.words[at + 1 :]))
    return Blame(found.line, " ".join(found.words[: at + 1]), f"is not AS {needs.local_asn}", cure)


def password(file: UserFile, needs: Needs) -> Blame | None:
    """A password where there is no key, none where there is one, or another variable's. Never the key itself."""
    found = file.neighbor(needs.peer, "password")
    statement = file.neighbor(needs.peer, "remote-as")
    wanted = f"neighbor {needs.peer} password {f'${{{needs.key}}}' if needs.key else 'KEY'}"
    if found is None:
        if not needs.signed or statement is None:
            return None
        return Blame(statement.line, f"neighbor {needs.peer}", "has no password, the peering has a key", wanted)
    if not needs.signed:
        return Blame(found.line, f"neighbor {needs.peer} password", "signs, the peering has no key",
                     f"no neighbor {needs.peer} password")
    named = re.fullmatch(r"\$\{(\w+)\}", " ".join(found.words[3:]))
    if needs.key is None or (named and named[1] == needs.key):
        return None
    shown = f"${{{named[1]}}}" if named else MASK
    return Blame(found.line, f"neighbor {needs.peer} password {shown}", f"is not ${{{needs.key}}}", wanted)


def activate(file: UserFile, needs: Needs) -> Blame | None:
    """The neighbor is not activated in the session's address family."""
    statement = file.neighbor(needs.peer, "remote-as")
    if statement is None or file.neighbor(needs.peer, "activate", family=needs.family) is not None:
        return None
    off = _last(file, "neighbor", needs.peer, "activate")
    off = off if off is not None and off.negated and off.context.family == needs.family else None
    default = _last(file, "bgp", "default", f"{needs.family}-unicast")
    is_default = default is not None and not default.negated if needs.family == "ipv6" else not (
        default is not None and default.negated
    )
    if is_default and off is None:
        return None
    line = off.line if off else file.address_family(needs.family) or statement.line
    wanted = f"address-family {needs.family} unicast; neighbor {needs.peer} activate"
    return Blame(line, f"neighbor {needs.peer}", f"is not activated in {needs.family}", wanted)


def hold_time(file: UserFile, needs: Needs) -> Blame | None:
    """A hold time of 1 or 2 s, which no peer may accept (RFC 4271), or a least one above what the MSEE offers."""
    least = _last(file, "bgp", "minimum-holdtime")
    asked = least.words[-1] if least is not None and not least.negated else ""
    if least is not None and asked.isdigit() and int(asked) > MAX_HOLD_SECONDS:
        return Blame(least.line, " ".join(least.words), f"is more than the {MAX_HOLD_SECONDS} s that the MSEE offers",
                     f"bgp minimum-holdtime {MAX_HOLD_SECONDS}")
    found = file.neighbor(needs.peer, "timers") or _last(file, "timers", "bgp")
    if found is None or found.negated or not found.words[-1].isdigit() or int(found.words[-1]) not in (1, 2):
        return None
    return Blame(found.line, " ".join(found.words), "asks for a hold time that may not be accepted",
                 " ".join((*found.words[:-2], "60", str(MAX_HOLD_SECONDS))))


def maximum_prefix(file: UserFile, needs: Needs) -> Blame | None:
    """A limit of the router's own: whether it is too low, only the session tells."""
    found = file.neighbor(needs.peer, "maximum-prefix", family=needs.family)
    if found is None or len(found.words) < 4:
        return None
    return Blame(found.line, " ".join(found.words), "is less than what the MSEE sends",
                 f"no neighbor {found.words[1]} maximum-prefix {found.words[3]}; clear bgp {needs.peer}")


def ttl(file: UserFile, needs: Needs) -> Blame | None:
    found = file.neighbor(needs.peer, "ttl-security")
    if found is None:
        return None
    return Blame(found.line, " ".join(found.words), "asks for a TTL that the MSEE does not send",
                 f"no neighbor {needs.peer} ttl-security hops {found.words[-1]}")


def update_source(file: UserFile, needs: Needs) -> Blame | None:
    found = file.neighbor(needs.peer, "update-source")
    if found is None or found.words[3:] in ((needs.address,), (needs.interface,)):
        return None
    cure = f"no neighbor {needs.peer} update-source"
    return Blame(found.line, " ".join(found.words), f"is not {needs.address}", cure)


def bfd(file: UserFile, needs: Needs) -> Blame | None:
    """No BFD with the neighbor, or multihop BFD (RFC 5883, UDP port 4784): FRR speaks that beyond one hop."""
    statement = file.neighbor(needs.peer, "remote-as")
    if statement is None:
        return None
    if file.neighbor(needs.peer, "bfd") is not None:
        far = file.neighbor(needs.peer, "ebgp-multihop")
        if far is None or far.words[3:4] == ("1",):
            return None
        cure = f"no {' '.join(far.words[:3])}"
        return Blame(far.line, " ".join(far.words), "makes its BFD multihop, on UDP port 4784; the MSEE's is not", cure)
    return Blame(statement.line, f"neighbor {needs.peer}", "has no bfd", f"neighbor {needs.peer} bfd")


CAUSES: dict[str, Cause] = {
    "interface": interface,
    "address": address,
    "interface-shutdown": interface_shutdown,
    "neighbor": neighbor,
    "shutdown": shutdown,
    "update-source": update_source,
    "ttl": ttl,
    "password": password,
    "remote-as": remote_as,
    "local-as": local_as,
    "hold-time": hold_time,
    "activate": activate,
    "bfd": bfd,
}
"""By name, the bottom layer first; `bfd` keeps no session down."""


def keeps_down(file: UserFile, needs: Needs) -> Blame | None:
    """The lowest line that keeps the session from coming up."""
    found = (CAUSES[name](file, needs) for name in CAUSES if name != "bfd")
    return next((blame for blame in found if blame is not None), None)


def not_sent(file: UserFile, needs: Needs, prefix: Network) -> Blame | None:
    """Why a prefix that the router has does not go to the neighbor."""
    return kept(file, needs.peer, needs.family, prefix) or denied(file, Asked(needs.peer, needs.family, "out", prefix))


def not_taken(file: UserFile, needs: Needs, prefix: Network, path: tuple[int, ...]) -> Blame | None:
    """Why a prefix that the neighbor sends is not taken."""
    return denied(file, Asked(needs.peer, needs.family, "in", prefix, path))


def not_there(file: UserFile, needs: Needs, prefix: Network) -> Blame | None:
    """Why the router's BGP has no such prefix: no `network`, or one without a route."""
    router = file.router(needs.peer)
    if router is None:
        return None
    default = default_kept(file, needs.peer, needs.family, prefix)
    if default is not None:
        return default
    verb = "ip" if needs.family == "ipv4" else "ipv6"
    inside = [c for c in file.commands if c.context.words[:2] == ("router", "bgp") and _in(c, needs.family)]
    for command in inside:
        if command.starts("network") and not command.negated and len(command.words) > 1:
            mask = command.words[3] if command.words[2:3] == ("mask",) else ""
            if not mask and "/" not in command.words[1]:
                return None
            if as_network(command.words[1], mask) == prefix:
                return Blame(command.line, f"network {prefix}", "has no such route in the RIB",
                             f"{verb} route {prefix} Null0")
    aggregate = aggregate_of(file, needs.family, prefix)
    if aggregate is not None:
        return aggregate
    if any(c.words[0] in ELSEWHERE and not c.negated for c in inside):
        return None
    line = file.address_family(needs.family) or router.line
    subject = f"address-family {needs.family} unicast" if file.address_family(needs.family) else " ".join(router.words)
    return Blame(line, subject, f"has no network {prefix}", f"network {prefix}")


def _in(command: Command, family: Family) -> bool:
    return (command.context.family or "ipv4") == family


def _has_address(file: UserFile, name: str, needs: Needs) -> bool:
    verb = "ip" if needs.family == "ipv4" else "ipv6"
    for command in file.interface(name) or ():
        if command.starts(verb, "address") and not command.negated and len(command.words) > 2:
            try:
                if ip_interface(command.words[2]) == ip_interface(f"{needs.address}/{needs.prefixlen}"):
                    return True
            except ValueError:
                continue
    return False


def _last(file: UserFile, *words: str) -> Command | None:
    return next((command for command in reversed(tuple(file.of(*words)))), None)
