"""Changing what a running ExaBGP announces, through its relay, without touching a session."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from bgp.exabgp import render
from bgp.exabgp.config import Announcement, ExaBgpConfig

_CHUNK = 1 << 12


class RelayError(Exception):
    """ExaBGP did not take a command, or is gone. `command` names no key: commands have none."""

    def __init__(self, command: str, answer: str) -> None:
        self.command = command
        super().__init__(f"ExaBGP: {command[:120]!r}: {answer}")


@dataclass(frozen=True)
class Change:
    """What a running speaker has to say to follow a changed configuration."""

    announce: tuple[Announcement, ...]
    withdraw: tuple[Announcement, ...]

    @property
    def empty(self) -> bool:
        return not (self.announce or self.withdraw)


def change(old: ExaBgpConfig, new: ExaBgpConfig) -> Change | None:
    """The prefixes that differ; None when sessions differ, which takes a restart."""
    if old.speakers != new.speakers:
        return None
    had = {(prefix, item.to, item.communities) for item in old.announcements for prefix in item.prefixes}
    sent = {(prefix, item.to) for item in new.announcements for prefix in item.prefixes}
    fresh = (
        replace(item, prefixes=tuple(p for p in item.prefixes if (p, item.to, item.communities) not in had))
        for item in new.announcements
    )
    gone = (
        replace(item, prefixes=tuple(p for p in item.prefixes if (p, item.to) not in sent))
        for item in old.announcements
    )
    return Change(tuple(item for item in fresh if item.prefixes), tuple(item for item in gone if item.prefixes))


def commands(config: ExaBgpConfig, wanted: Change) -> Iterator[str]:
    """The commands of `wanted`, to the sessions of `config`."""
    yield from render.commands(config, "withdraw", wanted.withdraw)
    yield from render.commands(config, "announce", wanted.announce)


def send(path: str, lines: Iterable[str], *, timeout: float = 60.0) -> None:
    """Hands `lines` to the relay at `path`, one after another. Raises OSError when none listens, RelayError."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.settimeout(timeout)
        sock.connect(path)
        for line in lines:
            sock.sendall(f"{line}\n".encode())
            answer = b""
            while not answer.endswith(b"\n"):
                piece = sock.recv(_CHUNK)
                if not piece:
                    raise RelayError(line, "closed")
                answer += piece
            if answer.strip() != b"done":
                raise RelayError(line, answer.decode(errors="replace").strip())
