"""RBAC's own kinds, escalation, and the ServiceAccount plugin."""

from base64 import b64encode
from typing import Any

import pytest

from breakfix.embedded.admission.base import AdmissionRequest, Operation
from breakfix.embedded.admission.service_account import MOUNT_PATH, ServiceAccount
from breakfix.embedded.auth.escalation import Escalation
from breakfix.embedded.auth.rbac import Rbac
from breakfix.embedded.auth.request_admission import certificate_plugins
from breakfix.embedded.errors import StatusError
from breakfix.embedded.kinds.rbac import STRATEGIES
from breakfix.embedded.kinds.resource import Resource
from breakfix.embedded.objects import Object
from breakfix.embedded.users import LOOPBACK, User
from tests.embedded.auth.test_certificates import request as pem_request
from tests.embedded.auth.world import RBAC, World

BOB = User("bob", ("system:authenticated",))
SUBJECT = {"kind": "User", "name": "bob"}
GET_PODS = {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}
ANY_PODS = {"verbs": ["get", "delete"], "apiGroups": [""], "resources": ["pods"]}


def write(
    plural: str, item: Object, user: User = BOB, *, group: str = RBAC, old: Object | None = None
) -> AdmissionRequest:
    metadata = item.setdefault("metadata", {})
    metadata.setdefault("name", "x")
    resource = Resource(group, "v1", plural, "Kind", "namespace" in metadata)
    operation: Operation = "UPDATE" if old else "CREATE"
    return AdmissionRequest(
        operation, resource, "", metadata.get("namespace", ""), metadata["name"], item, old, user
    )


@pytest.fixture
def world() -> World:
    return World()


def test_strategies_fill_in_groups_and_keep_the_role_of_a_binding() -> None:
    strategy = STRATEGIES[f"rolebindings.{RBAC}"]
    item: Object = {"roleRef": {"kind": "Role", "name": "r"}, "subjects": [dict(SUBJECT)]}
    strategy.default_(item)
    assert item["subjects"][0]["apiGroup"] == item["roleRef"]["apiGroup"] == RBAC
    assert strategy.validate(item) == []
    old = item | {"roleRef": item["roleRef"] | {"name": "other"}}
    shown = [str(e) for e in strategy.validate_update(item, old)]
    assert shown[0].startswith("roleRef: Invalid value: {")
    assert shown[0].endswith(": cannot change roleRef")
    assert strategy.name_error("system:a.b") == []
    assert strategy.name_error("a/b") == ["may not contain '/'"]


@pytest.mark.parametrize(
    ("kind", "item", "words"),
    [
        ("roles", {"rules": [{"verbs": ["get"], "nonResourceURLs": ["/x"]}]},
         'rules[0].nonResourceURLs: Invalid value: ["/x"]: namespaced rules cannot apply to '
         "non-resource URLs"),
        ("roles", {"rules": [{"verbs": ["get"]}]},
         "rules[0].apiGroups: Required value: resource rules must supply at least one api group"),
        ("clusterroles", {"rules": [{"apiGroups": [""], "resources": ["pods"]}]},
         "rules[0].verbs: Required value: verbs must contain at least one value"),
        ("clusterrolebindings", {"roleRef": {"apiGroup": RBAC, "kind": "Role", "name": "r"}},
         'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"'),
        ("clusterrolebindings", {
            "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": "r"},
            "subjects": [{"kind": "ServiceAccount", "name": "a"}]},
         "subjects[0].namespace: Required value"),
        ("rolebindings", {
            "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": "r"},
            "subjects": [{"kind": "Person", "name": "a"}]},
         'subjects[0].kind: Unsupported value: "Person": supported values: '
         '"ServiceAccount", "User", "Group"'),
    ],
)  # fmt: skip
def test_strategies_refuse_in_the_real_words(kind: str, item: Object, words: str) -> None:
    assert words in [str(e) for e in STRATEGIES[f"{kind}.{RBAC}"].validate(item)]


async def refused(world: World, request: AdmissionRequest) -> StatusError | None:
    try:
        await Escalation(Rbac(world)).validate(request)
    except StatusError as error:
        return error
    return None


async def test_nobody_grants_what_they_lack(world: World) -> None:
    world.grant("r", [GET_PODS], SUBJECT)
    assert await refused(world, write("clusterroles", {"rules": [GET_PODS]})) is None
    more = [ANY_PODS, {"verbs": ["get"], "nonResourceURLs": ["/x"]}]
    error = await refused(world, write("clusterroles", {"rules": more}))
    assert error is not None
    assert error.message == (
        f'clusterroles.{RBAC} "x" is forbidden: user "bob" (groups=["system:authenticated"]) is '
        "attempting to grant RBAC permissions not currently held:\n"
        '{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}\n'
        '{NonResourceURLs:["/x"], Verbs:["get"]}'
    )
    assert await refused(world, write("clusterroles", {"rules": more}, LOOPBACK)) is None


async def test_a_binding_gives_only_what_the_binder_has_or_may_bind(world: World) -> None:
    world.named("clusterroles." + RBAC, "strong", rules=[ANY_PODS])
    reference = {"apiGroup": RBAC, "kind": "ClusterRole", "name": "strong"}
    asked = write("clusterrolebindings", {"roleRef": reference})
    error = await refused(world, asked)
    assert error is not None
    assert 'Verbs:["get" "delete"]' in error.message
    bind = {"verbs": ["bind"], "apiGroups": [RBAC], "resources": ["clusterroles"],
            "resourceNames": ["strong"]}  # fmt: skip
    world.grant("binder", [bind], SUBJECT)
    assert await refused(world, asked) is None
    error = await refused(world, write("rolebindings", {
        "metadata": {"namespace": "web"},
        "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": "none"}}))  # fmt: skip
    assert error is not None
    assert error.message == f'roles.{RBAC} "none" not found'


async def test_finalizers_are_anybodys(world: World) -> None:
    old = {"metadata": {"name": "x", "finalizers": ["a"]}, "rules": [ANY_PODS]}
    new = {"metadata": {"name": "x"}, "rules": [ANY_PODS]}
    assert await refused(world, write("clusterroles", new, old=old)) is None


async def test_aggregation_needs_everything(world: World) -> None:
    rule = {"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]}
    error = await refused(world, write("clusterroles", {"aggregationRule": rule}))
    assert error is not None
    assert error.message.endswith("must have cluster-admin privileges to use the aggregationRule")


# -- the ServiceAccount plugin -----------------------------------------------------------


def pod(**spec: Any) -> AdmissionRequest:
    item = {
        "metadata": {"name": "p", "namespace": "web"},
        "spec": {"containers": [{"name": "a"}, {"name": "b"}], **spec},
    }
    return write("pods", item, group="")


async def admit(world: World, request: AdmissionRequest) -> Object:
    plugin = ServiceAccount(world, world.clock)
    await plugin.mutate(request)
    await plugin.validate(request)
    assert request.item is not None
    spec: Object = request.item["spec"]
    return spec


async def test_a_pod_gets_the_default_account_and_its_token(world: World) -> None:
    world.named("serviceaccounts", "default", "web", imagePullSecrets=[{"name": "registry"}])
    spec = await admit(world, pod(initContainers=[{"name": "i"}]))
    assert spec["serviceAccountName"] == spec["serviceAccount"] == "default"
    assert spec["imagePullSecrets"] == [{"name": "registry"}]
    (volume,) = spec["volumes"]
    assert volume["name"].startswith("kube-api-access-")
    assert len(volume["name"]) == len("kube-api-access-") + 5
    kinds = [next(iter(s)) for s in volume["projected"]["sources"]]
    assert kinds == ["serviceAccountToken", "configMap", "downwardAPI"]
    for container in (*spec["containers"], *spec["initContainers"]):
        (mount,) = container["volumeMounts"]
        assert mount == {"name": volume["name"], "readOnly": True, "mountPath": MOUNT_PATH}


@pytest.mark.parametrize(
    ("account", "own", "mounted"),
    [(None, None, True), (False, None, False), (False, True, True), (True, False, False)],
)
async def test_the_pods_wish_wins_over_the_accounts(
    world: World, account: bool | None, own: bool | None, mounted: bool
) -> None:
    world.named("serviceaccounts", "app", "web", automountServiceAccountToken=account)
    spec = await admit(world, pod(serviceAccountName="app", automountServiceAccountToken=own))
    assert ("volumes" in spec) is mounted


async def test_an_unknown_account_is_refused(world: World) -> None:
    with pytest.raises(StatusError) as refused:
        await admit(world, pod(serviceAccountName="none"))
    assert refused.value.message == (
        'pods "p" is forbidden: error looking up service account web/none: serviceaccount "none" '
        "not found"
    )


async def test_the_default_account_of_a_new_namespace_is_waited_for(world: World) -> None:
    import asyncio

    waiting = asyncio.create_task(admit(world, pod()))
    await world.clock.advance(0.3)
    world.named("serviceaccounts", "default", "web")
    await world.clock.advance(0.2)
    assert (await waiting)["serviceAccountName"] == "default"


async def test_an_account_may_limit_its_secrets(world: World) -> None:
    account = world.named("serviceaccounts", "app", "web", secrets=[{"name": "ok"}])
    account["metadata"]["annotations"] = {"kubernetes.io/enforce-mountable-secrets": "true"}
    spec = {"serviceAccountName": "app", "volumes": [{"name": "v", "secret": {"secretName": "no"}}]}
    with pytest.raises(StatusError) as refused:
        await admit(world, pod(**spec))
    assert refused.value.message.endswith(
        'volume with secret.secretName="no" is not allowed because service account app does not '
        "reference that secret"
    )


# -- certificates ------------------------------------------------------------------------


def asked(signer: str, pem: bytes = b"", **status: Any) -> Object:
    spec = {"signerName": signer, "request": b64encode(pem).decode(), "username": "liar"}
    return {"metadata": {"name": "c"}, "spec": spec, "status": status}


async def certificate(
    world: World, item: Object, old: Object | None = None, sub: str = ""
) -> StatusError | None:
    request = write("certificatesigningrequests", item, group="certificates.k8s.io", old=old)
    request.subresource = sub
    try:
        for plugin in certificate_plugins(Rbac(world).decide):
            await plugin.mutate(request)
            await plugin.validate(request)
    except StatusError as error:
        return error
    return None


async def test_a_request_says_who_made_it(world: World) -> None:
    item = asked("example.com/x")
    assert await certificate(world, item) is None
    assert (item["spec"]["username"], item["spec"]["groups"]) == ("bob", ["system:authenticated"])


async def test_nobody_asks_for_masters(world: World) -> None:
    item = asked("kubernetes.io/kube-apiserver-client", pem_request("a", ("system:masters",)))
    error = await certificate(world, item)
    assert error is not None
    assert error.message.endswith(
        "use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed"
    )


@pytest.mark.parametrize(("sub", "verb"), [("approval", "approve"), ("status", "sign")])
async def test_approving_and_signing_need_the_signers_verb(
    world: World, sub: str, verb: str
) -> None:
    old, new = asked("example.com/x"), asked("example.com/x", certificate="YQ==")
    error = await certificate(world, new, old, sub)
    assert error is not None
    assert error.message.endswith(
        f'user not permitted to {verb} requests with signerName "example.com/x"'
    )
    rule = {"verbs": [verb], "apiGroups": ["certificates.k8s.io"], "resources": ["signers"],
            "resourceNames": ["example.com/*"]}  # fmt: skip
    world.grant("signer", [rule], SUBJECT)
    assert await certificate(world, new, old, sub) is None
