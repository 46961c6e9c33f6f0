"""The agent of one lab: a process that makes it, is inside it and answers, see `link`.

Run by its path, with the number of its end of the channel. When the other end closes it takes the lab down and ends.
"""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace
from multiprocessing.connection import Connection

ROOT = os.path.abspath(f"{os.path.dirname(__file__)}/../..")


def main(number: int) -> None:
    # A terminal's Ctrl-C and a runner's SIGTERM are for the caller, whose end is told by the channel.
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    os.set_inheritable(number, False)
    serve(Connection(number))


def serve(channel: Connection) -> None:
    """Answers until the other end closes."""
    from bgp.secret import remembered
    from lab.errors import LabError, NotAsItShould, limit
    from lab.harmless import without_keys
    from lab.testing.inside import Inside
    from lab.testing.link import Answer, Call, answered

    inside = Inside()
    try:
        while True:
            try:
                call: Call = channel.recv()
            except (EOFError, ConnectionResetError):
                return
            os.environ.clear()
            os.environ.update(call.environment)
            try:
                answer = Answer(inside.answer(call.name, call.arguments))
            except LabError as error:
                answer = answered(error)
            except OSError as error:
                refused = limit(error)
                if refused is None and not inside.has_ended():
                    raise
                answer = answered(refused or NotAsItShould(f"the lab has ended ({error.strerror or error})"))
            try:
                channel.send(replace(without_keys(answer), keys=remembered()))
            except BrokenPipeError:
                return
    finally:
        inside.close()


if __name__ == "__main__":
    sys.path.insert(0, ROOT)
    main(int(sys.argv[1]))
