"""Objects to make and to judge, as the registry does it."""

from typing import Any

from breakfix.embedded.kinds.core import STRATEGIES
from breakfix.embedded.kinds.metadata import validate_object_meta, validate_object_meta_update
from breakfix.embedded.objects import Object, clone


def created(key: str, spec: Object | None = None, **rest: Any) -> Object:
    """A new object with its defaults."""
    item: Object = clone({"metadata": {"name": "x", "namespace": "default"}, **rest})
    if spec is not None:
        item["spec"] = clone(spec)
    STRATEGIES[key].default_(item)
    item.pop("status", None)
    STRATEGIES[key].prepare_create(item)
    return item


def wrong(key: str, item: Object) -> list[str]:
    """What is wrong with a new object."""
    return [str(e) for e in STRATEGIES[key].validate(item)]


def refused(key: str, spec: Object | None = None, **rest: Any) -> list[str]:
    """What is wrong with an object that is just being made."""
    return wrong(key, created(key, spec, **rest))


def changed(key: str, old: Object, change: Object) -> list[str]:
    """What is wrong with the change of some fields of the spec."""
    item = clone(old)
    item["spec"] |= change
    STRATEGIES[key].default_(item)
    STRATEGIES[key].prepare_update(item, old)
    return [str(e) for e in STRATEGIES[key].validate_update(item, old)]


def meta_errors(meta: Object, namespaced: bool = True) -> list[str]:
    """What is wrong with new metadata."""
    name_error = STRATEGIES["configmaps"].name_error
    found = validate_object_meta({"metadata": meta}, namespaced, name_error)
    return [str(e) for e in found]


def meta_changes(new: Object, old: Object) -> list[str]:
    """What is wrong with changed metadata."""
    found = validate_object_meta_update({"metadata": new}, {"metadata": old})
    return [str(e) for e in found]


def pod_spec(**container: Any) -> Object:
    """A pod of one container."""
    return {"containers": [{"name": "c", "image": "nginx:1.27", **container}]}
