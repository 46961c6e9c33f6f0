"""Missing, contradictory and hostile arguments of every workflow verb: one clear error, exit 2, nothing changed."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from typing import IO

import pytest

from lab.cli import main
from tests.live.harness import Labs
from tests.live.looking import sessions

PRIVATE = ("-n", "AzurePrivatePeering")
SUBNETS = ("--primary-peer-subnet", "192.168.9.0/30", "--secondary-peer-subnet", "192.168.9.4/30")
LONG = "x" * 5000
ODD = ("", "\n", "\x1b[2J", LONG, "../../etc/passwd", "$(reboot)", "--", "\udcff")
MISSING = [
    ("circuit", "create"),
    ("circuit", "create", "--name", "a"),
    ("circuit", "create", "--name", "a", "--provider", "p"),
    ("circuit", "create", "--name", "a", "--provider", "p", "--peering-location", "l"),
    ("circuit", "update"),
    ("provider", "begin"),
    ("provider", "provision"),
    ("provider", "deprovision"),
    ("provider", "show"),
    ("provider", "peering", "create"),
    ("provider", "peering", "create", "er-new"),
    ("provider", "peering", "update", "er-new"),
    ("provider", "peering", "update", "er-new", *PRIVATE),
    ("peering", "create"),
    ("peering", "create", *PRIVATE),
    ("peering", "create", *PRIVATE, "--peer-asn", "65010"),
    ("peering", "update"),
    ("peering", "update", *PRIVATE),
    ("peering", "delete"),
    ("peering", "show"),
    ("peering", "route-filter", "create"),
    ("peering", "route-filter", "create", "--name", "f"),
    ("peering", "route-filter", "delete"),
    ("connection", "create"),
    ("connection", "create", "--vnet", "nowhere"),
    ("connection", "update"),
    ("connection", "update", "--name", "hub-er-new"),
    ("connection", "delete"),
    ("microsoft", "approve-prefixes"),  # there is no Microsoft peering
    ("peering", "nonsense"),
    ("provider", "nonsense"),
]
CONTRADICTORY = [
    ("circuit", "create", "--name", "a", "--express-route-port", "p", "--provider", "x", "--bandwidth", "1 Gbps"),
    ("circuit", "create", "--name", "a", "--express-route-port", "nowhere", "--bandwidth", "1 Gbps"),
    ("circuit", "create", "--name", "a", "--express-route-port", "p", "--bandwidth", "500"),
    ("circuit", "delete", "er-new", "--name", "other"),
    ("circuit", "update", "er-new", "--name", "other", "--sku-tier", "Premium"),
    ("circuit", "update", "--sku-tier", "Basic"),
    ("circuit", "update", "--bandwidth", "a lot"),
    ("connection", "delete", "hub-er-new", "--name", "other"),
    ("connection", "create", "--vnet", "hub", "--address-prefix", "10.9.0.0/16"),
    ("connection", "update", "--name", "hub-er-new", "--routing-weight", "-1"),
    ("connection", "update", "--name", "hub-er-new", "--routing-weight", "99999999999999999999"),
    ("peering", "update", *PRIVATE, "--state", "Off"),
    ("peering", "update", *PRIVATE, "--peer-asn", "12076"),
    ("peering", "update", *PRIVATE, "--peer-asn", "99999999999999999999"),
    ("peering", "update", *PRIVATE, "--vlan-id", "0"),
    ("peering", "update", *PRIVATE, "--primary-peer-subnet", "fd00::/126"),
    ("peering", "update", *PRIVATE, "--ip-version", "ipv6", "--primary-peer-subnet", "192.168.9.0/30"),
    ("peering", "update", *PRIVATE, "--ip-version", "ipv6", "--primary-peer-subnet", "fd00::/126"),
    ("peering", "update", *PRIVATE, "--shared-key", "Secret2026"),
    ("peering", "update", *PRIVATE, "--shared-key", "file:/nowhere"),
    ("peering", "update", *PRIVATE, "--shared-key", "file:/"),
    ("peering", "update", *PRIVATE, "--route-filter", "nowhere"),
    ("peering", "update", *PRIVATE, "--advertised-public-prefixes", "198.51.100.0/24"),
    ("peering", "update", "-n", "MicrosoftPeering", "--vlan-id", "9"),
    ("peering", "create", "-n", "MicrosoftPeering", "--peer-asn", "65010", "--vlan-id", "9", *SUBNETS),
    ("peering", "create", "-n", "AzurePublicPeering", "--peer-asn", "65010", "--vlan-id", "9", *SUBNETS),
    ("peering", "route-filter", "create", "--name", "f", "--communities", "65010:1"),
    ("peering", "route-filter", "create", "--name", "f", "--communities", ","),
    ("peering", "route-filter", "delete", "--name", "f"),
    ("microsoft", "reject-prefixes", "er-new", "--prefix", "not-a-prefix"),
    ("microsoft", "approve-prefixes", "nowhere"),
    ("provider", "provision", "er-new", "--lab", "nowhere"),
    ("provider", "provision", "abc"),
]
NAMED: list[tuple[str, ...]] = [
    ("circuit", "create", "--provider", "p", "--peering-location", "l", "--bandwidth", "50", "--name"),
    ("circuit", "delete", "--name"),
    ("circuit", "show", "--name"),
    ("provider", "provision", "--"),
    ("connection", "delete", "--name"),
    ("connection", "create", "--address-prefix", "10.9.0.0/16", "--vnet"),
    ("connection", "create", "--vnet", "v", "--address-prefix"),
    ("peering", "show", "-n", "MicrosoftPeering", "--circuit"),
    ("peering", "update", *PRIVATE, "--primary-peer-subnet"),
    ("peering", "update", *PRIVATE, "--shared-key"),
    ("peering", "route-filter", "create", "--communities", "12076:52002", "--name"),
    ("microsoft", "approve-prefixes", "--circuit"),
]


@pytest.fixture(scope="module")
def used(module_labs: Labs) -> Iterator[Labs]:
    """A circuit in use, no session of which has moved in the end."""
    labs = module_labs
    labs.ok("up", "--physical", "workflow", "--lab", "er-new")
    order = ("--provider", "P", "--peering-location", "L", "--bandwidth", "1000")
    labs.ok("circuit", "create", "--name", "er-new", *order)
    labs.ok("provider", "provision", "er-new")
    labs.ok("peering", "create", *PRIVATE, "--peer-asn", "65010", "--vlan-id", "100", "--primary-peer-subnet",
            "192.168.100.128/30", "--secondary-peer-subnet", "192.168.100.132/30")
    labs.ok("connection", "create", "--vnet", "hub", "--address-prefix", "10.100.0.0/16")
    before = sessions(labs)
    yield labs
    after = sessions(labs)
    assert all(after[key]["uptimeSeconds"] >= before[key]["uptimeSeconds"] for key in before)


@pytest.fixture(autouse=True)
def unchanged(used: Labs) -> Iterator[None]:
    """Whatever was refused changed nothing."""
    before = document(used)
    yield
    assert document(used) == before


def document(labs: Labs) -> str:
    return (labs.state / "er-new" / "lab.json").read_text()


def typed(labs: Labs, arguments: tuple[str, ...]) -> tuple[int, str, str]:
    """`mseelab ARGUMENTS` in a child of this process, which has imported it already."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        child = os.fork()
        if child == 0:
            os._exit(_run(labs, arguments, out, err))
        _, status = os.waitpid(child, 0)
        for file in (out, err):
            file.seek(0)
        return os.waitstatus_to_exitcode(status), out.read(), err.read()


def _run(labs: Labs, arguments: tuple[str, ...], out: IO[str], err: IO[str]) -> int:
    os.environ.clear()
    os.environ.update(labs.environment)
    os.chdir(labs.folder)
    with redirect_stdout(out), redirect_stderr(err):
        code = 99  # of a defect, which the parent then sees with its traceback
        try:
            code = main.run(list(arguments))
        finally:
            if sys.exc_info()[0] is not None:
                traceback.print_exc()
            out.flush()
            err.flush()
            if code == 99:
                os._exit(code)  # this child must not go on as a second pytest
    return code


def refused(labs: Labs, arguments: tuple[str, ...]) -> None:
    code, out, err = typed(labs, arguments)
    shown = f"{arguments}: exit {code}\n{out}{err}"
    assert code == 2, shown
    assert out == "", shown
    assert "Traceback" not in err, shown
    lines = err.splitlines()
    assert 1 <= len(lines) <= 4, shown
    assert all(len(line) <= 400 for line in lines), shown
    assert all(character.isprintable() or character == "\n" for character in err), shown
    assert "Secret2026" not in err, shown


@pytest.mark.parametrize("arguments", MISSING, ids=" ".join)
def test_missing(used: Labs, arguments: tuple[str, ...]) -> None:
    refused(used, arguments)


@pytest.mark.parametrize("arguments", CONTRADICTORY, ids=" ".join)
def test_contradictory(used: Labs, arguments: tuple[str, ...]) -> None:
    refused(used, arguments)


@pytest.mark.parametrize("verb", NAMED, ids=" ".join)
def test_odd_names(used: Labs, verb: tuple[str, ...]) -> None:
    for odd in ODD:
        refused(used, (*verb, odd))


def test_an_error_is_an_object_too(used: Labs) -> None:
    code, out, _ = typed(used, ("circuit", "delete", "-o", "json"))
    assert code == 2
    assert json.loads(out)["error"]["code"] == "ER105"
