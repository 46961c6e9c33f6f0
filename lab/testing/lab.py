"""A lab as a test has it."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, cast

from bgp.secret import masked
from lab.errors import NotAsItShould
from lab.testing import place
from lab.testing.link import Link
from lab.testing.values import Applied, Output, Ping, Planned, Reset, Session

if TYPE_CHECKING:
    from lab.check.result import Report
    from lab.diagnose.verdict import Diagnosis
    from lab.fault.base import Fault
    from lab.testing.telling import State, Waited

Peering = Literal["AzurePrivatePeering", "MicrosoftPeering"]
PathName = Literal["primary", "secondary"]
Family = Literal["ipv4", "ipv6"]
Side = Literal["ce", "msee"]
Target = str | os.PathLike[str]
RESET_SECONDS = 10.0
__tracebackhide__ = True
"""No frame of this module is shown by pytest: what its methods are given is the caller's, a key in it too."""


class Lab:
    """A lab that runs for this program, and ends with it. Made by `Lab.up`; a context manager.

    What cannot be raises `lab.errors.Impossible`, a lab that is not as a method says `AssertionError`, with what
    `mseelab check` would say. Seconds are seconds. `events` is what was done to the lab, newest last.
    """

    _count: ClassVar[int] = 0

    def __init__(self, link: Link, name: str) -> None:
        """For `up` and for tests of this class."""
        self._link = link
        self.name = name
        self.events: list[tuple[float, str]] = []

    @classmethod
    def up(
        cls,
        target: Target | None = None,
        *,
        engine: str | None = None,
        within: float = 10.0,
        healthy: bool = True,
        keep: bool = False,
        worker: str = "",
        cwd: Target | None = None,
    ) -> Lab:
        """Starts a lab: of a circuit file, a folder with `circuit.yml`, or a shipped lab's name; None is `cwd`'s file.

        Its name is its own, and its record is apart from those of the command line: nothing of the user's is met.
        `within` is how long sessions may take. Unless `healthy` is False, a lab that is not as its file says is taken
        down, and AssertionError says why. With `keep` it can be left running, see `leave`. `worker` is one more word
        in the name. Raises LabError: Mistakes in files, HostCannot.
        """
        Lab._count += 1
        state = place.new_folder(kept=keep)
        try:
            link = Link(state)
        except OSError:
            place.remove(state)
            raise
        try:
            name, missing = link.ask(
                "up", target=None if target is None else os.fspath(target), cwd=os.fspath(cwd or Path.cwd()),
                engine=engine, number=Lab._count, worker=worker, owner=os.getpid(), seconds=within, kept=keep,
            )
        except BaseException:
            _end(link)
            raise
        made = cls(link, name)
        if missing and healthy:
            made.close()
            raise AssertionError(f"{name} is not as its file says after {within:g} s\n" + "\n".join(missing))
        return made

    def close(self) -> None:
        """Takes the lab down; nothing of it is left, whatever became of its agent. Harmless twice."""
        _end(self._link)

    def leave(self) -> str:
        """Lets a lab that was started with `keep` live on. Returns what to type to look at it."""
        self._link.ask("leave")
        self._link.left = True
        self._link.close()
        return f"export MSEELAB_STATE={self._link.state}; mseelab status --lab {self.name}; mseelab down --all"

    @property
    def alive(self) -> bool:
        return self._link.alive

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<lab {self.name}>"

    # What is

    def session(
        self, peering: Peering, path: PathName, family: Family | None = None, *, circuit: str | None = None
    ) -> Session:
        """One session, as its MSEE sees it now. Without `family` it is IPv4's, where the peering has that."""
        found = self.sessions(peering, path, family, circuit=circuit)
        if circuit is None and len({session.circuit for session in found}) > 1:
            names = " ".join(dict.fromkeys(session.circuit for session in found))
            raise NotAsItShould("which circuit?", next=f"circuit=…, one of: {names}")
        return min(found, key=lambda session: session.family)

    def sessions(
        self,
        peering: Peering | None = None,
        path: PathName | None = None,
        family: Family | None = None,
        *,
        circuit: str | None = None,
    ) -> tuple[Session, ...]:
        """The sessions of that peering, path and family now; None is every one."""
        found = self._ask("sessions", peering=peering, path=path, family=family, circuit=circuit)
        return cast(tuple[Session, ...], found)

    def ping(
        self,
        node: str,
        target: str,
        *,
        count: int = 3,
        timeout: float = 1.0,
        source: str | None = None,
        path: PathName | None = None,
    ) -> Ping:
        """Echoes from a node to an address, or to the host of a VNet by name, one after the other.

        From a CE they leave from an address that it advertises, unless `source` says which; with `path` they leave by
        that path. `timeout` is how long each may take.
        """
        ping = cast(
            Ping,
            self._ask("ping", node=node, target=target, count=count, timeout=timeout, source=source, path=path),
        )
        self._note(repr(ping)[1:-1])
        return ping

    def exec(self, node: str, *argv: str, stdin: str | None = None, timeout: float = 30.0) -> Output:
        """Runs a command in a node to its end, whatever its exit code. One text with blanks is split as a shell does
        it; there is no shell."""
        words = tuple(shlex.split(argv[0])) if len(argv) == 1 else argv
        output = cast(Output, self._ask("exec", node=node, argv=words, stdin=stdin, timeout=timeout))
        self._note(f"{node}: {masked(shlex.join(words))}: exit {output.code}")
        return output

    def vty(self, node: str, *commands: str, daemon: str = "bgpd") -> str:
        """What an FRR daemon of a node answers to commands, keys masked."""
        return cast(str, self._ask("vty", node=node, commands=commands, daemon=daemon, configure=False))

    def show(self, node: str, command: str, *, daemon: str = "bgpd") -> Any:
        """The JSON that an FRR daemon answers: `show("ce1", "bgp summary")`."""
        import json

        said = command if command.startswith("show ") else f"show {command}"
        return json.loads(self.vty(node, said if said.endswith(" json") else f"{said} json", daemon=daemon))

    def check(self, *, timeout: float = 10.0, raises: bool = True) -> Report:
        """Whether everything is as the files say, as `mseelab check` finds it. AssertionError where it is not, unless
        `raises` is False."""
        report = cast("Report", self._ask("check", timeout=timeout))
        self._note(f"check: {report.count('pass')} passed, {report.count('fail')} failed")
        if raises and not report.ok:
            from lab.check.report import report_lines

            raise AssertionError("\n".join(report_lines(report)))
        return report

    def diagnose(
        self,
        peering: Peering | None = None,
        path: PathName | None = None,
        family: Family | None = None,
        *,
        circuit: str | None = None,
    ) -> tuple[Diagnosis, ...]:
        """What is the matter with sessions, as `mseelab diagnose` finds it, two seconds at most: each with its
        verdicts, none where it is well."""
        found = self._ask("diagnose", peering=peering, path=path, family=family, circuit=circuit)
        return cast("tuple[Diagnosis, ...]", found)

    # Waiting

    def wait_up(
        self,
        peering: Peering | None = None,
        path: PathName | None = None,
        family: Family | None = None,
        *,
        within: float = 10.0,
        circuit: str | None = None,
    ) -> float:
        """Waits until these sessions are Established, and two seconds more at most for the prefixes that the files have
        them carry. Returns the seconds until Established; AssertionError says why not."""
        return self._wait(True, within, peering, path, family, circuit)

    def wait_down(
        self,
        peering: Peering | None = None,
        path: PathName | None = None,
        family: Family | None = None,
        *,
        within: float = 10.0,
        circuit: str | None = None,
    ) -> float:
        """Waits until none of these sessions is Established at either end, and no router sends over one any more;
        returns the seconds that took, or AssertionError."""
        return self._wait(False, within, peering, path, family, circuit)

    def settle(self, *, within: float = 10.0) -> float:
        """Waits until BFD is up wherever the CE arms it, some seconds after its session: before that a silent path
        ends a session by its hold time alone. `fault` does it by itself. Returns the seconds that took, or
        AssertionError."""
        waited = cast("Waited", self._ask("settle", within=within))
        if not waited.ok:
            raise AssertionError(waited.why)
        return waited.seconds

    def _wait(
        self, up: bool, within: float, peering: str | None, path: str | None, family: str | None, circuit: str | None
    ) -> float:
        begun = time.time()
        waited = cast(
            "Waited",
            self._ask("wait", up=up, within=within, peering=peering, path=path, family=family, circuit=circuit),
        )
        self.events += [(begun + seconds, text) for seconds, text in waited.seen]
        what = " ".join(word for word in (circuit, peering, path, family) if word) or "every session"
        self._note(f"wait_{'up' if up else 'down'} {what}: {waited.seconds:.2f} s{'' if waited.ok else ', in vain'}")
        if not waited.ok:
            raise AssertionError(waited.why)
        return waited.seconds

    # Breaking

    def fault(
        self,
        kind: str,
        *,
        path: PathName = "primary",
        peering: Peering | None = None,
        family: Family | None = None,
        side: Side | None = None,
        circuit: str | None = None,
        **options: object,
    ) -> Broken:
        """Makes a fault, which lasts until the `with` block ends, `lift` is called or the lab is reset.

        `kind` is a name of `lab.fault.registry`; `family` None means both, `side` None where the kind has it
        usually, and `options` are the kind's own, `_` for `-`. Before the first fault BFD is waited for, see `settle`.
        Raises Impossible, with what may have been meant.
        """
        given = {name.replace("_", "-"): str(value) for name, value in options.items()}
        fault = cast(
            "Fault",
            self._ask(
                "fault", kind=kind, options=given, path=path, peering=peering, family=family, side=side,
                circuit=circuit,
            ),
        )
        self._note(f"fault {fault.label}")
        return Broken(self, fault)

    # Changing

    def configure(self, node: str, *lines: str, daemon: str = "bgpd") -> None:
        """Types lines into an FRR daemon's configuration mode. Raises Impossible at the first that it refuses."""
        self._ask("vty", node=node, commands=lines, daemon=daemon, configure=True)
        self._note(f"{node}: {masked('; '.join(lines))}")

    def clear(
        self,
        peering: Peering | None = None,
        path: PathName | None = None,
        family: Family | None = None,
        *,
        circuit: str | None = None,
    ) -> None:
        """Has the MSEEs close these sessions; they come back by themselves."""
        self._ask("clear", peering=peering, path=path, family=family, circuit=circuit)
        self._note(f"clear {' '.join(word for word in (circuit, peering, path, family) if word)}".rstrip())

    def restart(self, node: str) -> None:
        """Ends the routing daemons of a node and starts them anew, with the configuration of its files."""
        self._ask("restart", node=node)
        self._note(f"{node}: restarted")

    def circuit(self) -> dict[str, Any]:
        """The circuit as it is now, in the names of its file (`circuits` is a list): to be edited and applied."""
        return cast(dict[str, Any], self._ask("document"))

    def plan(self, changed: Target | Mapping[str, Any] | None = None) -> Planned:
        """What `apply` would change. Nothing is done."""
        return cast(Planned, self._ask("plan", **_files(changed)))

    def apply(self, changed: Target | Mapping[str, Any] | None = None, *, within: float = 10.0) -> Applied:
        """Makes the running lab what an edited `circuit()`, another file, or its own file as it is now says.

        `within` is how long it may take to be so; what then is not is in `missing`, and no error.
        """
        applied = cast(Applied, self._ask("apply", within=within, **_files(changed)))
        self._note(f"apply: {'; '.join(applied.changes) or 'nothing to do'}")
        return applied

    def reset(self, *, within: float = RESET_SECONDS) -> Reset:
        """Makes the lab what it was when it came up. The fixture does it after every test.

        Raises NotAsItShould where only a new lab helps.
        """
        reset = cast(Reset, self._ask("reset", seconds=within))
        if reset.put_back:
            self._note(f"reset: {'; '.join(reset.put_back)}")
        return reset

    # For whoever reports failures

    def state(self) -> State:
        """What `mseelab status` would show."""
        return cast("State", self._ask("state"))

    def explain(self, session: tuple[str, str, str, str], side: str, wanted: tuple[str, ...]) -> list[tuple[str, str]]:
        """Why a session does not carry exactly the prefixes `wanted`: `why` and `next`, where that is known."""
        return cast(list[tuple[str, str]], self._ask("explain", session=session, side=side, wanted=wanted))

    def _ask(self, question: str, **arguments: Any) -> Any:
        return self._link.ask(question, **arguments)

    def _note(self, text: str) -> None:
        self.events.append((time.time(), masked(text)))


class Broken:
    """A fault that is active, until `lift`; a context manager."""

    def __init__(self, lab: Lab, fault: Fault) -> None:
        self._lab = lab
        self.fault = fault

    def lift(self) -> None:
        """Takes the fault away, exactly. Sessions come back by themselves. Harmless twice."""
        if self._lab.alive:
            self._lab._ask("lift", fault=self.fault)
            self._lab._note(f"lifted {self.fault.label}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.lift()

    def __repr__(self) -> str:
        return f"<fault {self.fault.label}>"


def _end(link: Link) -> None:
    """Ends an agent. What one that was killed has left, another takes down."""
    link.close()
    if link.left or place.remove(link.state):
        return
    other = Link(link.state)
    try:
        other.ask("take_down")
    finally:
        other.close()


def _files(changed: Target | Mapping[str, Any] | None) -> dict[str, Any]:
    document = dict(changed) if isinstance(changed, Mapping) else None
    target = os.fspath(changed) if changed is not None and not isinstance(changed, Mapping) else None
    return {"target": target, "document": document, "cwd": os.getcwd()}
