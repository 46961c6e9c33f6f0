"""The pytest plugin: `pytest.mark.mseelab` and the fixture `lab`. Importing it costs nothing; a lab is made when a test
asks for the fixture."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from lab.pytest_plugin.labs import Labs
    from lab.testing.lab import Lab

MARK = "mseelab(target=None, *, scope='module', engine=None, within=10, healthy=True): the test's lab, a circuit file"
LABS: pytest.StashKey[Labs] = pytest.StashKey()
USED: pytest.StashKey[Lab] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("mseelab", "ExpressRoute labs")
    group.addoption("--mseelab-engine", metavar="ENGINE", help="where the nodes of labs live: netns or containerlab")
    group.addoption("--mseelab-keep", action="store_true", help="leave the lab of a failed test running")
    parser.addini("mseelab_engine", "where the nodes of labs live: netns (the default) or containerlab")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARK)


@pytest.fixture
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """The lab that the test's `mseelab` mark names, as its file says; without a mark, of the test's folder."""
    from lab.pytest_plugin import labs

    mine = request.config.stash.setdefault(LABS, labs.Labs(request.config))
    given = mine.give(request)
    request.node.stash[USED] = given
    yield given
    mine.used(given, request.node.nodeid)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and report.when == "call" and (used := item.stash.get(USED, None)) is not None:
        from lab.pytest_plugin.failure import section

        report.sections.append((f"lab {used.name}", section(used)))
        if labs := item.config.stash.get(LABS, None):
            labs.failed(used, item)
    if report.failed and "lab" in getattr(item, "fixturenames", ()) and "lab.testing.values" in sys.modules:
        from lab.pytest_plugin.printed import make_harmless

        make_harmless(report)
    return report


def pytest_assertrepr_compare(config: pytest.Config, op: str, left: object, right: object) -> list[str] | None:
    # Whoever has prefixes has imported them.
    if "lab.testing.values" not in sys.modules:
        return None
    from lab.pytest_plugin.failure import compared

    labs = config.stash.get(LABS, None)
    return compared(op, left, right, labs.now if labs else None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    told = [
        value
        for reports in terminalreporter.stats.values()
        for report in reports
        for name, value in getattr(report, "user_properties", ())
        if name == "mseelab" and getattr(report, "when", "") == "teardown"
    ]
    if told:
        from lab.harmless import harmless

        terminalreporter.section("mseelab")
        for line in dict.fromkeys(map(str, told)):
            terminalreporter.write_line(harmless(line))


def pytest_unconfigure(config: pytest.Config) -> None:
    labs = config.stash.get(LABS, None)
    if labs is not None:
        labs.close()
