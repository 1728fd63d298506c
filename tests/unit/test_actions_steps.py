"""The steps of a fault or a repair: what each does, and what it says where it cannot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from breakfix.actions.context import StepError
from breakfix.actions.edit import edited_text, path_of
from breakfix.actions.runner import carry_out
from breakfix.clusters.api import ApiError, ExecResult
from breakfix.errors import ClusterError
from breakfix.scenario.steps_spec import Edit, Step
from tests.unit.check_questions import Asked
from tests.unit.check_questions import shop as make_shop

FRONT = {"kind": "ConfigMap", "name": "front"}
DEPLOYMENT = {"kind": "Deployment", "name": "front"}


@pytest.fixture
async def shop(tmp_path: Path) -> Asked:
    return await make_shop(tmp_path)


async def do(shop: Asked, *steps: dict[str, Any]) -> None:
    await carry_out([Step.model_validate(s) for s in steps], shop.context)


async def refused(shop: Asked, *steps: dict[str, Any]) -> StepError:
    with pytest.raises(StepError) as caught:
        await do(shop, *steps)
    return caught.value


def data(shop: Asked) -> dict[str, str]:
    found: dict[str, str] = shop.fake.has("ConfigMap", "front", "shop")["data"]
    return found


# -- apply ------------------------------------------------------------------------------


async def test_apply_makes_objects_in_the_scenarios_namespace(shop: Asked) -> None:
    item = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "new"}}
    await do(shop, {"apply": [item]})
    assert shop.fake.get("ConfigMap", "new", "shop") is not None


async def test_apply_leaves_a_namespace_that_is_given_and_cluster_wide_kinds(shop: Asked) -> None:
    there = {"name": "new", "namespace": "default"}
    await do(
        shop,
        {"apply": [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": there}]},
        {"apply": [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "space"}}]},
    )
    assert shop.fake.get("ConfigMap", "new", "default") is not None
    assert shop.fake.get("Namespace", "space") is not None


async def test_apply_takes_a_file_beside_the_scenario(shop: Asked) -> None:
    await do(shop, {"apply": "deny.yaml"})
    assert shop.fake.get("NetworkPolicy", "deny", "shop") is not None


async def test_apply_looks_like_kubectls(shop: Asked) -> None:
    """A learner's own `kubectl apply` of a corrected file then removes what it left out."""
    item = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "new"}, "data": {}}
    await do(shop, {"apply": [item]})
    notes = shop.fake.has("ConfigMap", "new", "shop")["metadata"]["annotations"]
    last = json.loads(notes["kubectl.kubernetes.io/last-applied-configuration"])
    assert last == item | {"metadata": {"name": "new", "namespace": "shop"}}


# -- patch ------------------------------------------------------------------------------


async def test_a_merge_patch_changes_and_removes(shop: Asked) -> None:
    body = {"data": {"UPSTREAM": None, "NEW": "1"}}
    await do(shop, {"patch": {"object": FRONT, "merge": body}})
    assert data(shop) == {"NEW": "1"}


async def test_a_json_patch_goes_to_one_place(shop: Asked) -> None:
    operations = [{"op": "replace", "path": "/data/UPSTREAM", "value": "nowhere"}]
    await do(shop, {"patch": {"object": FRONT, "json": operations}})
    assert data(shop) == {"UPSTREAM": "nowhere"}


async def test_a_strategic_patch_finds_a_container_by_its_name(shop: Asked) -> None:
    body = {"spec": {"template": {"spec": {"containers": [{"name": "front", "image": "new"}]}}}}
    await do(shop, {"patch": {"object": DEPLOYMENT, "strategic": body}})
    (container,) = shop.fake.has("Deployment", "front", "shop")["spec"]["template"]["spec"][
        "containers"
    ]
    assert container["image"] == "new"
    assert container["envFrom"]


async def test_a_patch_that_does_not_fit_says_which_step(shop: Asked) -> None:
    operations = [{"op": "remove", "path": "/data/NOTHING"}]
    error = await refused(shop, {"patch": {"object": FRONT, "json": operations}})
    assert error.message.startswith("step 1 (patch): the server rejected our request")


# -- edit -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "after"),
    [
        ({"insertAfter": "one\n", "text": "more\n"}, "one\nmore\ntwo\none\n"),
        ({"insertBefore": "two", "text": "more\n"}, "one\nmore\ntwo\none\n"),
        ({"remove": r"(?m)^t.*\n"}, "one\none\n"),
        ({"replace": "one", "with": "1"}, "1\ntwo\n1\n"),
        ({"replace": "two\n", "with": ""}, "one\none\n"),
        ({"replace": "nothing", "with": "x"}, "one\ntwo\none\n"),
    ],
    ids=["after", "before", "remove", "replace", "replace with nothing", "not found"],
)
def test_the_four_ways_to_edit(how: dict[str, str], after: str) -> None:
    change = Edit.model_validate({"object": FRONT, "field": "data.x", **how})
    assert edited_text("one\ntwo\none\n", change) == after


async def test_an_edit_changes_one_field(shop: Asked) -> None:
    where = {"object": FRONT, "field": "data.UPSTREAM"}
    await do(shop, {"edit": where | {"replace": "catalog", "with": "nowhere"}})
    assert data(shop) == {"UPSTREAM": "nowhere"}


async def test_an_edit_of_another_namespace(shop: Asked) -> None:
    corefile = {"kind": "ConfigMap", "name": "coredns", "namespace": "kube-system"}
    change = {"object": corefile, "field": "data.Corefile", "insertAfter": "ready", "text": "\nx"}
    await do(shop, {"edit": change})
    assert shop.fake.has("ConfigMap", "coredns", "kube-system")["data"] == {"Corefile": "ready\nx"}


@pytest.mark.parametrize(
    ("field", "keys"),
    [
        ("data.a", ["data", "a"]),
        ("data.nginx.conf", ["data", "nginx.conf"]),
        ("data.nginx.conf.old", ["data", "nginx.conf.old"]),
        ("metadata.labels.app.kubernetes.io/name",
         ["metadata", "labels", "app.kubernetes.io/name"]),
    ],
)  # fmt: skip
def test_keys_with_dots_are_found_the_longest_first(field: str, keys: list[str]) -> None:
    labels = {"app.kubernetes.io/name": "x"}
    texts = {"a": "1", "nginx": {"conf": "no"}, "nginx.conf": "2", "nginx.conf.old": "3"}
    assert path_of({"data": texts, "metadata": {"labels": labels}}, field) == keys


async def test_an_edit_of_a_key_with_dots(shop: Asked) -> None:
    await do(shop, {"patch": {"object": FRONT, "merge": {"data": {"nginx.conf": "listen 80"}}}})
    change = {"object": FRONT, "field": "data.nginx.conf", "replace": "80", "with": "81"}
    await do(shop, {"edit": change})
    assert data(shop) == {"UPSTREAM": "catalog", "nginx.conf": "listen 81"}


@pytest.mark.parametrize(
    ("field", "replace", "message"),
    [
        ("data.NOTHING", "x", "step 1 (edit): there is no field 'data.NOTHING'"),
        ("data", "x", "step 1 (edit): ConfigMap front: data is not text"),
        ("data.UPSTREAM", "back",
         "step 1 (edit): ConfigMap front: nothing in data.UPSTREAM matches what is to be edited"),
    ],
)  # fmt: skip
async def test_an_edit_whose_place_is_not_found_is_an_error(
    shop: Asked, field: str, replace: str, message: str
) -> None:
    change = {"object": FRONT, "field": field, "replace": replace, "with": "y"}
    assert (await refused(shop, {"edit": change})).message == message


async def test_a_missing_field_tells_what_there_is(shop: Asked) -> None:
    change = {"object": FRONT, "field": "data.NOTHING", "replace": "x", "with": "y"}
    assert (await refused(shop, {"edit": change})).hint == "Here are: UPSTREAM"


# -- delete -----------------------------------------------------------------------------


async def test_delete_takes_an_object_away(shop: Asked) -> None:
    await do(shop, {"delete": DEPLOYMENT})
    assert shop.fake.get("Deployment", "front", "shop") is None
    assert len(shop.fake.all("Pod", "shop")) == 1


async def test_delete_may_leave_what_belongs_to_it(shop: Asked) -> None:
    await do(shop, {"delete": DEPLOYMENT | {"keepDependents": True}})
    assert len(shop.fake.all("Pod", "shop")) == 3


async def test_a_missing_object_may_be_allowed_to_be_missing(shop: Asked) -> None:
    await do(shop, {"delete": {"kind": "Secret", "name": "no", "ifPresent": True}})


async def test_delete_waits_until_it_is_gone(shop: Asked) -> None:
    key = ("ConfigMap", "shop", "front")
    shop.fake.objects[key]["metadata"]["finalizers"] = ["example.com/slow"]

    def finish(method: str, path: str) -> None:
        if shop.world.clock.monotonic() > 3 and key in shop.fake.objects:
            shop.fake.finish(key)

    shop.fake.on_request = finish
    await do(shop, {"delete": FRONT})
    assert key not in shop.fake.objects


async def test_delete_need_not_wait(shop: Asked) -> None:
    key = ("ConfigMap", "shop", "front")
    shop.fake.objects[key]["metadata"]["finalizers"] = ["example.com/never"]
    await do(shop, {"delete": FRONT | {"wait": False}})
    assert shop.world.clock.monotonic() == 0


async def test_what_is_never_gone_is_an_error(shop: Asked) -> None:
    key = ("ConfigMap", "shop", "front")
    shop.fake.objects[key]["metadata"]["finalizers"] = ["example.com/never"]
    error = await refused(shop, {"delete": FRONT})
    assert (
        error.message == "step 1 (delete): ConfigMap front is still there 60 s after its deletion"
    )
    assert "kubectl get configmap front" in error.hint


async def test_a_pod_that_its_controller_makes_again_is_gone(shop: Asked) -> None:
    """The pod of a StatefulSet has its old name again before anybody can look."""
    template = {"metadata": {"labels": {"app": "db"}}, "spec": {"containers": [{"name": "db"}]}}
    meta = {"name": "db", "namespace": "shop"}
    body = {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": meta}
    await shop.fake.api().create(body | {"spec": {"replicas": 1, "template": template}})
    before = shop.fake.has("Pod", "db-0", "shop")["metadata"]["uid"]
    await do(shop, {"delete": {"kind": "Pod", "name": "db-0"}})
    assert shop.fake.has("Pod", "db-0", "shop")["metadata"]["uid"] != before
    assert shop.world.clock.monotonic() == 0


# -- scale, restart, wait ---------------------------------------------------------------


async def test_scale_sets_the_replicas(shop: Asked) -> None:
    await do(shop, {"scale": DEPLOYMENT | {"replicas": 5}})
    assert len(shop.fake.all("Pod", "shop")) == 6


async def test_restart_makes_new_pods(shop: Asked) -> None:
    before = {p["metadata"]["uid"] for p in shop.fake.all("Pod", "shop")}
    await do(shop, {"restart": DEPLOYMENT})
    after = {p["metadata"]["uid"] for p in shop.fake.all("Pod", "shop")}
    assert len(before & after) == 1


async def test_restart_does_not_wait_for_ever_for_a_rollout_that_hangs(shop: Asked) -> None:
    shop.fake.behaviour.is_ready = lambda pod: False
    await do(shop, {"restart": DEPLOYMENT})
    assert shop.world.clock.monotonic() == pytest.approx(20, abs=0.5)


async def test_wait_asks_until_it_is_so(shop: Asked) -> None:
    def answer(container: str, _: list[str]) -> ExecResult:
        good = shop.world.clock.monotonic() > 7
        return ExecResult(0, "HTTP/1.1 200 OK\n" if good else "refused", "")

    shop.answers(answer)
    question = {"http": {"from": "deployment/load", "url": "http://front/"}}
    await do(shop, {"wait": question})
    assert 7 < shop.world.clock.monotonic() < 8


async def test_a_wait_in_vain_says_for_what(shop: Asked) -> None:
    error = await refused(shop, {"wait": {"bound": "nothing", "timeout": "10s"}})
    assert error.message == ("step 1 (wait): waited 10 s in vain for Bound; saw no such claim")


# -- in order ---------------------------------------------------------------------------


async def test_steps_are_done_in_order_until_one_fails(shop: Asked) -> None:
    change = {"patch": {"object": FRONT, "merge": {"data": {"A": "1"}}}}
    missing = {"scale": {"kind": "Deployment", "name": "back", "replicas": 1}}
    never = {"patch": {"object": FRONT, "merge": {"data": {"B": "1"}}}}
    error = await refused(shop, change, missing, never)
    assert error.message == "step 2 (scale): Deployment back does not exist in namespace shop"
    assert data(shop) == {"UPSTREAM": "catalog", "A": "1"}


NOTHING = {"kind": "ConfigMap", "name": "no"}


@pytest.mark.parametrize(
    "step",
    [
        {"patch": {"object": NOTHING, "merge": {}}},
        {"edit": {"object": NOTHING, "field": "data.a", "replace": "a", "with": "b"}},
        {"delete": NOTHING},
        {"scale": NOTHING | {"replicas": 1}},
        {"restart": NOTHING},
    ],
    ids=lambda step: next(iter(step)),
)
async def test_every_step_names_the_object_that_is_missing(
    shop: Asked, step: dict[str, Any]
) -> None:
    error = await refused(shop, step)
    kind = next(iter(step))
    assert error.message == f"step 1 ({kind}): ConfigMap no does not exist in namespace shop"


async def test_a_missing_cluster_wide_object_has_no_namespace(shop: Asked) -> None:
    error = await refused(shop, {"delete": {"kind": "Node", "name": "no"}})
    assert error.message == "step 1 (delete): Node no does not exist"


async def test_an_unknown_kind_is_named_with_its_step(shop: Asked) -> None:
    error = await refused(shop, {"delete": {"kind": "Widget", "name": "no"}})
    assert error.message == "step 1 (delete): this cluster has no kind 'Widget'"


async def test_a_refusal_is_told_with_its_step(shop: Asked) -> None:
    shop.fake.behaviour.admit = lambda item: "no, says the webhook"
    error = await refused(shop, {"scale": DEPLOYMENT | {"replicas": 5}})
    assert error.message == "step 1 (scale): no, says the webhook (fake)"
    assert isinstance(error.__cause__, ApiError)


async def test_a_cluster_that_does_not_answer_is_told_with_its_step_and_hint(shop: Asked) -> None:
    shop.fake.down = True
    with pytest.raises(ClusterError, match=r"step 1 .scale.: .* does not answer") as caught:
        await do(shop, {"scale": DEPLOYMENT | {"replicas": 5}})
    assert caught.value.hint == "Is it up?"
