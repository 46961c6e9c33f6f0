"""ER914 and ER92x: checks of the user's own."""

from __future__ import annotations

from lab.circuit.rules.base import OURS, Rule

RULES = (
    Rule(
        "ER914",
        "checks of your own",
        text="checks: in a circuit file, and a file for check --checks, hold the same list.",
        allowed="checks: [{id: NAME, KIND: {…}}, …]",
        source="this lab",
        confidence=OURS,
    ),
    Rule(
        "ER921",
        "one kind",
        text="A check is of one kind, so that its result says one thing.",
        allowed="one of sessions, prefixes, reach, failover, converge",
        source="this lab",
        confidence=OURS,
    ),
    Rule(
        "ER922",
        "ids",
        text="Reports, JUnit and --only name a check by its id, in all files of one run.",
        allowed="each id once",
        source="this lab",
        confidence=OURS,
    ),
    Rule(
        "ER923",
        "amounts, names and prefixes",
        text="Values are written as people write them: a time has its unit, a share its %, a prefix no host bits.",
        allowed='1s, 300ms; 0.5%; 4, 1..4, "<= 30"; 10.10.0.0/16, "10.0.0.0/8 ge 25"',
        source="this lab",
        confidence=OURS,
    ),
    Rule(
        "ER924",
        "what a check names",
        text="A check of something that is not there would be green by accident.",
        allowed="circuits, nodes and VNets of the lab; faults that take a path down",
        source="this lab",
        confidence=OURS,
    ),
    Rule(
        "ER925",
        "what a prefixes check asks",
        text="It looks in one direction, and its parts do not contradict each other.",
        allowed="from or to; exactly, or contains and absent; one family at a time or each in its own",
        source="this lab",
        confidence=OURS,
    ),
    Rule(
        "ER926",
        "what an event takes",
        text="clear is of sessions, withdraw and announce are of a prefix.",
        allowed="prefix with withdraw and announce",
        source="this lab",
        confidence=OURS,
    ),
)
