"""The workflow by hand: the lab `workflow`'s README, typed; each state on the wire; each forbidden move refused."""

from __future__ import annotations

import json

import pytest

import topologies
from tests.live.harness import Labs
from tests.live.looking import sessions
from tests.live.transcript import walk

README = topologies.folder("workflow") / "README.md"
ORDER = (
    "circuit", "create", "--name", "er-new", "--provider", "Lab Exchange", "--peering-location", "Amsterdam",
    "--bandwidth", "1000",
)
PRIVATE = (
    "peering", "create", "--peering-type", "AzurePrivatePeering", "--peer-asn", "65010", "--vlan-id", "100",
    "--primary-peer-subnet", "192.168.100.128/30", "--secondary-peer-subnet", "192.168.100.132/30",
)
CONNECT = ("connection", "create", "--name", "hub-er-new", "--vnet", "hub", "--address-prefix", "10.100.0.0/16")


@pytest.mark.both_engines
@pytest.mark.rule("ER104", "ER105", "ER107", "ER111", "ER305")
def test_the_readme_is_what_happens(labs: Labs, engine: str) -> None:
    walk(labs, README)


@pytest.fixture
def ordered(labs: Labs) -> Labs:
    """Cables, and a circuit that its provider has not seen yet."""
    labs.ok("up", "--physical", "workflow", "--lab", "er-new")
    labs.ok(*ORDER)
    return labs


@pytest.fixture
def used(ordered: Labs) -> Labs:
    """A circuit in use: provisioned, private peering, a VNet."""
    ordered.ok("provider", "provision", "er-new")
    ordered.ok(*PRIVATE)
    ordered.ok(*CONNECT)
    return ordered


def msee_interfaces(labs: Labs) -> set[str]:
    """The tagged interfaces that msee1 has in any of its routing domains."""
    found: set[str] = set()
    names = labs.ok("exec", "msee1", "ip", "netns", "list").out.split()
    for name in [n for n in names if n.startswith("er")]:
        links = json.loads(labs.ok("exec", "msee1", "ip", "-n", name, "-j", "link").out)
        found |= {link["ifname"] for link in links}
    return {name for name in found if name.startswith("eth1.")}


def resolves(labs: Labs) -> bool:
    """Whether the CE learns the MSEE's MAC on its primary link."""
    labs("exec", "ce1", "ping", "-c", "1", "-W", "1", "192.168.100.130")
    neighbors = json.loads(labs.ok("exec", "ce1", "ip", "-j", "neigh", "show", "192.168.100.130").out)
    return any("lladdr" in entry for entry in neighbors)


@pytest.mark.rule("ER104")
def test_before_provisioned_the_ce_stays_alone(ordered: Labs) -> None:
    checked = ordered("check")
    assert (checked.code, "nothing to check" in checked.err) == (2, True), str(checked)
    for step in ("begin", "provision"):
        assert msee_interfaces(ordered) == set()
        ordered.ok("provider", step, "er-new")
    ordered.ok(*PRIVATE)
    assert msee_interfaces(ordered) == {"eth1.100"}
    assert resolves(ordered)


@pytest.mark.rule("ER107", "ER104")
def test_deprovisioned_is_gone_from_the_wire_and_kept_in_the_circuit(used: Labs) -> None:
    assert msee_interfaces(used) == {"eth1.100"}
    used.ok("provider", "deprovision", "er-new", "--begin")
    assert msee_interfaces(used) == set()
    used.ok("provider", "deprovision", "er-new")
    assert not resolves(used)
    kept = json.loads(used.ok("circuit", "show", "-o", "json").out)
    assert kept["peerings"][0]["vlanId"] == 100
    used.ok("provider", "provision", "er-new")
    assert {s["state"] for s in sessions(used).values()} == {"Established"}


@pytest.mark.rule("ER219")
def test_a_disabled_peering_closes_its_sessions_and_keeps_its_link(used: Labs) -> None:
    done = used.ok("peering", "update", "--peering-type", "AzurePrivatePeering", "--state", "Disabled")
    assert "0 of 2: the peering is Disabled" in done.out
    neighbor = json.loads(used.ok("exec", "ce1", "vtysh", "-c", "show bgp neighbors 192.168.100.130 json").out)
    said = neighbor["192.168.100.130"]
    assert said["bgpState"] != "Established"
    assert said["lastResetDueTo"] == "BGP Notification received"
    assert "Administrative" in said["lastNotificationReason"]
    assert msee_interfaces(used) == {"eth1.100"}
    used.ok("peering", "update", "--peering-type", "AzurePrivatePeering", "--state", "Enabled")
    assert {s["state"] for s in sessions(used).values()} == {"Established"}


REFUSED = [
    (("circuit", "delete"), "ER105"),
    (("provider", "begin", "er-new"), "ER107"),
    (("provider", "provision", "er-new"), "ER107"),
    (PRIVATE, "ER209"),
    ((*ORDER,), "ER102"),
    (("peering", "delete", "--name", "AzurePrivatePeering"), "ER113"),
    (("circuit", "update", "--sku-tier", "Local", "--sku-family", "UnlimitedData"), "ER108"),
    (("circuit", "update", "--bandwidth", "500"), "ER108"),
    (("circuit", "update", "--bandwidth", "1500"), "ER109"),
    (("peering", "update", "-n", "AzurePrivatePeering", "--vlan-id", "5000"), "ER205"),
    (("peering", "update", "-n", "AzurePrivatePeering", "--peer-asn", "65515"), "ER204"),
    (("peering", "update", "-n", "AzurePrivatePeering", "--primary-peer-subnet", "10.100.0.0/30"), "ER402"),
    (("peering", "update", "-n", "AzurePrivatePeering", "--primary-peer-subnet", "192.168.100.132/30"), "ER203"),
    (("peering", "update", "-n", "AzurePrivatePeering", "--shared-key", "env:NOT_SET_ANYWHERE"), "ER206"),
    (("connection", "create", "--vnet", "apps", "--address-prefix", "10.100.0.0/17"), "ER403"),
    (("connection", "create", "--vnet", "a", "--address-prefix", "10.7.0.0/16", "--routing-weight", "32001"), "ER410"),
    (("provider", "show", "ffffffff"), "ER111"),
]


@pytest.mark.rule("ER105", "ER107", "ER108", "ER109", "ER110", "ER111", "ER113", "ER410")
def test_forbidden_moves_change_nothing(used: Labs) -> None:
    before = json.loads(used.ok("circuit", "show", "-o", "json").out)
    uptimes = {key: s["uptimeSeconds"] for key, s in sessions(used).items()}
    for arguments, rule in REFUSED:
        done = used(*arguments)
        assert done.code == 2, str(done)
        assert rule in done.err, str(done)
        assert "Traceback" not in done.err
        assert "line" not in done.err, str(done)
    local = used("circuit", "create", "--name", "er-2", "--provider", "P", "--peering-location", "L", "--bandwidth",
                 "50", "--sku-tier", "Local")
    assert (local.code, "ER110" in local.err) == (2, True), str(local)
    assert json.loads(used.ok("circuit", "show", "-o", "json").out) == before
    after = sessions(used)
    assert all(after[key]["uptimeSeconds"] >= uptimes[key] for key in uptimes)


@pytest.mark.rule("ER112")
def test_a_provider_runs_layer_3(ordered: Labs) -> None:
    ordered.ok("provider", "provision", "er-new")
    made = ordered.ok("provider", "peering", "create", "er-new", *PRIVATE[2:])
    assert "lastModifiedBy Provider" in made.out
    shown = json.loads(ordered.ok("peering", "show", "-n", "AzurePrivatePeering", "-o", "json").out)
    assert (shown["lastModifiedBy"], shown["sharedKey"], shown["azureASN"]) == ("Provider", None, 12076)
    taken = ordered.ok("peering", "update", "-n", "AzurePrivatePeering", "--vlan-id", "101")
    assert "ER112" in taken.out
    shown = json.loads(ordered.ok("peering", "show", "-n", "AzurePrivatePeering", "-o", "json").out)
    assert (shown["lastModifiedBy"], shown["vlanId"]) == ("Customer", 101)
    assert msee_interfaces(ordered) == {"eth1.101"}


@pytest.mark.rule("ER206", "ER207")
def test_a_key_is_read_again_and_never_changed_unasked(ordered: Labs) -> None:
    key = {"WALK_KEY": "Walk2026"}
    ordered.ok("provider", "provision", "er-new")
    typed_key = ordered(*PRIVATE, "--shared-key", "Walk2026")
    assert typed_key.code == 2
    assert "Walk2026" not in typed_key.err
    made = ordered(*PRIVATE, "--shared-key", "env:WALK_KEY", environment=key)
    assert made.code == 0, str(made)
    assert {s["md5"] for s in sessions(ordered).values()} == {"yes"}
    unset = ordered("connection", "create", "--vnet", "hub", "--address-prefix", "10.100.0.0/16")
    assert (unset.code, "ER206" in unset.err) == (2, True), str(unset)
    other = ordered(*CONNECT, environment={"WALK_KEY": "Other2026"})
    assert (other.code, "another value" in other.err) == (2, True), str(other)
    assert ordered(*CONNECT, environment=key).code == 0
    text = ordered.ok("circuit", "show", "-o", "yaml").out
    assert "WALK_KEY" in text
    assert "Walk2026" not in text


def test_what_was_built_by_hand_is_kept_as_a_file(used: Labs) -> None:
    used.write("circuit.yml", used.ok("circuit", "show", "-o", "yaml").out)
    refused = used("plan", "--lab", "er-new")
    assert (refused.code, "no circuit file" in refused.err) == (2, True), str(refused)
    used.ok("down", "er-new")
    used.ok("up")
    used.ok("check")
    assert json.loads(used.ok("plan", "-o", "json").out)["changes"] == []


def test_an_apply_leaves_the_providers_state_alone(labs: Labs) -> None:
    """And the customer's own switch, where the file does not give it."""
    labs.write("circuit.yml", (topologies.folder("dual-path") / "circuit.yml").read_text())
    labs.write("er.key", "Walk2026\n")
    labs.ok("up")
    labs.ok("provider", "deprovision", "er-lab")
    text = (labs.folder / "circuit.yml").read_text()
    labs.write("circuit.yml", text.replace("10.10.0.0/16", "10.11.0.0/16"))
    applied = labs.ok("apply")
    assert "Established" not in labs.ok("status").out, str(applied)
    labs.ok("provider", "provision", "er-lab")
    assert {s["state"] for s in sessions(labs).values()} == {"Established"}
    labs.ok("peering", "update", "-n", "AzurePrivatePeering", "--state", "Disabled")
    labs.ok("apply")
    assert "Established" not in {s["state"] for s in sessions(labs).values()}
    labs.write("circuit.yml", text.replace("vlanId: 100", "vlanId: 100\n    state: Enabled"))
    labs.ok("apply")
    assert {s["state"] for s in sessions(labs).values()} == {"Established"}


@pytest.mark.rule("ER410")
def test_the_connection_with_the_higher_weight_wins(labs: Labs) -> None:
    labs.write("circuit.yml", (topologies.folder("two-circuits") / "circuit.yml").read_text())
    for path in topologies.folder("two-circuits").glob("*.key"):
        labs.write(path.name, path.read_text())
    labs.ok("up")
    listed = json.loads(labs.ok("connection", "list", "-o", "json").out)
    vnets = [c["virtualNetwork"] for c in listed]
    shared = next(name for name in vnets if vnets.count(name) == 2)
    ours = [c for c in listed if c["virtualNetwork"] == shared]
    assert len(ours) == 2
    uptimes = {key: s["uptimeSeconds"] for key, s in sessions(labs).items()}
    labs.ok("connection", "update", "--name", ours[1]["name"], "--routing-weight", "100")
    routes = json.loads(labs.ok("show", "learned-routes", "--vnet", shared, "-o", "json").out)
    assert routes["value"], routes
    assert all(sessions(labs)[key]["uptimeSeconds"] >= uptimes[key] for key in uptimes)
