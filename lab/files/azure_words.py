"""Azure's words, read as Azure has them: its enumerations in any case, older spellings, and a SKU by its name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

from lab.circuit.models import ProviderState, SkuTier
from lab.files.notes import Notes, entry, mappings, number, place, text
from lab.files.tree import Mapping, Scalar

TIERS = get_args(SkuTier)
SKU_FAMILIES = ("MeteredData", "UnlimitedData")
STATES = ("Enabled", "Disabled")
# Older versions of Azure's tools.
OLDER = {"peerAsn": "peerASN", "azureAsn": "azureASN", "customerAsn": "customerASN"}
_PREFIXES = ("primaryPeerAddressPrefix", "secondaryPeerAddressPrefix")


def read_words(circuit: Mapping, notes: Notes, lenient: bool) -> None:
    """Puts Azure's words of a circuit into the spelling of the file's shape; `lenient` is a file that Azure printed."""
    if lenient:
        _word(circuit, "circuitProvisioningState", STATES)
        _word(circuit, "serviceProviderProvisioningState", get_args(ProviderState))
        for peering in mappings(circuit, "peerings"):
            _peering(peering)
    sku = entry(circuit, "sku")
    if isinstance(sku, Mapping):
        _sku(sku, notes, lenient)


def _peering(peering: Mapping) -> None:
    ipv6 = entry(peering, "ipv6PeeringConfig")
    for holder in (peering, ipv6):
        for node in (holder, entry(holder, "microsoftPeeringConfig")):
            if isinstance(node, Mapping):
                _older(node)
    _word(peering, "state", STATES)
    for holder in (peering, ipv6):
        if isinstance(holder, Mapping):
            for key in _PREFIXES:
                if text(holder, key) == "":
                    where = place(holder, key)
                    holder.entries[key] = Scalar(where.line, where.column, "", None)
    if isinstance(ipv6, Mapping):
        _word(ipv6, "state", STATES)


def _older(node: Mapping) -> None:
    """Takes an older spelling, alone or beside the newer one with the same value."""
    for old, new in OLDER.items():
        if old not in node.entries or (new in node.entries and number(node, old) != number(node, new)):
            continue
        value, key = node.entries.pop(old), node.keys.pop(old)
        node.entries.setdefault(new, value)
        node.keys.setdefault(new, key)


def _sku(sku: Mapping, notes: Notes, lenient: bool) -> None:
    """`name` is TIER_FAMILY: it gives what is missing of the two, and may not contradict them (ER110)."""
    if lenient:
        _word(sku, "tier", (*TIERS, "Basic"))
        _word(sku, "family", SKU_FAMILIES)
    name = text(sku, "name")
    tier, _, family = (name or "").partition("_")
    for key, part, known in (("tier", tier, (*TIERS, "Basic")), ("family", family, SKU_FAMILIES)):
        meant = _same(part, known)
        given = text(sku, key)
        if name is None:
            continue
        where = place(sku, "name")
        if meant is None:
            notes.wrong(where, "ER110", "name", "TIER_FAMILY, such as Standard_MeteredData")
            break
        if given is None:
            sku.entries[key] = Scalar(where.line, where.column, meant, meant)
            sku.keys[key] = sku.keys["name"]
        elif given != meant:
            notes.say(where, "ER110", "name", f"found {name} beside {key} {given}; allowed one that says the same")
    if lenient and text(sku, "tier") == "Basic":
        where = place(sku, "tier")
        notes.say(where, "ER110", "tier", "Basic: taken as Standard, which the lab has instead", warning=True)
        sku.entries["tier"] = Scalar(where.line, where.column, "Standard", "Standard")


def _word(node: Mapping, key: str, known: Iterable[str]) -> None:
    found = entry(node, key)
    if isinstance(found, Scalar) and isinstance(found.value, str) and (meant := _same(found.value, known)):
        node.entries[key] = Scalar(found.line, found.column, meant, meant)


def _same(word: str, known: Iterable[str]) -> str | None:
    return next((each for each in known if each.lower() == word.lower()), None)
