"""One line of CoreDNS's forward plugin: its servers and options."""

from __future__ import annotations

from dataclasses import dataclass

from breakfix.embedded.network.dns_records import RCODES
from breakfix.embedded.programs.coredns.chain import (
    SetupError,
    duration,
    integer,
    matches,
    normalized,
)
from breakfix.embedded.programs.coredns.controller import Controller
from breakfix.embedded.programs.coredns.tokens import CorefileError

POLICIES = ("random", "round_robin", "sequential")
FLAGS = ("force_tcp", "prefer_udp", "failfast_all_unhealthy_upstreams")


@dataclass(eq=False)
class Upstream:
    """One server; `fails` are those since its last answer."""

    host: str
    port: int
    fails: int = 0
    checking: bool = False


class Route:
    """One `forward` line."""

    def __init__(self, zone: str) -> None:
        self.zone = zone
        self.upstreams: list[Upstream] = []
        self.ignored: list[str] = []
        self.max_fails, self.limit, self.waiting = 2, 0, 0
        self.interval, self.health_name = 0.5, "."
        self.policy = "random"
        self.tcp = self.udp = self.failfast = False
        self._turn = -1

    def takes(self, name: str) -> bool:
        """Is the name for these servers?"""
        ignored = any(matches(zone, name) for zone in self.ignored)
        return matches(self.zone, name) and (name == self.zone or not ignored)

    def is_down(self, upstream: Upstream) -> bool:
        """Has its health check failed too often?"""
        return bool(self.max_fails) and upstream.fails > self.max_fails

    def listed(self, random: object) -> list[Upstream]:
        """All servers in the policy's order."""
        found = list(self.upstreams)
        if self.policy == "random":
            random.shuffle(found)  # type: ignore[attr-defined]
        elif self.policy == "round_robin":
            self._turn = (self._turn + 1) % len(found)
            found = found[self._turn :] + found[: self._turn]
        return found


def set_option(c: Controller, route: Route) -> None:
    """Take one option of the block. Raises CorefileError, SetupError."""
    word = c.val
    if word in FLAGS:
        if c.rest():
            raise c.wrong_args()
        route.tcp |= word == "force_tcp"
        route.udp |= word == "prefer_udp"
        route.failfast |= word == "failfast_all_unhealthy_upstreams"
        return
    if word not in _OPTIONS:
        raise c.token.parsing(f"unknown property '{word}'")
    args = c.rest() if word == "tls" else c.some()
    _OPTIONS[word](c, route, args)


def _except(c: Controller, route: Route, args: list[str]) -> None:
    del c
    route.ignored += normalized(args)


def _max_fails(c: Controller, route: Route, args: list[str]) -> None:
    del c
    route.max_fails = integer(args[0], "ParseUint")


def _health(c: Controller, route: Route, args: list[str]) -> None:
    del c
    route.interval = duration(args[0]) or 0.5
    if route.interval < 0:
        raise SetupError(f"health_check can't be negative: {int(route.interval * 1e9)}")
    options = iter(args[1:])
    for option in options:
        if option == "domain":
            route.health_name = next(options, ".")
        elif option != "no_rec":
            raise SetupError(f"health_check: unknown option {option}")


def _limit(c: Controller, route: Route, args: list[str]) -> None:
    del c
    route.limit = integer(args[0])
    if route.limit < 0:
        raise SetupError(f"max_concurrent can't be negative: {route.limit}")


def _policy(c: Controller, route: Route, args: list[str]) -> None:
    if args[0] not in POLICIES:
        raise _unknown_policy(c, args[0])
    route.policy = args[0]


def _unknown_policy(c: Controller, text: str) -> CorefileError:
    return c.token.parsing(f"unknown policy '{text}'")


def _rcodes(c: Controller, route: Route, args: list[str]) -> None:
    del c, route
    for arg in args:
        if arg.upper() not in RCODES:
            raise SetupError(f"{arg} is not a valid rcode")


def _nothing(c: Controller, route: Route, args: list[str]) -> None:
    del c, route, args


def _expire(c: Controller, route: Route, args: list[str]) -> None:
    del c, route
    if duration(args[0]) < 0:
        raise SetupError(f"expire can't be negative: {args[0]}")


_OPTIONS = {
    "except": _except, "max_fails": _max_fails, "health_check": _health, "expire": _expire,
    "max_concurrent": _limit, "policy": _policy, "next": _rcodes, "tls": _nothing,
    "tls_servername": _nothing,
}  # fmt: skip
