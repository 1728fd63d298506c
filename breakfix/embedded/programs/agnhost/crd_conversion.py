"""agnhost crd-conversion-webhook: custom resources between two versions, over TLS."""

from __future__ import annotations

import json
from typing import Any

from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.agnhost.common import UsageError, flags
from breakfix.embedded.programs.agnhost.go_http import go_http_error
from breakfix.embedded.programs.agnhost.webhook_server import FLAGS, reviewed, serve_tls
from breakfix.embedded.programs.http.messages import Request, Response

Object = dict[str, Any]
_GROUP = "stable.example.com"
_V1, _V2 = f"{_GROUP}/v1", f"{_GROUP}/v2"


class _ConversionError(Exception):
    """Words of a failed conversion."""


async def crd_conversion_webhook(process: Process) -> int:
    """`agnhost crd-conversion-webhook --tls-cert-file F --tls-private-key-file F`."""
    try:
        given, _ = await flags(process, FLAGS)
    except UsageError:
        return 1
    return await serve_tls(process, given, {"/crdconvert": _convert})


async def _convert(request: Request) -> Response:
    try:
        review = json.loads(request.body)
        asked = review["request"]
        if not isinstance(asked, dict):
            raise TypeError("request")
    except (ValueError, KeyError, TypeError) as error:
        return go_http_error(f"failed to deserialize body with error {error}", 400)
    answer: Object = {"uid": str(asked.get("uid") or "")}
    try:
        wanted, objects = asked.get("desiredAPIVersion") or "", asked.get("objects") or []
        answer["convertedObjects"] = [converted(o, wanted) for o in objects]
        answer["result"] = {"metadata": {}, "status": "Success"}
    except _ConversionError as error:
        answer["convertedObjects"] = []
        answer["result"] = {"metadata": {}, "status": "Failure", "message": str(error)}
    return reviewed(review, answer)


def converted(item: Object, wanted: str) -> Object:
    """HostPort in v1, host and port in v2. Raises _ConversionError."""
    given = item.get("apiVersion", "")
    found = {**item, "apiVersion": wanted}
    if given == wanted:
        words = "conversion from a version to itself should not call the webhook"
        raise _ConversionError(f"{words}: {wanted}")
    if (given, wanted) == (_V1, _V2):
        _split(found)
    elif (given, wanted) == (_V2, _V1):
        _join(found)
    else:
        known = given.startswith(f"{_GROUP}/v")
        raise _ConversionError(f'unexpected conversion version "{wanted if known else given}"')
    return found


def _split(item: Object) -> None:
    """To v2."""
    if "hostPort" not in item:
        return
    value = item.pop("hostPort")
    parts = value.split(":")
    if len(parts) != 2:  # noqa: PLR2004
        raise _ConversionError(f"invalid hostPort value `{value}`")
    item["host"], item["port"] = parts


def _join(item: Object) -> None:
    """To v1."""
    if "host" in item or "port" in item:
        item["hostPort"] = f"{item.pop('host', '')}:{item.pop('port', '')}"
