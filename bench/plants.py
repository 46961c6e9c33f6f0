"""The labs in which the benchmark of verdicts makes its faults: each worker has its own, and keeps them."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.draws import Plant
from bench.measure import Ran, mseelab

SHIPPED = Path(__file__).resolve().parents[1] / "topologies"


class Plants:
    """Labs by engine and kind, below `folder`, named by `worker` so that containers of two workers differ."""

    def __init__(self, folder: Path, worker: int) -> None:
        self.folder = folder
        self.worker = worker
        self._state = folder / "state"
        os.environ["MSEELAB_STATE"] = str(self._state)  # of this worker's own look into its labs
        self._up: dict[tuple[str, Plant], str] = {}

    def lab(self, engine: str, plant: Plant) -> str:
        """The name of a lab that runs and is green. Raises RuntimeError when it does not come up."""
        if (engine, plant) not in self._up:
            name = f"er-{plant}-{engine[:2]}{self.worker}"
            self._write(name, plant)
            for words in (("up", "--engine", engine), ("check", "--lab", name)):
                with self._alone():
                    ran = self.type(*words, folder=self.folder / name)
                if ran.code:
                    raise RuntimeError(f"{name}: {words[0]}: exit {ran.code}: {ran.json}{ran.stderr}")
            self._up[engine, plant] = name
        return self._up[engine, plant]

    def forget(self, engine: str, plant: Plant) -> None:
        """Takes a lab down: the next case gets a new one."""
        with self._alone():
            self.type("down", "--lab", self._up.pop((engine, plant)), json_output=False)

    def type(self, *words: str, folder: Path | None = None, json_output: bool = True) -> Ran:
        return mseelab(*words, cwd=folder or self.folder, state=self._state, json_output=json_output)

    def close(self) -> None:
        with self._alone():
            self.type("down", "--all", json_output=False)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One worker at a time: two containerlabs that both make docker's network refuse each other's."""
        with (self.folder.parent / "alone").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _write(self, name: str, plant: Plant) -> None:
        folder = self.folder / name
        if folder.exists():
            return
        source = SHIPPED / ("dual-path" if plant == "qinq" else plant)
        shutil.copytree(source, folder, ignore=shutil.ignore_patterns("*.clab.yml", "README.md"))
        file = folder / "circuit.yml"
        more = "\nstag: 8" if plant == "qinq" else ""
        text = re.sub(r"^name: .*$", f"name: {name}{more}", file.read_text(), count=1, flags=re.MULTILINE)
        if plant == "qinq":
            text = text.replace("  - name: ce1\n", "  - name: ce1\n    handoff: qinq\n")
        file.write_text(text)
