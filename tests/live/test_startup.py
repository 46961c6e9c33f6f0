"""What a verb imports in a lab where all is well: most of what a user waits for is that."""

from __future__ import annotations

import re

from tests.live.harness import Labs

PROFILE = {"PYTHONPROFILEIMPORTTIME": "1"}
IMPORTED = re.compile(r"^import time: +\d+ \| +\d+ \| +(\S+)$", re.MULTILINE)
MOST = {"up": 590, "check": 400, "status": 200}
"""Modules by verb, those of the children of `up` included. Each costs about half a millisecond, a dataclass as much."""
NEVER = ("lab.diagnose.diagnose", "lab.diagnose.rules", "lab.check.own.run", "lab.check.blame", "difflib",
         "pyroute2.ndb.main", "asyncio", "ssl", "unittest")


def test_what_says_why_is_not_imported_while_all_is_well(labs: Labs) -> None:
    for verb, most in MOST.items():
        done = labs.ok(verb, environment=PROFILE)
        labs.ok("check")  # from here on BFD is up, too: nothing is late, and nobody looks for reasons
        modules = IMPORTED.findall(done.err)
        needless = sorted(set(modules) & set(NEVER))
        assert (needless, len(modules) <= most) == ([], True), f"{verb}: {len(modules)} modules, {needless}"
