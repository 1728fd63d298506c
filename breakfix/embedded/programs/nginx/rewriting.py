"""nginx's rewrite module: set, rewrite, if and return."""

from __future__ import annotations

import re

from breakfix.embedded.programs.http.messages import Response
from breakfix.embedded.programs.nginx.config import Directive
from breakfix.embedded.programs.nginx.exchange import NO_ANSWER, Exchange, Redirect
from breakfix.embedded.programs.nginx.location import Location
from breakfix.embedded.programs.nginx.pages import words
from breakfix.embedded.programs.nginx.pcre import pcre


def rewritten(x: Exchange, level: Location) -> Response | None:
    """set, rewrite, if, return, in their order."""
    return _rules(x, level.directive, level)


def _rules(x: Exchange, block: Directive, level: Location) -> Response | None:
    for rule in block.block or []:
        stop, response = _rule(x, rule, level)
        if stop or response is not None:
            return response
    return None


def _rule(x: Exchange, rule: Directive, level: Location) -> tuple[bool, Response | None]:
    """Do the others not come any more, and what is answered?"""
    match rule.name:
        case "set":
            x.own[rule.args[0].lstrip("$")] = x.fill(rule.args[1])
        case "return":
            return True, _return(x, rule, level)
        case "break":
            return True, None
        case "if" if holds(x, rule.args):
            return False, _rules(x, rule, level)
        case "rewrite":
            return _rewrite(x, rule, level)
    return False, None


def holds(x: Exchange, args: list[str]) -> bool:
    """Does the condition of an `if` hold?"""
    text = " ".join(args).strip()
    text = text.removeprefix("(").removesuffix(")").strip()
    left, _, rest = text.partition(" ")
    value = x.fill(left)
    if not rest:
        return value not in ("", "0")
    operator, _, right = rest.strip().partition(" ")
    right = right.strip().strip("\"'")
    if operator in ("=", "!="):
        return (value == x.fill(right)) == (operator == "=")
    match = re.search(pcre(right), value, re.IGNORECASE if "*" in operator else 0)
    if match:
        x.captures(match)
    return (match is not None) != operator.startswith("!")


def _rewrite(x: Exchange, rule: Directive, level: Location) -> tuple[bool, Response | None]:
    match = re.search(pcre(rule.args[0]), x.path)
    if not match:
        return False, None
    x.captures(match)
    target = x.fill(rule.args[1])
    flag = rule.args[2] if len(rule.args) > 2 else ""  # noqa: PLR2004
    if flag in ("redirect", "permanent") or target.startswith(("http://", "https://")):
        return True, x.moved(301 if flag == "permanent" else 302, target)
    path, mark, args = target.partition("?")
    x.args = f"{args}&{x.args}".strip("&") if mark and x.args else args or x.args
    x.path = path
    if flag == "last" and level is not x.server.top:
        raise Redirect(path)
    return flag in ("last", "break"), None


def _return(x: Exchange, rule: Directive, level: Location) -> Response:
    if not rule.args[0].isdigit():
        return x.moved(302, x.fill(rule.args[0]))
    status = int(rule.args[0])
    text = x.fill(rule.args[1]) if len(rule.args) > 1 else None
    if text is not None and status in (301, 302, 303, 307, 308):
        return x.moved(status, text)
    if text is None:
        return Response(status=status, reason=words(status), close=status == NO_ANSWER)
    body = text.replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r").encode()
    return Response([("Content-Type", x.kind(level, x.path))], body, status,
                    words(status))  # fmt: skip
