"""BGP over TCP: every message, and what the connection itself tells: no answer, refused, reset, sent again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bgp.wire import Conversation, Notice
from lab.capture.event import Event, Seen
from lab.capture.messages import told
from lab.net.frames import Tcp

BGP = 179
PATIENCE = 1_000_000_000
"""Nanoseconds after which a SYN counts as unanswered: then its sender tries again (RFC 6298)."""
REMEMBERED = 4096  # connections, the oldest is forgotten first
NUMBERS = 1 << 32
Socket = tuple[str, int]
Key = tuple[str, tuple[int, ...], frozenset[Socket]]


@dataclass
class _Connection:
    """`syn` is the first SYN, while it waits for an answer; `told` is whether it was said why the connection ends."""

    talk: Conversation[Socket]
    syn: Seen | None = None
    told: bool = False
    sent: dict[Socket, int] = field(default_factory=dict)


class Sessions:
    def __init__(self) -> None:
        self._connections: dict[Key, _Connection] = {}
        self._waiting: set[Key] = set()

    def hear(self, seen: Seen) -> Iterator[Event]:
        ip, tcp = seen.packet.ip, seen.packet.tcp
        if ip is None or tcp is None or BGP not in (tcp.source, tcp.target):
            return
        near, far = (ip.source, tcp.source), (ip.target, tcp.target)
        key = (seen.place.name, seen.tags, frozenset((near, far)))
        known = self._connection(key, near, far, asks=tcp.syn and not tcp.acks)
        if tcp.syn and not tcp.acks and known.syn is None:
            known.syn = seen
            self._waiting.add(key)
        refuses = tcp.rst and known.syn is not None
        if known.syn is not None and known.syn.sender != seen.sender:
            known.syn = None
            self._waiting.discard(key)
        yield from self._messages(seen, known, near, tcp)
        yield from _end(seen, known, tcp, refuses)

    def silence(self, nanoseconds: int) -> Iterator[Event]:
        for key in list(self._waiting):
            known = self._connections.get(key)
            syn = known.syn if known is not None else None
            if syn is not None and nanoseconds - syn.nanoseconds < PATIENCE:
                continue
            self._waiting.discard(key)
            if syn is not None and syn.packet.tcp is not None:
                signed = syn.packet.tcp.signed
                text = f"SYN, {'MD5' if signed else 'no MD5'}: no answer in 1 s"
                yield syn.event("TCP", text, {"what": "no-answer", "md5": signed}, bad=True, later=PATIENCE)

    def _connection(self, key: Key, near: Socket, far: Socket, *, asks: bool) -> _Connection:
        """The one that is known; a SYN begins a new one, unless it is the last one's again."""
        known = self._connections.get(key)
        if known is None or (asks and known.syn is None):
            self._connections.pop(key, None)
            known = self._connections[key] = _Connection(Conversation(near, far))
            if len(self._connections) > REMEMBERED:
                del self._connections[next(iter(self._connections))]
        return known

    def _messages(self, seen: Seen, known: _Connection, near: Socket, tcp: Tcp) -> Iterator[Event]:
        if tcp.payload:
            end, before = (tcp.seq + len(tcp.payload)) % NUMBERS, known.sent.get(near)
            if before is not None and (before - end) % NUMBERS < NUMBERS // 2:
                fields = {"what": "retransmission", "octets": len(tcp.payload)}
                yield seen.event("TCP", f"{len(tcp.payload)} octets are sent again", fields, bad=True)
            else:
                known.sent[near] = end
        for message in known.talk.segment(near, tcp.seq, tcp.payload, syn=tcp.syn):
            said = told(message, signed=tcp.signed)
            known.told = known.told or isinstance(message, Notice)
            yield seen.event(said.kind, said.text, said.fields, bad=said.bad, bgp=True)


def _end(seen: Seen, known: _Connection, tcp: Tcp, refuses: bool) -> Iterator[Event]:
    """A connection that ends tells something when no NOTIFICATION has said why."""
    if known.told or not (tcp.rst or tcp.fin):
        return
    known.told = True
    if refuses:
        yield seen.event("TCP", "RST: the connection is refused", {"what": "refused"}, bad=True)
    elif tcp.rst:
        yield seen.event("TCP", "RST: the connection is reset", {"what": "reset"}, bad=True)
    else:
        yield seen.event("TCP", "FIN without a NOTIFICATION", {"what": "closed"}, bad=True)
