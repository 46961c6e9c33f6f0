"""`make bench-diagnose`: faults drawn by chance, really made in running labs, and what `diagnose` says of each.

Prints the matrix of verdicts: right of all by fault and side, for each engine and family, and seconds: in the median
those that `diagnose` says it took and those from the command to its answer, and those of one `check`. Every miss is
printed whole. Exit 1 below 199 of 200 right (of other counts the same share), and for a wrong verdict that was said
with certainty, which means alone.
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from multiprocessing import get_context
from multiprocessing.queues import SimpleQueue
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

from bench import engines
from bench.draws import ENGINES, RIGHT, Case, draw
from bench.plants import Plants
from bench.trial import Trial, run

MOST_SECONDS = 3.0
SHARE = 199 / 200


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.diagnose", description=__doc__)
    parser.add_argument("--seed", type=int, default=7, help="of the draws (default 7)")
    parser.add_argument("--count", type=int, default=200, help="draws (default 200)")
    parser.add_argument("--engine", choices=ENGINES, action="append", help="else those that this host has")
    parser.add_argument("--jobs", type=int, default=3, help="labs at a time (default 3)")
    parser.add_argument("--kind", action="append", help="these faults alone")
    options = parser.parse_args()
    rows = [row for row in RIGHT if not options.kind or row[0] in options.kind]
    cases = draw(options.seed, options.count, options.engine or here(), rows)
    trials: list[Trial] = []
    with tempfile.TemporaryDirectory(prefix="mb-", dir="/tmp") as name:
        for trial in run_all(cases, options.jobs, Path(name)):
            trials.append(trial)
            sys.stderr.write(f"{len(trials)} of {len(cases)}: {trial.case}: {trial.outcome}\n")
    sys.stdout.write("\n".join(report(trials)) + "\n")
    return 0 if good(trials) and len(trials) == len(cases) else 1


def here() -> list[str]:
    """The engines that this host has."""
    lacking = engines.lacking()
    if lacking:
        sys.stderr.write(f"no containers: {lacking}\n")
    return ["netns"] if lacking else list(ENGINES)


def run_all(cases: Sequence[Case], jobs: int, folder: Path) -> Iterable[Trial]:
    """Every case, in as many processes as `jobs`; a worker takes cases as it comes to them. Raises RuntimeError."""
    context = get_context("fork")
    taken = context.Value("i", 0)  # no queue: a pipe holds some three hundred cases, and whoever fills it waits
    done: SimpleQueue[Trial | str] = context.SimpleQueue()
    workers = [context.Process(target=_work, args=(number, folder, cases, taken, done)) for number in range(jobs)]
    for worker in workers:
        worker.start()
    try:
        for _ in cases:
            found = done.get()
            if isinstance(found, str):
                raise RuntimeError(found)
            yield found
    finally:
        for worker in workers:
            if worker.pid is not None and worker.is_alive() and sys.exc_info()[0] is not None:
                os.kill(worker.pid, signal.SIGINT)
            worker.join()


def _work(
    number: int, folder: Path, cases: Sequence[Case], taken: Synchronized[int], done: SimpleQueue[Trial | str]
) -> None:
    mine = folder / str(number)
    mine.mkdir()
    plants = Plants(mine, number)
    first = {case.row: case for case in reversed(cases)}
    try:
        for case in _taken(cases, taken):
            done.put(run(case, plants, check=first[case.row] is case))
    except RuntimeError as error:
        done.put(str(error))
    except KeyboardInterrupt:
        return
    finally:
        plants.close()


def _taken(cases: Sequence[Case], taken: Synchronized[int]) -> Iterator[Case]:
    """The next one that no worker has, until there is none."""
    while True:
        with taken.get_lock():
            number = taken.value
            taken.value += 1
        if number >= len(cases):
            return
        yield cases[number]


def report(trials: Sequence[Trial]) -> list[str]:
    """The matrix, every miss, and the totals."""
    columns = list(dict.fromkeys(sorted((t.case.engine, t.case.family or "both") for t in trials)))
    heads = [f"{engine} {family}" for engine, family in columns]
    lines = [f"{'FAULT':<22}{'SIDE':<6}" + "".join(f"{head:>18}" for head in heads)]
    lines[0] += f"{'SECONDS':>9}{'DIAGNOSE':>10}{'CHECK':>8}"
    for kind, side in RIGHT:
        mine = [t for t in trials if t.case.row == (kind, side)]
        if mine:
            cells = [_cell([t for t in mine if (t.case.engine, t.case.family or "both") == c]) for c in columns]
            median = statistics.median(t.seconds for t in mine)
            waited, checked = statistics.median(t.waited for t in mine), max(t.checked for t in mine)
            row = "".join(f"{cell:>18}" for cell in cells) + f"{median:>9.2f}{waited:>10.2f}{checked:>8.2f}"
            lines.append(f"{kind:<22}{side:<6}{row}")
    for trial in trials:
        if trial.outcome != "right":
            lines += ["", f"{trial.outcome.upper()}: {trial.case} (draw {trial.case.number})", trial.said]
    return [*lines, "", *totals(trials)]


def _cell(trials: Sequence[Trial]) -> str:
    return f"{sum(t.outcome == 'right' for t in trials)}/{len(trials)}" if trials else "-"


def totals(trials: Sequence[Trial]) -> list[str]:
    count = {outcome: sum(t.outcome == outcome for t in trials) for outcome in
             ("right", "wrong", "ambiguous", "nothing", "no effect", "not back")}
    seconds = sorted(t.seconds for t in trials)
    slow = sum(s > MOST_SECONDS for s in seconds)
    right = f"{count['right']} of {len(trials)} right; {count['wrong']} wrong and said with certainty"
    unsure = f"{count['ambiguous']} ambiguous with the right one among them; {count['nothing']} unexplained"
    median, most = (statistics.median(seconds), seconds[-1]) if seconds else (0.0, 0.0)
    return [
        f"{right}; {unsure}",
        f"faults that did not show {count['no effect']}, labs that were not green again {count['not back']}",
        f"diagnose took {median:.2f} s in the median, {most:.2f} s at most, {slow} times more than {MOST_SECONDS:g} s",
    ]


def good(trials: Sequence[Trial]) -> bool:
    right = sum(t.outcome == "right" for t in trials)
    return right >= int(SHARE * len(trials)) and not any(t.outcome == "wrong" for t in trials)


if __name__ == "__main__":
    raise SystemExit(main())
