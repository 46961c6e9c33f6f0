"""What a router's network namespace is set to, before any interface is in it."""

from __future__ import annotations

import errno
from collections.abc import Mapping

from lab.errors import HostCannot

# Without the hash policies (Linux 4.12, IPv6 4.18, built with multipath routing) ECMP hashes addresses only; without
# the rate limits a repeated traceroute shows stars. Everything else a lab cannot do without.
OPTIONAL = frozenset(
    {
        "net/ipv4/fib_multipath_hash_policy",
        "net/ipv6/fib_multipath_hash_policy",
        "net/ipv4/icmp_ratelimit",
        "net/ipv6/icmp/ratelimit",
    }
)


def router_settings() -> dict[str, str]:
    """Every setting of a routing domain, by its path below `/proc/sys`.

    zebra's own `ip forwarding` reaches its default namespace only, so each VRF's namespace gets these too. Without
    `keep_addr_on_down` a link that goes down loses its IPv6 addresses for good. Loose rp_filter: return traffic over
    the other path is normal on a circuit. `ip_forward` comes first: writing it resets `accept_redirects`.
    """
    settings = {
        "net/ipv4/ip_forward": "1",
        "net/ipv4/fib_multipath_hash_policy": "1",
        "net/ipv4/icmp_ratelimit": "0",
        "net/ipv4/conf/all/accept_redirects": "0",
        "net/ipv6/conf/all/forwarding": "1",
        "net/ipv6/conf/all/accept_redirects": "0",
        "net/ipv6/conf/default/accept_ra": "0",
        "net/ipv6/fib_multipath_hash_policy": "1",
        "net/ipv6/icmp/ratelimit": "0",
    }
    for scope in ("all", "default"):
        settings |= {
            f"net/ipv4/conf/{scope}/rp_filter": "0",
            f"net/ipv4/conf/{scope}/send_redirects": "0",
            f"net/ipv6/conf/{scope}/accept_dad": "0",
            f"net/ipv6/conf/{scope}/keep_addr_on_down": "1",
        }
    return settings


def write(settings: Mapping[str, str]) -> tuple[str, ...]:
    """Writes `settings` for the network namespace this process is in; returns the optional ones this kernel lacks.

    Needs a mounted /proc (any: `/proc/sys/net` is the reader's own). Raises HostCannot for one that a lab needs.
    """
    lacking = []
    for path, value in settings.items():
        try:
            with open(f"/proc/sys/{path}", "wb", buffering=0) as file:
                file.write(value.encode())
        except OSError as error:
            if path in OPTIONAL and error.errno in (errno.ENOENT, errno.EACCES, errno.EPERM):
                lacking.append(path)
                continue
            raise HostCannot(f"cannot set {path.replace('/', '.')} in a namespace: {error.strerror}") from error
    return tuple(lacking)
