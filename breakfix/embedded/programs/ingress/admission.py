"""The validating webhook of an ingress controller."""

from __future__ import annotations

import json
import re
import ssl

from breakfix.embedded.csi.api import Api
from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.tls import server_context
from breakfix.embedded.objects import Object, name_of, namespace_of
from breakfix.embedded.programs.http.messages import Request, Response, text
from breakfix.embedded.programs.http.server import HttpServer
from breakfix.embedded.programs.ingress.model import (
    PREFIX,
    Rules,
    UnfitError,
    check_class,
    ours,
)

SNIPPETS = ("configuration-snippet", "server-snippet", "auth-snippet", "modsecurity-snippet",
            "stream-snippet")  # fmt: skip
_PLAIN = re.compile(r"(?i)^/[\w\-/.]*$")


class Admission:
    """Refuses Ingresses that nginx could not serve."""

    def __init__(self, api: Api, rules: Rules, *, snippets: bool, strict: bool = True) -> None:
        self._api, self._rules = api, rules
        self._snippets, self._strict = snippets, strict

    def problem(self, item: Object) -> str:
        """Why an Ingress is refused; "" where it is not, or is none of ours."""
        try:
            check_class(self._api, item, self._rules)
        except UnfitError:
            return ""
        return self._annotations(item) or self._paths(item) or self._taken(item)

    def _annotations(self, item: Object) -> str:
        for name in SNIPPETS if not self._snippets else ():
            if PREFIX + name in (item["metadata"].get("annotations") or {}):
                return (f"{PREFIX}{name} annotation cannot be used. Snippet directives are "
                        "disabled by the Ingress administrator")  # fmt: skip
        return ""

    def _paths(self, item: Object) -> str:
        wrong = [
            f"path {path} cannot be used with pathType {kind}"
            for _, path, kind in _places(item)
            if self._strict and kind in ("Exact", "Prefix") and not _PLAIN.match(path)
        ]
        return f"ingress contains invalid paths: {'; '.join(wrong)}" if wrong else ""

    def _taken(self, item: Object) -> str:
        own = {(host, path) for host, path, _ in _places(item)}
        for other in ours(self._api, self._rules):
            if (namespace_of(other), name_of(other)) == (namespace_of(item), name_of(item)):
                continue
            if (other["metadata"].get("annotations") or {}).get(f"{PREFIX}canary") == "true":
                continue
            for host, path, _ in _places(other):
                if (host, path) in own:
                    return (f'host "{host or "_"}" and path "{path}" is already defined in ingress '
                            f"{namespace_of(other)}/{name_of(other)}")  # fmt: skip
        return ""

    async def answer(self, request: Request) -> Response:
        """One review."""
        try:
            review = json.loads(request.body)
            asked = review["request"]
            item = asked.get("object") or {"metadata": {}, "spec": {}}
        except (ValueError, KeyError, TypeError):
            return text(400, "bad request\n")
        item["metadata"].setdefault("namespace", asked.get("namespace", ""))
        why = self.problem(item) if asked.get("operation") != "DELETE" else ""
        found: Object = {"uid": asked["uid"], "allowed": not why}
        if why:
            found["status"] = {"status": "Failure", "message": why, "reason": "BadRequest",
                               "code": 400}  # fmt: skip
        body = {"apiVersion": review["apiVersion"], "kind": review["kind"], "response": found}
        return text(200, json.dumps(body), "application/json")


def _places(item: Object) -> list[tuple[str, str, str]]:
    """Host, path and pathType of each rule."""
    return [
        (rule.get("host") or "", path.get("path") or "/", path.get("pathType", ""))
        for rule in item["spec"].get("rules") or []
        for path in (rule.get("http") or {}).get("paths") or []
    ]


def webhook_server(
    process: Process, admission: Admission, certificate: str, key: str
) -> HttpServer:
    """Raises OSError, ssl.SSLError."""
    context: ssl.SSLContext = server_context(
        process.files.read(certificate), process.files.read(key)
    )
    return HttpServer(admission.answer, process.host.clock, tls=context)
