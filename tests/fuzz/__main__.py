"""`make fuzz`: every target with coverage-guided inputs, ARGS='--seconds 600 --target wire'. Exit 1 with a finding.

Each target runs in a process of its own, from its seeds, its findings, the files that ship and what earlier runs found
worth keeping (in .venv/fuzz). A finding is saved in tests/fuzz/findings, where `make test` runs it from then on.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile

from tests.fuzz.targets import HERE, TARGETS, kept

ROOT = HERE.parents[1]
MEMORY = "/dev/shm"
KEPT = ROOT / ".venv" / "fuzz"


def main() -> int:
    parser = argparse.ArgumentParser(prog="make fuzz", description="Coverage-guided fuzzing of whatever reads.")
    parser.add_argument("--seconds", type=int, default=300, help="for all targets together")
    parser.add_argument("--target", choices=TARGETS, action="append", help="only this one; may be said again")
    asked = parser.parse_args()
    if importlib.util.find_spec("atheris") is None:
        sys.stderr.write("mseelab: atheris is not to be had here; it is for Linux and CPython: pip install atheris\n")
        return 4
    names = asked.target or list(TARGETS)
    wrong = [name for name in names if not fuzzed(name, max(1, asked.seconds // len(names)))]
    if wrong:
        sys.stderr.write(f"mseelab: findings in {' '.join(wrong)}: tests/fuzz/findings\n")
    return 1 if wrong else 0


def fuzzed(name: str, seconds: int) -> bool:
    """Whether a target held for so long."""
    seen, findings = KEPT / name, HERE / "findings" / name
    seen.mkdir(parents=True, exist_ok=True)
    findings.mkdir(parents=True, exist_ok=True)
    before = set(findings.glob("*"))
    for number, path in enumerate(kept(name)):
        shutil.copyfile(path, seen / f"kept-{number}")
    command = [
        sys.executable, "-m", "tests.fuzz.one", name, f"-max_total_time={seconds}", "-timeout=60", "-rss_limit_mb=1024",
        "-max_len=16384", f"-artifact_prefix={findings}/", "-verbosity=0", "-print_final_stats=1", str(seen),
    ]
    # libFuzzer ends without Python's own end; in memory, where that is to be had, files cost least.
    with tempfile.TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as place:
        done = subprocess.run(
            command, cwd=ROOT, env={**os.environ, "TMPDIR": place}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace", check=False,
        )
    runs = next((line.split()[-1] for line in done.stdout.splitlines() if "number_of_executed_units" in line), "?")
    new = sorted(path.name for path in set(findings.glob("*")) - before)
    how = " ".join(new) or "failed" if done.returncode else "held"
    sys.stdout.write(f"{name:<10} {runs:>8} inputs in {seconds} s   {how}\n")
    sys.stdout.flush()
    if done.returncode:
        sys.stderr.write(done.stdout[-4000:])
    elif not any(findings.iterdir()):
        findings.rmdir()
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
