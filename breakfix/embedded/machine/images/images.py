"""The catalogue of images, and what a pull of a reference comes to.

An image that the catalogue does not know can be pulled: it is a plain container that runs on
(its files are busybox's). A tag that a known image does not have, and a registry that cannot
exist, fail with containerd's words.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources
from typing import Any

from breakfix.embedded.machine.images.official import OFFICIAL
from breakfix.embedded.machine.images.references import Reference, digest_of, parse
from breakfix.embedded.machine.types import Image

# Domains that no resolver knows (RFC 2606 and 6761).
_NOWHERE = ("invalid", "example", "test", "localdomain", "nosuch")
_PRIVATE = ("private", "internal-registry")
_RESERVED = ("example.com", "example.org", "example.net")


class PullError(Exception):
    """A pull that failed: the waiting reason and the message."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason, self.message = reason, message


@dataclass(frozen=True)
class Pulled:
    """An image as a node has it. `size` in bytes."""

    image: Image
    reference: Reference
    size: int

    @property
    def id(self) -> str:
        """The config's digest: what containerd calls the image's id."""
        return self.image.digest

    @property
    def repo_digest(self) -> str:
        """As status.imageID and node.status.images show it."""
        if self.reference.digest:
            return self.reference.full
        return f"{self.reference.name}@{digest_of('manifest ' + self.reference.full)}"


@cache
def _catalogue() -> dict[str, Any]:
    import yaml

    text = resources.files(__package__).joinpath("images.yaml").read_text()
    loaded: dict[str, Any] = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    return loaded


def _programs(words: list[str]) -> tuple[str, ...]:
    sets = _catalogue()["sets"]
    found: dict[str, None] = {}
    for word in words:
        found.update(dict.fromkeys(sets[word].split() if word in sets else [word]))
        if word == "busybox":
            found["busybox"] = None
    return tuple(found)


@cache
def known_image(name: str) -> tuple[Image, int] | None:
    """The catalogue's entry of a name without tag, and its size."""
    row = _catalogue()["images"].get(name)
    if row is None:
        return None
    image = Image(
        name, tuple(row.get("entrypoint") or ()), tuple(row.get("command") or ()),
        row.get("user", ""), row.get("workdir", "/"), _catalogue()["env"] | row.get("env", {}),
        _programs(row.get("programs") or []), row.get("files") or {},
        tuple(row.get("ports") or ()), tuple(row.get("tags") or ()),
        shell=row.get("shell", True), stop=row.get("stop", "SIGTERM"),
    )  # fmt: skip
    return image, int(row.get("size", 20_000_000))


_DENIED = (
    "pull access denied, repository does not exist or may require authorization: server"
    " message: insufficient_scope: authorization failed"
)


def plain_image(name: str) -> Image:
    """What an unknown image is: it runs on, and has a shell."""
    return Image(
        name, command=("/usr/local/bin/plain-service",), env=_catalogue()["env"],
        programs=(*_programs(["busybox"]), "/usr/local/bin/plain-service"),
    )  # fmt: skip


def _failed(full: str, why: str, code: str = "Unknown") -> PullError:
    text = f'failed to pull and unpack image "{full}": failed to resolve reference "{full}": {why}'
    return PullError("ErrImagePull", f"rpc error: code = {code} desc = {text}")


def _unreachable(found: Reference) -> PullError | None:
    host = found.registry.partition(":")[0]
    if host == "docker.io":
        return None
    last = host.rpartition(".")[2]
    if last in _NOWHERE or "nosuch" in host or host.endswith(_RESERVED):
        url = f"https://{found.registry}/v2/{found.name.partition('/')[2]}/manifests/{found.tag}"
        lookup = f"dial tcp: lookup {host} on 10.0.2.3:53: no such host"
        return _failed(found.full, f'failed to do request: Head "{url}": {lookup}')
    return None


def _forbidden(found: Reference, secrets: Collection[str]) -> PullError | None:
    """Repositories that only those with credentials see."""
    path = found.name.partition("/")[2]
    if not any(part in path.split("/") or found.registry.startswith(part) for part in _PRIVATE):
        return None
    if found.registry in secrets or any(s.startswith(found.registry) for s in secrets):
        return None
    return _failed(found.full, _DENIED)


def _is_no_official(found: Reference) -> bool:
    """What is in docker.io/library is known; other registries have what they are asked for."""
    home, _, name = found.name.rpartition("/")
    return home == "docker.io/library" and name not in OFFICIAL


def resolve(reference: str, secrets: Collection[str] = ()) -> Pulled:
    """Pull it. `secrets`: the registries that there are credentials for. Raises PullError."""
    found = parse(reference)
    if found is None:
        text = f'Failed to apply default image tag "{reference}": couldn\'t parse image name '
        raise PullError("InvalidImageName", f'{text}"{reference}": invalid reference format')
    for problem in (_unreachable(found), _forbidden(found, secrets)):
        if problem is not None:
            raise problem
    known = known_image(found.name)
    if known is None and _is_no_official(found):
        raise _failed(found.full, _DENIED)
    if known is None:
        return Pulled(
            replace(plain_image(found.name), digest=digest_of(found.full)), found, _size(found)
        )
    image, size = known
    tags = image.tags
    if tags and found.tag and not any(fnmatchcase(found.tag, tag) for tag in tags):
        raise _failed(found.full, f"{found.full}: not found", "NotFound")
    size += int(hashlib.sha256(found.full.encode()).hexdigest()[:4], 16)
    return Pulled(replace(image, digest=digest_of(found.full)), found, size)


def _size(found: Reference) -> int:
    return 2_000_000 + int(hashlib.sha256(found.full.encode()).hexdigest()[:6], 16) * 4
