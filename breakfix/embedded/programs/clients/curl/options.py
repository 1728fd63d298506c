"""curl's options, as getopt reads them."""

from __future__ import annotations

SHORT = "U:sSfiIvo:Ow:m:kH:d:X:Lu:A:e:b:c:x:F:T:gGnNr:#46jR0" + "K:E:Q:t:y:Y:z:C:D:P:VhqaBlMpZ"
LONG: dict[str, str | None] = {
    "silent": "s", "show-error": "S", "fail": "f", "include": "i", "head": "I", "verbose": "v",
    "output=": "o", "remote-name": "O", "write-out=": "w", "max-time=": "m", "insecure": "k",
    "header=": "H", "data=": "d", "data-raw=": None, "data-binary=": None, "data-ascii=": "d",
    "data-urlencode=": None, "json=": None, "request=": "X", "location": "L", "user=": "u",
    "user-agent=": "A", "referer=": "e", "cookie=": "b", "cookie-jar=": "c", "proxy=": "x",
    "form=": "F", "upload-file=": "T", "get": "G", "connect-timeout=": None, "retry=": None,
    "retry-delay=": None, "retry-connrefused": None, "retry-all-errors": None,
    "retry-max-time=": None, "resolve=": None, "cacert=": None, "cert=": "E", "key=": None,
    "noproxy=": None, "max-redirs=": None, "no-progress-meter": None, "http1.1": None,
    "http1.0": "0", "ipv4": "4", "ipv6": "6", "compressed": None, "fail-with-body": None,
    "globoff": "g", "version": "V", "help": "h", "progress-bar": "#", "no-buffer": "N",
    "url=": None, "create-dirs": None, "dump-header=": "D", "interface=": None, "http2": None,
    "no-keepalive": None, "keepalive-time=": None, "location-trusted": "L", "tlsv1.2": None,
    "limit-rate=": None, "local-port=": None, "parallel": "Z", "path-as-is": None,
    "connect-to=": None, "capath=": None, "oauth2-bearer=": None, "tcp-nodelay": None,
    "unix-socket=": None, "proxy-user=": "U",
    "abstract-unix-socket=": None, "haproxy-protocol": None,
}  # fmt: skip
