"""Which lab a verb means, and the way into it."""

from __future__ import annotations

import errno
import json
import os
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from bgp import secret
from lab.circuit.document import Document, damaged
from lab.circuit.models import Session
from lab.circuit.store import Store, recorded_labs
from lab.control.lost import lost
from lab.engine.base import Node
from lab.engine.registry import NAMES, engine
from lab.errors import Damaged, Impossible, LabError, Mistake, Mistakes, NotAsItShould, limit
from lab.files.digest import digest
from lab.files.known import remember_keys
from lab.files.reading import MOST_BYTES, read_bytes
from lab.net.child import fork

if TYPE_CHECKING:
    from lab.engine.base import World


@dataclass(frozen=True)
class Running:
    """A lab that runs. `document` is its state as read; nodes can be reached after `enter()`."""

    store: Store
    document: Document

    @property
    def lab(self) -> str:
        return self.store.lab

    @cached_property
    def world(self) -> World:
        return world_of(self.document, self.store.folder)

    @cached_property
    def sessions(self) -> tuple[Session, ...]:
        return tuple(Session(**record) for record in self.document["sessions"])

    @property
    def up_seconds(self) -> float:
        return max(0.0, time.time() - float(self.document["since"]))

    def enter(self) -> None:
        """Moves this process into the lab's world, for good. Raises NotAsItShould when it is gone."""
        self.world.enter()

    def node(self, name: str) -> Node:
        """A node by name. Raises Impossible, with the names there are."""
        nodes = self.world.nodes
        if name not in nodes:
            raise Impossible(f"{self.lab} has no node {name}", next=f"one of: {' '.join(sorted(nodes))}")
        return nodes[name]

    def changed_files(self) -> list[str]:
        """Files that differ from what was last applied, as recorded; a file that is gone counts as changed."""
        digests: dict[str, str] = self.document.get("digests", {})
        return [name for name, before in digests.items() if file_digest(name) != before]


def file_digest(name: str) -> str | None:
    """A file's digest, None where it cannot be read."""
    try:
        return digest(read_bytes(Path(name), name, MOST_BYTES))
    except Mistakes:
        return None


def world_of(document: Document, folder: Path) -> World:
    """The world of the lab that is recorded in `folder`. Raises Damaged where the record has none."""
    if document["engine"] not in NAMES:
        raise damaged(document["lab"], "there is no such engine")
    try:
        return engine(document["engine"]).world(document["world"], folder)
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(document["lab"], "its world has the wrong form") from error


def all_running() -> list[Running]:
    """Every lab that runs here, by name. Labs whose record is stale, half-written or damaged are left out."""
    return [running for running in _readable(recorded_labs()) if running.world.alive()]


def all_damaged() -> list[tuple[str, Damaged]]:
    """Every lab whose record cannot be used, with why."""
    found = []
    for name in recorded_labs():
        try:
            _open(name)
        except Damaged as error:
            found.append((name, error))
    return found


def find(lab: str | None, cwd: Path | None = None) -> Running:
    """The lab that a verb means: `lab` by name, else this folder's, else the only one that runs.

    Raises Impossible when there is none or several, NotAsItShould when the one that is meant no longer runs.
    """
    if lab is not None:
        return _alive(_named(lab))
    names = recorded_labs()
    recorded = _readable(names)
    here = _here(recorded, cwd or Path.cwd())
    candidates = here or [running for running in recorded if running.world.alive()]
    if not candidates and len(recorded) == 1:
        candidates = recorded
    if not candidates and len(names) == 1:
        return _alive(_named(names[0]))
    name = _only([running.lab for running in candidates])
    return _alive(next(running for running in candidates if running.lab == name))


def named_or_here(lab: str | None, cwd: Path | None = None) -> str:
    """The same for `down`, as a name: also a lab that no longer runs, that a killed command left half recorded, or
    whose record is damaged or lost."""
    names = recorded_labs()
    if lab is not None:
        if lab not in names and lab not in lost():
            raise Impossible(f"no lab named {lab} runs here", next="mseelab list")
        return lab
    recorded = _readable(names)
    here = _here(recorded, cwd or Path.cwd())
    if here:
        return _only([running.lab for running in here])
    names = names or sorted(lost())
    if len(names) == 1:
        return names[0]
    if not recorded:
        return _only(names)
    return _only([running.lab for running in recorded if running.world.alive()] or names)


def _here(recorded: list[Running], cwd: Path) -> list[Running]:
    """The labs whose circuit file is in this folder; `circuit.yml` before others."""
    folder = cwd.resolve()
    here = [running for running in recorded if _belongs(running.document, folder)]
    usual = [running for running in here if Path(running.document["file"]).stem == "circuit"]
    return usual if len(usual) == 1 else here


def _only(names: list[str]) -> str:
    if not names:
        raise Impossible("no lab runs", next="mseelab up")
    if len(names) > 1:
        raise Impossible(f"{len(names)} labs run; which one?", next=f"--lab NAME, one of: {' '.join(sorted(names))}")
    return names[0]


def in_child(work: Callable[[], Any]) -> Any:
    """Runs `work` in a child process and returns its value (JSON), so that this process stays outside every world.

    A LabError of the child is raised here again, and the BrokenPipeError of one whose reader has left; a child that
    dies otherwise is a NotAsItShould. The keys that the child has met are masked here from then on, too.
    """
    return _result(*_started(work))


def in_children(works: Sequence[Callable[[], Any]]) -> list[Any | LabError]:
    """The same for several, all at once: their values in order, or the error that one has ended with."""
    found: list[Any | LabError] = []
    for child in [_started(work) for work in works]:
        try:
            found.append(_result(*child))
        except LabError as error:
            found.append(error)
    return found


def _started(work: Callable[[], Any]) -> tuple[int, int]:
    """A child's pid, and where its answer comes."""
    read, write = os.pipe()
    child = fork()
    if child == 0:
        os.close(read)
        os._exit(_child(work, write))
    os.close(write)
    return child, read


def _result(child: int, read: int) -> Any:
    try:
        with os.fdopen(read, "rb") as pipe:
            data = pipe.read()
        _, status = os.waitpid(child, 0)
    except KeyboardInterrupt:
        os.waitpid(child, 0)
        raise
    if os.waitstatus_to_exitcode(status) != 0 or not data:
        code = os.waitstatus_to_exitcode(status)
        if code == -signal.SIGINT:
            raise KeyboardInterrupt
        raise NotAsItShould(f"a helper process ended early ({code})", next="MSEELAB_DEBUG=1 shows where")
    answer = json.loads(data)
    secret.remember(answer["keys"])
    if "unread" in answer:
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
    if "mistakes" in answer:
        raise Mistakes([Mistake(**mistake) for mistake in answer["mistakes"]])
    if "error" in answer:
        kind = {cls.__name__: cls for cls in _error_classes(LabError)}[answer["kind"]]
        raise kind(answer["error"], next=answer["next"], rule=answer["rule"])
    return answer["value"]


def _error_classes(cls: type[LabError]) -> list[type[LabError]]:
    return [cls, *(sub for kind in cls.__subclasses__() if kind is not Mistakes for sub in _error_classes(kind))]


def _let_go(stream: TextIO) -> None:
    """Flushes it. What nobody reads any more is dropped: raised here, it would send the child on as its parent."""
    try:
        stream.flush()
    except BrokenPipeError:
        null = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
        os.dup2(null, stream.fileno())
        os.close(null)


def _child(work: Callable[[], Any], write: int) -> int:
    """The child's side: its exit code is 0 whenever an answer was written."""
    import sys
    import traceback

    code = 1
    try:
        try:
            answer: dict[str, Any] = {"value": work()}
        except Mistakes as error:
            answer = {"mistakes": [asdict(mistake) for mistake in error.mistakes]}
        except LabError as error:
            answer = _refusal(error)
        except BrokenPipeError:
            answer = {"unread": True}
        except OSError as error:
            refused = limit(error)
            if refused is None:
                raise
            answer = _refusal(refused)
        with os.fdopen(write, "wb") as pipe:
            pipe.write(json.dumps(answer | {"keys": sorted(secret.remembered())}).encode())
        code = 0
    finally:
        # os._exit follows: nothing else would flush, and nothing else would tell.
        if sys.exc_info()[0] is not None and os.environ.get("MSEELAB_DEBUG"):
            traceback.print_exc()
        for stream in (sys.stdout, sys.stderr):
            _let_go(stream)
        if code:
            os._exit(code)
    return code


def _readable(names: list[str]) -> list[Running]:
    """The labs of these whose record is one: another's must not stand in their way."""
    found = []
    for name in names:
        try:
            running = _open(name)
        except Damaged:
            continue
        if running is not None:
            found.append(running)
    return found


def _refusal(error: LabError) -> dict[str, Any]:
    return {"error": error.message, "kind": type(error).__name__, "next": error.next, "rule": error.rule}


def _open(name: str) -> Running | None:
    """None where nothing is recorded (yet). Raises Damaged."""
    try:
        store = Store(name)
    except Impossible:
        return None
    try:
        document = store.read()
        if document is None:
            store.close()
            return None
        running = Running(store, document)
        running.world  # noqa: B018  (read now: it may be damaged)
    except Damaged:
        store.close()
        raise
    remember_keys(document)
    return running


def _named(name: str) -> Running:
    running = _open(name)
    if running is None:
        raise Impossible(f"no lab named {name} runs here", next="mseelab list")
    return running


def _belongs(document: Document, folder: Path) -> bool:
    return not document.get("shipped") and Path(document["file"]).parent == folder


def _alive(running: Running) -> Running:
    if not running.world.alive():
        raise NotAsItShould(f"{running.lab} no longer runs", next="mseelab up, or mseelab down to forget it")
    return running
