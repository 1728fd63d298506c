"""In which form a client wants its answer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from breakfix.embedded.errors import StatusError

META = "meta.k8s.io"


@dataclass(frozen=True)
class Form:
    """`kind` is "" for the objects themselves, else Table or a PartialObjectMetadata form."""

    kind: str = ""
    version: str = "v1"
    yaml: bool = False


@lru_cache(maxsize=256)
def form_of(accept: str) -> Form:
    """The first media type that can be served. Raises StatusError 406."""
    ranges = [part.strip() for part in accept.split(",") if part.strip()] or ["*/*"]
    for part in ranges:
        media, *parameters = (p.strip() for p in part.split(";"))
        values = dict(p.split("=", 1) for p in parameters if "=" in p)
        if media in ("application/json", "*/*", "application/*"):
            if values.get("as") is None:
                return Form()
            if values.get("g") == META and values["as"] in (
                "Table", "PartialObjectMetadata", "PartialObjectMetadataList",
            ):  # fmt: skip
                return Form(values["as"], values.get("v", "v1"))
        if media == "application/yaml" and "as" not in values:
            return Form(yaml=True)
    raise not_acceptable()


def not_acceptable() -> StatusError:
    """406: none of the forms that a client takes can be had."""
    return StatusError(
        406, "NotAcceptable",
        "only the following media types are accepted: application/json, application/yaml",
    )  # fmt: skip
