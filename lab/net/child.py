"""A child process, or a sentence."""

from __future__ import annotations

import os

from lab.errors import no_processes


def fork() -> int:
    """As `os.fork`. Raises HostCannot where the host gives no more processes."""
    try:
        return os.fork()
    except BlockingIOError as error:
        raise no_processes() from error
