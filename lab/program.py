"""Where a program is."""

from __future__ import annotations

import os
import shutil


def on_path(name: str) -> str | None:
    """The absolute path of a program. Entries of PATH that mean the working directory do not count: a checkout of
    strangers may have a program of that name."""
    folders = [folder for folder in os.environ.get("PATH", os.defpath).split(os.pathsep) if os.path.isabs(folder)]
    return shutil.which(name, path=os.pathsep.join(folders))
