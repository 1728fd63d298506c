"""CoreDNS's template plugin: answers made from a pattern of the name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from breakfix.embedded.network.dns_records import (
    CLASSES,
    RCODES,
    TYPES,
    DnsFormatError,
    Record,
    parse_record,
)
from breakfix.embedded.programs.coredns.chain import (
    Fallthrough,
    Next,
    Plugin,
    Query,
    Result,
    closest,
    origins,
)
from breakfix.embedded.programs.coredns.controller import Controller

Values = Mapping[str, object]
Text = Callable[[Values], str]
SECTIONS = ("answer", "additional", "authority")
FIELDS = ("Zone", "Name", "Regex", "Class", "Type", "Remote")


@dataclass
class Template:
    """One `template CLASS TYPE [ZONES...] { ... }`."""

    cls: str
    type: str
    zones: list[str]
    patterns: list[re.Pattern[str]] = field(default_factory=list)
    texts: dict[str, list[Text]] = field(default_factory=lambda: {s: [] for s in SECTIONS})
    rcode: str = "NOERROR"
    fall: Fallthrough = field(default_factory=Fallthrough)

    def takes(self, query: Query) -> bool:
        """Is the question of its zones, class and type?"""
        kinds = ("ANY", query.type)
        return (
            bool(closest(self.zones, query.name))
            and self.cls in ("ANY", query.message.cls)
            and (self.type in kinds or query.type == "ANY")
        )


class Templates(Plugin):
    """All templates of a server block, in their order."""

    name = "template"

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.templates: list[Template] = []

    def setup(self, c: Controller) -> None:
        for _ in iter(c.next, False):
            cls = self._known(c, CLASSES, "invalid query class")
            kind = self._known(c, TYPES, "invalid RR class")
            template = Template(cls, kind, origins(c.rest(), self.zones))
            while c.next_block():
                _option(c, template)
            template.patterns = template.patterns or [re.compile(".*")]
            self.templates.append(template)

    @staticmethod
    def _known(c: Controller, names: Mapping[str, int], words: str) -> str:
        if not c.next_arg():
            raise c.wrong_args()
        if c.val not in names:
            raise c.token.parsing(f"{words} {c.val}")
        return c.val

    async def serve(self, query: Query, after: Next) -> Result:
        for template in self.templates:
            if not template.takes(query):
                continue
            found = next((m for p in template.patterns if (m := p.search(query.name))), None)
            if found is None:
                if not template.fall.through(query.name):
                    return Result(rcode="SERVFAIL")
                continue
            return await self._answer(template, query, found)
        return await after(query)

    async def _answer(self, template: Template, query: Query, found: re.Match[str]) -> Result:
        if template.rcode == "SERVFAIL":
            return Result(rcode="SERVFAIL")
        values = _values(template, query, found)
        reply = query.message.reply(template.rcode, aa=True)
        try:
            reply.extra = [parse_record(t(values)) for t in template.texts["additional"]]
            reply.authority = [parse_record(t(values)) for t in template.texts["authority"]]
            for text in template.texts["answer"]:
                record = parse_record(text(values))
                reply.answers += [record, *await self._target(record, query)]
        except (DnsFormatError, LookupError) as error:
            return Result(rcode="SERVFAIL", error=str(error))
        return Result(reply)

    async def _target(self, record: Record, query: Query) -> list[Record]:
        """What an alias leads to."""
        wanted = record.type == "CNAME" and query.type in ("A", "AAAA")
        if not wanted or self.server.ask_self is None:
            return []
        result = await self.server.ask_self(query.about(record.data))
        return result.message.answers if result.message else []


def _option(c: Controller, template: Template) -> None:
    word = c.val
    match word:
        case "match":
            template.patterns += [_regex(c, arg) for arg in c.some()]
        case "answer" | "additional" | "authority":
            template.texts[word] += [_text(c, arg) for arg in c.some()]
        case "rcode":
            if not c.next_arg():
                raise c.wrong_args()
            if c.val not in RCODES:
                raise c.token.parsing(f"unknown rcode {c.val}")
            template.rcode = c.val
        case "fallthrough":
            template.fall.set(c.rest())
        case "upstream" | "ederror":
            c.rest()
        case _:
            raise c.wrong_args()


def _regex(c: Controller, text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        words = str(error.msg)
        if "unterminated subpattern" in words:
            words = "missing closing )"
        elif "nothing to repeat" in words:
            words = "missing argument to repetition operator"
        where = text[error.pos or 0] if words.startswith("missing argument") else text
        shown = f"error parsing regexp: {words}: `{where}`"
        raise c.token.parsing(f"could not parse regex: {text}, {shown}") from error


def _values(template: Template, query: Query, found: re.Match[str]) -> Values:
    groups = [found[0], *(g or "" for g in found.groups())]
    named = {str(i): g for i, g in enumerate(groups)} | {
        name: value or "" for name, value in found.groupdict().items()
    }
    return {
        "Zone": closest(template.zones, query.name), "Name": query.name,
        "Regex": found.re.pattern, "Class": query.message.cls, "Type": query.type,
        "Remote": query.peer[0], "Match": groups, "Group": named,
    }  # fmt: skip


def _text(c: Controller, source: str) -> Text:
    """A Go template: fields, `index .Match N`, `.Group.NAME`, `index .Group "NAME"`."""
    parts: list[str | Text] = []
    at = 0
    for action in re.finditer(r"\{\{-?\s*(.*?)\s*-?\}\}", source):
        parts.append(source[at : action.start()])
        parts.append(_action(c, action[1]))
        at = action.end()
    if "{{" in source[at:]:
        raise _uncompiled(c, "template: answer:1: unclosed action")
    parts.append(source[at:])
    return lambda values: "".join(p if isinstance(p, str) else p(values) for p in parts)


def _action(c: Controller, words: str) -> Text:
    if words.startswith(".") and words[1:] in FIELDS:
        return lambda values: str(values[words[1:]])
    if found := re.fullmatch(r"index\s+\.Match\s+(\d+)|index\s+\(?\s*\.Match\s*\)?\s+(\d+)", words):
        index = int(found[1] or found[2])
        return lambda values: _item(values["Match"], index)
    if found := re.fullmatch(r'\.Group\.(\w+)|index\s+\.Group\s+"(\w+)"', words):
        name = found[1] or found[2]
        return lambda values: _item(values["Group"], name)
    raise _uncompiled(c, f'template: answer:1: unexpected "{words}" in operand')


def _item(values: object, key: int | str) -> str:
    if isinstance(values, dict):
        return str(values.get(key, "<no value>"))
    if isinstance(values, list) and isinstance(key, int) and key < len(values):
        return str(values[key])
    raise LookupError(f"error calling index: index out of range: {key}")


def _uncompiled(c: Controller, words: str) -> Exception:
    return c.token.parsing(f"could not compile template: {c.val}, {words}")
