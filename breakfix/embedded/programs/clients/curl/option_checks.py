"""Options that curl refuses: numbers that are none, methods that exclude each other."""

from __future__ import annotations

from breakfix.embedded.programs.clients.curl.data import DATA_OPTIONS
from breakfix.embedded.programs.clients.curl.errors import HINT
from breakfix.embedded.programs.options import Options

_INTEGERS = ("max-redirs", "retry", "retry-delay", "retry-max-time")
_SECONDS = ("connect-timeout", "m")
_POST = "POST (-d, --data)"
_PUT, _HEAD = "PUT (-T, --upload-file)", "HEAD (-I, --head)"
_FORM = "multipart formpost (-F, --form)"


def misused(options: Options) -> str:
    """What curl says of a number that is none; "" where all is well."""
    for name, value in options.values:
        checked = int if name in _INTEGERS else float if name in _SECONDS else None
        try:
            if checked:
                checked(value)
        except ValueError:
            shown = f"--{name}" if len(name) > 1 else f"-{name}"
            return f"curl: option {shown}: expected a proper numerical parameter\n{HINT}"
    return ""


def conflict(options: Options) -> str:
    """Two request methods; "" where there is one."""
    posts = "G" not in options and any(name in DATA_OPTIONS for name, _ in options.values)
    if posts and "I" in options:
        first, second = _POST, _HEAD
    elif posts and options.get("T"):
        first, second = _PUT, _POST
    elif posts and "F" in options:
        first, second = _POST, _FORM
    else:
        return ""
    words = "You can only select one HTTP request method!"
    return f"{words} You asked for both {first} and {second}."
