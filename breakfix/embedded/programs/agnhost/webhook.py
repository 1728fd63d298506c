"""agnhost webhook and crd-conversion-webhook: admission and conversion over TLS."""

from __future__ import annotations

import base64
import json
import signal
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.tls import server_context
from breakfix.embedded.programs.agnhost.common import UsageError, flags
from breakfix.embedded.programs.agnhost.netexec import go_http_error, written
from breakfix.embedded.programs.http.messages import Request, Response, text
from breakfix.embedded.programs.http.server import Handler, HttpServer, mux
from breakfix.embedded.programs.sockets import Serving

Object = dict[str, Any]
Admit = Callable[[Object], Awaitable[Object | None]]
_LABEL = "webhook-e2e-test"
_FLAGS = {"tls-cert-file": "", "tls-private-key-file": "", "port": "443", "sidecar-image": "",
          "alsologtostderr": "false", "v": "0"}  # fmt: skip


def _allowed() -> Object:
    return {"allowed": True}


def _denied(**status: Any) -> Object:
    return {"allowed": False, "status": {"metadata": {}, **status}}


def _patched(patch: list[Object]) -> Object:
    data = base64.b64encode(json.dumps(patch).encode()).decode()
    return {"allowed": True, "patch": data, "patchType": "JSONPatch"}


def _subject(request: Object) -> Object:
    key = "oldObject" if request.get("operation") == "DELETE" else "object"
    found: Object = request.get(key) or {}
    return found


def _labels(item: Object) -> Object:
    found: Object = (item.get("metadata") or {}).get("labels") or {}
    return found


async def _deny(_request: Object) -> Object:
    return _denied(message="this webhook denies all requests")


async def _add_label(request: Object) -> Object:
    labels = _labels(request.get("object") or {})
    if not labels:
        return _patched([{"op": "add", "path": "/metadata/labels",
                          "value": {"added-label": "yes"}}])  # fmt: skip
    if labels.get("added-label") == "yes":
        return _allowed()
    operation = "replace" if "added-label" in labels else "add"
    return _patched([{"op": operation, "path": "/metadata/labels/added-label", "value": "yes"}])


def _data(what: str, bad: str) -> Admit:
    """Refuses writes and deletes by what data says."""

    async def admit(request: Object) -> Object:
        mark = (_subject(request).get("data") or {}).get(_LABEL)
        deleting = request.get("operation") == "DELETE"
        if mark == "webhook-disallow" and not deleting:
            return _denied(reason=f"the {what} contains unwanted {bad}")
        if mark == "webhook-nondeletable" and deleting:
            words = "cannot be deleted because it contains unwanted key and value"
            return _denied(reason=f"the {what} {words}")
        return _allowed()

    return admit


async def _mutate_data(request: Object) -> Object:
    data = (request.get("object") or {}).get("data") or {}
    for before, stage in (("mutation-stage-1", 2), ("mutation-start", 1)):
        if data.get(before) == "yes":
            path = f"/data/mutation-stage-{stage}"
            return _patched([{"op": "add", "path": path, "value": "yes"}])
    return _allowed()


async def _crd(request: Object) -> Object:
    if _labels(request.get("object") or {}).get(_LABEL) == "webhook-disallow":
        return _denied(message="the crd contains unwanted label")
    return _allowed()


async def _mutate_pods(request: Object) -> Object:
    pod = request.get("object") or {}
    names = [c["name"] for c in (pod.get("spec") or {}).get("initContainers") or []]
    added = "webhook-added-init-container"
    if (pod.get("metadata") or {}).get("name") != "webhook-to-be-mutated" or added in names:
        return _allowed()
    value = [{"image": "webhook-added-image", "name": added, "resources": {}}]
    return _patched([{"op": "add", "path": "/spec/initContainers", "value": value}])


async def _attaching(request: Object) -> Object:
    options = request.get("object") or {}
    if request.get("name") != "to-be-attached-pod" or not options.get("stdin") \
            or options.get("container") != "container1":  # fmt: skip
        return _allowed()
    return _denied(message="attaching to pod 'to-be-attached-pod' is not allowed")


def _handlers(process: Process, image: str) -> dict[str, Admit]:
    async def slow(_request: Object) -> Object:
        await process.host.clock.sleep(5)
        return {
            "allowed": True,
            "status": {"metadata": {}, "message": "this webhook allows all requests"},
        }

    async def pods(request: Object) -> Object:
        pod, said = _subject(request), []
        mark = _labels(pod).get(_LABEL)
        if mark == "webhook-disallow":
            said.append("the pod contains unwanted label;")
        if mark == "wait-forever":
            await process.host.clock.sleep(1e9)
        said += ["the pod contains unwanted container name;"
                 for c in (pod.get("spec") or {}).get("containers") or []
                 if "webhook-disallow" in c["name"]]  # fmt: skip
        return _denied(message=" ".join(said)) if said else _allowed()

    async def sidecar(request: Object) -> Object:
        if not image:
            words = "No image specified by the sidecar-image parameter"
            return _denied(status="Failure", message=words, code=500)
        containers = ((request.get("object") or {}).get("spec") or {}).get("containers") or []
        if any(c["name"] == "webhook-added-sidecar" for c in containers):
            return _allowed()
        value = {"image": image, "name": "webhook-added-sidecar", "resources": {}}
        return _patched([{"op": "add", "path": "/spec/containers/-", "value": value}])

    return {
        "/always-allow-delay-5s": slow, "/always-deny": _deny, "/add-label": _add_label,
        "/pods": pods, "/pods/attach": _attaching, "/mutating-pods": _mutate_pods,
        "/mutating-pods-sidecar": sidecar, "/configmaps": _data("configmap", "key and value"),
        "/mutating-configmaps": _mutate_data, "/custom-resource": _data("custom resource", "data"),
        "/mutating-custom-resource": _mutate_data, "/crd": _crd,
    }  # fmt: skip


def _page(admit: Admit) -> Handler:
    async def handle(request: Request) -> Response:
        if request.header("content-type") != "application/json":
            return Response()
        try:
            review = json.loads(request.body)
            asked = review["request"]
        except (ValueError, KeyError, TypeError) as error:
            return go_http_error(f"Request could not be decoded: {error}", 400)
        answer = await admit(asked) or {}
        answer["uid"] = asked["uid"]
        body = {"apiVersion": review["apiVersion"], "kind": review["kind"], "response": answer}
        return text(200, json.dumps(body), "application/json")

    return handle


async def _ready(_request: Request) -> Response:
    return written("ok")


async def _serve(process: Process, given: dict[str, str], pages: dict[str, Handler]) -> int:
    try:
        context = server_context(process.files.read(given["tls-cert-file"]),
                                 process.files.read(given["tls-private-key-file"]))  # fmt: skip
    except (OSError, ssl.SSLError) as error:
        words = str(getattr(error, "strerror", "") or error).lower()
        await process.err(f"F config.go:38] open {given['tls-cert-file']}: {words}\n")
        return 255
    serving = Serving(process)
    process.handlers[signal.SIGTERM] = lambda: serving.end(2)
    server = HttpServer(mux({**pages, "/readyz": _ready}), process.host.clock, tls=context)
    try:
        serving.tcp(int(given["port"]), server.serve)
    except OSError as error:
        await process.err(f"panic: listen tcp :{given['port']}: bind: "
                          f"{str(error.strerror).lower()}\n")  # fmt: skip
        return 2
    return await serving.run()


async def webhook(process: Process) -> int:
    """`agnhost webhook --tls-cert-file F --tls-private-key-file F [--port P]`."""
    try:
        given, _ = await flags(process, _FLAGS)
    except UsageError:
        return 1
    handlers = _handlers(process, given["sidecar-image"])
    return await _serve(process, given, {path: _page(admit) for path, admit in handlers.items()})


# -- conversion ---------------------------------------------------------------------------------


class _ConversionError(Exception):
    """Words of a failed conversion."""


def converted(item: Object, wanted: str) -> Object:
    """HostPort in v1, host and port in v2. Raises _ConversionError."""
    given = item.get("apiVersion", "")
    if given == wanted:
        words = "conversion from a version to itself should not call the webhook"
        raise _ConversionError(f"{words}: {wanted}")
    found = dict(item)
    if (given, wanted) == ("stable.example.com/v1", "stable.example.com/v2"):
        if "hostPort" in found:
            value = found.pop("hostPort")
            parts = value.split(":")
            if len(parts) != 2:  # noqa: PLR2004
                raise _ConversionError(f"invalid hostPort value `{value}`")
            found["host"], found["port"] = parts
    elif (given, wanted) == ("stable.example.com/v2", "stable.example.com/v1"):
        if "host" in found or "port" in found:
            found["hostPort"] = f"{found.pop('host', '')}:{found.pop('port', '')}"
    else:
        known = given.startswith("stable.example.com/v")
        raise _ConversionError(f'unexpected conversion version "{wanted if known else given}"')
    found["apiVersion"] = wanted
    return found


async def _convert(request: Request) -> Response:
    try:
        review = json.loads(request.body)
        asked = review["request"]
    except (ValueError, KeyError, TypeError) as error:
        return go_http_error(f"failed to deserialize body with error {error}", 400)
    answer: Object = {"uid": asked["uid"]}
    try:
        wanted = asked["desiredAPIVersion"]
        answer["convertedObjects"] = [converted(o, wanted) for o in asked["objects"]]
        answer["result"] = {"metadata": {}, "status": "Success"}
    except _ConversionError as error:
        answer["convertedObjects"] = []
        answer["result"] = {"metadata": {}, "status": "Failure", "message": str(error)}
    body = {"apiVersion": review["apiVersion"], "kind": review["kind"], "response": answer}
    return text(200, json.dumps(body), "application/json")


async def crd_conversion_webhook(process: Process) -> int:
    """`agnhost crd-conversion-webhook --tls-cert-file F --tls-private-key-file F`."""
    try:
        given, _ = await flags(process, _FLAGS)
    except UsageError:
        return 1
    return await _serve(process, given, {"/crdconvert": _convert})
