"""The columns of each built-in kind's table.

Most are what a real API server was recorded to say. For the others a line is
"Name|Desired:integer": the type is string where nothing is said.
"""

from __future__ import annotations

from functools import cache

from breakfix.embedded.facts import loading
from breakfix.embedded.objects import Object

NAME_WORDS = (
    "Name must be unique within a namespace. Is required when creating resources, although some "
    "resources may allow a client to request the generation of an appropriate name automatically. "
    "Name is primarily intended for creation idempotence and configuration definition. Cannot be "
    "updated. More info: "
    "https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names"
)
CREATED_WORDS = (
    "CreationTimestamp is a timestamp representing the server time when this object was created. "
    "It is not guaranteed to be set in happens-before order across separate operations. Clients "
    "may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the "
    "system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/"
    "devel/sig-architecture/api-conventions.md#metadata"
)
_WORDS = {"Name": NAME_WORDS, "Age": CREATED_WORDS, "Created At": CREATED_WORDS}

# Kinds of versions that a cluster does not serve by default, and Scale: nothing recorded them.
COLUMNS = {
    "mutatingadmissionpolicies.admissionregistration.k8s.io": "Name|Mutations:integer|ParamKind"
    "|Age",
    "mutatingadmissionpolicybindings.admissionregistration.k8s.io": "Name|PolicyName|ParamRef|Age",
    "clustertrustbundles.certificates.k8s.io": "Name|SignerName",
    "podcertificaterequests.certificates.k8s.io": "Name|PodName|ServiceAccountName|NodeName"
    "|SignerName|State",
    "leasecandidates.coordination.k8s.io": "Name|LeaseName|BinaryVersion|EmulationVersion|Age",
    "scale": "Name|Desired:integer|Available:integer|Age",
}
DEFAULT = "Name|Created At:date"


def definition(name: str, type: str = "string", priority: int = 0) -> Object:
    """One metav1.TableColumnDefinition."""
    return {
        "name": name,
        "type": type,
        "format": "name" if name == "Name" else "",
        "description": _WORDS.get(name, ""),
        "priority": priority,
    }


@cache
def _recorded() -> dict[str, list[Object]]:
    """What a real API server said, by group resource."""
    found: dict[str, list[Object]] = {}
    for api_version, resources in loading.tables().items():
        group = api_version.rpartition("/")[0]
        found |= {f"{r}.{group}" if group else r: columns for r, columns in resources.items()}
    return found


@cache
def columns_of(key: str) -> list[Object]:
    """The definitions of a group resource's columns; shared, never change them."""
    if known := _recorded().get(key):
        return known
    found = []
    for column in COLUMNS.get(key, DEFAULT).split("|"):
        name, _, type = column.partition(":")
        found.append(definition(name, type or "string"))
    return found
