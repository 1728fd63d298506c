"""Acting as somebody else: the Impersonate-* headers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from breakfix.embedded.auth.attributes import Attributes
from breakfix.embedded.errors import internal
from breakfix.embedded.kinds.names import dns_label, dns_subdomain
from breakfix.embedded.users import AUTHENTICATED, UNAUTHENTICATED, User

PREFIX, EXTRA = "impersonate-", "impersonate-extra-"
_AUTHENTICATION = "authentication.k8s.io"
_ACCOUNT = "system:serviceaccount:"


@dataclass(frozen=True)
class Impersonation:
    """Whom a request wants to be, and what its own user must be allowed for that."""

    user: User
    checks: tuple[Attributes, ...]


@dataclass(frozen=True)
class _Asked:
    name: str
    groups: tuple[str, ...]
    uid: str
    extra: Mapping[str, tuple[str, ...]]


def impersonation(user: User, headers: Iterable[tuple[str, str]]) -> Impersonation | None:
    """None where nobody else is asked for; `headers` may repeat a name.

    The caller asks an authorizer for every check and answers 403 with the first that fails.
    Raises StatusError 500 for a group, uid or extra without a user, as the real server does.
    """
    pairs = [(k.lower(), _clean(v)) for k, v in headers if k[:12].lower() == PREFIX]
    if not pairs:
        return None
    asked = _asked(pairs)
    if not asked.name:
        if asked.groups or asked.uid or asked.extra:
            raise internal(f"requested {[v for _, v in pairs]} without impersonating a user")
        return None
    return Impersonation(_user(asked), tuple(_checks(user, asked)))


def _clean(value: str) -> str:
    """A header's bytes that are no UTF-8 come as surrogates, which no JSON can say."""
    return value.encode("utf-8", "replace").decode()


def _asked(pairs: list[tuple[str, str]]) -> _Asked:
    single = dict(reversed(pairs))
    extra: dict[str, tuple[str, ...]] = {}
    for key, value in pairs:
        if key.startswith(EXTRA):
            name = unquote(key.removeprefix(EXTRA), errors="replace")
            extra[name] = (*extra.get(name, ()), value)
    groups = tuple(v for k, v in pairs if k == "impersonate-group")
    return _Asked(
        single.get("impersonate-user", ""), groups, single.get("impersonate-uid", ""), extra
    )


def split_account(name: str) -> tuple[str, str] | None:
    """Namespace and name of a ServiceAccount's user name; None for any other user."""
    if not name.startswith(_ACCOUNT):
        return None
    namespace, _, account = name.removeprefix(_ACCOUNT).partition(":")
    if dns_label(namespace) or dns_subdomain(account):
        return None
    return namespace, account


def _checks(user: User, asked: _Asked) -> Iterable[Attributes]:
    account = split_account(asked.name)
    if account:
        yield _check(user, "serviceaccounts", account[1], namespace=account[0])
    else:
        yield _check(user, "users", asked.name)
    for group in asked.groups:
        yield _check(user, "groups", group)
    for key, values in asked.extra.items():
        for value in values:
            yield _check(user, "userextras", value, group=_AUTHENTICATION, subresource=key)
    if asked.uid:
        yield _check(user, "uids", asked.uid, group=_AUTHENTICATION)


def _check(
    user: User, resource: str, name: str, *, group: str = "", namespace: str = "",
    subresource: str = "",
) -> Attributes:  # fmt: skip
    return Attributes(
        user, "impersonate", group, "v1" if group else "", resource, subresource, namespace, name
    )


def _user(asked: _Asked) -> User:
    groups = asked.groups
    account = split_account(asked.name)
    if account and not groups:
        groups = ("system:serviceaccounts", f"system:serviceaccounts:{account[0]}")
    if asked.name == "system:anonymous":
        if UNAUTHENTICATED not in groups:
            groups = (*groups, UNAUTHENTICATED)
    elif AUTHENTICATED not in groups and UNAUTHENTICATED not in groups:
        groups = (*groups, AUTHENTICATED)
    return User(asked.name, groups, asked.uid, asked.extra)
