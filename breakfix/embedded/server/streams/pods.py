"""Which pod and which container a request means."""

from __future__ import annotations

from collections.abc import Iterator

from breakfix.embedded.errors import bad_request, not_found
from breakfix.embedded.objects import Object, name_of
from breakfix.embedded.registry.registry import Registry


def pod_named(registry: Registry, namespace: str, name: str) -> Object:
    """Raises StatusError 404."""
    pod = registry.store.get("pods", name, namespace)
    if pod is None:
        raise not_found("pods", name)
    return pod


def container_names(pod: Object) -> Iterator[str]:
    """All of them, in the order in which messages name them."""
    for kind in ("initContainers", "containers", "ephemeralContainers"):
        for each in pod["spec"].get(kind) or []:
            yield each["name"]


def chosen_container(pod: Object, container: str) -> str:
    """The one that is meant. Raises StatusError 400."""
    names = list(container_names(pod))
    if container:
        if container not in names:
            raise bad_request(f"container {container} is not valid for pod {name_of(pod)}")
        return container
    own = pod["spec"].get("containers") or []
    if len(own) != 1:
        raise bad_request(
            f"a container name must be specified for pod {name_of(pod)}, "
            f"choose one of: [{' '.join(names)}]"
        )
    return str(own[0]["name"])


def check_host(pod: Object) -> None:
    """Raises StatusError 400 for a pod that no node has."""
    if not pod["spec"].get("nodeName"):
        raise bad_request(f"pod {name_of(pod)} does not have a host assigned")
