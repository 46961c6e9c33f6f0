"""BGP's sockets at both ends: who listens, who holds a key, and whether both hold the same; segments refused."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import partial

from bgp import tcpmd5
from lab.diagnose.evidence import Keys, Refused, Side, Subject, other
from lab.engine.base import Node
from lab.net import inside
from lab.net.counters import extensions

NOTHING = tcpmd5.Sockets(frozenset(), frozenset(), ())
SALT_OCTETS = 16
Place = tuple[str, str]


class SocketProbe:
    """Asks each namespace once. The salt of the keys' digests lives as long as this."""

    def __init__(self, nodes: Mapping[str, Node]) -> None:
        self._nodes = nodes
        self._salt = os.urandom(SALT_OCTETS)
        self._asked: dict[Place, tcpmd5.Sockets] = {}

    def forget(self) -> None:
        """What was asked is old now."""
        self._asked.clear()

    def keys(self, subject: Subject, side: Side) -> Keys:
        found = self._sockets(subject.node(side), subject.vrf(side))
        peer, family = subject.address(other(side)), subject.session.family
        standing = [c.keyed for c in found.connections if c.peer == peer]
        signed = standing[0] if standing else None
        holds = peer in found.keys or peer in found.digests
        return Keys(family in found.listening, holds, signed, peer in found.trying)

    def same_key(self, subject: Subject) -> bool | None:
        """Whether both ends' kernels hold the same key for each other; None where one of them holds none."""
        ours = self._digest(subject, "msee")
        theirs = self._digest(subject, "ce")
        return None if ours is None or theirs is None else ours == theirs

    def _digest(self, subject: Subject, side: Side) -> bytes | None:
        if side == "ce" and not subject.inspected:
            return None
        return self._sockets(subject.node(side), subject.vrf(side)).digests.get(subject.address(other(side)))

    def _sockets(self, node: str, vrf: str) -> tcpmd5.Sockets:
        if (node, vrf) not in self._asked:
            ask = partial(_sockets, self._salt)
            try:
                self._asked[node, vrf] = inside.in_namespace(self._nodes[node].pid, vrf, ask)
            except (FileNotFoundError, KeyError):
                self._asked[node, vrf] = NOTHING
        return self._asked[node, vrf]


def _sockets(salt: bytes) -> tcpmd5.Sockets:
    with tcpmd5.open_diag() as diag:
        return tcpmd5.sockets(diag, salt=salt)


def refused(nodes: Mapping[str, Node], places: Iterable[Place]) -> dict[Place, Refused]:
    """What each namespace has refused since it exists; nothing where there is none."""
    wanted = [place for place in places if place[0] in nodes]
    texts = inside.read_all_proc_net([(nodes[node].pid, vrf) for node, vrf in wanted], "netstat")
    return {place: _refused(text) for place, text in zip(wanted, texts, strict=True)}


def _refused(text: str) -> Refused:
    found = extensions(text, "TcpExt")
    names = ("TCPMD5Failure", "TCPMD5NotFound", "TCPMD5Unexpected", "TCPMinTTLDrop")
    return Refused(*(found.get(name, 0) for name in names))


def since(before: Refused, now: Refused) -> Refused:
    return Refused(
        now.failure - before.failure, now.not_found - before.not_found,
        now.unexpected - before.unexpected, now.ttl - before.ttl,
    )
