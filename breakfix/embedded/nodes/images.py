"""Image names as a container runtime writes them, and which of them a node has."""

from __future__ import annotations

import hashlib
import re

from breakfix.embedded.nodes.official_images import OFFICIAL
from breakfix.embedded.objects import Object

_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_HOST = r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::\d+)?/)?"
_REFERENCE = re.compile(
    rf"{_HOST}{_PART}(?:/{_PART})*(?::\w[\w.-]{{0,127}})?(?:@[a-zA-Z0-9+._-]+:[0-9a-fA-F]{{32,}})?",
    re.ASCII,
)


def full_name(image: str) -> str:
    """With its registry and its tag: "nginx" is "docker.io/library/nginx:latest"."""
    first, slash, _ = image.partition("/")
    if not slash:
        image = f"docker.io/library/{image}"
    elif not ("." in first or ":" in first or first == "localhost"):
        image = f"docker.io/{image}"
    tail = image.rpartition("/")[2]
    return image if ":" in tail or "@" in tail else f"{image}:latest"


def image_id(image: str) -> str:
    """The digest that a pull would find; the same for the same name."""
    name = full_name(image)
    if "@" in name:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()
    return f"{name.rpartition(':')[0]}@sha256:{digest}"


def image_size(image: str) -> int:
    """In bytes; made up, but the same for the same name."""
    return 2_000_000 + int(hashlib.sha256(full_name(image).encode()).hexdigest()[:6], 16) * 4


class Images:
    """The images on one node."""

    def __init__(self) -> None:
        self._known: dict[str, None] = {}

    def has(self, image: str) -> bool:
        """Is it on the node?"""
        return full_name(image) in self._known

    def problem(self, container: Object) -> tuple[str, str] | None:
        """Why its image can never be had: the waiting reason and the message."""
        image = container.get("image", "")
        if not _REFERENCE.fullmatch(image):
            text = f'Failed to apply default image tag "{image}": couldn\'t parse image name '
            return "InvalidImageName", f'{text}"{image}": invalid reference format'
        if container.get("imagePullPolicy") == "Never" and not self.has(image):
            text = f'Container image "{image}" is not present with pull policy of Never'
            return "ErrImageNeverPull", text
        return None

    def refusal(self, image: str) -> str:
        """What its registry says against a pull; nothing where it has the image.

        What is in docker.io/library is known; of all other registries nothing is, so they
        have whatever they are asked for.
        """
        name = full_name(image)
        repository = name.partition("@")[0].removeprefix("docker.io/library/").partition(":")[0]
        if not name.startswith("docker.io/library/") or repository in OFFICIAL or self.has(image):
            return ""
        return (
            f'rpc error: code = NotFound desc = failed to pull and unpack image "{name}": '
            f'failed to resolve reference "{name}": {name}: not found'
        )

    def add(self, image: str) -> None:
        """It was pulled."""
        self._known[full_name(image)] = None

    def listed(self) -> list[Object]:
        """As a node's status.images has them: at most 50, the largest first."""
        found = sorted(self._known, key=image_size, reverse=True)[:50]
        return [{"names": [image_id(n), n], "sizeBytes": image_size(n)} for n in found]
