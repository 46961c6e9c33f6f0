"""What Azure's guides type is what a verb takes."""

from __future__ import annotations

from typing import Any

import click
import pytest
from click.testing import CliRunner

from lab.cli.azure_flags import AzureGroup
from lab.cli.circuit import Bandwidth
from lab.cli.circuit import circuit as circuit_group
from lab.cli.peering import PrefixList
from lab.cli.peering import peering as peering_group


@pytest.fixture
def verb() -> tuple[click.Group, list[dict[str, Any]]]:
    """A group with one verb, and what that verb was given."""
    got: list[dict[str, Any]] = []

    @click.group(cls=AzureGroup)
    def group() -> None:
        pass

    @group.command()
    @click.option("--bandwidth", type=Bandwidth())
    @click.option("--prefixes", type=PrefixList())
    @click.option("--path", type=click.Choice(["primary", "secondary"]))
    @click.argument("name", required=False)
    def create(**values: Any) -> None:
        got.append(values)

    return group, got


def test_the_words_of_azures_guides_are_taken(verb: tuple[click.Group, list[dict[str, Any]]]) -> None:
    """cases section 6, last row: "no such option", and words that were taken for arguments."""
    group, got = verb
    typed = [
        "create", "-g", "RG", "-l", "West US", "--bandwidth", "200", "Mbps", "--prefixes", "1.0.0.0/24", "2.0.0.0/24",
        "--path", "Primary", "--tags", "a=b", "c=d", "--no-wait",
    ]
    done = CliRunner().invoke(group, typed)
    assert done.exit_code == 0, done.output
    assert got == [{"bandwidth": 200, "prefixes": ["1.0.0.0/24", "2.0.0.0/24"], "path": "primary", "name": None}]
    told = done.stderr.splitlines()
    said = [f"mseelab: {flag} has no meaning in a lab and is left out"
            for flag in ("--resource-group", "--location", "--tags", "--no-wait")]
    assert sorted(told) == sorted(said)


def test_a_bandwidth_takes_its_unit_and_no_name(verb: tuple[click.Group, list[dict[str, Any]]]) -> None:
    group, got = verb
    assert CliRunner().invoke(group, ["create", "--bandwidth", "2", "Gbps", "er"]).exit_code == 0
    assert CliRunner().invoke(group, ["create", "--bandwidth", "200", "er"]).exit_code == 0
    assert [(g["bandwidth"], g["name"]) for g in got] == [(2000, "er"), (200, "er")]


def test_the_verbs_of_the_workflow_are_such_verbs() -> None:
    for group in (circuit_group, peering_group):
        for name, command in group.commands.items():
            if not isinstance(command, click.Group):
                assert any("--resource-group" in param.opts for param in command.params), name
