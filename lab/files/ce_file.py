"""A customer edge's own FRR file: its text, the sub-interfaces it names, the variables it refers to."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from pathlib import Path

from bgp.frr import reference
from bgp.frr.config import OwnConfig
from lab.errors import Mistake
from lab.files.forbidden_lines import check_lines
from lab.files.foreign import foreign
from lab.files.tree import clip, read_text
from lab.wiring import Tag

_INTERFACE = re.compile(r"^[ \t]*interface[ \t]+(\S+)", re.MULTILINE)
_TAGGED = re.compile(r"([A-Za-z][A-Za-z0-9_-]{0,8})\.(?:([0-9]{1,4})\.)?([0-9]{1,4})")
_NAMED = r"vrf[ \t]+(?!default\b)(\S+)"
_VRF = re.compile(
    rf"^[ \t]*(?:{_NAMED}|(?:interface|router[ \t]+bgp)[ \t]+\S+[ \t]+{_NAMED}"
    rf"|ip(?:v6)?[ \t]+route[ \t].*[ \t]{_NAMED})",
    re.MULTILINE,
)
KEY_PLACE = "allowed as the key of a neighbor alone: neighbor … password ${NAME}"
_ROUTER = re.compile(r"^[ \t]*router[ \t]+bgp[ \t]+([0-9.]+)", re.MULTILINE)
LONGEST = 1 << 20
_LONGEST_NAME = 15


@dataclass(frozen=True)
class CeFile:
    """`interfaces` are the tagged sub-interfaces in order, `local_as` the AS of the first `router bgp`."""

    own: OwnConfig
    interfaces: tuple[Tag, ...]
    local_as: int | None
    mistakes: list[Mistake]


def read_ce_file(path: Path, shown: str) -> CeFile:
    """The FRR file at `path`, called `shown` in messages. Raises Mistakes when it is no text."""
    source = read_text(path, shown, LONGEST)
    if other := foreign(source, shown):
        return CeFile(OwnConfig(shown, source), (), None, [other])
    mistakes = [
        Mistake(shown, line, 1, "ER503", "", message=f"found ${{…}}; {KEY_PLACE}")
        for line in reference.misplaced(source)
    ]
    mistakes += check_lines(source, shown)
    line_at = _Lines(source)
    if vrf := _VRF.search(source):
        name = clip(next(filter(None, vrf.groups())))
        message = f"it needs VRF {name}, and a CE of the lab has one table: write what faces Azure without vrf"
        mistakes.append(Mistake(shown, line_at(vrf.start()), 1, "ER515", "", message=message))
    tags: dict[Tag, None] = {}
    for match in _INTERFACE.finditer(source):
        tagged = _TAGGED.fullmatch(match[1])
        if tagged is None:
            continue
        tag = Tag(tagged[1], int(tagged[3]), int(tagged[2]) if tagged[2] else None)
        line = line_at(match.start(1))
        if any(number is not None and not 1 <= number <= 4094 for number in (tag.vlan, tag.stag)):
            mistakes.append(Mistake(shown, line, 1, "ER205", "interface", clip(match[1]), "tags 1-4094"))
        elif len(match[1]) > _LONGEST_NAME:
            mistakes.append(Mistake(shown, line, 1, "ER605", "interface", clip(match[1]), "15 characters"))
        else:
            tags[tag] = None
    names = tuple(f"env:{name}" for name in reference.names(source))
    return CeFile(OwnConfig(shown, source, names), tuple(tags), _local_as(source), mistakes)


class _Lines:
    """Says which line, counted from 1, a position of the text is in; a file may ask for each of 20,000 lines."""

    def __init__(self, source: str) -> None:
        self._ends = [match.start() for match in re.finditer("\n", source)]

    def __call__(self, position: int) -> int:
        return bisect_left(self._ends, position) + 1


def _local_as(source: str) -> int | None:
    match = _ROUTER.search(source)
    if match is None:
        return None
    high, dot, low = match[1].partition(".")
    if not high.isdigit() or (dot and not low.isdigit()):
        return None
    return (int(high) << 16) + int(low) if dot else int(high)
