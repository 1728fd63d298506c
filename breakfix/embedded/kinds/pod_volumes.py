"""Validation of a pod's volumes."""

from __future__ import annotations

from breakfix.embedded.fields import FieldError, duplicate, forbidden, invalid, required
from breakfix.embedded.kinds import names
from breakfix.embedded.kinds import pod_volume_sources as sources
from breakfix.embedded.kinds.checks import Errors, each, label, local_path, mode
from breakfix.embedded.kinds.claims import validate_claim_spec
from breakfix.embedded.kinds.metadata import validate_template_meta
from breakfix.embedded.kinds.pod_env import (
    VOLUME_FIELDS,
    validate_field_ref,
    validate_resource_ref,
)
from breakfix.embedded.objects import Object

_LEAST_TOKEN, _MOST_TOKEN = 600, 1 << 32  # seconds
_TWICE = "conflicting duplicate paths"


def validate_volumes(
    volumes: list[Object], path: str, pod_name: str = ""
) -> tuple[dict[str, Object], list[FieldError]]:
    """The good volumes by name, and what is wrong with the others."""
    good: dict[str, Object] = {}
    errors: list[FieldError] = []
    claims = {f"{pod_name}-{v.get('name')}" for v in volumes if pod_name and v.get("ephemeral")}
    for i, volume in enumerate(volumes):
        found = list(_volume(volume, f"{path}[{i}]", pod_name, good))
        errors += found
        if not found:
            good[volume["name"]] = volume
        if claims:
            errors += _other_claim(volume, claims, f"{path}[{i}].persistentVolumeClaim.claimName")
    return good, errors


def _volume(volume: Object, path: str, pod_name: str, seen: dict[str, Object]) -> Errors:
    yield from sources.validate_one_source(volume, path, _ORDER, _CHECKS)
    name = volume.get("name", "")
    if pod_name and name and volume.get("ephemeral"):
        claim = f"{pod_name}-{name}"
        words = (f'PVC name "{claim}": {found}' for found in names.dns_subdomain(claim))
        yield from each(f"{path}.name", name, words)
    if not name:
        yield required(f"{path}.name")
    else:
        yield from label(f"{path}.name", name)
    if name in seen:
        yield duplicate(f"{path}.name", name)


def _other_claim(volume: Object, claims: set[str], path: str) -> Errors:
    name = (volume.get("persistentVolumeClaim") or {}).get("claimName")
    if name in claims:
        words = "must not reference a PVC that gets created for an ephemeral volume"
        yield invalid(path, name, words)


def _downward(source: Object, path: str) -> Errors:
    yield from mode(f"{path}.defaultMode", source.get("defaultMode"))
    for file in source.get("items") or ():
        yield from _file(file, path)


def _file(file: Object, path: str) -> Errors:
    if not file.get("path"):
        yield required(f"{path}.path")
    yield from local_path(f"{path}.path", file.get("path", ""))
    field, resource = file.get("fieldRef"), file.get("resourceFieldRef")
    if field is not None:
        yield from validate_field_ref(field, f"{path}.fieldRef", VOLUME_FIELDS)
        if resource is not None:
            words = "fieldRef and resourceFieldRef can not be specified simultaneously"
            yield invalid(path, "resource", words)
    elif resource is not None:
        yield from validate_resource_ref(resource, f"{path}.resourceFieldRef", volume=True)
    else:
        yield required(path, "one of fieldRef and resourceFieldRef is required")
    yield from mode(f"{path}.mode", file.get("mode"))


def _projected(projected: Object, path: str) -> Errors:
    yield from mode(f"{path}.defaultMode", projected.get("defaultMode"))
    seen: set[str] = set()
    for i, source in enumerate(projected.get("sources") or ()):
        at = f"{path}.sources[{i}]"
        for kind in ("secret", "configMap"):
            if (found := source.get(kind)) is not None:
                yield from _projected_keys(found, f"{at}.{kind}", path, seen)
        if (downward := source.get("downwardAPI")) is not None:
            yield from _projected_files(downward, f"{at}.downwardAPI", path, seen)
        if (token := source.get("serviceAccountToken")) is not None:
            yield from _token(token, f"{at}.serviceAccountToken", path)
        if sum(value is not None for value in source.values()) > 1:
            yield forbidden(at, "may not specify more than 1 volume type per source")


def _projected_keys(source: Object, path: str, volume: str, seen: set[str]) -> Errors:
    name = source.get("name", "")
    if not name:
        yield required(f"{path}.name")
    for i, item in enumerate(source.get("items") or ()):
        yield from sources.key_to_path(item, f"{path}.items[{i}]")
        yield from _once(item.get("path", ""), name, volume, seen)


def _projected_files(source: Object, path: str, volume: str, seen: set[str]) -> Errors:
    for file in source.get("items") or ():
        yield from _file(file, path)
        yield from _once(file.get("path", ""), file.get("path", ""), volume, seen)


def _once(where: str, shown: str, path: str, seen: set[str]) -> Errors:
    if where and where in seen:
        yield invalid(path, shown, _TWICE)
    seen.add(where)


def _token(token: Object, path: str, volume: str) -> Errors:
    seconds = token.get("expirationSeconds", _LEAST_TOKEN)
    at = f"{path}.expirationSeconds"
    if seconds < _LEAST_TOKEN:
        yield invalid(at, seconds, "may not specify a duration less than 10 minutes")
    if seconds > _MOST_TOKEN:
        yield invalid(at, seconds, "may not specify a duration larger than 2^32 seconds")
    if not token.get("path"):
        yield required(f"{volume}.path")
    else:
        yield from local_path(f"{volume}.path", token["path"])


def _ephemeral(source: Object, path: str) -> Errors:
    template = source.get("volumeClaimTemplate")
    if template is None:
        yield required(f"{path}.volumeClaimTemplate")
    else:
        yield from validate_claim_template(template, f"{path}.volumeClaimTemplate")


def validate_claim_template(template: Object, path: str) -> list[FieldError]:
    """What is wrong with a PersistentVolumeClaimTemplate."""
    errors = validate_template_meta(template.get("metadata"), f"{path}.metadata")
    return errors + validate_claim_spec(template.get("spec") or {}, f"{path}.spec")


def _image(source: Object, path: str) -> Errors:
    yield from sources.needs("reference")(source, path)


_CHECKS: dict[str, tuple[str, sources.Check]] = sources.COMMON | {
    "emptyDir": ("emptyDir", sources.empty_dir),
    "gitRepo": ("gitRepo", sources.git_repo),
    "secret": ("secret", sources.keyed("secretName")),
    "persistentVolumeClaim": ("persistentVolumeClaim", sources.needs("claimName")),
    "downwardAPI": ("downwardAPI", _downward),
    "configMap": ("configMap", sources.keyed("name")),
    "projected": ("projected", _projected),
    "csi": ("csi", sources.csi),
    "ephemeral": ("ephemeral", _ephemeral),
    "image": ("image", _image),
}
_ORDER = (
    "emptyDir", "hostPath", "gitRepo", "gcePersistentDisk", "awsElasticBlockStore", "secret",
    "nfs", "iscsi", "glusterfs", "flocker", "persistentVolumeClaim", "rbd", "cinder", "cephfs",
    "quobyte", "downwardAPI", "fc", "flexVolume", "configMap", "azureFile", "vsphereVolume",
    "photonPersistentDisk", "portworxVolume", "azureDisk", "storageos", "projected", "scaleIO",
    "csi", "ephemeral", "image",
)  # fmt: skip
