"""Request bodies: what a real API server of 1.34 answers, word for word."""

from __future__ import annotations

import orjson
import pytest

from breakfix.embedded.errors import StatusError
from breakfix.embedded.schema.builtin import schema_of
from breakfix.embedded.schema.decoding import Decoded, Strictness, decode
from breakfix.embedded.schema.types import Schema

JSON, YAML = "application/json", "application/yaml"
HANDLED = '{0} in version "v1" cannot be handled as a {0}: '
UNREAD = "the object provided is unrecognized (must be of type ConfigMap): "
PARSE = UNREAD + "couldn't get version/kind; json parse error: "


def read(
    body: str | bytes, kind: str = "ConfigMap", how: Strictness = "Warn", media: str = JSON
) -> Decoded:
    group = {"Deployment": "apps"}.get(kind, "")
    schema = schema_of(f"{group}/v1" if group else "v1", kind)
    text = body.encode() if isinstance(body, str) else body
    return decode(text, media, schema, how, group, "v1", kind)


def refusal(body: str, kind: str = "ConfigMap", media: str = JSON) -> str:
    with pytest.raises(StatusError) as caught:
        read(body, kind, "Strict", media)
    assert (caught.value.code, caught.value.reason) == (400, "BadRequest")
    return caught.value.message


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", "unexpected end of JSON input (<empty>)"),
        ('{"a":1', 'unexpected end of JSON input ({"a":1)'),
        ('{"a":1,}',
         "invalid character '}' looking for beginning of object key string ({\"a\":1,})"),
        ("nonsense", "invalid character 'o' in literal null (expecting 'u') (6e6f6e73656e7365)"),
        ('{"a":tru}', "invalid character '}' in literal true (expecting 'e') ({\"a\":tru})"),
        ('{"a":nul', "invalid character ' ' in literal null (expecting 'l') ({\"a\":nul)"),
        ('{"a" 1}', "invalid character '1' after object key ({\"a\" 1})"),
        ('{"a":1 "b":2}', "invalid character '\"' after object key:value pair ({\"a\":1 \"b\":2})"),
        ('{"a":[1 2]}', "invalid character '2' after array element ({\"a\":[1 2]})"),
        ('{"a":"\\q"}', "invalid character 'q' in string escape code ({\"a\":\"\\q\"})"),
        ('{"a":01}', "invalid character '1' after object key:value pair ({\"a\":01})"),
        ('{"a":-}', "invalid character '}' in numeric literal ({\"a\":-})"),
        ('{"a":1}x', "invalid character 'x' after top-level value ({\"a\":1}x)"),
        ('{"kind":1}',
         'json: cannot unmarshal number into Go struct field .kind of type string ({"kind":1})'),
        ("[" * 20001, "invalid character '[' exceeded max depth (" + "5b" * 30 + " ...)"),
    ],
)  # fmt: skip
def test_malformed_json(body: str, words: str) -> None:
    assert refusal(body) == PARSE + words


@pytest.mark.parametrize(
    ("kind", "body", "found", "where", "type_"),
    [
        ("ConfigMap", '{"data":{"a":1}}', "number", "ConfigMap.data", "string"),
        ("ConfigMap", '{"data":[]}', "array", "ConfigMap.data", "map[string]string"),
        ("ConfigMap", '{"metadata":"x"}', "string", "ConfigMap.metadata", "v1.ObjectMeta"),
        ("ConfigMap", '{"metadata":{"generation":5.5}}',
         "number 5.5", "ObjectMeta.metadata.generation", "int64"),
        ("Deployment", '{"spec":{"replicas":"2"}}',
         "string", "DeploymentSpec.spec.replicas", "int32"),
        ("Pod", '{"spec":{"containers":["x"]}}',
         "string", "PodSpec.spec.containers", "v1.Container"),
        ("Pod", '{"spec":{"containers":"x"}}',
         "string", "PodSpec.spec.containers", "[]v1.Container"),
        ("Pod", '{"spec":{"containers":[{"imagePullPolicy":5}]}}',
         "number", "Container.spec.containers.imagePullPolicy", "v1.PullPolicy"),
        ("Pod", '{"spec":{"containers":[{"ports":[{"containerPort":3000000000}]}]}}',
         "number 3000000000", "ContainerPort.spec.containers.ports.containerPort", "int32"),
        ("Pod", '{"spec":{"containers":[{"resources":{"limits":[]}}]}}',
         "array", "ResourceRequirements.spec.containers.resources.limits", "v1.ResourceList"),
        ("Pod", '{"spec":{"containers":[{"livenessProbe":{"httpGet":{"port":true}}}]}}',
         "bool", "HTTPGetAction.spec.containers.livenessProbe.httpGet.port", "int32"),
        ("Pod", '{"spec":{"nodeSelector":{"a":1}}}',
         "number", "PodSpec.spec.nodeSelector", "string"),
    ],
)  # fmt: skip
def test_wrong_types(kind: str, body: str, found: str, where: str, type_: str) -> None:
    assert refusal(body, kind) == HANDLED.format(kind) + (
        f"json: cannot unmarshal {found} into Go struct field {where} of type {type_}"
    )


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"binaryData":{"a":"!!"}}', "illegal base64 data at input byte 0"),
        ('{"binaryData":{"a":"YQ="}}', "illegal base64 data at input byte 3"),
        ('{"metadata":{"creationTimestamp":"yesterday"}}',
         'parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": '
         'cannot parse "yesterday" as "2006"'),
        ('{"metadata":{"creationTimestamp":"2020-13-01T00:00:00Z"}}',
         'parsing time "2020-13-01T00:00:00Z": month out of range'),
        ('{"apiVersion":"foo/v1","kind":"ConfigMap"}',
         'no kind "ConfigMap" is registered for version "foo/v1" in scheme '
         '"pkg/runtime/scheme.go:110"'),
    ],
)  # fmt: skip
def test_values_with_words_of_their_own(body: str, words: str) -> None:
    assert refusal(body) == HANDLED.format("ConfigMap") + words


def test_another_kind_is_refused() -> None:
    assert refusal('{"apiVersion":"v1","kind":"Service"}') == (
        'Service in version "v1" cannot be handled as a ConfigMap: converting (v1.Service) to '
        "(core.ConfigMap): unknown conversion"
    )
    assert refusal('{"apiVersion":"apps/v1beta1","kind":"Deployment"}', "Deployment") == (
        "the API version in the data (apps/v1beta1) does not match the expected API version "
        "(apps/v1)"
    )


BAD_FIELDS = '{"datas":{},"Data":{},"data":{"x":"1","x":"2"},"zz":{"a":[{"b":1}]}}'
TOLD = [
    'unknown field "datas"', 'unknown field "Data"', 'duplicate field "data.x"',
    'unknown field "zz"',
]  # fmt: skip


def test_unknown_and_duplicate_fields_are_told_in_their_order() -> None:
    found = read(BAD_FIELDS)
    assert found.warnings == TOLD
    assert found.item == {"apiVersion": "v1", "kind": "ConfigMap", "data": {"x": "2"}}
    assert read(BAD_FIELDS, how="Ignore").warnings == []
    words = "strict decoding error: " + ", ".join(TOLD)
    assert refusal(BAD_FIELDS) == HANDLED.format("ConfigMap") + words


def test_paths_name_indices() -> None:
    body = '{"spec":{"containers":[{"name":"a","foo":1}],"baz":null}}'
    assert read(body, "Pod").warnings == [
        'unknown field "spec.containers[0].foo"', 'unknown field "spec.baz"',
    ]  # fmt: skip


def test_a_quoted_colon_is_no_duplicate() -> None:
    note = orjson.dumps({"metadata": {"annotations": {"a": '{"b":1,"b":2}', "c\\": "\\"}}})
    assert read(note).warnings == []


def test_values_get_their_canonical_form() -> None:
    limits = {"cpu": 0.5, "memory": "1024Mi"}
    pod = {
        "metadata": {"creationTimestamp": None, "labels": {"a": None}},
        "spec": {"containers": [{"resources": {"limits": limits}, "command": [None]}]},
    }
    item = read(orjson.dumps(pod), "Pod").item
    assert item["metadata"] == {"labels": {"a": ""}}
    assert item["spec"]["containers"] == [
        {"resources": {"limits": {"cpu": "500m", "memory": "1Gi"}}, "command": [""]}
    ]


def test_yaml_is_read_as_go_yaml_does() -> None:
    body = 'data: {a: 1:30, b: 2020-01-01, c: "yes", d: !!str 5}\n---\nother: document'
    assert read(body, media=YAML).item["data"] == {
        "a": "1:30", "b": "2020-01-01", "c": "yes", "d": "5",
    }  # fmt: skip
    for value in ("yes", "y", "0x1f", "1e3", "0o17"):
        assert "cannot unmarshal" in refusal(f"data: {{a: {value}}}", media=YAML)
    assert refusal("a: *x", media=YAML).startswith(UNREAD + "yaml: unknown anchor 'x' referenced")
    assert "value contains itself" in refusal("a: &x [*x]", media=YAML)
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{k}: &{k} [{','.join(['*' + j] * 9)}]\n"
        for j, k in zip("abcdefg", "bcdefgh", strict=True)
    )
    assert "excessive aliasing" in refusal(bomb, media=YAML)


def test_duplicate_yaml_keys_are_told_by_line() -> None:
    body = "\ndata:\n  a: b\n  a: c\n"
    assert read(body, media=YAML).warnings == ['line 4: key "a" already set in map']
    assert refusal(body, media=YAML) == HANDLED.format("ConfigMap") + (
        'strict decoding error: yaml: unmarshal errors:\n  line 4: key "a" already set in map'
    )


def test_custom_resources_keep_types_and_lose_fields() -> None:
    schema = Schema(
        type="object",
        fields={"spec": Schema(type="object", fields={"a": Schema(type="integer")})},
    )
    body = b'{"spec":{"a":"no number","c":1,"b":{"d":1},"c":2},"metadata":{"nope":1,"name":"x"}}'
    found = decode(body, JSON, schema, "Warn", "x.y", "v1", "Foo", custom=True)
    assert found.item["spec"] == {"a": "no number"}
    assert found.item["metadata"] == {"name": "x"}
    assert found.warnings == [
        'duplicate field "spec.c"', 'unknown field "metadata.nope"',
        'unknown field "spec.b"', 'unknown field "spec.c"',
    ]  # fmt: skip


def test_depth_never_crashes() -> None:
    deep = '{"spec":{"x":' + '{"a":' * 5000 + "1" + "}" * 5000 + "}}"
    with pytest.raises(StatusError, match="exceeded max depth"):
        decode(deep.encode(), JSON, None, "Warn", "x.y", "v1", "Foo", custom=True)
    with pytest.raises(StatusError, match="exceeded max depth"):
        read("a: " + "[" * 5000 + "]" * 5000, media=YAML)


def test_unknown_media_types_are_415() -> None:
    with pytest.raises(StatusError) as caught:
        read("{}", media="text/plain")
    assert caught.value.code == 415
