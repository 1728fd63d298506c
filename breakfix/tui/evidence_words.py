"""What is said about a command that runs, has ended, has failed, or gives no answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

from textual.content import Content

from breakfix.tui.evidence_run import Ended
from breakfix.tui.widgets.map_detail import counted

HUNG = (
    "No answer yet: the API server may be down or hang. r asks again, esc leaves; "
    "`breakfix doctor` says what is up."
)
LOST = re.compile(r"was refused|[Uu]nable to connect|i/o timeout|no route to host|EOF$")


def failed(ended: Ended, last: Sequence[str]) -> Content:
    """A command that could not be run, or did not end well after these lines."""
    if ended.trouble:
        return Content.assemble((ended.trouble, "$error"), (f"  {ended.hint}", "$muted"))
    text = f"✗ kubectl failed (exit code {ended.code})"
    return Content.assemble((text, "$error"), (why(last), "$muted"))


def why(last: Sequence[str]) -> str:
    """What to do about a failure that is the cluster's, by the last lines of output."""
    lost = any(LOST.search(line) for line in last)
    return "  The cluster does not answer: r asks again; `breakfix doctor` says what is up." * lost


def went(lines: int, dropped: int, doing: str) -> Content:
    """`500 lines · following`."""
    older = f"{dropped} older ones dropped" if dropped else ""
    parts = (counted(lines, "line"), older, doing)
    return Content.styled(" · ".join(part for part in parts if part), "$muted")
