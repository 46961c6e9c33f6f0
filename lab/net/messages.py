"""Netlink requests as bytes, encoded by pyroute2's message classes. Importing this imports pyroute2 (0.1 s).

The sequence number is left 0; who sends writes it. Indexes are chosen by us, so that a message can name a device that
an earlier message of the same batch makes.
"""

from __future__ import annotations

import ipaddress
import struct
from typing import TYPE_CHECKING, Any

from pyroute2.netlink import NLM_F_APPEND, NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, NLM_F_REPLACE, NLM_F_REQUEST
from pyroute2.netlink.rtnl import (
    RTM_DELADDR,
    RTM_DELLINK,
    RTM_DELNEIGH,
    RTM_DELROUTE,
    RTM_DELRULE,
    RTM_GETLINK,
    RTM_GETTFILTER,
    RTM_NEWADDR,
    RTM_NEWLINK,
    RTM_NEWLINKPROP,
    RTM_NEWNEIGH,
    RTM_NEWQDISC,
    RTM_NEWROUTE,
    RTM_NEWRULE,
    RTM_NEWTFILTER,
)
from pyroute2.netlink.rtnl.fibmsg import fibmsg
from pyroute2.netlink.rtnl.ifaddrmsg import ifaddrmsg
from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg
from pyroute2.netlink.rtnl.ndmsg import ndmsg
from pyroute2.netlink.rtnl.rtmsg import rtmsg
from pyroute2.netlink.rtnl.tcmsg import tcmsg

if TYPE_CHECKING:
    from lab.net.steps import End, Vlan

AF_INET, AF_INET6 = 2, 10
IFF_UP = 1
IFA_F_NODAD = 0x02
NUD_PERMANENT = 0x80
RT_TABLE_MAIN, RTPROT_STATIC, RTN_UNICAST = 254, 4, 1
RT_TABLE_LOCAL, RTN_LOCAL = 255, 2
RT_SCOPE_UNIVERSE, RT_SCOPE_HOST, RT_SCOPE_NOWHERE = 0, 254, 255
FR_ACT_TO_TBL, FR_ACT_BLACKHOLE = 1, 6
ALLOWED_SOURCE, OTHER_SOURCES = 100, 200
"""Priorities of rules, after the one for the namespace's own addresses (0)."""
TC_H_CLSACT, CLSACT_HANDLE, CLSACT_INGRESS = 0xFFFFFFF1, 0xFFFF0000, 0xFFFFFFF2
ETH_P_ALL_BE = 0x0300
TCA_BPF_FLAG_ACT_DIRECT = 1
NLMSG_HEADER, TCMSG_LENGTH = 16, 20
TCA_KIND, TCA_OPTIONS, TCA_BPF_ID = 1, 2, 11
DOOMED = 0x6D73
"""The device group that everything to be deleted is put in, so that one request deletes it all."""

MAKE = NLM_F_CREATE | NLM_F_EXCL
Attributes = list[tuple[str, Any]]


def _bytes(message: Any, kind: int, how: int, attributes: Attributes, **fields: int) -> bytes:
    message["header"]["type"] = kind
    message["header"]["flags"] = NLM_F_REQUEST | how
    for name, value in fields.items():
        message[name] = value
    message["attrs"] = attributes
    message.encode()
    return bytes(message.data)


def _up(up: bool) -> dict[str, int]:
    return {"flags": IFF_UP, "change": IFF_UP} if up else {}


def _of_kind(kind: str, data: Attributes | None = None) -> tuple[str, Any]:
    attributes: Attributes = [("IFLA_INFO_KIND", kind)]
    if data:
        attributes.append(("IFLA_INFO_DATA", {"attrs": data}))
    return ("IFLA_LINKINFO", {"attrs": attributes})


def _end(end: End, master: int) -> Attributes:
    attributes: Attributes = [("IFLA_IFNAME", end.name)]
    if end.mac:
        attributes.append(("IFLA_ADDRESS", end.mac))
    if end.mtu:
        attributes.append(("IFLA_MTU", end.mtu))
    if master:
        attributes.append(("IFLA_MASTER", master))
    return attributes


def veth(near: End, near_index: int, master: int, far: End, far_index: int, far_namespace: int) -> bytes:
    """A pair; sent where `near` belongs. The peer can be neither up nor in a bridge at birth."""
    peer = {"index": far_index, "attrs": [*_end(far, 0), ("IFLA_NET_NS_FD", far_namespace)]}
    data: Attributes = [("VETH_INFO_PEER", peer)]
    attributes = [*_end(near, master), _of_kind("veth", data)]
    return _bytes(ifinfmsg(), RTM_NEWLINK, MAKE, attributes, index=near_index, **_up(near.up))


def bridge(index: int, name: str) -> bytes:
    data: Attributes = [("IFLA_BR_STP_STATE", 0), ("IFLA_BR_FORWARD_DELAY", 0), ("IFLA_BR_MCAST_SNOOPING", 0)]
    return _bytes(ifinfmsg(), RTM_NEWLINK, MAKE, [("IFLA_IFNAME", name), _of_kind("bridge", data)], index=index)


def vlan(step: Vlan, index: int, port_index: int, namespace: int) -> bytes:
    """A VLAN device on a port of the socket's namespace, born in the namespace of a descriptor.

    `index` must be free in both namespaces: the kernel looks for it where the socket is before it makes anything.
    """
    return on_port(step, index, port_index, namespace, "vlan", [("IFLA_VLAN_ID", step.vlan)])


def on_port(step: Vlan, index: int, port_index: int, namespace: int, kind: str, data: Attributes) -> bytes:
    """The same for a device of any kind that rests on another."""
    attributes: Attributes = [("IFLA_IFNAME", step.name), ("IFLA_LINK", port_index), ("IFLA_NET_NS_FD", namespace)]
    if step.mac:
        attributes.append(("IFLA_ADDRESS", step.mac))
    attributes.append(_of_kind(kind, data))
    return _bytes(ifinfmsg(), RTM_NEWLINK, MAKE, attributes, index=index, **_up(step.up))


def kind_only(kind: str) -> bytes:
    """A request that makes nothing: EOPNOTSUPP when the kernel has no such kind, EINVAL when it has."""
    return _bytes(ifinfmsg(), RTM_NEWLINK, MAKE, [("IFLA_IFNAME", "probe"), _of_kind(kind)])


def alternative_name(index: int, name: str) -> bytes:
    """Another name for a device; EEXIST where it has it, or another device does."""
    properties = {"attrs": [("IFLA_ALT_IFNAME", name)]}
    return _bytes(ifinfmsg(), RTM_NEWLINKPROP, NLM_F_CREATE | NLM_F_EXCL | NLM_F_APPEND, [
        ("IFLA_PROP_LIST", properties)
    ], index=index)


def change(
    index: int, *, up: bool | None = None, master: int | None = None, group: int | None = None, mtu: int = 0
) -> bytes:
    """`mtu` 0 leaves it."""
    attributes: Attributes = []
    if mtu:
        attributes.append(("IFLA_MTU", mtu))
    if master is not None:
        attributes.append(("IFLA_MASTER", master))
    if group is not None:
        attributes.append(("IFLA_GROUP", group))
    flags = {} if up is None else {"flags": IFF_UP if up else 0, "change": IFF_UP}
    return _bytes(ifinfmsg(), RTM_NEWLINK, 0, attributes, index=index, **flags)


def delete(index: int) -> bytes:
    return _bytes(ifinfmsg(), RTM_DELLINK, 0, [], index=index)


def delete_doomed() -> bytes:
    return _bytes(ifinfmsg(), RTM_DELLINK, 0, [("IFLA_GROUP", DOOMED)])


def describe(index: int) -> bytes:
    return _bytes(ifinfmsg(), RTM_GETLINK, 0, [], index=index)


def address(index: int, text: str, *, present: bool) -> bytes:
    """`text` is an address with prefix length."""
    return _address(RTM_NEWADDR if present else RTM_DELADDR, MAKE if present else 0, index, text)


def address_again(index: int, text: str) -> bytes:
    """An address that is there already: nothing changes, and the kernel tells everybody of it anew."""
    return _address(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, index, text)


def _address(kind: int, how: int, index: int, text: str) -> bytes:
    host, _, length = text.partition("/")
    attributes: Attributes = [("IFA_LOCAL", host), ("IFA_ADDRESS", host)]
    fields = {"family": AF_INET, "prefixlen": int(length), "index": index}
    if ":" in host:
        fields["family"] = AF_INET6
        attributes.append(("IFA_FLAGS", IFA_F_NODAD))
    return _bytes(ifaddrmsg(), kind, how, attributes, **fields)


def neighbor(index: int, host: str, mac: str | None) -> bytes:
    """A permanent entry; `mac` None takes it away."""
    family = AF_INET6 if ":" in host else AF_INET
    attributes: Attributes = [("NDA_DST", host)]
    if mac is None:
        return _bytes(ndmsg(), RTM_DELNEIGH, 0, attributes, family=family, ifindex=index)
    attributes.append(("NDA_LLADDR", mac))
    how = NLM_F_CREATE | NLM_F_REPLACE
    return _bytes(ndmsg(), RTM_NEWNEIGH, how, attributes, family=family, ifindex=index, state=NUD_PERMANENT)


def local_route(prefix: str, loopback: int, *, present: bool) -> bytes:
    """All addresses of `prefix` are the namespace's own, on `lo` with the index `loopback`."""
    network = ipaddress.ip_network(prefix)
    fields = {
        "family": AF_INET if network.version == 4 else AF_INET6,
        "dst_len": network.prefixlen,
        "table": RT_TABLE_LOCAL,
        "proto": RTPROT_STATIC,
        "type": RTN_LOCAL,
        "scope": RT_SCOPE_HOST,
    }
    attributes: Attributes = [("RTA_DST", str(network.network_address)), ("RTA_OIF", loopback)]
    how = NLM_F_CREATE | NLM_F_REPLACE if present else 0
    return _bytes(rtmsg(), RTM_NEWROUTE if present else RTM_DELROUTE, how, attributes, **fields)


def source_rule(device: str, version: int, source: str, *, present: bool) -> bytes:
    """What arrives on `device` from `source` is looked up in the main table; without a source it is dropped."""
    attributes: Attributes = [("FRA_IIFNAME", device)]
    fields = {"family": AF_INET if version == 4 else AF_INET6, "action": FR_ACT_BLACKHOLE}
    if source:
        network = ipaddress.ip_network(source)
        attributes.append(("FRA_SRC", str(network.network_address)))
        fields |= {"src_len": network.prefixlen, "table": RT_TABLE_MAIN, "action": FR_ACT_TO_TBL}
    attributes.append(("FRA_PRIORITY", ALLOWED_SOURCE if source else OTHER_SOURCES))
    return _bytes(fibmsg(), RTM_NEWRULE if present else RTM_DELRULE, MAKE if present else 0, attributes, **fields)


def route(prefix: str, via: tuple[str, ...]) -> bytes:
    """A unicast route of the main table; no `via` takes it away."""
    network = ipaddress.ip_network(prefix)
    fields = {
        "family": AF_INET if network.version == 4 else AF_INET6,
        "dst_len": network.prefixlen,
        "table": RT_TABLE_MAIN,
        "proto": RTPROT_STATIC,
        "type": RTN_UNICAST,
        "scope": RT_SCOPE_UNIVERSE,
    }
    attributes: Attributes = [("RTA_DST", str(network.network_address))] if network.prefixlen else []
    if not via:
        fields["scope"] = RT_SCOPE_NOWHERE
        return _bytes(rtmsg(), RTM_DELROUTE, 0, attributes, **fields)
    if len(via) == 1:
        attributes.append(("RTA_GATEWAY", via[0]))
    else:
        hops = [{"hops": 0, "oif": 0, "attrs": [("RTA_GATEWAY", hop)]} for hop in via]
        attributes.append(("RTA_MULTIPATH", hops))
    return _bytes(rtmsg(), RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, attributes, **fields)


def clsact(index: int) -> bytes:
    attributes: Attributes = [("TCA_KIND", "clsact")]
    fields = {"index": index, "handle": CLSACT_HANDLE, "parent": TC_H_CLSACT}
    return _bytes(tcmsg(), RTM_NEWQDISC, MAKE, attributes, **fields)


def ingress_program(index: int, program: int, name: str) -> bytes:
    """`program` (a descriptor) sees what arrives on the device; its return value is the action."""
    options: Attributes = [
        ("TCA_BPF_FD", program),
        ("TCA_BPF_NAME", name),
        ("TCA_BPF_FLAGS", TCA_BPF_FLAG_ACT_DIRECT),
    ]
    attributes: Attributes = [("TCA_KIND", "bpf"), ("TCA_OPTIONS", {"attrs": options})]
    fields = {"index": index, "handle": 1, "parent": CLSACT_INGRESS, "info": (1 << 16) | ETH_P_ALL_BE}
    return _bytes(tcmsg(), RTM_NEWTFILTER, MAKE, attributes, **fields)


def ingress_programs(index: int) -> bytes:
    """Asks for the filters on what arrives at the device."""
    return _bytes(tcmsg(), RTM_GETTFILTER, NLM_F_DUMP, [], index=index, parent=CLSACT_INGRESS)


def program_id(filter_message: bytes) -> int | None:
    """The id of the program that an answered filter runs; None for a filter of another kind.

    Read by hand: pyroute2 knows the attribute's number (11) and not its name, and then drops its value.
    """
    found = _attributes(filter_message[NLMSG_HEADER + TCMSG_LENGTH :])
    if found.get(TCA_KIND, b"").rstrip(b"\0") != b"bpf":
        return None
    value = _attributes(found.get(TCA_OPTIONS, b"")).get(TCA_BPF_ID)
    return struct.unpack("=I", value)[0] if value else None


def _attributes(data: bytes) -> dict[int, bytes]:
    found = {}
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        if length < 4:
            break
        found[kind & 0x3FFF] = data[4:length]
        data = data[(length + 3) & ~3 :]
    return found
