"""Objects without all but their metadata: PartialObjectMetadata."""

from __future__ import annotations

from collections.abc import Iterable

from breakfix.embedded.objects import Object

META = "meta.k8s.io/v1"


def partial(item: Object, api_version: str = META) -> Object:
    """An object's metadata alone; shares it with the object."""
    return {
        "kind": "PartialObjectMetadata",
        "apiVersion": api_version,
        "metadata": item["metadata"],
    }


def partial_list(
    items: Iterable[Object], version: str, continue_: str = "", remaining: int | None = None,
    api_version: str = META,
) -> Object:  # fmt: skip
    """A list of them; `version` is the list's resourceVersion."""
    return {
        "kind": "PartialObjectMetadataList",
        "apiVersion": api_version,
        "metadata": list_meta(version, continue_, remaining),
        "items": [partial(item, api_version) for item in items],
    }


def list_meta(version: str, continue_: str = "", remaining: int | None = None) -> Object:
    """metav1.ListMeta."""
    found: Object = {"resourceVersion": version}
    if continue_:
        found["continue"] = continue_
    if remaining is not None:
        found["remainingItemCount"] = remaining
    return found
