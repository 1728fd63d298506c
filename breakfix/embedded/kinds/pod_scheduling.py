"""Validation of where a pod may run: affinity, tolerations, topology spread."""

from __future__ import annotations

from breakfix.embedded.fields import duplicate, forbidden, invalid, not_supported, required
from breakfix.embedded.kinds import names
from breakfix.embedded.kinds.checks import Errors, each, positive, unsupported
from breakfix.embedded.kinds.label_selectors import validate_label_selector
from breakfix.embedded.objects import Object

EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
_MAX_WEIGHT = 100
_ACTIONS = ("DoNotSchedule", "ScheduleAnyway")


def validate_affinity(affinity: Object, path: str) -> Errors:
    """spec.affinity."""
    if (node := affinity.get("nodeAffinity")) is not None:
        yield from _node_affinity(node, f"{path}.nodeAffinity")
    for kind in ("podAffinity", "podAntiAffinity"):
        if (found := affinity.get(kind)) is not None:
            yield from _pod_affinity(found, f"{path}.{kind}")


def _node_affinity(found: Object, path: str) -> Errors:
    if (selector := found.get(REQUIRED)) is not None:
        yield from validate_node_selector(selector, f"{path}.{REQUIRED}")
    for i, term in enumerate(found.get(PREFERRED) or ()):
        at = f"{path}.{PREFERRED}[{i}]"
        yield from _weight(term, at)
        yield from _node_term(term.get("preference") or {}, f"{at}.preference", any_value=True)


def _weight(term: Object, path: str) -> Errors:
    if not 0 < (weight := term.get("weight", 0)) <= _MAX_WEIGHT:
        yield invalid(f"{path}.weight", weight, "must be in the range 1-100")


def validate_node_selector(selector: Object, path: str) -> Errors:
    """A NodeSelector: at least one term."""
    terms = selector.get("nodeSelectorTerms")
    if not terms:
        yield required(f"{path}.nodeSelectorTerms", "must have at least one node selector term")
    for i, term in enumerate(terms or ()):
        yield from _node_term(term, f"{path}.nodeSelectorTerms[{i}]")


def _node_term(term: Object, path: str, any_value: bool = False) -> Errors:
    for i, expression in enumerate(term.get("matchExpressions") or ()):
        yield from _node_expression(expression, f"{path}.matchExpressions[{i}]", any_value)
    for i, field in enumerate(term.get("matchFields") or ()):
        yield from _node_field(field, f"{path}.matchFields[{i}]")


def _node_expression(expression: Object, path: str, any_value: bool) -> Errors:
    values, key = expression.get("values") or [], expression.get("key", "")
    match expression.get("operator", ""):
        case "In" | "NotIn":
            if not values:
                words = "must be specified when `operator` is 'In' or 'NotIn'"
                yield required(f"{path}.values", words)
        case "Exists" | "DoesNotExist":
            if values:
                words = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
                yield forbidden(f"{path}.values", words)
        case "Gt" | "Lt":
            if len(values) != 1:
                words = "must be specified single value when `operator` is 'Lt' or 'Gt'"
                yield required(f"{path}.values", words)
        case operator:
            yield invalid(f"{path}.operator", operator, "not a valid selector operator")
    yield from each(f"{path}.key", key, names.qualified_name(key))
    for i, value in enumerate(() if any_value else values):
        yield from each(f"{path}.values[{i}]", value, names.label_value(value))


def _node_field(expression: Object, path: str) -> Errors:
    values, operator = expression.get("values") or [], expression.get("operator", "")
    if operator not in ("In", "NotIn"):
        yield invalid(f"{path}.operator", operator, "not a valid selector operator")
    elif len(values) != 1:
        words = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
        yield required(f"{path}.values", words)
    if (key := expression.get("key", "")) != "metadata.name":
        yield invalid(f"{path}.key", key, "not a valid field selector key")
        return
    for i, value in enumerate(values):
        yield from each(f"{path}.values[{i}]", value, names.dns_subdomain(value))


def _pod_affinity(found: Object, path: str) -> Errors:
    for i, term in enumerate(found.get(REQUIRED) or ()):
        yield from _pod_term(term, f"{path}.{REQUIRED}[{i}]")
    for i, weighted in enumerate(found.get(PREFERRED) or ()):
        at = f"{path}.{PREFERRED}[{i}]"
        yield from _weight(weighted, at)
        yield from _pod_term(weighted.get("podAffinityTerm") or {}, f"{at}.podAffinityTerm")


def _pod_term(term: Object, path: str) -> Errors:
    for field in ("labelSelector", "namespaceSelector"):
        yield from validate_label_selector(term.get(field), f"{path}.{field}")
    for namespace in term.get("namespaces") or ():
        yield from each(f"{path}.namespace", namespace, names.dns_label(namespace))
    yield from _label_keys(term, path)
    key = term.get("topologyKey", "")
    if not key:
        yield required(f"{path}.topologyKey", "can not be empty")
    yield from each(f"{path}.topologyKey", key, names.qualified_name(key))


def _label_keys(term: Object, path: str) -> Errors:
    match_keys, mismatch = term.get("matchLabelKeys") or [], term.get("mismatchLabelKeys") or []
    for field, keys in (("matchLabelKeys", match_keys), ("mismatchLabelKeys", mismatch)):
        if keys and term.get("labelSelector") is None:
            words = "must not be specified when labelSelector is not set"
            yield forbidden(f"{path}.{field}", words)
            continue
        for i, key in enumerate(keys):
            yield from each(f"{path}.{field}[{i}]", key, names.qualified_name(key))
    yield from _selected_twice(term, match_keys, path)
    for i, key in enumerate(match_keys):
        if key in mismatch:
            words = "exists in both matchLabelKeys and mismatchLabelKeys"
            yield invalid(f"{path}.matchLabelKeys[{i}]", key, words)


def _selected_twice(term: Object, keys: list[str], path: str) -> Errors:
    selector = term.get("labelSelector") or {}
    seen = set(selector.get("matchLabels") or ())
    for expression in selector.get("matchExpressions") or ():
        key = expression.get("key", "")
        if key in seen and key in keys:
            words = "exists in both matchLabelKeys and labelSelector"
            yield invalid(f"{path}[{keys.index(key)}]", key, words)
        seen.add(key)


def validate_spread(constraints: list[Object], path: str) -> Errors:
    """spec.topologySpreadConstraints."""
    for i, constraint in enumerate(constraints):
        at, action = f"{path}[{i}]", constraint.get("whenUnsatisfiable", "")
        yield from positive(f"{at}.maxSkew", constraint.get("maxSkew", 0))
        if not constraint.get("topologyKey"):
            yield required(f"{at}.topologyKey", "can not be empty")
        if action not in _ACTIONS:
            yield not_supported(f"{at}.whenUnsatisfiable", action, _ACTIONS)
        yield from _repeated(constraint, constraints[i + 1 :], at)
        yield from _spread_policies(constraint, at)
        yield from _label_keys(constraint, at)
        yield from validate_label_selector(constraint.get("labelSelector"), f"{at}.labelSelector")


def _pair(constraint: Object) -> str:
    key, action = constraint.get("topologyKey", ""), constraint.get("whenUnsatisfiable", "")
    return f"{{{key}, {action}}}"


def _repeated(constraint: Object, others: list[Object], path: str) -> Errors:
    if any(_pair(other) == _pair(constraint) for other in others):
        yield duplicate(f"{path}.{{topologyKey, whenUnsatisfiable}}", _pair(constraint))


def _spread_policies(constraint: Object, path: str) -> Errors:
    domains, action = constraint.get("minDomains"), constraint.get("whenUnsatisfiable", "")
    if domains is not None:
        yield from positive(f"{path}.minDomains", domains)
        if action != "DoNotSchedule":
            words = f"can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}"
            yield invalid(f"{path}.minDomains", domains, words)
    for field in ("nodeAffinityPolicy", "nodeTaintsPolicy"):
        if (found := constraint.get(field)) not in (None, "Honor", "Ignore"):
            yield not_supported(f"{path}.{field}", found, ("Honor", "Ignore"))


def validate_tolerations(tolerations: list[Object], path: str) -> Errors:
    """spec.tolerations."""
    for i, toleration in enumerate(tolerations):
        yield from _toleration(toleration, f"{path}[{i}]")


def _toleration(found: Object, path: str) -> Errors:
    key, operator, effect = (found.get(f, "") for f in ("key", "operator", "effect"))
    if key:
        yield from each(f"{path}.key", key, names.qualified_name(key))
    elif operator != "Exists":
        yield invalid(
            f"{path}.operator", operator,
            "operator must be Exists when `key` is empty, which means \"match all values and all "
            "keys\"",
        )  # fmt: skip
    if found.get("tolerationSeconds") is not None and effect != "NoExecute":
        words = "effect must be 'NoExecute' when `tolerationSeconds` is set"
        yield invalid(f"{path}.effect", effect, words)
    yield from _toleration_value(operator, found.get("value", ""), f"{path}.operator")
    if effect and effect not in EFFECTS:
        yield unsupported(f"{path}.effect", effect, EFFECTS)


def _toleration_value(operator: str, value: str, path: str) -> Errors:
    if operator in ("Equal", ""):
        if words := names.label_value(value):
            yield invalid(path, value, ";".join(words))
    elif operator == "Exists":
        if value:
            yield invalid(path, value, "value must be empty when `operator` is 'Exists'")
    else:
        yield unsupported(path, operator, ("Equal", "Exists"))
