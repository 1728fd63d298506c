"""Objects as a client would send them."""

from __future__ import annotations

from typing import Any

from breakfix.embedded.kinds.strategies import strategy_of
from breakfix.embedded.objects import Object, clone


def pod_template(**spec: Any) -> Object:
    return {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"name": "c", "image": "nginx"}], **spec},
    }


def named(kind: str, api_version: str, **fields: Any) -> Object:
    meta = {"name": "web", "namespace": "lab", "uid": "u-1"}
    return {"apiVersion": api_version, "kind": kind, "metadata": meta, **fields}


def deployment(**spec: Any) -> Object:
    whole = {
        "selector": {"matchLabels": {"app": "web"}}, "template": pod_template(), **spec,
    }  # fmt: skip
    return named("Deployment", "apps/v1", spec=whole)


def job(**spec: Any) -> Object:
    whole = {"template": pod_template(restartPolicy="Never"), **spec}
    return named("Job", "batch/v1", spec=whole)


def created(key: str, item: Object) -> Object:
    """As the registry would store it, without judging."""
    item = clone(item)
    strategy = strategy_of(key)
    strategy.default_(item)
    strategy.prepare_create(item)
    return item


def wrong_with(key: str, item: Object) -> list[str]:
    """What is wrong with a new object."""
    return [str(e) for e in strategy_of(key).validate(created(key, item))]


def wrong_with_change(key: str, old: Object, new: Object) -> list[str]:
    """What is wrong with a change of a stored object."""
    strategy, old, new = strategy_of(key), created(key, old), clone(new)
    strategy.default_(new)
    strategy.prepare_update(new, old)
    return [str(e) for e in strategy.validate_update(new, old)]
