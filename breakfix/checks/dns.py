"""dns: a name looked up from inside a pod, as its resolv.conf says."""

from __future__ import annotations

import re

from breakfix.checks import place
from breakfix.checks.context import Answer, CannotAsk, CheckContext
from breakfix.scenario.checks_spec import Dns

LIMIT = 12.0  # s
# `Address: 10.96.0.1` and, of busybox before 1.29, `Address 1: 10.96.0.1 name`
ADDRESS = re.compile(r"^Address(?: \d+)?:\s+(\S+)", re.MULTILINE)
OF_SERVICE = re.compile(r"^clusterIP of service/(?:([a-z0-9-]+)/)?([a-z0-9-]+)$")


async def ask(question: Dns, ctx: CheckContext) -> Answer:
    """Does the name resolve, to this address (or, with no-answer, not at all)?"""
    where = await place.find(ctx, question.from_, question.container)
    ways = (["nslookup", question.name], ["getent", "hosts", question.name])
    ran = await place.run(ctx, where, ways, LIMIT)
    out, err = ran.result.stdout, ran.result.stderr
    found = addresses(out) if ran.command[0] == "nslookup" else _hosts(out)
    seen = ", ".join(found) or _failure(out + err)
    if question.expect == "no-answer":
        return Answer(not found, "no address", seen)
    wanted = await _address(question.answer, ctx)
    good = bool(found) and (not wanted or wanted in found)
    return Answer(good, wanted or "an address", seen)


def addresses(output: str) -> list[str]:
    """The addresses that nslookup printed, without the server's own."""
    head, *rest = re.split(r"\n\s*\n", output.strip(), maxsplit=1)
    body = "".join(rest) if head.startswith("Server") else output
    return [a for a in ADDRESS.findall(body) if "#" not in a]


def _hosts(output: str) -> list[str]:
    """The addresses that getent printed, each at the beginning of its line."""
    return [line.split()[0] for line in output.splitlines() if line.strip()]


def _failure(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [li for li in lines if "find" in li or "timed out" in li or "resolve" in li]
    return (telling or lines or ["no answer"])[-1].removeprefix("** ")


async def _address(answer: str, ctx: CheckContext) -> str:
    match = OF_SERVICE.match(answer)
    if match is None:
        return answer
    namespace, name = match[1] or ctx.namespace, match[2]
    service = await ctx.api.get("Service", name, namespace)
    if service is None:
        raise CannotAsk(f"there is no service {name} in {namespace}")
    return str(service["spec"].get("clusterIP", ""))
