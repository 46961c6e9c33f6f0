"""FRR's own opinion of a CE's file, by `vtysh -C`: it parses, and obeys vtysh's own words on the way.

So it is fed no line that is forbidden, and runs where it can change nothing.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from bgp.frr import reference
from bgp.frr.config import DIRECTORIES, DIRECTORY_VARIABLE
from lab.errors import Mistake, Mistakes
from lab.files.ce_file import CeFile, read_ce_file
from lab.files.forbidden_lines import forbidden_lines, without
from lab.files.foreign import foreign
from lab.files.run_confined import run
from lab.files.tree import clip
from lab.program import on_path

_LINT_LINE = re.compile(r"^line (\d+): ", re.MULTILINE)
_VERSION_LINE = re.compile(r"^frr version ([0-9][0-9A-Za-z._~+-]{0,30})[ \t\r]*$", re.MULTILINE)
_VERSION = re.compile(r"\bversion ([0-9]+(?:\.[0-9]+)*)")
_DUMMY = "1"
_SECONDS = 20
_REFUSED = 2
_UNKNOWN = "% Unknown command"
_PASSES = 20


def lint_text(source: str, shown: str) -> list[Mistake]:
    """What FRR's own parser refuses in the text of a file: one mistake a line (ER509). Empty where there is no vtysh.

    `${NAME}` is replaced by a dummy. Only exit code 2 and the line number count: vtysh warns about its own files too.
    """
    vtysh = on_path("vtysh")
    if vtysh is None or foreign(source, shown):
        return []
    lines = source.split("\n")
    left_out = {number for number, _ in forbidden_lines(source)}
    unopened: dict[int, int] = {}
    for _ in range(_PASSES):
        text = reference.replaced(without(source, left_out), _DUMMY)
        done = run([vtysh, "-C", "-f", "/dev/stdin"], text, seconds=_SECONDS)
        numbers = sorted({int(n) for n in _LINT_LINE.findall(done.output) if 1 <= int(n) <= len(lines)})
        block = next((found for number in numbers if (found := _block(lines, number))), None)
        if block is None or not _trusted(lines[block[0] - 1]):
            break
        # Its `exit` leaves what is around it, and FRR knows none of what follows, or reads no further.
        inside = (lines[number - 1] for number in block[1:])
        unopened[block[0]] = sum(1 for line in inside if line[:1].isspace() and line.strip()[0] not in "!#")
        left_out |= set(block)
    if done.code is not None and done.code < 0:
        return [_unread(shown, f"was ended by signal {-done.code}")]
    if done.code is None and not numbers:
        return [_unread(shown, f"did not end within {_SECONDS} s")]
    # 0 is an `exit` too many, at which vtysh ends: what it has said by then holds.
    known = numbers if done.code in (None, _REFUSED) or _UNKNOWN in done.output else []
    refused = sorted({*unopened, *(number for number in known if _trusted(lines[number - 1]))})
    who = _who(source) if refused else ""
    return [
        Mistake(
            shown, number, 1, "ER509", "", message=f"{who} does not know: {_shown(lines[number - 1])}",
            hint=f"nor what stands in it, {unopened[number]} more" if number in unopened else "",
        )
        for number in refused
    ]


def _block(lines: list[str], opener: int) -> tuple[int, ...]:
    """The numbers of a line, of what stands in it (indented) and of the `exit` after that; none where nothing does."""
    if lines[opener - 1][:1].isspace():
        return ()
    found, end = [opener], opener
    for number in range(opener + 1, len(lines) + 1):
        line = lines[number - 1]
        if line[:1].isspace() and line.strip():
            found.append(number)
            end = number
        elif line.strip() and line.strip()[0] not in "!#":
            break
    if len(found) == 1:
        return ()
    after = next((n for n in range(end + 1, len(lines) + 1) if lines[n - 1].strip() not in ("", "!")), 0)
    return (*found, after) if after and lines[after - 1].strip() == "exit" else tuple(found)


def read_own(path: Path) -> CeFile:
    """The FRR file at `path`. Raises Mistakes, its own and FRR's, all of them at once."""
    found = read_ce_file(path, str(path))
    mistakes = sorted(found.mistakes + lint_text(found.own.text, str(path)))
    if mistakes:
        raise Mistakes(mistakes)
    return found


def _who(source: str) -> str:
    """FRR, with its version here where the file says that another wrote it."""
    theirs = _VERSION_LINE.search(source)
    here = _version() if theirs else ""
    if theirs is None or here in ("", theirs[1]):
        return "FRR"
    return f"FRR {here} here (the file is of FRR {theirs[1]})"


def _version() -> str:
    """The version of the FRR that the lab would run; empty where there is none."""
    chosen = os.environ.get(DIRECTORY_VARIABLE)
    zebras = [f"{folder}/zebra" for folder in ((chosen,) if chosen else DIRECTORIES)]
    there = next((path for path in zebras if os.access(path, os.X_OK)), None)
    found = _VERSION.search(run([there, "--version"], "", seconds=_SECONDS).output) if there else None
    return found[1] if found else ""


def _unread(shown: str, why: str) -> Mistake:
    return Mistake(shown, 1, 1, "ER509", "", message=f"FRR's parser {why} and said nothing of this file")


def _trusted(line: str) -> bool:
    """A dummy stands well for a key; anywhere else it may be the dummy that FRR refuses."""
    return not reference.mentioned(re.sub(r"password\s+\$\{\w+\}", "", line))


def _shown(line: str) -> str:
    """The line up to a secret."""
    return clip(re.sub(r"\b(password|key-string|secret)\b.*", r"\1 …", line.strip()))
