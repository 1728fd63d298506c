"""Names of ports, as /etc/services has them."""

from __future__ import annotations

SERVICES = {
    "ftp": 21,
    "ssh": 22,
    "telnet": 23,
    "smtp": 25,
    "http-alt": 8080,
    "http": 80,
    "https": 443,
    "domain": 53,
    "postgresql": 5432,
    "redis": 6379,
    "mysql": 3306,
}


def service_name(port: int) -> str:
    """Its name; * where it has none."""
    return next((n for n, p in SERVICES.items() if p == port), "*")


def port_number(word: str) -> int:
    """A port by number or name; 0 where it is not known."""
    return int(word) if word.isdigit() else SERVICES.get(word, 0)
