"""Custom resources from one version to another.

Strategy None rewrites apiVersion; strategy Webhook asks a ConversionReview. Facts from
apiextensions-apiserver/pkg/apiserver/conversion.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import orjson

from breakfix.embedded.admission.webhooks_calling import Caller, CallError, call
from breakfix.embedded.errors import internal
from breakfix.embedded.objects import Object, clone

_TIMEOUT = 30  # s, of a conversion webhook
_KNOWN = ("v1", "v1beta1")
_KEPT = ("name", "namespace", "uid")


class _FailedError(Exception):
    """`conversion webhook for ... ` and this."""


def renamed(item: Object, api_version: str) -> Object:
    """Conversion by the strategy None; shares everything but apiVersion."""
    return {**item, "apiVersion": api_version}


def by_webhook(crd: Object) -> bool:
    """Does a CRD convert by a webhook?"""
    return bool((crd["spec"].get("conversion") or {}).get("strategy") == "Webhook")


async def convert(
    crd: Object, items: list[Object], api_version: str, caller: Caller
) -> list[Object]:
    """Objects in another version, each with its own metadata. Raises StatusError 500."""
    if not by_webhook(crd):
        return [renamed(item, api_version) for item in items]
    wrong = [item for item in items if item["apiVersion"] != api_version]
    if not wrong:
        return items
    try:
        found = iter(await _ask(crd, wrong, api_version, caller))
    except _FailedError as error:
        kind = f"{wrong[0]['apiVersion']}, Kind={wrong[0]['kind']}"
        raise internal(f"conversion webhook for {kind} {error}") from error
    return [item if item["apiVersion"] == api_version else next(found) for item in items]


async def _ask(crd: Object, items: list[Object], api_version: str, caller: Caller) -> list[Object]:
    webhook = crd["spec"]["conversion"]["webhook"]
    version = next((v for v in webhook["conversionReviewVersions"] if v in _KNOWN), None)
    if version is None:
        raise _FailedError("failed: no supported conversion review versions")
    uid = str(uuid4())
    review = {
        "kind": "ConversionReview", "apiVersion": f"apiextensions.k8s.io/{version}",
        "request": {"uid": uid, "desiredAPIVersion": api_version, "objects": items},
        "response": None,
    }  # fmt: skip
    try:
        body = await call(caller, webhook["clientConfig"], orjson.dumps(review), _TIMEOUT)
        converted = _read(body, uid, version)
    except (CallError, ValueError) as error:
        raise _FailedError(f"failed: {error}") from error
    if len(converted) != len(items):
        raise _FailedError(f"returned {len(converted)} objects, expected {len(items)}")
    return [
        _checked(item, new, api_version, index)
        for index, (item, new) in enumerate(zip(items, converted, strict=True))
    ]


def _read(body: bytes, uid: str, version: str) -> list[Any]:
    """The converted objects. Raises ValueError with the words of the failure."""
    found = orjson.loads(body)
    api, kind = found.get("apiVersion", ""), found.get("kind", "")
    if version == "v1" and (api, kind) != ("apiextensions.k8s.io/v1", "ConversionReview"):
        raise ValueError(
            "expected webhook response of apiextensions.k8s.io/v1, Kind=ConversionReview, "
            f"got {api}, Kind={kind}"
        )
    response = found.get("response")
    if not response:
        raise ValueError("no response provided")
    if version == "v1" and response.get("uid") != uid:
        raise ValueError(f'expected response.uid="{uid}", got "{response.get("uid", "")}"')
    result = response.get("result") or {}
    if result.get("status") != "Success":
        status = result.get("status", "")
        raise ValueError(
            result.get("message") or f"response.result.status was '{status}', not 'Success'"
        )
    return response.get("convertedObjects") or []


def _checked(item: Object, new: Any, api_version: str, index: int) -> Object:
    where = f"returned invalid converted object at index {index}: "
    if new.get("apiVersion") != api_version:
        raise _FailedError(
            f"{where}invalid groupVersion (expected {api_version}, received "
            f"{new.get('apiVersion', '')})"
        )
    if new.get("kind") != item["kind"]:
        raise _FailedError(
            f"{where}invalid kind (expected {item['kind']}, received {new.get('kind', '')})"
        )
    metadata, old = new.get("metadata"), item["metadata"]
    if not isinstance(metadata, dict):
        raise _FailedError(f"{where}missing metadata in converted object")
    for field in _KEPT:
        if metadata.get(field) != old.get(field):
            shown = field if field != "uid" else "UID"
            raise _FailedError(
                f"{where}must have the same {shown}: {old.get(field, '')} != "
                f"{metadata.get(field, '')}"
            )
    kept: Object = clone(old)
    for field in ("labels", "annotations"):  # all that a webhook may change
        kept.pop(field, None)
        if metadata.get(field):
            kept[field] = metadata[field]
    return {**new, "metadata": kept}
