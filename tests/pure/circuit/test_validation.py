"""Who owns a declared prefix, by an offline routing registry: each state that can follow, and files of registries."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest

from lab.circuit.models import MicrosoftConfig, PublicPrefix, Spec, ValidationState
from lab.circuit.validation import (
    REGISTRIES,
    Registry,
    RouteObject,
    is_private,
    parse_registry,
    validate_prefixes,
)
from lab.errors import Mistakes
from lab.files.registry import read_registry

REGISTRY = Registry(
    (
        RouteObject(ip_network("198.51.100.0/24"), 65550, "RIPE"),
        RouteObject(ip_network("198.51.0.0/16"), 65540, "RIPE"),
        RouteObject(ip_network("198.51.100.0/24"), 65551, "ARIN"),
        RouteObject(ip_network("2001:db8:100::/40"), 65550, "RIPE"),
    )
)


def config(*prefixes: str, customer_asn: int = 0, registry: str = "RIPENCC") -> MicrosoftConfig:
    return MicrosoftConfig(tuple(PublicPrefix(ip_network(p)) for p in prefixes), customer_asn, registry)


@pytest.mark.rule("ER303", "ER305")
@pytest.mark.parametrize(
    ("prefix", "peer_asn", "customer_asn", "registry", "state"),
    [
        ("198.51.100.0/24", 65550, 0, "RIPENCC", "Configured"),
        ("198.51.100.128/25", 65550, 0, "RIPENCC", "Configured"),
        ("2001:db8:100::/48", 65550, 0, "RIPENCC", "Configured"),
        ("198.51.100.0/24", 65551, 0, "RIPENCC", "AsnValidationFailed"),
        ("198.51.100.0/24", 65540, 0, "RIPENCC", "AsnValidationFailed"),
        ("198.51.100.0/24", 65551, 0, "ARIN", "Configured"),
        ("198.51.100.0/24", 65551, 65550, "RIPENCC", "Configured"),
        ("198.51.100.0/24", 65550, 65551, "RIPENCC", "AsnValidationFailed"),
        ("198.51.100.0/24", 64512, 65550, "RIPENCC", "Configured"),
        ("198.51.100.0/24", 65010, 0, "RIPENCC", "ManualValidationNeeded"),
        ("198.51.100.0/24", 4200000000, 0, "RIPENCC", "ManualValidationNeeded"),
        ("198.51.100.0/24", 65550, 0, "NONE", "ManualValidationNeeded"),
        ("203.0.113.0/24", 65550, 0, "RIPENCC", "ManualValidationNeeded"),
        ("198.51.100.0/24", 65550, 0, "LACNIC", "ManualValidationNeeded"),
    ],
)
def test_a_prefix_is_decided(
    prefix: str, peer_asn: int, customer_asn: int, registry: str, state: ValidationState
) -> None:
    found = validate_prefixes(config(prefix, customer_asn=customer_asn, registry=registry), peer_asn, REGISTRY)
    assert [p.state for p in found.prefixes] == [state]


@pytest.mark.rule("ER303")
def test_one_prefix_that_waits_holds_the_peering() -> None:
    found = validate_prefixes(config("198.51.100.0/24", "203.0.113.0/24"), 65550, REGISTRY)
    assert found.state == "ValidationNeeded"


def test_private_as_numbers_are_those_of_rfc_6996() -> None:
    private = (64512, 65534, 4200000000, 4294967294)
    assert all(map(is_private, private))
    assert not any(map(is_private, (64511, 65535, 4199999999, 4294967295, 65550)))


def test_registry_text_is_what_whois_prints() -> None:
    text = (
        "% Information related to '198.51.100.0/24AS65550'\n\nroute:          198.51.100.0/24\n"
        "descr: one\n+               more\norigin:         AS65550 # ours\nmnt-by: X\nsource:   RIPE # Filtered\n"
        "\nperson: Nobody\nsource: RIPE\n\nroute6: 2001:db8::/32\norigin: as65551\nsource: radb\n"
    )
    objects, mistakes = parse_registry(text)
    assert not mistakes
    assert [(str(o.network), o.origin, o.source) for o in objects] == [
        ("198.51.100.0/24", 65550, "RIPE"),
        ("2001:db8::/32", 65551, "RADB"),
    ]


@pytest.mark.rule("ER308")
def test_mistakes_of_a_registry_file_come_together(tmp_path: Path) -> None:
    bad = tmp_path / "own.txt"
    bad.write_text(
        "route: 198.51.100.1/24\norigin: AS1\nsource: RIPE\n\nroute: 192.0.2.0/24\norigin: one\nsource: RIPE\n\n"
        "route: 192.0.2.0/24\norigin: AS1\nsource: MINE\n\nroute: 192.0.2.0/24\n"
    )
    spec = Spec("a", "circuit.yml", "dual-path", (), (), ())
    with pytest.raises(Mistakes) as caught:
        read_registry(spec, {"MSEELAB_REGISTRY": f"{bad}:{tmp_path / 'none.txt'}"})
    assert [(m.line, m.rule) for m in caught.value.mistakes] == [(line, "ER308") for line in (1, 6, 11, 13, 1)]
    assert "cannot be read" in caught.value.mistakes[-1].message


def test_own_objects_add_to_the_shipped_ones(tmp_path: Path) -> None:
    own, more = tmp_path / "own.txt", tmp_path / "more.txt"
    own.write_text("route: 203.0.113.0/24\norigin: AS65551\nsource: ARIN\n")
    more.write_text("route: 203.0.113.0/24\norigin: AS65550\nsource: ARIN\n")
    spec = Spec("a", "circuit.yml", "dual-path", (), (), (), registry=str(own))
    registry = read_registry(spec, {"MSEELAB_REGISTRY": str(more)})
    assert registry.origins(ip_network("203.0.113.0/24"), "ARIN") == {65550, 65551}
    assert registry.origins(ip_network("198.51.100.0/24"), "RIPENCC") == {65550}
    assert registry.origins(ip_network("198.51.100.0/24"), "NONE") == frozenset()
    assert set(REGISTRIES) == {"AFRINIC", "ALTDB", "APNIC", "ARIN", "LACNIC", "LEVEL3", "RADB", "RIPENCC", "NONE"}
