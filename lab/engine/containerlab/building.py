"""A lab of containers on its way, seen from the command that makes it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from lab.engine.base import Blueprint
from lab.engine.containerlab import image, rendered
from lab.engine.containerlab.binary import Binary, VersionCheck, find
from lab.engine.containerlab.dock import Docker
from lab.engine.containerlab.world import ContainerlabWorld, deploying
from lab.errors import HostCannot, LabError, NotAsItShould


class Building:
    """Begins with asking the binary for its version, so that files are read meanwhile.

    What keeps this host from having containers is said in `reserve`, after the mistakes of the user's files.
    """

    def __init__(self) -> None:
        self._world: ContainerlabWorld | None = None
        self._docker: Docker | None = None
        self._check: VersionCheck | None = None
        self._refused: LabError | None = None
        try:
            if os.geteuid() != 0:
                why = "the containerlab engine needs root: it enters the containers' namespaces by pid"
                raise HostCannot(why, next="sudo mseelab up --engine containerlab")
            self._check = VersionCheck(find())
        except HostCannot as error:
            self._refused = error

    def reserve(self, blueprint: Blueprint, say: Callable[[str], None]) -> ContainerlabWorld:
        """Makes sure of docker, containerlab, the images and the name; returns the world that `deploy` will fill."""
        if self._refused or self._check is None:
            raise self._refused or HostCannot("containerlab was not asked")
        self._docker = Docker()
        self._check.version()
        name = rendered.name_of(blueprint)
        taken = self._docker.containers(name)
        if taken and taken[0].place.startswith(f"{blueprint.folder}/"):
            lab = blueprint.lab
            raise NotAsItShould(
                f"{lab} runs already, and its record is lost", next=f"mseelab down {lab}, then mseelab up"
            )
        if taken:
            whose = f" from {taken[0].file}" if taken[0].file else ""
            raise HostCannot(
                f"containerlab already has a lab named {name}{whose}",
                next=f"containerlab destroy --name {name} --cleanup, or another name",
            )
        image.provide(
            self._docker, [blueprint.images.get(n.name) or n.image or image.FRR for n in blueprint.topology.nodes], say
        )
        file = rendered.given(blueprint, say)
        self._world = ContainerlabWorld(name, str(file), str(blueprint.folder))
        return self._world

    def deploy(self, blueprint: Blueprint) -> ContainerlabWorld:
        """Has the containers and their links made, and finds their pids: one second and more, most of it docker's."""
        if self._world is None or self._docker is None or self._check is None:
            raise HostCannot("nothing was reserved")
        with deploying(self._world.folder) as lock:
            Binary(self._check.path, Path(self._world.folder)).deploy(Path(self._world.file), lock)
        self._world = self._world.with_members(self._docker, tuple(node.name for node in blueprint.topology.nodes))
        return self._world

    def commit(self, *, tied: bool = False) -> None:
        """The containers live by themselves, tied or not; from here on `down` takes them away."""
        self._world = None
        self._close()

    def abandon(self) -> None:
        """Removes what was made, and waits for it. Harmless twice, and after `commit`."""
        world, self._world = self._world, None
        self._close()
        if world is not None:
            world.destroy()

    def _close(self) -> None:
        if self._check is not None:
            self._check.forget()
        if self._docker is not None:
            self._docker.close()
        self._check = self._docker = None
