"""The objects that every cluster has from the beginning, as a real one was seen to have."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import orjson

from breakfix.embedded.auth.certificates import NODE_IP
from breakfix.embedded.clock import Clock
from breakfix.embedded.facts import loading
from breakfix.embedded.objects import Object, clone, name_of, namespace_of, timestamp
from breakfix.embedded.registry.metadata import new_uid
from breakfix.embedded.registry.served import Catalogue
from breakfix.embedded.storage.store import Store

# A fact that is each cluster's own: its controller makes it.
OF_CONTROLLERS = "kube-root-ca.crt"
CONTROL_PLANE = "control-plane"
COMPONENTS = ("scheduler", "controller-manager", "etcd-0")
# The facts have the image of the recorded cluster where kind's own is meant.
KINDNET = b"docker.io/kindest/kindnetd:v20250512-df8de77b"
KINDNET_COMMAND = b'"command":["netpol","--pod-network=10.244.0.0/16"],'
ADDRESS = NODE_IP.encode()


def bootstrap(
    store: Store, catalogue: Catalogue, clock: Clock, ca_pem: str, front_proxy_pem: str = ""
) -> None:
    """Write what is not there yet: defaults and RBAC. Already defaulted and valid."""
    now = timestamp(clock.now())
    for api_version, kind, namespace, name, body in _prepared():
        key = catalogue.key_of_kind(api_version, kind)
        if key and store.get(key, name, namespace) is None:
            store.put(key, _begun(body, now, catalogue.by_key(key).strategy.has_generation))
    _authentication(store, ca_pem, front_proxy_pem)


def _items() -> Iterator[Object]:
    for item in loading.defaults():
        if name_of(item) != OF_CONTROLLERS:
            yield item
    for found in loading.rbac().values():
        yield from found
    for name in COMPONENTS:
        yield {
            "apiVersion": "v1", "kind": "ComponentStatus", "metadata": {"name": name},
            "conditions": [{"type": "Healthy", "status": "True", "message": "ok"}],
        }  # fmt: skip


def as_here(item: Object) -> Object:
    """A fact as an object of this cluster, whose addresses and images are its own."""
    found: Object = orjson.loads(
        orjson.dumps(item)
        .replace(b"CONTROL-PLANE", ADDRESS)
        .replace(b"docker.io/breakfix/kube:v1.34.4", KINDNET)
        .replace(KINDNET_COMMAND, b"")
    )
    return found


@cache
def _prepared() -> tuple[tuple[str, str, str, str, bytes], ...]:
    """The same for every cluster: apiVersion, kind, namespace, name, and the object."""
    found = []
    for item in map(as_here, _items()):
        api_version, kind = item.pop("apiVersion"), item.pop("kind")
        body = orjson.dumps({"apiVersion": api_version, "kind": kind, **item})
        found.append((api_version, kind, namespace_of(item), name_of(item), body))
    return tuple(found)


@cache
def system_images() -> tuple[str, ...]:
    """What the nodes have from the beginning: the images of the pods that are always there."""
    found: dict[str, None] = {}
    for _, kind, _, _, body in _prepared():
        if kind in ("DaemonSet", "Deployment"):
            spec = orjson.loads(body)["spec"]["template"]["spec"]
            found.update((c["image"], None) for c in spec["containers"])
    return tuple(found)


def _begun(body: bytes, now: str, has_generation: bool) -> Object:
    """An object with the metadata that only a server writes."""
    found: Object = orjson.loads(body)
    found["metadata"] |= {"uid": new_uid(), "creationTimestamp": now}
    if has_generation:
        found["metadata"]["generation"] = 1
    for condition in (found.get("status") or {}).get("conditions") or ():
        condition.setdefault("lastTransitionTime", now)
    return found


def _authentication(store: Store, ca_pem: str, front_proxy_pem: str) -> None:
    """The CAs that clients' certificates are signed with, where extension servers look for
    them: of clients, and of this API server as their front proxy."""
    found = store.get("configmaps", "extension-apiserver-authentication", "kube-system")
    if found is None:
        return
    wanted = {"client-ca-file": ca_pem, "requestheader-client-ca-file": front_proxy_pem}
    data = (found.get("data") or {}) | {k: v for k, v in wanted.items() if v}
    if data != found.get("data"):
        store.put("configmaps", clone(found) | {"data": data})


def node_name(number: int) -> str:
    """As kind names them: control-plane, worker, worker2, ..."""
    if number == 0:
        return CONTROL_PLANE
    return "worker" + (str(number) if number > 1 else "")
