"""403, in the words of the real server."""

from __future__ import annotations

from breakfix.embedded.auth.attributes import Attributes
from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import Object

_SANITIZED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def forbidden_message(asked: Attributes, reason: str = "") -> str:
    """What the user cannot do, with the authorizer's reason where it has one."""
    why = _cannot(asked).translate(_SANITIZED)
    if reason:
        why = f"{why}: {reason}"
    if not asked.resource:
        return f"forbidden: {why}"
    resource = f"{asked.resource}.{asked.group}" if asked.group else asked.resource
    return f'{resource} "{asked.name}" is forbidden: {why}' if asked.name else (
        f"{resource} is forbidden: {why}"
    )  # fmt: skip


def _cannot(asked: Attributes) -> str:
    who = f'User "{asked.user.name}" cannot {asked.verb}'
    if asked.path:
        return f'{who} path "{asked.path}"'
    part = f"{asked.resource}/{asked.subresource}" if asked.subresource else asked.resource
    scope = f'in the namespace "{asked.namespace}"' if asked.namespace else "at the cluster scope"
    return f'{who} resource "{part}" in API group "{asked.group}" {scope}'


def refusal(asked: Attributes, reason: str = "") -> StatusError:
    """The refusal of an authorizer."""
    details: Object = {"name": asked.name, "group": asked.group, "kind": asked.resource}
    details = {key: value for key, value in details.items() if value}
    return StatusError(403, "Forbidden", forbidden_message(asked, reason), details)
