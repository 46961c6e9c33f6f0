"""BIRD 2 configuration as text. The only place where a key's name becomes the key.

Its own prefixes are static routes that never get into the kernel; only they go out. What it learns is installed,
equal-cost over all sessions. BFD is asked for everywhere and required nowhere: BIRD leaves a session whose BFD was
never up alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bgp.driver import text
from bgp.speaker import (
    CONNECT_RETRY_SECONDS,
    FAMILIES,
    HOLD_SECONDS,
    KEEPALIVE_SECONDS,
    Family,
    SpeakerConfig,
    SpeakerSession,
)

MAXIMUM_PATHS = 8
BFD_MILLISECONDS = 300
BFD_MULTIPLIER = 3


def config_text(config: SpeakerConfig, keys: Mapping[str, str]) -> str:
    """The whole file. Raises KeyError."""
    return text(_lines(config, keys))


def protocol_name(session: SpeakerSession) -> str:
    """A session's name in BIRD, the same as long as its neighbor's address is: `msee_10_0_1_2`."""
    return "msee_" + "".join(letter if letter.isalnum() else "_" for letter in session.address)


def _lines(config: SpeakerConfig, keys: Mapping[str, str]) -> Iterator[str]:
    yield "log stderr { info, remote, warning, error, auth, fatal, bug };"
    yield f"router id {config.router_id};"
    yield "protocol device {}"
    interval = f"{BFD_MILLISECONDS} ms"
    yield "protocol bfd {"
    yield f'  interface "*" {{ interval {interval}; multiplier {BFD_MULTIPLIER}; }};'
    yield "}"
    for family in FAMILIES:
        yield from _tables(config, family)
    for session in config.sessions:
        yield from _session(config, session, keys)


def _tables(config: SpeakerConfig, family: Family) -> Iterator[str]:
    yield f"protocol static own_{family} {{"
    yield f"  {family};"
    for prefix in config.originated(family):
        yield f"  route {prefix} blackhole;"
    yield "}"
    yield f"protocol kernel kernel_{family} {{"
    yield f"  merge paths yes limit {MAXIMUM_PATHS};"
    yield f"  {family} {{ import none; export where source = RTS_BGP; }};"
    yield "}"


def _session(config: SpeakerConfig, session: SpeakerSession, keys: Mapping[str, str]) -> Iterator[str]:
    yield f"protocol bgp {protocol_name(session)} {{"
    yield f"  local {session.local_address} as {config.local_as};"
    yield f"  neighbor {session.address} as {session.remote_as};"
    yield "  direct;"
    if session.key:
        yield f'  password "{keys[session.key]}";'
    yield f"  hold time {HOLD_SECONDS};"
    yield f"  keepalive time {KEEPALIVE_SECONDS};"
    yield f"  connect delay time {CONNECT_RETRY_SECONDS};"
    yield f"  connect retry time {CONNECT_RETRY_SECONDS};"
    yield f"  error wait time {CONNECT_RETRY_SECONDS}, {CONNECT_RETRY_SECONDS};"
    yield "  bfd on;"
    yield f"  {session.family} {{ import all; export where source = RTS_STATIC; }};"
    yield "}"
