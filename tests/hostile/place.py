"""The machine that a pull request is checked on: a home, a runner's files, secrets, and a look at all of it."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

MARK = "S3ntinel"
"""In every secret there is: whatever is printed is searched for it."""
SECRETS = {
    "ER_PRIVATE_KEY": f"{MARK}PrivateKey0001",
    "AWS_SECRET_ACCESS_KEY": f"{MARK}AwsSecretAccessKey0002",
    "GITHUB_TOKEN": f"{MARK}GithubToken0003",
}
HOME = {
    ".bashrc": f"# {MARK} bashrc\n",
    ".profile": f"# {MARK} profile\n",
    ".netrc": f"machine github.com login me password {MARK}Netrc0004\n",
    ".ssh/authorized_keys": f"ssh-ed25519 AAAA {MARK}\n",
    ".ssh/id_ed25519": f"-----BEGIN {MARK}-----\n",
    ".config/frr/vtysh.conf": f"! {MARK}\n",
    "token": f"{MARK}TokenFile0005\n",
    "router.conf": f"hostname {MARK}Router\nrouter bgp 65010\n neighbor 192.0.2.1 description {MARK}\n",
    "lab.clab.yml": f"name: {MARK}\ntopology: {{}}\n",
    "routes.txt": f"route: {MARK}\norigin: {MARK}\n",
}
GIT_CONFIG = f"[http]\n\textraheader = AUTHORIZATION: basic {MARK}GitConfig0006\n"
RUNNER = ("GITHUB_PATH", "GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")
WRITTEN_BY_THE_ACTION = ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")
SYSTEM = (
    "/etc/cron.d", "/etc/ld.so.preload", "/etc/profile.d", "/etc/passwd", "/etc/shadow", "/etc/sudoers.d", "/etc/frr",
    "/root/.ssh", "/root/.bashrc", "/root/.profile", "/usr/lib/frr", "/proc/sys/kernel/core_pattern",
    "/proc/sys/kernel/modprobe", "/sys/kernel/uevent_helper", "/var/spool/cron", "/usr/local/bin",
)
"""What an attacker who is root writes into to be run later."""
LARGEST = 1 << 20
LIVE = re.compile(
    r"##vso\[|##\[|##teamcity\[|^::(?!(error|warning|notice) )"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]",
    re.MULTILINE,
)
"""What a CI product or a terminal obeys: control characters and commands, but for annotations, the tool's own."""


@dataclass(frozen=True)
class Place:
    """The folders of one machine. `user` is whose they are, None for root's."""

    folder: Path
    user: int | None

    def make(self) -> None:
        for name, text in HOME.items():
            self._write(self.home / name, text)
        for name in RUNNER:
            self._write(self.runner / name, "")
        for folder in (self.checkout, self.outside, self.runtime):
            folder.mkdir(parents=True, exist_ok=True)
        self.runtime.chmod(0o700)

    def own(self) -> None:
        """Gives everything to the user; without one it is root's already."""
        if self.user is not None:
            for path in (self.folder, *self.folder.rglob("*")):
                os.chown(path, self.user, self.user, follow_symlinks=False)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def runner(self) -> Path:
        return self.folder / "runner"

    @property
    def outside(self) -> Path:
        """Where code of a stranger that runs leaves its mark."""
        return self.folder / "outside"

    @property
    def checkout(self) -> Path:
        return self.folder / "checkout"

    @property
    def runtime(self) -> Path:
        return self.folder / "run"

    @property
    def words(self) -> Mapping[str, str]:
        """What an attacker knows of the machine, by the names that pull requests use."""
        return {"HOME": str(self.home), "OUTSIDE": str(self.outside), "CHECKOUT": str(self.checkout),
                "RUNNER": str(self.runner)}

    @property
    def environment(self) -> dict[str, str]:
        """What a step of a job has."""
        return {
            **SECRETS,
            **{name: str(self.runner / name) for name in RUNNER},
            "HOME": str(self.home),
            "RUNNER_TEMP": str(self.runner),
            "TMPDIR": str(self.runner),
            "XDG_RUNTIME_DIR": str(self.runtime),
            **({"MSEELAB_STATE": str(self.runtime / "state")} if self.user is None else {}),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(self.checkout),
        }

    def look(self) -> dict[str, str]:
        """What is on the machine that no check may change, by path. Reports and the runner's answers are left out."""
        answers = {self.runner / name for name in WRITTEN_BY_THE_ACTION}
        kept = (path for folder in (self.home, self.outside, self.checkout, self.runner) for path in _below(folder))
        found = {str(path): _fingerprint(path) for path in kept if path not in answers and not _report(path)}
        for name in SYSTEM:
            found |= {str(path): _fingerprint(path) for path in _below(Path(name))}
        return found

    def written(self) -> str:
        """Everything that was left in files for others to read: reports, the runner's answers, the state of labs."""
        answers = [self.runner / name for name in WRITTEN_BY_THE_ACTION]
        reports = [path for folder in (self.checkout, self.runner) for path in _below(folder) if _report(path)]
        state = [path for path in _below(self.runtime) if path.is_file()]
        return "\n".join(path.read_text(errors="replace") for path in (*answers, *reports, *state) if path.is_file())

    def _write(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def secrets_in(text: str) -> list[str]:
    """What of the secrets a text gives away, also written backwards, in hexadecimal and in base 64."""
    forms = {MARK, MARK[::-1], MARK.encode().hex()}
    # In base 64 the word looks one of three ways, by where it begins; its outer letters hang on what is beside it.
    forms |= {base64.b64encode(b" " * shift + MARK.encode()).decode()[shift + 1 : -3] for shift in range(3)}
    lines = [line for line in text.splitlines() if any(form in line for form in forms)]
    try:
        shadow = Path("/etc/shadow").read_text().splitlines()
    except PermissionError:
        shadow = []
    return lines + [line for line in shadow if line and line in text]


def commands_in(text: str) -> list[str]:
    """What of a text a CI product or a terminal would obey."""
    return [repr(text[max(0, found.start() - 40) : found.end() + 40]) for found in LIVE.finditer(text)]


def _report(path: Path) -> bool:
    return path.name.startswith(("report.", "mseelab-", "mseelab.")) or ".pytest_cache" in path.parts


def _below(top: Path) -> Iterator[Path]:
    """`top` and all that is in it, links not followed."""
    try:
        status = top.lstat()
    except (FileNotFoundError, PermissionError):
        return
    yield top
    if stat.S_ISDIR(status.st_mode):
        for entry in sorted(top.iterdir()) if os.access(top, os.R_OK | os.X_OK) else ():
            if entry.name != "__pycache__":
                yield from _below(entry)


def _fingerprint(path: Path) -> str:
    try:
        status = path.lstat()
    except FileNotFoundError:
        return "gone"
    words = [oct(status.st_mode), str(status.st_uid)]
    if stat.S_ISLNK(status.st_mode):
        words.append(os.readlink(path))
    elif stat.S_ISREG(status.st_mode):
        words.append(str(status.st_size))
        if status.st_size < LARGEST and os.access(path, os.R_OK):
            words.append(hashlib.sha256(path.read_bytes()).hexdigest())
    return " ".join(words)
