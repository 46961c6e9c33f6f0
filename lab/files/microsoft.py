"""Microsoft peering in a file: declared prefixes and their validation, route filters and what is attached where."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from ipaddress import ip_network
from typing import cast

from lab.circuit.communities import describe, number_of
from lab.circuit.feed import is_microsofts
from lab.circuit.models import (
    Family,
    MicrosoftConfig,
    Network,
    PrefixesState,
    PublicPrefix,
    RouteFilter,
    ValidationState,
    family_of,
    within,
)
from lab.circuit.validation import DOCUMENTATION_ASNS, NO_REGISTRY, REGISTRIES, is_private
from lab.files.networks import has_host_bits, parse, unusable
from lab.files.notes import Notes, entry, listed, mappings, number, place, text, texts
from lab.files.tree import Mapping, Node, Scalar, clip

CONFIG = "microsoftPeeringConfig"
PREFIXES = "advertisedPublicPrefixes"
MOST_PREFIXES = 200
_NOT_PUBLIC = tuple(
    ip_network(text)
    for text in ("10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.168.0.0/16")
)
_GLOBAL_IPV6 = ip_network("2000::/3")
_PUBLIC = "public addresses (not RFC 1918, RFC 6598, link-local or unique local)"


def is_public(network: Network) -> bool:
    """Whether these can be addresses of the internet. Those for documents count, or a lab would have none."""
    if network.version == 6:
        return within(network, _GLOBAL_IPV6) and not is_microsofts(network)
    private = any(within(network, other) or within(other, network) for other in _NOT_PUBLIC)
    return not (private or unusable(network) or is_microsofts(network))


def read_config(holder: Mapping, family: Family, notes: Notes) -> MicrosoftConfig | None:
    """The configuration of one family; a mistake, and None, where there is none."""
    node = entry(holder, CONFIG)
    if not isinstance(node, Mapping):
        if node is None:
            message = f"missing: Microsoft peering declares the prefixes that the customer sends ({family})"
            notes.say(place(holder, CONFIG), "ER301", CONFIG, message)
        return None
    given = cast(PrefixesState, text(node, "advertisedPublicPrefixesState") or "Configured")
    states = _infos(node)
    found: dict[Network, PublicPrefix] = {}
    for item in texts(node, PREFIXES) or [s for s, _ in states.values()]:
        network = _declared(item, family, found, notes)
        if network is not None:
            found[network] = PublicPrefix(network, states[item.text][1] if item.text in states else given)
    if not listed(node, PREFIXES) and not states:
        notes.say(place(node, PREFIXES), "ER301", PREFIXES, "none; allowed one public prefix or more")
    elif len(found) > MOST_PREFIXES:
        message = f"{len(found)} prefixes: Microsoft peering takes {MOST_PREFIXES} and drops the session above"
        notes.say(place(node, PREFIXES), "ER304", PREFIXES, message, warning=True)
    return MicrosoftConfig(tuple(found.values()), _customer_asn(node, notes), _registry(node, notes))


def _infos(node: Mapping) -> dict[str, tuple[Scalar, ValidationState]]:
    """Each prefix that has a validation of its own, with its place."""
    found = {}
    for item in mappings(node, "advertisedPublicPrefixInfo"):
        prefix, state = entry(item, "prefix"), text(item, "validationState")
        if isinstance(prefix, Scalar) and isinstance(prefix.value, str) and state is not None:
            found[prefix.text] = (prefix, cast(ValidationState, state))
    return found


def _declared(node: Scalar, family: Family, found: Dictionary[Network, PublicPrefix], notes: Notes) -> Network | None:
    network = parse(node.text)
    if network is None or family_of(network) != family:
        version = 4 if family == "ipv4" else 6
        notes.wrong(node, "ER301", PREFIXES, f"an IPv{version} prefix")
    elif has_host_bits(node.text, network):
        notes.wrong(node, "ER301", PREFIXES, str(network), hint="a prefix has no host bits")
    elif not network.prefixlen:
        notes.wrong(node, "ER301", PREFIXES, "public prefixes, not the default route")
    elif not is_public(network):
        notes.wrong(node, "ER301", PREFIXES, _PUBLIC)
    elif network in found:
        notes.say(node, "ER301", PREFIXES, f"found {network} twice; allowed once")
    else:
        return network
    return None


def _customer_asn(node: Mapping, notes: Notes) -> int:
    asn = number(node, "customerASN") or 0
    public = 0 <= asn < 4294967295 and asn not in (23456, 65535) and not is_private(asn)
    if not public or asn == 12076:
        notes.wrong(place(node, "customerASN"), "ER307", "customerASN", "a public AS number, or 0 for none")
        return 0
    return asn


def _registry(node: Mapping, notes: Notes) -> str:
    name = text(node, "routingRegistryName")
    if name is None or name.upper() in REGISTRIES:
        return name.upper() if name else NO_REGISTRY
    notes.wrong(place(node, "routingRegistryName"), "ER309", "routingRegistryName", ", ".join(REGISTRIES))
    return NO_REGISTRY


def warn_of_asn(node: Mapping, notes: Notes) -> None:
    asn = number(node, "peerASN")
    if asn in DOCUMENTATION_ASNS:
        message = f"{asn} in an AS path is refused on Microsoft peering: no prefix of this CE gets in"
        notes.say(place(node, "peerASN"), "ER315", "peerASN", message, warning=True)


def read_route_filters(root: Mapping, names: Dictionary[str, Scalar], notes: Notes) -> tuple[RouteFilter, ...]:
    """The filters of the file; `names` are the checked places of their names."""
    found = []
    for node in mappings(root, "routeFilters"):
        name = text(node, "name")
        if name is None or names.get(name) is not node.entries["name"]:
            continue
        notes.lines[f"routeFilters.{name}"] = node.line
        found.append(RouteFilter(name, _communities(node, name, notes)))
    return tuple(found)


def _communities(node: Mapping, name: str, notes: Notes) -> tuple[str, ...]:
    rules = mappings(node, "rules")
    if len(rules) != 1:
        message = f"{name} has {len(rules) or 'no'} rules; allowed one, that lists all communities"
        notes.say(place(node, "rules"), "ER310", "rules", message)
    found: dict[str, None] = {}
    for rule in rules[:1]:
        notes.lines[f"routeFilters.{name}.communities"] = place(rule, "communities").line
        for item in texts(rule, "communities"):
            value = number_of(item.text)
            if value is None:
                notes.wrong(item, "ER310", "communities", "12076:N, such as 12076:51004", found=clip(item.text))
                continue
            if not describe(value):
                message = f"no prefix of the lab carries {item.text}"
                notes.say(item, "ER310", "communities", message, warning=True)
            found[item.text] = None
        if not listed(rule, "communities"):
            notes.say(place(rule, "communities"), "ER310", "communities", "none; allowed one or more, 12076:N each")
    return tuple(found)


def attached(holder: Mapping, filters: Dictionary[str, RouteFilter], notes: Notes, lenient: bool) -> str | None:
    """The name of the filter of a peering, one of the file's; its full ARM id counts by the last part."""
    given = entry(holder, "routeFilter")
    where: Node | None = entry(given, "id")
    if not isinstance(where, Scalar) or not isinstance(where.value, str):
        return None
    name = where.value.rpartition("/")[2]
    if name in filters:
        return name
    if lenient:
        message = f"{clip(name)} is not in the file (routeFilters:), so nothing is sent to the CE"
        notes.say(where, "ER310", "routeFilter", message, warning=True)
    else:
        allowed = ", ".join(list(filters)[:8]) or "none, the file has no routeFilters"
        notes.wrong(where, "ER310", "routeFilter", allowed, found=clip(name))
    return None
