"""ExaBGP configuration values as text: the file with the sessions, and the commands that announce the prefixes.

The only place where a key's name becomes the key. Prefixes are announced by command and do not stand in the file:
ExaBGP 5.0 reads ten thousand of them there for longer than it takes to announce them, and copies each per session
(it reads grouped lines there faster, and then announces nothing).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from bgp.exabgp.config import Announcement, ExaBgpConfig, Speaker

Verb = Literal["announce", "withdraw"]
HOLD_SECONDS = 180
PREFIXES_A_LINE = 200
PROCESS = "relay"


def config_text(config: ExaBgpConfig, keys: Mapping[str, str], run: str) -> str:
    """The file; `run` is the command of the relay, with its socket and its first commands. Raises KeyError."""
    lines = [f"process {PROCESS} {{", f"  run {run};", "  encoder json;", "}"]
    for speaker in config.speakers:
        lines += _neighbor(speaker, keys)
    return "".join(f"{line}\n" for line in lines)


def _neighbor(speaker: Speaker, keys: Mapping[str, str]) -> Iterator[str]:
    family = family_of(speaker.address)
    yield f"neighbor {speaker.address} {{"
    yield f"  router-id {speaker.router_id};"
    yield f"  local-address {speaker.local_address};"
    yield f"  local-as {speaker.local_as};"
    yield f"  peer-as {speaker.remote_as};"
    yield f"  hold-time {HOLD_SECONDS};"
    if speaker.key:
        yield f'  md5-password "{keys[speaker.key]}";'
        yield "  md5-base64 false;"
    yield f"  family {{ {family} unicast; }}"
    yield f"  api {{ processes [ {PROCESS} ]; }}"
    yield "}"


def commands(config: ExaBgpConfig, verb: Verb, announcements: Iterable[Announcement]) -> Iterator[str]:
    """Lines of the process API that announce or withdraw, grouped, each family to its own sessions."""
    for item in announcements:
        attributes = "next-hop self"
        if item.communities and verb == "announce":
            attributes += f" community [ {' '.join(item.communities)} ]"
        for family in ("ipv4", "ipv6"):
            speakers = [s for s in config.speakers if family_of(s.address) == family]
            who = ", ".join(f"neighbor {s.address}" for s in speakers if not item.to or s.address in item.to)
            mine = [prefix for prefix in item.prefixes if family_of(prefix) == family] if who else []
            for start in range(0, len(mine), PREFIXES_A_LINE):
                yield f"{who} {verb} attributes {attributes} nlri {' '.join(mine[start : start + PREFIXES_A_LINE])}"


def family_of(address: str) -> str:
    return "ipv6" if ":" in address else "ipv4"
