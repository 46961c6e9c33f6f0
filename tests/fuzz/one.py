"""One target under atheris: `python -m tests.fuzz.one NAME` and libFuzzer's own words."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["lab", "bgp"]):
    from tests.fuzz import targets


def main() -> None:
    target = targets.TARGETS[sys.argv.pop(1)]
    atheris.Setup(sys.argv, lambda data: targets.judged(target, data))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
