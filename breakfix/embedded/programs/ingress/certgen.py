"""kube-webhook-certgen: makes the certificate of a webhook, and says it to the API server."""

from __future__ import annotations

import base64
import json

from breakfix.embedded.auth.certificates import Authority
from breakfix.embedded.csi.api import Api, NoApiError, in_cluster
from breakfix.embedded.errors import StatusError
from breakfix.embedded.machine.types import Process
from breakfix.embedded.objects import Object, clone
from breakfix.embedded.programs.options import FlagError, go_flags

_FLAGS = {
    "host": "", "namespace": "", "secret-name": "", "webhook-name": "", "patch-validating": "true",
    "patch-mutating": "true", "patch-failure-policy": "", "ca-name": "ca", "cert-name": "cert",
    "key-name": "key", "log-format": "json", "log-level": "info", "kubeconfig": "",
    "apiservice-name": "", "crds": "", "secret-type": "Opaque",
}  # fmt: skip
KINDS = {"validating": "validatingwebhookconfigurations.admissionregistration.k8s.io",
         "mutating": "mutatingwebhookconfigurations.admissionregistration.k8s.io"}  # fmt: skip


class _FailedError(Exception):
    """It ends; the words of the log."""


class _Work:
    def __init__(self, process: Process, api: Api, flags: dict[str, str]) -> None:
        self._process, self._api, self._flags = process, api, flags

    async def say(self, words: str, level: str = "info", source: str = "cmd/create.go:30") -> None:
        """A line of the log."""
        at = self._process.host.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        line = {"level": level, "msg": words, "source": source, "time": at}
        await self._process.err(json.dumps(line, separators=(",", ":")) + "\n")

    def _secret(self) -> Object | None:
        """Raises _FailedError."""
        name, namespace = self._flags["secret-name"], self._flags["namespace"]
        try:
            return self._api.fetch("secrets", name, namespace)
        except StatusError as error:
            if error.code == 404:  # noqa: PLR2004
                return None
            raise _FailedError(f"error getting secret: {error}") from None

    async def create(self) -> None:
        """The Secret, where there is none. Raises _FailedError."""
        name, namespace = self._flags["secret-name"], self._flags["namespace"]
        await self.say(
            f"getting secret '{name}' in namespace '{namespace}'", source="k8s/k8s.go:246"
        )
        if self._secret() is not None:
            await self.say("secret already exists")
            return
        await self.say("no secret found", source="k8s/k8s.go:249")
        await self.say("creating new secret", source="cmd/create.go:28")
        now = self._process.host.clock.now()
        authority = Authority.create(now, "nil1")
        pair = authority.server(now, self._flags["host"].split(","), "nil2")
        data = {self._flags["ca-name"]: authority.pem,
                self._flags["cert-name"]: pair.certificate_pem,
                self._flags["key-name"]: pair.key_pem}  # fmt: skip
        try:
            await self._api.create("secrets", {
                "apiVersion": "v1", "kind": "Secret", "type": self._flags["secret-type"],
                "metadata": {"name": name, "namespace": namespace},
                "data": {k: base64.b64encode(v).decode() for k, v in data.items()},
            })  # fmt: skip
        except StatusError as error:
            raise _FailedError(f"failed creating secret: {error}") from None

    async def patch(self) -> None:
        """The CA, in the webhooks' configurations. Raises _FailedError."""
        secret = self._secret()
        if secret is None:
            name, namespace = self._flags["secret-name"], self._flags["namespace"]
            raise _FailedError(f"no secret with '{name}' in '{namespace}'")
        bundle = secret["data"][self._flags["ca-name"]]
        wanted = [k for k in KINDS if self._flags[f"patch-{k}"] == "true"]
        await self.say(
            f"patching webhook configurations '{self._flags['webhook-name']}' mutating="
            f"{'true' if 'mutating' in wanted else 'false'}, validating="
            f"{'true' if 'validating' in wanted else 'false'}, failurePolicy="
            f"{self._flags['patch-failure-policy']}", source="k8s/k8s.go:118",
        )  # fmt: skip
        for kind in wanted:
            await self._patch(kind, bundle)
        await self.say("Patched hook(s)", source="k8s/k8s.go:127")

    async def _patch(self, kind: str, bundle: str) -> None:
        try:
            found = clone(self._api.fetch(KINDS[kind], self._flags["webhook-name"]))
            for hook in found.get("webhooks") or []:
                hook["clientConfig"]["caBundle"] = bundle
                if policy := self._flags["patch-failure-policy"]:
                    hook["failurePolicy"] = policy
            await self._api.update(KINDS[kind], found)
        except StatusError as error:
            raise _FailedError(f"failed patching {kind} webhook: {error}") from None


async def certgen(process: Process) -> int:
    """`kube-webhook-certgen create|patch FLAGS`."""
    command = process.argv[1] if len(process.argv) > 1 else ""
    if command not in ("create", "patch"):
        await process.out("Use this to create a ca and signed certificates and patch admission "
                          "webhooks to allow for quick\n\t           installation and "
                          "configuration of validating and admission webhooks.\n")  # fmt: skip
        return 0 if not command else 1
    try:
        flags, _ = go_flags(process.argv[2:], _FLAGS)
        work = _Work(process, await in_cluster(process), flags)
    except (FlagError, NoApiError) as error:
        await process.err(f"Error: {error}\n")
        return 1
    try:
        await (work.create() if command == "create" else work.patch())
    except _FailedError as error:
        await work.say(str(error), "fatal")
        return 1
    return 0
