"""Who looks at which kind of check. One more kind is one file and one line here, beside `lab.asked.kinds`.

`TABLES` look as often as wanted and change nothing, `ONCE` look once, `EVENTS` do something to the lab and undo it.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, cast

from lab.asked.base import Ask
from lab.check.own.base import Judged, Scene

TABLES = ("sessions", "prefixes")
ONCE = ("reach",)
EVENTS = ("converge", "failover")
Look = Callable[[Any, Scene], Judged]


def look(ask: Ask, scene: Scene) -> Judged:
    """What comes of one check now. The modules of kinds that nobody uses are never loaded."""
    looks = importlib.import_module(f"lab.check.own.{ask.kind}")
    return cast(Look, looks.look)(ask.value, scene)
