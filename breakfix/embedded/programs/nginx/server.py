"""nginx's virtual servers: their addresses and names, and which one is a request's."""

from __future__ import annotations

import re
from dataclasses import dataclass

from breakfix.embedded.programs.http.messages import Request
from breakfix.embedded.programs.nginx.config import ConfigError, Directive
from breakfix.embedded.programs.nginx.location import Location, locate, read_locations
from breakfix.embedded.programs.nginx.pcre import pcre

ANY, LOOPBACK = "0.0.0.0", "127.0.0.1"  # noqa: S104 - inside
Listen = tuple[str, int, bool, bool]  # address, port, default, ssl


@dataclass(eq=False)
class Server:
    """A server block."""

    directive: Directive
    top: Location
    listens: list[Listen]
    names: list[str]

    def locate(self, path: str) -> Location:
        """The location of a path, as nginx finds it."""
        return locate(self.top, path) or self.top

    def named(self, host: str) -> int:
        """How well a Host fits: 4 exact, 3 and 2 wildcards, 1 a pattern, 0 not."""
        return max((_fit(name, host) for name in self.names), default=0)


def _fit(name: str, host: str) -> int:
    if name == host:
        return 4
    if name.startswith(("*.", ".")) and (host.endswith(name.lstrip("*")) or host == name[1:]):
        return 3
    if name.endswith(".*") and host.startswith(name[:-1]):
        return 2
    return int(name.startswith("~") and bool(re.search(pcre(name[1:]), host)))


def virtual_server(servers: list[Server], request: Request, address: str, port: int) -> Server:
    """By Host; the default server else."""
    fitting = [s for s in servers if any(x[:2] == (address, port) for x in s.listens)]
    host = request.header("host").lower()
    if host.rpartition(":")[2].isdigit():
        host = host.rpartition(":")[0]
    best = max(fitting, key=lambda s: s.named(host))
    if best.named(host):
        return best
    marked = [s for s in fitting if any(x[:2] == (address, port) and x[2] for x in s.listens)]
    return (marked or fitting)[0]


def read_servers(http: Directive) -> list[Server]:
    """The server blocks. Raises ConfigError."""
    return [_server(d, http) for d in http.all("server")]


def one_default_each(servers: list[Server]) -> None:
    """Raises ConfigError for an address with two default servers."""
    defaults: set[tuple[str, int]] = set()
    for server in servers:
        for address, port, default, _ in server.listens:
            if default and (address, port) in defaults:
                where = next(d.where for d in server.directive.all("listen")
                             if "default_server" in d.args or "default" in d.args)  # fmt: skip
                raise ConfigError(f"a duplicate default server for {address}:{port}{where}")
            defaults |= {(address, port)} if default else set()


def same_names(servers: list[Server]) -> list[str]:
    """Warnings of names that two servers of one address have."""
    taken: dict[tuple[str, int], set[str]] = {}
    found = []
    for server in servers:
        for address, port, _, _ in server.listens:
            known = taken.setdefault((address, port), set())
            found += [f'conflicting server name "{name}" on {address}:{port}, ignored'
                      for name in dict.fromkeys(server.names) if name in known]  # fmt: skip
            known.update(server.names)
    return found


def _server(directive: Directive, http: Directive) -> Server:
    top = Location(directive, parents=[http])
    read_locations(top, directive, [directive, http])
    names = [a for d in directive.all("server_name") for a in d.args]
    return Server(directive, top, _listens(directive), names or [""])


def _listens(directive: Directive) -> list[Listen]:
    if not directive.all("listen"):
        return [(ANY, 80, False, False)]
    listens: list[Listen] = []
    for found in directive.all("listen"):
        listen = _listen(found)
        if listen is None:
            continue
        if any(listen[:2] == known[:2] for known in listens):
            word = found.args[0]
            shown = f"{ANY}:{word}" if word.isdigit() else word
            raise ConfigError(f"a duplicate listen {shown}{found.where}")
        listens.append(listen)
    return listens


def _listen(found: Directive) -> Listen | None:
    """None for what nobody reaches here: sockets in files and IPv6."""
    word, options = found.args[0], found.args[1:]
    if word.startswith(("unix:", "[::]")):
        return None
    default, ssl = "default_server" in options or "default" in options, "ssl" in options
    address, port = _in_brackets(found, word) if word.startswith("[") else _address(found, word)
    if not port.isdigit() or not 0 < int(port) < 65536:  # noqa: PLR2004
        raise ConfigError(f'invalid port in "{word}" of the "listen" directive{found.where}')
    return {"*": ANY, "localhost": LOOPBACK}.get(address, address), int(port), default, ssl


def _in_brackets(found: Directive, word: str) -> tuple[str, str]:
    """[ADDRESS]:PORT or [ADDRESS], of IPv6."""
    address, end, port = word[1:].partition("]")
    if not end:
        raise ConfigError(f'invalid host in "{word}" of the "listen" directive{found.where}')
    return address, port.removeprefix(":") or "80"


def _address(found: Directive, word: str) -> tuple[str, str]:
    """ADDRESS:PORT, or one of both alone."""
    address, colon, port = word.rpartition(":")
    if colon:
        return address, port
    if word.isdigit():
        return ANY, word
    if re.fullmatch(r"[\d.]+|\*|localhost", word):
        return word, "80"
    raise ConfigError(f'host not found in "{word}" of the "listen" directive{found.where}')
