"""kill -9 at a chosen step: from then on the process can neither write nor ask."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from breakfix.store.history import History
from tests.game.shop import World


class Killed(BaseException):
    """The process is no more."""


class Reaper:
    """Counts a process's steps (writes to the history, changes of the cluster) and kills
    it before the one with the number `at`."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.steps: list[str] = []
        self.dead = False

    def step(self, what: str) -> None:
        self.dead = self.dead or len(self.steps) == self.at
        if self.dead:
            raise Killed(f"before step {self.at}: {what}")
        self.steps.append(what)

    def request(self, method: str, path: str) -> None:
        if self.dead:
            raise Killed("dead already")
        if method != "GET" and "subjectaccessreviews" not in path:
            self.step(f"{method} {path}")


class MortalHistory(History):
    """A history that the dead cannot write."""

    def __init__(self, history: History, reaper: Reaper) -> None:
        super().__init__(history.path)
        self._reaper = reaper

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        self._reaper.step("history")
        with super()._write() as db:
            yield db


@contextmanager
def mortal(world: World, at: int) -> Iterator[Reaper]:
    """Within, the process is killed before step `at`; afterwards there is a new process.
    `reaper.dead` says whether it came to that."""
    reaper = Reaper(at)
    world.history.close()
    world.history = MortalHistory(world.history, reaper)
    world.kubernetes.on_request = reaper.request
    try:
        yield reaper
    except Killed:
        pass
    finally:
        world.kubernetes.on_request = lambda method, path: None
        world.new_process()
