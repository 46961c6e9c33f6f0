"""A node's own /etc, against what the daemons that run there ask of it."""

from __future__ import annotations

import pytest

from bgp.drivers import find_driver
from bgp.speaker import Kind
from lab.engine.netns.node import GROUP, PASSWD
from tests.pure.bgp.test_speakers import DEBIAN, KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_a_daemons_account_is_known(kind: Kind) -> None:
    account = find_driver(kind, DEBIAN).account
    if account is None:
        return
    users = [line.split(":") for line in PASSWD.splitlines()]
    assert (account.name, account.home) in {(user[0], user[5]) for user in users}
    assert account.name in {line.split(":")[0] for line in GROUP.splitlines()}
