"""The check kinds of the scenario format: what can be asked of a cluster.

A check is a name and exactly one kind. A *workload* is written `[namespace/]kind/name`,
as in `deployment/load` or `guest/pod/stranger`; without a namespace it is the scenario's.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from breakfix.scenario.quantities import seconds

Name = Annotated[str, Field(min_length=1)]
WORKLOAD_KINDS = "deployment|deploy|statefulset|daemonset|replicaset|job|pod"
WORKLOAD_PATTERN = rf"^([a-z0-9-]+/)?({WORKLOAD_KINDS})/[a-z0-9.-]+$"
Workload = Annotated[str, Field(pattern=WORKLOAD_PATTERN)]
Duration = Annotated[
    float,
    BeforeValidator(seconds),
    Field(gt=0, le=86400, json_schema_extra={"type": ["string", "number"]}),
]


class Model(BaseModel):
    """Frozen, strict about keys, fields by their YAML names."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class ObjectRef(Model):
    """One object of the cluster. apiVersion may be left out where the kind is built in."""

    api_version: Annotated[str, Field(alias="apiVersion")] = ""
    kind: Name
    namespace: str | None = None
    name: Name


class ObjectList(Model):
    """All objects of a kind, in one namespace or in all (`*`), with these labels."""

    api_version: Annotated[str, Field(alias="apiVersion")] = ""
    kind: Name
    namespace: str | None = None
    labels: dict[str, str] = {}


class Http(Model):
    """A request from inside a pod. `expect: no-answer` wants the connection to fail."""

    from_: Annotated[Workload, Field(alias="from")]
    container: str = ""
    url: Name
    status: int = 200
    contains: str = ""
    expect: Literal["answer", "no-answer"] = "answer"
    timeout: Duration = 2.0


class Tcp(Model):
    """A TCP connection from inside a pod to HOST:PORT."""

    from_: Annotated[Workload, Field(alias="from")]
    container: str = ""
    to: Annotated[str, Field(pattern=r"^[^:]+:\d+$")]
    expect: Literal["open", "closed"] = "open"
    timeout: Duration = 2.0


class Dns(Model):
    """A name looked up from inside a pod. `answer` is an address, or
    `clusterIP of service/NAME`; empty means any address."""

    from_: Annotated[Workload, Field(alias="from")]
    container: str = ""
    name: Name
    answer: str = ""
    expect: Literal["answer", "no-answer"] = "answer"


class Admission(Model):
    """A server-side dry run of a manifest that must be accepted or refused."""

    apply: str | tuple[dict[str, Any], ...]
    accepted: bool
    contains: str = ""


class Can(Model):
    """May this ServiceAccount (`namespace/name`) or user do that? (SubjectAccessReview)"""

    service_account: Annotated[str, Field(alias="serviceAccount")] = ""
    user: str = ""
    groups: tuple[str, ...] = ()
    verb: Name
    resource: Name
    group: str = ""
    subresource: str = ""
    namespace: str | None = None
    name: str = ""
    allowed: bool = True

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if bool(self.service_account) == bool(self.user):
            raise ValueError("give either serviceAccount or user")
        return self


class Logs(Model):
    """Lines of the last `since` in a workload's log: `contains` in one of them, or with
    `absent` in none."""

    workload: Workload = ""
    labels: dict[str, str] = {}
    namespace: str | None = None
    container: str = ""
    contains: Name
    since: Duration = 5.0
    absent: bool = False

    @model_validator(mode="after")
    def _source(self) -> Self:
        if bool(self.workload) == bool(self.labels):
            raise ValueError("give either workload or labels")
        return self


class Event(Model):
    """An event about an object: by kind, by the beginning of its name, reason and message."""

    kind: str = ""
    name: str = ""
    namespace: str | None = None
    reason: str = ""
    contains: str = ""


class Unchanged(Model):
    """The objects of these kinds in a namespace are as they were before the fault or as
    the fault left them; none added, none missing. `except` names `Kind/name` to leave out."""

    namespace: str | None = None
    kinds: Annotated[tuple[str, ...], Field(min_length=1)]
    except_: Annotated[tuple[str, ...], Field(alias="except")] = ()
    added: bool = False


KINDS = (
    "http", "tcp", "dns", "object", "objects", "ready", "bound", "admission", "can", "logs",
    "event", "unchanged",
)  # fmt: skip


class Question(Model):
    """Exactly one check kind; `cel` goes with `object` and `objects`."""

    http: Http | None = None
    tcp: Tcp | None = None
    dns: Dns | None = None
    object: ObjectRef | None = None
    objects: ObjectList | None = None
    cel: str = ""
    ready: Workload | None = None
    bound: str | None = None
    admission: Admission | None = None
    can: Can | None = None
    logs: Logs | None = None
    event: Event | None = None
    unchanged: Unchanged | None = None

    @property
    def check_kind(self) -> str:
        """Which of KINDS this is; empty for a `use`."""
        return next((kind for kind in KINDS if getattr(self, kind) is not None), "")

    def _must_be_one(self) -> None:
        given = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            raise ValueError(f"give exactly one of {', '.join(KINDS)}; found {found}")
        if bool(self.cel) != (given[0] in ("object", "objects")):
            raise ValueError("cel belongs to object and objects, and they need it")


class Check(Question):
    """A named question, or `use: NAME` for one that was asked before."""

    name: str = ""
    use: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.use:
            if self.name or self.check_kind:
                raise ValueError("'use' stands alone")
        elif not self.name:
            raise ValueError("a check needs a name (what the learner reads)")
        else:
            self._must_be_one()
        return self


class Evidence(Question):
    """A question without a name: proof that the learner can see the symptom."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        self._must_be_one()
        return self
