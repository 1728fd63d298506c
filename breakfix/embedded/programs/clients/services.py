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
    "pop3": 110,
    "ntp": 123,
    "imap2": 143,
    "snmp": 161,
    "ldap": 389,
    "submission": 587,
    "ldaps": 636,
    "rsync": 873,
    "imaps": 993,
    "pop3s": 995,
    "mqtt": 1883,
    "nfs": 2049,
    "amqp": 5672,
}


def service_name(port: int) -> str:
    """Its name; * where it has none."""
    return next((n for n, p in SERVICES.items() if p == port), "*")


def port_number(word: str) -> int:
    """A port by number or name; 0 where it is not known."""
    return int(word) if word.isdigit() else SERVICES.get(word, 0)
