"""Which types the functions of the language take: the signatures that can be checked.

Functions that are not here (optional values, math) take and give anything.
"""

from __future__ import annotations

from functools import cache

from breakfix.embedded.cel.types import DYN, Type, parsed, simple

Signature = tuple[tuple[Type, ...], Type]  # parameters (the receiver first), result

_NUMBERS = ("int", "uint", "double")
_ORDERED = ("bool", *_NUMBERS, "string", "bytes", "timestamp", "duration")
_CONVERSIONS = {
    "int": (*_NUMBERS, "string", "timestamp", "duration"), "uint": (*_NUMBERS, "string"),
    "double": (*_NUMBERS, "string"), "bool": ("bool", "string"),
    "string": (*_ORDERED, "bytes"), "bytes": ("bytes", "string"),
    "timestamp": ("timestamp", "string", "int"), "duration": ("duration", "string", "int"),
}  # fmt: skip
_GETTERS = (
    "getFullYear", "getMonth", "getDayOfYear", "getDate", "getDayOfMonth", "getDayOfWeek",
)  # fmt: skip
_TEXTS = {
    "contains": "string,string>bool", "startsWith": "string,string>bool",
    "endsWith": "string,string>bool", "matches": "string,string>bool",
    "charAt": "string,int>string", "indexOf": "string,string>int|string,string,int>int",
    "lastIndexOf": "string,string>int|string,string,int>int",
    "lowerAscii": "string>string", "upperAscii": "string>string", "trim": "string>string",
    "replace": "string,string,string>string|string,string,string,int>string",
    "split": "string,string>list(string)|string,string,int>list(string)",
    "substring": "string,int>string|string,int,int>string", "reverse": "string>string",
    "join": "list(string)>string|list(string),string>string",
    "format": "string,list(dyn)>string",
}  # fmt: skip


def _texts() -> dict[str, str]:
    found = {
        "_==_": "A,A>bool",
        "_!=_": "A,A>bool",
        "!_": "bool>bool",
        "-_": "int>int|double>double",
    }
    for name in ("_<_", "_<=_", "_>_", "_>=_"):
        same = [f"{t},{t}>bool" for t in _ORDERED]
        mixed = [f"{a},{b}>bool" for a in _NUMBERS for b in _NUMBERS if a != b]
        found[name] = "|".join(same + mixed)
    arithmetic = "|".join(f"{t},{t}>{t}" for t in _NUMBERS)
    found |= {
        "_+_": arithmetic + "|string,string>string|bytes,bytes>bytes|list(A),list(A)>list(A)"
        "|duration,duration>duration|timestamp,duration>timestamp|duration,timestamp>timestamp",
        "_-_": arithmetic + "|timestamp,timestamp>duration|timestamp,duration>timestamp"
        "|duration,duration>duration",
        "_*_": arithmetic, "_/_": arithmetic, "_%_": "int,int>int|uint,uint>uint",
        "_&&_": "bool,bool>bool", "_||_": "bool,bool>bool", "_?_:_": "bool,A,A>A",
        "@in": "A,list(A)>bool|A,map(A,B)>bool", "_in_": "A,list(A)>bool|A,map(A,B)>bool",
        "_[_]": "list(A),int>A|map(A,B),A>B",
        "size": "string>int|bytes>int|list(A)>int|map(A,B)>int",
        "@not_strictly_false": "bool>bool",
    }  # fmt: skip
    for result, sources in _CONVERSIONS.items():
        found[result] = "|".join(f"{s}>{result}" for s in dict.fromkeys(sources))
    for name in _GETTERS:
        found[name] = "timestamp>int|timestamp,string>int"
    for name in ("getHours", "getMinutes", "getSeconds", "getMilliseconds"):
        found[name] = "timestamp>int|timestamp,string>int|duration>int"
    return found | _TEXTS


def _signatures(text: str) -> list[Signature]:
    found = []
    for one in text.split("|"):
        parameters, _, result = one.partition(">")
        found.append((parsed(f"p({parameters})").params, parsed(result)))
    return found


@cache
def overloads() -> dict[str, list[Signature]]:
    """All signatures by function name."""
    from breakfix.embedded.cel.library import FUNCTIONS

    found = {name: _signatures(text) for name, text in _texts().items()}
    for one in FUNCTIONS:
        signature = tuple(parsed(p) for p in one.parameters), parsed(one.result)
        found.setdefault(one.name, []).append(signature)
    return found


def resolve(name: str, arguments: list[Type]) -> Type | None:
    """The result of a call; None where no overload takes these."""
    known = overloads().get(name)
    if known is None:
        return DYN
    results = []
    for parameters, result in known:
        bound: dict[str, Type] = {}
        if len(parameters) == len(arguments) and all(
            _fits(p, a, bound) for p, a in zip(parameters, arguments, strict=True)
        ):
            results.append(_filled(result, bound))
    if not results:
        return None
    return results[0] if all(str(r) == str(results[0]) for r in results) else DYN


def _fits(wanted: Type, found: Type, bound: dict[str, Type]) -> bool:
    if found.kind == "dyn" or wanted.kind == "dyn":
        if len(wanted.kind) == 1:
            bound.setdefault(wanted.kind, found)
        return True
    if len(wanted.kind) == 1 and wanted.kind.isupper():
        known = bound.get(wanted.kind)
        if known is None or known.kind == "dyn":
            bound[wanted.kind] = found
            return True
        return same(known, found)
    return wanted.kind == found.kind and all(
        _fits(w, f, bound) for w, f in zip(wanted.params, found.params, strict=False)
    )


def _filled(wanted: Type, bound: dict[str, Type]) -> Type:
    if len(wanted.kind) == 1 and wanted.kind.isupper():
        return bound.get(wanted.kind, DYN)
    if wanted.params:
        return Type(wanted.kind, tuple(_filled(p, bound) for p in wanted.params))
    return wanted


_NULLABLE = frozenset({"object", "timestamp", "duration", "optional"})


def same(a: Type, b: Type) -> bool:
    """May values of these be compared, or stand in one list?"""
    if "dyn" in {a.kind, b.kind}:
        return True
    if "null" in {a.kind, b.kind}:
        other = b if a.kind == "null" else a
        return other.kind == "null" or other.kind in _NULLABLE or "." in other.kind
    if a.kind != b.kind:
        return False
    if a.kind == "object":
        return a is b or a.name == b.name
    return all(same(x, y) for x, y in zip(a.params, b.params, strict=False))


NULL = simple("null")
