"""Whether this host can run the containerlab ring: the real binary, a real docker, root."""

from __future__ import annotations

import functools
import os
import shutil

import pytest

REQUIRE = "MSEELAB_REQUIRE"


def require_ring() -> None:
    """Skips the test where containers cannot be had, and says why; fails it where they are required."""
    why = lacking()
    if why and os.environ.get(REQUIRE) == "containerlab":
        pytest.fail(f"required and not there: {why}", pytrace=False)
    if why:
        pytest.skip(why)


@functools.cache
def lacking() -> str:
    """What this host lacks, empty when it can."""
    import docker

    if os.geteuid() != 0:
        return "the containerlab engine needs root"
    if shutil.which(os.environ.get("MSEELAB_CONTAINERLAB", "containerlab")) is None:
        return "containerlab is not on PATH"
    try:
        client = docker.from_env()
    except docker.errors.DockerException as error:
        return f"docker does not answer: {error}"
    client.close()
    return ""
