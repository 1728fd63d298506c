"""Events that an ingress controller records."""

from __future__ import annotations

from breakfix.embedded.csi.api import Api
from breakfix.embedded.objects import Object

COMPONENT = "nginx-ingress-controller"


def record(api: Api, about: Object, reason: str, message: str, kind: str = "Normal") -> None:
    """`kind`: Normal or Warning."""
    api.event(about, kind, reason, message, component=COMPONENT)
