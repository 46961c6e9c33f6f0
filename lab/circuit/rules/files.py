"""ER9xx: the files themselves."""

from __future__ import annotations

from lab.circuit.rules.base import OURS, REST, SCHEMA, STANDARD, YAML_SPEC, Rule

RULES = (
    Rule(
        "ER901",
        "the file can be read",
        text="It exists, is a file and may be read.",
        allowed="a readable file",
        source="this lab",
        confidence=OURS,
    ),
    Rule(
        "ER902",
        "the file is text",
        text="YAML and JSON are text.",
        allowed="UTF-8 without control characters",
        source=YAML_SPEC,
        confidence=STANDARD,
    ),
    Rule(
        "ER903",
        "the file is YAML or JSON",
        text="One document, keys that are text, no tags.",
        allowed="YAML 1.2 or JSON",
        source=YAML_SPEC,
        confidence=STANDARD,
    ),
    Rule(
        "ER904",
        "a key is given once",
        text="Of two equal keys one would be lost silently.",
        allowed="each key once in its mapping",
        source=f"{YAML_SPEC}, section 3.2.1.1",
        confidence=STANDARD,
    ),
    Rule(
        "ER905",
        "bounds",
        text="Nesting, size and aliases are bounded, so that a file cannot exhaust the machine.",
        allowed="4 MB, 64 levels, 200000 values with aliases counted, 1000 circuits or VNets, 100 CEs",
        source="this lab",
        confidence=OURS,
    ),
    Rule(
        "ER906",
        "something in it",
        text="An empty file says nothing.",
        allowed="a circuit",
        source="this lab",
        confidence=OURS,
    ),
    Rule(
        "ER907",
        "files that are the circuit's own",
        text=(
            "config:, registry: and topology: name files in the folder of the circuit file or in its checkout. Of one "
            "from elsewhere a mistake shows the line's number alone; where CI is set it is not read. .git never is."
        ),
        allowed="a file of the folder or the checkout; outside of CI any file but those in .git",
        source="this lab",
        confidence=OURS,
    ),
    Rule(
        "ER911",
        "keys are known",
        text=(
            "A key that is not known is a typing mistake; a warning only in a file whose id starts with "
            "/subscriptions/, since Azure adds keys."
        ),
        allowed="the keys of the schema",
        source=REST,
        confidence=SCHEMA,
    ),
    Rule(
        "ER912",
        "keys that must be there",
        text="Without them there is nothing to build.",
        allowed="the key, with a value",
        source=REST,
        confidence=SCHEMA,
    ),
    Rule(
        "ER913",
        "types",
        text="A number is not a text: quote what is text, and leave numbers without quotes.",
        allowed="the type or one of the values named",
        source=REST,
        confidence=SCHEMA,
    ),
)
