"""agnhost inclusterclient: asks the API server for /healthz with its token."""

from __future__ import annotations

import base64
import hashlib

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.tls import TlsError, TlsStream, client_context
from breakfix.embedded.network.types import NetworkError
from breakfix.embedded.programs.agnhost.common import UsageError, dial_words, flags
from breakfix.embedded.programs.http.client import exchange
from breakfix.embedded.programs.http.messages import BadMessageError, Request
from breakfix.embedded.programs.sockets import connect, read_text

_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token"  # noqa: S105 - a path
_CA = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"


async def in_cluster(process: Process) -> int:
    """`agnhost inclusterclient [--poll-interval SECONDS]`."""
    try:
        given, _ = await flags(process, {"poll-interval": "30"})
    except UsageError:
        return 1

    async def say(text: str, level: str = "I") -> None:
        stamp = process.host.clock.now().strftime("%m%d %H:%M:%S.%f")
        await process.err(f"{level}{stamp} {process.pid:7d} main.go:61] {text}\n")

    await say("started")
    if not process.files.exists(_TOKEN) or "KUBERNETES_SERVICE_HOST" not in process.env:
        await process.err("err: unable to load in-cluster configuration\n")
        return 1
    while True:
        await process.host.clock.sleep(float(given["poll-interval"]))
        await say("calling /healthz")
        token = read_text(process, _TOKEN).strip()
        digest = hashlib.sha256(f"salt|Bearer {token}".encode()).digest()
        await say(f"authz_header={base64.urlsafe_b64encode(digest).decode().rstrip('=')}")
        if failed := await _call(process, token):
            await say("status=failed", "E")
            await say(f"error checking /healthz: {failed}", "E")


async def _call(process: Process, token: str) -> str:
    host, port = process.env["KUBERNETES_SERVICE_HOST"], process.env["KUBERNETES_SERVICE_PORT"]
    try:
        stream = await connect(process, host, int(port), 30.0)
        try:
            context = client_context(process.files.read(_CA), verify=process.files.exists(_CA))
            secured = await TlsStream(stream, context, host).start()
            headers = [("Host", f"{host}:{port}"), ("Authorization", f"Bearer {token}"),
                       ("Connection", "close")]  # fmt: skip
            found = await exchange(secured, Request(headers, target="/healthz"))
        finally:
            stream.close()
    except NetworkError as error:
        return f'Get "https://{host}:{port}/healthz": {dial_words(error, "tcp", f"{host}:{port}")}'
    except (TlsError, BadMessageError, OSError) as error:
        return f'Get "https://{host}:{port}/healthz": {error}'
    return "" if found.status == 200 else found.body.decode(errors="replace")  # noqa: PLR2004
