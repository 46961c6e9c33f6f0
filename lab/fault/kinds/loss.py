"""So many of a hundred packets are lost on the path, by chance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lab.errors import Impossible
from lab.fault.base import Fault, Undo
from lab.fault.filters import Filtered, of_family
from lab.fault.scene import Scene
from lab.net.netfilter import Match, Rule


class Loss(Filtered):
    name = "loss"
    line = "packets are lost on the path by chance, both ways; option percent"
    options: Mapping[str, str] = {"percent": "30"}
    anywhere = True

    def prepare(self, scene: Scene, fault: Fault) -> Undo:
        _percent(fault)
        return super().prepare(scene, fault)

    def rules(self, device: str, fault: Fault) -> Iterable[Rule]:
        yield Rule("egress", device, (*of_family(fault), Match("percent", _percent(fault))))


def _percent(fault: Fault) -> int:
    text = dict(fault.options).get("percent", Loss.options["percent"])
    if not text.isdigit() or not 1 <= int(text) <= 100:
        raise Impossible(f"percent: found {text}; allowed 1-100")
    return int(text)
