"""The API for programs that run in pods: each is the ServiceAccount whose token it has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from breakfix.embedded.auth.attributes import Attributes
from breakfix.embedded.auth.authentication import unauthorized
from breakfix.embedded.auth.claims import InvalidTokenError
from breakfix.embedded.auth.rbac import Rbac, refusal
from breakfix.embedded.auth.tokens import Tokens
from breakfix.embedded.client import Change
from breakfix.embedded.errors import StatusError, not_found
from breakfix.embedded.kinds.resource import Resource
from breakfix.embedded.objects import Object, name_of, namespace_of
from breakfix.embedded.registry.client import LocalClient
from breakfix.embedded.registry.registry import Registry
from breakfix.embedded.users import User

NO_RESOURCE = "the server could not find the requested resource"


class PodApi:
    """What a pod's host has of the API."""

    def __init__(self, client: LocalClient, registry: Registry, tokens: Tokens, rbac: Rbac) -> None:
        self._client, self._registry = client, registry
        self._tokens, self._rbac = tokens, rbac

    def get(self, resource: str, name: str, namespace: str = "") -> Object | None:
        """One object, or None."""
        return self._client.get(resource, name, namespace)

    def list(self, resource: str, namespace: str = "") -> list[Object]:
        """All of a resource."""
        return self._client.list(resource, namespace)

    def subscribe(self, resource: str, seen: Callable[[Change], None]) -> None:
        """Be told of every write."""
        self._client.subscribe(resource, seen)

    def enter(self, token: str, manager: str) -> AuthorizedClient:
        """As the token's owner; `manager`: the program. Raises StatusError 401."""
        user = self.authenticate(token)
        if user is None:
            raise unauthorized()
        client = self._client.as_user(user, manager)
        return AuthorizedClient(client, self._registry, self._rbac, user)

    def authenticate(self, token: str) -> User | None:
        """Who has this token."""
        try:
            found = self._tokens.authenticate(token)
        except InvalidTokenError:
            return None
        return found[0] if found else None

    def allows(self, attributes: Attributes) -> bool:
        """May they?"""
        return self._rbac.decide(attributes).allowed


class AuthorizedClient:
    """A client whose every request is authorized. `get` and `list` are an informer's cache:
    whoever starts to watch asks `may_watch` first."""

    def __init__(self, client: LocalClient, registry: Registry, rbac: Rbac, user: User) -> None:
        self.clock = client.clock
        self.user = user
        self._client, self._registry, self._rbac = client, registry, rbac
        self._ends: list[Callable[[], None]] = []

    # -- rights --------------------------------------------------------------------------

    def _resource(self, key: str) -> Resource:
        try:
            return self._registry.catalogue.by_key(key).resource
        except KeyError:
            raise StatusError(404, "NotFound", f"{NO_RESOURCE} (get {key})") from None

    def _need(
        self, verb: str, key: str, name: str = "", namespace: str = "", sub: str = ""
    ) -> None:
        resource = self._resource(key)
        asked = Attributes(
            self.user, verb, resource.group, resource.version, resource.plural, sub,
            namespace, name,
        )  # fmt: skip
        decision = self._rbac.decide(asked)
        if not decision.allowed:
            raise refusal(asked, decision.reason)

    def may_watch(self, resource: str) -> None:
        """Raises StatusError: 403, 404 where there is no such resource."""
        self._need("list", resource)
        self._need("watch", resource)

    # -- reading -------------------------------------------------------------------------

    def get(self, resource: str, name: str, namespace: str = "") -> Object | None:
        """From the cache."""
        return self._client.get(resource, name, namespace)

    def list(self, resource: str, namespace: str = "") -> list[Object]:
        """From the cache."""
        return self._client.list(resource, namespace)

    def fetch(self, resource: str, name: str, namespace: str = "") -> Object:
        """GET. Raises StatusError."""
        self._need("get", resource, name, namespace)
        found = self._client.get(resource, name, namespace)
        if found is None:
            raise not_found(resource, name)
        return found

    def subscribe(self, resource: str, seen: Callable[[Change], None]) -> None:
        """Be told of every write, until `close`."""
        self._ends.append(self._registry.store.subscribe(resource, seen))

    def close(self) -> None:
        """Be told of nothing any more."""
        while self._ends:
            self._ends.pop()()

    # -- writing; all raise StatusError ----------------------------------------------------

    async def create(self, resource: str, item: Object) -> Object:
        """POST."""
        self._need("create", resource, "", namespace_of(item))
        return await self._client.create(resource, item)

    async def update(self, resource: str, item: Object) -> Object:
        """PUT."""
        self._need("update", resource, name_of(item), namespace_of(item))
        return await self._client.update(resource, item)

    async def update_status(self, resource: str, item: Object) -> Object:
        """PUT of the status."""
        self._need("update", resource, name_of(item), namespace_of(item), "status")
        return await self._client.update_status(resource, item)

    async def update_sub(self, resource: str, sub: str, item: Object) -> Object:
        """PUT of another subresource."""
        self._need("update", resource, name_of(item), namespace_of(item), sub)
        return await self._client.update_sub(resource, sub, item)

    async def patch(
        self, resource: str, name: str, namespace: str, body: Any, sub: str = ""
    ) -> Object:
        """A JSON merge patch."""
        self._need("patch", resource, name, namespace, sub)
        return await self._client.patch(resource, name, namespace, body, sub)

    async def delete(
        self, resource: str, name: str, namespace: str = "", *, uid: str = "",
        propagation: str = "", grace: int | None = None,
    ) -> None:  # fmt: skip
        """DELETE; 404 is not raised."""
        self._need("delete", resource, name, namespace)
        await self._client.delete(
            resource, name, namespace, uid=uid, propagation=propagation, grace=grace
        )

    async def create_sub(
        self, resource: str, name: str, namespace: str, sub: str, body: Object
    ) -> Object:
        """POST to a subresource."""
        self._need("create", resource, name, namespace, sub)
        return await self._client.create_sub(resource, name, namespace, sub, body)

    def event(
        self, about: Object, type: str, reason: str, message: str, *,
        component: str, host: str = "", field_path: str = "", related: Object | None = None,
        action: str = "",
    ) -> None:  # fmt: skip
        """Record an Event; it is lost where the user may not make any."""
        try:
            self._need("create", "events", "", namespace_of(about) or "default")
        except StatusError:
            return
        self._client.event(
            about, type, reason, message, component=component, host=host,
            field_path=field_path, related=related, action=action,
        )  # fmt: skip
