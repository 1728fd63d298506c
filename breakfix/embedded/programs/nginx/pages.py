"""What nginx itself says: its pages of errors and redirects."""

from __future__ import annotations

from breakfix.embedded.programs.http.messages import reason

_REASONS = {302: "Moved Temporarily", 405: "Not Allowed", 413: "Request Entity Too Large",
            414: "Request-URI Too Large", 500: "Internal Server Error", 503:
            "Service Temporarily Unavailable", 504: "Gateway Time-out"}  # fmt: skip
_TITLES = {302: "Found"}


def page(status: int, signature: str) -> bytes:
    """Nginx's own page of an error or redirect, signed "nginx/1.27.5" or "nginx"."""
    title = f"{status} {_TITLES.get(status) or words(status)}"
    return (f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}"
            f"</h1></center>\r\n<hr><center>{signature}</center>\r\n</body>\r\n</html>\r\n"
            ).encode()  # fmt: skip


def words(status: int) -> str:
    """What follows the status."""
    return _REASONS.get(status) or reason(status)
