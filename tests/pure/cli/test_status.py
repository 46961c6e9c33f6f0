"""`status` prints what ux.md section 4 shows, and the JSON that others build on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lab.circuit.models import Family, PeeringType, Session
from lab.cli.status import Seen, status_object, text
from lab.control.health import Sick
from lab.control.observe import SessionView
from lab.topology import Path

PAGE = """\
er-ams   Status Enabled, provider Provisioned   Lab Exchange, Amsterdam, 1000 Mbps, Premium
engine netns, topology dual-ce, up 00:12:41, no fault active, nothing to apply

PEERING              PATH       FAMILY  STATE        UPTIME    FROM-CE  TO-CE  MD5  BFD
AzurePrivatePeering  primary    ipv4    Established  00:12:38        2      2  yes  up
AzurePrivatePeering  primary    ipv6    Established  00:12:38        1      1  yes  -
AzurePrivatePeering  secondary  ipv4    Established  00:12:38        2      2  yes  up
AzurePrivatePeering  secondary  ipv6    Established  00:12:37        1      1  yes  -
MicrosoftPeering     primary    ipv4    Established  00:12:38        1      4  yes  up
MicrosoftPeering     secondary  ipv4    Established  00:12:37        1      4  yes  up
6 of 6 Established"""
CIRCUIT: dict[str, Any] = {
    "name": "er-ams", "tier": "Premium", "family": "MeteredData", "provider": "Lab Exchange", "location": "Amsterdam",
    "bandwidth": 1000, "circuitProvisioningState": "Enabled", "serviceProviderProvisioningState": "Provisioned",
    "serviceKey": "7d1c6a52-3f0e-4b8e-9a51-0c2b5de81f44",
}


def session(peering: PeeringType, path: Path, family: Family) -> Session:
    number = 1 if path == "primary" else 2
    return Session("er-ams", peering, path, family, f"msee{number}", "er1p", "192.168.100.130", f"ce{number}",
                   "192.168.100.129", "er-ams/AzurePrivatePeering")


def up(
    peering: PeeringType, path: Path, family: Family, seconds: float, counts: tuple[int, int], bfd: bool
) -> SessionView:
    where = session(peering, path, family)
    return SessionView(where, "Established", seconds, *counts, "yes", "up" if bfd else "-")


VIEWS = (
    up("AzurePrivatePeering", "primary", "ipv4", 758.9, (2, 2), True),
    up("AzurePrivatePeering", "primary", "ipv6", 758.2, (1, 1), False),
    up("AzurePrivatePeering", "secondary", "ipv4", 758.0, (2, 2), True),
    up("AzurePrivatePeering", "secondary", "ipv6", 757.9, (1, 1), False),
    up("MicrosoftPeering", "primary", "ipv4", 758.0, (1, 4), True),
    up("MicrosoftPeering", "secondary", "ipv4", 757.0, (1, 4), True),
)


def seen(views: tuple[SessionView, ...] = VIEWS, **more: Any) -> Seen:
    return Seen("er-ams", "netns", "dual-ce", 761.4, "8021q", (CIRCUIT,), views, **more)


def test_the_page_of_a_good_lab() -> None:
    assert text(seen()) == PAGE


def test_a_session_that_is_down_has_no_figures_and_its_key_is_bad() -> None:
    down = SessionView(session("AzurePrivatePeering", "primary", "ipv4"), "Connect", None, 0, 0, "bad", "up")
    lines = text(seen((down,))).split("\n")
    assert lines[4] == "AzurePrivatePeering  primary  ipv4    Connect  -             -      -  bad  up"
    assert lines[5] == "0 of 1 Established"


def test_wide_adds_nodes_addresses_and_the_last_error() -> None:
    down = SessionView(
        session("AzurePrivatePeering", "primary", "ipv4"), "Idle", last_error="2/2 (OPEN Message Error/Bad Peer AS)"
    )
    heading, row = text(seen((down,)), wide=True).split("\n")[3:5]
    assert heading.split()[-5:] == ["MSEE", "MSEE-ADDRESS", "CE", "CE-ADDRESS", "LAST-ERROR"]
    assert row.endswith("msee1  192.168.100.130  ce1  192.168.100.129  2/2 (OPEN Message Error/Bad Peer AS)")


def test_changed_files_and_faults_are_said() -> None:
    line = text(seen(changed=("/x/circuit.yml",), faults=({"label": "silent-drop primary"},))).split("\n")[1]
    assert line.endswith("1 fault active: silent-drop primary, 1 file changed: mseelab plan")


def test_several_circuits_have_a_column() -> None:
    other = CIRCUIT | {"name": "er-two", "provider": None, "location": None, "bandwidth": None, "tier": "Standard"}
    page = text(Seen("x", "netns", "dual-path", 5, "ebpf", (CIRCUIT, other), VIEWS[:1])).split("\n")
    assert page[1] == "er-two   Status Enabled, provider Provisioned   Standard"
    assert page[4].startswith("CIRCUIT  PEERING")
    assert page[5].startswith("er-ams   AzurePrivatePeering")


def test_a_sick_daemon_is_a_line_and_a_key() -> None:
    """A10, A11."""
    sick = Sick("msee1", "bgpd", "hung", "process 7 is stopped (state T)")
    found = replace(seen(), sick=(sick,))
    assert "! bgpd on msee1 does not answer: mseelab up mends it" in text(found).split("\n")
    assert status_object(found)["sick"] == [
        {"node": "msee1", "daemon": "bgpd", "state": "hung", "detail": "process 7 is stopped (state T)"}
    ]


def test_a_circuit_without_sessions_says_why() -> None:
    waiting = CIRCUIT | {"serviceProviderProvisioningState": "NotProvisioned"}
    page = text(Seen("x", "netns", "dual-path", 5, "ebpf", (waiting,), ()))
    assert page.endswith("no sessions: the provider's state is NotProvisioned")


def test_a_disabled_circuit_is_named_by_its_own_state() -> None:
    """cases section 8: "the provider's state is Provisioned"."""
    page = text(Seen("x", "netns", "dual-path", 5, "ebpf", (CIRCUIT | {"circuitProvisioningState": "Disabled"},), ()))
    assert page.endswith("no sessions: the circuit's Status is Disabled")


def test_the_object_has_the_promised_keys() -> None:
    found = status_object(seen())
    assert list(found) == ["lab", "engine", "topology", "upSeconds", "vlanAttacher", "faults", "lost", "sick",
                           "circuits"]
    circuit = found["circuits"][0]
    assert list(circuit) == [
        "name", "circuitProvisioningState", "serviceProviderProvisioningState", "serviceKey", "sessions",
    ]
    assert circuit["sessions"][0] == {
        "peering": "AzurePrivatePeering", "path": "primary", "family": "ipv4", "state": "Established",
        "uptimeSeconds": 758.9, "prefixesFromCe": 2, "prefixesToCe": 2, "md5": "yes", "bfd": "up", "msee": "msee1",
        "ce": "ce1", "mseeAddress": "192.168.100.130", "ceAddress": "192.168.100.129", "lastError": None,
    }
