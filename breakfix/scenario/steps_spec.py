"""The steps that change a cluster: for faults, and for the repairs of a proof.

A step is exactly one kind. Steps are Kubernetes API writes and nothing else.
"""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from breakfix.scenario.checks_spec import Duration, Model, Name, ObjectRef, Question

STEP_KINDS = ("apply", "patch", "edit", "delete", "scale", "restart", "wait")


class Patch(Model):
    """A patch: exactly one of merge (RFC 7386), json (RFC 6902) or strategic."""

    object: ObjectRef
    merge: dict[str, Any] | None = None
    json_: Annotated[tuple[dict[str, Any], ...] | None, Field(alias="json")] = None
    strategic: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(p is not None for p in (self.merge, self.json_, self.strategic)) != 1:
            raise ValueError("give exactly one of merge, json or strategic")
        return self


class Edit(Model):
    """A change inside one text field, as a person makes it with `kubectl edit`.

    insertAfter and insertBefore take `text`; remove is a regular expression; replace is
    literal text and takes `with`. A place that is not found is an error.
    """

    object: ObjectRef
    field: Name
    insert_after: Annotated[str, Field(alias="insertAfter")] = ""
    insert_before: Annotated[str, Field(alias="insertBefore")] = ""
    remove: str = ""
    replace: str = ""
    text: str = ""
    with_: Annotated[str | None, Field(alias="with")] = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        ways = [w for w in (self.insert_after, self.insert_before, self.remove, self.replace) if w]
        if len(ways) != 1:
            raise ValueError("give exactly one of insertAfter, insertBefore, remove or replace")
        if bool(self.text) != bool(self.insert_after or self.insert_before):
            raise ValueError("text goes with insertAfter and insertBefore")
        if (self.with_ is not None) != bool(self.replace):
            raise ValueError("with goes with replace")
        return self


class Delete(ObjectRef):
    """Delete an object and wait until it is gone; missing is an error unless ifPresent."""

    if_present: Annotated[bool, Field(alias="ifPresent")] = False
    keep_dependents: Annotated[bool, Field(alias="keepDependents")] = False
    wait: bool = True


class Scale(ObjectRef):
    """Set the number of replicas."""

    replicas: Annotated[int, Field(ge=0)]


class Wait(Question):
    """Wait until a question is answered with yes, at most `timeout`."""

    timeout: Duration = 60.0

    @model_validator(mode="after")
    def _whole(self) -> Self:
        self._must_be_one()
        return self


class Step(Model):
    """One change. `apply` is a file beside the scenario, or objects written in place."""

    apply: str | tuple[dict[str, Any], ...] | None = None
    patch: Patch | None = None
    edit: Edit | None = None
    delete: Delete | None = None
    scale: Scale | None = None
    restart: ObjectRef | None = None
    wait: Wait | None = None

    @property
    def step_kind(self) -> str:
        """Which of STEP_KINDS this is."""
        return next(kind for kind in STEP_KINDS if getattr(self, kind) is not None)

    @model_validator(mode="after")
    def _one(self) -> Self:
        given = [kind for kind in STEP_KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            raise ValueError(f"give exactly one of {', '.join(STEP_KINDS)}; found {found}")
        return self
