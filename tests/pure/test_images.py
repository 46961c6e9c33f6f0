"""Which image a node of the containerlab engine gets where the topology's does not do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lab.engine.containerlab.engine import ContainerlabEngine
from lab.files.load import load
from lab.topology import Topology

ENGINE = ContainerlabEngine()
SHIPPED = load("dual-ce", Path("/"), lint=False).topology


def with_images(**images: str | None) -> Topology:
    return replace(SHIPPED, nodes=tuple(replace(n, image=images.get(n.name, n.image)) for n in SHIPPED.nodes))


def test_other_kinds_than_frr_have_an_image_of_their_own() -> None:
    assert ENGINE.images({"ce1": "bird", "ce2": "frr"}, SHIPPED) == {"ce1": "mseelab/ce"}
    assert ENGINE.images({"ce1": "bird"}, with_images(ce1="user/bird")) == {}


def test_our_frr_without_a_version_can_be_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MSEELAB_FRR_IMAGE", "mseelab/frr:8.4")
    topology = with_images(ce1="mseelab/frr:10.3", ce2="user/frr", msee1=None)
    assert ENGINE.images({}, topology) == dict.fromkeys(("msee1", "msee2", "azure"), "mseelab/frr:8.4")
    assert ENGINE.images({"ce2": "bird"}, SHIPPED)["ce2"] == "mseelab/ce"
    monkeypatch.setenv("MSEELAB_FRR_IMAGE", "")
    assert ENGINE.images({}, topology) == {}


def test_what_a_container_is_made_of_is_its_image_and_its_kind() -> None:
    topology = replace(with_images(ce2="vendor/os", msee1=None), nodes=tuple(
        replace(n, kind="vendor", image="vendor/os") if n.name == "ce2" else n for n in SHIPPED.nodes
    ))
    made = ENGINE.made_of({"ce1": "mseelab/ce"}, topology)
    assert (made["ce1"], made["ce2"]) == ("of image mseelab/ce", "of image vendor/os, kind vendor")
    assert made["msee1"] == "of image mseelab/frr"
