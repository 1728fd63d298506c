"""The scenario format breakfix.dev/v1 as pydantic models.

docs/scenario-format.md is the prose beside it; `breakfix scenario schema` prints it as
JSON Schema. Everything here is data: no field can name a program of the learner's
machine. Models are frozen; unknown keys are errors.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from breakfix.scenario.checks_spec import Check, Duration, Evidence, Model, Name
from breakfix.scenario.hint_commands import harmless
from breakfix.scenario.steps_spec import Step

API_VERSION = "breakfix.dev/v1"
TRACKS = (
    "dns", "network", "network-policy", "storage", "identity", "pod-security", "policy",
    "config", "workloads", "scheduling", "scaling", "capacity", "upgrades", "observability",
    "delivery", "cost", "recovery", "platform", "ai", "mixed",
)  # fmt: skip
MOST_VALUES = 100_000
ParameterName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")]
EvidenceKind = Literal["events", "describe", "logs", "debug", "yaml", "explanation", "solution"]


class Metadata(Model):
    """Who this scenario is: its name, what it is called, where it belongs."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")]
    title: Name
    tracks: Annotated[tuple[str, ...], Field(min_length=1)]
    difficulty: Annotated[int, Field(ge=1, le=5)]
    objectives: Annotated[tuple[str, ...], Field(min_length=1)]


class Times(Model):
    """How long a practised person takes (par), and when the round ends (limit)."""

    par: Duration
    limit: Duration

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.limit <= self.par:
            raise ValueError("limit must be longer than par")
        return self


class Parameter(Model):
    """A seeded variant: one of a list, or a whole number of a range (both ends in)."""

    one_of: Annotated[tuple[str | int, ...], Field(alias="oneOf")] = ()
    range: tuple[int, int] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if bool(self.one_of) == (self.range is not None):
            raise ValueError("give either oneOf or range")
        if self.range and not 0 <= self.range[1] - self.range[0] < MOST_VALUES:
            raise ValueError(f"range goes from low to high, over at most {MOST_VALUES} numbers")
        return self


class Verify(Model):
    """How a fix is judged: checks hold together for `settle`; `patience` is how long a
    verify waits for them to come good before it says no."""

    settle: Duration = 3.0
    patience: Duration = 8.0


class Symptom(Model):
    """What must be seen before the clock starts."""

    failing: Annotated[tuple[str, ...], Field(min_length=1)]
    passing: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()


class Hint(Model):
    """One rung of the ladder: where to look, what it costs, what is said, what to run."""

    evidence: EvidenceKind
    price: Annotated[int, Field(ge=0, le=100)]
    say: Name
    run: Annotated[str, AfterValidator(harmless)] = ""


class Choice(Model):
    """A question of the diagnosis with its right answer among distractors."""

    is_: Annotated[str, Field(alias="is")]
    among: Annotated[tuple[str, ...], Field(min_length=3)]

    @model_validator(mode="after")
    def _contained(self) -> Self:
        if self.is_ not in self.among:
            raise ValueError(f"'is' ({self.is_!r}) must be one of 'among'")
        return self


class Diagnosis(Model):
    """Which component, and which class of fault."""

    component: Choice
    fault: Choice


class OneCommand(Model):
    """The one command that shows the cause at once, and the words in its answer that do: they
    stand there while it is broken, and not before. Blanks and line ends count as one blank."""

    run: Annotated[str, Field(min_length=1), AfterValidator(harmless)]
    shows: Name


class Debrief(Model):
    """What is said afterwards. Links are names of scenarios/links.yaml."""

    why: Name
    sooner: Name
    one_command: Annotated[OneCommand | None, Field(alias="oneCommand")] = None
    prevent: Name
    on_eks: Annotated[Name, Field(alias="onEks")]
    links: Annotated[tuple[str, ...], Field(min_length=1)]


class Case(Model):
    """A repair tried by the proof: its steps, and for a cheat what must catch it."""

    name: Name
    kind: str = ""
    steps: tuple[Step, ...] = ()
    caught_by: Annotated[tuple[str, ...], Field(alias="caughtBy")] = ()


class Proof(Model):
    """Fixes that must pass and cheats that must fail."""

    fixes: Annotated[tuple[Case, ...], Field(min_length=2)]
    cheats: Annotated[tuple[Case, ...], Field(min_length=4)]

    @property
    def cases(self) -> tuple[Case, ...]:
        """All repairs that are tried, in their order."""
        return (*self.fixes, *self.cheats)


class Spec(Model):
    """The body of a scenario; the order of the fields is the order of a round."""

    brief: Name
    time: Times
    namespace: str = "shop"
    requires: tuple[str, ...] = ()
    parameters: dict[ParameterName, Parameter] = {}
    base: Annotated[tuple[str, ...], Field(min_length=1)]
    baseline: Annotated[tuple[Check, ...], Field(min_length=1)]
    fault: Annotated[tuple[Step, ...], Field(min_length=1)]
    symptom: Symptom
    checks: Annotated[tuple[Check, ...], Field(min_length=1)]
    guards: tuple[Check, ...] = ()
    verify: Verify = Verify()
    hints: Annotated[tuple[Hint, ...], Field(min_length=1)]
    diagnosis: Diagnosis
    debrief: Debrief
    proof: Proof


class Scenario(Model):
    """A whole scenario file."""

    api_version: Annotated[Literal["breakfix.dev/v1"], Field(alias="apiVersion")]
    kind: Literal["Scenario"]
    metadata: Metadata
    spec: Spec
