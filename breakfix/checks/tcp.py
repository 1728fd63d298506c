"""tcp: can a connection be opened from inside a pod? With nc, or curl's telnet."""

from __future__ import annotations

import re

from breakfix.checks import place
from breakfix.checks.context import Answer, CannotAsk, CheckContext
from breakfix.scenario.checks_spec import Tcp

# Not every nc knows -z. Without it nc ends when the server closes (0), when it cannot connect
# (1), or is stopped by `timeout` with the connection open (124, of busybox 143).
OPEN = (0, 124, 143)
WRONG_USE = re.compile(r"(?i)usage:|(invalid|unrecognized|unknown) option|applet not found")


async def ask(question: Tcp, ctx: CheckContext) -> Answer:
    """Is the port open (or, with closed, shut)?"""
    where = await place.find(ctx, question.from_, question.container)
    ran = await place.run(ctx, where, _ways(question), question.timeout + place.GRACE)
    result = ran.result
    words = result.stderr.strip().removeprefix("nc: ")
    if WRONG_USE.search(words):
        raise CannotAsk(f"the nc of {where.pod} does not understand: {words.splitlines()[0]}")
    opened = result.exit_code in OPEN
    seen = "open" if opened else f"closed ({words or 'no answer'})"
    return Answer(opened == (question.expect == "open"), question.expect, seen)


def _ways(question: Tcp) -> list[list[str]]:
    host, port = question.to.rsplit(":", 1)
    limit = place.whole_seconds(question.timeout)
    most = ["--connect-timeout", str(limit), "-m", str(limit)]
    return [
        ["timeout", str(limit + 2), "nc", "-w", str(limit), host, port],
        ["curl", "-sS", *most, f"telnet://{host}:{port}"],
    ]
