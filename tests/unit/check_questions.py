"""A shop on a fake cluster, and questions asked of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from breakfix.checks.context import CheckContext
from breakfix.checks.result import CheckResult
from breakfix.checks.runner import ask
from breakfix.clusters.api import ExecResult
from breakfix.clusters.base import Object
from breakfix.scenario.checks_spec import Check
from tests.game.fake_kubernetes import FakeKubernetes
from tests.game.shop import World

NO_TOOLS = ExecResult(127, "", "")


class Asked:
    """Asks checks; what programs answer is said by the test. Remembers what they ran."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ran: list[tuple[str, list[str]]] = []
        self.context: CheckContext = world.stage().context

    @property
    def fake(self) -> FakeKubernetes:
        return self.world.kubernetes

    def answers(self, answer: ExecResult | Callable[[str, list[str]], ExecResult]) -> None:
        """What a program prints, or does for the container it runs in."""

        def run(fake: FakeKubernetes, pod: Object, command: Sequence[str]) -> ExecResult:
            container, ran = command[-1], list(command[:-1])
            self.ran.append((container, ran))
            return answer(container, ran) if callable(answer) else answer

        self.fake.behaviour.exec = run

    def prints(self, text: str, code: int = 0) -> None:
        self.answers(ExecResult(code, text, ""))

    async def ask(self, question: dict[str, Any], **more: Any) -> CheckResult:
        check = Check.model_validate({"name": "it", **question, **more})
        return await ask(check.name, check, self.context)


async def shop(folder: Path) -> Asked:
    world = World(folder)
    await world.stage().apply_base()
    return Asked(world)
