"""The export to containerlab: every shipped lab, its files among themselves, and what has no place in it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import topologies
from lab.cli import main
from lab.errors import Impossible
from lab.export.base import Export
from lab.export.containerlab.wiring import wiring_text
from lab.export.registry import NAMES, exporter
from lab.files.load import Loaded, load, load_file
from lab.net.sysctl import OPTIONAL, router_settings
from lab.role.build import build
from lab.wiring import Cable, Interface, NodeWiring, PermanentNeighbor, Port, Route, Tag

PUBLIC = ("both-peerings", "microsoft-peering")
shipped = pytest.mark.parametrize("name", [name for name in topologies.names() if name not in PUBLIC])
CIRCUIT = """
name: er-lab
peerings:
  - name: AzurePrivatePeering
    peerASN: 65010
    primaryPeerAddressPrefix: 192.168.100.128/30
    secondaryPeerAddressPrefix: 192.168.100.132/30
    vlanId: 100
    sharedKey: {env: ER_KEY}
virtualNetworks:
  - name: hub
    addressSpace: {addressPrefixes: [10.100.0.0/16]}
customerEdges:
  - name: ce1
"""


def exported(loaded: Loaded) -> Export:
    return exporter("containerlab").export(loaded)


def of(tmp_path: Path, circuit: str) -> Loaded:
    (tmp_path / "circuit.yml").write_text(circuit)
    return load_file(tmp_path / "circuit.yml", "circuit.yml")


def topology(made: Export) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(made.files[f"{made.lab}.clab.yml"])
    return found


@shipped
def test_no_key_leaves(name: str, tmp_path: Path) -> None:
    loaded = load(name, tmp_path)
    made = exported(loaded)
    for path, text in made.files.items():
        for key in loaded.keyring.values():
            assert key not in text, path


@shipped
def test_nodes_and_links_are_those_of_the_lab(name: str, tmp_path: Path) -> None:
    loaded = load(name, tmp_path)
    source = yaml.safe_load(loaded.topology_file.read_text())["topology"]
    found = topology(exported(loaded))
    assert found["name"] == loaded.spec.lab
    assert found["topology"]["links"] == source["links"]
    nodes = found["topology"]["nodes"]
    assert list(nodes) == list(source["nodes"])
    for name, node in nodes.items():
        assert node["labels"] == source["nodes"][name]["labels"]
        given = {key: node[key] for key in ("image", "image-pull-policy", "network-mode", "restart-policy")}
        assert found["topology"]["defaults"] | given == source["defaults"]


@shipped
def test_everything_a_node_binds_is_in_the_folder(name: str, tmp_path: Path) -> None:
    made = exported(load(name, tmp_path))
    folders = {path.split("/")[0] for path in made.files if "/" in path}
    for node in topology(made)["topology"]["nodes"].values():
        sources = {bind.split(":")[0] for bind in node["binds"]}
        assert sources <= {*made.files, *folders, *(f"keys/{key}" for key in made.keys)}


@shipped
def test_a_node_gets_the_keys_that_its_files_name_and_no_others(name: str, tmp_path: Path) -> None:
    made = exported(load(name, tmp_path))
    for node, properties in topology(made)["topology"]["nodes"].items():
        texts = "".join(text for path, text in made.files.items() if path.startswith(f"{node}/"))
        bound = {bind.split(":")[0] for bind in properties["binds"] if bind.startswith("keys/")}
        assert bound == {f"keys/{key}" for key in re.findall(r"\$\{(\w+)\}", texts)}


@shipped
def test_wiring_is_written_in_words_that_the_script_knows(name: str, tmp_path: Path) -> None:
    made = exported(load(name, tmp_path))
    words = set(re.findall(r"^(\w+)\(\) \{$", made.files["start.sh"], flags=re.MULTILINE))
    for path in (path for path in made.files if path.endswith("/wiring.sh")):
        lines = [line for line in made.files[path].splitlines() if not line.startswith("#")]
        assert {line.split()[0] for line in lines} <= words
        assert lines[0].split()[0] == "own"


def test_wiring_says_everything_below_the_daemons() -> None:
    here, there = Port("azure", "eth1"), Port("msee1", "eth9")
    wiring = NodeWiring(
        "azure",
        ("v1",),
        ("br-v1",),
        (
            Interface("eth1.8.1001", tag=Tag("eth1", 1001, 8), bridge="br-v1"),
            Interface("eth1.7", "v1", ("10.0.0.1/30",), tag=Tag("eth1", 7), mac="02:00:00:00:00:07"),
            Interface("host", "v1", ("10.1.0.36/16", "fd00::24/64"), bridged="br-v1", mac="02:00:00:00:00:01"),
            Interface("lo", addresses=("10.10.0.1/32",)),
        ),
        (PermanentNeighbor("v1", "host", "10.1.0.4", "02:00:00:00:00:02"),),
        (Route("", "10.2.0.0/16", ("10.1.0.4", "10.1.0.5")), Route("v1", "::/0", ("fd00::4",))),
        ipv6=False,
        down=("eth1",),
    )
    text = wiring_text(wiring, [Cable(there, here, 1400), Cable(Port("ce1", "eth1"), Port("msee1", "eth1"))])
    assert text.splitlines()[1:] == [
        "own ipv4",
        "port eth1 2 1400",
        "vrf v1",
        "bridge br-v1",
        "tagged - eth1.8.1001 eth1 8 1001 -",
        "member eth1.8.1001 br-v1",
        "tagged v1 eth1.7 eth1 - 7 02:00:00:00:00:07",
        "address v1 eth1.7 10.0.0.1/30",
        "plugged v1 host 02:00:00:00:00:01 br-v1 'v1~host'",
        "address v1 host 10.1.0.36/16",
        "address v1 host fd00::24/64",
        "address - lo 10.10.0.1/32",
        "neighbor v1 host 10.1.0.4 02:00:00:00:00:02",
        "route - 10.2.0.0/16 10.1.0.4 10.1.0.5",
        "route v1 ::/0 fd00::4",
        "cut eth1",
    ]


@shipped
def test_bfd_is_armed_at_both_ends_or_at_none(name: str, tmp_path: Path) -> None:
    """FRR 10 keeps a neighbor with BFD idle while the other end has none."""
    loaded = load(name, tmp_path)
    made = exported(loaded)
    armed = {
        (path.split("/")[0], address)
        for path, text in made.files.items()
        if path.endswith("/bgpd.conf")
        for address in re.findall(r"^ neighbor (\S+) bfd profile ", text, flags=re.MULTILINE)
    }
    assert armed or not loaded.spec.circuits
    for session in build(loaded.spec, loaded.topology, loaded.own, loaded.interfaces).sessions:
        generated = f"{session.ce}/frr.conf" not in made.files
        assert ((session.msee, session.ce_address) in armed) == generated
        assert ((session.ce, session.msee_address) in armed) == generated


def test_settings_are_the_engines(tmp_path: Path) -> None:
    lines = exported(load("dual-path", tmp_path)).files["router.settings"].splitlines()
    found = dict(line.split() for line in lines if not line.startswith("#"))
    assert {name.removeprefix("-"): value for name, value in found.items()} == router_settings()
    assert {name[1:] for name in found if name.startswith("-")} == OPTIONAL


def test_the_folder_says_how_to_give_it_the_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "install -m 600 er.key keys/ER_KEY" in exported(load("dual-path", tmp_path)).files["README.md"]
    monkeypatch.setenv("ER_KEY", "LabKey42")
    text = exported(of(tmp_path, CIRCUIT)).files["README.md"]
    assert """(umask 077; printf '%s\\n' "$ER_KEY" > keys/ER_KEY)""" in text
    assert "keys/" not in exported(load("from-az", tmp_path)).files["README.md"].split("## Look")[0]


def test_tools_of_ours_are_not_needed(tmp_path: Path) -> None:
    """Neither mseelab nor Python is called by anything in the folder."""
    made = exported(load("dual-path", tmp_path))
    for path in ("start.sh", "check.sh", "er-lab.clab.yml", *(p for p in made.files if p.endswith("wiring.sh"))):
        assert not re.search(r"^[^#]*\b(python\S*|mseelab (?!/))", made.files[path], flags=re.MULTILINE), path


@pytest.mark.parametrize("name", PUBLIC)
def test_microsoft_peering_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(Impossible, match="private peering only"):
        exported(load(name, tmp_path))


@pytest.mark.parametrize("kind", ["exabgp", "bird", "gobgp", "openbgpd"])
def test_a_ce_that_is_no_frr_is_refused_by_name(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ER_KEY", "LabKey42")
    with pytest.raises(Impossible, match=f"^ce1 is a CE of kind {kind}; "):
        exported(of(tmp_path, f"{CIRCUIT}    kind: {kind}\n"))


def test_a_container_of_the_users_is_left_to_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ER_KEY", "LabKey42")
    source = yaml.safe_load((topologies.folder("dual-path") / "dual-path.clab.yml").read_text())
    source["topology"]["nodes"]["ce1"] |= {"image": "site/router:1", "binds": ["./router.cfg:/router.cfg"]}
    (tmp_path / "site.clab.yml").write_text(yaml.safe_dump(source))
    made = exported(of(tmp_path, f"topology: ./site.clab.yml\n{CIRCUIT}"))
    node = topology(made)["topology"]["nodes"]["ce1"]
    kept = {"network-mode": "none", "restart-policy": "no", "image-pull-policy": "Never"}
    assert node == {"image": "site/router:1", "labels": {"mseelab-role": "ce"}, **kept}
    assert not any(path.startswith("ce1/") for path in made.files)
    assert made.notes == ("ce1: the container is yours to configure", "left out of the topology: ce1: binds")


def test_the_verb(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert main.run(["export", "containerlab", str(out), "dual-path"]) == 0
    printed, said = capsys.readouterr()
    assert printed == (
        f"er-lab   exported to {out}: 4 nodes, 4 links; without its keys: ER_KEY\n"
        f"  next         {out}/README.md: where the keys go, then containerlab deploy -t er-lab.clab.yml\n"
    )
    assert said == ""
    assert main.run(["export", "containerlab", str(tmp_path), "dual-path"]) == 2
    assert "is not empty, and no earlier export of er-lab" in capsys.readouterr().err


def test_every_name_has_an_exporter() -> None:
    assert [exporter(name).name for name in NAMES] == list(NAMES)
    with pytest.raises(Impossible, match="no export to gns3"):
        exporter("gns3")
