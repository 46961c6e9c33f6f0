"""What is said of a prefix that a gateway lacks: refused for good, or on its way."""

from __future__ import annotations

from lab.control.at_gateways import Lacking


def test_only_its_own_as_is_a_refusal() -> None:
    """ce/22b; a prefix that is received and not taken yet had ended the waiting of `up`, and a reset."""
    refused = Lacking("gateway 10.100.0.12 of hub", "10.30.0.0/16", (12076, 65010, 65515))
    late = Lacking("gateway 10.100.0.12 of hub", "10.10.0.0/16", (12076, 65010))
    unheard = Lacking("gateway 10.100.0.12 of hub", "10.10.0.0/16", None)
    assert [one.refused for one in (refused, late, unheard)] == [True, False, False]
    assert refused.why.endswith("refuses 10.30.0.0/16: AS path 12076 65010 65515 holds 65515, its own")
    assert late.why.endswith("has not taken 10.10.0.0/16, which it has received: AS path 12076 65010")
    assert unheard.why.endswith("has not received 10.10.0.0/16")
