"""What a redis server answers of itself, which its store does not know."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable

from breakfix.embedded.programs.redis.config import ConfigurationError, checked
from breakfix.embedded.programs.redis.protocol import encoded, pack, text_bulk

Execute = Callable[[list[bytes]], bytes]
_OK, _NIL, _EMPTY = b"+OK\r\n", b"$-1\r\n", b"*0\r\n"
_SAM = ("Hi Sam, this instance is empty or is using very little memory, my issues detector can't "
        "be used in these conditions. Please, leave for your mission on Earth and fill it with "
        "some data. The new Sam and I will be back to our programming as soon as I finished "
        "rebooting.\n")  # fmt: skip
_FIXED = {
    ("ROLE",): encoded([b"master", 0, []]),
    ("MEMORY", "DOCTOR"): text_bulk(_SAM),
    ("SLOWLOG", "GET"): _EMPTY, ("SLOWLOG", "LEN"): b":0\r\n", ("SLOWLOG", "RESET"): _OK,
    ("LATENCY", "LATEST"): _EMPTY, ("LATENCY", "RESET"): b":0\r\n", ("MODULE", "LIST"): _EMPTY,
    ("BGREWRITEAOF",): b"+Background append only file rewriting started\r\n",
    ("CLUSTER",): b"-ERR This instance has cluster support disabled\r\n",
    ("DEBUG",): b"-ERR DEBUG command not allowed. If the enable-debug-command option is set to "
    b"\"local\", you can run it from a local connection, otherwise you need to set this option in "
    b"the configuration file, and then restart the server.\r\n",
}  # fmt: skip
_HEAD, _LIST = 40, 96  # bytes of a key with its entry, of the least list, set or hash


def managed(command: list[str], execute: Execute) -> bytes | None:
    """The answer of a command about the server; None where the store is to be asked."""
    words = [w.upper() for w in command[:2]]
    if words == ["MEMORY", "USAGE"] and len(command) > 2:  # noqa: PLR2004
        return _usage(command[2], execute)
    return _FIXED.get(tuple(words)) or _FIXED.get(tuple(words[:1]))


def _usage(key: str, execute: Execute) -> bytes:
    """About what it takes: the allocator's sizes are its own."""
    kind = execute([b"TYPE", key.encode()])
    if b"none" in kind:
        return _NIL
    ask = {b"list": [b"LRANGE", key.encode(), b"0", b"-1"], b"hash": [b"HGETALL", key.encode()],
           b"set": [b"SMEMBERS", key.encode()],
           b"zset": [b"ZRANGE", key.encode(), b"0", b"-1"]}  # fmt: skip
    name = next((k for k in ask if k in kind), b"")
    body = len(execute(ask[name] if name else [b"GET", key.encode()]))
    text = _HEAD + len(key) + (_LIST if name else 0) + body
    return b":%d\r\n" % ((text + 7) // 8 * 8)


def configure(config: dict[str, str], args: list[str]) -> bytes:
    """CONFIG."""
    match [args[0].lower() if args else "", *args[1:]]:
        case [""]:
            return b"-ERR wrong number of arguments for 'config' command\r\n"
        case ["get", *patterns] if patterns:
            found = [part for k, v in config.items() for part in (k, v)
                     if any(fnmatch.fnmatch(k, p.lower()) for p in patterns)]  # fmt: skip
            return pack([part.encode() for part in found])
        case ["set", name, value]:
            return _set(config, name, value)
        case ["rewrite"]:
            return b"-ERR The server is running without a config file\r\n"
        case ["resetstat"]:
            return _OK
        case ["get" | "set", *_]:
            return f"-ERR wrong number of arguments for 'config|{args[0]}' command\r\n".encode()
    return f"-ERR unknown subcommand '{args[0]}'. Try CONFIG HELP.\r\n".encode()


def _set(config: dict[str, str], name: str, value: str) -> bytes:
    if name.lower() not in config:
        words = "Unknown option or number of arguments for CONFIG SET"
        return f"-ERR {words} - '{name}'\r\n".encode()
    try:
        config[name.lower()] = checked(name.lower(), value)
    except ConfigurationError as error:
        words = f"CONFIG SET failed (possibly related to argument '{name}')"
        return f"-ERR {words} - {error}\r\n".encode()
    return _OK
