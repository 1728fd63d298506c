"""CoreDNS's rewrite plugin: other questions than were asked, and answers turned back."""

from __future__ import annotations

from dataclasses import replace

from breakfix.embedded.network.dns_records import Record, labels
from breakfix.embedded.programs.coredns.chain import Next, Plugin, Query, Result
from breakfix.embedded.programs.coredns.controller import Controller
from breakfix.embedded.programs.coredns.rewrite_answers import Turn
from breakfix.embedded.programs.coredns.rewrite_rules import Rule, new_rule

NAMED = ("CNAME", "NS", "PTR", "MX", "SRV")  # whose data ends with a name


class Rewrite(Plugin):
    """`rewrite [continue|stop] FIELD [TYPE] FROM TO [OPTIONS]`, each on its line."""

    name = "rewrite"

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.rules: list[Rule] = []

    def setup(self, c: Controller) -> None:
        for _ in iter(c.next, False):
            args = c.rest()
            while c.next_block():
                args += [c.val, *c.rest()]
            self.rules.append(new_rule(args))

    async def serve(self, query: Query, after: Next) -> Result:
        original, turns = query.message, []
        for rule in self.rules:
            found = rule.apply(query)
            if found is None:
                continue
            query, more = found
            turns += more
            if rule.stop:
                break
        if query.message is original:
            return await after(query) if not turns else _turned(await after(query), query, turns)
        try:
            labels(query.message.name)
        except ValueError:
            words = f"invalid name after rewrite: {query.message.name}"
            return Result(rcode="SERVFAIL", error=words)
        return _turned(await after(query), replace(query, message=original), turns)


def _turned(result: Result, query: Query, turns: list[Turn]) -> Result:
    """The answer with the question that was asked, and with its names turned back."""
    found = result.written(query)
    rcode = found.rcode
    for turn in turns:
        rcode = (turn.rcode or {}).get(rcode, rcode)
    asked = query.message
    message = replace(found, name=asked.name, type=asked.type, cls=asked.cls, rcode=rcode)
    for section in ("answers", "authority", "extra"):
        records: list[Record] = getattr(found, section)
        setattr(message, section, [_record(r, turns) for r in records])
    return Result(message, error=result.error)


def _record(record: Record, turns: list[Turn]) -> Record:
    for turn in turns:
        if turn.name:
            record = replace(record, name=turn.name(record.name))
        if turn.value and record.type in NAMED:
            *numbers, name = record.data.split()
            record = replace(record, data=" ".join([*numbers, turn.value(name)]))
        if turn.ttl:
            record = replace(record, ttl=turn.ttl(record.ttl))
    return record
