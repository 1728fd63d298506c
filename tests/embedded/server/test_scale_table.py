"""`kubectl get deployment web --subresource=scale`."""

from __future__ import annotations

from tests.embedded.cluster_fixture import running

URL = "/apis/apps/v1/namespaces/default/deployments"
TABLE = {"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"}


async def test_a_scale_has_columns_of_its_own() -> None:
    labels = {"app": "web"}
    containers = [{"name": "c", "image": "nginx:1.27"}]
    template = {"metadata": {"labels": labels}, "spec": {"containers": containers}}
    item = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
            "spec": {"replicas": 3, "selector": {"matchLabels": labels}, "template": template},
            }  # fmt: skip
    async with running() as (_, http):
        await http.ask("POST", URL, item)
        _, found = await http.ask("GET", f"{URL}/web/scale", headers=TABLE)
        columns = [column["name"] for column in found["columnDefinitions"]]
        assert columns == ["Name", "Desired", "Available", "Age"]
        assert found["rows"][0]["cells"][:2] == ["web", 3]
        assert (await http.ask("GET", f"{URL}/web/scale"))[1]["kind"] == "Scale"
