"""LimitRanges: what containers ask for where they say nothing, and what they may ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from breakfix.embedded import quantities
from breakfix.embedded.admission.base import AdmissionRequest, Plugin
from breakfix.embedded.admission.pod_resources import Amounts, pod_amounts
from breakfix.embedded.client import Reader
from breakfix.embedded.objects import Object, is_going

ANNOTATION = "kubernetes.io/limit-ranger"
_KINDS = ("pods", "persistentvolumeclaims")


class LimitRanger(Plugin):
    """Applies every LimitRange of a namespace to its new pods and to its claims."""

    name = "LimitRanger"

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def _ranges(self, request: AdmissionRequest) -> list[Object]:
        if request.key not in _KINDS or request.item is None:
            return []
        resizes = request.subresource == "resize" and request.operation == "UPDATE"
        creates = request.operation == "CREATE" and not request.subresource
        claims = request.key != "pods" and request.operation == "UPDATE" and not request.subresource
        if not (resizes or creates or claims):
            return []
        if request.old is not None and is_going(request.old):
            return []
        return list(self._reader.list("limitranges", request.namespace))

    async def mutate(self, request: AdmissionRequest) -> None:
        """Fill in requests and limits of containers."""
        for found in self._ranges(request):
            if request.key == "pods" and request.item is not None:
                _fill(request.item, found)

    async def validate(self, request: AdmissionRequest) -> None:
        """Raises StatusError 403 with all that is out of range."""
        for found in self._ranges(request):
            if request.item is None:
                continue
            check = _check_pod if request.key == "pods" else _check_claim
            wrong = [w for limit in _limits(found) for w in check(request.item["spec"], limit)]
            if wrong:
                distinct = list(dict.fromkeys(wrong))
                why = distinct[0] if len(distinct) == 1 else f"[{', '.join(distinct)}]"
                raise request.forbidden(why)


def _limits(found: Object) -> list[Object]:
    limits: list[Object] = (found.get("spec") or {}).get("limits") or []
    return limits


def _fill(pod: Object, found: Object) -> None:
    defaults: dict[str, Amounts] = {"limits": {}, "requests": {}}
    for limit in _limits(found):
        if limit.get("type") == "Container":
            defaults["requests"] |= limit.get("defaultRequest") or {}
            defaults["limits"] |= limit.get("default") or {}
    told: list[str] = []
    for kind, words in (("containers", "container"), ("initContainers", "init container")):
        for container in pod["spec"].get(kind) or []:
            told += _fill_container(container, defaults, words)
    if told:
        annotations = pod["metadata"].get("annotations") or {}
        text = "LimitRanger plugin set: " + "; ".join(told)
        pod["metadata"]["annotations"] = {**annotations, ANNOTATION: text}


def _fill_container(container: Object, defaults: dict[str, Amounts], words: str) -> list[str]:
    told = []
    for which, one in (("requests", "request"), ("limits", "limit")):
        resources = container.setdefault("resources", {})
        present = resources.get(which) or {}
        added = {k: v for k, v in defaults[which].items() if k not in present}
        if added:
            resources[which] = {**present, **added}
            told.append(f"{', '.join(sorted(added))} {one} for {words} {container['name']}")
    return told


def _check_claim(spec: Object, limit: Object) -> Iterator[str]:
    if limit.get("type") != "PersistentVolumeClaim":
        return
    requests = (spec.get("resources") or {}).get("requests") or {}
    for name, bound in (limit.get("min") or {}).items():
        yield from _check_min("PersistentVolumeClaim", name, bound, requests, {})
    for name, bound in (limit.get("max") or {}).items():
        start = f"maximum {name} usage per PersistentVolumeClaim is {bound}"
        if name not in requests:
            yield f"{start}.  No request is specified"
        elif quantities.parse(requests[name]) > quantities.parse(bound):
            yield f"{start}, but request is {requests[name]}"


def _check_pod(spec: Object, limit: Object) -> Iterator[str]:
    kind = limit.get("type", "")
    if kind == "Container":
        for container in [*(spec.get("containers") or []), *(spec.get("initContainers") or [])]:
            resources = container.get("resources") or {}
            requests, limits = resources.get("requests") or {}, resources.get("limits") or {}
            yield from _check_amounts(kind, limit, requests, limits)
    elif kind == "Pod":
        requests = pod_amounts(spec, "requests", overhead=False)
        yield from _check_amounts(
            kind, limit, requests, pod_amounts(spec, "limits", overhead=False)
        )


def _check_amounts(kind: str, limit: Object, requests: Amounts, limits: Amounts) -> Iterator[str]:
    for field, check in _CHECKS:
        for name, bound in (limit.get(field) or {}).items():
            yield from check(kind, name, bound, requests, limits)


def _check_min(
    kind: str, name: str, bound: str, requests: Amounts, limits: Amounts
) -> Iterator[str]:
    start, least = f"minimum {name} usage per {kind} is {bound}", quantities.parse(bound)
    if name not in requests:
        yield f"{start}.  No request is specified"
    elif quantities.parse(requests[name]) < least:
        yield f"{start}, but request is {requests[name]}"
    elif name in limits and quantities.parse(limits[name]) < least:
        yield f"{start}, but limit is {limits[name]}"


def _check_max(
    kind: str, name: str, bound: str, requests: Amounts, limits: Amounts
) -> Iterator[str]:
    start, most = f"maximum {name} usage per {kind} is {bound}", quantities.parse(bound)
    if name not in limits:
        yield f"{start}.  No limit is specified"
    elif quantities.parse(limits[name]) > most:
        yield f"{start}, but limit is {limits[name]}"
    elif name in requests and quantities.parse(requests[name]) > most:
        yield f"{start}, but request is {requests[name]}"


def _check_ratio(
    kind: str, name: str, bound: str, requests: Amounts, limits: Amounts
) -> Iterator[str]:
    start = f"{name} max limit to request ratio per {kind} is {bound}, but "
    request, limit = (quantities.parse(a.get(name, "0")) for a in (requests, limits))
    if not request:
        yield f"{start}no request is specified or request is 0"
    elif not limit:
        yield f"{start}no limit is specified or limit is 0"
    elif limit / request > quantities.parse(bound):
        yield f"{start}provided ratio is {limit / request:.6f}"


Check = Callable[[str, str, str, Amounts, Amounts], Iterator[str]]
_CHECKS: tuple[tuple[str, Check], ...] = (
    ("min", _check_min), ("max", _check_max), ("maxLimitRequestRatio", _check_ratio),
)  # fmt: skip
