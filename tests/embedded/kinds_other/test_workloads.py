from __future__ import annotations

import pytest

from breakfix.embedded.kinds.batch.schedule import problem
from breakfix.embedded.kinds.strategies import strategy_of
from breakfix.embedded.objects import Object, clone
from tests.embedded.kinds_other.samples import (
    created,
    deployment,
    job,
    named,
    pod_template,
    wrong_with,
    wrong_with_change,
)


def stateful_set(**spec: object) -> Object:
    whole = {"selector": {"matchLabels": {"app": "web"}}, "template": pod_template(),
             "serviceName": "web", **spec}  # fmt: skip
    return named("StatefulSet", "apps/v1", spec=whole)


def test_a_deployment_gets_its_defaults() -> None:
    spec = created("deployments.apps", deployment())["spec"]
    assert spec["replicas"] == 1
    assert spec["strategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"},
    }
    assert (spec["revisionHistoryLimit"], spec["progressDeadlineSeconds"]) == (10, 600)
    assert spec["template"]["spec"]["terminationGracePeriodSeconds"] == 30
    assert wrong_with("deployments.apps", deployment()) == []


def test_a_selector_must_match_the_template() -> None:
    found = wrong_with("deployments.apps", deployment(selector={"matchLabels": {"app": "db"}}))
    assert found == [
        'spec.template.metadata.labels: Invalid value: {"app":"web"}: '
        "`selector` does not match template `labels`"
    ]


def test_a_selector_never_changes() -> None:
    new = deployment(selector={"matchLabels": {"app": "db"}})
    new["spec"]["template"]["metadata"]["labels"]["app"] = "db"
    found = wrong_with_change("deployments.apps", deployment(), new)
    assert found == [
        'spec.selector: Invalid value: {"matchLabels":{"app":"db"}}: field is immutable'
    ]


def test_an_annotation_of_a_deployment_counts_as_a_change() -> None:
    old, new = created("deployments.apps", deployment()), created("deployments.apps", deployment())
    old["metadata"]["generation"] = new["metadata"]["generation"] = 3
    new["metadata"]["annotations"] = {"kubernetes.io/change-cause": "why"}
    strategy_of("deployments.apps").prepare_update(new, old)
    assert new["metadata"]["generation"] == 4


def test_recreate_takes_no_rolling_update() -> None:
    strategy = {"type": "Recreate", "rollingUpdate": {"maxSurge": 1}}
    assert wrong_with("deployments.apps", deployment(strategy=strategy)) == [
        "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is "
        "'Recreate'"
    ]


@pytest.mark.parametrize("percent", ["101%", "x%"])
def test_percentages_are_checked(percent: str) -> None:
    strategy = {"rollingUpdate": {"maxUnavailable": percent}}
    assert len(wrong_with("deployments.apps", deployment(strategy=strategy))) == 1


def test_a_stateful_set_changes_only_in_some_fields() -> None:
    scaled = stateful_set(replicas=3)
    moved = stateful_set(serviceName="other")
    assert wrong_with_change("statefulsets.apps", stateful_set(), scaled) == []
    assert wrong_with_change("statefulsets.apps", stateful_set(), moved) == [
        "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', "
        "'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', "
        "'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
    ]


def test_a_claim_template_is_completed_and_gives_a_volume() -> None:
    mounts = [{"name": "data", "mountPath": "/data"}]
    claim = {
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    item = stateful_set(volumeClaimTemplates=[claim])
    item["spec"]["template"]["spec"]["containers"][0]["volumeMounts"] = mounts
    assert wrong_with("statefulsets.apps", item) == []
    made = created("statefulsets.apps", item)["spec"]["volumeClaimTemplates"][0]
    assert made["status"] == {"phase": "Pending"}
    assert made["spec"]["volumeMode"] == "Filesystem"


def test_a_daemon_set_counts_its_templates() -> None:
    item = named("DaemonSet", "apps/v1", spec=clone(deployment()["spec"]))
    old = created("daemonsets.apps", item)
    new = clone(old)
    new["metadata"].pop("annotations")
    new["spec"]["template"]["spec"]["containers"][0]["image"] = "nginx:2"
    strategy_of("daemonsets.apps").prepare_update(new, old)
    assert new["metadata"]["annotations"] == {"deprecated.daemonset.template.generation": "2"}


def test_a_job_selects_its_own_pods() -> None:
    item = created("jobs.batch", job())
    assert item["spec"]["selector"] == {
        "matchLabels": {"batch.kubernetes.io/controller-uid": "u-1"}
    }
    labels = item["spec"]["template"]["metadata"]["labels"]
    assert (labels["job-name"], labels["controller-uid"]) == ("web", "u-1")
    assert item["metadata"]["labels"] == {"app": "web"}
    assert wrong_with("jobs.batch", job()) == []


def test_a_job_must_say_how_its_pods_restart() -> None:
    assert wrong_with("jobs.batch", job(template=pod_template())) == [
        'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'
    ]


def test_the_template_of_a_started_job_is_fixed() -> None:
    old = created("jobs.batch", job())
    new = clone(old)
    new["spec"]["template"]["spec"]["nodeSelector"] = {"disk": "ssd"}
    strategy = strategy_of("jobs.batch")
    found = strategy.validate_update(new, old)
    assert [e.field for e in found] == ["spec.template"]
    assert found[0].detail == "field is immutable"
    old["spec"]["suspend"] = new["spec"]["suspend"] = True
    assert strategy.validate_update(new, old) == []


def test_a_finished_job_stays_finished() -> None:
    strategy, old = strategy_of("jobs.batch"), created("jobs.batch", job())
    old["status"] = {
        "startTime": "2026-01-01T00:00:00Z", "completionTime": "2026-01-01T00:01:00Z",
        "succeeded": 1,
        "conditions": [{"type": t, "status": "True"} for t in ("SuccessCriteriaMet", "Complete")],
    }  # fmt: skip
    new = {**old, "status": {**old["status"], "succeeded": 0, "conditions": []}}
    found = {str(e) for e in strategy.validate_status_update(new, old)}
    assert "status.succeeded: Invalid value: 0: cannot decrease the succeeded counter" in found
    assert (
        "status.conditions: Invalid value: cannot disable the terminal Complete=True condition"
        in found
    )
    fresh = {**old, "status": {"startTime": "2026-01-01T00:00:00Z", "active": 1}}
    assert strategy.validate_status_update(old, fresh) == []


@pytest.mark.parametrize(("schedule", "why"), [
    ("*/5 * * * *", ""),
    ("@hourly", ""),
    ("0 0 * jan-mar MON", ""),
    ("* * *", "expected exactly 5 fields, found 3: [* * *]"),
    ("61 * * * *", "end of range (61) above maximum (59): 61"),
    ("x * * * *", 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'),
    ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
    ("5-1 * * * *", "beginning of range (5) beyond end of range (1): 5-1"),
    ("@often", "unrecognized descriptor: @often"),
])  # fmt: skip
def test_schedules(schedule: str, why: str) -> None:
    assert problem(schedule) == why


def test_a_cron_job_of_a_good_schedule() -> None:
    spec = {"schedule": "* * * * *", "jobTemplate": {"spec": job()["spec"]}}
    item = named("CronJob", "batch/v1", spec=spec)
    assert wrong_with("cronjobs.batch", item) == []
    spec["timeZone"] = "Mars/Olympus"
    assert wrong_with("cronjobs.batch", item) == [
        'spec.timeZone: Invalid value: "Mars/Olympus": unknown time zone Mars/Olympus'
    ]
