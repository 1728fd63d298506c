"""object, objects, ready, bound, logs, event, can, admission, unchanged."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from breakfix.checks.runner import ask_all
from breakfix.clusters.api import ApiError
from breakfix.clusters.base import Object
from breakfix.errors import ClusterError
from breakfix.scenario.checks_spec import Check
from tests.unit.check_questions import Asked
from tests.unit.check_questions import shop as make_shop

FRONT = {"kind": "Deployment", "name": "front"}


@pytest.fixture
async def shop(tmp_path: Path) -> Asked:
    return await make_shop(tmp_path)


# -- object, objects --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ref", "cel", "ok", "seen"),
    [
        (FRONT, "object.spec.replicas >= 2", True, "yes (Deployment front)"),
        (FRONT, "object.spec.replicas >= 3", False, "no (Deployment front)"),
        (FRONT | {"apiVersion": "apps/v1"}, "has(object.spec)", True, "yes (Deployment front)"),
        ({"kind": "Deployment", "name": "back"}, "object == null", True, "yes (Deployment back)"),
        ({"kind": "Deployment", "name": "back"}, "object.spec.replicas > 0", False,
         "Deployment back does not exist"),
        ({"kind": "Node", "name": "node"}, "object.metadata.name == 'node'", True,
         "yes (Node node)"),
        ({"kind": "ConfigMap", "name": "coredns", "namespace": "kube-system"},
         "object.data.Corefile.contains('ready')", True, "yes (ConfigMap coredns)"),
    ],
)  # fmt: skip
async def test_an_object_is_judged_by_an_expression(
    shop: Asked, ref: dict[str, Any], cel: str, ok: bool, seen: str
) -> None:
    found = await shop.ask({"object": ref, "cel": cel})
    assert (found.ok, found.expected, found.seen) == (ok, "yes", seen)


async def test_an_expression_that_fails_says_why(shop: Asked) -> None:
    found = await shop.ask({"object": FRONT, "cel": "object.spec.nothing.here == 1"})
    assert not found.ok
    assert "nothing" in found.seen


@pytest.mark.parametrize(
    ("wanted", "cel", "ok", "seen"),
    [
        ({"kind": "Pod", "labels": {"app": "front"}}, "objects.size() == 2", True, "yes (2 Pod)"),
        ({"kind": "Pod", "namespace": "default"}, "objects.size() > 0", False, "no (0 Pod)"),
        ({"kind": "ConfigMap", "namespace": "*"},
         "objects.exists(o, o.metadata.name == 'coredns')", True, "yes (6 ConfigMap)"),
        ({"kind": "NetworkPolicy"}, "objects.all(p, false)", True, "yes (0 NetworkPolicy)"),
    ],
)  # fmt: skip
async def test_a_list_of_objects_is_judged_by_an_expression(
    shop: Asked, wanted: dict[str, Any], cel: str, ok: bool, seen: str
) -> None:
    found = await shop.ask({"objects": wanted, "cel": cel})
    assert (found.ok, found.seen) == (ok, seen)


async def test_an_object_that_may_not_be_read_cannot_be_asked(shop: Asked) -> None:
    def refuse(method: str, path: str) -> None:
        raise ApiError(403, {"message": "deployments is forbidden"}, path)

    await shop.context.api.resources()
    shop.fake.on_request = refuse
    found = await shop.ask({"object": FRONT, "cel": "true"})
    assert (found.ok, found.broken) == (False, True)
    assert "deployments is forbidden" in found.seen


async def test_a_kind_that_the_cluster_has_not_is_an_error(shop: Asked) -> None:
    with pytest.raises(ClusterError, match="no kind 'Widget'"):
        await shop.ask({"object": {"kind": "Widget", "name": "x"}, "cel": "true"})


# -- ready, bound -----------------------------------------------------------------------


async def test_a_workload_is_ready_when_all_its_replicas_are(shop: Asked) -> None:
    found = await shop.ask({"ready": "deployment/front"})
    assert (found.ok, found.seen) == (True, "2 of 2 available, 2 up to date")


async def test_a_workload_whose_pods_crash_is_not_ready(shop: Asked) -> None:
    shop.fake.behaviour.is_ready = lambda pod: False
    await shop.fake.api().patch("Deployment", "front", "shop", {"metadata": {"labels": {"a": "b"}}})
    found = await shop.ask({"ready": "deployment/front"})
    assert (found.ok, found.seen) == (False, "0 of 2 available, 2 up to date")


async def test_a_workload_scaled_to_nothing_is_not_ready(shop: Asked) -> None:
    await shop.fake.api().patch("Deployment", "front", "shop", {"spec": {"replicas": 0}})
    found = await shop.ask({"ready": "deployment/front"})
    assert (found.ok, found.seen) == (False, "scaled to 0")


async def test_a_workload_that_is_not_there_is_not_ready(shop: Asked) -> None:
    found = await shop.ask({"ready": "deployment/back"})
    assert (found.ok, found.seen) == (False, "deployment/back in shop does not exist")


async def test_a_pod_is_ready_by_its_condition(shop: Asked) -> None:
    spec = {"containers": [{"name": "a"}]}
    meta = {"name": "lone", "namespace": "shop"}
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}
    await shop.fake.api().create(body)
    assert (await shop.ask({"ready": "pod/lone"})).ok


async def test_a_job_is_ready_when_it_is_done(shop: Asked) -> None:
    spec: Object = {"template": {"spec": {"containers": []}}}
    meta = {"name": "once", "namespace": "shop"}
    body = {"apiVersion": "batch/v1", "kind": "Job", "metadata": meta, "spec": spec}
    await shop.fake.api().create(body)
    before = await shop.ask({"ready": "job/once"})
    shop.fake.has("Job", "once", "shop")["status"] = {"succeeded": 1}
    after = await shop.ask({"ready": "job/once"})
    assert [(r.ok, r.seen) for r in (before, after)] == [
        (False, "0 of 1 completed"), (True, "1 of 1 completed"),
    ]  # fmt: skip


async def test_a_claim_is_bound_pending_or_not_there(shop: Asked) -> None:
    assert (await shop.ask({"bound": "data"})).ok
    meta = {"name": "wrong", "namespace": "shop"}
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta}
    await shop.fake.api().create(claim | {"spec": {"storageClassName": "fast"}})
    pending = await shop.ask({"bound": "wrong"})
    missing = await shop.ask({"bound": "nothing"})
    assert [(r.ok, r.seen) for r in (pending, missing)] == [
        (False, "Pending"), (False, "no such claim"),
    ]  # fmt: skip


# -- logs -------------------------------------------------------------------------------

LOGS: dict[str, Any] = {"workload": "deployment/load", "contains": "502"}


def log(shop: Asked, *lines: tuple[float, str]) -> None:
    """Lines of so many seconds ago."""
    now = shop.world.clock.now()
    stamped = (
        f"{now - timedelta(seconds=ago):%Y-%m-%dT%H:%M:%S}.123456789Z {text}" for ago, text in lines
    )
    text = "\n".join(stamped) + "\n"
    shop.fake.behaviour.logs = lambda fake, pod: text


@pytest.mark.parametrize(("ago", "ok"), [(1, True), (4, True), (6, False), (3600, False)])
async def test_only_the_newest_lines_of_a_log_count(shop: Asked, ago: float, ok: bool) -> None:
    log(shop, (ago, "GET / -> 502"))
    found = await shop.ask({"logs": LOGS})
    assert found.ok is ok
    assert found.expected == '"502" in the last 5 s'
    assert found.seen == ("GET / -> 502" if ok else "nothing logged in 5 s")


@pytest.mark.parametrize(
    ("lines", "ok", "seen"),
    [
        ([(2, "-> 502"), (1, "-> 200")], False, "-> 502"),
        ([(9, "-> 502"), (1, "-> 200")], True, "-> 200"),
        ([], False, "nothing logged in 5 s"),
    ],
)
async def test_absent_wants_a_log_without_the_words(
    shop: Asked, lines: list[tuple[float, str]], ok: bool, seen: str
) -> None:
    log(shop, *lines)
    found = await shop.ask({"logs": LOGS | {"absent": True}})
    assert (found.ok, found.seen, found.expected) == (ok, seen, 'no "502" in the last 5 s')


async def test_the_newest_line_is_shown_where_none_fits(shop: Asked) -> None:
    log(shop, (2, "starting"), (1, "ready"))
    assert (await shop.ask({"logs": LOGS})).seen == "ready"


async def test_a_line_of_the_kubelets_own_is_no_line_of_the_program(shop: Asked) -> None:
    text = "unable to retrieve container logs for containerd://502\n\n"
    shop.fake.behaviour.logs = lambda fake, pod: text
    found = await shop.ask({"logs": LOGS})
    assert (found.ok, found.seen) == (False, "nothing logged in 5 s")


async def test_an_odd_character_splits_no_line(shop: Asked) -> None:
    log(shop, (1, "a\x0bb\u2028-> 502"))
    assert (await shop.ask({"logs": LOGS})).ok


async def test_a_pod_that_has_not_started_has_logged_nothing(shop: Asked) -> None:
    def refuse(fake: object, pod: Object) -> str:
        raise ApiError(400, {"message": "container is waiting to start"}, "GET log")

    shop.fake.behaviour.logs = refuse
    assert (await shop.ask({"logs": LOGS})).seen == "nothing logged in 5 s"


async def test_logs_of_pods_by_label_in_all_namespaces(shop: Asked) -> None:
    log(shop, (1, "-> 502"))
    labels = {"labels": {"app": "front"}, "contains": "502"}
    assert not (await shop.ask({"logs": labels | {"namespace": "default"}})).ok
    assert (await shop.ask({"logs": labels | {"namespace": "*"}})).ok
    assert (await shop.ask({"logs": labels})).ok


# -- event ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "ok"),
    [
        ({"kind": "Pod", "name": "front-", "reason": "FailedMount"}, True),
        ({"contains": "not found"}, True),
        ({"kind": "Deployment"}, False),
        ({"name": "load-"}, False),
        ({"reason": "Pulled"}, False),
        ({"contains": "forbidden"}, False),
        ({"namespace": "kube-system"}, False),
    ],
)
async def test_an_event_is_found_by_object_reason_and_message(
    shop: Asked, question: dict[str, str], ok: bool
) -> None:
    meta = {"name": "e", "namespace": "shop"}
    event = {"apiVersion": "v1", "kind": "Event", "metadata": meta, "reason": "FailedMount",
             "involvedObject": {"kind": "Pod", "name": "front-1"},
             "message": 'secret "x" not found'}  # fmt: skip
    shop.fake.create(event)
    found = await shop.ask({"event": question})
    assert (found.ok, found.seen) == (ok, 'secret "x" not found' if ok else "no such event")


# -- can, admission ---------------------------------------------------------------------


@pytest.mark.parametrize("answer", [True, False])
@pytest.mark.parametrize("wanted", [True, False])
async def test_can_compares_what_is_allowed(shop: Asked, answer: bool, wanted: bool) -> None:
    shop.fake.behaviour.may = lambda spec: answer
    question = {"serviceAccount": "load", "verb": "get", "resource": "pods", "allowed": wanted}
    found = await shop.ask({"can": question})
    assert found.ok is (answer == wanted)
    assert (found.expected, found.seen) == tuple(
        "allowed" if each else "denied" for each in (wanted, answer)
    )


@pytest.mark.parametrize(
    ("question", "spec"),
    [
        ({"serviceAccount": "load", "verb": "get", "resource": "pods"},
         {"user": "system:serviceaccount:shop:load",
          "groups": ["system:serviceaccounts", "system:serviceaccounts:shop",
                     "system:authenticated"],
          "resourceAttributes": {"verb": "get", "resource": "pods", "namespace": "shop"}}),
        ({"serviceAccount": "other/bot", "verb": "*", "resource": "deployments", "group": "apps",
          "namespace": "*"},
         {"user": "system:serviceaccount:other:bot",
          "groups": ["system:serviceaccounts", "system:serviceaccounts:other",
                     "system:authenticated"],
          "resourceAttributes": {"verb": "*", "resource": "deployments", "group": "apps"}}),
        ({"user": "ann", "groups": ["devs"], "verb": "get", "resource": "pods",
          "subresource": "log", "name": "x", "namespace": "default"},
         {"user": "ann", "groups": ["devs"],
          "resourceAttributes": {"verb": "get", "resource": "pods", "subresource": "log",
                                 "name": "x", "namespace": "default"}}),
    ],
)  # fmt: skip
async def test_can_asks_for_whom_and_what(
    shop: Asked, question: dict[str, Any], spec: dict[str, Any]
) -> None:
    asked: list[Object] = []

    def may(found: Object) -> bool:
        asked.append(found)
        return True

    shop.fake.behaviour.may = may
    await shop.ask({"can": question})
    assert asked == [spec]


POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": {"containers": []}}


@pytest.mark.parametrize(
    ("refusal", "question", "ok", "seen"),
    [
        ("", {"accepted": True}, True, "accepted"),
        ("violates PodSecurity", {"accepted": True}, False, "violates PodSecurity (fake)"),
        ("violates PodSecurity", {"accepted": False}, True, "refused"),
        ("violates PodSecurity", {"accepted": False, "contains": "PodSecurity"}, True, "refused"),
        ("quota", {"accepted": False, "contains": "PodSecurity"}, False, "quota (fake)"),
        ("", {"accepted": False}, False, "accepted"),
    ],
)
async def test_admission_is_what_a_dry_run_says(
    shop: Asked, refusal: str, question: dict[str, Any], ok: bool, seen: str
) -> None:
    shop.fake.behaviour.admit = lambda item: refusal
    found = await shop.ask({"admission": question | {"apply": [POD]}})
    assert (found.ok, found.seen) == (ok, seen)


async def test_admission_makes_nothing(shop: Asked) -> None:
    before = dict(shop.fake.objects)
    await shop.ask({"admission": {"accepted": True, "apply": [POD]}})
    assert shop.fake.objects == before


async def test_admission_asks_in_the_scenarios_namespace(shop: Asked) -> None:
    await shop.ask({"admission": {"accepted": True, "apply": [POD]}})
    assert shop.fake.asked[-1] == "PATCH /api/v1/namespaces/shop/pods/x"


# -- unchanged --------------------------------------------------------------------------

KINDS = {"kinds": ["ConfigMap", "Service"]}


async def remembering(shop: Asked) -> None:
    """The fault changes the front's ConfigMap and brings one of its own."""
    before = await shop.world.snapshot()
    shop.world.set_upstream("nowhere")
    meta = {"name": "brought", "namespace": "shop"}
    shop.fake.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta})
    shop.context = shop.context.knowing(before, await shop.world.snapshot())


async def test_before_the_fault_unchanged_cannot_be_asked(shop: Asked) -> None:
    found = await shop.ask({"unchanged": KINDS})
    assert (found.ok, found.broken) == (False, True)
    assert found.seen == "nothing is remembered of the time before the fault"


async def test_as_the_fault_left_it_is_unchanged(shop: Asked) -> None:
    await remembering(shop)
    found = await shop.ask({"unchanged": KINDS})
    assert (found.ok, found.seen) == (True, "as they were")
    assert found.expected == "ConfigMap, Service in shop as they were"


async def test_as_before_the_fault_is_unchanged_too(shop: Asked) -> None:
    await remembering(shop)
    shop.world.repair()
    await shop.fake.api().delete("ConfigMap", "brought", "shop")
    assert (await shop.ask({"unchanged": KINDS})).ok


@pytest.mark.parametrize("allowed", [False, True])
async def test_changed_new_and_missing_objects_are_named(shop: Asked, allowed: bool) -> None:
    await remembering(shop)
    api = shop.fake.api()
    shop.world.set_upstream("elsewhere")
    await api.delete("Service", "front", "shop")
    meta = {"name": "new", "namespace": "shop"}
    await api.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta})
    found = await shop.ask({"unchanged": KINDS | {"added": allowed}})
    new = [] if allowed else ["ConfigMap/new is new"]
    assert found.seen == "; ".join(["ConfigMap/front was changed", *new, "Service/front is gone"])


async def test_what_is_excepted_may_change(shop: Asked) -> None:
    await remembering(shop)
    shop.world.set_upstream("elsewhere")
    assert (await shop.ask({"unchanged": KINDS | {"except": ["ConfigMap/front"]}})).ok


async def test_unchanged_looks_into_one_namespace_only(shop: Asked) -> None:
    await remembering(shop)
    shop.world.set_upstream("elsewhere")
    assert (await shop.ask({"unchanged": KINDS | {"namespace": "kube-system"}})).ok


# -- many at once -----------------------------------------------------------------------


async def test_results_come_in_the_order_of_the_questions(shop: Asked) -> None:
    names = ["data", "nothing", "data"]
    checks = [Check(name=f"{i}", bound=name) for i, name in enumerate(names)]
    found = await ask_all(checks, shop.context)
    assert [(r.name, r.ok) for r in found] == [("0", True), ("1", False), ("2", True)]
