"""psql's backslash commands: what they ask the server, and how it is shown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

Rows = list[list[str | None]]
Ask = Callable[[str], Awaitable[Rows]]
_ACL = "=c/{0}\n{0}=CTc/{0}"
_ALL = "Superuser, Create role, Create DB, Replication, Bypass RLS"


@dataclass
class Listing:
    """A table to show; without rows `missing` is said instead, where there is such a word."""

    title: str
    columns: list[str]
    rows: Rows
    missing: str = ""
    footers: list[str] | None = None  # in place of the count
    expands: bool = True  # by -x


async def listing(command: str, name: str, ask: Ask) -> Listing | None:
    """What a listing command shows; None for one that is none."""
    word = command.rstrip("+S")
    if word == "d" and name:
        return await _table(name, ask)
    if word in ("d", "dt", "di", "dv", "ds", "dm"):
        return await _relations(word, name, ask)
    maker = {"l": _databases, "list": _databases, "du": _roles, "dg": _roles}.get(word)
    if maker is not None:
        return await maker(ask)
    if word == "dn":
        return Listing("List of schemas", ["Name", "Owner"], [["public", "pg_database_owner"]])
    if word == "dx":
        columns = ["Name", "Version", "Schema", "Description"]
        row: list[str | None] = ["plpgsql", "1.0", "pg_catalog", "PL/pgSQL procedural language"]
        return Listing("List of installed extensions", columns, [row])
    if word == "df":
        columns = ["Schema", "Name", "Result data type", "Argument data types", "Type"]
        return Listing("List of functions", columns, [])
    if word in ("dp", "z"):
        columns = ["Schema", "Name", "Type", "Access privileges", "Column privileges", "Policies"]
        rows = await ask("SELECT tablename FROM pg_tables ORDER BY tablename")
        return Listing("Access privileges", columns,
                       [["public", r[0], "table", "", "", ""] for r in rows])  # fmt: skip
    return None


async def _owner(ask: Ask) -> str | None:
    """Of all that there is: the first role."""
    return (await ask("SELECT rolname FROM pg_roles"))[0][0]


async def _databases(ask: Ask) -> Listing:
    owner = await _owner(ask)
    names = sorted(str(r[0]) for r in await ask("SELECT datname FROM pg_database"))
    columns = ["Name", "Owner", "Encoding", "Locale Provider", "Collate", "Ctype", "ICU Locale",
               "ICU Rules", "Access privileges"]  # fmt: skip
    rows: Rows = [
        [n, owner, "UTF8", "libc", "en_US.utf8", "en_US.utf8", "", "",
         _ACL.format(owner) if n.startswith("template") else ""] for n in names
    ]  # fmt: skip
    return Listing("List of databases", columns, rows)


async def _roles(ask: Ask) -> Listing:
    owner = await _owner(ask)
    rows = await ask("SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolcanlogin FROM "
                     "pg_roles ORDER BY rolname")  # fmt: skip
    shown: Rows = [[r[0], _ALL if r[0] == owner else _attributes(r[1:])] for r in rows]
    return Listing("List of roles", ["Role name", "Attributes"], shown, footers=[])


def _attributes(flags: list[str | None]) -> str:
    """Of a role that is a superuser, creates roles and databases, can log in, or does not."""
    words = zip(("Superuser", "Create role", "Create DB", "Cannot login"), "tttf", flags,
                strict=True)  # fmt: skip
    return ", ".join(word for word, mark, flag in words if flag == mark)


async def _relations(word: str, name: str, ask: Ask) -> Listing:
    owner = await _owner(ask)
    kinds = {"BASE TABLE": "table", "VIEW": "view"}
    sql = "SELECT table_name, table_type FROM information_schema.tables ORDER BY table_name"
    columns, rows = ["Schema", "Name", "Type", "Owner"], []
    if word == "di":
        columns = [*columns, "Table"]
        found = await ask("SELECT indexname, tablename FROM pg_indexes ORDER BY indexname")
        rows = [["public", r[0], "index", owner, r[1]] for r in found]
    elif word not in ("ds", "dm"):
        wanted = {"dt": ["table"], "dv": ["view"]}.get(word, ["table", "view"])
        found = [[r[0], kinds[str(r[1])]] for r in await ask(sql)]
        rows = [["public", *one, owner] for one in found if one[1] in wanted]
    rows = [r for r in rows if not name or r[1] == name.removeprefix("public.")]
    missing = f'Did not find any relation named "{name}".' if name \
        else "Did not find any relations."  # fmt: skip
    return Listing("List of relations", columns, rows, missing)


async def _table(name: str, ask: Ask) -> Listing:
    plain = name.removeprefix("public.")
    found = await ask("SELECT table_name, column_name, data_type, is_nullable, column_default FROM "
                      "information_schema.columns ORDER BY ordinal_position")  # fmt: skip
    shown: Rows = [[r[1], r[2], "", "not null" if r[3] == "NO" else "", r[4]]
                   for r in found if r[0] == plain]  # fmt: skip
    indexes = await ask("SELECT tablename, indexname, psqldef FROM pg_indexes")
    lines = [f'    "{r[1]}" {r[2]}' for r in indexes if r[0] == plain]
    return Listing(
        f'Table "public.{plain}"', ["Column", "Type", "Collation", "Nullable", "Default"], shown,
        f'Did not find any relation named "{name}".', ["Indexes:", *lines] if lines else [], False,
    )  # fmt: skip
