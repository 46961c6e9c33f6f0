"""Everything that is printed goes through here: what a stranger has written is harmless when it comes out.

`mseelab` runs with these streams in place of Python's own, so that no verb can forget it. What is ours and would be
broken by it goes by `as_it_is`: JSON and YAML, which are made harmless as values, and a terminal's redraw.
"""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from lab.harmless import harmless

# Colours on a terminal are ours; at worst a stranger's text has one.
_COLOUR = re.compile(r"(\x1b\[(?:0|3[0-7])m)")


class Stream(io.TextIOWrapper):
    """A text stream that hides keys and breaks what a terminal or a CI system would obey."""

    def write(self, text: str, /) -> int:
        if "\x1b" in text and self.isatty():
            clean = "".join(part if at % 2 else harmless(part) for at, part in enumerate(_COLOUR.split(text)))
        else:
            clean = harmless(text)
        super().write(clean)
        return len(text)

    def as_it_is(self, text: str) -> None:
        super().write(text)


def as_it_is(stream: TextIO, text: str) -> None:
    """Writes text of ours that holds nothing of others, or holds it made harmless already."""
    if isinstance(stream, Stream):
        stream.as_it_is(text)
    else:
        stream.write(text)


@contextmanager
def harmless_streams() -> Iterator[None]:
    """Within it `sys.stdout` and `sys.stderr` are such streams. Harmless within itself."""
    before = sys.stdout, sys.stderr
    ours = [_over(stream) for stream in before]
    sys.stdout, sys.stderr = ours
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
        for stream, old in zip(ours, before, strict=True):
            if stream is not old and isinstance(stream, Stream):
                _let_go(stream)


def _let_go(stream: Stream) -> None:
    """Leaves the file to Python's own stream. What cannot be written, as was said by then, must not raise at exit."""
    try:
        stream.flush()
    except OSError:
        drop_output(stream)
    stream.detach()


def drop_output(stream: TextIO) -> None:
    """What is left in the buffer must not raise again when Python exits."""
    null = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
    os.dup2(null, stream.fileno())
    os.close(null)


def _over(stream: TextIO) -> TextIO:
    """A stream of ours over the same file; the same one where it is ours already, or is no file but a program's."""
    buffer = getattr(stream, "buffer", None)
    if isinstance(stream, Stream) or buffer is None:
        return stream
    stream.flush()
    return Stream(buffer, stream.encoding, "backslashreplace", line_buffering=getattr(stream, "line_buffering", False))
