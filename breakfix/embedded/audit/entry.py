"""One request, as the audit sees it: filled in while it is served, an Event when asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol
from uuid import uuid4

from breakfix.embedded.audit.bodies import parsed
from breakfix.embedded.auth.attributes import Decision
from breakfix.embedded.auth.token_review import user_info
from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import Object, micro_timestamp
from breakfix.embedded.users import User

WRITES = frozenset(("create", "update", "patch", "delete", "deletecollection"))
SECRET = frozenset(("secrets", "tokenreviews"))  # their contents are nobody's business
DECISION, REASON = "authorization.k8s.io/decision", "authorization.k8s.io/reason"
LARGEST_BODY = 65536  # bytes that are kept of a request


class Info(Protocol):
    """What a request is about (server.paths.RequestInfo)."""

    @property
    def verb(self) -> str: ...
    @property
    def is_resource(self) -> bool: ...
    @property
    def group(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def resource(self) -> str: ...
    @property
    def subresource(self) -> str: ...
    @property
    def namespace(self) -> str: ...
    @property
    def name(self) -> str: ...


class Carrier(Protocol):
    """Who has the bytes of a request (server.verbs.Request)."""

    @property
    def body(self) -> bytes: ...


class Entry:
    """One request; `end` or `begin_response` put it into the log, once each."""

    __slots__ = (
        "_done", "_id", "agent", "annotations", "body", "code", "decision", "ended", "error",
        "impersonated", "info", "received", "source", "stage", "uri", "user",
    )  # fmt: skip

    def __init__(
        self, info: Info, uri: str, agent: str, source: str, received: datetime,
        done: Callable[[Entry], None],
    ) -> None:  # fmt: skip
        self.info, self.uri, self.agent, self.source = info, uri, agent, source
        self.received = self.ended = received
        self.user: User | None = None
        self.impersonated: User | None = None
        self.decision: Decision | None = None
        self.body = b""
        self.code = 0
        self.stage = ""
        self.error: StatusError | None = None
        self.annotations: Mapping[str, str] = {}
        self._id = ""
        self._done = done

    def end(
        self, code: int, error: StatusError | None = None, *, request: Carrier | None = None,
        annotations: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        """It was answered with this code."""
        self.code, self.error, self.stage = code, error, "ResponseComplete"
        if annotations:
            self.annotations = annotations
        if request is not None and self.shows_body and len(request.body) <= LARGEST_BODY:
            self.body = request.body
        self._done(self)

    def begin_response(self) -> None:
        """A long answer (a watch, an exec) has begun."""
        self.code, self.stage = 200, "ResponseStarted"
        self._done(self)

    @property
    def audit_id(self) -> str:
        """As in the event, and in the response's header Audit-Id."""
        self._id = self._id or str(uuid4())
        return self._id

    @property
    def shows_body(self) -> bool:
        """The policy: level Request for writes of what is no secret, Metadata for all else."""
        info = self.info
        if not info.is_resource or info.verb not in WRITES:
            return False
        return info.resource not in SECRET and info.subresource != "token"

    def event(self) -> Object:
        """As audit.k8s.io/v1."""
        body = parsed(self.body) if self.body else None
        found: Object = {
            "kind": "Event",
            "apiVersion": "audit.k8s.io/v1",
            "level": "Request" if self.shows_body else "Metadata",
            "auditID": self.audit_id,
            "stage": self.stage,
            "requestURI": self.uri,
            "verb": self.info.verb,
            "user": user_info(self.user) if self.user else {},
            "impersonatedUser": user_info(self.impersonated) if self.impersonated else None,
            "sourceIPs": [self.source] if self.source else None,
            "userAgent": self.agent or None,
            "objectRef": _reference(self.info, body) if self.info.is_resource else None,
            "responseStatus": _status(self.code, self.error),
            "requestObject": body,
            "requestReceivedTimestamp": micro_timestamp(self.received),
            "stageTimestamp": micro_timestamp(self.ended),
            "annotations": _annotations(self.annotations, self.decision),
        }
        return {key: value for key, value in found.items() if value is not None}


def _reference(info: Info, body: Any) -> Object:
    given = body.get("metadata") if isinstance(body, dict) else None
    metadata = given if isinstance(given, dict) else {}
    found = {
        "resource": info.resource,
        "namespace": info.namespace,
        "name": info.name or metadata.get("name"),
        "uid": metadata.get("uid"),
        "apiGroup": info.group,
        "apiVersion": info.version,
        "resourceVersion": metadata.get("resourceVersion"),
        "subresource": info.subresource,
    }
    return {key: value for key, value in found.items() if value}


def _status(code: int, error: StatusError | None) -> Object:
    if error is None:
        return {"metadata": {}, "code": code}
    known = error.status()
    told: Object = {
        key: known[key] for key in ("status", "message", "reason", "details") if key in known
    }
    return {"metadata": {}, **told, "code": code}


def _annotations(given: Mapping[str, str], decision: Decision | None) -> dict[str, str] | None:
    found = dict(given)
    if decision is not None:
        found[DECISION] = "allow" if decision.allowed else "forbid"
        found[REASON] = decision.reason
    return found or None
