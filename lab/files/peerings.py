"""The peerings of one circuit: link subnets, VLAN, AS number and the reference to the shared key."""

from __future__ import annotations

from dataclasses import dataclass, field

from lab.circuit.keys import key_name
from lab.circuit.models import FAMILIES, PATHS, Family, KeyRef, LinkSubnet, Path, Peering, PeeringType
from lab.files.keys import ALLOWED_KEY, VARIABLE, key_problem
from lab.files.networks import Placed, has_host_bits, parse, unusable
from lab.files.notes import Notes, entry, mappings, number, place, text
from lab.files.tree import Mapping, Scalar

PRIVATE: PeeringType = "AzurePrivatePeering"
FIELDS: dict[Path, str] = {"primary": "primaryPeerAddressPrefix", "secondary": "secondaryPeerAddressPrefix"}
_LENGTH: dict[Family, int] = {"ipv4": 30, "ipv6": 126}
_ALLOWED_ASN = "1-4294967295 except 12076, 65515-65520"
# RFC 7607, RFC 6793, RFC 7300: no router speaks with these.
_RESERVED = {0: "RFC 7607", 23456: "AS_TRANS, RFC 6793", 65535: "RFC 7300", 4294967295: "RFC 7300"}


@dataclass
class Peerings:
    """What was read: peerings, usable link subnets and VLANs with their places, keys that stand in the file."""

    peerings: list[Peering] = field(default_factory=list)
    links: list[Placed] = field(default_factory=list)
    vlans: list[tuple[int, Scalar]] = field(default_factory=list)
    literals: dict[str, str] = field(default_factory=dict, repr=False)


def read_peerings(circuit: Mapping, name: str, notes: Notes, lenient: bool) -> Peerings:
    """The private peering of `circuit`; Microsoft peering is refused, or left out with a warning when `lenient`."""
    found = Peerings()
    private = 0
    for node in mappings(circuit, "peerings"):
        kind = text(node, "peeringType") or text(node, "name")
        where = place(node, "peeringType" if "peeringType" in node.entries else "name")
        if kind in ("MicrosoftPeering", "AzurePublicPeering"):
            _refuse(node, kind, notes, lenient)
        elif kind is None:
            notes.say(where, "ER912", "name", "missing")
        elif kind != PRIVATE:
            notes.wrong(where, "ER209", "name", f"{PRIVATE}, MicrosoftPeering")
        elif private:
            notes.say(where, "ER209", "name", f"found a second {PRIVATE}; allowed one of each type in a circuit")
        else:
            private += 1
            _private(node, name, notes, found)
    return found


def _refuse(node: Mapping, kind: str, notes: Notes, lenient: bool) -> None:
    where = place(node, "peeringType" if "peeringType" in node.entries else "name")
    if kind == "AzurePublicPeering":
        message = "AzurePublicPeering was retired on 31 March 2024"
        rule = "ER209"
    else:
        message = "this version does private peering only"
        rule = "ER301"
    if lenient:
        message += "; left out"
    notes.say(where, rule, kind, message, warning=lenient)


def _private(node: Mapping, circuit: str, notes: Notes, found: Peerings) -> None:
    asn = _asn(node, notes)
    vlan = _vlan(node, notes, found)
    key = _shared_key(node, circuit, notes, found)
    subnets: list[tuple[Path, Family, LinkSubnet]] = []
    before = len(notes.mistakes)
    for family in FAMILIES:
        holder = node if family == "ipv4" else entry(node, "ipv6PeeringConfig")
        if not isinstance(holder, Mapping):
            continue
        if family == "ipv6" and text(holder, "state") == "Disabled":
            notes.say(place(holder, "state"), "ER219", "ipv6PeeringConfig", "Disabled: IPv6 is left out", warning=True)
            continue
        subnets += _pair(holder, family, circuit, notes, found)
    if not subnets and len(notes.mistakes) == before:
        notes.say(node, "ER210", PRIVATE, "found no link subnets; allowed a primary and a secondary one")
    _remember_lines(node, circuit, notes)
    # With a mistake noted, 0 stands for what is wrong, so that other files are still checked against the rest.
    enabled = text(node, "state") != "Disabled"
    found.peerings.append(Peering(PRIVATE, asn or 0, vlan or 0, tuple(subnets), key, enabled))


def _pair(
    holder: Mapping, family: Family, circuit: str, notes: Notes, found: Peerings
) -> list[tuple[Path, Family, LinkSubnet]]:
    given = [path for path in PATHS if entry(holder, FIELDS[path]) is not None]
    subnets: list[tuple[Path, Family, LinkSubnet]] = []
    for path in PATHS:
        node = entry(holder, FIELDS[path])
        if node is None and given:
            notes.say(holder, "ER210", FIELDS[path], "missing; both paths have a link subnet")
        if not isinstance(node, Scalar) or not isinstance(node.value, str):
            continue
        placed = _link(node, family, FIELDS[path], circuit, notes)
        if placed:
            found.links.append(placed)
            subnets.append((path, family, LinkSubnet(placed.network)))
    return subnets


def _link(node: Scalar, family: Family, name: str, circuit: str, notes: Notes) -> Placed | None:
    length = _LENGTH[family]
    network = parse(node.text)
    version = 4 if family == "ipv4" else 6
    if network is None:
        notes.wrong(node, "ER201", name, f"a /{length}")
    elif network.version != version:
        hint = "IPv6 goes under ipv6PeeringConfig" if family == "ipv4" else "IPv4 goes directly under the peering"
        notes.wrong(node, "ER201", name, f"an IPv{version} /{length}", hint=hint)
    elif network.prefixlen != length:
        hint = ""
        if network.prefixlen == length - 1:
            first, second = network.subnets(prefixlen_diff=1)
            hint = f"a /{length - 1} gives both: {first} and {second}"
        notes.wrong(node, "ER201", name, f"a /{length}", hint=hint)
    elif has_host_bits(node.text, network):
        notes.wrong(node, "ER201", name, str(network), hint=f"the subnet; its first address is the CE's, {network[1]}")
    elif unusable(network):
        notes.wrong(node, "ER201", name, f"a /{length} of unicast addresses")
    else:
        return Placed(network, node, name, circuit)
    return None


def _asn(node: Mapping, notes: Notes) -> int | None:
    asn = number(node, "peerASN")
    if asn is None:
        return None
    if asn in _RESERVED:
        hint = f"{asn} is reserved: {_RESERVED[asn]}"
        notes.wrong(place(node, "peerASN"), "ER204", "peerASN", _ALLOWED_ASN, hint=hint)
    elif not 1 <= asn <= 4294967295 or asn == 12076 or 65515 <= asn <= 65520:
        notes.wrong(place(node, "peerASN"), "ER204", "peerASN", _ALLOWED_ASN)
    else:
        return asn
    return None


def _vlan(node: Mapping, notes: Notes, found: Peerings) -> int | None:
    vlan = number(node, "vlanId")
    where = entry(node, "vlanId")
    if vlan is None or not isinstance(where, Scalar):
        return None
    if not 1 <= vlan <= 4094:
        notes.wrong(where, "ER205", "vlanId", "1-4094")
        return None
    found.vlans.append((vlan, where))
    return vlan


def _shared_key(node: Mapping, circuit: str, notes: Notes, found: Peerings) -> KeyRef | None:
    given = entry(node, "sharedKey")
    if isinstance(given, Scalar) and isinstance(given.value, str):
        problem = key_problem(given.value)
        if problem:
            notes.wrong(given, "ER207", "sharedKey", ALLOWED_KEY, found=problem)
        else:
            message = "the key itself stands in the file; better {env: NAME} or {file: PATH}"
            notes.say(given, "ER208", "sharedKey", message, warning=True)
        found.literals[key_name(circuit, PRIVATE)] = given.value
        return KeyRef("literal", "sharedKey")
    if not isinstance(given, Mapping):
        return None
    names = [key for key in ("env", "file") if text(given, key)]
    where = place(node, "sharedKey")
    if len(names) != 1:
        if all(key in ("env", "file") and isinstance(v, Scalar) and not isinstance(v.value, (int, float))
               for key, v in given.entries.items()):
            notes.say(where, "ER206", "sharedKey", "allowed one of {env: NAME} and {file: PATH}")
        return None
    name = text(given, names[0]) or ""
    if names[0] == "env":
        if not VARIABLE.fullmatch(name):
            allowed = "the name of an environment variable"
            notes.wrong(where, "ER206", "sharedKey", allowed, found="something else in env")
            return None
        return KeyRef("env", name)
    return KeyRef("file", name)


def _remember_lines(node: Mapping, circuit: str, notes: Notes) -> None:
    prefix = f"circuits.{circuit}.{PRIVATE}"
    notes.lines[prefix] = node.line
    for key in ("peerASN", "vlanId", "sharedKey", "state", "ipv6PeeringConfig", *FIELDS.values()):
        if key in node.entries:
            notes.lines[f"{prefix}.{key}"] = place(node, key).line
    v6 = entry(node, "ipv6PeeringConfig")
    if isinstance(v6, Mapping):
        for key in FIELDS.values():
            if key in v6.entries:
                notes.lines[f"{prefix}.ipv6PeeringConfig.{key}"] = place(v6, key).line

