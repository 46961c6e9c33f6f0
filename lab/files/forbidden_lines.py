"""Lines of an FRR file that do something beside configuring a router: write or read a file, load code, run a program.

FRR takes any unique beginning of a word, skips blanks before it, and looks for a line that the present block does not
know in every block around it. So a line counts by its first words alone, wherever it stands, and a word by any
beginning of it: what FRR would find ambiguous is refused here too.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

from lab.errors import Mistake

RULE, LENGTH_RULE = "ER511", "ER512"
ANY = "*"
# FRR reads a line into a buffer of 4096 bytes, and what is longer as several lines.
LONGEST = 4000
WRITABLE = ("/var/log", "/var/tmp", "/tmp", "/run/frr")
_OWN_FILE = re.compile(rf"(?:{'|'.join(WRITABLE)})(?:/[A-Za-z0-9_%:+.-]+)+")


@dataclass(frozen=True)
class Forbidden:
    """A command of FRR by its first `words`. With `file` it may be when the next word is a file of the node's own."""

    words: tuple[str, ...]
    does: str
    file: bool = False

    @property
    def shown(self) -> str:
        return " ".join(word for word in self.words if word != ANY)


def _command(line: str, does: str, *, file: bool = False) -> Forbidden:
    return Forbidden(tuple(line.split()), does, file)


# Every command with a file, script, program or socket among its words: in FRR 8.4 by `list permutations` of zebra,
# bgpd, bfdd, staticd and vtysh, in 10.3 by the command strings of its programs and libraries, mgmtd's too.
COMMANDS = (
    _command("log file", "writes a file", file=True),
    _command("log filtered-file", "writes a file", file=True),
    _command("log daemon * file", "writes a file", file=True),
    _command("destination file", "writes a file", file=True),
    _command("destination fifo", "writes a file", file=True),
    _command("destination unix", "writes to a socket"),
    _command("destination fd", "writes to an open file"),
    _command("dump bgp *", "writes a file", file=True),
    _command("output", "writes a file"),
    _command("write", "writes files"),
    _command("copy", "reads and writes files"),
    _command("configuration load", "reads a file"),
    _command("mgmt", "reads and writes files"),
    _command("yang module-translator load", "reads a file"),
    _command("banner motd file", "reads a file"),
    _command("rpki cache", "reads key files"),
    _command("zebra on-rib-process script", "runs a script"),
    _command("match script", "runs a script"),
    _command("do", "runs a command that is no configuration"),
    _command("start-shell", "runs a program"),
    _command("bash", "runs a program"),
    _command("ssh", "runs a program"),
    _command("telnet", "runs a program"),
    _command("ping", "runs a program"),
    _command("traceroute", "runs a program"),
    _command("mtrace", "runs a program"),
    _command("terminal", "is for a person's prompt"),
)
_BY_LETTER = {letter: [c for c in COMMANDS if c.words[0][0] == letter] for letter in {c.words[0][0] for c in COMMANDS}}
_BLANK = " \t\r\v\f"  # what FRR skips before a line's first word


def forbidden_lines(text: str) -> Iterator[tuple[int, Forbidden | None]]:
    """The number of each line that may not be, and the command that it is; None where the line is too long."""
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > LONGEST or len(line.encode()) > LONGEST:
            yield number, None
        elif found := _found(line):
            yield number, found


def check_lines(text: str, shown: str) -> list[Mistake]:
    """A mistake for each of those lines. None quotes the line: it may be one of a file that is no configuration."""
    return [
        Mistake(shown, number, 1, LENGTH_RULE, "", f"a line of more than {LONGEST} bytes", f"{LONGEST} bytes")
        if found is None
        else Mistake(shown, number, 1, RULE, "", f"{found.shown}, which {found.does}", _allowed(found))
        for number, found in forbidden_lines(text)
    ]


def log_folders(text: str) -> list[str]:
    """The folders of the node's own files that lines of `text`, none of them forbidden, have written to."""
    found: dict[str, None] = {}
    for line in text.split("\n"):
        words = _words(line)
        for command in _BY_LETTER.get(line.strip(_BLANK)[:1].lower(), ()):
            if command.file and _is(command, words) and _harmless(command, words):
                found[os.path.dirname(words[len(command.words)])] = None
    return list(found)


def without(text: str, numbers: set[int]) -> str:
    """`text` with a comment in the place of the lines of these numbers."""
    lines = text.split("\n")
    return "\n".join("!" if number in numbers else line for number, line in enumerate(lines, start=1))


def _allowed(found: Forbidden) -> str:
    return f"a file below {', '.join(WRITABLE)}" if found.file else "configuration alone"


def _found(line: str) -> Forbidden | None:
    line = line.strip(_BLANK)
    commands = _BY_LETTER.get(line[:1].lower())
    if not commands:  # most lines, a comment among them
        return None
    words = _words(line)
    return next((command for command in commands if _is(command, words) and not _harmless(command, words)), None)


def _words(line: str) -> list[str]:
    return re.split(r"[ \t\r]+", line.strip(_BLANK))


def _is(command: Forbidden, words: list[str]) -> bool:
    return len(words) >= len(command.words) and all(
        word == ANY or word.startswith(given.lower()) for word, given in zip(command.words, words, strict=False)
    )


def _harmless(command: Forbidden, words: list[str]) -> bool:
    """Whether the word after the command is a file of the node's own, spelled out."""
    path = words[len(command.words)] if command.file and len(words) > len(command.words) else ""
    return _OWN_FILE.fullmatch(path) is not None and not any(set(part) == {"."} for part in path.split("/"))
