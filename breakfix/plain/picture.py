"""The cluster in sentences: the map by namespace, and its events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from breakfix.clusters.live_picture import Link, Shape
from breakfix.plain.words import counted, listed, sentence, whole

if TYPE_CHECKING:
    from breakfix.clusters.live_picture import (
        Backend,
        Claim,
        Happening,
        Node,
        Picture,
        Place,
        Service,
        Workload,
    )

NEWEST = 10
UNKNOWN = "The cluster has not been read yet. Try again in a moment."


def map_lines(picture: Picture, namespace: str = "") -> list[str]:
    """What is in each namespace, or in one."""
    if not picture.places:
        return [UNKNOWN]
    places = [place for place in picture.places if namespace in ("", place.namespace)]
    if not places:
        known = listed(place.namespace for place in picture.places)
        return [f"There is no namespace {namespace} on the map. There is {known}."]
    stale = ["The cluster does not answer; this is how it was."] if _lost(picture) else []
    nodes = [] if namespace else [_node(node) for node in picture.nodes]
    return [*stale, *nodes, *(line for place in places for line in _place(place))]


def _lost(picture: Picture) -> bool:
    return picture.link is Link.LOST


def _place(place: Place) -> Iterator[str]:
    yield f"Namespace {place.namespace}:"
    if place.empty:
        yield "Nothing is in it."
    yield from map(_workload, place.workloads)
    yield from map(_service, place.services)
    yield from map(_claim, place.claims)
    for policy in place.policies:
        selected = "every pod" if policy.every else listed(policy.selects)
        yield f"NetworkPolicy {policy.name} selects {selected}."
    for ingress in place.ingresses:
        yield f"Ingress {ingress.name}: {listed(map(_backend, ingress.backends))}."


def _workload(workload: Workload) -> str:
    ready = workload.stage or f"{workload.ready} of {workload.desired} pods ready"
    odd = [
        f"pod {pod.name} is {pod.status}, {pod.ready} of {pod.containers} containers ready, "
        f"{counted(pod.restarts, 'restart')}"
        for pod in workload.pods
        if pod.shape not in (Shape.READY, Shape.DONE)
    ]
    return f"{workload.kind} {workload.name}: {'; '.join([ready, *odd])}."


def _service(service: Service) -> str:
    parts = [f"Service {service.name}, {service.type}"]
    if service.selects is not None:
        parts.append(f"selects {listed(service.selects)}")
    if service.has_endpoints:
        parts.append(counted(service.endpoints, "ready address", "ready addresses"))
    if service.target:
        parts.append(f"target {service.target}")
    return f"{', '.join(parts)}."


def _claim(claim: Claim) -> str:
    bound = f", volume {claim.volume}" if claim.volume else ""
    wanted = f", class {claim.storage_class}" if claim.storage_class else ""
    users = f", used by {listed(claim.used_by)}" if claim.used_by else ""
    return f"Claim {claim.name}: {claim.phase}{bound}{wanted}{users}."


def _backend(backend: Backend) -> str:
    lacking = "" if backend.known else ", which is not there"
    return f"{backend.route} goes to service {backend.service}{lacking}"


def _node(node: Node) -> str:
    taints = f", taints {listed(node.taints)}" if node.taints else ""
    return f"Node {node.name}: {node.status}, {counted(node.pods, 'pod')}{taints}."


def event_lines(picture: Picture, wanted: str = "") -> list[str]:
    """The newest events, oldest of them first; `wanted` is a word that must be in them, or
    how many."""
    if not picture.places:
        return [UNKNOWN]
    given = whole(wanted)
    number = NEWEST if given is None else given
    word = wanted.lower() if given is None else ""
    found = [line for line in map(_event, picture.events) if word in line.lower()]
    shown = found[-number:] if number else []
    if not shown:
        return ["There are no such events." if word else "There are no events."]
    head = f"{counted(len(shown), 'event')} of {len(found)}, the newest last:"
    return [head, *shown]


def _event(event: Happening) -> str:
    at = f"{event.at:%H:%M:%S} UTC" if event.at else "without a time"
    often = f", {event.count} times" if event.count > 1 else ""
    where = f" in {event.namespace}" if event.namespace else ""
    return (
        f"{at}, {event.type}, {event.reason}, {event.object}{where}{often}: "
        f"{sentence(event.message)}"
    )
