"""curl's exit codes and the words that go with them."""

from __future__ import annotations

from breakfix.embedded.network.tls import TlsError
from breakfix.embedded.programs.clients.curl.handle import Handle
from breakfix.embedded.programs.http.client import Url
from breakfix.embedded.programs.http.messages import BadMessageError

UNSUPPORTED_PROTOCOL = 1
FAILED_INIT = 2
URL_MALFORMAT = 3
COULDNT_RESOLVE_PROXY = 5
COULDNT_RESOLVE_HOST = 6
COULDNT_CONNECT = 7
PARTIAL_FILE = 18
HTTP_RETURNED_ERROR = 22
WRITE_ERROR = 23
READ_ERROR = 26
OPERATION_TIMEDOUT = 28
SSL_CONNECT_ERROR = 35
TOO_MANY_REDIRECTS = 47
GOT_NOTHING = 52
RECV_ERROR = 56
PEER_FAILED_VERIFICATION = 60
SSL_CACERT_BADFILE = 77

HINT = "curl: try 'curl --help' or 'curl --manual' for more information\n"
_UNTRUSTED = (
    "More details here: https://curl.se/docs/sslcerts.html\n\n"
    "curl failed to verify the legitimacy of the server and therefore could not\n"
    "establish a secure connection to it. To learn more about this situation and\n"
    "how to fix it, please visit the web page mentioned above.\n"
)


class CurlError(Exception):
    """Exit code and words."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code, self.words = code, words

    def report(self) -> str:
        """What curl prints."""
        more = _UNTRUSTED if self.code == PEER_FAILED_VERIFICATION else ""
        return f"curl: ({self.code}) {self.words}\n{more}"


def unconnected(handle: Handle, url: Url, code: int, words: str) -> CurlError:
    """No connection."""
    where = f"{url.host} port {url.port}"
    return CurlError(code, f"Failed to connect to {where} after {handle.elapsed()} ms: {words}")


def timed_out(handle: Handle, limit: float) -> CurlError:
    """-m is over: the words say how far it came."""
    after = f"timed out after {int(limit * 1000)} milliseconds"
    if handle.connected and handle.scheme == "telnet":
        words = "Time-out"
    elif handle.connected:
        words = f"Operation {after} with 0 bytes received"
    elif handle.remote[0]:
        words = f"Connection {after}"
    else:
        words = f"Resolving {after}"
    return CurlError(OPERATION_TIMEDOUT, words)


def bad_response(error: BadMessageError) -> CurlError:
    """What came is not HTTP, or not all of it."""
    if str(error) == "short body":
        return CurlError(PARTIAL_FILE, "transfer closed with outstanding read data remaining")
    if not str(error):
        return CurlError(GOT_NOTHING, "Empty reply from server")
    return CurlError(UNSUPPORTED_PROTOCOL, "Received HTTP/0.9 when not allowed")


def tls_failed(error: TlsError, url: Url) -> CurlError:
    """No TLS session."""
    if error.reason == "WRONG_VERSION_NUMBER":
        words = "OpenSSL/3.0.16: error:0A00010B:SSL routines::wrong version number"
        return CurlError(SSL_CONNECT_ERROR, words)
    if not error.verification:
        words = "OpenSSL SSL_connect: Connection reset by peer in connection to"
        return CurlError(SSL_CONNECT_ERROR, f"{words} {url.host}:{url.port} ")
    words = f"SSL certificate problem: {error.words}"
    if "ostname mismatch" in error.words or "IP address mismatch" in error.words:
        words = "SSL: no alternative certificate subject name matches target host name"
        words += f" '{url.host}'"
    return CurlError(PEER_FAILED_VERIFICATION, words)
