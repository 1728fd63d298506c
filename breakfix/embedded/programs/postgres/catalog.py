"""PostgreSQL's views of itself, as tables that are filled when a statement names them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Set as AbstractSet

from breakfix.embedded.programs.postgres.facts import Facts

SETTINGS = {
    "archive_mode": "off", "config_file": "{0}/postgresql.conf", "data_directory": "{0}",
    "DateStyle": "ISO, MDY", "default_transaction_isolation": "read committed",
    "default_transaction_read_only": "off", "effective_cache_size": "4GB",
    "hba_file": "{0}/pg_hba.conf", "idle_in_transaction_session_timeout": "0",
    "listen_addresses": "*", "lock_timeout": "0", "log_destination": "stderr",
    "log_min_duration_statement": "-1", "log_statement": "none", "logging_collector": "off",
    "maintenance_work_mem": "64MB", "max_connections": "100", "max_wal_size": "1GB",
    "max_worker_processes": "8", "password_encryption": "scram-sha-256", "port": "5432",
    "search_path": '"$user", public', "server_encoding": "UTF8", "client_encoding": "UTF8",
    "server_version": "", "shared_buffers": "128MB", "ssl": "off", "statement_timeout": "0",
    "superuser_reserved_connections": "3", "TimeZone": "Etc/UTC",
    "transaction_isolation": "read committed", "transaction_read_only": "off",
    "unix_socket_directories": "/var/run/postgresql", "wal_level": "replica", "work_mem": "4MB",
}  # fmt: skip
_COLUMNS = {
    "pg_database": "datname, datdba, encoding, datcollate, datctype, datistemplate, datallowconn, "
    "datconnlimit",
    "pg_roles": "rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin",
    "pg_user": "usename, usesysid, usecreatedb, usesuper",
    "pg_stat_activity": "datname, pid, usename, application_name, client_addr, state, query, "
    "backend_type",
    "pg_settings": "name, setting, unit",
    "pg_tables": "schemaname, tablename, tableowner",
    "pg_indexes": "schemaname, tablename, indexname, psqldef",
    "information_schema_tables": "table_catalog, table_schema, table_name, table_type",
    "information_schema_columns": "table_schema, table_name, column_name, ordinal_position, "
    "is_nullable, data_type, column_default",
}  # fmt: skip
_NAMES = re.compile(rf"\b({'|'.join(_COLUMNS)})\b")
_KEPT = "pg_own_columns"  # what SQLite does not keep of columns: their types and defaults


def fill(db: sqlite3.Connection, sql: str, facts: Facts) -> None:
    """Put up what the statement asks for."""
    for name in sorted(set(_NAMES.findall(sql))):
        rows = _rows(db, name, facts)
        columns = _COLUMNS[name]
        db.execute(f"DROP TABLE IF EXISTS temp.{name}")
        db.execute(f"CREATE TEMP TABLE {name} ({columns})")
        marks = ", ".join("?" * (columns.count(",") + 1))
        db.executemany(f"INSERT INTO temp.{name} VALUES ({marks})", rows)  # noqa: S608 - own names


def _rows(db: sqlite3.Connection, name: str, facts: Facts) -> list[tuple[object, ...]]:
    owner = next(iter(facts.roles), "postgres")
    match name:
        case "pg_database":
            names = [*facts.databases, "template1", "template0"]
            return [(n, 10, 6, "en_US.utf8", "en_US.utf8", "ft"[n.startswith("template")],
                     "tf"[n == "template0"], -1) for n in names]  # fmt: skip
        case "pg_roles":
            return [(r, _flag("SUPERUSER", has), "t", _flag("CREATEROLE", has),
                     _flag("CREATEDB", has), _flag("LOGIN", has))
                    for r, has in facts.roles.items()]  # fmt: skip
        case "pg_user":
            return [(r, 10 + i, _flag("CREATEDB", has), _flag("SUPERUSER", has))
                    for i, (r, has) in enumerate(facts.roles.items())]  # fmt: skip
        case "pg_stat_activity":
            return [(d, p, u, "psql", None, "active" if p == facts.pid else "idle",
                     facts.query if p == facts.pid else "", "client backend")
                    for d, p, u in facts.activity]  # fmt: skip
        case "pg_settings":
            return [(n, v, None) for n, v in sorted(facts.settings.items())]
    return _own(db, name, owner, facts.database)


def _flag(attribute: str, has: AbstractSet[str]) -> str:
    return "ft"[attribute in has]


def relations(db: sqlite3.Connection) -> list[tuple[str, str]]:
    """Names and kinds of what users have made."""
    sql = "SELECT name, type FROM main.sqlite_master WHERE type IN ('table', 'view') ORDER BY name"
    return [(n, kind) for n, kind in db.execute(sql)
            if not n.startswith("sqlite_") and n != _KEPT]  # fmt: skip


def remember(db: sqlite3.Connection, table: str, columns: list[tuple[str, str, str]]) -> None:
    """Types and defaults of columns, as they were written."""
    db.execute(f"CREATE TABLE IF NOT EXISTS {_KEPT} (tab, col, type, def)")
    rows = [(table, *column) for column in columns]
    db.executemany(f"INSERT INTO {_KEPT} VALUES (?, ?, ?, ?)", rows)  # noqa: S608 - own name


def _remembered(db: sqlite3.Connection, table: str) -> dict[str, tuple[str, str]]:
    try:
        rows = db.execute(f"SELECT tab, col, type, def FROM {_KEPT}").fetchall()  # noqa: S608 - own
    except sqlite3.Error:
        return {}
    return {col: (kind, default) for tab, col, kind, default in rows if tab == table}


def column_types(db: sqlite3.Connection, table: str) -> dict[str, str]:
    """The columns of a table in order, with their types as PostgreSQL shows them."""
    return {str(row[2]): str(row[5]) for row in _columns(db, table)}


def _own(db: sqlite3.Connection, name: str, owner: str, database: str) -> list[tuple[object, ...]]:
    """What stands in the database itself."""
    found = relations(db)
    kinds = {"table": "BASE TABLE", "view": "VIEW"}
    match name:
        case "pg_tables":
            return [("public", n, owner) for n, kind in found if kind == "table"]
        case "information_schema_tables":
            return [(database, "public", n, kinds[kind]) for n, kind in found]
        case "pg_indexes":
            return [i for n, kind in found if kind == "table" for i in _indexes(db, n)]
    return [row for n, _ in found for row in _columns(db, n)]


def _columns(db: sqlite3.Connection, table: str) -> list[tuple[object, ...]]:
    kept, rows = _remembered(db, table), list[tuple[object, ...]]()
    for number, name, kind, required, _, key in db.execute(f'PRAGMA table_info("{table}")'):
        shown, default = kept.get(name, (kind.lower(), ""))
        null = "NO" if required or key else "YES"
        rows.append(("public", table, name, number + 1, null, shown, default))
    return rows


def _indexes(db: sqlite3.Connection, table: str) -> list[tuple[object, ...]]:
    keys = [row[1] for row in db.execute(f'PRAGMA table_info("{table}")') if row[5]]
    rows: list[tuple[object, ...]] = []
    if keys:
        rows = [("public", table, f"{table}_pkey", f"PRIMARY KEY, btree ({', '.join(keys)})")]
    for _, name, _, origin, _ in db.execute(f'PRAGMA index_list("{table}")').fetchall():
        names = [row[2] for row in db.execute(f'PRAGMA index_info("{name}")')]
        own = f"{table}_{'_'.join(names)}_key" if origin == "u" else name
        what = "UNIQUE CONSTRAINT, " if origin == "u" else ""
        if origin != "pk":
            rows.append(("public", table, own, f"{what}btree ({', '.join(names)})"))
    return rows
