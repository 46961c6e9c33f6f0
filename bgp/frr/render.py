"""FRR configuration values as text: the start files of each daemon, and the lines of one neighbor.

The only place where a key's name becomes the key. Three orders matter and are kept here: `bgp route-map delay-timer 0`
comes first (its default holds every update for five seconds), `update-source` follows what it concerns, and `activate`
is the last line of a family.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from bgp.frr.config import BfdProfile, BgpInstance, Block, FrrConfig, Neighbor, NeighborFamily
from bgp.frr.limits import WARNING_PERCENT

DELAY_TIMER = "bgp route-map delay-timer 0"
# Without it Debian 13's vtysh complains at every call where root is not the machine's: PAM cannot read /etc/shadow.
VTYSH_USER = "username root nopassword"
# A neighbor that asks for graceful restart and dies would leave its routes for two minutes, where packets go nowhere.
GRACEFUL_RESTART_OFF = "bgp graceful-restart-disable"
HOLD_SECONDS = 180
KEEPALIVE_SECONDS = 60
CONNECT_RETRY_SECONDS = 1
RESTART_MINUTES = 1


def config_files(config: FrrConfig, keys: Mapping[str, str]) -> dict[str, str]:
    """The start files by name (`bgpd.conf`), to be written 0600. `keys` maps key names to keys. Raises KeyError."""
    return {
        "zebra.conf": "",
        "bgpd.conf": _text(bgpd_lines(config, keys)),
        "bfdd.conf": _text(at_once(bfdd_lines(config))),
        "vtysh.conf": f"no service integrated-vtysh-config\n{VTYSH_USER}\n",
    }


def bgpd_lines(config: FrrConfig, keys: Mapping[str, str]) -> Iterator[str]:
    yield DELAY_TIMER
    for block in config.policy:
        yield from block_lines(block)
    for instance in config.instances:
        yield from instance_lines(instance, keys)


def block_lines(block: Block) -> list[str]:
    if not block.lines and not opens_mode(block.header):
        return [block.header]
    return [block.header, *(f" {line}" for line in block.lines), "exit"]


def opens_mode(header: str) -> bool:
    """Whether `header` opens a mode that has to be left again; lists are single lines."""
    return header.startswith("route-map ")


def instance_line(instance: BgpInstance) -> str:
    return f"router bgp {instance.asn}" + (f" vrf {instance.vrf}" if instance.vrf else "")


def instance_lines(instance: BgpInstance, keys: Mapping[str, str], *, live: bool = False) -> list[str]:
    """A whole instance. `live` starts every neighbor shut down, so that none opens half-configured."""
    neighbors = instance.neighbors
    # FRR refuses it where it holds already, and these lines may run again.
    lines = [instance_line(instance), *([f" no {GRACEFUL_RESTART_OFF}"] if live else [])]
    lines += [f" {line}" for line in header_lines(instance)]
    for neighbor in neighbors:
        lines += [f" {line}" for line in neighbor_lines(neighbor, keys, live=live)]
    for family in ("ipv4", "ipv6"):
        body = family_lines(instance, family)
        for neighbor in neighbors:
            for policy in neighbor.families:
                if policy.family == family:
                    body += neighbor_family_lines(neighbor.address, policy)
        if body:
            lines += [f" address-family {family} unicast", *(f"  {line}" for line in body), " exit-address-family"]
    if live:
        lines += [f" no neighbor {n.address} shutdown" for n in neighbors if not n.shutdown]
    return [*lines, "exit"]


def header_lines(instance: BgpInstance) -> list[str]:
    lines = [
        f"bgp router-id {instance.router_id}",
        "no bgp default ipv4-unicast",
        "no bgp ebgp-requires-policy",
        "bgp bestpath as-path multipath-relax",
        f"timers bgp {KEEPALIVE_SECONDS} {HOLD_SECONDS}",
        "coalesce-time 0",
        GRACEFUL_RESTART_OFF,
    ]
    if instance.networks:
        lines.append("no bgp network import-check")
    return lines


def neighbor_lines(neighbor: Neighbor, keys: Mapping[str, str], *, live: bool = False) -> list[str]:
    """What stands outside the address families. BFD is not here: it is attached once it is up (`bfd_attach_lines`)."""
    who = f"neighbor {neighbor.address}"
    lines = [f"{who} remote-as {neighbor.remote_as}"]
    if live or neighbor.shutdown:
        lines.append(f"{who} shutdown")
    if neighbor.description:
        lines.append(f"{who} description {neighbor.description}")
    lines.append(f"{who} timers connect {CONNECT_RETRY_SECONDS}")
    if neighbor.passive:
        lines.append(f"{who} passive")
    if neighbor.key:
        lines.append(f"{who} password {keys[neighbor.key]}")
    if neighbor.local_address:
        lines.append(f"{who} update-source {neighbor.local_address}")
    return lines


def family_lines(instance: BgpInstance, family: str) -> list[str]:
    """What an address family says about itself, neighbors apart."""
    lines = [f"network {prefix}" for prefix in instance.networks if family_of(prefix) == family]
    if not any(policy.family == family for neighbor in instance.neighbors for policy in neighbor.families):
        return lines
    if instance.maximum_paths > 1:
        lines.append(f"maximum-paths {instance.maximum_paths}")
    if instance.maximum_paths_ibgp > 1:
        lines.append(f"maximum-paths ibgp {instance.maximum_paths_ibgp}")
    return lines


def family_options(address: str, policy: NeighborFamily) -> list[str]:
    """The lines of a neighbor in a family, each undone by `no` in front of it."""
    who = f"neighbor {address}"
    lines = []
    if policy.addpath_all:
        lines.append(f"{who} addpath-tx-all-paths")
    if policy.remove_private_as or policy.remove_private_everywhere:
        lines.append(f"{who} remove-private-AS{' all' if policy.remove_private_everywhere else ''}")
    if policy.next_hop_self:
        lines.append(f"{who} next-hop-self")
    if policy.soft_reconfiguration:
        lines.append(f"{who} soft-reconfiguration inbound")
    if policy.max_prefix is not None:
        lines.append(limit_line(address, policy.max_prefix))
    if policy.prefix_list_in:
        lines.append(f"{who} prefix-list {policy.prefix_list_in} in")
    if policy.prefix_list_out:
        lines.append(f"{who} prefix-list {policy.prefix_list_out} out")
    if policy.route_map_in:
        lines.append(f"{who} route-map {policy.route_map_in} in")
    if policy.route_map_out:
        lines.append(f"{who} route-map {policy.route_map_out} out")
    return lines


def limit_line(address: str, limit: int) -> str:
    return f"neighbor {address} maximum-prefix {limit} {WARNING_PERCENT} restart {RESTART_MINUTES}"


def neighbor_family_lines(address: str, policy: NeighborFamily) -> list[str]:
    return [*family_options(address, policy), f"neighbor {address} activate"]


def bfdd_lines(config: FrrConfig) -> list[str]:
    """Profiles and one peer per neighbor with BFD: armed in bfdd, unknown to bgpd until it is up.

    One peer's mode is left by the next one's line: a line `exit` after each would be a commit each, see `at_once`.
    """
    lines = []
    for profile in config.bfd_profiles:
        lines += profile_lines(profile)
    peers = [
        line
        for instance in config.instances
        for neighbor in instance.neighbors
        if neighbor.bfd
        for line in bfd_peer_lines(instance.vrf, neighbor)[:-1]
    ]
    lines += [*peers, "exit"] if peers else []
    return ["bfd", *(f" {line}" for line in lines), "exit"] if lines else []


def at_once(lines: list[str]) -> list[str]:
    """A start file read as one change, as vtysh has daemons read theirs.

    bfdd commits what it reads, and a commit costs as much as everything before it: line by line, 600 peers keep it from
    answering for three seconds and more (FRR 8.4 and 10.3), like this for a third of one.
    """
    return ["XFRR_start_configuration", *lines, "XFRR_end_configuration"] if lines else []


def profile_lines(profile: BfdProfile) -> list[str]:
    return [
        f"profile {profile.name}",
        f" transmit-interval {profile.transmit}",
        f" receive-interval {profile.receive}",
        f" detect-multiplier {profile.multiplier}",
        " passive-mode" if profile.passive else " no passive-mode",
        "exit",
    ]


def bfd_peer(vrf: str, neighbor: Neighbor) -> str:
    local = f" local-address {neighbor.local_address}" if neighbor.local_address else ""
    return f"peer {neighbor.address}{local}" + (f" vrf {vrf}" if vrf else "")


def bfd_peer_lines(vrf: str, neighbor: Neighbor) -> list[str]:
    """The peer of `neighbor` and the profile it takes its intervals from."""
    return [bfd_peer(vrf, neighbor), f" profile {neighbor.bfd}", "exit"]


def bfd_attach_lines(asn: int, vrf: str, neighbor: Neighbor) -> list[str]:
    """Takes the BFD session of `neighbor` into BGP; `update-source` comes last, else FRR 8.4 makes another one."""
    lines = [f"router bgp {asn}" + (f" vrf {vrf}" if vrf else "")]
    lines.append(f" neighbor {neighbor.address} bfd profile {neighbor.bfd}")
    if neighbor.local_address:
        lines.append(f" neighbor {neighbor.address} update-source {neighbor.local_address}")
    return [*lines, "exit"]


def bfd_detach_lines(asn: int, vrf: str, neighbor: Neighbor) -> list[str]:
    """Takes the BFD session of `neighbor` out of BGP again; bfdd keeps it."""
    return [
        f"router bgp {asn}" + (f" vrf {vrf}" if vrf else ""),
        f" no neighbor {neighbor.address} bfd",
        "exit",
    ]


def family_of(prefix: str) -> str:
    return "ipv6" if ":" in prefix else "ipv4"


def _text(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
