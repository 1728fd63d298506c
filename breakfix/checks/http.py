"""http: a request from inside a pod, with curl or wget, whichever is there."""

from __future__ import annotations

import re

from breakfix.checks import place
from breakfix.checks.context import Answer, CheckContext
from breakfix.scenario.checks_spec import Http

STATUS = re.compile(r"HTTP/[\d.]+ (\d{3})[^\r\n]*")


async def ask(question: Http, ctx: CheckContext) -> Answer:
    """Is the answer there (or, with no-answer, is none), with this status and text?"""
    where = await place.find(ctx, question.from_, question.container)
    ran = await place.run(ctx, where, _ways(question), question.timeout + place.GRACE)
    text = _text(ran)
    statuses = STATUS.findall(text)
    if question.expect == "no-answer":
        return Answer(not statuses, "no answer", _seen(statuses, text))
    good = bool(statuses) and int(statuses[-1]) == question.status
    good = good and question.contains in text
    return Answer(good, _expected(question), _seen(statuses, text))


def _ways(question: Http) -> list[list[str]]:
    """Commands that print the response with its headers; not only one below status 400."""
    limit = str(place.whole_seconds(question.timeout))
    return [
        ["curl", "-sS", "-i", "-m", limit, question.url],
        ["wget", "-q", "-S", "-O-", "-T", limit, question.url],
    ]


def _text(ran: place.Ran) -> str:
    """Headers, body and trouble in the order in which they came: wget has the headers, or
    what was wrong, on its standard error."""
    out, err = ran.result.stdout, ran.result.stderr
    return err + out if ran.command[0] == "wget" else out + err


def _expected(question: Http) -> str:
    return f'{question.status} "{question.contains}"' if question.contains else str(question.status)


def _seen(statuses: list[str], text: str) -> str:
    last = next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")
    if not statuses:
        return last.removeprefix("wget: ") or "no answer"
    shown = "" if last.startswith(("HTTP/", "wget: server returned")) else f" {last[:60]}"
    return f"{statuses[-1]}{shown}"
