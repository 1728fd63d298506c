"""agnhost: its subcommands."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib import import_module

from breakfix.embedded.machine.types import Process

_HERE = "breakfix.embedded.programs.agnhost."
SUBCOMMANDS = {
    "netexec": "netexec:netexec", "connect": "connect:connect",
    "dns-suffix": "connect:dns_suffix", "dns-server-list": "connect:dns_servers",
    "etc-hosts": "connect:etc_hosts", "porter": "porter:porter",
    "pause": "pause:pause", "serve-hostname": "serve_hostname:serve_hostname",
    "liveness": "liveness:liveness", "test-webserver": "webserver:test_webserver",
    "entrypoint-tester": "files:entrypoint_tester", "mounttest": "files:mounttest",
    "logs-generator": "files:logs_generator", "guestbook": "guestbook:guestbook",
    "no-snat-test": "no_snat:no_snat_test",
    "no-snat-test-proxy": "no_snat:no_snat_test_proxy",
    "tcp-reset": "tcp_reset:tcp_reset", "inclusterclient": "client:in_cluster",
    "webhook": "webhook:webhook", "nettest": "nettest:nettest",
    "grpc-health-checking": "grpc:grpc_health_checking",
    "crd-conversion-webhook": "crd_conversion:crd_conversion_webhook",
    "test-service-account-issuer-discovery": "issuer:issuer_discovery",
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
