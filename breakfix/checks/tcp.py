"""tcp: can a connection be opened from inside a pod? With nc, or curl's telnet."""

from __future__ import annotations

import shlex

from breakfix.checks import place
from breakfix.checks.context import Answer, CheckContext
from breakfix.scenario.checks_spec import Tcp

SCRIPT = """
if command -v nc >/dev/null 2>&1; then nc -z -w {timeout} {host} {port} </dev/null 2>&1
elif command -v curl >/dev/null 2>&1; then
  curl -sS -m {timeout} --connect-timeout {timeout} telnet://{host}:{port} </dev/null 2>&1
else exit 127; fi
"""


async def ask(question: Tcp, ctx: CheckContext) -> Answer:
    """Is the port open (or, with closed, shut)?"""
    where = await place.find(ctx, question.from_, question.container)
    host, port = question.to.rsplit(":", 1)
    timeout = max(1, round(question.timeout))
    script = SCRIPT.format(timeout=timeout, host=shlex.quote(host), port=port)
    result = await place.run(ctx, where, script, timeout + 5)
    opened = result.exit_code == 0
    words = (result.stdout + result.stderr).strip().removeprefix("nc: ")
    seen = "open" if opened else f"closed ({words or 'no answer'})"
    return Answer(opened == (question.expect == "open"), question.expect, seen)
