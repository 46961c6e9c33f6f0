"""The process that ExaBGP runs: hands on the commands of a file, then those that arrive at a unix socket.

Run by ExaBGP alone, as a script with the paths of the socket and the file, so it imports nothing but the standard
library. At the socket one line in is one command, one line out is `done` or `error`; one client at a time, the first
one after the file. Ends when ExaBGP closes its input.
"""

from __future__ import annotations

import os
import selectors
import socket
import sys

ANSWERS = (b"done", b"error")
_CHUNK = 1 << 16


class Lines:
    """Whole lines of a descriptor, whatever the pieces they arrive in."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._rest = b""

    def read(self) -> list[bytes] | None:
        """The lines that arrived, waiting for the first piece; None at the end."""
        piece = os.read(self._descriptor, _CHUNK)
        if not piece:
            return None
        *lines, self._rest = (self._rest + piece).split(b"\n")
        return lines


def main(path: str, first: str) -> None:
    if os.path.exists(path):
        os.unlink(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.listen()
    exabgp = Lines(sys.stdin.fileno())
    with open(first, "rb") as file:
        for command in file:
            if _tell(exabgp, command.rstrip(b"\n")) is None:
                return
    with selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        selector.register(sys.stdin.fileno(), selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is listener:
                    client, _address = listener.accept()
                    with client:
                        try:
                            if not _serve(client, exabgp):
                                return
                        except ConnectionError:
                            continue  # whoever asked has not waited for the answer
                elif exabgp.read() is None:
                    return


def _serve(client: socket.socket, exabgp: Lines) -> bool:
    """Hands on the commands of one client. False when ExaBGP is gone."""
    commands = Lines(client.fileno())
    while (lines := commands.read()) is not None:
        for command in lines:
            answer = _tell(exabgp, command)
            if answer is None:
                return False
            client.sendall(answer + b"\n")
    return True


def _tell(exabgp: Lines, command: bytes) -> bytes | None:
    """ExaBGP's verdict on `command`, None when it is gone; its events in between are not for us."""
    data = command + b"\n"
    while data:
        data = data[os.write(sys.stdout.fileno(), data) :]
    while (lines := exabgp.read()) is not None:
        for line in lines:
            if line.strip() in ANSWERS:
                return line.strip()
    return None


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
