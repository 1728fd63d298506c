"""Every request as an audit.k8s.io/v1 Event: the latest in memory, all in a file if asked."""

from breakfix.embedded.audit.entry import Entry
from breakfix.embedded.audit.log import AuditLog

__all__ = ["AuditLog", "Entry"]
