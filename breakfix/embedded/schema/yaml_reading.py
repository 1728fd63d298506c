"""The values in YAML request bodies, read as go-yaml reads them."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from typing import Any

from breakfix.embedded.schema.reading import ReadingError

_ALIAS_LIMIT = 200_000  # values, so that a few aliases do not become millions
# YAML 1.1 as go-yaml reads it: no timestamps, no numbers to the base of sixty.
_YAML_INT = re.compile(r"[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*)$")
_YAML_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?$")
_YAML_INFINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_YAML_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(
        ("y", "Y", "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"), True
    ),
    **dict.fromkeys(
        ("n", "N", "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"), False
    ),
}
# Those that the parser used here would have taken for something else than a text.
_PYTHON_WORDS = _YAML_WORDS.keys() - {"y", "Y", "n", "N"}


def yaml_value(body: bytes) -> tuple[Any, list[str]]:
    """The first YAML document as JSON, and its duplicate keys in the real words.

    Raises ReadingError.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        node = next(iter(yaml.compose_all(body, Loader=loader)), None)
        builder = _Builder(body)
        return (builder.value(node) if node else None), builder.duplicates
    except yaml.MarkedYAMLError as error:
        raise ReadingError(f"yaml: {_where(error)}{_problem(error, body)}") from None
    except yaml.YAMLError as error:
        raise ReadingError(f"yaml: {error}") from None
    except RecursionError:
        raise ReadingError("yaml: exceeded max depth of 10000") from None


def _where(error: Any) -> str:
    """go-yaml counts lines from none, and only the scanner's errors one further."""
    line: int = error.problem_mark.line if error.problem_mark else 0
    if not line:
        return ""
    return f"line {line + (type(error).__name__ == 'ScannerError')}: "


def _problem(error: Any, body: bytes) -> str:
    if error.problem == "found undefined alias" and error.problem_mark:
        line = body.decode("utf-8", "replace").splitlines()[error.problem_mark.line]
        name = re.match(r"\*?([\w-]+)", line[error.problem_mark.column :])
        return f"unknown anchor '{name[1] if name else ''}' referenced"
    return str(error.problem)


class _Builder:
    """JSON out of YAML nodes."""

    def __init__(self, body: bytes) -> None:
        self.duplicates: list[str] = []
        self._body = body
        self._left = _ALIAS_LIMIT
        self._inside: set[int] = set()

    def value(self, node: Any) -> Any:
        """Of a node; raises ReadingError."""
        self._left -= 1
        if self._left < 0:
            raise ReadingError("yaml: document contains excessive aliasing")
        if node.id == "scalar":
            return _scalar(node)
        if id(node) in self._inside:
            name = re.search(rb"&([\w-]+)", self._body)
            shown = name[1].decode() if name else ""
            raise ReadingError(f"yaml: anchor '{shown}' value contains itself")
        self._inside.add(id(node))
        sequence = node.id == "sequence"
        found = [self.value(n) for n in node.value] if sequence else dict(self._members(node))
        self._inside.discard(id(node))
        return found

    def _members(self, node: Any) -> Iterator[tuple[str, Any]]:
        seen: set[str] = set()
        for key_node, value_node in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge" and value_node.id == "mapping":
                yield from self._members(value_node)
                continue
            key = _key(self.value(key_node))
            if key in seen:
                line = key_node.start_mark.line + 1
                self.duplicates.append(f'line {line}: key "{key}" already set in map')
            seen.add(key)
            yield key, self.value(value_node)


def _key(value: Any) -> str:
    """Keys of JSON are texts."""
    if isinstance(value, str):
        return value
    if isinstance(value, (dict, list)):
        raise ReadingError("yaml: invalid map key")
    return json.dumps(value)


def _scalar(node: Any) -> Any:
    text: str = node.value
    tag: str = node.tag.rpartition(":")[2]
    if tag == "binary":
        return base64.b64decode(text).decode("utf-8", "replace")
    if node.style or (tag == "str" and _is_said_text(text)):
        return text  # quoted, or said to be a text
    if text in _YAML_WORDS:
        return _YAML_WORDS[text]
    return _yaml_number(text)


def _is_said_text(text: str) -> bool:
    """Would the parser have seen something else, had there been no `!!str`?"""
    return text in _PYTHON_WORDS or bool(_YAML_INT.match(text) and "o" not in text)


def _yaml_number(text: str) -> Any:
    if _YAML_INFINITE.fullmatch(text):
        sign = "-" if text.startswith("-") else "+"
        shown = "NaN" if "a" in text.lower() else f"{sign}Inf"
        raise ReadingError(f"json: unsupported value: {shown}")
    plain = text.replace("_", "")
    if _YAML_INT.match(text):
        return _yaml_int(plain, text)
    return float(plain) if _YAML_FLOAT.match(text) else text


def _yaml_int(plain: str, text: str) -> Any:
    digits = plain.lstrip("+-")
    sign = -1 if plain.startswith("-") else 1
    try:
        return sign * (int(digits, 8) if re.fullmatch(r"0[0-7]+", digits) else int(digits, 0))
    except ValueError:
        return text
