"""agnhost webhook: admission over TLS."""

from __future__ import annotations

import json

from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.agnhost.admission import (
    Admit,
    Object,
    allowed,
    denied,
    labels,
    part,
    patched,
)
from breakfix.embedded.programs.agnhost.common import UsageError, flags
from breakfix.embedded.programs.agnhost.go_http import go_http_error
from breakfix.embedded.programs.agnhost.webhook_data import admit_crd, admit_data, mutate_data
from breakfix.embedded.programs.agnhost.webhook_pods import (
    add_sidecar,
    admit_pods,
    deny_attaching,
    mutate_pods,
)
from breakfix.embedded.programs.agnhost.webhook_server import FLAGS, reviewed, serve_tls
from breakfix.embedded.programs.http.messages import Request, Response
from breakfix.embedded.programs.http.server import Handler


async def webhook(process: Process) -> int:
    """`agnhost webhook --tls-cert-file F --tls-private-key-file F [--port P]`."""
    try:
        given, _ = await flags(process, FLAGS)
    except UsageError:
        return 1
    table = _table(process, given["sidecar-image"])
    return await serve_tls(process, given, {path: _page(admit) for path, admit in table.items()})


def _table(process: Process, image: str) -> dict[str, Admit]:
    return {
        "/always-allow-delay-5s": _allow_late(process), "/always-deny": _deny,
        "/add-label": _add_label, "/pods": admit_pods(process), "/pods/attach": deny_attaching,
        "/mutating-pods": mutate_pods, "/mutating-pods-sidecar": add_sidecar(image),
        "/configmaps": admit_data("configmap", "key and value"),
        "/mutating-configmaps": mutate_data,
        "/custom-resource": admit_data("custom resource", "data"),
        "/mutating-custom-resource": mutate_data, "/crd": admit_crd,
    }  # fmt: skip


def _page(admit: Admit) -> Handler:
    async def handle(request: Request) -> Response:
        if request.header("content-type") != "application/json":
            return Response()
        try:
            review = json.loads(request.body)
            asked = review["request"]
            if not isinstance(asked, dict):
                raise TypeError("request")
        except (ValueError, KeyError, TypeError) as error:
            return go_http_error(f"Request could not be decoded: {error}", 400)
        answer = await admit(asked)
        answer["uid"] = str(asked.get("uid") or "")
        return reviewed(review, answer)

    return handle


def _allow_late(process: Process) -> Admit:
    async def admit(_request: Object) -> Object:
        await process.host.clock.sleep(5)
        message = "this webhook allows all requests"
        return {"allowed": True, "status": {"metadata": {}, "message": message}}

    return admit


async def _deny(_request: Object) -> Object:
    return denied(message="this webhook denies all requests")


async def _add_label(request: Object) -> Object:
    found = labels(part(request, "object"))
    if not found:
        return patched("add", "/metadata/labels", {"added-label": "yes"})
    if found.get("added-label") == "yes":
        return allowed()
    operation = "replace" if "added-label" in found else "add"
    return patched(operation, "/metadata/labels/added-label", "yes")
