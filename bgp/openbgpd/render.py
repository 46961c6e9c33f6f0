"""OpenBGPD configuration as text. The only place where a key's name becomes the key.

It connects to its neighbors and does not listen to them. Before 8.5 the portable one never puts a key on its listening
socket: a neighbor that signs is not heard there, and one that does not sign is let in although it has a key here.

Everything is refused that no rule allows: the rules take all that is sent to us, and send our own prefixes. One of
ours that is also learned stays ours, since a prefix of our own wins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bgp.driver import text
from bgp.speaker import CONNECT_RETRY_SECONDS, FAMILIES, HOLD_SECONDS, SpeakerConfig, SpeakerSession

# OpenBGPD's names of the families.
NAMES = {"ipv4": "IPv4", "ipv6": "IPv6"}
LOOPBACK = ("127.0.0.1", "::1")


def config_text(config: SpeakerConfig, keys: Mapping[str, str], socket: str) -> str:
    """The whole file; the control socket is at `socket`. Keepalives go out each third of the hold time. Raises
    KeyError."""
    return text(_lines(config, keys, socket))


def _lines(config: SpeakerConfig, keys: Mapping[str, str], socket: str) -> Iterator[str]:
    yield f"AS {config.local_as}"
    yield f"router-id {config.router_id}"
    yield f"holdtime {HOLD_SECONDS}"
    yield f"connect-retry {CONNECT_RETRY_SECONDS}"
    yield "fib-update no"
    yield f'socket "{socket}"'
    yield from (f"listen on {address}" for address in LOOPBACK)
    if config.prefixes:
        yield "prefix-set own {"
        yield from (f"  {prefix}" for prefix in config.prefixes)
        yield "}"
    yield from (f"network {prefix}" for prefix in config.prefixes)
    for session in config.sessions:
        yield from _neighbor(session, keys)
    yield "allow from any"
    if config.prefixes:
        yield "allow to any prefix-set own"


def _neighbor(session: SpeakerSession, keys: Mapping[str, str]) -> Iterator[str]:
    yield f"neighbor {session.address} {{"
    yield f"  remote-as {session.remote_as}"
    yield f"  local-address {session.local_address}"
    for family in FAMILIES:
        yield f"  announce {NAMES[family]} {'unicast' if family == session.family else 'none'}"
    if session.key:
        yield f'  tcp md5sig password "{keys[session.key]}"'
    yield "}"
