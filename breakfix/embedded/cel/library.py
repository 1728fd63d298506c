"""All functions that Kubernetes adds to CEL as of v1.34.

Not there, for want of macros in the library: comprehensions with two variables and sortBy.
"""

from __future__ import annotations

from breakfix.embedded.cel import addresses, authorizer, lists, numbers, texts
from breakfix.embedded.cel.functions import Function

FUNCTIONS: tuple[Function, ...] = (
    *lists.FUNCTIONS, *texts.FUNCTIONS, *addresses.FUNCTIONS, *numbers.FUNCTIONS,
    *authorizer.FUNCTIONS,
)  # fmt: skip
OPTIONALS = texts.OPTIONALS
