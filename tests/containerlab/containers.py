"""What the ring's tests ask of docker themselves, beside the product."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import yaml

import topologies
from tests.live.harness import Labs


def docker(*words: str) -> str:
    """Runs a docker command that has to work; what it writes."""
    done = subprocess.run(["docker", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def containers(lab: str) -> set[str]:
    """The ids of a lab's containers, in whatever state."""
    return set(docker("ps", "-aq", "--no-trunc", "--filter", f"label=containerlab={lab}").split())


def build(folder: Path, tag: str, **files: str) -> None:
    """Builds an image from a Dockerfile and files; a name's underscore is a dot."""
    folder.mkdir()
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)
    docker("build", "--quiet", "--tag", tag, str(folder))


def own_topology(labs: Labs, name: str, **ce: Any) -> Path:
    """The shipped dual-path as a file of the user's, with other properties of ce1, and links that name no MTU."""
    text = (topologies.folder("dual-path") / "dual-path.clab.yml").read_text()
    document = yaml.safe_load(text)
    document["name"] = name
    document["topology"]["nodes"]["ce1"] |= ce
    for link in document["topology"]["links"]:
        del link["mtu"]
    return labs.write(f"{name}.clab.yml", yaml.safe_dump(document))
