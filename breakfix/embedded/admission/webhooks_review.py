"""AdmissionReview: what is asked of a webhook, and what it may answer."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import orjson

from breakfix.embedded.admission.base import AdmissionRequest
from breakfix.embedded.admission.policies_variables import admission_request
from breakfix.embedded.errors import StatusError
from breakfix.embedded.kinds.resource import Resource
from breakfix.embedded.objects import Object

_KNOWN = ("v1", "v1beta1")


class InvalidAnswerError(Exception):
    """An answer that is none; the text follows `received invalid webhook response: `."""


@dataclass
class Answer:
    """The response's content."""

    allowed: bool
    result: Object = field(default_factory=dict)
    patch: list[Any] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    annotations: dict[str, str] = field(default_factory=dict)


def version_of(hook: Object) -> str:
    """The first of its admissionReviewVersions that is known, "" if none is."""
    return next((v for v in hook.get("admissionReviewVersions") or [] if v in _KNOWN), "")


def review(request: AdmissionRequest, matched: Resource, version: str) -> tuple[str, bytes]:
    """The uid and the body of a review."""
    uid = str(uuid4())
    about = admission_request(request, matched) | {
        "uid": uid, "object": request.item, "oldObject": request.old,
        "options": request.options or None,
    }  # fmt: skip
    body = {
        "kind": "AdmissionReview", "apiVersion": f"admission.k8s.io/{version}",
        "request": about,
    }  # fmt: skip
    return uid, orjson.dumps(body)


def read(body: bytes, uid: str, mutating: bool, version: str) -> Answer:
    """The answer of a webhook. Raises InvalidAnswerError."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidAnswerError(f"unable to decode the response: {error}") from error
    response = found.get("response") if isinstance(found, dict) else None
    if not response:
        raise InvalidAnswerError("webhook response was absent")
    if version == "v1":
        _check(found, response, uid)
        _check_patch(response, mutating)
    return Answer(
        bool(response.get("allowed")), response.get("status") or {},
        _patch(response) if mutating else [], response.get("warnings") or [],
        response.get("auditAnnotations") or {},
    )  # fmt: skip


def _check(found: Object, response: Object, uid: str) -> None:
    if response.get("uid") != uid:
        raise InvalidAnswerError(f'expected response.uid="{uid}", got "{response.get("uid", "")}"')
    kind, api = found.get("kind", ""), found.get("apiVersion", "")
    if (api, kind) != ("admission.k8s.io/v1", "AdmissionReview"):
        raise InvalidAnswerError(
            "expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, "
            f"got {api}, Kind={kind}"
        )


def _check_patch(response: Object, mutating: bool) -> None:
    patch, kind = response.get("patch"), response.get("patchType")
    if not mutating:
        if patch:
            raise InvalidAnswerError("validating webhook may not return response.patch")
        if kind is not None:
            raise InvalidAnswerError("validating webhook may not return response.patchType")
        return
    if patch and kind is None:
        raise InvalidAnswerError("webhook returned response.patch but not response.patchType")
    if not patch and kind is not None:
        raise InvalidAnswerError("webhook returned response.patchType but not response.patch")
    if kind is not None and not kind:
        raise InvalidAnswerError('webhook returned invalid response.patchType of ""')


def _patch(response: Object) -> list[Any]:
    if not response.get("patch"):
        return []
    try:
        found = orjson.loads(base64.b64decode(response["patch"]))
    except (binascii.Error, orjson.JSONDecodeError, TypeError) as error:
        raise InvalidAnswerError(
            f"received undecodable patch in webhook response: {error}"
        ) from error
    return found if isinstance(found, list) else []


def rejection(name: str, result: Object) -> StatusError:
    """What a client sees of a review that was not allowed."""
    denied = f'admission webhook "{name}" denied the request'
    if result.get("message"):
        message = f"{denied}: {result['message']}"
    elif result.get("reason"):
        message = f"{denied}: {result['reason']}"
    else:
        message = f"{denied} without explanation"
    code = max(int(result.get("code") or 0), 400)
    return StatusError(code, result.get("reason") or "", message, result.get("details"))
