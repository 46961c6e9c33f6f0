"""What a check may say: every kind read to its value, every mistake with its line, and a schema that says the same."""

from __future__ import annotations

import json
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from lab.asked.amounts import Budget, Range
from lab.asked.base import SELECTORS, Ask
from lab.asked.converge import Converge
from lab.asked.failover import Failover
from lab.asked.kinds import KINDS, json_schema
from lab.asked.prefixes import Prefixes
from lab.asked.reach import Reach
from lab.asked.sessions import Sessions
from lab.asked.words import AsPath, Communities, Pattern
from lab.errors import Mistakes
from lab.files.asked import read_file

ROOT = Path(__file__).resolve().parents[3]
V4, V6, ANY = ip_network("10.10.0.0/16"), ip_network("fd00:10::/48"), ip_network("0.0.0.0/0")


def asked(tmp_path: Path, text: str) -> tuple[Ask, ...]:
    file = tmp_path / "own.yml"
    file.write_text(text)
    return read_file(file, "own.yml")


def one(tmp_path: Path, body: str) -> Any:
    (ask,) = asked(tmp_path, f"checks:\n  - {{id: x, {body}}}\n")
    return ask.value


GOOD: dict[str, object] = {
    "sessions: {}": Sessions(),
    "sessions: {state: down, path: primary, node: ce1}": Sessions(state="down", path="primary", node="ce1"),
    'sessions: {holdTime: "<= 30", md5: true, bfd: none}': Sessions(hold_time=Range(0, 30), md5=True, bfd="none"),
    "sessions: {holdTime: 180, md5: false, bfd: up}": Sessions(hold_time=Range(180, 180), md5=False, bfd="up"),
    'prefixes: {from: ce, absent: [0.0.0.0/0, "::/0"]}': Prefixes(
        from_="ce", absent=(Pattern(ANY, 0, 0), Pattern(ip_network("::/0"), 0, 0))
    ),
    'prefixes: {to: gateway, vnet: hub, absent: ["10.0.0.0/8 ge 25", "fd00::/8 ge 49 le 64"]}': Prefixes(
        to="gateway", vnet="hub",
        absent=(Pattern(ip_network("10.0.0.0/8"), 25, 32), Pattern(ip_network("fd00::/8"), 49, 64)),
    ),
    'prefixes: {to: ce, exactly: [], count: ">= 0"}': Prefixes(to="ce", exactly=(), count=Range(0, None)),
    'prefixes: {from: msee, contains: [10.10.0.0/16, "fd00:10::/48"], asPath: [12076, 65010], count: 1..4}': Prefixes(
        from_="msee", contains=(V4, V6), as_path=AsPath((12076, 65010)), count=Range(1, 4)
    ),
    'prefixes: {to: msee, asPath: "^65010( 65010)*$", asPathLength: "< 3", best: false}': Prefixes(
        to="msee", as_path=AsPath(regex="^65010( 65010)*$"), as_path_length=Range(0, 2), best=False
    ),
    'prefixes: {to: ce, communities: ["12076:52002"], nextHop: 203.0.113.2}': Prefixes(
        to="ce", communities=Communities(("12076:52002",)), next_hop="203.0.113.2"
    ),
    'prefixes: {to: ce, communities: {contains: ["12076:52002"], absent: ["12076:51004"]}}': Prefixes(
        to="ce", communities=Communities(contains=("12076:52002",), absent=("12076:51004",))
    ),
    "prefixes: {from: ce, exactly: [10.9.0.0/16, {first: 10.10.0.0/16, count: 2}], path: primary}": Prefixes(
        from_="ce", exactly=tuple(ip_network(f"10.{n}.0.0/16") for n in (9, 10, 11)), path="primary"
    ),
    "reach: {}": Reach(),
    'reach: {from: ce1, to: hub, path: secondary, loss: 0.5%, mtu: 1500, symmetric: true, family: ipv6}': Reach(
        from_="ce1", to="hub", path="secondary", loss=0.005, mtu=1500, symmetric=True, family="ipv6"
    ),
    'reach: {from: "FD00:10:0::1", to: fd00:100::24}': Reach(from_="fd00:10::1", to="fd00:100::24"),
    "failover: {path: primary, within: 1s}": Failover(path="primary", within=1.0),
    "failover: {path: secondary, fault: link-down, side: msee, within: 300ms, loss: 20, back: 1m}": Failover(
        path="secondary", fault="link-down", side="msee", within=0.3, loss=Budget(20), back=60.0
    ),
    "failover: {path: primary, within: 1.5s, loss: 250ms}": Failover(
        path="primary", within=1.5, loss=Budget(seconds=0.25)
    ),
    "converge: {event: clear, within: 3s, node: msee1}": Converge(event="clear", within=3.0, node="msee1"),
    "converge: {event: withdraw, within: 1s, prefix: 10.10.0.0/16}": Converge(
        event="withdraw", within=1.0, prefix=V4
    ),
}


@pytest.mark.parametrize("body", GOOD)
def test_what_may_be_said(tmp_path: Path, body: str) -> None:
    assert one(tmp_path, body) == GOOD[body]
    jsonschema.validate(yaml.safe_load(f"checks: [{{id: x, {body}}}]"), json_schema())


def test_every_kind_is_tried_with_every_key() -> None:
    for kind in KINDS.values():
        tried = " ".join(body for body in GOOD if body.startswith(kind.name))
        missing = {key.name for key in kind.keys if f"{key.name}:" not in tried} - {key.name for key in SELECTORS}
        assert not missing, f"{kind.name}: {missing}"


def test_what_surrounds_a_check(tmp_path: Path) -> None:
    text = "# own\nchecks:\n  - id: a\n    severity: warning\n    message: why so\n    sessions: {}\n"
    first, second = asked(tmp_path, f"{text}  - {{id: b, reach: {{}}}}\n")
    assert (first.id, first.kind, first.severity, first.message, first.source) == (
        "a", "sessions", "warning", "why so", "own.yml:3"
    )
    assert (second.severity, second.message, second.source) == ("error", None, "own.yml:7")


KINDS_TEXT = "sessions, prefixes, reach, failover, converge"
BAD: dict[str, list[str]] = {
    "[1]": ["2: ER914 checks: found 1; allowed a mapping with id and one of " + KINDS_TEXT],
    "{a: b}": ["1: ER914 checks: found a mapping; allowed a list of checks"],
    "[{sessions: {}}]": ["2: ER912 id: missing"],
    "[{ids: x, sessions: {}}]": ["2: ER911 ids: unknown key; did you mean id"],
    "[{id: -x, sessions: {}}]": ["2: ER923 id: found -x; allowed a name: letters, digits, - _ and ."],
    "[{id: 7, sessions: {}}]": ["2: ER913 id: found 7; allowed a name"],
    "[{id: x}]": ["2: ER921 x: found none; allowed one of " + KINDS_TEXT],
    "[{id: x, sessions: {}, reach: {}}]": ["2: ER921 x: found sessions and reach; allowed one of " + KINDS_TEXT],
    "[{id: x, session: {}}]": ["2: ER911 session: unknown key; did you mean sessions"],
    "[{id: x, reach: {}}, {id: x, sessions: {}}]": ["2: ER922 id: found x twice; allowed once (first in line 2)"],
    "[{id: x, severity: fatal, sessions: {}}]": ["2: ER913 severity: found fatal; allowed error, warning"],
    "[{id: x, message: 3, sessions: {}}]": ["2: ER913 message: found 3; allowed text"],
    "[{id: x, sessions: }]": ["2: ER913 sessions: found null; allowed a mapping with circuit, peering, path, family,"],
    "[{id: x, sessions: {hold_time: 3}}]": ["2: ER911 hold_time: unknown key; did you mean holdTime"],
    "[{id: x, sessions: {holdTime: 3..1}}]": ["2: ER923 holdTime: found 3..1; allowed a number, 1..4"],
    "[{id: x, sessions: {holdTime: 1.5}}]": ["2: ER913 holdTime: found 1.5; allowed a number, 1..4"],
    "[{id: x, sessions: {holdTime: true}}]": ["2: ER913 holdTime: found true; allowed a number, 1..4"],
    '[{id: x, sessions: {holdTime: "< 0"}}]': ["2: ER923 holdTime: found < 0; allowed a number"],
    "[{id: x, sessions: {md5: yes}}]": ["2: ER913 md5: found yes; allowed true, false"],
    "[{id: x, sessions: {state: established}}]": ["2: ER913 state: found established; allowed Established, down, Idle"],
    "[{id: x, sessions: {path: [primary]}}]": ["2: ER913 path: found a list; allowed primary, secondary"],
    "[{id: x, sessions: {peering: private}}]": ["2: ER913 peering: found private; allowed AzurePrivatePeering, Micr"],
    "[{id: x, prefixes: {count: 3}}]": ["2: ER925 from: needs one of from and to"],
    "[{id: x, prefixes: {from: ce, to: ce, count: 3}}]": ["2: ER925 from: needs one of from and to"],
    "[{id: x, prefixes: {from: ce}}]": ["2: ER925 prefixes: asks for nothing"],
    "[{id: x, prefixes: {from: ce, vnet: hub, count: 3}}]": ["2: ER925 vnet: goes with from: gateway or to: gateway"],
    "[{id: x, prefixes: {from: ce, exactly: [], contains: [10.0.0.0/8]}}]": [
        "2: ER925 contains: exactly says it already"
    ],
    "[{id: x, prefixes: {from: ce, exactly: [], absent: [10.0.0.0/8]}}]": ["2: ER925 absent: exactly says it already"],
    "[{id: x, prefixes: {from: ce, absent: [10.0.0.0/8], best: true}}]": ["2: ER925 absent: attributes of what is a"],
    "[{id: x, prefixes: {from: ce, contains: []}}]": ["2: ER925 contains: an empty list asks for nothing"],
    "[{id: x, prefixes: {from: ce, absent: []}}]": ["2: ER925 absent: an empty list asks for nothing"],
    '[{id: x, prefixes: {from: ce, contains: [10.1.0.0/16], absent: ["10.0.0.0/8 le 16"]}}]': [
        "2: ER925 contains: 10.1.0.0/16 is in absent, too"
    ],
    '[{id: x, prefixes: {from: ce, family: ipv4, contains: ["fd00::/8"]}}]': [
        "2: ER925 family: is ipv4, and it names ipv6, too"
    ],
    "[{id: x, prefixes: {from: azure, count: 3}}]": ["2: ER913 from: found azure; allowed ce, gateway, msee"],
    "[{id: x, prefixes: {from: ce, contains: 10.0.0.0/8}}]": [
        "2: ER913 contains: found 10.0.0.0/8; allowed a list of prefixes"
    ],
    "[{id: x, prefixes: {from: ce, contains: [10.0.0.1/8, ten]}}]": [
        "2: ER923 contains: found 10.0.0.1/8; allowed a prefix without host bits",
        "2: ER923 contains: found ten; allowed a prefix such as 10.10.0.0/16 or fd00:10::/48",
    ],
    '[{id: x, prefixes: {from: ce, absent: ["10.0.0.0/8 ge 4"]}}]': ["2: ER923 absent: found 10.0.0.0/8 ge 4; allow"],
    "[{id: x, prefixes: {from: ce, exactly: [{first: 10.0.0.0/24, count: 0}]}}]": ["2: ER923 count: found 0; allowed"],
    "[{id: x, prefixes: {from: ce, exactly: [{first: 10.0.0.0/24}]}}]": ["2: ER912 count: missing"],
    "[{id: x, prefixes: {from: ce, exactly: [{first: 255.255.255.0/24, count: 2}]}}]": [
        "2: ER923 exactly: found a list; allowed as many as there are /24 from 255.255.255.0/24 on"
    ],
    "[{id: x, prefixes: {from: ce, asPath: [0]}}]": ["2: ER923 asPath: found 0; allowed 1-4294967295"],
    '[{id: x, prefixes: {from: ce, asPath: "("}}]': ["2: ER923 asPath: found (; allowed a regular expression"],
    '[{id: x, prefixes: {from: ce, communities: ["12076"]}}]': ["2: ER923 communities: found 12076; allowed a commu"],
    "[{id: x, prefixes: {from: ce, communities: {contain: []}}}]": ["2: ER911 contain: unknown key; did you mean co"],
    "[{id: x, prefixes: {from: ce, nextHop: here}}]": ["2: ER923 nextHop: found here; allowed an address such as 10.1"],
    "[{id: x, reach: {loss: 0.5}}]": ["2: ER913 loss: found 0.5; allowed a share such as 0.5%"],
    "[{id: x, reach: {loss: 100%}}]": ["2: ER923 loss: found 100%; allowed a share below 100%"],
    "[{id: x, reach: {mtu: 67}}]": ["2: ER923 mtu: found 67; allowed 68-65535"],
    "[{id: x, reach: {to: 10.1}}]": ["2: ER913 to: found 10.1; allowed a name or an address"],
    "[{id: x, reach: {to: 10.1.1.256}}]": ["2: ER923 to: found 10.1.1.256; allowed an address such as"],
    "[{id: x, failover: {within: 1s}}]": ["2: ER912 path: missing"],
    "[{id: x, failover: {path: primary}}]": ["2: ER912 within: missing"],
    "[{id: x, failover: {path: primary, within: 1}}]": ["2: ER913 within: found 1; allowed a time such as 1s or 300ms"],
    "[{id: x, failover: {path: primary, within: 0s}}]": ["2: ER923 within: found 0s; allowed a time above 0, an hour"],
    "[{id: x, failover: {path: primary, within: 1s, loss: -1}}]": ["2: ER923 loss: found -1; allowed a number of pa"],
    "[{id: x, converge: {event: reboot, within: 1s}}]": ["2: ER913 event: found reboot; allowed clear, withdraw, anno"],
    "[{id: x, converge: {event: clear, within: 1s, prefix: 10.0.0.0/8}}]": ["2: ER926 prefix: goes with withdraw and"],
}


@pytest.mark.parametrize("text", BAD)
@pytest.mark.rule("ER911", "ER912", "ER913", "ER914", "ER921", "ER922", "ER923", "ER925", "ER926")
def test_every_mistake_has_its_line_and_rule(tmp_path: Path, text: str) -> None:
    with pytest.raises(Mistakes) as found:
        asked(tmp_path, f"checks:\n  {text}\n")
    said = [str(mistake).removeprefix("own.yml:") for mistake in found.value.mistakes]
    assert len(said) == len(BAD[text]), said
    for line, expected in zip(said, BAD[text], strict=True):
        assert line.startswith(expected)


SHAPE = ("ER911", "ER912", "ER913", "ER914", "ER921")


@pytest.mark.parametrize("text", [t for t, found in BAD.items() if any(f" {rule} " in found[0] for rule in SHAPE)])
def test_the_schema_refuses_what_has_another_shape(text: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.safe_load(f"checks: {text.replace('yes', 'maybe')}"), json_schema())


def test_all_mistakes_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    text = "checks:\n  - {id: a, sessions: {pth: primary, md5: maybe}}\n  - {id: a, failover: {path: up}}\nmore: 1\n"
    with pytest.raises(Mistakes) as found:
        asked(tmp_path, text)
    assert sorted((m.line, m.rule, m.field) for m in found.value.mistakes) == [
        (2, "ER911", "pth"), (2, "ER913", "md5"), (3, "ER912", "within"), (3, "ER913", "path"), (3, "ER922", "id"),
        (4, "ER911", "more"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- {id: x, reach: {}}", "own.yml:1: ER914: found a list; allowed a mapping with checks:"),
        ("check: []", "own.yml:1: ER911 check: unknown key; did you mean checks"),
    ],
)
def test_a_file_of_checks_is_a_mapping(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(Mistakes) as found:
        asked(tmp_path, text)
    assert expected in [str(mistake) for mistake in found.value.mistakes]


def test_the_published_schema_is_the_one_that_is_printed() -> None:
    """`mseelab check --schema > docs/checks.schema.json` after a change of the grammar."""
    assert json.loads((ROOT / "docs/checks.schema.json").read_text()) == json_schema()
    jsonschema.Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize(("written", "text"), [("4", "4"), ("1..4", "1 to 4"), ("<= 30", "30 or less"),
                                               (">= 2", "2 or more"), ("> 2", "3 or more"), ("< 10", "9 or less")])
def test_ranges_in_words(tmp_path: Path, written: str, text: str) -> None:
    value = one(tmp_path, f'sessions: {{holdTime: "{written}"}}')
    assert str(value.hold_time) == text
