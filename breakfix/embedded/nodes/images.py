"""Image names as a container runtime writes them, and which of them a node has."""

from __future__ import annotations

import hashlib

from breakfix.embedded.objects import Object


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

    def add(self, image: str) -> None:
        """It was pulled."""
        self._known[full_name(image)] = None

    def listed(self) -> list[Object]:
        """As a node's status.images has them: at most 50, the largest first."""
        found = sorted(self._known, key=image_size, reverse=True)[:50]
        return [{"names": [image_id(n), n], "sizeBytes": image_size(n)} for n in found]
