"""The environment variables that tell a container of Services."""

from __future__ import annotations

from collections.abc import Iterator

from breakfix.embedded.client import Reader
from breakfix.embedded.objects import Object, name_of

MASTER = "kubernetes"  # of the namespace default: always told


def service_variables(reader: Reader, namespace: str, links: bool) -> dict[str, str]:
    """Of the namespace's Services (with enableServiceLinks), and of the API server's."""
    found: dict[str, str] = {}
    master = reader.get("services", MASTER, "default")
    if master is not None and _has_address(master):
        found.update(_variables(master))
    if links:
        for service in reader.list("services", namespace):
            if _has_address(service):
                found.update(_variables(service))
    return found


def _has_address(service: Object) -> bool:
    return service["spec"].get("clusterIP", "") not in ("", "None")


def _upper(name: str) -> str:
    return name.replace("-", "_").upper()


def _variables(service: Object) -> Iterator[tuple[str, str]]:
    prefix, address = _upper(name_of(service)), service["spec"]["clusterIP"]
    ports = service["spec"].get("ports") or []
    yield f"{prefix}_SERVICE_HOST", address
    for number, port in enumerate(ports):
        if number == 0:
            yield f"{prefix}_SERVICE_PORT", str(port["port"])
        if port.get("name"):
            yield f"{prefix}_SERVICE_PORT_{_upper(port['name'])}", str(port["port"])
    yield from _links(prefix, address, ports)


def _links(prefix: str, address: str, ports: list[Object]) -> Iterator[tuple[str, str]]:
    host = f"[{address}]" if ":" in address else address
    for number, port in enumerate(ports):
        protocol = port.get("protocol") or "TCP"
        url = f"{protocol.lower()}://{host}:{port['port']}"
        if number == 0:
            yield f"{prefix}_PORT", url
        each = f"{prefix}_PORT_{port['port']}_{protocol.upper()}"
        yield each, url
        yield f"{each}_PROTO", protocol.lower()
        yield f"{each}_PORT", str(port["port"])
        yield f"{each}_ADDR", address
