"""What every speaker's driver can do. A driver says what to write and what to run; whoever owns the node does it.

The folder of the files is one below /run of the node, so that each node has its own. Daemons run in the foreground, as
root, and write what they have to say to stderr.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import ClassVar, Protocol

from bgp.frr.daemons import Place
from bgp.speaker import Kind, SpeakerConfig, SpeakerSession

Command = tuple[str, ...]
# The whole environment of a daemon.
ENVIRONMENT: Mapping[str, str] = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}
FOLDERS = ("/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin")


class SpeakerMissing(Exception):
    """A program is not there. `package` is the Debian package that has it."""

    def __init__(self, program: str, package: str) -> None:
        self.program = program
        self.package = package
        super().__init__(f"{program} is not in {', '.join(FOLDERS)}")


@dataclass(frozen=True)
class Probe:
    """The daemon serves once `command`, run in the node, ends with 0 and its output has `says` in it.

    Not to be run before the driver's socket is there: some commands would wait for a second to try again.
    """

    command: Command
    says: str


@dataclass(frozen=True)
class Change:
    """How a running daemon follows, once its files are written anew.

    With `hangup` its process gets SIGHUP; then `commands` are run in the node, in order, each ending with 0.
    """

    commands: tuple[Command, ...] = ()
    hangup: bool = False


@dataclass(frozen=True)
class Account:
    """A user that the daemon becomes, by name, with a group of the same name. `home` is where it locks itself in."""

    name: str
    home: str


class Driver(Protocol):
    """One kind of speaker, with the programs that were found for it."""

    kind: ClassVar[Kind]
    directory: ClassVar[str]
    """Its folder in the node, to be made 0700 before the files are written."""
    log: ClassVar[str]
    """Where its stdout and stderr belong."""
    socket: ClassVar[str]
    """The socket of its commands. A killed daemon leaves it behind, and a new start must not find it."""
    account: ClassVar[Account | None]
    """Whom the node's /etc/passwd and /etc/group must know. Its numbers may be root's."""

    def files(self, config: SpeakerConfig, keys: Mapping[str, str]) -> dict[str, str]:
        """The files by absolute path, to be written 0600: they hold keys. Raises KeyError for a name without a key."""

    def argv(self, *, own_files: bool = False) -> list[str]:
        """The command, in the foreground. `own_files`: the node does not have this host's files."""

    def ready(self, config: SpeakerConfig) -> Probe:
        """How to see that it took `config` and can be told more."""

    def first(self, config: SpeakerConfig) -> tuple[Command, ...]:
        """What to run in the node after every start, once it is ready."""

    def change(
        self, old: SpeakerConfig, new: SpeakerConfig, *, changed_keys: Set[str] = frozenset()
    ) -> Change | None:
        """From `old`, running, to `new`: sessions that are the same in both do not move. None takes a restart.

        `changed_keys` are the names whose key is another one now.
        """


def program(name: str, package: str, place: Place) -> str:
    """The path of a program of `package`. Raises SpeakerMissing."""
    for folder in FOLDERS:
        path = f"{folder}/{name}"
        if place.has(path):
            return path
    raise SpeakerMissing(name, package)


def moved(old: SpeakerConfig, new: SpeakerConfig, changed_keys: Set[str]) -> tuple[SpeakerSession, ...]:
    """The sessions of `new` that `old` has otherwise: other addresses of ours, another AS or another key."""
    known = {session.address: session for session in old.sessions}
    return tuple(s for s in new.sessions if s.address in known and (known[s.address] != s or s.key in changed_keys))


def same_router(old: SpeakerConfig, new: SpeakerConfig) -> bool:
    return (old.kind, old.local_as, old.router_id) == (new.kind, new.local_as, new.router_id)


def text(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
