"""Which Python function is a program. Add one by a line in `PROGRAMS`."""

from __future__ import annotations

import importlib
from functools import cache
from typing import cast

from breakfix.embedded.machine.types import Program

_B = "breakfix.embedded.programs."
_FILES = _B + "busybox_files:"
_TEXT = _B + "busybox_text:"
_SYSTEM = _B + "busybox_system:"
_SHELL = _B + "shell:"
_NET = _B + "netstatus:"
_SMALL = _B + "small_servers:"
_CSI = "breakfix.embedded.csi."

# name: "module:function"; several names may share a function (argv[0] tells them apart).
PROGRAMS: dict[str, str] = {
    "sh": _SHELL + "shell", "ash": _SHELL + "shell", "bash": _SHELL + "shell",
    "dash": _SHELL + "shell", "busybox": _B + "busybox:busybox",
    "ls": _FILES + "ls", "cat": _TEXT + "cat", "mkdir": _FILES + "mkdir", "rm": _FILES + "rm",
    "rmdir": _FILES + "rmdir", "cp": _FILES + "cp", "mv": _FILES + "mv", "ln": _FILES + "ln",
    "chroot": _B + "chroot:chroot", "systemctl": _B + "systemctl:systemctl",
    "journalctl": _B + "systemctl:journalctl",
    "chmod": _FILES + "chmod", "chown": _FILES + "chown", "chgrp": _FILES + "chown",
    "touch": _FILES + "touch", "stat": _FILES + "stat", "readlink": _FILES + "readlink",
    "du": _FILES + "du", "df": _B + "df:df", "mount": _SYSTEM + "mount",
    "umount": _SYSTEM + "umount", "zcat": _B + "busybox_sums:zcat", "tar": _B + "tar:tar",
    "tail": _TEXT + "tail", "tee": _TEXT + "tee",
    "yes": _TEXT + "yes", "dd": _TEXT + "dd", "vi": _TEXT + "vi",
    "true": _SYSTEM + "true", "false": _SYSTEM + "false", ":": _SYSTEM + "true",
    "sleep": _SYSTEM + "sleep", "usleep": _SYSTEM + "usleep", "timeout": _SYSTEM + "timeout",
    "time": _B + "time:time",
    "watch": _SYSTEM + "watch", "nohup": _SYSTEM + "nohup", "env": _SYSTEM + "env",
    "printenv": _SYSTEM + "printenv", "xargs": _TEXT + "xargs",
    "id": _B + "id:id_", "whoami": _B + "id:whoami", "groups": _B + "id:groups",
    "ps": _B + "ps:ps", "top": _B + "ps:top", "pgrep": _B + "ps:pgrep",
    "pidof": _B + "ps:pidof", "pkill": _B + "ps:pgrep", "killall": _B + "ps:pgrep",
    "kill": _B + "ps:kill", "hostname": _SYSTEM + "hostname", "uname": _SYSTEM + "uname",
    "nproc": _SYSTEM + "nproc", "free": _SYSTEM + "free", "uptime": _SYSTEM + "uptime",
    "date": _SYSTEM + "date", "which": _SYSTEM + "which", "pause": _SYSTEM + "pause",
    "sync": _SYSTEM + "true", "dmesg": _SYSTEM + "dmesg",
    "sysctl": _B + "sysctl:sysctl", "stty": _B + "stty:stty",
    "stress": _B + "stress:stress", "stress-ng": _B + "stress:stress_ng",
    "plain-service": _SYSTEM + "pause", "kindnetd": _SYSTEM + "pause",
    "kube-proxy": _SYSTEM + "pause", "local-path-provisioner": _SYSTEM + "pause",
    "coredns": _B + "coredns:coredns", "clear": _SYSTEM + "clear",
    "wget": _B + "wget:wget", "curl": _B + "curl:curl", "nc": _B + "nc:nc",
    "nc.openbsd": _B + "nc:openbsd", "ncat": _B + "nc:nc",
    "netcat": _B + "nc:nc", "httpd": _B + "httpd:httpd", "nslookup": _B + "nslookup:nslookup",
    "dig": _B + "dig:dig", "host": _B + "dig:host", "getent": _B + "dig:getent",
    "ping": _NET + "ping", "ping6": _NET + "ping", "traceroute": _NET + "traceroute",
    "telnet": _NET + "telnet", "ip": _NET + "ip", "ifconfig": _NET + "ifconfig",
    "route": _NET + "route", "arp": _NET + "arp", "netstat": _NET + "netstat", "ss": _NET + "ss",
    "nginx": _B + "nginx:nginx", "agnhost": _B + "agnhost:agnhost",
    "redis-server": _B + "redis_server:redis_server", "redis-cli": _B + "redis_cli:redis_cli",
    "valkey-server": _B + "redis_server:redis_server", "valkey-cli": _B + "redis_cli:redis_cli",
    "postgres": _B + "postgres:postgres", "psql": _B + "psql:psql",
    "pg_isready": _B + "psql:pg_isready", "httpd-foreground": _B + "apache:httpd",
    "apache2-foreground": _B + "apache:httpd", "http-echo": _SMALL + "http_echo",
    "python3": _SMALL + "python", "python": _SMALL + "python",
    "memcached": _SMALL + "memcached", "mysqld": _SMALL + "mysqld", "mariadbd": _SMALL + "mysqld",
    "hello-app": _SMALL + "hello_app", "metrics-server": _B + "metrics_server:metrics_server",
    "nginx-ingress-controller": _B + "ingress_controller:ingress_controller",
    "kube-webhook-certgen": _B + "webhook_certgen:certgen", "dumb-init": _B + "dumb_init:dumb_init",
    "wait-shutdown": _B + "dumb_init:wait_shutdown",
    "aws-ebs-csi-driver": _CSI + "driver_programs:ebs",
    "hostpathplugin": _CSI + "driver_programs:hostpath",
    "csi-provisioner": _CSI + "provisioning:csi_provisioner",
    "csi-attacher": _CSI + "attaching:csi_attacher", "csi-resizer": _CSI + "resizing:csi_resizer",
    "csi-snapshotter": _CSI + "snapshotting:csi_snapshotter",
    "snapshot-controller": _CSI + "snapshot_controller:snapshot_controller",
    "csi-node-driver-registrar": _CSI + "registering:registrar",
    "livenessprobe": _CSI + "registering:livenessprobe",
}  # fmt: skip

# What busybox does in a way of its own: the program of a file that is busybox's.
_SUMS = _B + "busybox_sums:"
_GREP = _B + "busybox_grep:grep"
APPLETS: dict[str, str] = {
    "md5sum": _SUMS + "digest", "sha1sum": _SUMS + "digest", "sha256sum": _SUMS + "digest",
    "sha512sum": _SUMS + "digest", "wc": _SUMS + "wc", "realpath": _SUMS + "realpath",
    "diff": _B + "busybox_diff:diff", "grep": _GREP, "egrep": _GREP, "fgrep": _GREP,
}  # fmt: skip
# Shells keep the library's own of these: they run in loops, whose input they leave alone.
KEPT = frozenset(["grep", "egrep", "fgrep"])
APPLET = "busybox:"  # before the name, in such a file

# Programs that the shell's own library has; they only read, write and compute.
NATIVE = frozenset(
    [
        "[",
        "test",
        "awk",
        "gawk",
        "mawk",
        "base32",
        "base64",
        "basename",
        "bc",
        "bunzip2",
        "bzcat",
        "bzip2",
        "cksum",
        "cmp",
        "comm",
        "cut",
        "diff",
        "dirname",
        "egrep",
        "envsubst",
        "expand",
        "expr",
        "factor",
        "fgrep",
        "file",
        "find",
        "fold",
        "getconf",
        "getopt",
        "grep",
        "gunzip",
        "gzip",
        "head",
        "hexdump",
        "jq",
        "join",
        "md5sum",
        "mkfifo",
        "mktemp",
        "nl",
        "od",
        "paste",
        "patch",
        "printf",
        "echo",
        "pwd",
        "realpath",
        "rev",
        "sed",
        "seq",
        "sha1sum",
        "sha256sum",
        "sha512sum",
        "shuf",
        "sort",
        "split",
        "strings",
        "sum",
        "tac",
        "tar",
        "tr",
        "tree",
        "truncate",
        "tsort",
        "uniq",
        "unlink",
        "unzip",
        "wc",
        "xxd",
        "yq",
        "zip",
        "column",
        "nice",
        "less",
        "more",
        "tty",
        "unexpand",
        "install",
    ]
)

# What a program that catches SIGTERM by itself ends with; the others do as the kernel says:
# SIGTERM ends them (143), but not when they are the first process.
ON_TERM: dict[str, int] = {
    "pause": 0, "nginx": 0, "redis-server": 0, "postgres": 0, "mysqld": 0, "httpd-apache": 0,
    "memcached": 0, "rabbitmq-server": 0, "coredns": 0, "prometheus": 0, "grafana": 0,
    "metrics-server": 0, "plain-service": 143, "http-echo": 0, "kindnetd": 0, "kube-proxy": 2,
    "local-path-provisioner": 0, "agnhost": 2, "node": 143, "httpd-foreground": 0,
    "apache2-foreground": 0, "hello-app": 2,
}  # fmt: skip


def is_native(name: str) -> bool:
    """Is it one of the shell library's, and none of ours?"""
    return name in NATIVE and name not in PROGRAMS


@cache
def lookup(name: str) -> Program | None:
    """The program of this name; None where nobody has written it."""
    if is_native(name):
        return lookup("__native")
    where = PROGRAMS.get(name)
    if name == "__native":
        where = "breakfix.embedded.programs.shell:native"
    elif name.startswith(APPLET):
        where = APPLETS[name.removeprefix(APPLET)]
    if where is None:
        return None
    module, _, function = where.partition(":")
    try:
        found = getattr(importlib.import_module(module), function)
    except (ModuleNotFoundError, AttributeError):
        return None
    return cast("Program", found)
