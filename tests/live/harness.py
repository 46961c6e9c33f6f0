"""How live tests type `mseelab`: as a real process, with state of its own, as this user or as an ordinary one."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.live.leaks import TOKEN, TOKEN_NAME

ROOT = Path(__file__).resolve().parent.parent.parent
USER = 1500
RUN = "from lab.cli.main import main; main()"
# How containers are reached, and which FRR is in them, is the caller's to say.
HOST = ("MSEELAB_CONTAINERLAB", "MSEELAB_FRR_IMAGE", "DOCKER_HOST")
NOT_NEEDED = ("pip", "mypy", "mypyc", "ruff", "setuptools", "_pytest", "hatchling", "_*.pth", "mseelab-*")
PLAIN = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C.UTF-8", "TERM": "dumb"}


@dataclass(frozen=True)
class Done:
    """One command line that has ended. `seconds` is what a user would have waited."""

    arguments: tuple[str, ...]
    code: int
    out: str
    err: str
    seconds: float

    def __str__(self) -> str:
        return f"mseelab {' '.join(self.arguments)}: exit {self.code} after {self.seconds:.2f} s\n{self.out}{self.err}"


class Labs:
    """Types `mseelab` in `folder`, with the state of nobody else. `user` is a uid to become, when root."""

    def __init__(self, home: Path, command: list[str], environment: Mapping[str, str], user: int | None = None) -> None:
        self.home = home
        self.folder = home / "work"
        self.command = command
        self.environment = {**PLAIN, **environment, TOKEN_NAME: TOKEN}
        self.user = user
        self.engine = environment.get("MSEELAB_ENGINE", "netns")
        self.groups: list[int | str] | None = None if user is None else []

    def __call__(
        self,
        *arguments: str,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
        stdin: str | None = None,
        timeout: float = 60,
    ) -> Done:
        """Runs to the end, whatever the exit code."""
        start = time.monotonic()
        done = subprocess.run(
            [*self.command, *arguments],
            cwd=folder or self.folder,
            env={**self.environment, **(environment or {})},
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            user=self.user,
            group=self.user,
            extra_groups=self.groups,
        )
        return Done(arguments, done.returncode, done.stdout, done.stderr, time.monotonic() - start)

    def ok(self, *arguments: str, folder: Path | None = None, environment: Mapping[str, str] | None = None) -> Done:
        """Runs, and fails the test with everything that was printed unless the exit code is 0."""
        done = self(*arguments, folder=folder, environment=environment)
        assert done.code == 0, str(done)
        return done

    def start(
        self, *arguments: str, folder: Path | None = None, stdin: int = subprocess.DEVNULL
    ) -> subprocess.Popen[str]:
        """Starts and does not wait: for tests that interrupt, or talk by `stdin`. Output is captured."""
        return subprocess.Popen(
            [*self.command, *arguments],
            cwd=folder or self.folder,
            env=self.environment,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            user=self.user,
            group=self.user,
            extra_groups=self.groups,
        )

    def write(self, name: str, text: str) -> Path:
        """A file of the user's in the working folder."""
        path = self.folder / name
        path.write_text(text)
        if self.user is not None:
            os.chown(path, self.user, self.user)
        return path

    @property
    def state(self) -> Path:
        return self.home / "state"


@contextmanager
def labs_of(command: list[str], *, user: int | None = None, engine: str = "netns") -> Iterator[Labs]:
    """A place to run labs in; afterwards everything is taken down, and a state folder that stays is a failure."""
    home = Path(tempfile.mkdtemp(prefix="lab-", dir="/tmp"))  # short: a unix socket's path has 107 bytes
    home.chmod(0o755)
    for name in ("work", "run", "home"):
        (home / name).mkdir(mode=0o700)
        if user is not None:
            os.chown(home / name, user, user)
    environment = {"HOME": str(home / "home"), "XDG_RUNTIME_DIR": str(home / "run"), "MSEELAB_ENGINE": engine}
    environment |= {name: os.environ[name] for name in HOST if name in os.environ}
    if user is None:
        environment["MSEELAB_STATE"] = str(home / "state")
    labs = Labs(home, command, environment, user)
    try:
        yield labs
        left = labs("down", "--all")
        assert left.code == 0, str(left)
        held = [str(path) for folder in (home / "state", home / "run" / "mseelab") for path in folder.glob("*")]
        assert not held, f"state left: {held}"
    finally:
        shutil.rmtree(home)


def own_command() -> list[str]:
    """`mseelab` of this tree, with this interpreter."""
    return [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {RUN}"]


def reachable_interpreter() -> str:
    """A Python of this version that an ordinary user can start: the one below the environment, or the system's."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    look = f"import sys; sys.exit('%d.%d' % sys.version_info[:2] != {version!r})"
    for candidate in (os.path.realpath(sys.executable), "/usr/bin/python3"):
        try:
            done = subprocess.run([candidate, "-c", look], user=USER, group=USER, extra_groups=[], env=PLAIN, cwd="/")
        except PermissionError:
            continue
        if done.returncode == 0:
            return candidate
    pytest.fail(f"no Python {version} that an ordinary user can start; make .venv with /usr/bin/python3")


def installed_for_users(folder: Path) -> list[str]:
    """Installs the built wheel and its dependencies into `folder`, for everyone to read; returns the command."""
    packages = folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    (folder / "bin").mkdir(parents=True)
    python = reachable_interpreter()
    (folder / "bin" / "python").symlink_to(python)
    (folder / "pyvenv.cfg").write_text(f"home = {os.path.dirname(python)}\ninclude-system-site-packages = false\n")
    here = Path(sys.prefix) / "lib" / packages.parent.name / "site-packages"
    shutil.copytree(here, packages, ignore=shutil.ignore_patterns(*NOT_NEEDED))
    with tempfile.TemporaryDirectory() as built:
        shutil.unpack_archive(build_wheel(Path(built)), packages, "zip")
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o444) | _execute_for_all(path))
    return [str(folder / "bin" / "python"), "-c", RUN]


def build_wheel(folder: Path) -> Path:
    """The wheel of this tree, built into `folder` without any network."""
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return next(folder.glob("*.whl"))


def _execute_for_all(path: Path) -> int:
    return 0o111 if path.stat().st_mode & stat.S_IXUSR else 0

