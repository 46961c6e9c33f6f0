"""`make bench`: how long a lab takes, how it grows, how it bears many prefixes. Figures, no verdicts.

Prints a table and writes the same as JSON (`--json FILE`). Compare figures of one run on one machine with each other.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import engines, labs
from bench.measure import Ran, machine, memory_mib, mseelab, summary
from bench.steps import steps

PARTS = ("dual-path", "steps", "engines", "scale", "prefixes")
SIZES = (1, 10, 50, 100, 200)
PREFIXES = 10_000
GATEWAY_SECONDS = 120
READS = {
    "status": ("status",),
    "route-table": ("show", "route-table", "--path", "primary"),
    "learned-routes": ("show", "learned-routes"),
    "check": ("check",),
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="counted runs of each figure (default 5)")
    parser.add_argument("--sizes", type=int, nargs="*", default=list(SIZES), help="numbers of circuits")
    parser.add_argument("--only", choices=PARTS, action="append")
    parser.add_argument("--json", type=Path, default=Path("bench-result.json"))
    options = parser.parse_args()
    parts = options.only or list(PARTS)
    with tempfile.TemporaryDirectory(prefix="mseelab-bench-") as name:
        folder = Path(name)
        result: dict[str, Any] = {"machine": machine(_frr_version())}
        if "dual-path" in parts:
            result["dual-path"] = dual_path(folder, options.runs)
        if "steps" in parts:
            result["steps"] = steps(folder, options.runs)
        if "engines" in parts:
            lacking = engines.lacking()
            result["engines"] = {"skipped": lacking} if lacking else engines.engines(folder, options.runs)
        if "scale" in parts:
            result["scale"] = [scale(folder, size, options.runs) for size in options.sizes]
        if "prefixes" in parts:
            result["prefixes"] = prefixes(folder, options.runs)
    options.json.write_text(json.dumps(result, indent=1) + "\n")
    show(result)
    return 0


def _frr_version() -> str:
    done = subprocess.run(["/usr/lib/frr/zebra", "--version"], capture_output=True, text=True, check=False)
    return done.stdout.split("\n", 1)[0].removeprefix("zebra version ")


def dual_path(folder: Path, runs: int) -> dict[str, Any]:
    """The shipped lab: cold `up`, the first `check`, a second one, `status`, `down`."""
    here, state = folder / "dual-path", folder / "state"
    here.mkdir(exist_ok=True)
    figures: dict[str, list[float]] = {n: [] for n in ("up", "up and check", "check again", "status", "down")}
    failed = 0
    for number in range(runs + 1):
        up = mseelab("up", cwd=here, state=state)
        check = mseelab("check", cwd=here, state=state)
        again = mseelab("check", cwd=here, state=state)
        status = mseelab("status", cwd=here, state=state)
        down = mseelab("down", cwd=here, state=state)
        failed += any(ran.code for ran in (up, check, again, status, down))
        if number == 0:
            continue
        figures["up"].append(up.seconds)
        figures["up and check"].append(up.seconds + check.seconds)
        figures["check again"].append(again.seconds)
        figures["status"].append(status.seconds)
        figures["down"].append(down.seconds)
    return {"failed": failed, **{name: summary(values) for name, values in figures.items()}}


def scale(folder: Path, size: int, runs: int) -> dict[str, Any]:
    """`size` circuits with a VNet each: `up`, of it wiring and BGP, memory, `status`, `down`."""
    here, state = labs.circuits(folder / f"scale-{size}", size), folder / "state"
    figures: dict[str, list[float]] = {}
    memory: dict[str, float] = {}
    failed = 0
    for _ in range(runs):
        up = mseelab("up", cwd=here, state=state)
        failed += up.code != 0
        steps = {step["name"]: step["seconds"] for step in up.json["steps"] if step["seconds"] is not None}
        memory = memory_mib(_supervisor(state))
        status = mseelab("status", cwd=here, state=state)
        down = mseelab("down", cwd=here, state=state)
        measured = {
            "up": up.seconds,
            "wiring": steps["nodes"],
            "daemons": up.seconds - sum(steps.values()),
            "BGP": steps["sessions"] + steps.get("prefixes", 0.0),
            "ping": steps.get("ping", 0.0),
            "status": status.seconds,
            "down": down.seconds,
            "MiB": memory["all"],
        }
        for name, value in measured.items():
            figures.setdefault(name, []).append(value)
    return {
        "circuits": size,
        "sessions": 12 * size,
        "failed": failed,
        "memory": memory,
        **{name: summary(values) for name, values in figures.items()},
    }


def prefixes(folder: Path, runs: int) -> dict[str, Any]:
    """From the start of `up` until a gateway has every prefix of the ExaBGP CE; then what reading them takes."""
    here, state = labs.prefixes(folder / "prefixes", PREFIXES), folder / "state"
    seconds: list[float] = []
    read: dict[str, list[float]] = {name: [] for name in READS}
    for _ in range(runs):
        begun = time.monotonic()
        mseelab("up", cwd=here, state=state)
        while _gateway_prefixes(here, state) < PREFIXES:
            if time.monotonic() - begun > GATEWAY_SECONDS:
                raise RuntimeError("the gateway did not get every prefix")
        seconds.append(time.monotonic() - begun)
        for name, arguments in READS.items():
            read[name].append(mseelab(*arguments, cwd=here, state=state).seconds)
        mseelab("down", cwd=here, state=state)
    reads = {name: summary(values) for name, values in read.items()}
    return {"prefixes": PREFIXES, "gateway has all": summary(seconds), "reads": reads}


def _gateway_prefixes(here: Path, state: Path) -> int:
    ran: Ran = mseelab(
        "exec", "azure", "vtysh", "-c", "show bgp vrf v1g0 ipv4 unicast summary json",
        cwd=here, state=state, json_output=False,
    )
    peers = (ran.json or {}).get("peers", {}).values()
    return max((peer.get("pfxRcd", 0) for peer in peers), default=0)


def _supervisor(state: Path) -> int:
    (record,) = state.glob("*/lab.json")
    return int(json.loads(record.read_text())["world"]["pid"])


def show(result: dict[str, Any]) -> None:
    told = result["machine"]
    print(f"{told['cpu']}, {told['cores']} cores, {told['memoryGiB']} GiB, Linux {told['kernel']}, FRR {told['frr']}")
    if "dual-path" in result:
        print(f"\ndual-path{'':14}median    min    max   (seconds; {result['dual-path']['failed']} runs failed)")
        for name, value in result["dual-path"].items():
            if isinstance(value, dict):
                print(f"  {name:<20} {value['median']:6.2f} {value['min']:6.2f} {value['max']:6.2f}")
    if "steps" in result:
        print(f"\nsteps of the workflow{'':22}median    min    max   (seconds from the start of the command)")
        for name, value in result["steps"].items():
            print(f"  {name:<40} {value['median']:6.2f} {value['min']:6.2f} {value['max']:6.2f}")
    if "engines" in result:
        _show_engines(result["engines"])
    if "scale" in result:
        columns = ("up", "wiring", "daemons", "BGP", "ping", "status", "down", "MiB")
        print("\ncircuits sessions " + "".join(f"{c:>9}" for c in columns) + "  failed   (medians, seconds)")
        for row in result["scale"]:
            cells = "".join(f"{row[c]['median']:9.2f}" if c != "MiB" else f"{row[c]['median']:9.0f}" for c in columns)
            print(f"{row['circuits']:8} {row['sessions']:8} {cells}  {row['failed']:6}")
    if "prefixes" in result:
        value = result["prefixes"]["gateway has all"]
        count = result["prefixes"]["prefixes"]
        print(f"\n{count} prefixes at the gateway: {value['median']:.2f} s ({value['min']:.2f} - {value['max']:.2f})")
        for name, value in result["prefixes"]["reads"].items():
            print(f"  {name:<20} {value['median']:6.2f} {value['min']:6.2f} {value['max']:6.2f}")


def _show_engines(value: dict[str, Any]) -> None:
    if "skipped" in value:
        print(f"\nboth engines: skipped, {value['skipped']}")
        return
    ratios = value["times faster than by hand"]
    print(f"\nboth engines{'':11}median    min    max   by hand takes   (seconds; {value['failed']} runs failed)")
    for name, figure in value.items():
        if isinstance(figure, dict) and "median" in figure:
            ratio = f"{ratios[name]:9.1f} x" if name in ratios else ""
            print(f"  {name:<20} {figure['median']:6.2f} {figure['min']:6.2f} {figure['max']:6.2f} {ratio}")


if __name__ == "__main__":
    sys.exit(main())
