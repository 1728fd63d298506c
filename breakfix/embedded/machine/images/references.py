"""Image references: their parts, and the form that a runtime writes."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_HOST = r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::\d+)?/)?"
_REFERENCE = re.compile(
    rf"{_HOST}{_PART}(?:/{_PART})*(?::\w[\w.-]{{0,127}})?(?:@[a-zA-Z0-9+._-]+:[0-9a-fA-F]{{32,}})?",
    re.ASCII,
)


@dataclass(frozen=True)
class Reference:
    """A parsed reference, with its registry; `tag` or `digest`, or both."""

    name: str  # "docker.io/library/nginx"
    tag: str
    digest: str = ""

    @property
    def registry(self) -> str:
        """The host, with its port."""
        return self.name.partition("/")[0]

    @property
    def full(self) -> str:
        """As in "docker.io/library/nginx:latest"."""
        if self.digest:
            return f"{self.name}@{self.digest}"
        return f"{self.name}:{self.tag}"


def _with_registry(rest: str) -> str:
    """A reference without its digest, with what it leaves out."""
    head, slash, _ = rest.partition("/")
    if not slash:
        return f"docker.io/library/{rest}"
    if not ("." in head or ":" in head or head == "localhost"):
        return f"docker.io/{rest}"
    if head in ("docker.io", "index.docker.io") and rest.count("/") == 1:
        return f"docker.io/library/{rest.partition('/')[2]}"
    return rest


def fault(image: str) -> str:
    """What is wrong with one that is no valid reference."""
    path = _with_registry(image.partition("@")[0]).partition("/")[2]
    folder, slash, last = path.rpartition("/")
    path = f"{folder}{slash}{last.partition(':')[0]}"
    text = "invalid reference format"
    if path == path.lower():
        return text
    return f"{text}: repository name ({path}) must be lowercase"


def parse(image: str) -> Reference | None:
    """None where it is no valid reference."""
    if not _REFERENCE.fullmatch(image):
        return None
    rest, _, digest = image.partition("@")
    rest = _with_registry(rest)
    tail = rest.rpartition("/")[2]
    name, _, tag = rest.rpartition(":") if ":" in tail else (rest, "", "")
    return Reference(name, tag or ("" if digest else "latest"), digest)


def digest_of(text: str) -> str:
    """A digest that is always the same for the same text."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
