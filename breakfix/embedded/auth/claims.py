"""What a ServiceAccount token says, and whether it still holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import uuid4

from breakfix.embedded.auth.attributes import CREDENTIAL_ID
from breakfix.embedded.client import Reader
from breakfix.embedded.objects import Object, name_of, namespace_of, parse_time
from breakfix.embedded.users import User, service_account

WARN_AFTER = 60 * 60 + 7  # the lifetime that the ServiceAccount plugin asks for
EXTENDED = 365 * 24 * 60 * 60  # what such a token gets in truth
LEEWAY = timedelta(minutes=1)
_EXTRA = "authentication.kubernetes.io/"
_LEGACY = "kubernetes.io/serviceaccount/"


class InvalidTokenError(Exception):
    """A token of this cluster that does not hold; the text says why."""


def reference(item: Object) -> dict[str, str]:
    """Name and uid, as tokens hold on to an object; an unknown uid is left out."""
    uid = item["metadata"].get("uid", "")
    return {"name": name_of(item)} | ({"uid": uid} if uid else {})


def claims(
    account: Object, bound: Mapping[str, Object], audiences: list[str], now: datetime,
    seconds: int, warn_after: int = 0,
) -> Object:  # fmt: skip
    """The claims of a new token; `bound` has objects by "pod", "secret" and "node"."""
    issued = int(now.timestamp())
    private: Object = {"namespace": namespace_of(account)}
    private |= {kind: reference(bound[kind]) for kind in ("node", "pod", "secret") if kind in bound}
    private["serviceaccount"] = reference(account)
    if warn_after:
        private["warnafter"] = issued + warn_after
    return {
        "aud": audiences,
        "exp": issued + seconds,
        "iat": issued,
        "jti": str(uuid4()),
        "kubernetes.io": private,
        "nbf": issued,
        "sub": f"system:serviceaccount:{namespace_of(account)}:{name_of(account)}",
    }


def legacy_claims(account: Object, secret: Object) -> Object:
    """The claims of the token in a Secret: it never ends."""
    return {
        f"{_LEGACY}namespace": namespace_of(account),
        f"{_LEGACY}secret.name": name_of(secret),
        f"{_LEGACY}service-account.name": name_of(account),
        f"{_LEGACY}service-account.uid": account["metadata"]["uid"],
        "sub": f"system:serviceaccount:{namespace_of(account)}:{name_of(account)}",
    }


def check(found: Object, reader: Reader, now: datetime) -> User:
    """Who a token (with a good signature) is, now. Raises InvalidTokenError."""
    _check_times(found, now)
    private = found.get("kubernetes.io") or {}
    namespace, account = private.get("namespace", ""), private.get("serviceaccount") or {}
    _check_account(namespace, account, reader, now)
    for kind, resource in (("secret", "secrets"), ("pod", "pods")):
        if bound := private.get(kind):
            _check_bound(kind, bound, reader.get(resource, bound.get("name", ""), namespace), now)
    node, pod = private.get("node"), private.get("pod")
    if node and not pod:
        _check_bound("node", node, reader.get("nodes", node.get("name", "")), now)
    user = service_account(namespace, account.get("name", ""), account.get("uid", ""))
    return User(user.name, user.groups, user.uid, _extra(found.get("jti", ""), pod, node))


def _check_times(found: Object, now: datetime) -> None:
    at, leeway = now.timestamp(), LEEWAY.total_seconds()
    if at + leeway < found.get("nbf", 0):
        raise InvalidTokenError("service account token is not valid yet")
    if at - leeway > found.get("exp", at):
        raise InvalidTokenError("service account token has expired")
    if at + leeway < found.get("iat", 0):
        raise InvalidTokenError("service account token is issued in the future")


def _check_account(namespace: str, said: Object, reader: Reader, now: datetime) -> None:
    name = said.get("name", "")
    account = reader.get("serviceaccounts", name, namespace)
    if account is None:
        raise InvalidTokenError(f'serviceaccounts "{name}" not found')
    uid = account["metadata"].get("uid", "")
    if uid != said.get("uid"):
        raise InvalidTokenError(
            f"service account UID ({uid}) does not match claim ({said.get('uid')})"
        )
    if _gone(account, now):
        raise InvalidTokenError(f"service account {namespace}/{name} has been deleted")


def _check_bound(kind: str, said: Object, item: Object | None, now: datetime) -> None:
    if item is None:
        raise InvalidTokenError("service account token has been invalidated")
    uid = item["metadata"].get("uid", "")
    if uid != said.get("uid"):
        shown = kind if kind == "secret" else kind.capitalize()
        raise InvalidTokenError(
            f"{shown} UID ({uid}) does not match service account {kind} ref claim "
            f"({said.get('uid')})"
        )
    if _gone(item, now):
        raise InvalidTokenError("service account token has been invalidated")


def _gone(item: Object, now: datetime) -> bool:
    deleted = item["metadata"].get("deletionTimestamp")
    return bool(deleted) and parse_time(deleted) < now - LEEWAY


def _extra(jti: str, pod: Object | None, node: Object | None) -> dict[str, tuple[str, ...]]:
    extra: dict[str, tuple[str, ...]] = {}
    if jti:
        extra[CREDENTIAL_ID] = (f"JTI={jti}",)
    for kind, bound in (("node", node), ("pod", pod)):
        if bound:
            extra[f"{_EXTRA}{kind}-name"] = (bound.get("name", ""),)
            if bound.get("uid"):
                extra[f"{_EXTRA}{kind}-uid"] = (bound["uid"],)
    return extra


def check_legacy(found: Object, token: str, reader: Reader) -> User:
    """Who a token from a Secret is. Raises InvalidTokenError."""
    said = {k: found.get(_LEGACY + k, "") for k in (
        "namespace", "secret.name", "service-account.name", "service-account.uid")}  # fmt: skip
    namespace, name = said["namespace"], said["service-account.name"]
    if found.get("sub") != f"system:serviceaccount:{namespace}:{name}":
        raise InvalidTokenError("sub claim is invalid")
    secret = reader.get("secrets", said["secret.name"], namespace)
    if secret is None or "deletionTimestamp" in secret["metadata"]:
        raise InvalidTokenError("Token has been invalidated")
    _check_copy(secret, token)
    account = reader.get("serviceaccounts", name, namespace)
    if account is None:
        raise InvalidTokenError(f'serviceaccounts "{name}" not found')
    uid = account["metadata"].get("uid", "")
    if uid != said["service-account.uid"]:
        raise InvalidTokenError(
            f"ServiceAccount UID ({uid}) does not match claim ({said['service-account.uid']})"
        )
    return service_account(namespace, name, uid)


def _check_copy(secret: Object, token: str) -> None:
    from base64 import b64encode
    from hmac import compare_digest

    stored = (secret.get("data") or {}).get("token", "")
    if not compare_digest(stored.encode(), b64encode(token.encode())):
        raise InvalidTokenError("Token does not match server's copy")
