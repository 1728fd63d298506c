"""TokenRequest and TokenReview: what POST on them answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from breakfix.embedded import fields
from breakfix.embedded.auth.claims import EXTENDED, WARN_AFTER, InvalidTokenError, claims
from breakfix.embedded.auth.tokens import Tokens
from breakfix.embedded.errors import bad_request, conflict, invalid, not_found
from breakfix.embedded.fields import FieldError
from breakfix.embedded.objects import Object, timestamp
from breakfix.embedded.users import User

KIND, GROUP = "TokenRequest", "authentication.k8s.io"
SHORTEST, LONGEST, USUAL = 600, 1 << 32, 3600  # seconds
Tried = tuple[User, tuple[str, ...]] | None


def token_request(tokens: Tokens, body: Object, namespace: str, name: str) -> Object:
    """POST .../serviceaccounts/NAME/token: the request with its token. Raises StatusError."""
    given = body.get("metadata") or {}
    _check_metadata(given, namespace, name)
    account = _get(tokens, "serviceaccounts", name, namespace)
    _check_uid(given.get("uid", ""), account, name)
    spec = _spec(body, tokens)
    bound = _bound(tokens, spec.get("boundObjectRef"), namespace, name)
    asked, now = spec["expirationSeconds"], tokens.now()
    # tokens that the ServiceAccount plugin mounts live longer than they say
    longer = (
        asked == WARN_AFTER and "pod" in bound and set(spec["audiences"]) <= set(tokens.audiences)
    )
    seconds, warn = (EXTENDED, WARN_AFTER) if longer else (asked, 0)
    found = claims(account, bound, spec["audiences"], now, seconds, warn)
    return {
        "kind": KIND,
        "apiVersion": f"{GROUP}/v1",
        "metadata": given | {
            "name": name, "namespace": namespace, "uid": account["metadata"]["uid"],
            "creationTimestamp": timestamp(now),
        },
        "spec": spec,
        "status": {
            "token": tokens.sign(found),
            "expirationTimestamp": timestamp(now + timedelta(seconds=asked)),
        },
    }  # fmt: skip


def _get(tokens: Tokens, resource: str, name: str, namespace: str) -> Object:
    item = tokens.reader.get(resource, name, namespace)
    if item is None:
        raise not_found(resource, name)
    return item


def _check_metadata(given: Object, namespace: str, name: str) -> None:
    for field, value in (("name", name), ("namespace", namespace)):
        said = given.get(field)
        if said and said != value:
            detail = f"must match the service account {field} if specified"
            raise invalid(KIND, GROUP, name, [fields.invalid(f"metadata.{field}", said, detail)])


def _check_uid(said: str, account: Object, name: str) -> None:
    uid = account["metadata"]["uid"]
    if said and said != uid:
        raise conflict(
            f"{KIND}.{GROUP}", name,
            f"the UID in the token request ({said}) does not match the UID of the service account "
            f"({uid})",
        )  # fmt: skip


def _spec(body: Object, tokens: Tokens) -> Object:
    spec = dict(body.get("spec") or {})
    spec["audiences"] = list(spec.get("audiences") or tokens.audiences)
    seconds = spec.get("expirationSeconds")
    spec["expirationSeconds"] = seconds = USUAL if seconds is None else seconds
    spec.setdefault("boundObjectRef", None)
    if errors := _time_errors(seconds):
        raise invalid(KIND, GROUP, "", errors)
    return spec


def _time_errors(seconds: int) -> list[FieldError]:
    where = "spec.expirationSeconds"
    if seconds < SHORTEST:
        detail = "may not specify a duration less than 10 minutes"
        return [fields.invalid(where, seconds, detail)]
    if seconds > LONGEST:
        detail = "may not specify a duration larger than 2^32 seconds"
        return [fields.invalid(where, seconds, detail)]
    return []


def _bound(
    tokens: Tokens, reference: Object | None, namespace: str, account: str
) -> dict[str, Object]:
    """The objects that the token dies with, by what the claims call them."""
    if not reference:
        return {}
    kind, version = reference.get("kind", ""), reference.get("apiVersion", "")
    if kind not in ("Pod", "Secret", "Node") or version not in ("v1", ""):
        group, _, v = version.rpartition("/")
        raise bad_request(f"cannot bind token to object of type {group}/{v}, Kind={kind}")
    name = reference.get("name", "")
    item = _get(tokens, f"{kind.lower()}s", name, "" if kind == "Node" else namespace)
    bound = {kind.lower(): item}
    if kind == "Pod":
        bound |= _pod_node(tokens, item, account)
    uid, said = item["metadata"].get("uid", ""), reference.get("uid", "")
    if said and said != uid:
        raise conflict(
            kind, name,
            f"the UID in the bound object reference ({said}) does not match the UID in record. "
            "The object might have been deleted and then recreated",
        )  # fmt: skip
    return bound


def _pod_node(tokens: Tokens, pod: Object, account: str) -> dict[str, Object]:
    spec = pod.get("spec") or {}
    if spec.get("serviceAccountName", "") != account:
        raise bad_request(
            f'cannot bind token for serviceaccount "{account}" to pod running with different '
            "serviceaccount name."
        )
    node = spec.get("nodeName")
    if not node:
        return {}
    return {"node": tokens.reader.get("nodes", node) or {"metadata": {"name": node}}}


def user_info(user: User) -> Object:
    """authentication.k8s.io UserInfo."""
    found: Object = {"username": user.name}
    if user.uid:
        found["uid"] = user.uid
    if user.groups:
        found["groups"] = list(user.groups)
    if user.extra:
        found["extra"] = {key: list(values) for key, values in sorted(user.extra.items())}
    return found


def token_review(tokens: Tokens, body: Object) -> Object:
    """POST .../tokenreviews: whose a token is. Raises StatusError 400 without one."""
    spec = body.get("spec") or {}
    if not spec.get("token"):
        raise bad_request("token is required for TokenReview in authentication")
    audiences = spec.get("audiences") or ()
    return {
        "kind": "TokenReview",
        "apiVersion": f"{GROUP}/v1",
        "metadata": body.get("metadata") or {},
        "spec": spec,
        "status": _verdict(lambda: tokens.authenticate(spec["token"], audiences)),
    }


def _verdict(ask: Callable[[], Tried]) -> Object:
    try:
        found = ask()
    except InvalidTokenError as error:
        return {"user": {}, "error": f"[invalid bearer token, {error}]"}
    if found is None:
        return {"user": {}, "error": "invalid bearer token"}
    user, audiences = found
    return {"authenticated": True, "user": user_info(user), "audiences": list(audiences)}


def self_subject_review(user: User, now: str) -> Object:
    """POST .../selfsubjectreviews: `kubectl auth whoami`; `now` as a metav1.Time."""
    return {
        "kind": "SelfSubjectReview",
        "apiVersion": f"{GROUP}/v1",
        "metadata": {"creationTimestamp": now},
        "status": {"userInfo": user_info(user)},
    }
