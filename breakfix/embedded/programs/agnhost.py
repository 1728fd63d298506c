"""agnhost: its subcommands."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib import import_module

from breakfix.embedded.machine.types import Process

_HERE = "breakfix.embedded.programs."
SUBCOMMANDS = {
    "netexec": "agnhost_netexec:netexec", "connect": "agnhost_connect:connect",
    "dns-suffix": "agnhost_connect:dns_suffix", "dns-server-list": "agnhost_connect:dns_servers",
    "etc-hosts": "agnhost_connect:etc_hosts", "porter": "agnhost_servers:porter",
    "pause": "agnhost_servers:pause", "serve-hostname": "agnhost_servers:serve_hostname",
    "liveness": "agnhost_servers:liveness", "test-webserver": "agnhost_servers:test_webserver",
    "entrypoint-tester": "agnhost_files:entrypoint_tester", "mounttest": "agnhost_files:mounttest",
    "logs-generator": "agnhost_files:logs_generator", "guestbook": "agnhost_guestbook:guestbook",
    "no-snat-test": "agnhost_servers:no_snat_test",
    "no-snat-test-proxy": "agnhost_servers:no_snat_test_proxy",
    "tcp-reset": "agnhost_servers:tcp_reset", "inclusterclient": "agnhost_client:in_cluster",
    "webhook": "agnhost_webhook:webhook", "nettest": "agnhost_nettest:nettest",
    "grpc-health-checking": "agnhost_grpc:grpc_health_checking",
    "crd-conversion-webhook": "agnhost_webhook:crd_conversion_webhook",
    "test-service-account-issuer-discovery": "agnhost_issuer:issuer_discovery",
}  # fmt: skip


async def agnhost(process: Process) -> int:
    """`agnhost SUBCOMMAND [FLAGS]`."""
    words = process.argv[1:]
    if not words:
        await process.out("Usage:\n  app [command]\n")
        return 0
    where = SUBCOMMANDS.get(words[0])
    if where is None:
        await process.err(f'Error: unknown command "{words[0]}" for "agnhost"\n')
        return 1
    module, _, name = where.partition(":")
    run: Callable[[Process], Awaitable[int]] = getattr(import_module(_HERE + module), name)
    return await run(process)
