"""What systemd runs on a node beside the pods: units that can be stopped and started.

`systemctl` and `journalctl` are programs over it; what starting and stopping means is the
owner's (see kubelet/services.py).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from breakfix.embedded.clock import Clock

JOURNAL = 2000  # lines that are kept


@dataclass
class Unit:
    """One service. `start` and `stop` do it; None: it cannot be stopped here."""

    name: str  # "kubelet.service"
    about: str  # its Description
    command: str
    pid: int
    start: Callable[[], Awaitable[None]] | None = None
    stop: Callable[[], Awaitable[None]] | None = None
    active: bool = True
    since: datetime | None = None


@dataclass(frozen=True)
class Line:
    """One of the journal: what systemd said about a unit."""

    at: datetime
    unit: str
    text: str


@dataclass
class Services:
    """The units of one node and their journal. Unit names may lack `.service`."""

    node: str
    clock: Clock
    units: dict[str, Unit] = field(default_factory=dict)
    journal: deque[Line] = field(default_factory=lambda: deque(maxlen=JOURNAL))

    def add(self, unit: Unit) -> None:
        """One that runs from now on."""
        unit.since = self.clock.now()
        self.units[unit.name] = unit
        self._systemd(unit, f"Started {unit.name} - {unit.about}.")

    def named(self, name: str) -> Unit | None:
        """A unit, if there is one of that name."""
        return self.units.get(name if name.endswith(".service") else f"{name}.service")

    async def start(self, unit: Unit) -> None:
        """Nothing where it runs already."""
        if unit.active or unit.start is None:
            return
        unit.active, unit.since, unit.pid = True, self.clock.now(), unit.pid + 1000
        self._systemd(unit, f"Started {unit.name} - {unit.about}.")
        await unit.start()

    async def stop(self, unit: Unit) -> None:
        """Nothing where it has stopped already."""
        if not unit.active or unit.stop is None:
            return
        self._systemd(unit, f"Stopping {unit.name} - {unit.about}...")
        await unit.stop()
        unit.active, unit.since = False, self.clock.now()
        self._systemd(unit, f"{unit.name}: Deactivated successfully.")
        self._systemd(unit, f"Stopped {unit.name} - {unit.about}.")

    def _systemd(self, unit: Unit, text: str) -> None:
        self.journal.append(Line(self.clock.now(), unit.name, text))
