"""Warnings about ports that containers of one pod share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from breakfix.embedded.objects import Object


def port_warnings(containers: Sequence[tuple[str, Object]]) -> Iterator[str]:
    """Ports that overlap, then names that are used twice."""
    ports = [
        (f"{path}.ports[{i}]", port)
        for path, container in containers
        for i, port in enumerate(container.get("ports") or ())
    ]
    seen: dict[tuple[int, str], list[tuple[str, Object]]] = {}
    for path, port in ports:
        others = seen.setdefault((port.get("containerPort", 0), port.get("protocol", "")), [])
        for other_path, other in others:
            if word := _clash(port, other):
                yield f"{path}: {word} port definition with {other_path}"
        others.append((path, port))
    yield from _names(ports)


def _clash(port: Object, other: Object) -> str:
    address, number = port.get("hostIP", ""), port.get("hostPort", 0)
    other_address, other_number = other.get("hostIP", ""), other.get("hostPort", 0)
    if (address, number) == (other_address, other_number):
        return "duplicate"
    if not number or not other_number:
        return "overlapping"
    if number == other_number and bool(address) != bool(other_address):
        return "dangerously ambiguous"
    return ""


def _names(ports: Sequence[tuple[str, Object]]) -> Iterator[str]:
    first: dict[str, str] = {}
    for path, port in ports:
        name = port.get("name")
        if not name:
            continue
        if name in first:
            other = first[name]
            yield (
                f'{path}: duplicate port name "{name}" with {other}, services and probes that '
                f"select ports by name will use {other}"
            )
        first.setdefault(name, path)
