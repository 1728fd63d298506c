"""Sources that only PersistentVolumes have."""

from __future__ import annotations

from breakfix.embedded.fields import required
from breakfix.embedded.kinds import names
from breakfix.embedded.kinds.checks import Errors, named, no_backsteps
from breakfix.embedded.kinds.pod_volume_sources import driver_name
from breakfix.embedded.objects import Object

_SECRETS = (
    "controllerPublishSecretRef", "controllerExpandSecretRef", "nodePublishSecretRef",
    "nodeExpandSecretRef",
)  # fmt: skip


def csi(source: Object, path: str) -> Errors:
    """A volume of a CSI driver."""
    yield from driver_name(f"{path}.driver", source.get("driver", ""))
    if not source.get("volumeHandle"):
        yield required(f"{path}.volumeHandle")
    for field in _SECRETS:
        if (secret := source.get(field)) is not None:
            yield from named(f"{path}.{field}.name", secret.get("name"))
            at = f"{path}.{field}.namespace"
            yield from named(at, secret.get("namespace"), names.dns_label)


def local(source: Object, path: str) -> Errors:
    """A disk of one node."""
    where = source.get("path")
    if not where:
        yield required(f"{path}.path")
    else:
        yield from no_backsteps(f"{path}.path", where)
