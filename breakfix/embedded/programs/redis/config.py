"""redis-server's settings: their defaults, what they may be, and the file they stand in."""

from __future__ import annotations

import posixpath
import re

from breakfix.embedded.machine.types import Process

DEFAULTS = {
    "port": "6379", "bind": "* -::*", "dir": "", "requirepass": "", "appendonly": "no",
    "maxmemory": "0", "protected-mode": "yes", "save": "3600 1 300 100 60 10000",
    "maxmemory-policy": "noeviction", "databases": "16", "timeout": "0", "maxclients": "10000",
    "appendfsync": "everysec", "dbfilename": "dump.rdb", "appenddirname": "appendonlydir",
    "appendfilename": "appendonly.aof", "loglevel": "notice", "logfile": "", "daemonize": "no",
    "tcp-keepalive": "300", "tcp-backlog": "511", "hz": "10", "masterauth": "", "replicaof": "",
    "slaveof": "", "user": "", "include": "", "notify-keyspace-events": "", "pidfile": "",
    "maxmemory-samples": "5", "maxmemory-clients": "0",
    "maxmemory-eviction-tenacity": "10", "lazyfree-lazy-eviction": "no", "io-threads": "1",
    "cluster-enabled": "no", "auto-aof-rewrite-percentage": "100", "rdbcompression": "yes",
    "auto-aof-rewrite-min-size": "67108864", "rename-command": "", "aclfile": "",
    "stop-writes-on-bgsave-error": "yes", "unixsocket": "", "always-show-logo": "no",
    "replica-read-only": "yes", "min-replicas-to-write": "0", "supervised": "no",
}  # fmt: skip


_MEMORY = frozenset(["maxmemory", "maxmemory-clients", "auto-aof-rewrite-min-size"])
_NUMBERS = frozenset(["port", "databases", "timeout", "maxclients", "tcp-keepalive", "tcp-backlog",
                      "hz", "maxmemory-samples", "io-threads", "min-replicas-to-write",
                      "auto-aof-rewrite-percentage"])  # fmt: skip
_CHOICES = {
    "maxmemory-policy": ["volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl",
                         "allkeys-lru", "allkeys-lfu", "allkeys-random", "noeviction"],
    "appendfsync": ["everysec", "always", "no"],
    "loglevel": ["debug", "verbose", "notice", "warning"],
}  # fmt: skip
_UNITS = {"": 1, "b": 1, "k": 1000, "kb": 1024, "m": 1000**2, "mb": 1024**2, "g": 1000**3,
          "gb": 1024**3}  # fmt: skip


class ConfigurationError(Exception):
    """Words of a bad configuration."""


def checked(name: str, value: str) -> str:
    """A value as it is kept. Raises ConfigurationError."""
    if name in _MEMORY:
        found = re.fullmatch(r"(\d+)([kmg]?b?)", value.lower())
        if found is None:
            raise ConfigurationError("argument must be a memory value")
        return str(int(found[1]) * _UNITS[found[2]])
    if name in _NUMBERS and not re.fullmatch(r"-?\d+", value):
        raise ConfigurationError("argument couldn't be parsed into an integer")
    if DEFAULTS[name] in ("yes", "no") and value not in ("yes", "no"):
        raise ConfigurationError("argument must be 'yes' or 'no'")
    choices = _CHOICES.get(name)
    if choices is not None and value not in choices:
        words = "argument(s) must be one of the following: " + ", ".join(choices)
        raise ConfigurationError(words)
    parts = value.split()
    if name == "save" and (len(parts) % 2 or not all(p.isdigit() for p in parts)):
        raise ConfigurationError("Invalid save parameters")
    return value


def split(text: str) -> list[bytes]:
    """Words with quotes."""
    pattern = r'"((?:[^"\\]|\\.)*)"|\'([^\']*)\'|(\S+)'
    return [(re.sub(r"\\(.)", r"\1", m[1]) if m[1] is not None else m[2] if m[2] is not None
             else m[3]).encode() for m in re.finditer(pattern, text)]  # fmt: skip


def configuration(process: Process, words: list[str], version: str) -> dict[str, str]:
    """File and options. Raises ConfigurationError, OSError."""
    config = dict(DEFAULTS)
    lines: list[tuple[int, str]] = []
    if words and not words[0].startswith("-"):
        path = posixpath.join(process.cwd, words.pop(0))
        text = process.files.read(path).decode(errors="replace").splitlines()
        lines += [(i + 1, line.strip()) for i, line in enumerate(text)]
    lines += [(len(lines) + 2 + i, line) for i, line in enumerate(_options(words))]
    for number, line in lines:
        if line and not line.startswith("#"):
            _set(process, config, number, line, version)
    return config


def _options(words: list[str]) -> list[str]:
    found: list[str] = []
    for word in words:
        if word.startswith("--"):
            found.append(word[2:])
        elif found:
            found[-1] += f' "{word}"'
    return found


def _set(
    process: Process, config: dict[str, str], number: int, line: str, version: str
) -> None:  # fmt: skip
    given = [w.decode() for w in split(line)]
    name, value, why = given[0].lower(), " ".join(given[1:]), ""
    try:
        if name not in config:
            raise ConfigurationError("Bad directive or wrong number of arguments")
        config[name] = checked(name, value)
        if name == "dir" and value and not process.files.is_dir(value):
            raise ConfigurationError("No such file or directory")
    except ConfigurationError as error:
        why = str(error)
    if why:
        raise ConfigurationError(f"*** FATAL CONFIG FILE ERROR (Redis {version}) ***\n"
                                 f"Reading the configuration file, at line {number}\n"
                                 f">>> '{line}'\n{why}\n")  # fmt: skip
