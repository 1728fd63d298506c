"""Who owns which field after a write, and what a dry run shows."""

from __future__ import annotations

from typing import Any

from tests.embedded.cluster_fixture import Http, config_map, running

PODS = "/api/v1/namespaces/default/pods"
POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
       "spec": {"containers": [{"name": "c", "image": "i"}]}}  # fmt: skip
ACCOUNT = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}


async def pod(http: Http) -> Any:
    await http.ask("POST", "/api/v1/namespaces/default/serviceaccounts", ACCOUNT)
    code, found = await http.ask("POST", f"{PODS}?fieldManager=me", POD)
    assert code == 201
    return found


async def test_nobody_owns_what_admission_adds() -> None:
    async with running() as (_, http):
        found = await pod(http)
        assert found["spec"]["tolerations"]
        assert found["spec"]["volumes"]
        (entry,) = found["metadata"]["managedFields"]
        assert "f:containers" in entry["fieldsV1"]["f:spec"]
        assert "f:restartPolicy" in entry["fieldsV1"]["f:spec"]  # a default is the creator's
        assert not {"f:tolerations", "f:volumes", "f:priority"} & entry["fieldsV1"]["f:spec"].keys()


async def test_a_binding_leaves_no_owner_and_no_generation() -> None:
    async with running() as (_, http):
        await pod(http)
        body = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": "p"},
                "target": {"kind": "Node", "name": "n"}}  # fmt: skip
        assert (await http.ask("POST", f"{PODS}/p/binding", body))[0] == 201
        _, found = await http.ask("GET", f"{PODS}/p")
        assert found["spec"]["nodeName"] == "n"
        assert found["metadata"]["generation"] == 1
        assert {e.get("subresource") for e in found["metadata"]["managedFields"]} <= {
            None,
            "status",
        }


async def test_an_apply_that_creates_is_an_apply() -> None:
    async with running() as (_, http):
        path = "/api/v1/namespaces/default/configmaps/a?fieldManager=me"
        code, found = await http.ask(
            "PATCH", path, config_map("a", x="1"), content="application/apply-patch+yaml"
        )
        assert code == 201
        entries = found["metadata"]["managedFields"]
        assert [(e["manager"], e["operation"]) for e in entries] == [("me", "Apply")]


async def test_a_dry_run_shows_its_own_result() -> None:
    async with running() as (_, http):
        path = "/api/v1/namespaces/default/configmaps"
        code, _ = await http.ask("POST", f"{path}?dryRun=All", config_map("a", x="1"))
        assert code == 201
        await http.ask("POST", path, config_map("a", x="1"))
        await http.ask("GET", f"{path}/a")
        merge = "application/merge-patch+json"
        _, shown = await http.ask("PATCH", f"{path}/a?dryRun=All", {"data": {"x": "2"}},
                                  content=merge)  # fmt: skip
        assert shown["data"] == {"x": "2"}
        assert (await http.ask("GET", f"{path}/a"))[1]["data"] == {"x": "1"}


async def test_reading_a_deprecated_kind_warns() -> None:
    async with running() as (_, http):
        url = f"{http.url}/api/v1/namespaces/default/endpoints"
        async with http.session.get(url) as answer:
            assert answer.headers["Warning"] == (
                '299 - "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 '
                'EndpointSlice"'
            )
