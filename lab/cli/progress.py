"""Progress of `up`, `apply`, `down` on stderr: steps that move on a terminal, plain lines in a log."""

from __future__ import annotations

import os
import sys
import time
from typing import TextIO

from bgp.secret import hidden
from lab.cli.output import colour, seconds_text
from lab.cli.streams import as_it_is
from lab.control.progress import Progress, Quiet

NAME = 10
RIGHT_EDGE = 92
SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
REDRAW_SECONDS = 0.08
SILENT_SECONDS = 4.0
"""After so long without a line a log says what is waited for: nobody shall take a job for hung."""
CLEAR_LINE = "\r\x1b[K"


class Terminal:
    """Steps as they end, below them the one at work, redrawn in place."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._drawn = 0.0
        self._turn = 0
        self._moving = False
        self._name = ""

    def head(self, lab: str, text: str, *, plain: str | None = None) -> None:
        self._line(f"{lab}   {text}")

    def working(self, text: str) -> None:
        now = time.monotonic()
        name, _, rest = text.partition(" ")
        # Another step is always drawn: it may be the last word for a while.
        if now - self._drawn < REDRAW_SECONDS and name == self._name:
            return
        self._drawn, self._turn, self._name = now, (self._turn + 1) % len(SPINNER), name
        line = f"  {SPINNER[self._turn]} {name:<{NAME}}{rest.strip()}"
        as_it_is(self._stream, CLEAR_LINE)
        self._stream.write(hidden(line)[: _columns(self._stream) - 1])
        self._stream.flush()
        self._moving = True

    def step(
        self, name: str, text: str, seconds: float | None = None, *, plain: str | None = None, ok: bool = True
    ) -> None:
        mark = colour("✓", "32", stream=self._stream) if ok else colour("✗", "31", stream=self._stream)
        self._line(step_line(name, text, seconds, mark))

    def note(self, text: str) -> None:
        self._line(f"  {colour('!', '33', stream=self._stream)} {text}")

    def done(self, text: str) -> None:
        self._line(text)

    def _line(self, text: str) -> None:
        if self._moving:
            as_it_is(self._stream, CLEAR_LINE)
        self._moving = False
        self._stream.write(f"{text}\n")
        self._stream.flush()


class Log:
    """Plain lines, each with the lab's name: what a CI job keeps."""

    def __init__(self, stream: TextIO, lab: str = "mseelab") -> None:
        self._stream = stream
        self._lab = lab
        self._said = time.monotonic()

    def head(self, lab: str, text: str, *, plain: str | None = None) -> None:
        self._lab = lab
        self._line(plain or text)

    def working(self, text: str) -> None:
        if time.monotonic() - self._said >= SILENT_SECONDS:
            name, _, rest = text.partition(" ")
            self._line(f"{name}: {rest.strip()}")

    def step(
        self, name: str, text: str, seconds: float | None = None, *, plain: str | None = None, ok: bool = True
    ) -> None:
        took = f" ({seconds_text(seconds)})" if seconds is not None else ""
        failed = "" if ok else "FAILED: "
        self._line(f"{name}: {failed}{plain or text}{took}")

    def note(self, text: str) -> None:
        self._line(f"note: {text}")

    def done(self, text: str) -> None:
        self._line(text)

    def _line(self, text: str) -> None:
        self._said = time.monotonic()
        self._stream.write(f"{self._lab}: {text}\n")
        self._stream.flush()


def step_line(name: str, text: str, seconds: float | None, mark: str = "✓") -> str:
    """`  ✓ nodes     ce1 msee1 msee2 azure, 4 links, VLAN tags by 8021q      0.2 s`."""
    line = f"  {mark} {name:<{NAME}}{text}"
    if seconds is None:
        return line
    took = seconds_text(seconds)
    plain_length = 4 + max(NAME, len(name)) + len(text)
    return line + " " * max(2, RIGHT_EDGE - plain_length - len(took)) + took


def chosen(stream: TextIO | None = None, *, quiet: bool = False, lab: str = "mseelab") -> Progress:
    """The form that fits where stderr goes: a terminal's, a log's, or none. `lab` starts a log's lines until a head."""
    if quiet:
        return Quiet()
    target = sys.stderr if stream is None else stream
    return Terminal(target) if moves(target) else Log(target, lab)


def moves(stream: TextIO) -> bool:
    """Whether a redraw would be seen: a terminal that is not a CI job's."""
    return stream.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("CI")


def _columns(stream: TextIO) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns
    except OSError:
        return 80
