"""Lists: selectors, pages, and the state at an earlier version."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass

import orjson

from breakfix.embedded import selectors
from breakfix.embedded.errors import StatusError, bad_request, gone
from breakfix.embedded.objects import Object, labels_of, name_of, namespace_of
from breakfix.embedded.registry.served import Served
from breakfix.embedded.storage.store import Store

GONE = 410


@dataclass(frozen=True)
class Query:
    """What a list or watch asks for."""

    labels: str = ""
    fields: str = ""
    limit: int = 0
    continue_: str = ""
    version: str = ""
    version_match: str = ""


@dataclass(frozen=True)
class Page:
    """A part of a list: stored objects, in the order of their keys."""

    items: list[Object]
    version: int
    continue_: str = ""
    remaining: int | None = None


def selects(served: Served, query: Query, namespace: str) -> Callable[[Object], bool]:
    """The test of both selectors. Raises StatusError 400."""
    tests: list[Callable[[Object], bool]] = []
    if namespace:
        tests.append(lambda item: namespace_of(item) == namespace)
    if query.labels:
        match = selectors.labels(query.labels)
        tests.append(lambda item: match(labels_of(item)))
    for field, value, equal in selectors.fields(query.fields) if query.fields else ():
        tests.append(_field_test(served, field, value, equal))
    if not tests:
        return lambda _: True
    return lambda item: all(test(item) for test in tests)


def _field_test(served: Served, field: str, value: str, equal: bool) -> Callable[[Object], bool]:
    if field == "metadata.name":
        return lambda item: (name_of(item) == value) is equal
    if field == "metadata.namespace":
        return lambda item: (namespace_of(item) == value) is equal
    known = served.strategy.selectable
    names = known({"metadata": {"name": "", "namespace": ""}, "spec": {}, "status": {}})
    if field not in names:
        raise bad_request(
            f"field label not supported: {field}" if names else
            f'"{field}" is not a known field selector: only "metadata.name", "metadata.namespace"'
        )  # fmt: skip
    return lambda item: (known(served.out(item)).get(field, "") == value) is equal


async def page(store: Store, served: Served, namespace: str, query: Query) -> Page:
    """One page of a list. Raises StatusError 400 and 410."""
    matches = selects(served, query, "")
    if query.continue_:
        version, start = _decode(query.continue_)
        if version < 0:  # the list goes on inconsistently, from now
            items, version = store.list(served.key, namespace), store.version
        else:
            items = _past(store, served, namespace, version, start)
    else:
        items, version, start = *_present(store, served, namespace, query), ""
    await served.ready(items)
    found = sorted((i for i in items if matches(i)), key=_key)
    found = [i for i in found if _key(i) > start] if start else found
    if not query.limit or len(found) <= query.limit:
        return Page(found, version)
    remaining = None if query.labels or query.fields else len(found) - query.limit
    found = found[: query.limit]
    return Page(found, version, _encode(version, _key(found[-1])), remaining)


def _present(
    store: Store, served: Served, namespace: str, query: Query
) -> tuple[list[Object], int]:
    """The state now, or exactly at the version that is asked for."""
    if query.version and query.version not in ("", "0") and not query.version.isdigit():
        raise bad_request(f"invalid resource version: {bad_version(query.version)}")
    wanted = int(query.version or 0)
    if query.version_match == "Exact" and wanted:
        return _exactly(store, served, namespace, wanted), wanted
    if wanted > store.version:
        cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
        message = f"Timeout: Too large resource version: {wanted}, current: {store.version}"
        raise StatusError(504, "Timeout", message, {"causes": [cause]}, retry_after=1)
    return store.list(served.key, namespace), store.version


def _exactly(store: Store, served: Served, namespace: str, version: int) -> list[Object]:
    try:
        return store.at(served.key, version, namespace)
    except StatusError as error:
        if error.code != GONE:
            raise
        raise gone("The resourceVersion for the provided list is too old.") from error


def bad_version(text: str) -> str:
    """What is said of a resourceVersion that is no number."""
    cause = f'strconv.ParseUint: parsing "{text}": invalid syntax'
    return f'resourceVersion: Invalid value: "{text}": {cause}'


def _past(store: Store, served: Served, namespace: str, version: int, start: str) -> list[Object]:
    try:
        return store.at(served.key, version, namespace)
    except StatusError as error:
        again = gone(
            "The provided continue parameter is too old to display a consistent list result. You "
            "can start a new list without the continue parameter, or use the continue token in "
            "this response to retrieve the remainder of the results. Continuing with the provided "
            "token results in an inconsistent list - objects that were created, modified, or "
            "deleted between the time the first chunk was returned and now may show up in the list."
        )
        again.continue_ = _encode(-1, start)  # type: ignore[attr-defined]
        raise again from error


def _key(item: Object) -> str:
    return f"{namespace_of(item)}/{name_of(item)}"


def _encode(version: int, start: str) -> str:
    token = {"v": "meta.k8s.io/v1", "rv": version, "start": start}
    return base64.urlsafe_b64encode(orjson.dumps(token)).rstrip(b"=").decode()


def _decode(token: str) -> tuple[int, str]:
    try:
        found = orjson.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        return int(found["rv"]), str(found["start"])
    except (ValueError, KeyError, TypeError) as error:
        raise bad_request(f"invalid continue token: continue key is not valid: {error}") from error
