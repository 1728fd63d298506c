"""Where a new volume must be reached from."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

from breakfix.embedded.client import Reader
from breakfix.embedded.csi.types import Topology
from breakfix.embedded.objects import Object, annotations_of, labels_of, name_of

CSI_NODES = "csinodes.storage.k8s.io"
SELECTED_NODE = "volume.kubernetes.io/selected-node"


class TopologyError(Exception):
    """No accessibility requirements can be made."""


def driver_on(csi_node: Object | None, driver: str) -> Object | None:
    """What a CSINode says of a driver."""
    drivers = (csi_node or {}).get("spec", {}).get("drivers") or []
    return next((d for d in drivers if d["name"] == driver), None)


def preferred(reader: Reader, driver: str, claim: Object, storage_class: Object) -> list[Topology]:
    """The topologies for a claim's volume, the best first. Raises TopologyError."""
    selected = annotations_of(claim).get(SELECTED_NODE)
    allowed = _allowed(storage_class)
    late = storage_class.get("volumeBindingMode") == "WaitForFirstConsumer"
    if late and selected:
        first = _of_selected(reader, driver, selected)
        if allowed and not any(_within(first, one) for one in allowed):
            shown = f"selected node '\"{selected}\"' topology '{_go(first)}'"
            others = " ".join(_go(a) for a in allowed)
            raise TopologyError(f"{shown} is not in allowed topologies: [{others}]")
        return [first]
    found = list(allowed) or _everywhere(reader, driver)
    if not found:
        raise TopologyError("no available topology found")
    start = zlib.crc32(name_of(claim).encode()) % len(found)
    return found[start:] + found[:start]


def _of_selected(reader: Reader, driver: str, name: str) -> dict[str, str]:
    csi_node, node = reader.get(CSI_NODES, name), reader.get("nodes", name)
    if csi_node is None or node is None:
        raise TopologyError(f'CSINode for selected node "{name}" not found')
    keys = (driver_on(csi_node, driver) or {}).get("topologyKeys") or []
    if not keys:
        raise TopologyError(f"no topology key found on CSINode {name}")
    labels = labels_of(node)
    if any(key not in labels for key in keys):
        text = f"topology labels from selected node {_go(labels)} does not match topology keys"
        raise TopologyError(f"{text} from CSINode [{' '.join(keys)}]")
    return {key: labels[key] for key in keys}


def _everywhere(reader: Reader, driver: str) -> list[Topology]:
    """Of all nodes that have the driver, each once."""
    found: dict[tuple[tuple[str, str], ...], Topology] = {}
    for csi_node in sorted(reader.list(CSI_NODES), key=name_of):
        keys = (driver_on(csi_node, driver) or {}).get("topologyKeys") or []
        node = reader.get("nodes", name_of(csi_node))
        labels = labels_of(node) if node else {}
        if keys and all(key in labels for key in keys):
            topology = {key: labels[key] for key in keys}
            found[tuple(sorted(topology.items()))] = topology
    return list(found.values())


def _allowed(storage_class: Object) -> list[Topology]:
    """Every combination of each of allowedTopologies."""
    found: list[Topology] = []
    for term in storage_class.get("allowedTopologies") or []:
        rows: list[dict[str, str]] = [{}]
        for each in term.get("matchLabelExpressions") or []:
            rows = [row | {each["key"]: value} for row in rows for value in each["values"]]
        found += rows
    return found


def _within(topology: Mapping[str, str], other: Mapping[str, str]) -> bool:
    return all(topology.get(key) == value for key, value in other.items())


def _go(values: Mapping[str, str]) -> str:
    return "map[" + " ".join(f"{k}:{values[k]}" for k in sorted(values)) + "]"
