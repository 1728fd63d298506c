"""What a shell says of itself: `$$` and `$0`, which the library gets wrong.

They are put into the script's text, but not where it is for another shell or program: in the
single quotes after `sh -c` both, in other single quotes `$0` (awk has one too; a trap's `$$`
is the shell's own).
"""

from __future__ import annotations

import re

NAME = "__0"
_PID = re.compile(r"(?<![\\$])\$\$(?![\w$])")
_ZERO = re.compile(r"(?<![\\$])\$(?:0|\{0(?=[}#%:/]))")
_PARTS = re.compile(
    r"(?P<comment>(?:^|(?<=[\s;&|(]))#[^\n]*)|(?P<single>'[^']*')"
    r"|(?P<double>\"(?:\\.|[^\"\\])*\")|(?P<plain>\\.|[^'\"\\#]+|.)",
    re.DOTALL,
)
_SHELL_BEFORE = re.compile(r"\b(?:sh|ash|bash|dash)\s+(?:-\w+\s+)*-\w*c\s+$")


def told(script: str, pid: int) -> str:
    """The script with its own pid and name. Here-documents may hold any quotes: in a script
    with one, the name stays the library's."""
    if "$$" not in script and not _ZERO.search(script):
        return script
    if "<<" in script:
        return _PID.sub(str(pid), script)
    found = ""
    for part in _PARTS.finditer(script):
        text = part[0]
        if part.lastgroup == "single":
            is_own = not _SHELL_BEFORE.search(found)
            found += _PID.sub(str(pid), text) if is_own else text
        elif part.lastgroup == "comment":
            found += text
        else:
            found += _ZERO.sub(_named, _PID.sub(str(pid), text))
    return found


def _named(match: re.Match[str]) -> str:
    return "${" + NAME + ("}" if match[0] == "$0" else "")
