"""Which names are which programs: data. Whose turn it is says registry.py."""

from __future__ import annotations

from collections.abc import Mapping

# Where a program is (under breakfix/embedded/): the names it goes by. `NAME=FUNCTION` where the
# function has another name; several names may share one (argv[0] tells them apart).
_PROGRAMS = {
    "programs.shell": "sh=shell ash=shell bash=shell dash=shell",
    "programs.busybox.busybox": "busybox",
    "programs.busybox.ls": "ls",
    "programs.busybox.files": "mkdir rmdir rm cp mv ln",
    "programs.busybox.attributes": "chmod chown chgrp=chown touch stat readlink",
    "programs.busybox.du": "du",
    "programs.busybox.df": "df",
    "programs.busybox.text": "cat tee yes vi",
    "programs.busybox.tail": "tail",
    "programs.busybox.dd": "dd",
    "programs.busybox.xargs": "xargs",
    "programs.busybox.sums": "zcat",
    "programs.busybox.tar": "tar",
    "programs.busybox.clocks": "sleep usleep timeout watch date uptime",
    "programs.busybox.time": "time",
    "programs.busybox.id": "id=id_ whoami groups",
    "programs.busybox.ps": "ps top pgrep pidof pkill=pgrep killall=pgrep kill",
    "programs.busybox.sysctl": "sysctl",
    "programs.busybox.stty": "stty",
    "programs.busybox.chroot": "chroot",
    "programs.busybox.system": (
        "true false :=true sync=true nohup env printenv hostname uname nproc free which mount"
        " umount dmesg clear pause plain-service=pause kindnetd=pause kube-proxy=pause"
        " local-path-provisioner=pause"
    ),
    "programs.busybox.httpd": "httpd",
    "programs.clients.wget": "wget",
    "programs.clients.curl.curl": "curl",
    "programs.clients.nc": "nc ncat=nc netcat=nc",
    "programs.clients.nc_openbsd": "nc.openbsd=openbsd",
    "programs.clients.nslookup": "nslookup",
    "programs.clients.dig": "dig",
    "programs.clients.host": "host",
    "programs.clients.getent": "getent",
    "programs.clients.ping": "ping ping6=ping",
    "programs.clients.traceroute": "traceroute",
    "programs.clients.telnet": "telnet",
    "programs.clients.ip": "ip",
    "programs.clients.ifconfig": "ifconfig arp",
    "programs.clients.route": "route",
    "programs.clients.netstat": "netstat ss",
    "programs.systemctl": "systemctl journalctl",
    "programs.stress": "stress stress-ng=stress_ng",
    "programs.coredns.coredns": "coredns",
    "programs.nginx.nginx": "nginx",
    "programs.agnhost.agnhost": "agnhost",
    "programs.redis.server": "redis-server=redis_server valkey-server=redis_server",
    "programs.redis.cli": "redis-cli=redis_cli valkey-cli=redis_cli",
    "programs.postgres.postgres": "postgres",
    "programs.postgres.psql": "psql",
    "programs.postgres.pg_isready": "pg_isready",
    "programs.apache": "httpd-foreground=httpd apache2-foreground=httpd",
    "programs.small_servers": (
        "http-echo=http_echo python3=python python memcached mysqld mariadbd=mysqld"
        " hello-app=hello_app"
    ),
    "programs.metrics_server.metrics_server": "metrics-server=metrics_server",
    "programs.ingress.main": "nginx-ingress-controller=ingress_controller",
    "programs.ingress.certgen": "kube-webhook-certgen=certgen",
    "programs.ingress.dumb_init": "dumb-init=dumb_init wait-shutdown=wait_shutdown",
    "csi.driver_programs": "aws-ebs-csi-driver=ebs hostpathplugin=hostpath",
    "csi.provisioning": "csi-provisioner=csi_provisioner",
    "csi.attaching": "csi-attacher=csi_attacher",
    "csi.resizing": "csi-resizer=csi_resizer",
    "csi.snapshotting": "csi-snapshotter=csi_snapshotter",
    "csi.snapshot_controller": "snapshot-controller=snapshot_controller",
    "csi.registering": "csi-node-driver-registrar=registrar livenessprobe",
}

# What busybox does in a way of its own: the program of a file that is busybox's.
_APPLETS = {
    "programs.busybox.sums": (
        "md5sum=digest sha1sum=digest sha256sum=digest sha512sum=digest wc realpath"
    ),
    "programs.busybox.diff": "diff",
    "programs.busybox.grep": "grep egrep=grep fgrep=grep",
}

# Programs that the shell's own library has; they only read, write and compute.
_NATIVE = (
    "[ test awk gawk mawk base32 base64 basename bc bunzip2 bzcat bzip2 cksum cmp comm cut diff"
    " dirname egrep envsubst expand expr factor fgrep file find fold getconf getopt grep gunzip"
    " gzip head hexdump jq join md5sum mkfifo mktemp nl od paste patch printf echo pwd realpath"
    " rev sed seq sha1sum sha256sum sha512sum shuf sort split strings sum tac tar tr tree"
    " truncate tsort uniq unlink unzip wc xxd yq zip column nice less more tty unexpand install"
)
NATIVE = frozenset(_NATIVE.split())
# Shells keep the library's own of these: they run in loops, whose input they leave alone.
KEPT = frozenset(["grep", "egrep", "fgrep"])


def _by_name(table: Mapping[str, str]) -> dict[str, str]:
    """Name: "module:function"."""
    found = {}
    for module, names in table.items():
        for name, _, function in (word.partition("=") for word in names.split()):
            found[name] = f"breakfix.embedded.{module}:{function or name}"
    return found


PROGRAMS, APPLETS = _by_name(_PROGRAMS), _by_name(_APPLETS)

# What a program that catches SIGTERM by itself ends with; the others do as the kernel says:
# SIGTERM ends them (143), but not when they are the first process.
ON_TERM: dict[str, int] = {
    "pause": 0, "nginx": 0, "redis-server": 0, "postgres": 0, "mysqld": 0, "httpd-apache": 0,
    "memcached": 0, "rabbitmq-server": 0, "coredns": 0, "prometheus": 0, "grafana": 0,
    "metrics-server": 0, "plain-service": 143, "http-echo": 0, "kindnetd": 0, "kube-proxy": 2,
    "local-path-provisioner": 0, "agnhost": 2, "node": 143, "httpd-foreground": 0,
    "apache2-foreground": 0, "hello-app": 2,
}  # fmt: skip
