"""The ServiceAccount plugin: every pod has one, and its token."""

from __future__ import annotations

import random
from collections.abc import Iterator

from breakfix.embedded.admission.base import AdmissionRequest, Plugin
from breakfix.embedded.client import Reader
from breakfix.embedded.clock import Clock, SystemClock
from breakfix.embedded.errors import StatusError, forbidden
from breakfix.embedded.objects import Object, annotations_of

MIRROR = "kubernetes.io/config.mirror"
ENFORCE = "kubernetes.io/enforce-mountable-secrets"
VOLUME = "kube-api-access"
MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
DEFAULT = "default"
TRIES, PAUSE = 10, 0.1  # for the default account; seconds
TOKEN_SECONDS = 60 * 60 + 7
_LETTERS = "bcdfghjklmnpqrstvwxz2456789"


class ServiceAccount(Plugin):
    """Names the account, mounts its token, and refuses pods of accounts that are not there."""

    name = "ServiceAccount"

    def __init__(self, reader: Reader, clock: Clock | None = None) -> None:
        self.reader = reader
        self.clock = clock or SystemClock()

    async def mutate(self, request: AdmissionRequest) -> None:
        """Fill in what the account brings. Raises StatusError 403."""
        pod = request.item
        if not _is_new_pod(request) or pod is None or MIRROR in annotations_of(pod):
            return
        spec = pod.setdefault("spec", {})
        name = spec.get("serviceAccountName") or DEFAULT
        spec["serviceAccountName"] = spec["serviceAccount"] = name
        account = await self._account(request, name)
        if _automount(account, spec):
            mount_token(spec)
        if not spec.get("imagePullSecrets") and (secrets := account.get("imagePullSecrets")):
            spec["imagePullSecrets"] = [dict(s) for s in secrets]

    async def validate(self, request: AdmissionRequest) -> None:
        """Refuse what a mirror pod or a restricted account may not name. Raises StatusError."""
        pod = request.item
        if not _is_new_pod(request) or pod is None:
            return
        if MIRROR in annotations_of(pod):
            if fault := _mirror_fault(pod["spec"]):
                raise _refusal(request, fault)
            return
        account = await self._account(request, pod["spec"].get("serviceAccountName", ""))
        if annotations_of(account).get(ENFORCE, "").lower() in ("true", "t", "1"):
            why = next(_unlisted(account, pod["spec"]), None)
            if why:
                raise _refusal(request, why)

    async def _account(self, request: AdmissionRequest, name: str) -> Object:
        account = self.reader.get("serviceaccounts", name, request.namespace)
        # the default one of a new namespace comes from a controller, in a moment
        tries = TRIES if name == DEFAULT else 0
        while account is None and tries:
            await self.clock.sleep(PAUSE)
            account = self.reader.get("serviceaccounts", name, request.namespace)
            tries -= 1
        if account is None:
            raise _refusal(
                request,
                f"error looking up service account {request.namespace}/{name}: "
                f'serviceaccount "{name}" not found',
            )
        return account


def _is_new_pod(request: AdmissionRequest) -> bool:
    return (
        request.key == "pods"
        and request.operation == "CREATE"
        and not request.subresource
        and request.item is not None
    )


def _refusal(request: AdmissionRequest, why: str) -> StatusError:
    return forbidden("pods", request.name, why)


def _automount(account: Object, spec: Object) -> bool:
    for wish in (spec, account):
        asked = wish.get("automountServiceAccountToken")
        if asked is not None:
            return bool(asked)
    return True


def mount_token(spec: Object) -> None:
    """Add the token's volume, and its mount to every container that has none there."""
    volumes = spec.get("volumes") or []
    names = [v["name"] for v in volumes if v.get("name", "").startswith(f"{VOLUME}-")]
    name = names[0] if names else f"{VOLUME}-{_suffix()}"
    mounted = False
    for container in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ())):
        mounts = container.get("volumeMounts") or []
        if all(m.get("mountPath") != MOUNT_PATH for m in mounts):
            mount = {"name": name, "readOnly": True, "mountPath": MOUNT_PATH}
            container["volumeMounts"] = [*mounts, mount]
            mounted = True
    if mounted and not names:
        spec["volumes"] = [*volumes, {"name": name, "projected": token_volume()}]


def token_volume() -> Object:
    """The projected volume: token, CA and namespace."""
    namespace = {"path": "namespace", "fieldRef": {
        "apiVersion": "v1", "fieldPath": "metadata.namespace"}}  # fmt: skip
    ca = {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}
    return {
        "sources": [
            {"serviceAccountToken": {"expirationSeconds": TOKEN_SECONDS, "path": "token"}},
            {"configMap": ca},
            {"downwardAPI": {"items": [namespace]}},
        ],
        "defaultMode": 420,
    }


def _suffix() -> str:
    return "".join(random.choices(_LETTERS, k=5))  # noqa: S311 - a name, no secret


def _mirror_fault(spec: Object) -> str:
    if spec.get("serviceAccountName"):
        return "a mirror pod may not reference service accounts"
    if next(_secret_names(spec), None):
        return "a mirror pod may not reference secrets"
    for volume in spec.get("volumes") or []:
        sources = (volume.get("projected") or {}).get("sources") or []
        if any("serviceAccountToken" in s for s in sources):
            return "a mirror pod may not use ServiceAccountToken volume projections"
    return ""


def _secret_names(spec: Object) -> Iterator[str]:
    for secret in spec.get("imagePullSecrets") or []:
        yield secret.get("name", "")
    for volume in spec.get("volumes") or []:
        if secret := volume.get("secret"):
            yield secret.get("secretName", "")
    for kind in ("initContainers", "containers", "ephemeralContainers"):
        for container in spec.get(kind) or []:
            for _, name in _env_secrets(container):
                yield name


def _env_secrets(container: Object) -> Iterator[tuple[str, str]]:
    """(how a message calls the place, the Secret's name) of a container's environment."""
    for variable in container.get("env") or []:
        if reference := (variable.get("valueFrom") or {}).get("secretKeyRef"):
            yield f"envVar {variable.get('name', '')}", reference.get("name", "")
    for source in container.get("envFrom") or []:
        if reference := source.get("secretRef"):
            yield "envFrom", reference.get("name", "")


def _unlisted(account: Object, spec: Object) -> Iterator[str]:
    """Secrets that an account with enforce-mountable-secrets does not list."""
    owner = f"is not allowed because service account {account['metadata']['name']}"
    known = {s.get("name") for s in account.get("secrets") or []}
    for place, name in _secret_uses(spec):
        if name not in known:
            yield f'{place}secret.secretName="{name}" {owner} does not reference that secret'
    pulls = {s.get("name") for s in account.get("imagePullSecrets") or []}
    for i, secret in enumerate(spec.get("imagePullSecrets") or []):
        name = secret.get("name", "")
        if name not in pulls:
            tail = "does not reference that imagePullSecret"
            yield f'imagePullSecrets[{i}].name="{name}" {owner} {tail}'


def _secret_uses(spec: Object) -> Iterator[tuple[str, str]]:
    for volume in spec.get("volumes") or []:
        if name := (volume.get("secret") or {}).get("secretName"):
            yield "volume with ", name
    for kind, shown in (("initContainers", "init container"), ("containers", "container")):
        for container in spec.get(kind) or []:
            for place, name in _env_secrets(container):
                yield f"{shown} {container.get('name', '')} with {place} referencing ", name
