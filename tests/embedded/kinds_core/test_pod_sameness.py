"""Specs that were found good are not looked at again; no wrong one passes for one of them."""

from __future__ import annotations

from typing import Any

from breakfix.embedded.kinds.core import STRATEGIES
from tests.embedded.kinds_core.helpers import created, pod_spec, refused


def spec(*names: str, mount: str = "", **more: Any) -> dict[str, Any]:
    mounts = [{"name": mount or names[0], "mountPath": "/x"}]
    volumes = [{"name": name, "emptyDir": {}} for name in names]
    return pod_spec(volumeMounts=mounts) | {"volumes": volumes} | more


def test_a_pod_of_the_same_template_with_another_token_volume() -> None:
    for suffix in ("abcde", "fghij", "abcde"):
        assert refused("pods", spec(f"kube-api-access-{suffix}")) == []


def test_the_token_volumes_name_must_still_fit() -> None:
    one, two = "kube-api-access-abcde", "kube-api-access-fghij"
    assert refused("pods", spec(one, two)) == []
    assert refused("pods", spec(two, two)) == [
        f'spec.volumes[1].name: Duplicate value: "{two}"'
    ]  # fmt: skip
    assert refused("pods", spec(one, mount=two)) == [
        f'spec.containers[0].volumeMounts[0].name: Not found: "{two}"'
    ]


def test_what_is_wrong_is_told_again_and_again() -> None:
    assert refused("pods", spec("a")) == []
    for _ in range(2):
        (found,) = refused("pods", spec("a", dnsPolicy="No"))
        assert found.startswith('spec.dnsPolicy: Unsupported value: "No"')


def test_a_claim_that_is_named_after_its_pod() -> None:
    template = {"spec": {"accessModes": ["ReadWriteOnce"],
                         "resources": {"requests": {"storage": "1Gi"}}}}  # fmt: skip
    own = spec("a") | {"volumes": [{"name": "a", "ephemeral": {"volumeClaimTemplate": template}}]}
    assert refused("pods", own) == []
    assert refused("pods", own, metadata={"name": "x" * 252, "namespace": "default"})


def test_warnings_come_each_time() -> None:
    old = pod_spec() | {"nodeSelector": {"beta.kubernetes.io/os": "linux"}}
    for _ in range(2):
        (words,) = STRATEGIES["pods"].warnings(created("pods", old), None)
        assert words.startswith("spec.nodeSelector[beta.kubernetes.io/os]: deprecated")
