"""Names, quantities and selectors, in the words that clients know."""

import pytest

from breakfix.embedded import quantities, selectors
from breakfix.embedded.errors import StatusError
from breakfix.embedded.kinds import names


def test_a_label_says_what_it_must_be() -> None:
    assert names.dns_label("Web") == [
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', "
        "and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', "
        "regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
    ]
    assert names.dns_label("a.b") == ["must not contain dots"]
    assert names.dns_label("x" * 64) == ["must be no more than 63 characters"]


def test_a_generate_name_may_end_in_a_dash() -> None:
    assert names.dns_label("web-", prefix=True) == []
    assert names.dns_label("web-") != []


@pytest.mark.parametrize(
    ("key", "start"),
    [
        ("a/b/c", "a qualified name must consist of alphanumeric characters"),
        ("/a", "prefix part must be non-empty"),
        ("a/", "name part must be non-empty"),
        ("-a", "name part must consist of alphanumeric characters"),
        ("Example.com/a", "prefix part a lowercase RFC 1123 subdomain must consist of"),
    ],
)
def test_a_key_says_which_part_is_wrong(key: str, start: str) -> None:
    assert names.qualified_name(key)[0].startswith(start)


def test_environment_variables_may_be_nearly_anything() -> None:
    assert names.env_name("a.b-c 1") == []
    assert names.env_name("a=b") == [
        "a valid environment variable name must consist only of printable ASCII characters other "
        "than '='"
    ]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("1.5Gi", "1536Mi"), ("1.1Ki", "1127"), ("0.5Gi", "512Mi"), ("1000m", "1"),
        ("0.1", "100m"), ("1e3", "1e3"), ("1024Mi", "1Gi"), ("0Gi", "0"),
    ],
)  # fmt: skip
def test_a_quantity_is_shown_in_its_canonical_form(written: str, shown: str) -> None:
    assert quantities.canonical(written) == shown


def test_a_quantity_that_is_none() -> None:
    with pytest.raises(ValueError, match="quantities must match the regular expression"):
        quantities.parse("1MiB")
    with pytest.raises(ValueError, match="unable to parse quantity's suffix"):
        quantities.parse("1mi")


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("app=web,tier in (a, b),!old", True), ("app", True), ("app!=web", False),
        ("none in ()", False), ("empty in ()", True), ("size>1", True), ("tier notin (c)", True),
        ("", True), ("empty=", True),
    ],
)  # fmt: skip
def test_label_queries(text: str, matches: bool) -> None:
    labels = {"app": "web", "tier": "a", "size": "2", "empty": ""}
    assert selectors.labels(text)(labels) is matches


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a=b=c", "found '=', expected: ',' or 'end of string'"),
        ("a=b,", "found '', expected: identifier after ','"),
        ("a in b", "unable to parse requirement: found 'b' expected: '('"),
        ("=a", "found '=', expected: !, identifier, or 'end of string'"),
    ],
)
def test_label_queries_that_cannot_be_read(text: str, message: str) -> None:
    with pytest.raises(StatusError) as refused:
        selectors.labels(text)
    assert (refused.value.code, refused.value.message) == (400, message)


def test_field_queries() -> None:
    assert selectors.fields("status.phase!=Running,a=b\\,c") == (
        ("status.phase", "Running", False), ("a", "b,c", True),
    )  # fmt: skip
    with pytest.raises(StatusError, match="invalid selector: 'a=b,c'; can't understand 'c'"):
        selectors.fields("a=b,c")
