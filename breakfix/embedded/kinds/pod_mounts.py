"""Validation of where a container sees its volumes."""

from __future__ import annotations

from collections.abc import Mapping

from breakfix.embedded.fields import forbidden, invalid, not_found, not_supported, required
from breakfix.embedded.kinds.checks import Errors, descending
from breakfix.embedded.objects import Object

Volumes = Mapping[str, Object]

_PROPAGATIONS = ("Bidirectional", "HostToContainer", "None")
_RECURSIVE = ("Disabled", "IfPossible", "Enabled")


def validate_mounts(container: Object, volumes: Volumes, path: str) -> Errors:
    """`volumeMounts` of a container."""
    devices = {d.get("name"): d.get("devicePath") for d in container.get("volumeDevices") or ()}
    seen: set[str] = set()
    for i, mount in enumerate(container["volumeMounts"]):
        at, where = f"{path}[{i}]", mount.get("mountPath", "")
        yield from _mounted_volume(mount, volumes, at)
        if not where:
            yield required(f"{at}.mountPath")
        if where in seen:
            yield invalid(f"{at}.mountPath", where, "must be unique")
        seen.add(where)
        if devices:
            yield from _against_devices(mount, devices, at)
        yield from _sub_path(mount, at, path)
        yield from _propagation(mount, container, f"{path}.mountPropagation")
        yield from _recursive(mount, f"{path}.recursiveReadOnly")


def _mounted_volume(mount: Object, volumes: Volumes, path: str) -> Errors:
    name = mount.get("name", "")
    if not name:
        yield required(f"{path}.name")
    if name not in volumes:
        yield not_found(f"{path}.name", name)


def _against_devices(mount: Object, devices: Mapping[str, str], path: str) -> Errors:
    if mount.get("name") in devices:
        yield invalid(f"{path}.name", mount["name"], "must not already exist in volumeDevices")
    if mount.get("mountPath") in devices.values():
        words = "must not already exist as a path in volumeDevices"
        yield invalid(f"{path}.mountPath", mount["mountPath"], words)


def _sub_path(mount: Object, path: str, parent: str) -> Errors:
    if sub_path := mount.get("subPath"):
        yield from descending(f"{parent}.subPath", sub_path)
    if expression := mount.get("subPathExpr"):
        if sub_path:
            words = "subPathExpr and subPath are mutually exclusive"
            yield invalid(f"{path}.subPathExpr", expression, words)
        yield from descending(f"{parent}.subPathExpr", expression)


def _propagation(mount: Object, container: Object, path: str) -> Errors:
    found = mount.get("mountPropagation")
    if found is None:
        return
    if found not in _PROPAGATIONS:
        yield not_supported(path, found, _PROPAGATIONS)
    if found == "Bidirectional" and not (container.get("securityContext") or {}).get("privileged"):
        words = "Bidirectional mount propagation is available only to privileged containers"
        yield forbidden(path, words)


def _recursive(mount: Object, path: str) -> Errors:
    found = mount.get("recursiveReadOnly")
    if found in (None, "Disabled"):
        return
    if found not in _RECURSIVE:
        yield not_supported(path, found, _RECURSIVE)
        return
    if not mount.get("readOnly"):
        yield forbidden(path, "may only be specified when readOnly is true")
    if mount.get("mountPropagation", "None") != "None":
        words = "may only be specified when mountPropagation is None or not specified"
        yield forbidden(path, words)


def validate_devices(container: Object, volumes: Volumes, path: str) -> Errors:
    """`volumeDevices` of a container."""
    mounts = {m.get("name"): m.get("mountPath") for m in container.get("volumeMounts") or ()}
    names: set[str] = set()
    paths: set[str] = set()
    for i, device in enumerate(container["volumeDevices"]):
        at, name, where = f"{path}[{i}]", device.get("name", ""), device.get("devicePath", "")
        yield from _device_name(name, volumes, names, f"{at}.name")
        yield from _device_path(where, paths, f"{at}.devicePath")
        if name in mounts:
            yield invalid(f"{at}.name", name, "must not already exist in volumeMounts")
        if where in mounts.values():
            words = "must not already exist as a path in volumeMounts"
            yield invalid(f"{at}.devicePath", where, words)
        names.add(name)
        paths.add(where)


def _device_name(name: str, volumes: Volumes, seen: set[str], path: str) -> Errors:
    if not name:
        yield required(path)
    if name and name in seen:
        yield invalid(path, name, "must be unique")
    if name not in volumes:
        yield not_found(path, name)
    elif not {"persistentVolumeClaim", "ephemeral"} & volumes[name].keys():
        words = (
            "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode"
        )
        yield invalid(path, name, words)


def _device_path(where: str, seen: set[str], path: str) -> Errors:
    if not where:
        yield required(path)
    if where in seen:
        yield invalid(path, where, "must be unique")
    if ".." in where.split("/"):
        yield invalid(path, where, "can not contain backsteps ('..')")
