"""INFO of a redis server, in its sections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_MEBI = 1 << 20
_REPLICATION = ("role:master connected_slaves:0 master_failover_state:no-failover "
                "master_replid:8d5ab9a3e0f14c2bb0a9d27c4fe5a61f70f3c2d1 master_replid2:"
                "0000000000000000000000000000000000000000 master_repl_offset:0 "
                "second_repl_offset:-1 repl_backlog_active:0 repl_backlog_size:1048576 "
                "repl_backlog_first_byte_offset:0 repl_backlog_histlen:0")  # fmt: skip


@dataclass
class Facts:
    """What a server knows of itself; `keys`: how many each database has."""

    version: str
    pid: int
    config: Mapping[str, str]
    seconds: int
    clients: int
    connections: int
    commands: int
    keys: Mapping[int, int]


def info(facts: Facts, section: str) -> str:
    """One section, or all; nothing for a section that there is not."""
    parts = {
        "server": _server(facts), "clients": _clients(facts), "memory": _memory(facts),
        "persistence": _persistence(facts), "stats": _stats(facts),
        "replication": _REPLICATION.split(" "),
        "cpu": ["used_cpu_sys:0.100000", "used_cpu_user:0.100000", "used_cpu_sys_children:0.000000",
                "used_cpu_user_children:0.000000"],
        "modules": [], "errorstats": [], "cluster": ["cluster_enabled:0"],
        "keyspace": [f"db{n}:keys={c},expires=0,avg_ttl=0" for n, c in facts.keys.items()],
    }  # fmt: skip
    wanted = list(parts) if section in ("", "all", "default", "everything") else [section]
    names = {"cpu": "CPU"}
    texts = ["\n".join([f"# {names.get(n, n.capitalize())}", *parts[n], ""])
             for n in wanted if n in parts]  # fmt: skip
    return "\n".join(texts).replace("\n", "\r\n")


def _server(facts: Facts) -> list[str]:
    return [
        f"redis_version:{facts.version}", "redis_git_sha1:00000000", "redis_git_dirty:0",
        "redis_build_id:0", "redis_mode:standalone", "os:Linux 6.8.0 x86_64", "arch_bits:64",
        "monotonic_clock:POSIX clock_gettime", "multiplexing_api:epoll", f"process_id:{facts.pid}",
        "process_supervised:no", f"tcp_port:{facts.config['port']}",
        f"uptime_in_seconds:{facts.seconds}", f"uptime_in_days:{facts.seconds // 86400}",
        f"hz:{facts.config['hz']}", f"configured_hz:{facts.config['hz']}",
        f"executable:{facts.config['dir'].rstrip('/')}/redis-server", "config_file:",
        "io_threads_active:0",
    ]  # fmt: skip


def _clients(facts: Facts) -> list[str]:
    return [f"connected_clients:{facts.clients}", "cluster_connections:0",
            f"maxclients:{facts.config['maxclients']}", "client_recent_max_input_buffer:0",
            "client_recent_max_output_buffer:0", "blocked_clients:0", "tracking_clients:0",
            "clients_in_timeout_table:0"]  # fmt: skip


def _memory(facts: Facts) -> list[str]:
    limit = int(facts.config["maxmemory"])
    return [
        f"used_memory:{_MEBI}", "used_memory_human:1.00M", f"used_memory_rss:{8 * _MEBI}",
        "used_memory_rss_human:8.00M", f"used_memory_peak:{_MEBI}", "used_memory_peak_human:1.00M",
        f"maxmemory:{limit}", f"maxmemory_human:{_human(limit)}",
        f"maxmemory_policy:{facts.config['maxmemory-policy']}", "mem_fragmentation_ratio:8.00",
        "mem_allocator:jemalloc-5.3.0", "active_defrag_running:0", "lazyfree_pending_objects:0",
    ]  # fmt: skip


def _human(size: int) -> str:
    for unit, letter in ((1 << 30, "G"), (1 << 20, "M"), (1 << 10, "K")):
        if size >= unit:
            return f"{size / unit:.2f}{letter}"
    return f"{size}B"


def _persistence(facts: Facts) -> list[str]:
    return [
        "loading:0", "async_loading:0", "rdb_changes_since_last_save:0", "rdb_bgsave_in_progress:0",
        "rdb_last_bgsave_status:ok", "rdb_last_bgsave_time_sec:-1", "rdb_saves:0",
        f"aof_enabled:{int(facts.config['appendonly'] == 'yes')}", "aof_rewrite_in_progress:0",
        "aof_rewrite_scheduled:0", "aof_last_rewrite_time_sec:-1", "aof_last_bgrewrite_status:ok",
        "aof_last_write_status:ok",
    ]  # fmt: skip


def _stats(facts: Facts) -> list[str]:
    zeros = ("instantaneous_ops_per_sec rejected_connections sync_full sync_partial_ok "
             "sync_partial_err expired_keys evicted_keys keyspace_hits keyspace_misses "
             "pubsub_channels pubsub_patterns latest_fork_usec total_forks "
             "total_error_replies")  # fmt: skip
    return [f"total_connections_received:{facts.connections}",
            f"total_commands_processed:{facts.commands}",
            *(f"{name}:0" for name in zeros.split())]  # fmt: skip
