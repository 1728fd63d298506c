"""tcp: can a connection be opened from inside a pod? With nc, or curl's telnet."""

from __future__ import annotations

import re
import shlex

from breakfix.checks import place
from breakfix.checks.context import Answer, CannotAsk, CheckContext
from breakfix.scenario.checks_spec import Tcp

# Not every nc knows -z. Without it nc ends when the server closes (0), when it cannot connect
# (1), or is stopped by `timeout` with the connection open (124, of busybox 143).
SCRIPT = """
if command -v nc >/dev/null 2>&1; then
  timeout {longest} nc -w {timeout} {host} {port} </dev/null 2>&1 >/dev/null
elif command -v curl >/dev/null 2>&1; then
  curl -sS -m {timeout} --connect-timeout {timeout} telnet://{host}:{port} </dev/null 2>&1
else exit 127; fi
"""


OPEN = (0, 124, 143)
WRONG_USE = re.compile(r"(?i)usage:|(invalid|unrecognized|unknown) option|applet not found")


async def ask(question: Tcp, ctx: CheckContext) -> Answer:
    """Is the port open (or, with closed, shut)?"""
    where = await place.find(ctx, question.from_, question.container)
    host, port = question.to.rsplit(":", 1)
    timeout = max(1, round(question.timeout))
    script = SCRIPT.format(timeout=timeout, longest=timeout + 2, host=shlex.quote(host), port=port)
    result = await place.run(ctx, where, script, timeout + 5)
    words = (result.stdout + result.stderr).strip().removeprefix("nc: ")
    if WRONG_USE.search(words):
        raise CannotAsk(f"the nc of {where.pod} does not understand: {words.splitlines()[0]}")
    opened = result.exit_code in OPEN
    seen = "open" if opened else f"closed ({words or 'no answer'})"
    return Answer(opened == (question.expect == "open"), question.expect, seen)
