"""Docker, as far as the engine needs it: containers of a lab by label, their pids, images. By docker's own SDK.

Imported only when there is something to ask: the SDK takes 0.2 s.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from lab.errors import HostCannot

if TYPE_CHECKING:
    from types import TracebackType

    from docker import APIClient

LAB, NODE, FILE = "containerlab", "clab-node-name", "clab-topo-file"
PLACE = "clab-node-lab-dir"
START = "sudo systemctl start docker"


@dataclass(frozen=True)
class Container:
    """A container of a lab; `file` is the topology file that it was made from, `place` where containerlab keeps what it
    knows of it: below the folder that it was told."""

    id: str
    lab: str
    node: str
    running: bool
    file: str
    place: str


class Docker:
    """An open client; a context manager. Every method raises HostCannot when docker does not answer, or refuses."""

    def __init__(self) -> None:
        import docker

        with _translated():
            self._api: APIClient = docker.from_env(version="auto").api

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._api.close()

    def version(self) -> str:
        with _translated():
            return str(self._api.version()["Version"])

    def containers(self, lab: str) -> list[Container]:
        """All containers that carry the lab's label, whatever their state."""
        return self._labelled(f"{LAB}={lab}")

    def of_all_labs(self) -> list[Container]:
        """All containers of containerlab, whoever had them made."""
        return self._labelled(PLACE)

    def _labelled(self, label: str) -> list[Container]:
        with _translated():
            found = self._api.containers(all=True, filters={"label": label})
        labelled = [(str(c["Id"]), c["State"] == "running", c["Labels"]) for c in found]
        return [
            Container(id_, of.get(LAB, ""), of.get(NODE, ""), runs, of.get(FILE, ""), of.get(PLACE, ""))
            for id_, runs, of in labelled
        ]

    def pid(self, container: str) -> int:
        """The container's PID 1 as this host sees it; 0 when it does not run."""
        with _translated():
            return int(self._api.inspect_container(container)["State"]["Pid"])

    def image(self, container: str) -> str:
        """The image that the container was made from, by the name that was given."""
        with _translated():
            return str(self._api.inspect_container(container)["Config"]["Image"])

    def start(self, container: str) -> None:
        with _translated():
            self._api.start(container)

    def remove(self, container: str) -> None:
        """Removes a container in whatever state; nothing to do when it is gone, or on its way."""
        import docker

        with _translated():
            try:
                self._api.remove_container(container, force=True, v=True)
            except docker.errors.APIError as error:
                if error.status_code not in (404, 409):
                    raise

    def remove_idle_network(self) -> None:
        """Removes the network that containerlab makes for all labs, where no lab is left; it does so itself, unless
        nothing of the last one came up."""
        import docker

        with _translated():
            if self._api.containers(all=True, filters={"label": LAB}):
                return
            for network in self._api.networks(filters={"label": LAB}):
                try:
                    self._api.remove_network(network["Id"])
                except docker.errors.APIError as error:
                    if error.status_code not in (403, 404):  # somebody's container is on it, or it is gone
                        raise

    def has_image(self, name: str) -> bool:
        """Whether the image is here; without a tag `latest` is meant."""
        with _translated():
            return bool(self._api.images(name if ":" in name else f"{name}:latest", quiet=True))

    def build(self, folder: str, tag: str, arguments: dict[str, str]) -> None:
        """Builds an image on the host's network. Raises HostCannot with the last thing that the build said."""
        with _translated():
            said = ""
            for step in self._api.build(
                path=folder, tag=tag, buildargs=arguments, network_mode="host", rm=True, forcerm=True, decode=True
            ):
                if "error" in step:
                    detail = f" ({said})" if said else ""
                    raise HostCannot(f"image {tag} cannot be built: {step['error'].strip()}{detail}", next="make image")
                said = str(step.get("stream", "")).strip() or said

    def output(self, image: str, program: str, *words: str) -> str:
        """What a program of an image writes, in a container without network that is gone afterwards."""
        with _translated():
            made = self._api.create_container(image, [*words], entrypoint=[program], network_disabled=True)
            try:
                self._api.start(made["Id"])
                self._api.wait(made["Id"])
                return self._api.logs(made["Id"]).decode(errors="replace")
            finally:
                self._api.remove_container(made["Id"], force=True)

    def tag(self, image: str, repository: str, tag: str) -> None:
        with _translated():
            self._api.tag(image, repository, tag)


@contextmanager
def _translated() -> Iterator[None]:
    """Docker's errors in our words, with what to do about each."""
    import docker
    import requests

    try:
        yield
    except docker.errors.APIError as error:
        raise HostCannot(f"docker refuses: {error.explanation or error}", next="docker info") from error
    except (docker.errors.DockerException, requests.exceptions.RequestException) as error:
        raise _unreachable(error) from error


def _unreachable(error: BaseException) -> HostCannot:
    causes = list(_causes(error))
    if any(isinstance(cause, PermissionError) for cause in causes):
        return HostCannot("docker does not let this user in", next="sudo mseelab …, or join the group docker")
    if any(isinstance(cause, FileNotFoundError) for cause in causes):
        return HostCannot("docker is not running (its socket is not there)", next=START)
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return HostCannot("docker is not running (its socket answers nobody)", next=START)
    return HostCannot(f"docker does not answer: {error}", next="docker info")


def _causes(error: BaseException | Any) -> Iterator[BaseException]:
    """An error and everything that it wraps, by cause, by context or as an argument."""
    seen: list[BaseException] = []
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if isinstance(one, BaseException) and one not in seen:
            seen.append(one)
            yield one
            waiting += [one.__cause__, one.__context__, *one.args]
