"""The plugin as every pytest run meets it: what it costs, what it adds, what it says of a wrong mark."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from lab.pytest_plugin.failure import compared
from lab.pytest_plugin.labs import FIELDS
from lab.testing import Lab, Prefixes
from tests.conftest import ROOT

pytest_plugins = ["pytester"]
SESSION = ("er-lab", "AzurePrivatePeering", "primary", "ipv4")
CARRIED = Prefixes(["10.10.0.0/16", "10.12.0.0/16"], {}, "from-ce", SESSION)
LOADED = "import sys, pytest; before = set(sys.modules); import lab.pytest_plugin; print(*(set(sys.modules) - before))"


def test_loading_it_loads_nothing_else() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == {"lab", "lab.pytest_plugin"}


def test_loading_it_costs_next_to_nothing() -> None:
    code = "import time, pytest; t = time.process_time(); import lab.pytest_plugin; print(time.process_time() - t)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert float(done.stdout) < 0.02


def test_labs_need_no_pytest() -> None:
    code = "import sys, lab.testing, lab.testing.inside; print('pytest' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_the_mark_is_known_to_strict_runs(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("import pytest\n@pytest.mark.mseelab('circuit.yml')\ndef test_one(): pass\n")
    pytester.runpytest("--strict-markers").assert_outcomes(passed=1)
    pytester.runpytest("--markers").stdout.fnmatch_lines(["@pytest.mark.mseelab(target=None, *, scope='module', *"])
    pytester.runpytest("--fixtures").stdout.fnmatch_lines(["lab -- *", "*The lab that the test's*"])


def test_a_fixture_of_the_users_own_wins(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("import pytest\n@pytest.fixture\ndef lab(): return 'mine'\n")
    pytester.makepyfile("def test_one(lab): assert lab == 'mine'\ndef test_two(lab): assert lab == 'other'\n")
    pytester.runpytest().assert_outcomes(passed=1, failed=1)


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        ("'circuit.yml', scop='session'", "mseelab mark: no scop; did you mean scope?"),
        ("'circuit.yml', colour='red'", "mseelab mark: no colour; one circuit file, and scope engine within healthy"),
        ("'a.yml', 'b.yml'", "mseelab mark: no second circuit file; one circuit file, and scope *"),
        ("scope='class'", "mseelab mark: scope class; one of: module session"),
    ],
)
def test_a_wrong_mark_is_said_in_one_line(pytester: pytest.Pytester, mark: str, said: str) -> None:
    pytester.makepyfile(f"import pytest\npytestmark = pytest.mark.mseelab({mark})\ndef test_one(lab): pass\n")
    result = pytester.runpytest()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([said])
    assert "Traceback" not in result.stdout.str()


def test_a_failed_comparison_says_what_differs() -> None:
    assert compared("==", CARRIED, {"10.10.0.0/16", "10.11.0.0/16"}, None) == [
        "from_ce of AzurePrivatePeering primary ipv4 == {10.10.0.0/16, 10.11.0.0/16}",
        "  missing      10.11.0.0/16",
        "  not expected 10.12.0.0/16",
        "  carries      10.10.0.0/16, 10.12.0.0/16",
    ]
    assert compared("==", {"10.10.0.0/16"}, CARRIED, None) == [
        "from_ce of AzurePrivatePeering primary ipv4 == {10.10.0.0/16}",
        "  not expected 10.12.0.0/16",
        "  carries      10.10.0.0/16, 10.12.0.0/16",
    ]


def test_subsets_and_members_are_told_apart() -> None:
    assert compared(">=", CARRIED, {"10.11.0.0/16"}, None) == [
        "from_ce of AzurePrivatePeering primary ipv4 >= {10.11.0.0/16}",
        "  missing      10.11.0.0/16",
        "  carries      10.10.0.0/16, 10.12.0.0/16",
    ]
    assert compared("in", "10.11.0.0/16", CARRIED, None) == [
        "10.11.0.0/16 in from_ce of AzurePrivatePeering primary ipv4",
        "  carries      10.10.0.0/16, 10.12.0.0/16",
    ]
    assert compared("==", {1}, {2}, None) is None
    assert compared("is", CARRIED, None, None) is None


def test_the_guide_names_all_that_a_lab_can() -> None:
    guide = (ROOT / "docs" / "pytest.md").read_text()
    apart = {"up", "leave", "close", "alive", "state", "explain"}  # around a lab, and for whoever reports failures
    methods = [name for name in vars(Lab) if not name.startswith("_") and name not in apart]
    assert [name for name in methods if f"`{name}(" not in guide] == []
    assert [name for name in FIELDS if f"`{name}`" not in guide] == []


def test_a_run_without_a_lab_is_not_slowed(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("import sys\ndef test_one(): assert 'lab.testing' not in sys.modules\n")
    begun = time.monotonic()
    pytester.runpytest_subprocess().assert_outcomes(passed=1)
    assert time.monotonic() - begun < 10
