"""Ctrl-C as an end and not an accident: for verbs that run until they are told to stop."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stop_descriptor() -> Iterator[int]:
    """A descriptor that becomes readable at the first SIGINT or SIGTERM; the second is a KeyboardInterrupt."""
    reading, writing = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)

    def told(number: int, frame: FrameType | None) -> None:
        for each in SIGNALS:
            signal.signal(each, signal.default_int_handler)
        os.write(writing, b"\0")

    before = [signal.signal(each, told) for each in SIGNALS]
    try:
        yield reading
    finally:
        for each, handler in zip(SIGNALS, before, strict=True):
            signal.signal(each, handler)
        os.close(reading)
        os.close(writing)
