"""One request to nginx, and what is known of it."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from breakfix.embedded.programs.http.messages import Request, Response
from breakfix.embedded.programs.nginx.config import Directive
from breakfix.embedded.programs.nginx.location import Location
from breakfix.embedded.programs.nginx.pages import page, words
from breakfix.embedded.programs.nginx.pcre import pcre
from breakfix.embedded.programs.nginx.server import Server
from breakfix.embedded.programs.nginx.variable_names import fill
from breakfix.embedded.programs.nginx.variables import SIMPLE

if TYPE_CHECKING:
    from breakfix.embedded.programs.nginx.master import Nginx

NO_ANSWER = 444


class Redirect(Exception):  # noqa: N818 - no error
    """Go on with another path inside."""

    def __init__(self, path: str, args: str | None = None, named: str = "") -> None:
        super().__init__(path)
        self.path, self.query, self.named = path, args, named


@dataclass
class Exchange:
    """One request and what is known of it."""

    nginx: Nginx
    server: Server
    request: Request
    number: int
    path: str = ""
    args: str = ""
    own: dict[str, str] = field(default_factory=dict)  # set by `set` and captures
    location: Location | None = None
    response: Response | None = None
    upstream: str = ""
    upstream_status: str = ""
    upstream_length: str = ""
    passed: bool = False  # is the response, without a body, that of another server?
    started: float = 0.0

    # -- variables -----------------------------------------------------------------------

    def value(self, name: str) -> str:
        """A variable's value; "" where it has none."""
        if name in self.own:
            return self.own[name]
        if (known := self.nginx.cycle.maps.get(name)) is not None:
            return self.mapped(known)
        if name.startswith("arg_"):
            found = re.search(rf"(?:^|&){re.escape(name[4:])}=([^&]*)", self.args)
            return found[1] if found else ""
        if name.startswith("http_"):
            return self.request.header(name[5:].replace("_", "-"))
        if name.startswith("sent_http_") and self.response:
            return self.response.header(name[10:].replace("_", "-"))
        if name.startswith("cookie_"):
            pattern = rf"(?:^|;\s*){re.escape(name[7:])}=([^;]*)"
            found = re.search(pattern, self.request.header("cookie"))
            return found[1] if found else ""
        simple = SIMPLE.get(name)
        return simple(self) if simple else ""

    def mapped(self, block: Directive) -> str:
        """What a `map` makes of its source."""
        source = self.fill(block.args[0])
        default = ""
        for entry in block.block or []:
            result = entry.args[0] if entry.args else ""
            if entry.name == "default":
                default = result
            elif entry.name.startswith("~"):
                flags = re.IGNORECASE if entry.name.startswith("~*") else 0
                if re.search(pcre(entry.name.lstrip("~*")), source, flags):
                    return self.fill(result)
            elif entry.name == source:
                return self.fill(result)
        return self.fill(default)

    def fill(self, text: str) -> str:
        """A text with its variables filled."""
        return fill(text, self.value)

    @property
    def host(self) -> str:
        """The name that was asked for."""
        name = self.request.header("host").rpartition(":")
        plain = name[0] if name[2].isdigit() and name[0] else self.request.header("host")
        return plain.lower() or self.server.names[0]

    def captures(self, match: re.Match[str]) -> None:
        """Keep the groups of a match as variables."""
        self.own |= {str(i + 1): g or "" for i, g in enumerate(match.groups())}
        self.own |= {k: v or "" for k, v in match.groupdict().items()}

    # -- facts ---------------------------------------------------------------------------

    def place(self, location: Location, path: str) -> str:
        """The file of a path: root, or alias with the rest."""
        alias = location.directive.find("alias")
        if alias is not None:
            rest = "" if location.kind in ("~", "~*") else path[len(location.pattern) :]
            return self.fill(alias.args[0]) + rest
        root = self.fill(location.word("root", "/etc/nginx/html"))
        return posixpath.join("/etc/nginx", root).rstrip("/") + path

    def kind(self, location: Location, path: str) -> str:
        """The Content-Type of a file."""
        extension = posixpath.splitext(path)[1].lstrip(".").lower()
        found = self.nginx.cycle.types.get(extension) if extension else None
        return found or location.word("default_type", "text/plain")

    def moved(self, status: int, target: str) -> Response:
        """A redirect."""
        if target.startswith("/"):
            local = self.request.local[1]
            host = self.request.header("host").partition(":")[0] or self.server.names[0]
            port = "" if local == (443 if self.request.tls else 80) else f":{local}"
            target = f"{'https' if self.request.tls else 'http'}://{host}{port}{target}"
        return Response([("Location", target), ("Content-Type", "text/html")],
                        page(status, self.nginx.signature), status, words(status))  # fmt: skip

    async def log(self, text: str, level: str = "error", extra: str = "") -> None:
        """A line in the error log, with the request's facts."""
        request = self.request
        facts = [f"client: {request.peer[0]}", f"server: {self.server.names[0]}",
                 f'request: "{request.method} {request.target} {request.version}"']  # fmt: skip
        facts += [extra] if extra else []
        facts += [f'host: "{request.header("host")}"'] if request.has("host") else []
        await self.nginx.logs.log(level, f"*{self.number} {text}, {', '.join(facts)}", worker=True)
