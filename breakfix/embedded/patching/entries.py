"""metav1.ManagedFieldsEntry, read and written."""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

from breakfix.embedded.objects import Object
from breakfix.embedded.patching.nodes import SELF, Node
from breakfix.embedded.patching.shapes import FieldSetError


class Manager(NamedTuple):
    """What tells one entry from another; appliers are the same in every version."""

    name: str
    operation: str
    api_version: str
    subresource: str

    def text(self) -> str:
        """As the API server orders managers by it."""
        told = {
            "manager": self.name, "operation": self.operation, "apiVersion": self.api_version,
            "subresource": self.subresource,
        }  # fmt: skip
        return orjson.dumps({k: v for k, v in told.items() if v}).decode()

    def shown(self) -> str:
        """As a conflict names it."""
        text = orjson.dumps(self.name).decode()
        if self.subresource:
            text += f' with subresource "{self.subresource}"'
        return f"{text} using {self.api_version}" if self.operation == "Update" else text


class Entry(NamedTuple):
    """What a manager owns; `raw` is the entry as it was read, while it is unchanged."""

    fields: Node
    api_version: str
    time: str
    raw: Object | None = None


Managed = dict[Manager, Entry]


def manager_of(entry: Object) -> Manager:
    """The identity of an entry."""
    operation = entry.get("operation", "")
    version = "" if operation == "Apply" else entry.get("apiVersion", "")
    return Manager(entry.get("manager", ""), operation, version, entry.get("subresource", ""))


def decode(entries: list[Object], strict: bool = False) -> Managed:
    """The owners of an object's fields. `strict` for what a client sends: FieldSetError."""
    if strict:
        entries = [_checked(entry, at) for at, entry in enumerate(entries)]
    return {
        manager_of(e): Entry(e.get("fieldsV1") or {}, e.get("apiVersion", ""),
                             e.get("time") or "", e)
        for e in entries
    }  # fmt: skip


def _checked(entry: Any, at: int) -> Object:
    if not isinstance(entry, dict) or entry.get("operation") not in {"Apply", "Update"}:
        raise FieldSetError("operation must be `Apply` or `Update`")
    if not entry.get("apiVersion"):
        raise FieldSetError("apiVersion must not be empty")
    kind = entry.get("fieldsType")
    if not kind:
        raise FieldSetError(f"missing fieldsType in managed fields entry {at}")
    if kind != "FieldsV1":
        raise FieldSetError(f'invalid fieldsType "{kind}" in managed fields entry {at}')
    return entry | {"fieldsV1": _canonical(entry.get("fieldsV1") or {})}


def _canonical(node: Any) -> Node:
    """The same set with path elements written as the server writes them."""
    if not isinstance(node, dict):
        raise FieldSetError("error decoding set")
    found: Node = {}
    for element, inner in node.items():
        if element == SELF:
            found[element] = {}
        elif element[:2] in {"f:", "k:", "v:", "i:"}:
            found[_canonical_element(element)] = _canonical(inner)
        elif element[1:2] != ":":
            raise FieldSetError(f"parsing key as path element: missing colon: {element}")
    return found


def _canonical_element(element: str) -> str:
    kind, text = element[:2], element[2:]
    if kind == "f:":
        return element
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise FieldSetError("parsing key as path element") from error
    return kind + orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def encode(managed: Managed) -> list[Object]:
    """As metadata.managedFields lists them: appliers first, then by time and name."""
    found = [_encoded(manager, entry) for manager, entry in managed.items()]
    if len(found) > 1:
        found.sort(key=_rank)
    return found


def _encoded(manager: Manager, entry: Entry) -> Object:
    if entry.raw is not None:
        return entry.raw
    out: Object = {
        "manager": manager.name, "operation": manager.operation, "apiVersion": entry.api_version,
    }  # fmt: skip
    if entry.time:
        out["time"] = entry.time
    out["fieldsType"] = "FieldsV1"
    out["fieldsV1"] = entry.fields
    if manager.subresource:
        out["subresource"] = manager.subresource
    return out


def _rank(entry: Object) -> tuple[str, str, str, str, str]:
    return (
        entry["operation"], entry.get("time") or "", entry.get("manager", ""),
        entry["apiVersion"], entry.get("subresource", ""),
    )  # fmt: skip
