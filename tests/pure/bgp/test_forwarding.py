"""Whether zebra's kernel still sends to a next hop, by zebra's own JSON."""

from __future__ import annotations

from typing import Any

from bgp.frr.show import in_use

# FRR 10.3, a VNet's host that hears of both MSEEs from both gateways: only the first hop of the first pair has `fib`.
TWICE: dict[str, Any] = {
    "10.10.0.0/16": [
        {
            "installed": True,
            "selected": True,
            "nexthops": [
                {"ip": "10.100.0.4", "active": True, "fib": True},
                {"ip": "10.100.0.4", "active": True, "duplicate": True},
                {"ip": "10.100.0.5", "active": True},
                {"ip": "10.100.0.5", "active": True, "duplicate": True},
            ],
        }
    ]
}


def changed(**entry: Any) -> dict[str, Any]:
    return {"10.10.0.0/16": [TWICE["10.10.0.0/16"][0] | entry]}


def test_a_hop_that_two_gateways_name_is_in_use_without_its_flag() -> None:
    """`wait_down` once said that nobody sends over a path, and the kernel of the VNet's host did for another 40 ms."""
    assert in_use(TWICE, "10.100.0.5")
    assert in_use(TWICE, "10.100.0.4")
    assert not in_use(TWICE, "10.100.0.6")


def test_what_the_kernel_does_not_have_is_not_in_use_and_what_is_on_its_way_may_be() -> None:
    assert not in_use(changed(installed=False), "10.100.0.5")
    assert in_use(changed(installed=False, queued=True), "10.100.0.5")
    assert not in_use(changed(nexthops=[{"ip": "10.100.0.5", "fib": True, "active": False}]), "10.100.0.5")
