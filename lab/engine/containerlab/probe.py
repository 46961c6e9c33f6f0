"""What this host has of what containers need: the lines of `doctor --engine containerlab`."""

from __future__ import annotations

import os

from lab.engine.containerlab.binary import VersionCheck, find
from lab.engine.containerlab.dock import Docker
from lab.engine.containerlab.image import FRR
from lab.engine.need import Need
from lab.errors import HostCannot


def needs() -> tuple[Need, ...]:
    """What this engine needs beside the kernel's own; half a second."""
    return root(), containerlab(), *docker_and_image()


def root() -> Need:
    if os.geteuid() == 0:
        return Need("engine", True, "root", chosen="containerlab, root")
    return Need("engine", False, "not root: containers are entered by pid", fix="sudo mseelab …")


def containerlab() -> Need:
    try:
        path = find()
        return Need("containerlab", True, f"{VersionCheck(path).version()} at {path}", chosen=path)
    except HostCannot as error:
        return Need("containerlab", False, error.message, fix=error.next)


def docker_and_image() -> tuple[Need, ...]:
    try:
        with Docker() as docker:
            version = Need("docker", True, docker.version())
            if docker.has_image(FRR):
                return version, Need("image", True, FRR, chosen=FRR)
            return version, Need("image", True, f"no {FRR} yet: up builds it", fix="make image does it now")
    except HostCannot as error:
        return (Need("docker", False, error.message, fix=error.next),)
