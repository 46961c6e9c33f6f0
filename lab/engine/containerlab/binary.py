"""The containerlab binary: where it is, whether it is new enough, and running it.

Its exit code is 0 or 1 and says little: what it made is looked up afterwards, never believed. Logs go to stderr, in a
form that has changed between releases; a message to the user is cut out of them.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from lab.errors import HostCannot
from lab.program import on_path

VARIABLE = "MSEELAB_CONTAINERLAB"
# From 0.68 on its JSON is grouped by lab.
OLDEST = (0, 68)
INSTALL = "https://containerlab.dev/install, or MSEELAB_CONTAINERLAB=PATH"
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_LONGEST = 240
# What containerlab, git, docker and ssh need of the caller's environment.
_NEEDED = (
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR",
    "SSH_AUTH_SOCK", "SUDO_USER", "SUDO_UID", "SUDO_GID",
    "DOCKER_HOST", "DOCKER_API_VERSION", "DOCKER_CERT_PATH", "DOCKER_CONFIG", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY",
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
)
_OWN = "CLAB_"
_NAMED = re.compile(rb"\$\{?([A-Za-z_][A-Za-z0-9_]*)")


@dataclass(frozen=True)
class Binary:
    """The binary at `path`, working in `folder`: there it keeps what it knows of a lab."""

    path: str
    folder: Path

    def deploy(self, file: Path, lock: int) -> None:
        """Makes the lab of `file`, or what is missing of it. Raises HostCannot with containerlab's own words.

        It holds the descriptor `lock` until it has ended, which may be after this process was killed: docker
        finishes what it was asked, and so does containerlab, rather than leave half a container behind.
        """
        self._run("deploy", "-t", str(file), file=file, keep=(lock,))

    def destroy(self, file: Path, lock: int) -> None:
        """Removes the lab of `file` and what containerlab keeps of it; nothing to do is no error. As `deploy`."""
        self._run("destroy", "-t", str(file), "--cleanup", file=file, keep=(lock,))

    def inspect(self, lab: str, files: Collection[str]) -> list[str]:
        """The containers that containerlab shows of a lab made from `files`; none is exit code 1 and no JSON."""
        done = subprocess.run(
            [self.path, "inspect", "--name", lab, "-f", "json", "--log-level", "error"],
            env=environment(self.folder),
            stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False,
        )
        try:
            found = json.loads(done.stdout).get(lab, [])
        except ValueError:
            return []
        return [str(container["name"]) for container in found if container.get("absLabPath") in files]

    def _run(self, *words: str, file: Path, keep: tuple[int, ...] = ()) -> None:
        done = subprocess.run(
            [self.path, *words, "--log-level", "error"],
            env=environment(self.folder, file),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            pass_fds=keep,
            start_new_session=True,  # Ctrl-C is this process's, which then takes away what was made
            check=False,
        )
        if done.returncode:
            raise HostCannot(f"containerlab {words[0]}: {reason(done.stderr)}", next=f"{self.path} {' '.join(words)}")


def environment(folder: Path, file: Path | None = None) -> dict[str, str]:
    """What containerlab is told: no more of the caller's environment, with the keys in it, than it needs and than the
    topology `file` names (`${IMAGE}`).

    Without `CLAB_VERSION_CHECK` it waits three seconds for the network wherever there is none.
    """
    named = set(_named_in(file)) if file is not None else set()
    known = {n: v for n, v in os.environ.items() if n in _NEEDED or n.startswith(_OWN) or n in named}
    return known | {"CLAB_VERSION_CHECK": "disable", "CLAB_LABDIR_BASE": str(folder)}


def _named_in(file: Path) -> Iterator[str]:
    try:
        source = file.read_bytes()
    except OSError:
        return  # containerlab says what is wrong with it
    for found in _NAMED.finditer(source):
        yield found[1].decode()


def find() -> str:
    """The path of the binary. Raises HostCannot."""
    given = os.environ.get(VARIABLE)
    found = shutil.which(given) if given else on_path("containerlab")
    if found is None:
        where = f"{VARIABLE}={given} is no program" if given else "it is not on PATH"
        raise HostCannot(f"containerlab is not installed: {where}", next=INSTALL)
    return found


def installed() -> bool:
    return shutil.which(os.environ.get(VARIABLE) or "containerlab") is not None


class VersionCheck:
    """Asks the binary for its version; begun early, read late (30 ms to a second, by the machine)."""

    def __init__(self, path: str) -> None:
        self.path = path
        try:
            self._process = subprocess.Popen(
                [path, "version", "-j"], env=environment(Path("/")), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        except OSError as error:
            raise HostCannot(f"cannot run {path}: {error.strerror}", next=INSTALL) from error

    def version(self) -> str:
        """The version as containerlab writes it. Raises HostCannot when it is too old, or something else."""
        out, _ = self._process.communicate()
        text = _version(out.decode(errors="replace"))
        numbers = tuple(int(n) for n in re.findall(r"\d+", text)[:2])
        if len(numbers) < 2:
            said = f": {reason(out.decode(errors='replace'))}" if out.strip() else ""
            raise HostCannot(f"{self.path} does not say its version{said}", next=INSTALL)
        if numbers < OLDEST:
            raise HostCannot(f"containerlab {text} is too old; needed is {'.'.join(map(str, OLDEST))}", next=INSTALL)
        return text

    def forget(self) -> None:
        """Ends the question. Harmless when it was answered."""
        if self._process.returncode is None:
            self._process.kill()
            self._process.communicate()


def _version(said: str) -> str:
    """From the JSON, or from the lines that releases without it print."""
    try:
        found = json.loads(said)
    except ValueError:
        match = re.search(r"version:\s*v?(\d+\.\d+\S*)", _ANSI.sub("", said))
        return match[1] if match else ""
    return str(found.get("version", "")) if isinstance(found, dict) else ""


def reason(stderr: str) -> str:
    """What went wrong, in one line of containerlab's own words."""
    lines = [line.strip() for line in _ANSI.sub("", stderr).splitlines() if line.strip()]
    if "ERROR" in lines:  # a heading, and below it the message folded to the terminal's width
        lines = [" ".join(lines[lines.index("ERROR") + 1 :])]
    marked = [line for line in lines if re.search(r"\bERRO\b|^Error:", line)]
    text = (marked or lines or ["it gives no reason"])[-1]
    text = re.sub(r"^.*?(\bERRO\b|^Error:)\s*", "", text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
