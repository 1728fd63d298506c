"""Capabilities are tried out once, remembered, and leave nothing behind."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from breakfix.clock import VirtualClock
from breakfix.clusters.api import ApiError
from breakfix.clusters.base import Capabilities, Object
from breakfix.clusters.capabilities import probe
from breakfix.clusters.consent import adopt
from breakfix.clusters.known import known_capabilities, remember_capabilities
from breakfix.errors import ConsentError
from breakfix.settings import Settings
from tests.unit.clusters_fakes import FakeApi, no_progress

Ask = Callable[..., Awaitable[Capabilities]]
PROBE = "/api/v1/namespaces/breakfix-probe"
STANDARD: Object = {
    "metadata": {
        "name": "standard",
        "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
    },
    "provisioner": "example.com/local",
}


def node(name: str, *taints: str) -> Object:
    info = {"nodeInfo": {"kubeletVersion": "v1.34.4"}}
    spec = {"taints": [{"effect": effect} for effect in taints]}
    return {"metadata": {"name": name}, "status": info, "spec": spec}


def good() -> dict[str, Object]:
    kube_system = "/namespaces/kube-system"
    return {
        "/version": {"gitVersion": "v1.34.4"},
        "/.well-known/openid-configuration": {"issuer": "https://issuer.example"},
        "/api/v1": {"resources": [{"name": "pods"}, {"name": "pods/ephemeralcontainers"}]},
        "/api/v1/nodes": {"items": [node("cp", "NoSchedule"), node("w1")]},
        "/api/v1/persistentvolumes": {"items": []},
        f"/api/v1{kube_system}/configmaps/coredns": {"data": {}},
        f"/api/v1{kube_system}/services/kube-dns": {"spec": {"clusterIP": "10.96.0.10"}},
        f"/apis/apps/v1{kube_system}/deployments/coredns": {"status": {"availableReplicas": 2}},
        "/apis/storage.k8s.io/v1/storageclasses": {"items": [STANDARD]},
    }


class Server(FakeApi):
    """Pods run as soon as they are created; `cuts` whether it enforces a policy."""

    def __init__(self, objects: dict[str, Object], cuts: bool = True, psa: bool = True) -> None:
        super().__init__(objects, run=self._wget)
        self._cuts, self._psa = cuts, psa

    def _wget(self, command: Sequence[str]) -> int:
        return int(self._cuts and any("networkpolicies" in path for path in self.objects))

    def _post(self, path: str, body: Object, dry_run: bool) -> Object:
        if dry_run and self._psa:
            raise ApiError(403, {"message": 'violates PodSecurity "restricted:latest"'}, path)
        if body["kind"] == "Pod":
            body = body | {"status": {"phase": "Running", "podIP": "10.0.0.1"}}
        stored = super()._post(path, body, dry_run)
        if body["kind"] == "Namespace":
            account = f"{path}/{body['metadata']['name']}/serviceaccounts/default"
            self.objects[account] = {"metadata": {}}
        return stored


async def consenting(api: FakeApi) -> FakeApi:
    await adopt(api, "kind:a", "ann@desk", VirtualClock())
    api.asked.clear()
    return api


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    async def run(api: FakeApi, audit: bool = True, force: bool = False) -> Capabilities:
        return await probe(
            api, "kind:a", Settings(tmp_path), no_progress,
            audit=audit, force=force, clock=VirtualClock(),
        )  # fmt: skip

    return run


async def test_a_good_cluster_has_them_all_but_the_third_node(ask: Ask) -> None:
    found = await ask(await consenting(Server(good())))
    assert found.names == {
        "audit", "default-storage", "ephemeral-containers", "kube-system-write",
        "network-policy", "nodes-2", "pod-security", "two-coredns-replicas",
    }  # fmt: skip
    assert found.missing == {"nodes-3": "the cluster has 2 node(s)"}
    assert found.facts == {
        "storageClass": "standard", "storageProvisioner": "example.com/local",
        "nodes": "2", "node": "w1", "nodeNames": "w1,cp",
        "serverVersion": "v1.34.4", "dnsServiceIP": "10.96.0.10", "issuer": "https://issuer.example",
    }  # fmt: skip


async def test_nothing_is_left_behind(ask: Ask) -> None:
    api = await consenting(Server(good()))
    await ask(api)
    assert not [path for path in api.objects if "breakfix-probe" in path]


async def test_a_second_time_costs_two_requests(ask: Ask) -> None:
    api = await consenting(Server(good()))
    first = await ask(api)
    api.asked.clear()
    assert await ask(api) == first
    assert len(api.asked) == 2
    assert api.writes == []


async def test_force_and_another_node_try_anew(ask: Ask) -> None:
    api = await consenting(Server(good()))
    await ask(api)
    api.asked.clear()
    await ask(api, force=True)
    assert f"DELETE {PROBE}" in api.writes
    api.objects["/api/v1/nodes"]["items"].append(node("w2"))
    assert "nodes-3" in (await ask(api)).names


async def test_without_consent_nothing_is_tried(ask: Ask) -> None:
    api = Server(good())
    with pytest.raises(ConsentError):
        await ask(api)
    assert api.writes == []


async def test_a_policy_that_is_not_enforced_is_found_out(ask: Ask) -> None:
    found = await ask(await consenting(Server(good(), cuts=False)))
    assert "did not stop traffic within 15 s" in found.missing["network-policy"]


async def test_pod_security_that_is_off_is_found_out(ask: Ask) -> None:
    found = await ask(await consenting(Server(good(), psa=False)))
    assert "privileged pod is let into" in found.missing["pod-security"]


async def test_what_is_not_there_has_its_reason(ask: Ask) -> None:
    objects = good() | {"/apis/storage.k8s.io/v1/storageclasses": {"items": []}}
    del objects["/apis/apps/v1/namespaces/kube-system/deployments/coredns"]
    del objects["/api/v1"]
    found = await ask(await consenting(Server(objects)), audit=False)
    assert found.missing["default-storage"] == "there is no default StorageClass"
    assert "no Deployment coredns" in found.missing["two-coredns-replicas"]
    assert "no ephemeral containers" in found.missing["ephemeral-containers"]
    assert "no audit log" in found.missing["audit"]


async def test_a_cluster_that_lets_make_no_namespace_keeps_its_other_answers(
    ask: Ask,
) -> None:
    api = await consenting(Server(good()))
    api.refuse = lambda method, path: 403 * ((method, path) == ("POST", "/api/v1/namespaces"))
    found = await ask(api)
    assert "cannot be tried out" in found.missing["network-policy"]
    assert "kube-system-write" in found.names


async def test_a_damaged_memory_is_tried_anew(ask: Ask) -> None:
    api = await consenting(Server(good()))
    first = await ask(api)
    cache = "/api/v1/namespaces/breakfix-system/configmaps/capabilities"
    api.objects[cache]["data"]["names"] = "{"
    assert await ask(api) == first


# -- what was seen last -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "seen"),
    [
        ("kind:a", "kind:a"),
        ("kind", "kind:breakfix"),
        ("embedded", "embedded:breakfix"),
        ("auto", "kind:breakfix"),
        ("auto", "embedded:breakfix"),
    ],
)
def test_what_was_seen_last_is_found_by_the_short_name_too(
    tmp_path: Path, asked: str, seen: str
) -> None:
    found = Capabilities(frozenset({"audit"}), {"cloud": "there is none"})
    remember_capabilities(Settings(data_dir=tmp_path), seen, found)
    assert known_capabilities(Settings(data_dir=tmp_path), asked) == found


def test_auto_is_kind_where_both_are_known(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    kind = Capabilities(frozenset({"audit"}))
    remember_capabilities(settings, "embedded:breakfix", Capabilities())
    remember_capabilities(settings, "kind:breakfix", kind)
    assert known_capabilities(settings, "auto") == kind


@pytest.mark.parametrize("asked", ["auto", "embedded", "context:prod"])
def test_nothing_is_known_of_what_was_never_seen(tmp_path: Path, asked: str) -> None:
    assert known_capabilities(Settings(data_dir=tmp_path), asked) is None
