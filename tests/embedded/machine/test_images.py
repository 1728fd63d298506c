from __future__ import annotations

import pytest

from breakfix.embedded.machine.images.images import PullError, _catalogue, known_image, resolve


@pytest.mark.parametrize(
    ("reference", "reason", "words"),
    [
        ("nginx:nosuch", "ErrImagePull", "docker.io/library/nginx:nosuch: not found"),
        ("Foo:Bar", "InvalidImageName", "invalid reference format"),
        ("nosuch.example/a:1", "ErrImagePull", "no such host"),
        ("private/app:1", "ErrImagePull", "insufficient_scope: authorization failed"),
    ],
)
def test_pulls_that_fail(reference: str, reason: str, words: str) -> None:
    with pytest.raises(PullError) as caught:
        resolve(reference)
    assert caught.value.reason == reason
    assert caught.value.message.endswith(words)


def test_a_pull_secret_opens_a_private_repository() -> None:
    assert resolve("private/app:1", {"docker.io"}).image.command


def test_pulls_are_stable() -> None:
    assert resolve("nginx:1.27").id == resolve("docker.io/library/nginx:1.27").id
    assert resolve("nginx:1.27").id != resolve("nginx:1.28").id
    assert resolve("unknown/app").image.command == ("/usr/local/bin/plain-service",)


def test_every_entry_of_the_catalogue_can_be_read() -> None:
    for name in _catalogue()["images"]:
        assert known_image(name)
