"""An FRR daemon's own command socket: half a millisecond a call, where `vtysh` takes thirty.

The daemon answers each command with text, three NULs and one status byte. One connection, one command at a time: two
connections may be in configuration mode at once and nothing in FRR locks, so callers serialise.
"""

from __future__ import annotations

import json
import os
import socket
import struct
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Literal

from bgp.secret import masked

Tolerate = Literal["nothing", "absent", "everything"]
DONE = 0
WARNING = 1
UNKNOWN = 2
REFUSED = 13
LONGEST_SOCKET_PATH = 107
_END = b"\0\0\0"
_WORDS = {WARNING: "warning", UNKNOWN: "unknown command", 3: "ambiguous", 4: "incomplete", REFUSED: "refused"}


class VtyError(Exception):
    """A command that the daemon did not take: FRR's `status` byte and answer. Keys are masked in every text."""

    def __init__(self, command: str, status: int, text: str) -> None:
        self.command = masked(command)
        self.status = status
        self.text = masked(text.strip())
        word = _WORDS.get(status, f"status {status}")
        super().__init__(f"{self.command!r}: {word}{': ' + self.text if self.text else ''}")


class VtyGone(ConnectionError):
    """The daemon closed the connection: it ended or was started again."""


class Vty:
    """A connection to a daemon's socket, `/run/frr/bgpd.vty` or the same seen through `/proc/PID/root`.

    Raises OSError when nothing listens there, TimeoutError when an answer takes longer than `timeout` seconds, and
    VtyGone when the daemon ends.
    """

    def __init__(self, path: str, *, timeout: float = 10.0) -> None:
        self.path = path
        self._socket = _connected(path, timeout)
        self.command("enable")

    def __enter__(self) -> Vty:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._socket.close()

    def ask(self, text: str) -> tuple[int, str]:
        """Runs `text` and gives FRR's status byte with the answer, whatever the status."""
        self._socket.sendall(text.encode() + b"\0")
        answer = bytearray()
        while len(answer) < 4 or answer[-4:-1] != _END:
            chunk = self._socket.recv(1 << 16)
            if not chunk:
                raise VtyGone(f"{self.path}: closed by the daemon")
            answer += chunk
        return answer[-1], answer[:-4].decode(errors="replace")

    def command(self, text: str) -> str:
        """The answer to `text`. Raises VtyError for any status but 0."""
        status, answer = self.ask(text)
        if status != DONE:
            raise VtyError(text, status, answer)
        return answer

    def json(self, text: str) -> Any:
        """The decoded answer of a `show … json`. Raises VtyError when it is refused or is not JSON."""
        answer = self.command(text)
        try:
            return json.loads(answer)
        except (ValueError, RecursionError):
            raise VtyError(text, DONE, answer) from None

    def configure(self, lines: Iterable[str], *, tolerate: Tolerate = "nothing") -> tuple[VtyError, ...]:
        """Runs `lines` in configuration mode and leaves it, also after a refused line.

        `tolerate` says which refusals are no errors: `absent` those of `no …` lines with nothing to remove (a run that
        was killed half-way can be repeated), `everything` all but unknown commands (the daemon's state is not known,
        and another run follows). What was tolerated is returned. Raises VtyError at the first other refusal.
        """
        tolerated: list[VtyError] = []
        self.command("configure terminal")
        try:
            for line in lines:
                status, answer = self.ask(line)
                if status == DONE:
                    continue
                error = VtyError(line, status, answer)
                absent = tolerate == "absent" and line.lstrip().startswith("no ")
                if status not in (WARNING, REFUSED) or not (absent or tolerate == "everything"):
                    raise error
                tolerated.append(error)
        finally:
            self.command("end")
        return tuple(tolerated)


def _connected(path: str, timeout: float) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    # FRR lets few connections wait. With a timeout of Python's the kernel would refuse where it can wait for a place.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", int(timeout), int(timeout % 1 * 1e6)))
    try:
        if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
            sock.connect(path)
        else:
            folder = os.open(os.path.dirname(path), os.O_PATH | os.O_DIRECTORY)
            try:
                sock.connect(f"/proc/self/fd/{folder}/{os.path.basename(path)}")
            finally:
                os.close(folder)
    except BlockingIOError as error:
        sock.close()
        raise TimeoutError(f"{path}: nobody takes connections") from error
    except OSError:
        sock.close()
        raise
    sock.settimeout(timeout)
    return sock
