"""What probes and hooks do: a command, a request, a connection."""

from __future__ import annotations

import secrets

from breakfix.embedded.clock import within
from breakfix.embedded.kubelet.container import Attempt
from breakfix.embedded.kubelet.grpc_probe import grpc_probe
from breakfix.embedded.kubelet.requests import (
    Caller,
    Outcome,
    RequestError,
    dial_words,
    get,
    request_of,
)
from breakfix.embedded.kubelet.words import duration
from breakfix.embedded.machine.streams import Empty, Memory
from breakfix.embedded.machine.types import ContainerError
from breakfix.embedded.network.types import NetworkError
from breakfix.embedded.objects import Object

MAX_OUTPUT = 10 * 1024  # bytes of a command's output that are kept
OK, BAD_REQUEST, REDIRECT = 200, 400, 300


class HandlerError(Exception):
    """It could not be carried out: neither success nor failure."""


async def run_command(attempt: Attempt, argv: list[str]) -> tuple[int, str]:
    """Exit code and output. Raises HandlerError with the runtime's words."""
    if attempt.running is None or not attempt.alive:
        raise HandlerError("rpc error: code = NotFound desc = failed to exec in container: "
                           "failed to load task: no running task found")  # fmt: skip
    output = Memory(MAX_OUTPUT)
    try:
        code = await attempt.running.exec(argv, Empty(), output, output)
    except ContainerError as error:
        raise HandlerError(f"rpc error: code = Unknown desc = {exec_words(error)}") from None
    return code, output.text


def exec_words(error: ContainerError) -> str:
    """Containerd's words on a command that could not be started: it has an id of its own."""
    number = secrets.token_hex(32)
    return f'failed to exec in container: failed to start exec "{number}": {error.message}'


def port_of(reference: object, container: Object) -> int:
    """A number, or a named port of the container. Raises HandlerError."""
    if isinstance(reference, int) or str(reference).isdigit():
        return int(str(reference))
    for port in container.get("ports") or []:
        if port.get("name") == reference:
            return int(port["containerPort"])
    raise HandlerError(f"couldn't find port: {reference} in {container['name']}")


async def probe(
    action: Object, attempt: Attempt, address: str, caller: Caller
) -> Outcome:  # fmt: skip
    """One try of a probe. Raises HandlerError."""
    timeout = float(action.get("timeoutSeconds") or 1)
    if "exec" in action:
        return await _exec(action["exec"].get("command") or [], attempt, timeout, caller)
    if "httpGet" in action:
        return await _http(action["httpGet"], attempt, address, timeout, caller)
    if "grpc" in action:
        wanted = action["grpc"]
        return await grpc_probe(
            caller, address, int(wanted["port"]), wanted.get("service") or "", timeout
        )
    wanted = action["tcpSocket"]
    host = wanted.get("host") or address
    return await _connect(host, port_of(wanted["port"], attempt.spec), timeout, caller)


async def _exec(argv: list[str], attempt: Attempt, timeout: float, caller: Caller) -> Outcome:
    try:
        code, text = await within(caller.clock, timeout, run_command(attempt, argv))
    except TimeoutError:
        command = " ".join(argv)
        return Outcome(
            False, f'command timed out: "{command}" timed out after {duration(timeout)}'
        )  # fmt: skip
    return Outcome(code == 0, text)


async def _http(
    action: Object, attempt: Attempt, address: str, timeout: float, caller: Caller
) -> Outcome:
    port = port_of(action["port"], attempt.spec)
    try:
        found = await get(caller, request_of(action, address, port, "kube-probe"), timeout)
    except RequestError as error:
        return Outcome(False, str(error))
    if found.elsewhere:
        return Outcome(True, f"Probe terminated redirects, Response body: {found.body}", True)
    if OK <= found.status < BAD_REQUEST:
        if found.status >= REDIRECT:
            return Outcome(True, f"Probe terminated redirects, Response body: {found.body}", True)
        return Outcome(True, found.body)
    return Outcome(False, f"HTTP probe failed with statuscode: {found.status}")


async def _connect(host: str, port: int, timeout: float, caller: Caller) -> Outcome:
    """A connection that opens is enough."""
    try:
        stream = await caller.network.connect(caller.space, host, port, timeout)
    except NetworkError as error:
        return Outcome(False, dial_words(host, port, error))
    stream.close()
    return Outcome(True)


async def hook(action: Object, attempt: Attempt, address: str, caller: Caller) -> None:
    """PostStart or preStop. Raises HandlerError where it fails."""
    if "exec" in action:
        code, _ = await run_command(attempt, action["exec"].get("command") or [])
        if code:
            raise HandlerError(
                f"command '{' '.join(action['exec']['command'])}' exited with {code}"
            )
    elif "httpGet" in action:
        wanted = action["httpGet"]
        port = port_of(wanted.get("port") or 80, attempt.spec)
        try:
            await get(caller, request_of(wanted, address, port, "kube-lifecycle"), 3600)
        except RequestError as error:
            raise HandlerError(str(error)) from None
    elif "sleep" in action:
        await caller.clock.sleep(float(action["sleep"].get("seconds") or 0))
