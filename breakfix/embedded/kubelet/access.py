"""Logs, exec, attach and connections of pods: implements nodes.access.PodAccess."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from breakfix.embedded.errors import StatusError, bad_request, internal, not_found
from breakfix.embedded.kubelet.container import Attempt, ContainerRun
from breakfix.embedded.kubelet.handlers import exec_words
from breakfix.embedded.kubelet.kubelet import Kubelet
from breakfix.embedded.kubelet.log_reading import read
from breakfix.embedded.kubelet.logs import Log
from breakfix.embedded.kubelet.timing import ended
from breakfix.embedded.kubelet.worker import PodWorker
from breakfix.embedded.machine.streams import Discard, Empty
from breakfix.embedded.machine.types import ContainerError
from breakfix.embedded.machine.window import Window
from breakfix.embedded.network.types import Stream
from breakfix.embedded.nodes.access import LogOptions, Session
from breakfix.embedded.objects import Object, name_of

WAITS = {"ErrImagePull": "image can't be pulled",
         "ImagePullBackOff": "trying and failing to pull image"}  # fmt: skip
PORT = 10250


class Access:
    """All nodes of a cluster."""

    def __init__(self) -> None:
        self._kubelets: dict[str, Kubelet] = {}

    def add(self, kubelet: Kubelet) -> None:
        """Another node."""
        self._kubelets[kubelet.name] = kubelet

    def _kubelet(self, pod: Object, path: str) -> Kubelet:
        """Raises StatusError where it does not answer."""
        name = pod["spec"].get("nodeName", "")
        found = self._kubelets.get(name)
        if found is None:
            raise not_found("nodes", name)
        if found.stopped:
            url = f"https://{found.address}:{PORT}/{path}"
            why = f"dial tcp {found.address}:{PORT}: connect: connection refused"
            raise internal(f'Get "{url}": {why}')
        return found

    def _worker(self, pod: Object, path: str) -> PodWorker:
        found = self._kubelet(pod, path).worker_of(pod)
        if found is None:
            raise StatusError(404, "NotFound", "pod does not exist")
        return found

    def page(self, node: str, path: str) -> tuple[bytes, str] | None:
        """What a kubelet that runs tells of itself: body and Content-Type."""
        found = self._kubelets.get(node)
        if found is None or found.stopped:
            return None
        page = found.pages.page(path)
        return (page.body, page.kind) if page else None

    # -- logs --------------------------------------------------------------------------

    async def logs(self, pod: Object, container: str, options: LogOptions) -> AsyncIterator[bytes]:
        namespace = pod["metadata"]["namespace"]
        path = f"containerLogs/{namespace}/{name_of(pod)}/{container}"
        worker = self._worker(pod, path)
        log = self._log(worker, container, options.previous)
        async for block in read(log, options):
            yield block

    def _log(self, worker: PodWorker, name: str, previous: bool) -> Log:
        found, pod = worker.container(name), name_of(worker.pod)
        if found is None:
            raise bad_request(f'container "{name}" in pod "{pod}" is not available')
        attempt = _logged(found, previous)
        if attempt is not None:
            return attempt.log
        if previous:
            text = f'previous terminated container "{name}" in pod "{pod}" not found'
            raise bad_request(text)
        policy = worker.pod["spec"].get("restartPolicy", "Always")
        reason = found.states(policy, False)[0].get("waiting", {}).get("reason", "")
        text = f'container "{name}" in pod "{pod}" is waiting to start: {WAITS.get(reason, reason)}'
        raise bad_request(text)

    # -- streams -----------------------------------------------------------------------

    def _running(self, pod: Object, container: str, verb: str) -> Attempt:
        """Raises StatusError."""
        path = f"{verb}/{pod['metadata']['namespace']}/{name_of(pod)}/{container}"
        found = self._worker(pod, path).container(container)
        attempt = found.current if found else None
        if attempt is None or not attempt.alive or attempt.running is None:
            words = f'container not found ("{container}")'
            if verb == "attach":
                name = f"{name_of(pod)}_{pod['metadata']['namespace']}"
                words = f"container {container} not found in pod {name}"
            raise StatusError(404, "NotFound", words)
        return attempt

    async def exec(self, pod: Object, container: str, argv: list[str], session: Session) -> int:
        attempt = self._running(pod, container, "exec")
        assert attempt.running is not None  # noqa: S101 - looked at above
        stdout = session.stdout or Discard()
        stderr = (stdout if session.tty else session.stderr) or Discard()
        window = Window()
        session.resized = window.resize
        try:
            return await attempt.running.exec(
                argv, session.stdin or Empty(), stdout, stderr, session.tty, window
            )
        except ContainerError as error:
            text = f"error executing command in container: {exec_words(error)}"
            raise internal(text) from None

    async def attach(self, pod: Object, container: str, session: Session) -> int:
        attempt = self._running(pod, container, "attach")

        async def follow(stream: str, data: bytes) -> None:
            output = session.stdout if stream == "stdout" or session.tty else session.stderr
            if output is not None:
                await output.write(data)

        window = getattr(attempt.running, "window", None)
        if window is not None and session.tty:
            session.resized = window.resize
        attempt.log.followers.append(follow)
        typing = asyncio.create_task(_type(attempt, session))
        try:
            while not attempt.log.closed:
                await attempt.log.more()
        finally:
            attempt.log.followers.remove(follow)
            await ended(typing)
        return attempt.code

    async def dial(self, pod: Object, port: int) -> Stream:
        worker = self._worker(pod, f"portForward/{pod['metadata']['namespace']}/{name_of(pod)}")
        sandbox = worker.preparing.sandbox
        if sandbox is None:
            raise StatusError(404, "NotFound", f"pod not found ({worker.key[1]})")
        network = worker.node.network.network
        return await network.connect(sandbox.space, "127.0.0.1", port)


def _logged(container: ContainerRun, previous: bool) -> Attempt | None:
    """The run whose log is meant."""
    current, before = container.seen, container.previous
    if before is current:
        before = None
    if not previous:
        return current
    return before if current is None or current.alive or container.why is None else current


async def _type(attempt: Attempt, session: Session) -> None:
    """What the client sends goes to the program's standard input."""
    pipe = getattr(attempt.running, "input", None)
    if session.stdin is None or pipe is None:
        return
    while data := await session.stdin.read():
        await pipe.write(data)
    if attempt.spec.get("stdinOnce"):
        pipe.end()
