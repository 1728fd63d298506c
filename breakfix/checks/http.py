"""http: a request from inside a pod, with curl or wget, whichever is there."""

from __future__ import annotations

import re
import shlex

from breakfix.checks import place
from breakfix.checks.context import Answer, CheckContext
from breakfix.scenario.checks_spec import Http

# Prints the response (headers, then body); exit code 0 only for an answer with status < 400.
SCRIPT = """
if command -v curl >/dev/null 2>&1; then curl -sS -i -m {timeout} {url} 2>&1
elif command -v wget >/dev/null 2>&1; then wget -q -S -O- -T {timeout} {url} 2>&1
else exit 127; fi
"""
STATUS = re.compile(r"HTTP/[\d.]+ (\d{3})[^\r\n]*")


async def ask(question: Http, ctx: CheckContext) -> Answer:
    """Is the answer there (or, with no-answer, is none), with this status and text?"""
    where = await place.find(ctx, question.from_, question.container)
    timeout = max(1, round(question.timeout))
    script = SCRIPT.format(timeout=timeout, url=shlex.quote(question.url))
    result = await place.run(ctx, where, script, timeout + 5)
    text = result.stdout + result.stderr
    statuses = STATUS.findall(text)
    if question.expect == "no-answer":
        return Answer(not statuses, "no answer", _seen(statuses, text))
    good = bool(statuses) and int(statuses[-1]) == question.status
    good = good and question.contains in text
    return Answer(good, _expected(question), _seen(statuses, text))


def _expected(question: Http) -> str:
    return f'{question.status} "{question.contains}"' if question.contains else str(question.status)


def _seen(statuses: list[str], text: str) -> str:
    last = next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")
    if not statuses:
        return last.removeprefix("wget: ") or "no answer"
    shown = "" if last.startswith(("HTTP/", "wget: server returned")) else f" {last[:60]}"
    return f"{statuses[-1]}{shown}"
