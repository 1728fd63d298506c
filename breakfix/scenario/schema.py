"""The scenario format as JSON Schema (draft 2020-12), for editors and other tools."""

from __future__ import annotations

import json
from typing import Any

from breakfix.scenario.spec import API_VERSION, Scenario

DRAFT = "https://json-schema.org/draft/2020-12/schema"
SCHEMA_ID = f"https://{API_VERSION}/scenario.schema.json"
_PLACEHOLDER = r"\{\{.+\}\}"
_LITERAL = ("Metadata", "Parameter")


def schema() -> dict[str, Any]:
    """The schema of a scenario.yaml, by the YAML names of the keys. Where it wants a
    number or a text of a certain form, it also accepts one with a `{{placeholder}}`."""
    generated = Scenario.model_json_schema(by_alias=True)
    generated["$defs"] = {
        name: part if name in _LITERAL else _with_placeholders(part)
        for name, part in generated["$defs"].items()
    }
    tidy: dict[str, Any] = _tidy(generated)
    return {"$schema": DRAFT, "$id": SCHEMA_ID} | tidy


def schema_text() -> str:
    """The schema as JSON text, the same on every run."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _with_placeholders(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_placeholders(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("type") == "integer":
        return {"anyOf": [value, {"type": "string", "pattern": _PLACEHOLDER}]}
    if isinstance(value.get("pattern"), str):
        return value | {"pattern": f"{value['pattern']}|{_PLACEHOLDER}"}
    return {key: _with_placeholders(item) for key, item in value.items()}


def _tidy(value: Any) -> Any:
    """Titles are the YAML names; a docstring over several lines is one paragraph."""
    if isinstance(value, list):
        return [_tidy(item) for item in value]
    if not isinstance(value, dict):
        return value
    tidy = {key: _tidy(item) for key, item in value.items()}
    if isinstance(tidy.get("description"), str):
        tidy["description"] = " ".join(tidy["description"].split())
    if isinstance(tidy.get("properties"), dict):
        tidy["properties"] = {
            name: part | {"title": name} for name, part in tidy["properties"].items()
        }
    return tidy
