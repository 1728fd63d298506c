"""nginx's locations: which one is a path's, and the settings that it inherits."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field

from breakfix.embedded.programs.http.messages import Request
from breakfix.embedded.programs.nginx.config import ConfigError, Directive
from breakfix.embedded.programs.nginx.pcre import check_pattern, pcre

_REGEX = ("~", "~*")
_MODIFIERS = ("=", "^~", "~*", "~")


@dataclass(eq=False)
class Location:
    """A location (or a server's own level) with the settings that it inherits."""

    directive: Directive
    kind: str = ""  # "", "=", "^~", "~", "~*"
    pattern: str = ""
    parents: list[Directive] = field(default_factory=list)  # inner ones first
    children: list[Location] = field(default_factory=list)

    def setting(self, name: str) -> Directive | None:
        """The nearest directive of this name."""
        for level in (self.directive, *self.parents):
            if found := level.find(name):
                return found
        return None

    def settings(self, name: str) -> list[Directive]:
        """All of the nearest level that has any."""
        for level in (self.directive, *self.parents):
            if found := level.all(name):
                return found
        return []

    def word(self, name: str, default: str = "") -> str:
        """The first argument of a setting."""
        found = self.setting(name)
        return found.args[0] if found and found.args else default

    def matches(self, path: str) -> bool:
        """Does its regular expression match?"""
        flags = re.IGNORECASE if self.kind == "~*" else 0
        return re.search(pcre(self.pattern), path, flags) is not None


def locate(parent: Location, path: str) -> Location | None:
    """The location of a path, as nginx finds it."""
    prefixes = [c for c in parent.children if c.kind in ("", "^~") and path.startswith(c.pattern)]
    for child in parent.children:
        if child.kind == "=" and child.pattern == path:
            return child
    best = max(prefixes, key=lambda c: len(c.pattern), default=None)
    inner = locate(best, path) if best else None
    if inner is not None and inner.kind in ("=", "^~", "~", "~*"):
        return inner
    if best is None or best.kind != "^~":
        for child in parent.children:
            if child.kind in ("~", "~*") and child.matches(path):
                return locate(child, path) or child
    return inner or best


def read_locations(parent: Location, directive: Directive, parents: list[Directive]) -> None:
    """Those of a block, into `parent`. Raises ConfigError."""
    for found in directive.all("location"):
        kind, pattern = _pattern(found)
        if kind not in _REGEX and any(_same(c, kind, pattern) for c in parent.children):
            raise ConfigError(f'duplicate location "{pattern}"{found.where}')
        location = Location(found, kind, pattern, parents)
        parent.children.append(location)
        read_locations(location, found, [found, *parents])


def _same(known: Location, kind: str, pattern: str) -> bool:
    """The same path twice; `^~` and no modifier are alike."""
    if known.kind in _REGEX or known.pattern != pattern:
        return False
    return (known.kind == "=") == (kind == "=")


def _pattern(found: Directive) -> tuple[str, str]:
    """Its modifier and its path or pattern. Raises ConfigError."""
    kind, pattern = _split(found)
    if kind in _REGEX:
        check_pattern(pattern, found)
    return kind, pattern


def _split(found: Directive) -> tuple[str, str]:
    word = found.args[0]
    if len(found.args) > 1:
        if word not in _MODIFIERS:
            raise ConfigError(f'invalid location modifier "{word}"{found.where}')
        return word, found.args[1]
    kind = next((k for k in _MODIFIERS if word.startswith(k)), "")
    return kind, word[len(kind) :]


def normal(request: Request) -> str:
    """The path as locations see it."""
    path = re.sub(r"/+", "/", request.path) or "/"
    tail = "/" if path.endswith(("/", "/.", "/..")) and path != "/" else ""
    found = posixpath.normpath(path)
    return found + tail if found != "/" else "/"
