"""Validation of what a volume is made of; shared by pods and PersistentVolumes."""

from __future__ import annotations

import re
from collections.abc import Callable

from breakfix.embedded.fields import forbidden, invalid, not_supported, required, too_long
from breakfix.embedded.kinds import names
from breakfix.embedded.kinds.checks import (
    Errors,
    descending,
    each,
    label,
    local_path,
    mode,
    named,
    no_backsteps,
)
from breakfix.embedded.objects import Object

Check = Callable[[Object, str], Errors]

MORE_THAN_ONE = "may not specify more than 1 volume type"
HOST_PATH_TYPES = (
    "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate",
    "Socket",
)  # fmt: skip
_DRIVER_LIMIT, _MAX_LUN, _MAX_PARTITION = 63, 255, 255
_IQN = re.compile(
    r"iqn\.\d{4}-\d{2}\.[A-Za-z0-9.-]+(:[^,;*&$|\s]+)|eui.[A-Za-z0-9]{16}|naa.[A-Za-z0-9]{32}"
)


def needs(*fields: str) -> Check:
    """A check that these fields are there."""

    def check(source: Object, path: str) -> Errors:
        for field in fields:
            if not source.get(field):
                yield required(f"{path}.{field}")

    return check


def host_path(source: Object, path: str) -> Errors:
    """A path of the node."""
    where = source.get("path", "")
    if not where:
        yield required(f"{path}.path")
        return
    yield from no_backsteps(f"{path}.path", where)
    if (kind := source.get("type") or "") not in HOST_PATH_TYPES:
        yield not_supported(f"{path}.type", kind, HOST_PATH_TYPES)


def git_repo(source: Object, path: str) -> Errors:
    """A clone; the driver is gone, the field is still checked."""
    yield from needs("repository")(source, path)
    yield from descending(f"{path}.directory", source.get("directory", ""))


def disk(field: str) -> Check:
    """A cloud's disk with a partition."""

    def check(source: Object, path: str) -> Errors:
        yield from needs(field)(source, path)
        if not 0 <= (partition := source.get("partition", 0)) <= _MAX_PARTITION:
            yield invalid(f"{path}.partition", partition, "must be between 1 and 255, inclusive")

    return check


def nfs(source: Object, path: str) -> Errors:
    """A directory of an NFS server."""
    yield from needs("server", "path")(source, path)
    if not (where := source.get("path", "")).startswith("/"):
        yield invalid(f"{path}.path", where, "must be an absolute path")


def iscsi(source: Object, path: str) -> Errors:
    """A LUN of an iSCSI target."""
    yield from needs("targetPortal", "iqn")(source, path)
    for field in ("iqn", "initiatorName"):
        if (found := source.get(field)) and not _IQN.fullmatch(found):
            known = found.startswith(("iqn", "eui", "naa"))
            more = "" if known else " starting with iqn, eui, or naa"
            yield invalid(f"{path}.{field.lower()}", found, f"must be valid format{more}")
    if not 0 <= (lun := source.get("lun", 0)) <= _MAX_LUN:
        yield invalid(f"{path}.lun", lun, "must be between 0 and 255, inclusive")
    chap = source.get("chapAuthDiscovery") or source.get("chapAuthSession")
    if chap and source.get("secretRef") is None:
        yield required(f"{path}.secretRef")


def fibre_channel(source: Object, path: str) -> Errors:
    """A Fibre Channel volume."""
    targets, wwids = source.get("targetWWNs"), source.get("wwids")
    if not targets and not wwids:
        words = "must specify either targetWWNs or wwids, but not both"
        yield required(f"{path}.targetWWNs", words)
    if targets and wwids:
        words = "targetWWNs and wwids can not be specified simultaneously"
        yield invalid(f"{path}.targetWWNs", targets, words)
    if targets and source.get("lun") is None:
        yield required(f"{path}.lun", "lun is required if targetWWNs is specified")


def flocker(source: Object, path: str) -> Errors:
    """A Flocker dataset."""
    name, uuid = source.get("datasetName", ""), source.get("datasetUUID")
    if not name and not uuid:
        yield required(path, "one of datasetName and datasetUUID is required")
    if name and uuid:
        words = "datasetName and datasetUUID can not be specified simultaneously"
        yield invalid(path, "resource", words)
    if "/" in name:
        yield invalid(f"{path}.datasetName", name, "must not contain '/'")


def keyed(name_field: str) -> Check:
    """A Secret or a ConfigMap as files."""

    def check(source: Object, path: str) -> Errors:
        yield from needs(name_field)(source, path)
        yield from mode(f"{path}.defaultMode", source.get("defaultMode"))
        for i, item in enumerate(source.get("items") or ()):
            yield from key_to_path(item, f"{path}.items[{i}]")

    return check


def key_to_path(item: Object, path: str) -> Errors:
    """Which key becomes which file."""
    yield from needs("key", "path")(item, path)
    yield from local_path(f"{path}.path", item.get("path", ""))
    yield from mode(f"{path}.mode", item.get("mode"))


def with_secret(field: str) -> Check:
    """A volume that may name a Secret with its credentials."""

    def check(source: Object, path: str) -> Errors:
        yield from needs(field)(source, path)
        secret = source.get("secretRef")
        if secret is not None and not secret.get("name"):
            yield required(f"{path}.secretRef.name")

    return check


def storage_os(source: Object, path: str) -> Errors:
    """A StorageOS volume."""
    yield from named(f"{path}.volumeName", source.get("volumeName"), names.dns_label)
    if namespace := source.get("volumeNamespace"):
        yield from label(f"{path}.volumeNamespace", namespace)


def flex(source: Object, path: str) -> Errors:
    """A FlexVolume."""
    yield from needs("driver")(source, path)
    for key in source.get("options") or ():
        domain = "." + key.partition("/")[0].lower()
        if domain.endswith((".kubernetes.io", ".k8s.io")):
            words = "kubernetes.io and k8s.io namespaces are reserved"
            yield invalid(f"{path}.options[{key}]", key, words)


def driver_name(path: str, name: str) -> Errors:
    """The name of a CSI driver."""
    if not name:
        yield required(path)
    if len(name) > _DRIVER_LIMIT:
        yield too_long(path, _DRIVER_LIMIT)
    yield from each(path, name, names.dns_subdomain(name.lower()))


def csi(source: Object, path: str) -> Errors:
    """An ephemeral CSI volume."""
    yield from driver_name(f"{path}.driver", source.get("driver", ""))
    if (secret := source.get("nodePublishSecretRef")) is not None:
        name = secret.get("name", "")
        if not name:
            yield required(f"{path}.nodePublishSecretRef.name")
        else:
            yield from each(f"{path}.name", name, names.dns_subdomain(name))


def empty_dir(source: Object, path: str) -> Errors:
    """A directory that lives as long as the pod."""
    if str(source.get("sizeLimit", "")).startswith("-"):
        yield forbidden(f"{path}.sizeLimit", "SizeLimit field must be a valid resource quantity")


def azure_disk(source: Object, path: str) -> Errors:
    """An Azure disk."""
    yield from needs("diskName", "diskURI")(source, path)
    for field, known in (
        ("cachingMode", ("None", "ReadOnly", "ReadWrite")),
        ("kind", ("Dedicated", "Managed", "Shared")),
    ):
        if source.get(field) is not None and source[field] not in known:
            yield not_supported(f"{path}.{field}", source[field], known)


# what both pods and PersistentVolumes may use, under the name that the error's path has
COMMON: dict[str, tuple[str, Check]] = {
    "hostPath": ("hostPath", host_path),
    "gcePersistentDisk": ("persistentDisk", disk("pdName")),
    "awsElasticBlockStore": ("awsElasticBlockStore", disk("volumeID")),
    "nfs": ("nfs", nfs),
    "iscsi": ("iscsi", iscsi),
    "glusterfs": ("glusterfs", needs("endpoints", "path")),
    "flocker": ("flocker", flocker),
    "rbd": ("rbd", needs("monitors", "image")),
    "cinder": ("cinder", with_secret("volumeID")),
    "cephfs": ("cephfs", needs("monitors")),
    "quobyte": ("quobyte", needs("registry", "volume")),
    "fc": ("fc", fibre_channel),
    "flexVolume": ("flexVolume", flex),
    "azureFile": ("azureFile", needs("secretName", "shareName")),
    "vsphereVolume": ("vsphereVolume", needs("volumePath")),
    "photonPersistentDisk": ("photonPersistentDisk", needs("pdID")),
    "azureDisk": ("azureDisk", azure_disk),
    "portworxVolume": ("portworxVolume", needs("volumeID")),
    "scaleIO": ("scaleIO", needs("gateway", "system", "volumeName")),
    "storageos": ("storageos", storage_os),
}


def validate_one_source(
    source: Object, path: str, order: tuple[str, ...], checks: dict[str, tuple[str, Check]]
) -> Errors:
    """Exactly one kind of volume, and a good one."""
    found = [kind for kind in source if source[kind] is not None and kind in checks]
    if len(found) > 1:
        found.sort(key=order.index)
    if not found:
        yield required(path, "must specify a volume type")
        return
    shown, check = checks[found[0]]
    yield from check(source[found[0]], f"{path}.{shown}")
    for kind in found[1:]:
        yield forbidden(f"{path}.{_SAID.get(kind, kind)}", MORE_THAN_ONE)


# as the API server spells them where there are two kinds
_SAID = {"downwardAPI": "downwarAPI", "cephfs": "cephFS"}
