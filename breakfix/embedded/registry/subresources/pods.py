"""POST to parts of a pod: binding and eviction."""

from __future__ import annotations

from breakfix.embedded import errors, selectors
from breakfix.embedded.fields import FieldError
from breakfix.embedded.objects import Object, clone, labels_of, timestamp
from breakfix.embedded.registry.admitting import request_for
from breakfix.embedded.registry.asked import Asked
from breakfix.embedded.registry.deleting import check_preconditions
from breakfix.embedded.registry.registry import Registry
from breakfix.embedded.registry.served import Served

PDBS = "poddisruptionbudgets.policy"


def success(code: int = 201) -> Object:
    """metav1.Status of a POST that creates nothing to show."""
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": code}


async def bind(registry: Registry, served: Served, asked: Asked, body: Object) -> Object:
    """pods/binding: give a pod its node. Raises StatusError."""
    node = (body.get("target") or {}).get("name", "")
    if not node:
        from breakfix.embedded.fields import required

        raise errors.invalid("Binding", "", asked.name, [required("target.name")])

    def rule(item: Object, old: Object) -> list[FieldError]:
        uid = body.get("metadata", {}).get("uid")
        if uid and uid != old["metadata"]["uid"]:
            raise errors.conflict(
                "pods/binding", asked.name,
                f"Precondition failed: UID in precondition: {uid}, UID in object meta: "
                f"{old['metadata']['uid']}",
            )  # fmt: skip
        _may_be_bound(asked.name, old)
        item["spec"]["nodeName"] = node
        item["status"] = _scheduled(clone(old.get("status") or {}), registry)
        return []

    def same(old: Object | None) -> Object:
        if old is None:
            raise errors.not_found("pods", asked.name)
        return old

    await registry.writer.update(served, asked, same, rule=rule)
    return success()


def _may_be_bound(name: str, pod: Object) -> None:
    present = pod["spec"].get("nodeName")
    why = ""
    if "deletionTimestamp" in pod["metadata"]:
        why = f"pod {name} is being deleted, cannot be assigned to a host"
    elif present:
        why = f'pod {name} is already assigned to node "{present}"'
    elif pod["spec"].get("schedulingGates"):
        why = f"pod {name} has non-empty .spec.schedulingGates"
    if why:
        raise errors.conflict("pods/binding", name, why)


def _scheduled(status: Object, registry: Registry) -> Object:
    conditions = [c for c in status.get("conditions") or [] if c["type"] != "PodScheduled"]
    now = timestamp(registry.clock.now())
    status["conditions"] = [
        *conditions,
        {
            "type": "PodScheduled",
            "status": "True",
            "lastProbeTime": None,
            "lastTransitionTime": now,
        },
    ]
    return status


async def evict(registry: Registry, served: Served, asked: Asked, body: Object) -> Object:
    """pods/eviction: delete, if the disruption budgets allow it. Raises StatusError 429."""
    from breakfix.embedded.controllers.disruption_eviction import evict as allow

    pod = await registry.get(served, asked)
    await _admitted(registry, served, asked, body)
    budgets = [
        budget
        for budget in registry.store.list(PDBS, asked.namespace)
        if selectors.matches(budget["spec"].get("selector"), labels_of(pod))
    ]
    changed = allow(pod, budgets, registry.clock.now())
    if changed is not None and not asked.dry_run:
        one = Asked(asked.user, asked.namespace, changed["metadata"]["name"], "status")
        await registry.update(registry.catalogue.by_key(PDBS), one, clone(changed))
    options = dict(body.get("deleteOptions") or {})
    if not asked.dry_run:
        options = _marked(registry, served, asked, options)
    one = Asked(asked.user, asked.namespace, asked.name, options=options, dry_run=asked.dry_run)
    await registry.deleter.delete(served, one, admitted=True)
    return success()


async def _admitted(registry: Registry, served: Served, asked: Asked, body: Object) -> None:
    """The eviction itself is what admission judges. Raises StatusError."""
    request = request_for(served, asked, "CREATE", body, None)
    await registry.chain.mutate(request)
    await registry.chain.validate(request)
    await registry.chain.settle(request, stored=False)


def _marked(registry: Registry, served: Served, asked: Asked, options: Object) -> Object:
    """The pod says why it goes; the options as they are then. Raises StatusError 404, 409."""
    stored = registry.store.get(served.key, asked.name, asked.namespace)
    if stored is None:
        raise errors.not_found("pods", asked.name)
    wanted = options.get("preconditions") or {}
    check_preconditions(served, stored, wanted)
    pod: Object = clone(stored)
    status = pod.setdefault("status", {})
    others = [c for c in status.get("conditions") or [] if c["type"] != "DisruptionTarget"]
    said = {
        "type": "DisruptionTarget", "status": "True", "lastProbeTime": None,
        "lastTransitionTime": timestamp(registry.clock.now()),
        "reason": "EvictionByEvictionAPI", "message": "Eviction API: evicting",
    }  # fmt: skip
    status["conditions"] = [*others, said]
    version = registry.store.put(served.key, pod)["metadata"]["resourceVersion"]
    if not wanted.get("resourceVersion"):
        return options
    return options | {"preconditions": wanted | {"resourceVersion": version}}
