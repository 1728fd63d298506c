"""What a whole pod asks for, and may use, of each resource."""

from __future__ import annotations

from breakfix.embedded import quantities
from breakfix.embedded.objects import Object

Amounts = dict[str, str]
_POD_LEVEL = ("cpu", "memory")


def add(left: Amounts, right: Amounts) -> Amounts:
    """The sum of each; written as the first was, except after nothing."""
    found = dict(left)
    for name, text in right.items():
        found[name] = plus(found.get(name, "0"), text)
    return found


def plus(left: str, right: str) -> str:
    """The sum of two quantities, in the style of the first that is not 0."""
    before = quantities.parse(left)
    style = quantities.style(left if before else right)
    return quantities.show(before + quantities.parse(right), style)


def larger(left: Amounts, right: Amounts) -> Amounts:
    """The larger of each."""
    found = dict(left)
    for name, text in right.items():
        if name not in found or quantities.parse(text) > quantities.parse(found[name]):
            found[name] = text
    return found


def pod_amounts(spec: Object, which: str, overhead: bool = True, level: bool = True) -> Amounts:
    """`requests` or `limits` of a pod: its containers together, or its largest init step.

    Sidecars count beside both; what the pod itself says goes before its containers' sum.
    """
    total: Amounts = {}
    for container in spec.get("containers") or []:
        total = add(total, _of(container, which))
    sidecars: Amounts = {}
    peak: Amounts = {}
    for container in spec.get("initContainers") or []:
        own = _of(container, which)
        if container.get("restartPolicy") == "Always":
            total, sidecars = add(total, own), add(sidecars, own)
            peak = larger(peak, sidecars)
        else:
            peak = larger(peak, add(own, sidecars))
    total = larger(total, peak)
    if level:
        total |= _pod_level(spec, which)
    return _with_overhead(total, spec, which) if overhead else total


def _of(container: Object, which: str) -> Amounts:
    found: Amounts = (container.get("resources") or {}).get(which) or {}
    return found


def _pod_level(spec: Object, which: str) -> Amounts:
    given = (spec.get("resources") or {}).get(which) or {}
    return {k: v for k, v in given.items() if k in _POD_LEVEL or k.startswith("hugepages-")}


def _with_overhead(total: Amounts, spec: Object, which: str) -> Amounts:
    extra = spec.get("overhead") or {}
    if which == "limits":  # what is unlimited stays so
        extra = {k: v for k, v in extra.items() if k in total}
    return add(total, extra) if extra else total


def is_best_effort(spec: Object) -> bool:
    """Does nothing in the pod ask for CPU or memory, or limit them?"""
    holders = [spec, *(spec.get("containers") or []), *(spec.get("initContainers") or [])]
    return not any(_counts(_of(h, which)) for h in holders for which in ("requests", "limits"))


def _counts(amounts: Amounts) -> bool:
    return any(quantities.parse(amounts[name]) > 0 for name in _POD_LEVEL if name in amounts)
