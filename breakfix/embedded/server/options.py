"""What the query and the headers of a request say about how to do it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import cast

from breakfix.embedded.errors import StatusError, bad_request, invalid
from breakfix.embedded.fields import FieldError, forbidden, not_supported
from breakfix.embedded.objects import Object
from breakfix.embedded.patching.options import manager_errors, manager_name, patch_errors
from breakfix.embedded.registry.asked import Asked, Strictness
from breakfix.embedded.registry.reading import Query
from breakfix.embedded.schema import reading, yaml_reading
from breakfix.embedded.schema.builtin import schema_by_definition
from breakfix.embedded.schema.conforming import DecodingError, conform
from breakfix.embedded.server.paths import RequestInfo
from breakfix.embedded.users import User

DELETE_OPTIONS = "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions"
_DURATION = re.compile(r"[-+]?(0|((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)")
STRICTNESS = ("Ignore", "Warn", "Strict")


def asked(info: RequestInfo, query: Mapping[str, str], agent: str, user: User) -> Asked:
    """A write. Raises StatusError 400 and 422."""
    wrong: list[FieldError] = []
    dry_run = query.get("dryRun", "")
    if dry_run not in ("", "All"):
        wrong.append(not_supported("dryRun", [dry_run], ["All"]))
    strictness = query.get("fieldValidation", "") or "Warn"
    if strictness not in STRICTNESS:
        wrong.append(not_supported("fieldValidation", strictness, ("", *sorted(STRICTNESS))))
    manager = query.get("fieldManager", "")
    wrong += manager_errors(manager)
    if wrong:
        kind = {"create": "CreateOptions", "patch": "PatchOptions"}.get(info.verb, "UpdateOptions")
        raise invalid(kind, "meta.k8s.io", "", wrong)
    return Asked(
        user, info.namespace, info.name, info.subresource, dry_run == "All",
        manager_name(manager, agent), cast("Strictness", strictness),
        query.get("force") in ("true", "1"),
    )  # fmt: skip


def check_timeout(query: Mapping[str, str]) -> None:
    """The time (a Go duration) that a client gives a request. Raises StatusError 400."""
    asked = query.get("timeout", "")
    if asked and not _DURATION.fullmatch(asked):
        why = "missing unit in" if asked.isdigit() else "invalid"
        raise bad_request(
            f'invalid timeout specified in the request URL - time: {why} duration "{asked}"'
        )


def check_patch(content_type: str, query: Mapping[str, str]) -> None:
    """Options that go with one kind of patch only. Raises StatusError 422."""
    force = query["force"] in ("true", "1") if "force" in query else None
    apply = content_type.startswith("application/apply-patch")
    wrong = patch_errors(apply, query.get("fieldManager", ""), force)
    if wrong:
        raise invalid("PatchOptions", "meta.k8s.io", "", wrong)


def list_query(query: Mapping[str, str]) -> Query:
    """A list or watch. Raises StatusError 400 and 422."""
    limit = query.get("limit", "0") or "0"
    for number in (limit, query.get("timeoutSeconds", "") or "0"):
        if not number.removeprefix("-").isdecimal():
            raise bad_request(f'strconv.ParseInt: parsing "{number}": invalid syntax')
    wrong = list(_wrong_versions(query))
    if wrong:
        raise invalid("ListOptions", "meta.k8s.io", "", wrong)
    match, version = query.get("resourceVersionMatch", ""), query.get("resourceVersion", "")
    return Query(
        query.get("labelSelector", ""), query.get("fieldSelector", ""), max(0, int(limit)),
        query.get("continue", ""), version, match,
    )  # fmt: skip


def _wrong_versions(query: Mapping[str, str]) -> Iterator[FieldError]:
    """What of resourceVersion, resourceVersionMatch and sendInitialEvents does not fit."""
    field = "resourceVersionMatch"
    match, version = query.get(field, ""), query.get("resourceVersion", "")
    if query.get("sendInitialEvents") is not None:
        if match != "NotOlderThan":
            yield forbidden(
                field, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
            )
        return
    if not match:
        return
    if not version:
        yield forbidden(
            field, "resourceVersionMatch is forbidden unless resourceVersion is provided"
        )
    if query.get("continue"):
        yield forbidden(field, "resourceVersionMatch is forbidden when continue is provided")
    if match not in ("Exact", "NotOlderThan"):
        yield not_supported(field, match, ["Exact", "NotOlderThan", ""])
    elif match == "Exact" and version == "0":
        yield forbidden(field, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"')


def delete_options(query: Mapping[str, str], body: bytes) -> Object:
    """DeleteOptions from the body, else from the query. Raises StatusError 400, and for a body
    that makes no sense 500, as the real server does."""
    if body.strip():
        return _delete_body(body)
    found: Object = {}
    if "gracePeriodSeconds" in query:
        found["gracePeriodSeconds"] = _number(query["gracePeriodSeconds"])
    if "propagationPolicy" in query:
        found["propagationPolicy"] = query["propagationPolicy"]
    if "orphanDependents" in query:
        found["orphanDependents"] = query["orphanDependents"] in ("true", "1")
    if query.get("dryRun"):
        found["dryRun"] = [query["dryRun"]]
    return found


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax') from error


def _delete_body(body: bytes) -> Object:
    try:
        found = _read(body)
        if not isinstance(found, dict):
            raise reading.ReadingError("json: cannot unmarshal it into Go value")
        if found.get("kind") not in (None, "", "DeleteOptions"):
            kind, version = found["kind"], found.get("apiVersion", "")
            raise StatusError(500, "", f'no kind "{kind}" is registered for version "{version}" '
                                       'in scheme "pkg/runtime/scheme.go:110"')  # fmt: skip
        conform(found, schema_by_definition(DELETE_OPTIONS))
    except reading.ReadingError as error:
        message = f"couldn't get version/kind; json parse error: {error}"
        raise StatusError(500, "", message) from error
    except (DecodingError, RecursionError) as error:
        raise StatusError(500, "", str(error)) from error
    return found


def _read(body: bytes) -> object:
    """JSON, or YAML where it does not begin as JSON does. Raises ReadingError."""
    if body.lstrip()[:1] in (b"{", b"["):
        return reading.json_value(body)
    return yaml_reading.yaml_value(body)[0]
