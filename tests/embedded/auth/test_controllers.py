import asyncio
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from cryptography import x509

from breakfix.embedded.auth.certificates import Authority
from breakfix.embedded.auth.rbac import Rbac
from breakfix.embedded.auth.requests import RESOURCE
from breakfix.embedded.auth.tokens import Tokens
from breakfix.embedded.client import Client
from breakfix.embedded.controllers.base import Controller
from breakfix.embedded.controllers.certificates import (
    CertificateApproving,
    CertificateCleaner,
    CertificateSigner,
)
from breakfix.embedded.controllers.cluster_role_aggregation import ClusterRoleAggregation
from breakfix.embedded.controllers.root_ca import NAME, RootCa
from breakfix.embedded.controllers.service_accounts import ServiceAccounts, TokenSecrets
from breakfix.embedded.objects import Object, condition
from tests.embedded.auth.test_certificates import request
from tests.embedded.auth.test_tokens import KEY
from tests.embedded.auth.world import RBAC, World


@pytest.fixture
def world() -> World:
    return World()


def client(world: World) -> Client:
    return cast(Client, world)


@asynccontextmanager
async def running(world: World, *controllers: Controller) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(c.run()) for c in controllers]
    await world.clock.quiet()
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_every_namespace_has_its_account_and_the_ca(world: World) -> None:
    world.named("namespaces", "old")
    world.named("namespaces", "going", status={"phase": "Terminating"})
    async with running(world, ServiceAccounts(client(world)), RootCa(client(world), b"CA")):
        world.named("namespaces", "new")
        await world.clock.quiet()
        accounts = {a["metadata"]["namespace"] for a in world.list("serviceaccounts")}
        published = {c["metadata"]["namespace"] for c in world.list("configmaps")}
        assert accounts == published == {"old", "new"}
        world.drop("serviceaccounts", "default", "new")
        world.drop("configmaps", NAME, "new")
        world.named("configmaps", NAME, "old", data={"ca.crt": ""})
        await world.clock.quiet()
        assert world.get("serviceaccounts", "default", "new")
        for namespace in ("old", "new"):
            found = world.get("configmaps", NAME, namespace)
            assert found is not None
            assert found["data"] == {"ca.crt": "CA"}
            assert found["metadata"]["annotations"]["kubernetes.io/description"]


async def test_token_secrets_are_filled_and_die_with_their_account(world: World) -> None:
    tokens = Tokens(KEY, world, world.clock.now)
    world.named("serviceaccounts", "app", "web")
    secret: Object = {
        "metadata": {"name": "s", "namespace": "web",
                     "annotations": {"kubernetes.io/service-account.name": "app"}},
        "type": "kubernetes.io/service-account-token",
    }  # fmt: skip
    world.put("secrets", secret)
    async with running(world, TokenSecrets(client(world), tokens, b"CA")):
        filled = world.get("secrets", "s", "web")
        assert filled is not None
        data = {key: b64decode(value) for key, value in filled["data"].items()}
        assert (data["ca.crt"], data["namespace"]) == (b"CA", b"web")
        found = tokens.authenticate(data["token"].decode())
        assert found is not None
        assert found[0].name == "system:serviceaccount:web:app"
        world.drop("serviceaccounts", "app", "web")
        await world.clock.quiet()
        assert world.get("secrets", "s", "web") is None


async def test_aggregated_roles_follow_their_parts(world: World) -> None:
    rule = {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}
    selector = {"matchLabels": {"to-view": "true"}}
    world.named(
        f"clusterroles.{RBAC}", "view", aggregationRule={"clusterRoleSelectors": [selector]}
    )
    async with running(world, ClusterRoleAggregation(client(world))):
        part: Object = {"metadata": {"name": "p", "labels": {"to-view": "true"}}, "rules": [rule]}
        world.put(f"clusterroles.{RBAC}", part)
        await world.clock.quiet()
        view = world.get(f"clusterroles.{RBAC}", "view")
        assert view is not None
        assert view["rules"] == [rule]
        world.drop(f"clusterroles.{RBAC}", "p")
        await world.clock.quiet()
        view = world.get(f"clusterroles.{RBAC}", "view")
        assert view is not None
        assert view["rules"] == []


def signing_request(world: World, pem: bytes, signer: str, **spec: Any) -> None:
    world.named(RESOURCE, "csr", spec={
        "request": b64encode(pem).decode(), "signerName": f"kubernetes.io/{signer}",
        "usages": ["client auth", "digital signature"], **spec})  # fmt: skip


async def test_approved_requests_are_signed(world: World) -> None:
    authority = Authority.create(world.clock.now())
    signing_request(world, request("jane"), "kube-apiserver-client", expirationSeconds=3600)
    async with running(world, CertificateSigner(client(world), authority)):
        waiting = world.get(RESOURCE, "csr")
        assert waiting is not None
        assert "status" not in waiting
        approved = {"type": "Approved", "status": "True"}
        world.put(RESOURCE, waiting | {"status": {"conditions": [approved]}})
        await world.clock.quiet()
    signed = world.get(RESOURCE, "csr")
    assert signed is not None
    certificate = x509.load_pem_x509_certificate(b64decode(signed["status"]["certificate"]))
    assert certificate.subject.rfc4514_string() == "CN=jane"
    assert (certificate.not_valid_after_utc - world.clock.now()).total_seconds() == 3600


async def test_what_a_signer_does_not_sign_is_marked_failed(world: World) -> None:
    authority = Authority.create(world.clock.now())
    signing_request(world, request("jane"), "kube-apiserver-client", usages=["server auth"])
    item = world.get(RESOURCE, "csr")
    assert item is not None
    item["status"] = {"conditions": [{"type": "Approved", "status": "True"}]}
    async with running(world, CertificateSigner(client(world), authority)):
        pass
    failed = world.get(RESOURCE, "csr")
    assert failed is not None
    assert (condition(failed, "Failed") or {})["reason"] == "SignerValidationFailure"


async def test_a_kubelets_own_request_is_approved(world: World) -> None:
    rule = {"verbs": ["create"], "apiGroups": ["certificates.k8s.io"],
            "resources": ["certificatesigningrequests/selfnodeclient"]}  # fmt: skip
    world.grant("nodes", [rule], {"kind": "Group", "name": "system:nodes"})
    pem = request("system:node:a", ("system:nodes",))
    signer = "kube-apiserver-client-kubelet"
    signing_request(world, pem, signer, username="system:node:a", groups=["system:nodes"])
    async with running(world, CertificateApproving(client(world), Rbac(world).decide)):
        pass
    item = world.get(RESOURCE, "csr")
    assert item is not None
    assert (condition(item, "Approved") or {})["reason"] == "AutoApproved"


async def test_pending_requests_go_after_a_day(world: World) -> None:
    signing_request(world, request("jane"), "kube-apiserver-client")
    async with running(world, CertificateCleaner(client(world))):
        await world.clock.advance(23 * 3600)
        assert world.get(RESOURCE, "csr")
        await world.clock.advance(3 * 3600)
        assert world.get(RESOURCE, "csr") is None
