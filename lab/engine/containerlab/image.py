"""Our own image, `mseelab/frr`: Debian's FRR, built here when it is missing. Its tag is the version of that FRR."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from lab.engine.containerlab.dock import Docker
from lab.errors import HostCannot

REPOSITORY = "mseelab/frr"
FOLDER = Path(__file__).with_name("image")
# Which Debian has which FRR, the default first.
SUITES = {"10": "trixie", "8": "bookworm"}
ZEBRA = "/usr/lib/frr/zebra"


def ours(image: str | None) -> bool:
    """Whether a node's image is our own; one without an image is."""
    return image is None or image.split(":")[0] == REPOSITORY


def suite(image: str) -> str:
    """The Debian suite that an image of ours is built from. Raises HostCannot for a tag that none has."""
    tag = image.partition(":")[2] or "latest"
    if tag == "latest":
        return next(iter(SUITES.values()))
    found = SUITES.get(tag.split(".")[0])
    if found is None:
        known = ", ".join(f"{REPOSITORY}:{version}" for version in SUITES)
        raise HostCannot(f"image {image} cannot be built; there are {known} and {REPOSITORY}", next="make image")
    return found


def provide(docker: Docker, images: Iterable[str], say: Callable[[str], None]) -> None:
    """Builds those of our images that are missing, and says so. Others are containerlab's to find, or to pull."""
    for image in sorted(set(images)):
        if ours(image) and not docker.has_image(image):
            say(f"image {image} is missing: building it from Debian's packages, which takes a minute")
            build(docker, suite(image))
            if not docker.has_image(image):
                raise HostCannot(f"image {image} is not what Debian {suite(image)} has", next="make image")


def build(docker: Docker, debian: str) -> str:
    """Builds the image from a Debian suite; returns its name with the tag. Raises HostCannot with the reason."""
    made = f"{REPOSITORY}:{debian}"
    docker.build(str(FOLDER), made, {"DEBIAN": debian})
    match = re.search(r"version (\d+\.\d+)", docker.output(made, ZEBRA, "--version"))
    if match is None:
        raise HostCannot(f"FRR in {made} does not say its version", next=f"docker run --entrypoint {ZEBRA} {made}")
    docker.tag(made, REPOSITORY, match[1])
    docker.tag(made, REPOSITORY, match[1].split(".")[0])
    if debian == next(iter(SUITES.values())):
        docker.tag(made, REPOSITORY, "latest")
    return f"{REPOSITORY}:{match[1]}"
