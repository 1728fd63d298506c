"""Where to listen: loopback freely, elsewhere only with TLS and a password."""

from __future__ import annotations

import errno
import ipaddress
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from breakfix.errors import BreakfixError, UsageError
from breakfix.web.access import Names
from breakfix.web.secret_files import OTHERS, refuse_readable

LOOPBACK = ("127.0.0.1", "::1", "localhost")
PRIVILEGED = 1024


@dataclass(frozen=True)
class Place:
    """What was asked for. Port 0 is a free one; `names` are further names to answer to."""

    host: str = "127.0.0.1"
    port: int = 0
    names: tuple[str, ...] = ()
    cert: Path | None = None
    key: Path | None = None

    @property
    def is_loopback(self) -> bool:
        """Can only this machine reach it?"""
        try:
            return self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def check(place: Place, has_password: bool) -> None:
    """Raises UsageError where others could reach the server unencrypted or without a
    password: whoever is in has a shell on this machine."""
    if (place.cert is None) is not (place.key is None):
        raise UsageError("--cert and --key go together", "Give both files, or one file twice.")
    lacking = [] if place.is_loopback else [
        *(["TLS (--cert FILE --key FILE)"] if place.cert is None else []),
        *([] if has_password else ["a password (--password-file FILE, or BREAKFIX_WEB_PASSWORD)"]),
    ]  # fmt: skip
    if lacking:
        raise UsageError(
            f"{place.host} can be reached by others, and whoever is in has your shell: it needs "
            + " and ".join(lacking),
            "On this machine alone nothing of it is needed: leave --host out. From another "
            "machine: `ssh -L 8000:127.0.0.1:PORT THIS-MACHINE`.",
        )


def tls(place: Place) -> ssl.SSLContext | None:
    """The server's side of TLS. Raises UsageError for files that are no such pair, and for a
    key that everybody can read; a group of its own may (`ssl-cert` of Debian)."""
    if place.cert is None or place.key is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        refuse_readable(place.key, "key", OTHERS)
        context.load_cert_chain(place.cert, place.key, password="")
    except ssl.SSLError as error:
        raise UsageError(
            f"{place.cert} and {place.key} are no certificate with its key: {error.reason}",
            "Both must be PEM files, the key without a passphrase. For a try: `openssl req -x509 "
            "-newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -subj /CN=localhost`.",
        ) from error
    except OSError as error:
        name = error.filename or f"{place.cert} or {place.key}"
        raise UsageError(f"{name} cannot be read: {error.strerror}") from error
    return context


def listen(place: Place) -> socket.socket:
    """A socket that is bound there. Raises BreakfixError with what stands in the way."""
    try:
        family, _, _, _, address = socket.getaddrinfo(
            place.host, place.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(address[:2], family=family)
    except (OSError, OverflowError) as error:
        raise _refused(place, error) from error


def _refused(place: Place, error: Exception) -> BreakfixError:
    number = getattr(error, "errno", 0)
    if number == errno.EADDRINUSE:
        return BreakfixError(
            f"port {place.port} of {place.host} is taken by another program",
            "Choose another with --port, or none: then a free one is taken.",
        )
    if number == errno.EACCES:
        return BreakfixError(
            f"this user may not listen on port {place.port}",
            f"Ports below {PRIVILEGED} are the administrator's: choose one above.",
        )
    if number == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror):
        return UsageError(
            f"this machine has no address {place.host}",
            "`ip address` lists them; without --host only this machine can reach it.",
        )
    return BreakfixError(f"cannot listen on {place.host}, port {place.port}: {error}")


def names_of(place: Place, port: int) -> Names:
    """The names to answer to: of loopback all its own, of other addresses the address, the
    machine's name and what was given."""
    scheme = "https" if place.cert else "http"
    if place.is_loopback:
        mine: tuple[str, ...] = (*LOOPBACK, place.host)
    else:
        mine = (place.host, socket.gethostname(), socket.getfqdn())
    hosts = frozenset(_as_sent(name) for name in (*mine, *place.names))
    return Names(scheme, port, hosts, any_address=_is_wildcard(place.host))


def _as_sent(name: str) -> str:
    """As a browser writes it: small letters, the short form of an IPv6 address."""
    with suppress(ValueError):
        return ipaddress.ip_address(name).compressed
    return name.lower()


def _is_wildcard(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def url_of(place: Place, port: int) -> str:
    """How a browser gets there."""
    scheme = "https" if place.cert else "http"
    host = place.names[0] if place.names else place.host
    if _is_wildcard(host):
        host = socket.gethostname()
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}/"
