"""Our own images, built here when they are missing. The tag of `mseelab/frr` is the version of its FRR.

`mseelab/frr` is Debian's FRR; `mseelab/ce` has the CE kinds that are no FRR beside it: BIRD, GoBGP, OpenBGPD, and the
ExaBGP that mseelab itself was installed with.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from bgp.exabgp import relay
from lab.engine.containerlab.dock import Docker
from lab.errors import HostCannot

FRR = "mseelab/frr"
SPEAKERS = "mseelab/ce"
VARIABLE = "MSEELAB_FRR_IMAGE"
FOLDER = Path(__file__).with_name("image")
# Which Debian has which FRR, the default first.
SUITES = {"10": "trixie", "8": "bookworm"}
ZEBRA = "/usr/lib/frr/zebra"


def chosen_frr() -> str:
    """The image of nodes that name no other, or ours without a version: `MSEELAB_FRR_IMAGE` where that is set."""
    return os.environ.get(VARIABLE) or FRR


def plain(name: str) -> str:
    """The name without what docker takes for granted: two that are the same are written the same."""
    return name.removeprefix("docker.io/").removeprefix("library/").removesuffix(":latest")


def ours(image: str | None) -> bool:
    """Whether a node's image is our own; one without an image is."""
    return image is None or image.split(":")[0] in (FRR, SPEAKERS)


def suite(image: str) -> str:
    """The Debian suite that a `mseelab/frr` is built from. Raises HostCannot for a tag that none has."""
    tag = image.partition(":")[2] or "latest"
    if tag == "latest":
        return next(iter(SUITES.values()))
    found = SUITES.get(tag.split(".")[0])
    if found is None:
        known = ", ".join(f"{FRR}:{version}" for version in SUITES)
        raise HostCannot(f"image {image} cannot be built; there are {known} and {FRR}", next="make image")
    return found


def provide(docker: Docker, images: Iterable[str], say: Callable[[str], None]) -> None:
    """Builds those of our images that are missing, and says so. Others are containerlab's to find, or to pull."""
    for image in sorted(set(images)):
        if not ours(image) or docker.has_image(image):
            continue
        say(f"image {image} is missing: building it from Debian's packages, which takes a minute")
        if image.split(":")[0] == SPEAKERS:
            build_speakers(docker, say)
        else:
            build_frr(docker, suite(image))
        if not docker.has_image(image):
            raise HostCannot(f"image {image} is not what was built", next="make image")


def build_frr(docker: Docker, debian: str) -> str:
    """Builds `mseelab/frr` from a Debian suite; returns its name with the tag. Raises HostCannot with the reason."""
    made = f"{FRR}:{debian}"
    docker.build(str(FOLDER / "frr"), made, {"DEBIAN": debian})
    match = re.search(r"version (\d+\.\d+)", docker.output(made, ZEBRA, "--version"))
    if match is None:
        raise HostCannot(f"FRR in {made} does not say its version", next=f"docker run --entrypoint {ZEBRA} {made}")
    docker.tag(made, FRR, match[1])
    docker.tag(made, FRR, match[1].split(".")[0])
    if debian == next(iter(SUITES.values())):
        docker.tag(made, FRR, "latest")
    return f"{FRR}:{match[1]}"


def build_speakers(docker: Docker, say: Callable[[str], None]) -> str:
    """Builds `mseelab/ce` on top of `mseelab/frr`; returns its name. Raises HostCannot with the reason."""
    provide(docker, [FRR], say)
    package = importlib.util.find_spec("exabgp")
    if package is None or not package.submodule_search_locations:
        raise HostCannot("ExaBGP is not installed beside mseelab", next="install mseelab again")
    with tempfile.TemporaryDirectory(prefix="mseelab-image-") as folder:
        shutil.copy(FOLDER / "ce" / "Dockerfile", folder)
        shutil.copy(relay.__file__, f"{folder}/relay.py")
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(package.submodule_search_locations[0], f"{folder}/exabgp", ignore=ignored)
        docker.build(folder, f"{SPEAKERS}:latest", {})
    return SPEAKERS
