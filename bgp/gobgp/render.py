"""GoBGP configuration as text, TOML. The only place where a key's name becomes the key.

The file has no way to originate a prefix: that is done by command. What was made here goes out and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bgp.driver import text
from bgp.speaker import CONNECT_RETRY_SECONDS, HOLD_SECONDS, KEEPALIVE_SECONDS, SpeakerConfig, SpeakerSession

BGP_PORT = 179


def config_text(config: SpeakerConfig, keys: Mapping[str, str]) -> str:
    """The whole file. Raises KeyError."""
    return text(_lines(config, keys))


def _lines(config: SpeakerConfig, keys: Mapping[str, str]) -> Iterator[str]:
    yield "[global.config]"
    yield f"as = {config.local_as}"
    yield f'router-id = "{config.router_id}"'
    yield f"port = {BGP_PORT}"
    yield "[global.apply-policy.config]"
    yield 'default-import-policy = "accept-route"'
    yield 'default-export-policy = "reject-route"'
    yield 'export-policy-list = ["own"]'
    yield "[[policy-definitions]]"
    yield 'name = "own"'
    yield "[[policy-definitions.statements]]"
    yield 'name = "own"'
    yield "[policy-definitions.statements.conditions.bgp-conditions]"
    yield 'route-type = "local"'
    yield "[policy-definitions.statements.actions]"
    yield 'route-disposition = "accept-route"'
    for session in config.sessions:
        yield from _neighbor(session, keys)


def _neighbor(session: SpeakerSession, keys: Mapping[str, str]) -> Iterator[str]:
    yield "[[neighbors]]"
    yield "[neighbors.config]"
    yield f'neighbor-address = "{session.address}"'
    yield f"peer-as = {session.remote_as}"
    if session.key:
        yield f'auth-password = "{keys[session.key]}"'
    yield "[neighbors.transport.config]"
    yield f'local-address = "{session.local_address}"'
    yield "[neighbors.timers.config]"
    yield f"hold-time = {HOLD_SECONDS}"
    yield f"keepalive-interval = {KEEPALIVE_SECONDS}"
    yield f"connect-retry = {CONNECT_RETRY_SECONDS}"
    yield f"idle-hold-time-after-reset = {CONNECT_RETRY_SECONDS}"
    yield "[[neighbors.afi-safis]]"
    yield "[neighbors.afi-safis.config]"
    yield f'afi-safi-name = "{session.family}-unicast"'
