"""What runc needs itself to start the first process of a container."""

from __future__ import annotations

from breakfix.embedded.machine.runc_words import NOT_STARTED
from breakfix.embedded.machine.types import ContainerError, ContainerSpec

SMALLEST = 4 * 2**20  # bytes
TOO_SMALL = f"{NOT_STARTED}container init was OOM-killed (memory limit too low?): unknown"


def check_limit(spec: ContainerSpec) -> None:
    """Raises ContainerError where nothing can start below the memory limit."""
    found = spec.limits.get("memory")
    if found and found < SMALLEST:
        raise ContainerError("StartError", TOO_SMALL)
