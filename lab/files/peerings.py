"""The peerings of one circuit: link subnets, VLAN, AS number and the reference to the shared key."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field

from lab.circuit.keys import key_name
from lab.circuit.models import (
    FAMILIES,
    MICROSOFT,
    PATHS,
    PRIVATE,
    Family,
    KeyRef,
    LinkSubnet,
    MicrosoftConfig,
    Owner,
    Path,
    Peering,
    PeeringType,
    RouteFilter,
)
from lab.files import microsoft
from lab.files.keys import ALLOWED_KEY, VARIABLE, key_problem
from lab.files.networks import Placed, has_host_bits, parse, unusable
from lab.files.notes import Notes, entry, mappings, number, place, text
from lab.files.tree import Mapping, Scalar

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


def read_peerings(
    circuit: Mapping, name: str, notes: Notes, filters: Dictionary[str, RouteFilter], lenient: bool
) -> Peerings:
    """The peerings of `circuit`; `filters` are the file's route filters, by name. `lenient` is a file of Azure's."""
    found = Peerings()
    for node in mappings(circuit, "peerings"):
        kind = text(node, "peeringType") or text(node, "name")
        where = place(node, "peeringType" if "peeringType" in node.entries else "name")
        if kind == "AzurePublicPeering":
            message = "AzurePublicPeering was retired on 31 March 2024" + ("; left out" if lenient else "")
            notes.say(where, "ER209", kind, message, warning=lenient)
        elif kind is None:
            notes.say(where, "ER912", "name", "missing")
        elif kind not in (PRIVATE, MICROSOFT):
            notes.wrong(where, "ER209", "name", f"{PRIVATE}, {MICROSOFT}")
        elif any(peering.type == kind for peering in found.peerings):
            notes.say(where, "ER209", "name", f"found a second {kind}; allowed one of each type in a circuit")
        else:
            _Reader(node, PRIVATE if kind == PRIVATE else MICROSOFT, name, notes, found).read(filters, lenient)
    vlans = found.vlans
    if len(vlans) > 1 and vlans[0][0] == vlans[1][0]:
        allowed = f"one that the circuit's other peering has not (line {vlans[0][1].line})"
        notes.wrong(vlans[1][1], "ER205", "vlanId", allowed)
    return found


@dataclass
class _Reader:
    """One peering on its way from the file."""

    node: Mapping
    kind: PeeringType
    circuit: str
    notes: Notes
    found: Peerings

    def read(self, filters: Dictionary[str, RouteFilter], lenient: bool) -> None:
        node, notes, found = self.node, self.notes, self.found
        asn = _asn(node, notes)
        vlan = _vlan(node, notes, found)
        key = _shared_key(node, key_name(self.circuit, self.kind), notes, found)
        subnets: list[tuple[Path, Family, LinkSubnet]] = []
        configs: list[tuple[Family, MicrosoftConfig]] = []
        attached: list[tuple[Family, str]] = []
        before = len(notes.mistakes)
        for family in FAMILIES:
            holder = node if family == "ipv4" else entry(node, "ipv6PeeringConfig")
            if not isinstance(holder, Mapping):
                continue
            if family == "ipv6" and text(holder, "state") == "Disabled":
                message = "Disabled: IPv6 is left out"
                notes.say(place(holder, "state"), "ER219", "ipv6PeeringConfig", message, warning=True)
                continue
            subnets += _pair(holder, family, self.circuit, notes, found, self.kind == MICROSOFT, lenient)
            if self.kind == PRIVATE:
                self._refuse_microsoft(holder, lenient)
            elif any(entry(holder, key) is not None for key in (microsoft.CONFIG, *FIELDS.values())):
                config = microsoft.read_config(holder, family, notes)
                configs += [(family, config)] if config else []
                name = microsoft.attached(holder, filters, notes, lenient)
                attached += [(family, name)] if name else []
        if not subnets and len(notes.mistakes) == before:
            notes.say(node, "ER210", self.kind, "found no link subnets; allowed a primary and a secondary one")
        if self.kind == MICROSOFT:
            microsoft.warn_of_asn(node, notes)
        _remember_lines(node, f"circuits.{self.circuit}.{self.kind}", notes)
        # With a mistake noted, 0 stands for what is wrong, so that other files are still checked against the rest.
        enabled = text(node, "state") != "Disabled"
        owner: Owner = "Provider" if text(node, "lastModifiedBy") == "Provider" else "Customer"
        found.peerings.append(
            Peering(
                self.kind, asn or 0, vlan or 0, tuple(subnets), key, enabled, tuple(configs), tuple(attached), owner
            )
        )

    def _refuse_microsoft(self, holder: Mapping, lenient: bool) -> None:
        for key in (microsoft.CONFIG, "routeFilter"):
            if entry(holder, key) is not None and not lenient:
                self.notes.say(place(holder, key), "ER301", key, f"allowed under {MICROSOFT} only")


def _pair(
    holder: Mapping, family: Family, circuit: str, notes: Notes, found: Peerings, public: bool, lenient: bool
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
        if placed and public and not microsoft.is_public(placed.network):
            allowed = "public addresses of yours or your provider's (not RFC 1918, RFC 6598, link-local, unique local)"
            if not lenient:
                notes.wrong(node, "ER306", FIELDS[path], allowed)
                continue
            message = f"found {node.text}, which is not public; Azure's guides allow {allowed}"
            notes.say(node, "ER306", FIELDS[path], message, warning=True)
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


def _shared_key(node: Mapping, name_of_key: str, notes: Notes, found: Peerings) -> KeyRef | None:
    given = entry(node, "sharedKey")
    if isinstance(given, Scalar) and isinstance(given.value, str):
        problem = key_problem(given.value)
        if problem:
            notes.wrong(given, "ER207", "sharedKey", ALLOWED_KEY, found=problem)
        else:
            message = "the key itself stands in the file; better {env: NAME} or {file: PATH}"
            notes.say(given, "ER208", "sharedKey", message, warning=True)
        found.literals[name_of_key] = given.value
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


def _remember_lines(node: Mapping, prefix: str, notes: Notes) -> None:
    notes.lines[prefix] = node.line
    for holder, within in ((node, prefix), (entry(node, "ipv6PeeringConfig"), f"{prefix}.ipv6PeeringConfig")):
        if not isinstance(holder, Mapping):
            continue
        for key in ("peerASN", "vlanId", "sharedKey", "state", "ipv6PeeringConfig", "routeFilter", *FIELDS.values()):
            if key in holder.entries:
                notes.lines[f"{within}.{key}"] = place(holder, key).line
        config = entry(holder, microsoft.CONFIG)
        if isinstance(config, Mapping):
            for key in config.entries:
                # A validation of a prefix of its own says what the state of all of them would.
                name = "advertisedPublicPrefixesState" if key == "advertisedPublicPrefixInfo" else key
                notes.lines[f"{within}.{microsoft.CONFIG}.{name}"] = place(config, key).line
