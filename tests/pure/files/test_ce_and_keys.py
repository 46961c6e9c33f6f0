"""A CE's own FRR file, and the shared keys: found, checked, and never shown."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from bgp.frr import reference as references
from bgp.frr.config import OwnConfig
from lab.circuit.models import KeyRef
from lab.errors import Mistakes
from lab.files.ce_file import KEY_PLACE, read_ce_file
from lab.files.circuit_file import read_circuit
from lab.files.keys import collect_keys, key_problem, resolve_keys
from lab.files.lint import lint_text
from lab.wiring import Tag

CONF = """\
hostname ce1
interface eth1.100
 ip address 192.168.100.129/30
interface eth2.8.100
 ip address 192.168.100.133/30
interface lo
! interface eth3.100
router bgp 65550
 neighbor 192.168.100.130 remote-as 12076
 neighbor 192.168.100.130 password ${ER_KEY}
 neighbor 192.168.100.134 password ${ER_KEY}
"""
CIRCUIT = """\
name: er
peerings:
  - name: AzurePrivatePeering
    peerASN: 65010
    vlanId: 100
    primaryPeerAddressPrefix: 192.168.100.128/30
    secondaryPeerAddressPrefix: 192.168.100.132/30
    sharedKey: KEY
"""
needs_vtysh = pytest.mark.skipif(shutil.which("vtysh") is None, reason="vtysh is not installed")


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_interfaces_references_and_as(tmp_path: Path) -> None:
    found = read_ce_file(write(tmp_path / "ce1.conf", CONF), "ce1.conf")
    assert found.mistakes == []
    assert found.interfaces == (Tag("eth1", 100), Tag("eth2", 100, 8))
    assert found.own == OwnConfig("ce1.conf", CONF, ("env:ER_KEY",))
    assert found.local_as == 65550


@pytest.mark.parametrize(("asn", "expected"), [("65010", 65010), ("1.14", 65550), ("x", None), ("1.", None)])
def test_local_as(tmp_path: Path, asn: str, expected: int | None) -> None:
    assert read_ce_file(write(tmp_path / "c", f"router bgp {asn}\n"), "c").local_as == expected


@pytest.mark.rule("ER205", "ER503", "ER605")
def test_what_a_ce_file_may_not_have(tmp_path: Path) -> None:
    text = "interface eth1.0\ninterface eth1.4095\ninterface ethernet1.4094.100\n password ${1X}\n password ${file:x}\n"
    found = read_ce_file(write(tmp_path / "c", text), "ce1.conf")
    assert sorted(str(m) for m in found.mistakes) == [
        "ce1.conf:1: ER205 interface: found eth1.0; allowed tags 1-4094",
        "ce1.conf:2: ER205 interface: found eth1.4095; allowed tags 1-4094",
        "ce1.conf:3: ER605 interface: found ethernet1.4094.100; allowed 15 characters",
        f"ce1.conf:4: ER503: found ${{…}}; {KEY_PLACE}",
        f"ce1.conf:5: ER503: found ${{…}}; {KEY_PLACE}",
    ]
    assert found.interfaces == ()


@pytest.mark.rule("ER503")
@pytest.mark.parametrize("line", [
    " neighbor 192.168.100.130 description ${AWS_SECRET_ACCESS_KEY}", "hostname ${ER_KEY}",
    "route-map ${ER_KEY} permit 10",
    " neighbor ${ER_KEY} password ${ER_KEY}", " neighbor 192.168.100.130 password ${ER_KEY} x",
    " neighbor 192.168.100.130 password x${ER_KEY}", " neighbor 192.168.100.130 password ${ER_KEY}${ER_KEY}",
    " neighbor 192.168.100.130 passwort ${ER_KEY}", " no neighbor 192.168.100.130 password ${ER_KEY}",
    " description neighbor 192.168.100.130 password ${ER_KEY}", "hostname ${HOME}", "${", " password ${ER_KEY}",
])
def test_a_reference_stands_for_a_key_or_not_at_all(tmp_path: Path, line: str) -> None:
    """A4: any variable could be had written wherever a router shows it."""
    found = read_ce_file(write(tmp_path / "c", f"router bgp 1\n{line}\n"), "ce1.conf")
    assert [str(m) for m in found.mistakes] == [f"ce1.conf:2: ER503: found ${{…}}; {KEY_PLACE}"]
    assert found.own.keys == ()
    assert references.resolved(found.own.text, {"env:ER_KEY": "Sesame", "env:HOME": "Sesame"}) == found.own.text


def test_a_comment_may_say_how_it_is_done(tmp_path: Path) -> None:
    text = "! keys: ${ER_KEY}, ${HOME}\n  # ${X\nrouter bgp 1\n"
    found = read_ce_file(write(tmp_path / "c", text), "c")
    assert (found.mistakes, found.own.keys) == ([], ())
    assert references.resolved(text, {}) == text


def test_many_interfaces_are_read_at_once(tmp_path: Path) -> None:
    """A17: the line of each was counted from the start, 11 s for a file of a megabyte."""
    lines = [f"interface eth1.{1 + n % 4094}" for n in range(20_000)]
    begun = time.process_time()
    found = read_ce_file(write(tmp_path / "c", "\n".join(lines)), "c")
    assert time.process_time() - begun < 1
    assert len(found.interfaces) == 4094


@pytest.mark.parametrize("content", [b"\x00\x01", b"caf\xe9", b"x" * (2 << 20)])
def test_a_ce_file_that_is_no_text(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "c").write_bytes(content)
    with pytest.raises(Mistakes):
        read_ce_file(tmp_path / "c", "ce1.conf")


@needs_vtysh
@pytest.mark.rule("ER509")
def test_lint_asks_frr() -> None:
    assert lint_text(CONF, "good.conf") == []
    bad = CONF.replace("router bgp", "rooter bgp").replace("remote-as 12076", "remote-as x password Sesame")
    found = lint_text(bad, "ce1.conf")
    assert [(m.line, m.rule) for m in found] == [(8, "ER509")]
    assert str(found[0]) == "ce1.conf:8: ER509: FRR does not know: rooter bgp 65550"
    assert all("Sesame" not in str(m) for m in found)


@needs_vtysh
def test_lint_takes_a_reference_for_what_it_is() -> None:
    assert lint_text("interface eth1.100\n ip address ${ADDRESS}\n", "c") == []
    assert lint_text("router bgp 1\n neighbor 10.0.0.1 remote-as 2\n neighbor 10.0.0.1 passwort ${K}\n", "c") == []
    (found,) = lint_text("router bgp 1\n neighbour 10.0.0.1 password ${K}\n", "c")
    assert found.line == 2


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ("a", ""),
        ("A1" * 12 + "z", ""),
        ("", "0 characters"),
        ("x" * 26, "26 characters"),
        ("Sesame-12345", "12 characters, the 7th is not a letter or digit"),
        (" a", "2 characters, the 1st is not a letter or digit"),
        ("a\u00e9", "2 characters, the 2nd is not a letter or digit"),
        ("ab\n", "3 characters, the 3rd is not a letter or digit"),
        ("a" * 10 + "!", "11 characters, the 11th is not a letter or digit"),
        ("\u0661", "1 character, the 1st is not a letter or digit"),
    ],
)
@pytest.mark.rule("ER207")
def test_the_form_of_a_key(key: str, problem: str) -> None:
    assert key_problem(key) == problem


def circuit(tmp_path: Path, key: str) -> Path:
    return write(tmp_path / "circuit.yml", CIRCUIT.replace("KEY", key))


@pytest.mark.rule("ER206")
def test_keys_from_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ER_KEY", "fromEnvironment1")
    name = "er/AzurePrivatePeering"
    spec = read_circuit(circuit(tmp_path, "{env: ER_KEY}"), "c").spec
    assert spec.circuits[0].peerings[0].shared_key == KeyRef("env", "ER_KEY")
    own = {"ce1": OwnConfig("ce1.conf", CONF, ("env:ER_KEY",))}
    ring = resolve_keys(spec, own)
    assert dict(ring) == {name: "fromEnvironment1", "env:ER_KEY": "fromEnvironment1"}
    assert "fromEnvironment1" not in repr(ring)
    for content, key in (("fromFile1\n", "fromFile1"), ("fromFile1\r\n", "fromFile1"), ("fromFile1", "fromFile1")):
        (tmp_path / "er.key").write_bytes(content.encode())
        assert dict(resolve_keys(read_circuit(circuit(tmp_path, "{file: er.key}"), "c").spec, {})) == {name: key}
    assert dict(resolve_keys(read_circuit(circuit(tmp_path, "inTheFile1"), "c").spec, {})) == {name: "inTheFile1"}


@pytest.mark.rule("ER206", "ER503")
def test_keys_that_are_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ER_KEY", raising=False)
    spec = read_circuit(circuit(tmp_path, "{env: ER_KEY}"), "circuit.yml").spec
    own = {"ce1": OwnConfig("ce1.conf", CONF, ("env:ER_KEY",))}
    ring, mistakes = collect_keys(spec, own)
    assert len(ring) == 0
    assert [str(m) for m in mistakes] == [
        "circuit.yml:8: ER206 sharedKey: found {env: ER_KEY}; the environment variable ER_KEY is not set",
        "ce1.conf:10: ER503 ${ER_KEY}: the environment variable ER_KEY is not set",
    ]
    with pytest.raises(Mistakes):
        resolve_keys(spec, own)
    for file, words in (("none.key", "no such file"), (".", "a directory"), ("/dev/zero", "device")):
        spec = read_circuit(circuit(tmp_path, f"{{file: {file}}}"), "circuit.yml").spec
        (mistake,) = collect_keys(spec, {})[1]
        assert (mistake.rule, mistake.line) == ("ER206", 8)
        assert words in str(mistake)


@pytest.mark.rule("ER207")
def test_keys_of_the_wrong_form_are_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = ["Sesame-1", "Sesame 1", "Sesame1" * 5, "Sesame1\nSesame2"]
    own = {"ce1": OwnConfig("ce1.conf", CONF, ("env:ER_KEY",))}
    for secret in secrets:
        monkeypatch.setenv("ER_KEY", secret)
        write(tmp_path / "er.key", secret + "\n")
        for reference in ("{env: ER_KEY}", "{file: er.key}"):
            mistakes = collect_keys(read_circuit(circuit(tmp_path, reference), "circuit.yml").spec, own)[1]
            assert "ER207" in [m.rule for m in mistakes]
            assert all("Sesame" not in f"{m!r}{m}" for m in mistakes)
    monkeypatch.setenv("ER_KEY", "Sesame-1")
    (mistake,) = collect_keys(read_circuit(circuit(tmp_path, "{env: ER_KEY}"), "circuit.yml").spec, {})[1]
    assert mistake.sentence() == (
        "ER207 sharedKey: found 8 characters, the 7th is not a letter or digit in {env: ER_KEY}; "
        "allowed 1-25 letters and digits"
    )
