"""When the window may end: what was seen is enough at once, what was not seen takes time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lab.diagnose.evidence import Echoes, Evidence, Keys, Refused
from lab.diagnose.settled import settled
from tests.pure.diagnose.cases import QUIET, UP, bgp, down, end, external, wire

SIGNED = replace(QUIET, syn=2, signed=2)
MD5 = down(same_key=False, wire=wire(msee=SIGNED, ce=QUIET), seconds=0.3)
FILTERED = down(wire=wire(msee=SIGNED, ce=QUIET))
DEAF = replace(down(echoes=Echoes(False, False, False, False, 1500), wire=wire()), msee=end("msee", bfd="down"))


@pytest.mark.parametrize(
    ("evidence", "enough"),
    [
        (UP, True),
        (replace(UP, msee=end("msee", bgp=bgp("msee", sent=0, uptime_seconds=1.0))), False),
        (replace(UP, msee=end("msee", bgp=bgp("msee", uptime_seconds=1.0))), True),
        (down(seconds=1.9), False),
        (replace(down(seconds=0.1), ce=end("ce", bgp=bgp("ce", "Idle", administratively_down=True))), True),
        (MD5, False),
        (replace(MD5, ce=end("ce", refused=Refused(failure=1))), True),
        (replace(MD5, seconds=1.3), True),
        (replace(FILTERED, seconds=0.5), False),
        (replace(FILTERED, seconds=1.3), True),
        (replace(FILTERED, seconds=1.3, wire=wire(msee=replace(SIGNED, syn=1, signed=1), ce=QUIET)), False),
        (replace(DEAF, seconds=0.5), False),
        (replace(DEAF, seconds=1.3), True),
        (external(replace(FILTERED, seconds=1.9)), False),
        (replace(down(seconds=0.1), ce=end("ce", keys=Keys(), port=None)), True),
    ],
)
def test_settled(evidence: Evidence, enough: bool) -> None:
    assert settled(evidence) is enough
