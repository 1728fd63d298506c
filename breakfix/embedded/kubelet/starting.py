"""Starting one container: image, configuration, runtime, postStart."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from breakfix.embedded.client import Client
from breakfix.embedded.clock import Clock
from breakfix.embedded.kubelet import handlers, security
from breakfix.embedded.kubelet.container import Attempt, ContainerRun
from breakfix.embedded.kubelet.delays import Delays
from breakfix.embedded.kubelet.ending import PATH
from breakfix.embedded.kubelet.environment import VariablesError, variables
from breakfix.embedded.kubelet.expansion import expand
from breakfix.embedded.kubelet.handlers import HandlerError
from breakfix.embedded.kubelet.images import NodeImages, StartError, Wanted
from breakfix.embedded.kubelet.logs import Log, Say
from breakfix.embedded.kubelet.pull_secrets import registries
from breakfix.embedded.kubelet.requests import Caller
from breakfix.embedded.kubelet.sandbox import Sandbox
from breakfix.embedded.kubelet.volumes import PodVolumes
from breakfix.embedded.kubelet.words import moment
from breakfix.embedded.machine.images.images import Pulled
from breakfix.embedded.machine.types import ContainerError, ContainerSpec, Identity, Runtime
from breakfix.embedded.objects import Object
from breakfix.embedded.quantities import milli, value

CONFIG, CREATE = "CreateContainerConfigError", "CreateContainerError"
POST_START = "PostStartHookError"
START_FAILED, START_CODE = "StartError", 128


@dataclass
class Starter:
    """Starts the containers of one pod."""

    pod: Object
    client: Client
    runtime: Runtime
    images: NodeImages
    volumes: PodVolumes
    sandbox: Sandbox
    caller: Caller
    delays: Delays
    say: Say
    target: Callable[[str], ContainerRun | None]  # a container of the pod by name

    @property
    def _clock(self) -> Clock:
        return self.client.clock

    async def start(self, container: ContainerRun) -> Attempt:
        """Start it: the run, which may have failed to start. Raises StartError where there is
        no run at all."""
        if container.resumes is not None:
            return await self._resume(container, *container.resumes)
        pulled = await self.images.ensure(self._wanted(container), self.say)
        await self._clock.sleep(self.delays.start)
        spec = self._spec(container, pulled)
        attempt = self._attempt(container, pulled, spec.who)
        self._place(attempt, spec, container)
        try:
            attempt.running = await self.runtime.start(
                spec, self.sandbox.host, attempt.log.output("stdout"), attempt.log.output("stderr")
            )
        except ContainerError as error:
            self._not_started(container, attempt, error)
        else:
            attempt.id = f"containerd://{attempt.running.id}"
            self._say_created(container)
            text = f"Started container {container.name}"
            self.say("Normal", "Started", text, container.field_path)
        return attempt

    async def _resume(self, container: ContainerRun, entry: Object, since: str) -> Attempt:
        """Go on with a run of before. Raises StartError."""
        container.resumes = None
        pulled = await self.images.ensure(self._wanted(container), _silent)
        spec = self._spec(container, pulled)
        attempt = self._attempt(container, pulled, spec.who)
        attempt.id, attempt.number = entry.get("containerID", ""), entry["restartCount"]
        attempt.begun = moment(since)
        try:
            attempt.running = await self.runtime.start(
                spec, self.sandbox.host, attempt.log.output("stdout"), attempt.log.output("stderr")
            )
        except ContainerError as error:
            self._not_started(container, attempt, error)
        return attempt

    # -- its parts ---------------------------------------------------------------------

    def _wanted(self, container: ContainerRun) -> Wanted:
        spec = container.spec
        found, missing = registries(self.pod, self.client)
        if missing:
            text = (
                f"Unable to retrieve some image pull secrets ({', '.join(missing)}); attempting to"
                " pull the image may not succeed."
            )
            self.say("Warning", "FailedToRetrieveImagePullSecret", text, "")
        return Wanted(
            spec.get("image", ""), spec.get("imagePullPolicy") or "IfNotPresent",
            self.pod["metadata"]["uid"], container.field_path, found,
        )  # fmt: skip

    def _spec(self, container: ContainerRun, pulled: Pulled) -> ContainerSpec:
        """Raises StartError: CreateContainerConfigError."""
        spec, image = container.spec, pulled.image
        who = security.identity(self.pod, spec, image)
        env = self._environment(spec, pulled, who)
        known = self._own_env
        command = [expand(word, known) for word in spec.get("command") or []]
        args = [expand(word, known) for word in spec.get("args") or []]
        argv = [*command, *args] if command else [*image.entrypoint, *(args or image.command)]
        wanted = security.effective(self.pod, spec)
        self._check_profile(security.seccomp_file(self.pod, spec))
        return ContainerSpec(
            name=spec["name"], image=image, argv=argv, env=env,
            workdir=spec.get("workingDir") or image.workdir or "/", who=who,
            mounts=self.volumes.mounts(spec, known),
            read_only_root=bool(wanted.get("readOnlyRootFilesystem")),
            tty=bool(spec.get("tty")), stdin=bool(spec.get("stdin")),
            limits=limits_of(container.resources), pids=self._pids(spec), hosts=self.sandbox.hosts,
            resolv_conf=self.sandbox.resolv_conf,
            termination_log=spec.get("terminationMessagePath") or PATH,
        )  # fmt: skip

    def _check_profile(self, path: str) -> None:
        if path and not self.volumes.on_node(path):
            why = f'cannot load seccomp profile "{path}": open {path}: no such file or directory'
            text = f"failed to create containerd container: {why}"
            raise StartError("CreateContainerError", text)

    def _environment(self, spec: Object, pulled: Pulled, who: Identity) -> dict[str, str]:
        try:
            self._own_env = variables(self.pod, spec, self.client, self.volumes.facts)
        except VariablesError as error:
            raise StartError(CONFIG, str(error)) from None
        found = {**pulled.image.env, "HOSTNAME": self.sandbox.host.hostname, **self._own_env}
        if spec.get("tty"):
            found.setdefault("TERM", "xterm")
        if "HOME" not in found:
            found["HOME"] = security.home(pulled.image, who.uid)
        return found

    def _pids(self, spec: Object) -> object | None:
        name = spec.get("targetContainerName")
        if not name:
            return self.sandbox.pids
        target = self.target(name)
        if target is None or target.current is None:
            raise StartError(CONFIG, f"unable to find target container {name}")
        return getattr(target.current.running, "pids", None)

    def _attempt(self, container: ContainerRun, pulled: Pulled, who: Identity) -> Attempt:
        known = container.current
        user = {"linux": {"gid": who.gid, "supplementalGroups": list(who.groups), "uid": who.uid}}
        return Attempt(
            number=known.number + 1 if known else 0, spec=container.spec, log=Log(self._clock),
            image=pulled.reference.full, image_id=pulled.repo_digest, user=user,
            begun=self._clock.now().timestamp(),
        )  # fmt: skip

    def _place(self, attempt: Attempt, spec: ContainerSpec, container: ContainerRun) -> None:
        """An id for a run that never gets one of the runtime."""
        uid = self.pod["metadata"]["uid"]
        text = f"{uid}/{spec.name}/{attempt.number}"
        attempt.id = "containerd://" + hashlib.sha256(text.encode()).hexdigest()
        hooks = container.spec.get("lifecycle") or {}
        attempt.is_shown = "postStart" not in hooks

    # -- failures ----------------------------------------------------------------------

    def _say_created(self, container: ContainerRun) -> None:
        text = f"Created container: {container.name}"
        self.say("Normal", "Created", text, container.field_path)

    def _not_started(
        self, container: ContainerRun, attempt: Attempt, error: ContainerError
    ) -> None:
        """Raises StartError where it was not even created."""
        if error.reason != START_FAILED:
            raise StartError(CREATE, error.message) from None
        self._say_created(container)
        self.say("Warning", "Failed", f"Error: {error.message}", container.field_path)
        now = self._clock.now().timestamp()
        attempt.log.close()
        attempt.begun, attempt.ended, attempt.code = 0.0, now, START_CODE
        attempt.reason, attempt.message, attempt.is_shown = START_FAILED, error.message, True

    async def post_start(self, container: ContainerRun, attempt: Attempt) -> StartError | None:
        """Run its hook; why it is to be killed."""
        action = (container.spec.get("lifecycle") or {}).get("postStart")
        if not action:
            return None
        try:
            await handlers.hook(action, attempt, self.sandbox.address, self.caller)
        except HandlerError as error:
            self.say("Warning", "FailedPostStartHook", "PostStartHook failed", container.field_path)
            return StartError(POST_START, str(error))
        return None


def _silent(type: str, reason: str, message: str, path: str) -> None:
    """What was said before is not said again."""


def limits_of(resources: Object) -> Object:
    """What a container may use: bytes, and thousandths of a CPU."""
    found = resources.get("limits") or {}
    limits: Object = {k: value(found[k]) for k in ("memory", "ephemeral-storage") if k in found}
    if "cpu" in found:
        limits["cpu"] = milli(found["cpu"])
    return limits
