"""docs/fidelity.md: every rule, what the lab does of it, and the tests that prove it. `make fidelity` writes it.

A test says what it proves with `@pytest.mark.rule("ER211", …)`, or a whole module with `pytestmark`. The marks are read
from the sources: nothing runs, and a ring that this host cannot run is in the page like the others.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lab.circuit.rules import all_rules
from lab.circuit.rules.base import DOCUMENTED, SCHEMA, STANDARD, Rule

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "fidelity.md"
PROVEN_ON_THE_WIRE = ("live", "containerlab")
CERTAIN = (DOCUMENTED, SCHEMA, STANDARD)
INTRODUCTION = (
    "What the real service does, how sure that is, what the lab does, and the test that proves it. This page is made "
    "from the rules in `lab/circuit/rules` and the tests that are marked with them (`make fidelity`); `mseelab explain "
    "ER211` prints one rule. A source without a path is a page of Microsoft's ExpressRoute documentation."
)
BLOCKS = {
    "1": "Circuit and workflow",
    "2": "Private peering, and what both peerings share",
    "3": "Microsoft peering",
    "4": "Virtual networks, gateways and connections",
    "5": "Customer edge",
    "6": "Topology",
    "7": "ExpressRoute Direct",
    "8": "Azure's own reads",
    "9": "Files",
}


@dataclass(frozen=True)
class Proof:
    """A test function and the rules it is marked with; `path` is the file as seen from the repository."""

    path: str
    test: str
    rules: tuple[str, ...]

    @property
    def live(self) -> bool:
        """Proven with real routers: on the wire and in the daemons."""
        return self.path.split("/")[1] in PROVEN_ON_THE_WIRE


def proofs() -> list[Proof]:
    """Every marked test of every ring, by path and place. Raises ValueError for a mark that is no literal rule id."""
    found = []
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        shown = path.relative_to(ROOT).as_posix()
        tree = ast.parse(path.read_text())
        everywhere = [id_ for value in _pytestmarks(tree.body) for id_ in _ids(shown, value)]
        for function in _functions(tree.body):
            own = [id_ for value in function.decorator_list for id_ in _ids(shown, value)]
            if rules := tuple(dict.fromkeys(everywhere + own)):
                found.append(Proof(shown, function.name, rules))
    return found


def _functions(body: Iterable[ast.stmt]) -> Iterator[ast.FunctionDef]:
    return (node for node in body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"))


def _pytestmarks(body: Iterable[ast.stmt]) -> Iterator[ast.expr]:
    for node in body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark":
            yield from node.value.elts if isinstance(node.value, ast.List) else [node.value]


def _ids(shown: str, mark: ast.expr) -> Iterator[str]:
    if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.rule":
        for argument in mark.args:
            if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
                raise ValueError(f"{shown}:{mark.lineno}: a rule's mark takes rule ids, written out")
            yield argument.value


def page(rules: Iterable[Rule], tests: Iterable[Proof]) -> str:
    """The page as Markdown: counts, known differences, the service's rules by block, then the lab's own."""
    rules, tests = list(rules), list(tests)
    azure = [rule for rule in rules if not rule.ours]
    different = [rule for rule in azure if rule.difference]
    absent = sum(not rule.emulated for rule in azure)
    wire = sum(any(test.live and rule.id in test.rules for test in tests) for rule in azure)
    lines = [
        "# Fidelity",
        "",
        INTRODUCTION,
        "",
        "| | |",
        "|---|---|",
        f"| rules of the service | {len(azure)}, {wire} of them proven with real routers |",
        f"| rules of the lab itself | {len(rules) - len(azure)} |",
        f"| tests that prove them | {len(tests)}, {sum(test.live for test in tests)} of them with real routers |",
        f"| known differences | {len(different)}, {absent} of them not emulated at all |",
        "",
        "## Known differences",
        "",
        *(f"- {_link(rule)}: {rule.difference}" for rule in different),
    ]
    lines += ["", "## What Microsoft does not say, or not clearly", ""]
    lines += [f"- {_link(rule)}: {rule.confidence}." for rule in azure if rule.confidence not in CERTAIN]
    for digit, title in BLOCKS.items():
        block = [rule for rule in azure if rule.id[2] == digit]
        if block:
            lines += ["", f"## {title}", "", *_service_table(block, tests)]
    lines += ["", "## Rules of the lab itself", "", *_own_table([rule for rule in rules if rule.ours], tests)]
    return "\n".join(lines) + "\n"


def _service_table(rules: list[Rule], tests: list[Proof]) -> Iterator[str]:
    yield "| rule | the real service | source, how sure | the lab | proven by |"
    yield "|---|---|---|---|---|"
    for rule in rules:
        lab = [rule.lab or "The same."] if rule.emulated else []
        if rule.difference:
            lab.append(f"**Differs:** {rule.difference}")
        source = f"{rule.source}; {rule.confidence}"
        yield _row(_name(rule), _text(rule), source, " ".join(lab), _links(rule, tests))


def _own_table(rules: list[Rule], tests: list[Proof]) -> Iterator[str]:
    yield "| rule | what it says | proven by |"
    yield "|---|---|---|"
    for rule in rules:
        yield _row(_name(rule), " ".join(filter(None, (_text(rule), rule.lab, rule.difference))), _links(rule, tests))


def _link(rule: Rule) -> str:
    return f"[{rule.id}](#{rule.id.lower()}) {rule.title}"


def _name(rule: Rule) -> str:
    return f'<a id="{rule.id.lower()}"></a>{rule.id} {rule.title}'


def _text(rule: Rule) -> str:
    return f"{rule.text} Allowed: {rule.allowed}." if rule.allowed else rule.text


def _links(rule: Rule, tests: list[Proof]) -> str:
    """Tests with real routers first, each a link to its file."""
    mine = sorted((test for test in tests if rule.id in test.rules), key=lambda test: not test.live)
    return "<br>".join(f"[{test.test.removeprefix('test_')}](../{test.path})" for test in mine)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    PAGE.write_text(page(all_rules(), proofs()))
