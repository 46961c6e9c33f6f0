"""How a command and the first process of the world it builds talk: JSON messages on a pair of sockets.

The command's end is the world's lifeline: when it closes, by whatever death, the first process ends and the kernel
removes the rest.
"""

from __future__ import annotations

import json
import os
import socket
import weakref
from typing import Any

Message = dict[str, Any]
_LARGEST = 1 << 20
_lifelines: weakref.WeakSet[socket.socket] = weakref.WeakSet()


def pair() -> tuple[socket.socket, socket.socket]:
    """The command's end and the world's end."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    _lifelines.add(ours)
    return ours, theirs


def send(end: socket.socket, message: Message) -> None:
    end.sendall(json.dumps(message).encode())


def receive(end: socket.socket) -> Message | None:
    """The next message; None when the other end is closed. Raises TimeoutError as the socket is set."""
    try:
        data = end.recv(_LARGEST)
    except ConnectionResetError:
        data = end.recv(_LARGEST)  # the other end closed with our words unread; its own last words come after that
    message: Message | None = json.loads(data) if data else None
    return message


def _let_go() -> None:
    for lifeline in _lifelines:
        lifeline.close()


# A child that outlived its killed parent would hold the lifeline, and with it a world that nobody will ever finish.
os.register_at_fork(after_in_child=_let_go)
