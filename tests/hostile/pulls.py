"""Pull requests of strangers, one YAML file each: what it tries, and how it changes the files of the repository.

`files` maps a path to what becomes of it: a text is the whole file; `{first: TEXT}` and `{last: TEXT}` stand before
and after what is there; `{replace: {OLD: NEW}}` changes words; `{link: TARGET}` is a symbolic link;
`{text: TEXT, mode: 493}` an executable; `{repeat: TEXT, times: N}` is TEXT so many times, `{n}` its number. `@HOME@`
and the other names of `Place.words` stand for what an attacker knows of the machine. `exit` lists the exit codes that
`validate` may have. A pull request that is `code` is not given to pytest, which runs the modules beside a test because
they are there.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent
BASE = FOLDER / "base"


@dataclass(frozen=True)
class Pull:
    """One pull request. `finding` is the row of the attack it comes from, or the kind of fault it stands for."""

    name: str
    tries: str
    finding: str
    exits: tuple[int, ...]
    files: Mapping[str, Any]
    code: bool

    def lay(self, folder: Path, words: Mapping[str, str]) -> None:
        """Writes the repository as it is with this pull request merged."""
        shutil.copytree(BASE, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        for name, change in self.files.items():
            path = folder / _filled(name, words)
            path.parent.mkdir(parents=True, exist_ok=True)
            _apply(path, change if isinstance(change, dict) else {"text": change}, words)


def pulls() -> list[Pull]:
    """Every pull request, by name."""
    found = []
    for path in sorted((FOLDER / "pulls").glob("*.yml")):
        raw = yaml.safe_load(path.read_text())
        exits, finding = tuple(raw["exit"]), str(raw["finding"])
        found.append(Pull(path.stem, raw["tries"], finding, exits, raw["files"], "code" in raw))
    return found


def _apply(path: Path, change: Mapping[str, Any], words: Mapping[str, str]) -> None:
    if "link" in change:
        path.unlink(missing_ok=True)
        path.symlink_to(_filled(change["link"], words))
        return
    before = path.read_text() if path.is_file() else ""
    text = before
    if "text" in change:
        text = change["text"]
    elif "repeat" in change:
        text = before + "".join(change["repeat"].replace("{n}", str(number)) for number in range(change["times"]))
    for old, new in change.get("replace", {}).items():
        assert old in text, f"{path.name} of the base has no {old!r}"
        text = text.replace(old, new)
    text = change.get("first", "") + text + change.get("last", "")
    path.write_bytes(_filled(text, words).encode())
    if "mode" in change:
        path.chmod(change["mode"])


def _filled(text: str, words: Mapping[str, str]) -> str:
    for name, value in words.items():
        text = text.replace(f"@{name}@", value)
    return text
