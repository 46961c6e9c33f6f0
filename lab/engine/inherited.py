"""What a long-lived process must not inherit from the command that starts it."""

from __future__ import annotations

import os


def close_inherited(*keep: int) -> None:
    """Closes every descriptor above 2 but `keep`: a pipe held open here would hang whoever reads its other end.

    Descriptors of Python's own making close at exec; those that the caller was given (by a shell, make or a CI runner)
    do not.
    """
    with os.scandir("/proc/self/fd") as listing:
        numbers = {int(entry.name) for entry in listing} - {0, 1, 2, *keep}
    for number in numbers:
        os.closerange(number, number + 1)  # the listing's own is closed already, which is no error here
