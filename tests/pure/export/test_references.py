"""Names that stand for shared keys in an export."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bgp.frr.config import OwnConfig
from lab.circuit.keys import Keyring
from lab.circuit.models import Circuit, KeyRef, Peering, Spec
from lab.errors import Impossible
from lab.export.references import References, names_in, refuse_clear_keys


def spec(**keys: KeyRef) -> Spec:
    """A lab of one circuit a key."""
    peering = Peering("AzurePrivatePeering", 65010, 100, ())
    circuits = tuple(Circuit(name, (replace(peering, shared_key=key),), ()) for name, key in keys.items())
    return Spec("er-lab", "circuit.yml", "dual-path", circuits, (), ())


def names(references: References) -> dict[str, str]:
    return {key.removesuffix("/AzurePrivatePeering"): references[key] for key in references}


def test_a_variable_keeps_its_name_and_a_file_gives_its_own() -> None:
    found = References(spec(a=KeyRef("env", "ER_PRIVATE"), b=KeyRef("file", "secrets/er-ams.key")), {})
    assert names(found) == {"a": "${ER_PRIVATE}", "b": "${ER_AMS_KEY}"}
    assert found.origins["ER_AMS_KEY"] == KeyRef("file", "secrets/er-ams.key")


def test_a_key_of_the_circuit_file_is_called_after_its_peering() -> None:
    found = References(spec(er=KeyRef("literal", "")), {})
    assert names(found) == {"er": "${ER_AZUREPRIVATEPEERING_KEY}"}


def test_one_key_has_one_name_and_two_keys_have_two() -> None:
    found = References(spec(a=KeyRef("file", "er.key"), b=KeyRef("file", "er.key"), c=KeyRef("file", "x/er.key")), {})
    assert names(found) == {"a": "${ER_KEY}", "b": "${ER_KEY}", "c": "${ER_KEY_2}"}


def test_the_text_of_a_ce_keeps_its_own_names() -> None:
    own = {"ce1": OwnConfig("ce1.conf", "password ${ER_KEY}", ("env:ER_KEY",))}
    found = References(spec(a=KeyRef("file", "er.key"), b=KeyRef("env", "ER_KEY")), own)
    assert names(found) == {"env:ER_KEY": "${ER_KEY}", "a": "${ER_KEY_2}", "b": "${ER_KEY}"}


def test_names_are_names() -> None:
    found = References(spec(a=KeyRef("file", "9 lives.txt")), {})
    assert names_in(found["a/AzurePrivatePeering"]) == ("KEY_9_LIVES_TXT",)


@pytest.mark.parametrize("line", ["neighbor 192.0.2.1 password Secret1", "description LabKey42"])
def test_a_ce_file_with_a_key_in_clear_does_not_leave(line: str, tmp_path: Path) -> None:
    own = {"ce1": OwnConfig("ce1.conf", f"router bgp 65010\n {line}\n")}
    with pytest.raises(Impossible, match=r"^ce1\.conf:2 has a key in clear") as caught:
        refuse_clear_keys(own, Keyring({"er/AzurePrivatePeering": "LabKey42"}))
    assert "Secret1" not in caught.value.message
    assert "LabKey42" not in caught.value.message


def test_a_ce_file_with_references_may_leave() -> None:
    text = "neighbor 192.0.2.1 password ${ER_KEY}\nno service password-encryption\n"
    refuse_clear_keys({"ce1": OwnConfig("ce1.conf", text)}, Keyring({"env:ER_KEY": "LabKey42", "x": "neighbor"[:3]}))
