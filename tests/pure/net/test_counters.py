from __future__ import annotations

from lab.net.counters import extensions

NETSTAT = """\
TcpExt: SyncookiesSent TCPMD5NotFound TCPMD5Unexpected TCPMD5Failure
TcpExt: 0 3 0 12
IpExt: InNoRoutes InTruncatedPkts
IpExt: 7 0
"""


def test_names_and_numbers_are_matched_by_place() -> None:
    assert extensions(NETSTAT, "TcpExt")["TCPMD5Failure"] == 12
    assert extensions(NETSTAT, "TcpExt")["TCPMD5NotFound"] == 3
    assert extensions(NETSTAT, "IpExt") == {"InNoRoutes": 7, "InTruncatedPkts": 0}


def test_a_kernel_without_the_group_has_no_counters() -> None:
    assert extensions(NETSTAT, "MPTcpExt") == {}
