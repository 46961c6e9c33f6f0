"""What a user types, and what is read for it: files, folders, shipped labs; every file's mistakes in one run."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

import topologies
from lab.circuit.rules import all_rules, rule
from lab.errors import Impossible, Mistakes
from lab.files.load import load
from lab.files.outside import CI
from lab.wiring import Tag

CIRCUIT = """\
name: er
peerings:
  - name: AzurePrivatePeering
    peerASN: 65010
    vlanId: 100
    primaryPeerAddressPrefix: 192.168.100.128/30
    secondaryPeerAddressPrefix: 192.168.100.132/30
"""


def put(folder: Path, **files: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)
    return folder


@pytest.mark.parametrize("name", topologies.names())
def test_what_ships_loads_without_a_word(name: str, tmp_path: Path) -> None:
    loaded = load(name, tmp_path)
    assert loaded.shipped
    assert loaded.warnings == ()
    assert loaded.topology.name == name
    assert loaded.spec.topology == name
    assert Path(loaded.spec.files[0]).is_file()


def test_the_shipped_labs_are_these() -> None:
    assert set(topologies.names()) >= {"dual-ce", "dual-path", "from-az", "own-config", "two-circuits", "workflow"}
    for name in topologies.names():
        assert (topologies.folder(name) / "README.md").read_text().startswith(f"# {name}\n")
    with pytest.raises(KeyError):
        topologies.folder("../lab")


def test_dual_path_is_the_lab_of_the_first_screen(tmp_path: Path) -> None:
    loaded = load(None, tmp_path, fallback=True)
    spec = loaded.spec
    assert (spec.lab, loaded.shipped) == ("er-lab", True)
    assert list(loaded.keyring) == ["er-lab/AzurePrivatePeering"]
    peering = spec.circuits[0].peerings[0]
    assert [str(s.network) for _, _, s in peering.subnets] == [
        "192.168.100.128/30",
        "192.168.100.132/30",
        "fd00:64::/126",
        "fd00:64::4/126",
    ]
    hub = spec.vnet("hub")
    assert (hub.host("ipv4"), hub.host("ipv6")) == ("10.100.0.36", "fd00:100::24")
    assert [str(p) for p in spec.customer_edges[0].advertise] == ["10.10.0.0/16", "fd00:10::/48"]


def test_own_config_names_its_interfaces(tmp_path: Path) -> None:
    loaded = load("own-config", tmp_path)
    assert loaded.interfaces == {"ce1": (Tag("eth1", 100), Tag("eth2", 100))}
    assert loaded.own["ce1"].file.endswith("ce1.conf")
    assert len(loaded.spec.files) == 3


def test_this_folder_a_folder_and_a_file(tmp_path: Path) -> None:
    put(tmp_path / "here", circuit_yml=CIRCUIT)
    put(tmp_path / "json", circuit_json='{"name": "er-json", "peerings": []}')
    assert load(None, tmp_path / "here").spec.file == "circuit.yml"
    assert load("here", tmp_path).spec.file == "here/circuit.yml"
    assert load("here/circuit.yml", tmp_path).spec.file == "here/circuit.yml"
    assert load("json", tmp_path).spec.lab == "er-json"
    absolute = str(tmp_path / "here" / "circuit.yml")
    loaded = load(absolute, tmp_path)
    assert (loaded.spec.file, loaded.spec.files[0], loaded.shipped) == (absolute, absolute, False)


def test_what_means_nothing_or_two_things(tmp_path: Path) -> None:
    put(tmp_path / "two", circuit_yml=CIRCUIT, circuit_json="{}")
    put(tmp_path / "none")
    put(tmp_path / "dual-path", circuit_yml=CIRCUIT)
    for target, words in (
        (None, "no circuit.yml in this folder"),
        ("two", "circuit.yml and circuit.json"),
        ("none", "no circuit.yml in none"),
        ("dual-path", "a folder here and a shipped lab"),
        ("er-nowhere", "no file, folder or shipped lab named er-nowhere"),
        ("", "no circuit.yml"),
        ("x" * 5000, "no file"),
        ("a\0b", "no file"),
    ):
        with pytest.raises(Impossible, match=words) as caught:
            load(target, tmp_path)
        assert caught.value.next
        assert caught.value.exit_code == 2
    assert not load("./dual-path", tmp_path).shipped
    put(tmp_path / "plain")
    (tmp_path / "plain" / "dual-ce").mkdir()
    assert load("dual-ce", tmp_path / "plain").shipped


@pytest.mark.rule("ER602")
def test_a_topology_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in CI:
        monkeypatch.delenv(name, raising=False)
    shipped = (topologies.folder("dual-path") / "dual-path.clab.yml").read_text()
    put(tmp_path / "site", circuit_yml="topology: ../net/site.clab.yml\n" + CIRCUIT)
    put(tmp_path / "net")
    (tmp_path / "net" / "site.clab.yml").write_text(shipped)
    loaded = load("site", tmp_path)
    assert loaded.topology.file == "net/site.clab.yml"
    assert [Path(f).name for f in loaded.spec.files] == ["circuit.yml", "site.clab.yml"]
    for topology, words in (("./none.clab.yml", "is not a file"), ("dual-paht", "dual-ce, dual-path")):
        put(tmp_path / "site", circuit_yml=CIRCUIT + f"topology: {topology}\n")
        with pytest.raises(Mistakes) as caught:
            load("site", tmp_path)
        (mistake,) = caught.value.mistakes
        assert (mistake.rule, mistake.line) == ("ER602", 8)
        assert words in str(mistake)


def test_without_customer_edges_every_ce_of_the_topology_is_generated(tmp_path: Path) -> None:
    put(tmp_path, circuit_yml=CIRCUIT + "topology: dual-ce\n")
    assert [e.name for e in load(None, tmp_path).spec.customer_edges] == ["ce1", "ce2"]


def test_all_files_mistakes_in_one_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ER_KEY", raising=False)
    topology = (topologies.folder("dual-path") / "dual-path.clab.yml").read_text().replace("mtu: 1500", "mtu: 15", 1)
    put(tmp_path, site_clab_yml=topology, ce1_conf="interface eth1.5000\n password ${ER_KEY}\n")
    put(
        tmp_path,
        circuit_yml="topology: ./site.clab.yml\n" + CIRCUIT.replace("65010", "12076") + "    sharedKey: {env: ER_KEY}\n"
        "customerEdges:\n  - {name: ce1, config: ce1.conf}\n  - {name: ce2, config: ce2.conf}\n",
    )
    with pytest.raises(Mistakes) as caught:
        load(None, tmp_path, lint=False)
    found = [(m.file, m.line, m.rule) for m in caught.value.mistakes]
    assert found == [
        ("circuit.yml", 5, "ER204"),
        ("circuit.yml", 9, "ER206"),
        ("circuit.yml", 12, "ER502"),
        ("ce1.conf", 1, "ER205"),
        ("ce1.conf", 2, "ER503"),
        ("site.clab.yml", 17, "ER604"),
    ]


@pytest.mark.rule("ER504", "ER507", "ER510", "ER605")
def test_whether_the_planes_fit(tmp_path: Path) -> None:
    def found(text: str) -> list[str]:
        put(tmp_path, circuit_yml=CIRCUIT + text)
        try:
            return [str(w) for w in load(None, tmp_path, lint=False).warnings]
        except Mistakes as error:
            return [str(m) for m in error.mistakes]

    assert found("customerEdges: [{name: ce7}]") == [
        "circuit.yml:8: ER507 name: found ce7; allowed ce1 (dual-path.clab.yml)"
    ]
    assert found("topology: dual-ce\ncustomerEdges: [{name: ce1}]") == [
        "circuit.yml:1: ER504 customerEdges: no CE is cabled to the secondary path of er, so its SLA does not hold"
    ]
    put(tmp_path, ce1_conf="interface eth7.100\n")
    assert found("customerEdges: [{name: ce1, config: ce1.conf}]") == [
        "circuit.yml:8: ER510 config: it names a sub-interface of eth7, and ce1 has eth1, eth2"
    ]
    crossed = (topologies.folder("dual-ce") / "dual-ce.clab.yml").read_text()
    put(tmp_path, site_clab_yml=crossed + '    - {endpoints: ["ce2:eth3", "msee1:eth2"]}\n')
    assert found("topology: ./site.clab.yml") == [
        "circuit.yml:1: ER504 customerEdges: found ce1 and ce2 on the primary path of er; allowed one CE on a path"
    ]
    put(
        tmp_path,
        site_clab_yml=(topologies.folder("dual-path") / "dual-path.clab.yml").read_text().replace("eth", "ethernet"),
    )
    assert found("topology: ./site.clab.yml\nstag: 8\ncustomerEdges: [{name: ce1}]") == []
    assert found("topology: ./site.clab.yml\nstag: 4000\ncustomerEdges: [{name: ce1, handoff: qinq}]") == [
        "circuit.yml:10: ER605 handoff: found ethernet1.4000.100; allowed 15 characters; shorten ce1:ethernet1",
        "circuit.yml:10: ER605 handoff: found ethernet1.4000.100; allowed 15 characters; shorten msee1:ethernet1",
        "circuit.yml:10: ER605 handoff: found ethernet2.4000.100; allowed 15 characters; shorten ce1:ethernet2",
        "circuit.yml:10: ER605 handoff: found ethernet1.4000.100; allowed 15 characters; shorten msee2:ethernet1",
    ]


def test_reading_is_fast(tmp_path: Path) -> None:
    load("dual-path", tmp_path)
    began = time.process_time()
    load("dual-path", tmp_path)
    assert time.process_time() - began < 0.03
    lines = ["lab: many", "circuits:"]
    vnets = ["virtualNetworks:"]
    for n in range(200):
        lines.append(f"""\
  - name: c{n}
    connections: [v{n}]
    peerings:
      - name: AzurePrivatePeering
        peerASN: 65010
        vlanId: {100 + n}
        primaryPeerAddressPrefix: 172.16.{n}.0/30
        secondaryPeerAddressPrefix: 172.16.{n}.4/30
        ipv6PeeringConfig:
          primaryPeerAddressPrefix: fd00:64:{n:x}::/126
          secondaryPeerAddressPrefix: fd00:64:{n:x}::4/126""")
        vnets.append(f'  - {{name: v{n}, addressSpace: {{addressPrefixes: [10.{n}.0.0/16, "fd00:{n + 256:x}::/48"]}}}}')
    put(tmp_path, circuit_yml="\n".join(lines + vnets) + "\n")
    began = time.process_time()
    loaded = load(None, tmp_path)
    assert time.process_time() - began < 1
    assert len(loaded.spec.circuits) == 200
    assert len({c.stag for c in loaded.spec.circuits}) == 200


def test_rules_are_whole() -> None:
    rules = all_rules()
    assert [r.id for r in rules] == sorted({r.id for r in rules})
    for each in rules:
        assert each.id.startswith("ER")
        assert each.id[2:].isdigit()
        assert each.title
        assert each.text.endswith(".")
        assert each.source
        assert each.confidence
        assert rule(each.id) is each
    fixed = {"ER105": "delete", "ER201": "/30", "ER204": "AS number", "ER305": "private AS", "ER402": "VNet"}
    for id_, words in fixed.items():
        assert words in rule(id_).title
    with pytest.raises(KeyError):
        rule("ER999")


def test_every_rule_that_code_names_exists() -> None:
    import re

    root = Path(topologies.__file__).parents[1]
    named = {
        id_
        for folder in ("lab", "bgp")
        for path in (root / folder).rglob("*.py")
        for id_ in re.findall(r"\bER[1-9]\d\d\b", path.read_text())
    }
    assert named <= {r.id for r in all_rules()}


@pytest.mark.rule("ER513")
@pytest.mark.parametrize(("name", "known"), [
    ("ER_ANY_KEY", True), ("MY_KEY", True), ("AWS_SECRET_ACCESS_KEY", False), ("GITHUB_TOKEN", False),
    ("er_key", False),
])
def test_a_ce_file_names_variables_that_are_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, known: bool
) -> None:
    """A4: any variable of the caller's could be had."""
    for variable in ("ER_ANY_KEY", "MY_KEY", "AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "er_key"):
        monkeypatch.setenv(variable, "Sesame2026")
    peer = " neighbor 192.168.100.130"
    ce = f"router bgp 65010\n{peer} remote-as 12076\n{peer} password ${{{name}}}\n"
    put(tmp_path, ce1_conf=ce, circuit_yml=CIRCUIT + "    sharedKey: {env: MY_KEY}\ncustomerEdges:\n  - {name: ce1, "
        "config: ce1.conf}\n")
    for keys in (True, False):
        if known:
            assert f"env:{name}" in load(None, tmp_path, lint=False, keys=keys).keyring
            continue
        with pytest.raises(Mistakes) as caught:
            load(None, tmp_path, lint=False, keys=keys)
        (mistake,) = caught.value.mistakes
        assert (mistake.file, mistake.line, mistake.rule) == ("ce1.conf", 3, "ER513")
        assert "sharedKey: {env: NAME}" in str(mistake)
