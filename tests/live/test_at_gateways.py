"""What comes from a CE has to arrive at the gateways, not at the MSEE alone."""

from __future__ import annotations

import json

from tests.live import circuits
from tests.live.harness import Labs

REFUSED = "10.30.0.0/16"


def test_a_prefix_that_the_gateways_refuse_is_red(labs: Labs) -> None:
    """ce/22b: everything was green, and no gateway had the prefix: 65515 is in its path."""
    ce = circuits.own_ce(key=None, bfd=False).replace(
        "  network 10.10.0.0/16\n", f"  network 10.10.0.0/16\n  network {REFUSED}\n"
    ) + (
        f"ip prefix-list ONPREM seq 10 permit {REFUSED}\nip prefix-list LOOPED permit {REFUSED}\n"
        "route-map ONPREM permit 5\n match ip address prefix-list LOOPED\n set as-path prepend 65515\nexit\n"
    )
    circuit, ce = circuits.with_own_ce(ce, sharedKey=None)
    labs.write("circuit.yml", circuit.replace("  - 10.10.0.0/16\n", f"  - 10.10.0.0/16\n  - {REFUSED}\n"))
    labs.write("ce1.conf", ce)
    up = labs("up")
    why = f"gateway 10.100.0.12 of hub refuses {REFUSED}: AS path 12076 65010 65515 holds 65515"
    assert up.code == 1
    assert "prefixes: FAILED: as expected on 0 of 2 sessions" in up.out + up.err, str(up)
    assert why in " ".join(up.out.split()), str(up)
    done = json.loads(labs("check", "--timeout", "0.5", "-o", "json").out)
    bad = {check["id"]: check for check in done["checks"] if check["result"] == "fail"}
    ids = [f"er-live/AzurePrivatePeering/{path}/ipv4/from-ce" for path in ("primary", "secondary")]
    assert list(bad) == ids
    assert [(bad[i]["got"], why in bad[i]["why"]) for i in ids] == [("10.10.0.0/16", True)] * 2
