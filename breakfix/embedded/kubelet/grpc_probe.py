"""The gRPC probe: asks a server's health service."""

from __future__ import annotations

from breakfix.embedded.clock import within
from breakfix.embedded.kubelet.delays import GRPC_RETRY
from breakfix.embedded.kubelet.requests import Caller, Outcome
from breakfix.embedded.kubelet.words import duration
from breakfix.embedded.network import grpc, grpc_health
from breakfix.embedded.network.grpc import RpcError
from breakfix.embedded.network.types import NetworkError, Stream

_NO_HEALTH = "this server does not implement the grpc health protocol (grpc.health.v1.Health)"


async def grpc_probe(
    caller: Caller, host: str, port: int, service: str, timeout: float
) -> Outcome:  # fmt: skip
    """One look. A connection that fails is tried again until the time is over."""
    clock = caller.clock
    until = clock.monotonic() + timeout
    where = f'"{host}:{port}" within {duration(timeout)}'
    try:
        client, stream = await within(clock, timeout, _connected(caller, host, port, timeout))
    except TimeoutError:
        text = f"timeout: failed to connect service {where}: context deadline exceeded"
        return Outcome(False, text)
    try:
        left = max(until - clock.monotonic(), 0.001)
        call = client.call(grpc_health.CHECK, grpc_health.request(service))
        state = grpc_health.state_of(await within(clock, left, call))
    except TimeoutError:
        text = f"timeout: health rpc did not complete within {duration(timeout)}"
        return Outcome(False, text)
    except RpcError as error:
        return Outcome(False, _words(error))
    except NetworkError as error:
        failed = RpcError(grpc.UNAVAILABLE, f"error reading from server: {error}")
        return Outcome(False, _words(failed))
    finally:
        stream.close()
    if state != "SERVING":
        return Outcome(False, f'service unhealthy (responded with "{state}")')
    return Outcome(True, "service healthy")


def _words(error: RpcError) -> str:
    if error.code == grpc.UNIMPLEMENTED:
        return f"error: {_NO_HEALTH}: {error.message}"
    return f"error: health rpc probe failed: {error}"


async def _connected(
    caller: Caller, host: str, port: int, timeout: float
) -> tuple[grpc.Client, Stream]:
    while True:
        try:
            return await _once(caller, host, port, timeout)
        except (NetworkError, RpcError):
            await caller.clock.sleep(GRPC_RETRY)


async def _once(caller: Caller, host: str, port: int, timeout: float) -> tuple[grpc.Client, Stream]:
    stream = await caller.network.connect(caller.space, host, port, timeout)
    client = grpc.Client(stream, f"{host}:{port}", "kube-probe/1.34 grpc-go/1.72.2")
    try:
        await client.start()
    except BaseException:
        stream.close()
        raise
    return client, stream
