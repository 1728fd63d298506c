"""The plugins of CoreDNS that are known here, by their directives."""

from __future__ import annotations

from breakfix.embedded.programs.coredns.cache import Cache
from breakfix.embedded.programs.coredns.chain import Plugin
from breakfix.embedded.programs.coredns.forward import Forward
from breakfix.embedded.programs.coredns.hosts import Hosts
from breakfix.embedded.programs.coredns.http import Health, Prometheus, Ready
from breakfix.embedded.programs.coredns.kubernetes import Kubernetes
from breakfix.embedded.programs.coredns.log import Errors, Log
from breakfix.embedded.programs.coredns.rewrite import Rewrite
from breakfix.embedded.programs.coredns.small import (
    Acl,
    LoadBalance,
    Loop,
    Reload,
    Silent,
    Whoami,
)
from breakfix.embedded.programs.coredns.template import Templates

PLUGINS: dict[str, type[Plugin]] = {
    p.name: p
    for p in (
        Errors, Log, Health, Ready, Prometheus, LoadBalance, Cache, Rewrite, Templates, Hosts,
        Kubernetes, Loop, Forward, Whoami, Acl, Reload,
    )
}  # fmt: skip
# Directives that answer no queries.
NO_HANDLER = ("reload", "health", "ready", "bind", "debug", "root", "tls", "pprof", "timeouts")


def plugin_type(name: str) -> type[Plugin]:
    """Of a directive; what is not known here is read over."""
    return PLUGINS.get(name, Silent)
