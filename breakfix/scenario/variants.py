"""Seeded variants: the same scenario and seed give the same incident everywhere.

A choice depends on nothing but the names of the scenario and of the parameter, and the
seed, through SHA-256: not on the Python version, the process, or other parameters.
"""

from __future__ import annotations

import hashlib
import math
import random
import re
from collections.abc import Mapping

from breakfix.errors import UsageError
from breakfix.scenario.loading import UNFILLED, LoadedScenario, parameter_values
from breakfix.scenario.manifests import Source
from breakfix.scenario.spec import Scenario
from breakfix.scenario.templates import Values, fill
from breakfix.scenario.validation import validated

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U to misread."""
_SEED = re.compile(r"[A-Za-z0-9-]{1,32}")


def new_seed(source: random.Random) -> str:
    """A fresh seed of four characters, as in `7F3K`."""
    return "".join(source.choice(ALPHABET) for _ in range(4))


def normal_seed(seed: str) -> str:
    """The seed in capitals, as it is kept. Raises UsageError for what is not a seed."""
    if not _SEED.fullmatch(seed):
        raise UsageError(
            f"{seed!r} is not a seed", "A seed is 1 to 32 letters, digits and dashes, as in 7F3K."
        )
    return seed.upper()


def choices(loaded: LoadedScenario, seed: str) -> dict[str, str | int]:
    """The value of each parameter under this seed. Raises UsageError."""
    normal = normal_seed(seed)
    return {
        name: values[_draw(loaded.name, name, normal, len(values))]
        for name, values in parameter_values(loaded.document).items()
    }


def count(loaded: LoadedScenario) -> int:
    """How many different incidents the scenario can become."""
    return math.prod(len(values) for values in parameter_values(loaded.document).values())


def render(loaded: LoadedScenario, seed: str, facts: Mapping[str, str]) -> Scenario:
    """The scenario of one round: placeholders filled in by seed, `{{cluster.X}}` by
    `facts["X"]`. Raises ScenarioError, and UsageError for what is not a seed."""
    return filled(loaded, Values(choices(loaded, seed), facts))


def source(loaded: LoadedScenario, seed: str, facts: Mapping[str, str]) -> Source:
    """Where this round's manifests are found, and what is filled in to them."""
    return Source(loaded.folder, loaded.roots, Values(choices(loaded, seed), facts))


def filled(loaded: LoadedScenario, values: Values) -> Scenario:
    """The scenario with these values. Raises ScenarioError."""
    data, problems = fill(loaded.document, values, UNFILLED)
    return validated(loaded.document, data, problems)


def _draw(scenario: str, parameter: str, seed: str, count: int) -> int:
    text = "\0".join((scenario, parameter, seed)).encode()
    return int.from_bytes(hashlib.sha256(text).digest(), "big") % count
