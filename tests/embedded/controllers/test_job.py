from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from breakfix.embedded.controllers.cronjob import CronJobController
from breakfix.embedded.controllers.cronjob_schedule import Schedule
from breakfix.embedded.controllers.job import JobController
from breakfix.embedded.controllers.job_facts import parse_indexes, show_indexes
from breakfix.embedded.objects import clone, condition
from tests.embedded.controllers.conftest import running
from tests.embedded.controllers.fake_client import FakeClient


def job(**spec: Any) -> Any:
    return {
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": {"name": "sum", "namespace": "default"},
        "spec": {
            "parallelism": 1, "completions": 1, "backoffLimit": 6,
            "selector": {"matchLabels": {"job": "sum"}},
            "template": {
                "metadata": {"labels": {"job": "sum"}},
                "spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]},
            },
        } | spec,
    }  # fmt: skip


async def end(client: FakeClient, phase: str, code: int = 1, **only: str) -> None:
    for pod in client.list("pods"):
        labels = pod["metadata"]["labels"]
        if (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed"):
            continue
        if all(labels.get(f"batch.kubernetes.io/job-completion-{k}") == v for k, v in only.items()):
            await client.set_pod(pod, phase, ready=False)
            status = client.the("pods", pod["metadata"]["name"])["status"]
            state = {"terminated": {"exitCode": 0 if phase == "Succeeded" else code}}
            status["containerStatuses"] = [{"name": "c", "state": state}]
    await client.clock.advance(0.1)


def kinds(client: FakeClient) -> list[str]:
    return [c["type"] for c in client.the("jobs.batch", "sum")["status"]["conditions"]]


async def test_completions(client: FakeClient) -> None:
    async with running(client, JobController(client)):
        await client.create("jobs.batch", job(completions=3, parallelism=2))
        await client.clock.advance(0.1)
        status = client.the("jobs.batch", "sum")["status"]
        assert (status["active"], status["ready"], status["terminating"]) == (2, 0, 0)
        await end(client, "Succeeded")
        assert client.the("jobs.batch", "sum")["status"]["succeeded"] == 2
        await end(client, "Succeeded")
        status = client.the("jobs.batch", "sum")["status"]
        assert kinds(client) == ["SuccessCriteriaMet", "Complete"]
        assert status["succeeded"] == 3
        assert status["uncountedTerminatedPods"] == {}
        assert "active" not in status
        assert status["completionTime"]
        assert client.messages("Completed") == ["Job completed"]
        assert not any(p["metadata"].get("finalizers") for p in client.list("pods"))


async def test_backoff_limit(client: FakeClient) -> None:
    async with running(client, JobController(client)):
        await client.create("jobs.batch", job(backoffLimit=1))
        await client.clock.advance(0.1)
        await end(client, "Failed")
        assert len(client.list("pods")) == 1  # the second waits 10 seconds
        await client.clock.advance(11)
        assert len(client.list("pods")) == 2
        await end(client, "Failed")
        assert kinds(client) == ["FailureTarget", "Failed"]
        failed = condition(client.the("jobs.batch", "sum"), "Failed")
        assert failed is not None
        assert failed["reason"] == "BackoffLimitExceeded"
        assert client.messages("BackoffLimitExceeded") == [
            "Job has reached the specified backoff limit"
        ]
        assert client.the("jobs.batch", "sum")["status"]["failed"] == 2


async def test_indexed_with_limit_per_index(client: FakeClient) -> None:
    async with running(client, JobController(client)):
        await client.create("jobs.batch", job(
            completions=2, parallelism=2, completionMode="Indexed", backoffLimitPerIndex=1,
            backoffLimit=2**31 - 1,
        ))  # fmt: skip
        await client.clock.advance(0.1)
        hosts = sorted(p["spec"]["hostname"] for p in client.list("pods"))
        assert hosts == ["sum-0", "sum-1"]
        await end(client, "Succeeded", index="1")
        await end(client, "Failed", index="0")
        await client.clock.advance(11)
        again = client.list("pods")[-1]["metadata"]["annotations"]
        assert again["batch.kubernetes.io/job-index-failure-count"] == "1"
        await end(client, "Failed", index="0")
        status = client.the("jobs.batch", "sum")["status"]
        assert (status["completedIndexes"], status["failedIndexes"]) == ("1", "0")
        assert client.messages("FailedIndexes") == ["Job has failed indexes"]


async def test_pod_failure_policy(client: FakeClient) -> None:
    rules = [
        {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [42]}},
        {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
    ]
    async with running(client, JobController(client)):
        await client.create("jobs.batch", job(podFailurePolicy={"rules": rules}))
        await client.clock.advance(0.1)
        await end(client, "Failed", 42)
        name = client.list("pods")[0]["metadata"]["name"]
        assert client.messages("PodFailurePolicy") == [
            f"Container c for pod default/{name} failed with exit code 42 matching FailJob rule "
            "at index 0"
        ]


async def test_success_policy(client: FakeClient) -> None:
    async with running(client, JobController(client)):
        await client.create("jobs.batch", job(
            completions=3, parallelism=3, completionMode="Indexed",
            successPolicy={"rules": [{"succeededIndexes": "1"}]},
        ))  # fmt: skip
        await client.clock.advance(0.1)
        await end(client, "Succeeded", index="1")
        done = condition(client.the("jobs.batch", "sum"), "Complete")
        assert done is not None
        assert (done["reason"], done["message"]) == ("SuccessPolicy", "Matched rules at index 0")


async def test_suspend_and_resume(client: FakeClient) -> None:
    async with running(client, JobController(client)):
        await client.create("jobs.batch", job(suspend=True))
        await client.clock.advance(0.1)
        assert kinds(client) == ["Suspended"]
        assert "startTime" not in client.the("jobs.batch", "sum")["status"]
        resumed = clone(client.the("jobs.batch", "sum"))
        resumed["spec"]["suspend"] = False
        await client.update("jobs.batch", resumed)
        await client.clock.advance(0.1)
        assert len(client.list("pods")) == 1
        assert [client.messages(r) for r in ("Suspended", "Resumed")] == [
            ["Job suspended"], ["Job resumed"],
        ]  # fmt: skip


async def test_deadline(client: FakeClient) -> None:
    async with running(client, JobController(client)):
        await client.create("jobs.batch", job(activeDeadlineSeconds=30))
        await client.clock.advance(29)
        assert len(client.list("pods")) == 1
        await client.clock.advance(2)
        assert client.messages("DeadlineExceeded") == [
            "Job was active longer than specified deadline"
        ]
        assert client.list("pods") == []
        assert client.the("jobs.batch", "sum")["status"]["failed"] == 1


def test_indexes() -> None:
    assert show_indexes([5, 0, 1, 2, 8, 7]) == "0-2,5,7,8"
    assert parse_indexes("0-2,5,7,8", 8) == {0, 1, 2, 5, 7}


# -- CronJob -------------------------------------------------------------------------------


def cron(**spec: Any) -> Any:
    template = {"spec": job()["spec"], "metadata": {"labels": {"a": "b"}}}
    return {
        "apiVersion": "batch/v1", "kind": "CronJob",
        "metadata": {"name": "tick", "namespace": "default"},
        "spec": {"schedule": "* * * * *", "jobTemplate": template} | spec,
    }  # fmt: skip


async def test_cronjob_runs_and_forgets(client: FakeClient) -> None:
    async with running(client, CronJobController(client), JobController(client)):
        await client.create("cronjobs.batch", cron(successfulJobsHistoryLimit=2))
        await client.clock.advance(61)
        minutes = int(datetime(2026, 1, 1, 0, 1, tzinfo=UTC).timestamp()) // 60
        assert [j["metadata"]["name"] for j in client.list("jobs.batch")] == [f"tick-{minutes}"]
        status = client.the("cronjobs.batch", "tick")["status"]
        assert status["lastScheduleTime"] == "2026-01-01T00:01:00Z"
        assert len(status["active"]) == 1
        for _ in range(3):
            await end(client, "Succeeded")
            await client.clock.advance(60)
        assert len(client.list("jobs.batch")) == 3  # two done, one running
        assert client.messages("SawCompletedJob")[0] == (
            f"Saw completed job: tick-{minutes}, condition: Complete"
        )
        assert "lastSuccessfulTime" in client.the("cronjobs.batch", "tick")["status"]


@pytest.mark.parametrize(("policy", "jobs"), [("Allow", 2), ("Forbid", 1), ("Replace", 1)])
async def test_concurrency(client: FakeClient, policy: str, jobs: int) -> None:
    async with running(client, CronJobController(client)):
        await client.create("cronjobs.batch", cron(concurrencyPolicy=policy))
        await client.clock.advance(121)
        assert len(client.list("jobs.batch")) == jobs
        assert bool(client.messages("JobAlreadyActive")) == (policy == "Forbid")
        assert bool(client.messages("SuccessfulDelete")) == (policy == "Replace")


async def test_cronjob_words(client: FakeClient) -> None:
    async with running(client, CronJobController(client)):
        await client.create("cronjobs.batch", cron(timeZone="Mars/Base"))
        await client.clock.advance(1)
        assert client.messages("UnknownTimeZone") == [
            'invalid timeZone: "Mars/Base": unknown time zone Mars/Base'
        ]


def test_a_question_mark_is_any_day() -> None:
    now = datetime(2026, 1, 1, 0, 1, tzinfo=UTC)
    assert Schedule("0 12 * * ?", UTC).next(now) == now.replace(hour=12, minute=0)


def test_last_due() -> None:
    schedule = Schedule("*/5 * * * *", UTC)
    start = datetime(2026, 1, 1, 0, 1, tzinfo=UTC)
    assert schedule.last_due(start, start) == (None, 0)
    for hour, minute in ((0, 7), (0, 12), (3, 59), (23, 58)):
        now = datetime(2026, 1, 1, hour, minute, tzinfo=UTC)
        expected = now.replace(minute=minute - minute % 5)
        assert schedule.last_due(start, now)[0] == expected
