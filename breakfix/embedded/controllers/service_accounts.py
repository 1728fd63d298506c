"""A ServiceAccount "default" in every namespace, and the tokens in Secrets."""

from __future__ import annotations

from base64 import b64encode

from breakfix.embedded.auth.claims import legacy_claims
from breakfix.embedded.auth.tokens import LEGACY_ISSUER, Tokens
from breakfix.embedded.client import Change, Client
from breakfix.embedded.controllers.base import Controller, Key, itself, itself_alive
from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import Object, annotations_of, clone, namespace_of

TOKEN_TYPE = "kubernetes.io/service-account-token"  # noqa: S105 - the type of a Secret
NAME, UID = "kubernetes.io/service-account.name", "kubernetes.io/service-account.uid"
CONFLICT, NOT_FOUND = 409, 404


def active_namespace(client: Client, name: str) -> bool:
    """Is it there, and not on its way out?"""
    namespace = client.get("namespaces", name)
    if namespace is None or "deletionTimestamp" in namespace["metadata"]:
        return False
    return bool((namespace.get("status") or {}).get("phase", "Active") == "Active")


class ServiceAccounts(Controller):
    """Creates "default" where it is missing."""

    name = "serviceaccount-controller"
    account = "service-account-controller"

    def watch(self) -> None:
        self.on("namespaces", itself_alive)
        self.on("serviceaccounts", _deleted_in)

    async def sync(self, key: Key) -> None:
        namespace = key[1]
        if not active_namespace(self.client, namespace):
            return
        if self.client.get("serviceaccounts", "default", namespace) is None:
            account = {
                "apiVersion": "v1", "kind": "ServiceAccount",
                "metadata": {"name": "default", "namespace": namespace},
            }  # fmt: skip
            await create_in_namespace(self.client, "serviceaccounts", account)


async def create_in_namespace(client: Client, resource: str, item: Object) -> None:
    """Create, unless it is there already or the namespace has gone. Raises StatusError."""
    try:
        await client.create(resource, item)
    except StatusError as error:
        going = any(c.get("reason") == "NamespaceTerminating"
                    for c in error.details.get("causes") or [])  # fmt: skip
        if error.code not in (CONFLICT, NOT_FOUND) and not going:
            raise


def _deleted_in(change: Change) -> list[Key]:
    return [("", namespace_of(change.new))] if change.type == "DELETED" else []


class TokenSecrets(Controller):
    """Fills Secrets of type kubernetes.io/service-account-token, and removes orphans."""

    name = "token-controller"

    def __init__(self, client: Client, tokens: Tokens, ca_pem: bytes) -> None:
        super().__init__(client)
        self.tokens = tokens
        self.ca = b64encode(ca_pem).decode()

    def watch(self) -> None:
        self.on("secrets", _token_secret)
        self.on("serviceaccounts", self._secrets_of)

    def _secrets_of(self, change: Change) -> list[Key]:
        if change.type == "MODIFIED":
            return []
        namespace, name = namespace_of(change.new), change.new["metadata"]["name"]
        return [
            (namespace, s["metadata"]["name"])
            for s in self.client.list("secrets", namespace)
            if s.get("type") == TOKEN_TYPE and annotations_of(s).get(NAME) == name
        ]

    async def sync(self, key: Key) -> None:
        namespace, name = key
        secret = self.client.get("secrets", name, namespace)
        if secret is None or "deletionTimestamp" in secret["metadata"]:
            return
        notes = annotations_of(secret)
        account = self.client.get("serviceaccounts", notes.get(NAME, ""), namespace)
        if (
            account is None
            or notes.get(UID, account["metadata"]["uid"]) != (account["metadata"]["uid"])
        ):
            await self.client.delete("secrets", name, namespace, uid=secret["metadata"]["uid"])
            return
        if (filled := self._filled(secret, account)) is not None:
            await self._store(filled)

    def _filled(self, secret: Object, account: Object) -> Object | None:
        data = secret.get("data") or {}
        if data.get("ca.crt") == self.ca and data.get("namespace") and data.get("token"):
            return None
        filled: Object = clone(secret)
        new = filled["data"] = dict(data)
        new["ca.crt"] = self.ca
        new.setdefault("namespace", b64encode(namespace_of(secret).encode()).decode())
        if not new.get("token"):
            token = self.tokens.sign(legacy_claims(account, secret), LEGACY_ISSUER)
            new["token"] = b64encode(token.encode()).decode()
        filled["metadata"].setdefault("annotations", {})[UID] = account["metadata"]["uid"]
        return filled

    async def _store(self, secret: Object) -> None:
        try:
            await self.client.update("secrets", secret)
        except StatusError as error:  # somebody else was quicker: their change comes to us
            if error.code not in (CONFLICT, NOT_FOUND):
                raise


def _token_secret(change: Change) -> list[Key]:
    if change.type == "DELETED" or change.new.get("type") != TOKEN_TYPE:
        return []
    return itself(change)
