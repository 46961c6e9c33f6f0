"""BGP as it is on the wire: octets to messages. Pure, and nothing here raises on octets that make no sense."""

from bgp.wire.conversation import Conversation
from bgp.wire.decode import decode
from bgp.wire.messages import (
    Announced,
    Capability,
    Keepalive,
    Message,
    Notice,
    Open,
    RouteRefresh,
    Unreadable,
    Update,
    Withdrawn,
)
from bgp.wire.negotiated import Negotiated, negotiate
from bgp.wire.stream import split

__all__ = [
    "Announced",
    "Capability",
    "Conversation",
    "Keepalive",
    "Message",
    "Negotiated",
    "Notice",
    "Open",
    "RouteRefresh",
    "Unreadable",
    "Update",
    "Withdrawn",
    "decode",
    "negotiate",
    "split",
]
