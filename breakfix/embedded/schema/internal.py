"""Values as the API server's messages show them: as the structs that it works with inside.

The names and their order come from facts/internal.json: for each struct Go's name, the JSON
name and a code of each field. A code is s (text), i (number), b (truth), q (quantity), v (as
it is; null where absent) or a struct, after any of * (pointer), [ (list), { (map), which are
null where absent; a + is a struct whose fields stand among the others.
"""

from __future__ import annotations

import json
from typing import Any

from breakfix.embedded.facts import loading
from breakfix.embedded.objects import Object

_ZERO: dict[str, Any] = {"s": "", "i": 0, "b": False, "q": "0", "v": None}
# Of a pod's spec; inside they belong to its security context.
_OF_HOST = ("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostUsers")


def internal(struct: str, value: Object | None) -> Object:
    """The value of a struct, as "core.PodSpec", with every field that it has."""
    value = value or {}
    if struct == "core.PodSpec":
        host = {k: value[k] for k in _OF_HOST if k in value}
        value = value | {"securityContext": (value.get("securityContext") or {}) | host}
    found: Object = {}
    for name, key, code in loading.internal()[struct]:
        if code == "+v":
            found |= value.get(key) or {}
        elif code[0] == "+":
            found |= internal(code[1:], value)
        else:
            found[name] = _made(code, value.get(key))
    return found


def _made(code: str, value: Any) -> Any:
    sign, inner = code[0], code[1:]
    if sign in "*[{" and value is None:
        return None
    if sign == "*":
        return _made(inner, value)
    if sign == "[":
        return [_made(inner, each) for each in value]
    if sign == "{":
        return {key: _made(inner, each) for key, each in value.items()}
    if code in _ZERO:
        return _ZERO[code] if value is None else value
    return internal(code, value)


def indented(value: Any) -> list[str]:
    """Lines of JSON as Go writes it, one space for each level."""
    return go_escaped(json.dumps(value, indent=1, ensure_ascii=False)).splitlines()


def go_escaped(text: str) -> str:
    """JSON with the three characters that Go never writes as they are."""
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
