from __future__ import annotations

from lab.net import names


def test_names_that_fit_are_readable() -> None:
    assert names.far_end("eth1", 100, None) == "eth1.100~"
    assert names.far_end("eth1", 4094, 4094) == "eth1.4094.4094~"
    assert names.bridge_end("v1g0", "gw") == "v1g0~gw"


def test_names_that_do_not_fit_differ_still() -> None:
    long = [names.far_end("enp0s31f6", vlan, 4000) for vlan in range(4000, 4094)]
    assert len(set(long)) == len(long)
    assert max(map(len, long)) <= names.LONGEST
    assert names.far_end("enp0s31f6", 4000, 4000) == long[0]
