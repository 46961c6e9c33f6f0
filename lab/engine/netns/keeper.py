"""What the first process of a world becomes: it reaps orphans, and lives as long as the lab."""

from __future__ import annotations

import os
import signal


def main() -> None:
    while True:
        try:
            os.wait()
        except ChildProcessError:
            signal.sigwait({signal.SIGCHLD})


if __name__ == "__main__":
    main()
