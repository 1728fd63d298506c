"""What a write says of its field manager: the name, and what may not be asked."""

from __future__ import annotations

from breakfix.embedded.fields import FieldError, forbidden, invalid, required, too_long

LONGEST = 128  # bytes of a manager's name


def manager_name(asked: str, user_agent: str) -> str:
    """The field manager of a write: as asked, else what the User-Agent has before its slash."""
    if asked:
        return asked
    head = user_agent.partition("/")[0]
    if head.isascii() and head.isprintable() and len(head) <= LONGEST:
        return head
    out = ""
    size = 0
    for char in head:
        if not char.isprintable():
            continue
        size += len(char.encode())
        if size > LONGEST:
            break
        out += char
    return out


def manager_errors(manager: str) -> list[FieldError]:
    """What is wrong with the parameter fieldManager."""
    found = []
    if len(manager.encode()) > LONGEST:
        found.append(too_long("fieldManager", LONGEST))
    at = 0
    for char in manager:
        if not char.isprintable():
            what = f"invalid character U+{ord(char):04X} (at position {at})"
            found.append(invalid("fieldManager", manager, what))
        at += len(char.encode())
    return found


def patch_errors(apply: bool, manager: str, force: bool | None) -> list[FieldError]:
    """What is wrong with a patch's parameters, for a 422 of kind PatchOptions.meta.k8s.io."""
    found = []
    if apply and not manager:
        found.append(required("fieldManager", "is required for apply patch"))
    if not apply and force is not None:
        found.append(forbidden("force", "may not be specified for non-apply patch"))
    return found + manager_errors(manager)
