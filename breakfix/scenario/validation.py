"""Filled-in data to the Scenario model, with every problem at its place."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from breakfix.scenario import wording
from breakfix.scenario.positions import Document, Problem, fail
from breakfix.scenario.spec import Scenario

FORMAT_HINT = "`breakfix scenario schema` prints the format; docs/scenario-format.md explains it."


def validated(document: Document, data: Any, known: Iterable[Problem] = ()) -> Scenario:
    """The scenario that the data is; `known` are problems found before. Strict: text is
    never taken for a number or the other way round. Raises ScenarioError with all
    problems, one line each."""
    problems = list(known)
    scenario = None
    try:
        scenario = Scenario.model_validate_json(
            json.dumps(data), strict=True, by_alias=True, by_name=False
        )
    except ValidationError as error:
        problems += wording.problems(document, data, error)
    if scenario is None or problems:
        fail(problems, FORMAT_HINT)
    return scenario
