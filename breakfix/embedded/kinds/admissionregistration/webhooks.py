"""ValidatingWebhookConfiguration and MutatingWebhookConfiguration."""

from __future__ import annotations

from collections.abc import Iterator

from breakfix.embedded import fields as f
from breakfix.embedded.fields import FieldError
from breakfix.embedded.kinds import names
from breakfix.embedded.kinds.admissionregistration.clients import check_service, check_url
from breakfix.embedded.kinds.admissionregistration.conditions import check_conditions
from breakfix.embedded.kinds.admissionregistration.rules import (
    check_rule,
    check_selector,
    default_matching,
    one_of,
)
from breakfix.embedded.kinds.strategy import Strategy
from breakfix.embedded.objects import Object

_POLICIES = ("Fail", "Ignore")
_MATCHING = ("Equivalent", "Exact")
_SIDE_EFFECTS = ("None", "NoneOnDryRun")
_REVIEWS = ("v1", "v1beta1")
_MAX_TIMEOUT = 30


class WebhookConfiguration(Strategy):
    """Validating and mutating ones."""

    unconditional_update = False

    def __init__(self, mutating: bool) -> None:
        self._mutating = mutating

    def default_(self, item: Object) -> None:
        for hook in item.get("webhooks") or []:
            _default_webhook(hook)
            if self._mutating:
                hook.setdefault("reinvocationPolicy", "Never")

    def validate(self, item: Object) -> list[FieldError]:
        found: list[FieldError] = []
        seen: set[str] = set()
        for index, hook in enumerate(item.get("webhooks") or []):
            path = f"webhooks[{index}]"
            found += _webhook(hook, path, self._mutating)
            if hook.get("name") in seen:
                found.append(f.duplicate(f"{path}.name", hook["name"]))
            seen.add(hook.get("name", ""))
        return found


def _webhook(hook: Object, path: str, mutating: bool) -> Iterator[FieldError]:
    yield from _hook_name(hook.get("name") or "", f"{path}.name")
    for index, rule in enumerate(hook.get("rules") or []):
        yield from check_rule(rule, f"{path}.rules[{index}]")
    yield from one_of(hook.get("failurePolicy"), _POLICIES, f"{path}.failurePolicy")
    yield from one_of(hook.get("matchPolicy"), _MATCHING, f"{path}.matchPolicy")
    effects = hook.get("sideEffects")
    if effects is None:
        yield f.required(f"{path}.sideEffects", "must specify one of None, NoneOnDryRun")
    yield from one_of(effects, _SIDE_EFFECTS, f"{path}.sideEffects")
    timeout = hook.get("timeoutSeconds", 10)
    if not 1 <= timeout <= _MAX_TIMEOUT:
        yield f.invalid(
            f"{path}.timeoutSeconds", timeout,
            "the timeout value must be between 1 and 30 seconds",
        )  # fmt: skip
    for name in ("namespaceSelector", "objectSelector"):
        yield from check_selector(hook.get(name) or {}, f"{path}.{name}")
    if mutating:
        policies = ("IfNeeded", "Never")
        yield from one_of(hook.get("reinvocationPolicy"), policies, f"{path}.reinvocationPolicy")
    yield from _client(hook.get("clientConfig") or {}, f"{path}.clientConfig")
    from breakfix.embedded.admission.policies_variables import MATCH_VARIABLES

    yield from check_conditions(
        hook.get("matchConditions") or [], f"{path}.matchConditions", MATCH_VARIABLES
    )
    yield from _reviews(hook.get("admissionReviewVersions") or [], path)


def _hook_name(name: str, path: str) -> Iterator[FieldError]:
    """Fully qualified: a domain with at least two dots."""
    if not name:
        yield f.required(path)
    elif found := names.dns_subdomain(name):
        yield f.invalid(path, name, ",".join(found))
    elif name.count(".") < 2:  # noqa: PLR2004
        yield f.invalid(
            path, name, "should be a domain with at least three segments separated by dots"
        )


def _client(client: Object, path: str) -> Iterator[FieldError]:
    url, service = client.get("url"), client.get("service")
    if (url is None) == (service is None):
        yield f.required(path, "exactly one of url or service is required")
    elif url is not None:
        yield from check_url(url, f"{path}.url")
    else:
        yield from check_service(service or {}, f"{path}.service")


def _reviews(versions: list[str], path: str) -> Iterator[FieldError]:
    path = f"{path}.admissionReviewVersions"
    if not versions:
        yield f.required(path, "must specify one of v1, v1beta1")
        return
    for index, one in enumerate(versions):
        if one in versions[:index]:
            yield f.invalid(f"{path}[{index}]", one, "duplicate version")
            continue
        for words in names.dns1035_label(one):
            yield f.invalid(f"{path}[{index}]", one, words)
    if not any(v in _REVIEWS for v in versions):
        yield f.invalid(path, versions, "must include at least one of v1, v1beta1")


def _default_webhook(hook: Object) -> None:
    hook.setdefault("failurePolicy", "Fail")
    default_matching(hook)
    hook.setdefault("timeoutSeconds", 10)
    for rule in hook.get("rules") or []:
        rule.setdefault("scope", "*")
    service = (hook.get("clientConfig") or {}).get("service")
    if service:
        service.setdefault("port", 443)
