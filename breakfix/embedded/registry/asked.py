"""What a client asks of the registry."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from breakfix.embedded.objects import Object
from breakfix.embedded.users import User

Strictness = Literal["Ignore", "Warn", "Strict"]


@dataclass
class Asked:
    """One request, after authentication and authorization."""

    user: User
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    dry_run: bool = False
    manager: str = "unknown"
    strictness: Strictness = "Warn"  # of unknown fields
    force: bool = False  # of server-side apply
    is_patch: bool = False  # a uid in it is no precondition
    options: Object = field(default_factory=dict)  # DeleteOptions and the like
    warnings: list[str] = field(default_factory=list)
    annotations: dict[str, str] = field(default_factory=dict)  # for the audit event
    created: bool = False  # the answer is 201
