"""The watcher shows that it is at work: whoever connects to its socket is told so by its own main loop."""

from __future__ import annotations

import os
import select
import socket
import sys
import time


def log(text: str) -> None:
    """A line in the watcher's log, where there is room: a disk that is full must not end the watch."""
    try:
        sys.stderr.write(f"{time.time():.2f} {text}\n")
        sys.stderr.flush()
    except OSError:
        return


class Presence:
    """Tells whoever connects that the watcher is at work: its pid and its supervisor's, in one line. The socket is made
    anew, in the orders' folder, where it is missing; a disk that is full costs the presence, never the watch."""

    def __init__(self, path: str) -> None:
        self._path = path
        self.supervisor = os.getppid()
        self._listener: socket.socket | None = None

    def wait(self, seconds: float) -> None:
        """Lets `seconds` pass, answering meanwhile."""
        if self._listener is None or not os.path.exists(self._path):
            self._listen()
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            ready, _, _ = select.select([self._listener] if self._listener else [], [], [], left)
            for listener in ready:
                client, _address = listener.accept()
                with client:
                    self._tell(client)

    def _tell(self, client: socket.socket) -> None:
        try:
            client.sendall(f"{os.getpid()} {self.supervisor}\n".encode())
        except OSError as error:
            log(f"presence: {error}")

    def _listen(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            if os.path.exists(self._path):
                os.unlink(self._path)
            listener.bind(self._path)
            listener.listen()
        except OSError as error:
            listener.close()
            log(f"presence: {error}")
            return
        self._listener = listener
