"""Kubernetes' own CEL functions, and errors in the words of cel-go."""

from __future__ import annotations

from typing import Any

import pytest

from breakfix.embedded.auth.attributes import Attributes, Decision
from breakfix.embedded.cel.authorizer import answering, authorizer_value, request_resource
from breakfix.embedded.cel.environment import compile
from breakfix.embedded.cel.errors import CompileError, EvaluationError
from breakfix.embedded.users import User


def evaluate(text: str, self: Any = None) -> Any:
    return compile(text, ("self",)).evaluate({"self": self})


@pytest.mark.parametrize(
    "text",
    [
        "[1, 2, 3].sum() == 6 && [1.5, 0.5].max() == 1.5 && ['a', 'b'].isSorted()",
        "[1, 2, 1].lastIndexOf(1) == 2 && [1].indexOf(4) == -1",
        "[3, 1].sort() == [1, 3] && [[1], [2]].flatten() == [1, 2] && lists.range(2) == [0, 1]",
        "sets.contains([1, 2], [2]) && !sets.equivalent([1], [1, 2]) && sets.intersects([1], [1])",
        "'a1b22'.find('[0-9]+') == '1' && 'a1b22'.findAll('[0-9]+') == ['1', '22']",
        "url('https://u@h.example:80/a b?x=1').getHost() == 'h.example:80'",
        "url('https://[::1]:80/').getHostname() == '::1' && !isURL('../x') && isURL('/x')",
        "url('https://h/?k=v').getQuery()['k'] == ['v']",
        "ip('10.0.0.1').family() == 4 && ip('::1').isLoopback() && !isIP('10.0.0')",
        "cidr('10.0.0.0/8').containsIP(ip('10.1.1.1')) && cidr('10.1.2.3/8').prefixLength() == 8",
        "cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16') && string(ip('::1')) == '::1'",
        "quantity('1Gi').isGreaterThan(quantity('500Mi')) && quantity('1') == quantity('1000m')",
        "quantity('50k').add(20).asInteger() == 50020 && !isQuantity('5x')",
        "semver('1.2.0-rc.1').isLessThan(semver('1.2.0')) && semver('v1', true).minor() == 0",
        "!format.dns1123Label().validate('web-1').hasValue()",
        "format.named('uuid').value().validate('x').value()[0].contains('UUID')",
        "{'a': 1}.?b.orValue(3) == 3 && 'A'.lowerAscii() == 'a' && math.greatest(1, 2) == 2",
    ],
)
def test_functions_of_kubernetes(text: str) -> None:
    assert evaluate(text) is True


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("self.spec.replicas > 1", "no such key: replicas"),
        ("self.spec.list[3] == 1", "index out of bounds: 3"),
        ("self.spec.name > 1", "no such overload"),
        ("1 / self.spec.zero == 1", "division by zero"),
        ("[].map(x, x).max() == 1", "max called on empty list"),
        ("quantity('x').sign() == 1", "quantities must match the regular expression"),
        ("self.spec.long.all(x, self.spec.long.all(y, true))", "operation cancelled: actual cost"),
    ],
)
def test_an_evaluation_without_answer_says_why(text: str, words: str) -> None:
    item = {"spec": {"list": [], "name": "a", "zero": 0, "long": list(range(300))}}
    with pytest.raises(EvaluationError, match=f"^{words[:40].replace('[', '.')}"):
        evaluate(text, item)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("self =", "ERROR: <input>:1:6: Syntax error: token recognition error at: '='"),
        ("1 + 'a'", "found no matching overload for '_+_' applied to '(int, string)'"),
        ("other.a.b == 1", "ERROR: <input>:1:1: undeclared reference to 'other' (in container '')"),
    ],
)
def test_compile_errors_point_into_the_text(text: str, words: str) -> None:
    with pytest.raises(CompileError) as raised:
        compile(text, ("self",))
    assert words in str(raised.value)
    assert f" | {text}\n | " in str(raised.value)


def test_expressions_ask_the_authorizer() -> None:
    asked: list[Attributes] = []

    def authorize(attributes: Attributes) -> Decision:
        asked.append(attributes)
        return Decision(attributes.user.name == "ann", "because")

    names = ("authorizer", "authorizer.requestResource")
    user = User("ann", ("dev",))
    values = {
        "authorizer": authorizer_value(user),
        "authorizer.requestResource": request_resource(user, "apps", "deployments", "", "n", "d"),
    }
    with answering(authorize):
        texts = (
            "authorizer.group('').resource('pods').namespace('n').check('get').allowed()",
            "authorizer.requestResource.check('scale').reason() == 'because'",
            "!authorizer.serviceAccount('n', 'bob').path('/healthz').check('get').allowed()",
        )
        assert all(compile(text, names).evaluate(values) for text in texts)
    assert (asked[0].verb, asked[0].resource, asked[0].namespace) == ("get", "pods", "n")
    assert (asked[1].group, asked[1].name) == ("apps", "d")
    assert asked[2].user.name == "system:serviceaccount:n:bob"
