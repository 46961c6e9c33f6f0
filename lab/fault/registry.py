"""The kinds of faults by name. A new one is a file in `lab.fault.kinds` and a line here."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from lab.errors import Impossible
from lab.fault.base import Kind
from lab.fault.kinds.bfd_down import BfdDown
from lab.fault.kinds.link_down import LinkDown
from lab.fault.kinds.loss import Loss
from lab.fault.kinds.md5_different import Md5Different
from lab.fault.kinds.md5_missing import Md5Missing
from lab.fault.kinds.neighbor_silent import NeighborSilent
from lab.fault.kinds.silent_drop import SilentDrop
from lab.fault.kinds.tcp_filtered import TcpFiltered
from lab.fault.kinds.tcp_refused import TcpRefused

_KINDS: tuple[Kind, ...] = (
    LinkDown(),
    NeighborSilent(),
    TcpRefused(),
    TcpFiltered(),
    Md5Different(),
    Md5Missing(),
    BfdDown(),
    SilentDrop(),
    Loss(),
)


def kinds() -> Mapping[str, Kind]:
    """Every kind by its name, from the bottom layer up."""
    return {kind.name: kind for kind in _KINDS}


def kind(name: str) -> Kind:
    """Raises Impossible, with what may have been meant."""
    found = kinds()
    if name not in found:
        near = get_close_matches(name, found, 1)
        hint = f"did you mean {near[0]}?" if near else f"one of: {' '.join(found)}"
        raise Impossible(f"no fault named {name}", next=hint)
    return found[name]
