"""What two OPENs agree on, as far as it decides how the messages after them are read."""

from __future__ import annotations

from dataclasses import dataclass

from bgp.wire.messages import Open

RECEIVES, SENDS = 1, 2


@dataclass(frozen=True)
class Negotiated:
    """How one end's UPDATEs are read. `four_octet` None: its OPENs were not seen, so both sizes of AS are tried.

    `path_ids` are the families whose prefixes come with a path identifier (RFC 7911).
    """

    four_octet: bool | None = None
    path_ids: frozenset[str] = frozenset()


def negotiate(sender: Open | None, receiver: Open | None) -> Negotiated:
    """What holds for the UPDATEs of `sender`."""
    if sender is None or receiver is None:
        return Negotiated()
    sends, receives = sender.add_path, receiver.add_path
    both = frozenset(f for f, way in sends.items() if way & SENDS and receives.get(f, 0) & RECEIVES)
    return Negotiated(sender.four_octet and receiver.four_octet, both)
