"""curl's connections: resolving, connecting, TLS."""

from __future__ import annotations

from breakfix.embedded.network.resolving import ResolveError
from breakfix.embedded.network.tls import TlsError, TlsStream, client_context
from breakfix.embedded.network.types import NetworkError, Stream, TimedOutError
from breakfix.embedded.programs.clients.curl.errors import (
    COULDNT_CONNECT,
    COULDNT_RESOLVE_HOST,
    COULDNT_RESOLVE_PROXY,
    OPERATION_TIMEDOUT,
    SSL_CACERT_BADFILE,
    CurlError,
    tls_failed,
    unconnected,
)
from breakfix.embedded.programs.clients.curl.handle import Handle
from breakfix.embedded.programs.clients.curl.route import proxy, redirected
from breakfix.embedded.programs.http.client import Url
from breakfix.embedded.programs.sockets import addresses, connect, strerror

_CONNECT_TIMEOUT = 300.0  # s


async def connected(handle: Handle, url: Url) -> Stream:
    """A TCP connection to the host of a URL. Raises CurlError."""
    if "unix-socket" in handle.options or "abstract-unix-socket" in handle.options:
        raise unconnected(handle, url, COULDNT_CONNECT, "Couldn't connect to server")
    through = proxy(handle.options, url)
    url = through.url if through else await redirected(handle, url)
    address = await _resolved(handle, url, bool(through))
    handle.reached("namelookup")
    handle.remote = (address, url.port)
    shown = f"[{address}]" if ":" in address else address
    await handle.info(f"  Trying {shown}:{url.port}...")
    stream = await _dialled(handle, url, address)
    handle.connected = True
    handle.connects += 1
    handle.reached("connect")
    handle.local = stream.local
    await handle.info(f"Connected to {url.host} ({address}) port {url.port} (#0)")
    return stream


async def _resolved(handle: Handle, url: Url, is_proxy: bool) -> str:
    """The address of a host, by --resolve or by look-up."""
    for entry in handle.options.all("resolve"):
        name, port, address = entry.split(":", 2)
        if name in (url.host, "*") and int(port) == url.port:
            return address.strip("[]").split(",")[0]
    try:
        return (await addresses(handle.process, url.host))[0]
    except ResolveError:
        code = COULDNT_RESOLVE_PROXY if is_proxy else COULDNT_RESOLVE_HOST
        kind = "proxy" if is_proxy else "host"
        error = CurlError(code, f"Could not resolve {kind}: {url.host}")
        await handle.info(error.words)
        await handle.info("Closing connection 0")
        raise error from None


async def _dialled(handle: Handle, url: Url, address: str) -> Stream:
    limit = float(handle.options.get("connect-timeout") or 0) or _CONNECT_TIMEOUT
    try:
        return await connect(handle.process, address, url.port, limit)
    except TimedOutError:
        raise unconnected(handle, url, OPERATION_TIMEDOUT, "Timeout was reached") from None
    except NetworkError as error:
        words = strerror(error)
        await handle.info(f"connect to {address} port {url.port} failed: {words}")
        failed = unconnected(handle, url, COULDNT_CONNECT, "Couldn't connect to server")
        await handle.info(failed.words)
        await handle.info("Closing connection 0")
        raise failed from None


async def secured(handle: Handle, url: Url, stream: Stream) -> Stream:
    """TLS on a connection. Raises CurlError."""
    context = client_context(_authority(handle), "k" not in handle.options)
    try:
        found = await TlsStream(stream, context, url.host).start()
    except TlsError as error:
        raise tls_failed(error, url) from None
    handle.reached("appconnect")
    return found


def _authority(handle: Handle) -> bytes:
    """The certificates of --cacert."""
    path = handle.options.get("cacert")
    if not path:
        return b""
    try:
        return handle.process.files.read(handle.path(path))
    except OSError:
        words = f"error setting certificate verify locations:  CAfile: {path} CApath: none"
        raise CurlError(SSL_CACERT_BADFILE, words) from None
