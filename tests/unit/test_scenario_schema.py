"""The JSON Schema speaks of the YAML names and accepts what breakfix accepts."""

from __future__ import annotations

import json
import re
from typing import Any

from breakfix.scenario.schema import schema, schema_text


def test_it_names_itself_and_its_draft() -> None:
    found = schema()
    assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert found["$id"] == "https://breakfix.dev/v1/scenario.schema.json"
    assert found["title"] == "Scenario"


def test_keys_and_titles_are_the_yaml_names() -> None:
    http = schema()["$defs"]["Http"]
    assert "from" in http["properties"]
    assert "from_" not in http["properties"]
    assert http["properties"]["from"]["title"] == "from"
    assert schema()["$defs"]["Debrief"]["properties"]["onEks"]["title"] == "onEks"


def test_every_model_is_described_in_one_paragraph() -> None:
    for name, part in schema()["$defs"].items():
        assert part["description"], name
        assert "\n" not in part["description"]


def test_unknown_keys_are_refused_everywhere() -> None:
    assert all(part["additionalProperties"] is False for part in schema()["$defs"].values())


def test_placeholders_fit_where_a_form_is_asked_for() -> None:
    properties = schema()["$defs"]["Http"]["properties"]
    assert re.search(properties["from"]["pattern"], "deployment/{{victim}}")
    assert not re.search(properties["from"]["pattern"], "load")
    assert {kind["type"] for kind in properties["status"]["anyOf"]} == {"integer", "string"}


def test_the_text_is_the_same_every_time() -> None:
    assert schema_text() == schema_text()
    assert json.loads(schema_text()) == schema()


def test_every_reference_leads_somewhere() -> None:
    found = schema()
    for reference in _references(found):
        assert reference.removeprefix("#/$defs/") in found["$defs"]


def _references(value: Any) -> list[str]:
    if isinstance(value, list):
        return [r for item in value for r in _references(item)]
    if not isinstance(value, dict):
        return []
    own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
    return own + [r for item in value.values() for r in _references(item)]
