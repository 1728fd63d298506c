"""Texts as Go and the kubelet print them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from breakfix.embedded.objects import Object, name_of, namespace_of, timestamp


def pod_text(pod: Object) -> str:
    """name_namespace(uid), as messages name a pod."""
    return f"{name_of(pod)}_{namespace_of(pod)}({pod['metadata']['uid']})"


def duration(seconds: float) -> str:
    """As Go prints a time.Duration, down to milliseconds."""
    milli = round(seconds * 1000)
    if milli < 1000:  # noqa: PLR2004
        return f"{milli}ms" if milli else "0s"
    minutes, rest = divmod(milli, 60_000)
    hours, minutes = divmod(minutes, 60)
    text = f"{rest / 1000:.3f}".rstrip("0").rstrip(".") + "s"
    if hours:
        return f"{hours}h{minutes}m{text}"
    return f"{minutes}m{text}" if minutes else text


def shown(at: float) -> str:
    """Seconds since 1970 as metav1.Time."""
    return timestamp(datetime.fromtimestamp(at, UTC))


def moment(text: str) -> float:
    """A metav1.Time in seconds since 1970."""
    return datetime.fromisoformat(text).timestamp()


def go_list(words: Sequence[str]) -> str:
    """As fmt prints a slice: [a b]."""
    return f"[{' '.join(words)}]"


def aggregate(texts: Sequence[str]) -> str:
    """Several errors as one."""
    once = list(dict.fromkeys(texts))
    return once[0] if len(once) == 1 else f"[{', '.join(once)}]"
