"""What PostgreSQL and its clients say, as it was measured against a real server."""

from __future__ import annotations

import pytest

from breakfix.embedded.programs.postgres.backend import Backend
from breakfix.embedded.programs.postgres.database import Database
from breakfix.embedded.programs.postgres.errors import SqlError
from breakfix.embedded.programs.postgres.lexer import without_comments
from breakfix.embedded.programs.postgres.parser import statements
from tests.embedded.programs.pods import Lab, Pod

_ENV = {"POSTGRES_PASSWORD": "s"}


async def _server(lab: Lab | None = None) -> Pod:
    lab = lab or Lab()
    return await lab.pod("db", "postgres:16", "docker-entrypoint.sh", "postgres", env=_ENV)


async def _sql(db: Pod, sql: str) -> str:
    return (await db.run("psql", "-U", "postgres", "-Atc", sql))[1]


# -- time ----------------------------------------------------------------------------------


async def test_now_is_the_time_of_the_host() -> None:
    db = await _server()
    assert await _sql(db, "select now()") == "2026-01-01 00:00:00.1+00\n"
    assert await _sql(db, "select current_date, localtimestamp") == (
        "2026-01-01|2026-01-01 00:00:00.1\n")  # fmt: skip
    await _sql(db, "create table t(n int, at timestamptz default now(), here timestamp "
               "default now(), day date default current_date)")  # fmt: skip
    await db.lab.quiet(3600)
    await _sql(db, "insert into t(n) values (1)")
    assert await _sql(db, "select at, here, day, date(at) from t") == (
        "2026-01-01 01:00:00.1+00|2026-01-01 01:00:00.1|2026-01-01|2026-01-01\n")  # fmt: skip


# -- transactions --------------------------------------------------------------------------


async def test_a_transaction_ends_with_its_connection() -> None:
    db = await _server()
    await _sql(db, "create table t(n int)")
    assert await _sql(db, "begin; insert into t values (1)") == "BEGIN\nINSERT 0 1\n"
    assert await _sql(db, "begin") == "BEGIN\n"
    assert await _sql(db, "select count(*) from t") == "0\n"
    assert await _sql(db, "commit") == (
        "WARNING:  there is no transaction in progress\nCOMMIT\n")  # fmt: skip


async def test_the_statements_of_one_query_are_one_transaction() -> None:
    db = await _server()
    await _sql(db, "create table t(n int primary key)")
    assert await _sql(db, "insert into t values (5); select 1; insert into t values (5)") == (
        'INSERT 0 1\n1\nERROR:  duplicate key value violates unique constraint "t_pkey"\n'
        "DETAIL:  Key (n)=(5) already exists.\n"
    )
    assert await _sql(db, "select count(*) from t; insert into t values (6)") == "0\nINSERT 0 1\n"
    assert await _sql(db, "select n from t") == "6\n"
    assert await _sql(db, "create database one; select 1") == (
        "ERROR:  CREATE DATABASE cannot run inside a transaction block\n")  # fmt: skip


def test_sessions_see_what_others_have_committed() -> None:
    database = Database()
    one, two = Backend(database), Backend(database)
    one.run("create table t(n int primary key)")
    one.run("begin")
    one.run("insert into t values (1)")
    assert two.run("select * from t").rows == []
    two.run("insert into t values (2)")
    assert one.run("select * from t order by n").rows == [["1"], ["2"]]
    one.run("commit")
    assert two.run("select * from t order by n").rows == [["1"], ["2"]]
    one.run("begin")
    one.run("delete from t")
    one.close()
    assert two.run("select count(*) from t").rows == [["2"]]


def test_a_transaction_that_others_have_overtaken_says_so() -> None:
    database = Database()
    one, two = Backend(database), Backend(database)
    one.run("create table t(n int primary key)")
    one.run("begin")
    one.run("insert into t values (1)")
    two.run("insert into t values (1)")
    with pytest.raises(SqlError, match='unique constraint "t_pkey"'):
        one.run("commit")
    one.run("rollback")
    assert one.run("select count(*) from t").rows == [["1"]]


# -- databases -----------------------------------------------------------------------------


async def test_drop_database_spares_what_is_in_use() -> None:
    db = await _server()
    words = "ERROR:  cannot drop the currently open database\n"
    assert await _sql(db, "drop database postgres") == words
    await _sql(db, "create database one")
    drop = "psql -U postgres -c 'drop database one'"
    assert (await db.sh(f"sleep 20 | psql -U postgres -d one & sleep 1; {drop}"))[1] == (
        'ERROR:  database "one" is being accessed by other users\n'
        "DETAIL:  There is 1 other session using the database.\n"
    )
    assert (await db.sh(f"sleep 2 | psql -U postgres -d one & sleep 1; {drop}"))[1] == (
        "DROP DATABASE\n")  # fmt: skip
    assert await _sql(db, "drop database if exists one") == (
        'NOTICE:  database "one" does not exist, skipping\nDROP DATABASE\n')  # fmt: skip
    assert await _sql(db, "begin; create database two") == (
        "BEGIN\nERROR:  CREATE DATABASE cannot run inside a transaction block\n")  # fmt: skip
    assert await _sql(db, "drop database template1") == "ERROR:  cannot drop a template database\n"


async def test_drop_database_by_force_ends_its_sessions() -> None:
    db = await _server()
    await _sql(db, "create database one")
    drop = "psql -U postgres -c 'drop database one with (force)'"
    assert (await db.sh(f"sleep 20 | psql -U postgres -d one & sleep 1; {drop}"))[1] == (
        "DROP DATABASE\n")  # fmt: skip


async def test_all_is_there_again_after_a_restart() -> None:
    db = await Lab().pod("db", "postgres:16", "sh", "-c", "sleep 9999", env=_ENV)
    first = ("timeout 5 docker-entrypoint.sh postgres >/dev/null 2>&1 & sleep 1; "
             "psql -U postgres -c 'create table t(n int)' -c 'insert into t values (7)' "
             "-c 'create role alice login' -c 'create role bob'; wait")  # fmt: skip
    await db.sh(first)
    again = ("timeout 5 docker-entrypoint.sh postgres >/dev/null 2>&1 & sleep 1; "
             "psql -U postgres -Atc 'select n from t' -c '\\du'; wait")  # fmt: skip
    assert (await db.sh(again))[1] == f"7\nalice|\nbob|Cannot login\npostgres|{_ALL}\n"


# -- roles ---------------------------------------------------------------------------------


async def test_roles_have_attributes() -> None:
    db = await _server()
    for sql in ("create role alice login", "create role Bob", "create user adm createrole",
                "create user usr password 'createrole' createdb"):  # fmt: skip
        assert await _sql(db, sql) == "CREATE ROLE\n"
    assert await _sql(db, "\\du") == (
        f"adm|Create role\nalice|\nbob|Cannot login\npostgres|{_ALL}\nusr|Create DB\n"
    )
    denied = "ERROR:  permission denied to"
    createrole = "Only roles with the CREATEROLE attribute"
    for user, sql, words in (
        (
            "bob",
            "select 1",
            'psql: error: connection to server on socket "/var/run/postgresql/'
            '.s.PGSQL.5432" failed: FATAL:  role "bob" is not permitted to log in\n',
        ),
        (
            "alice",
            "create role x",
            f"{denied} create role\nDETAIL:  {createrole} may create roles.\n",
        ),
        (
            "alice",
            "drop role bob",
            f"{denied} drop role\nDETAIL:  {createrole} and the ADMIN "
            "option on the target roles may drop roles.\n",
        ),
        ("alice", "create database one", f"{denied} create database\n"),
        ("alice", "alter role alice password 'x'", "ALTER ROLE\n"),
        ("usr", "create database One", "CREATE DATABASE\n"),
        ("adm", "drop role bob, adm", "ERROR:  current user cannot be dropped\n"),
        ("adm", "drop role if exists bob", "DROP ROLE\n"),
        ("postgres", "drop database one", "DROP DATABASE\n"),
    ):
        assert (await db.run("psql", "-U", user, "-d", "postgres", "-c", sql))[1] == words


# -- the data directory --------------------------------------------------------------------


async def test_a_data_directory_has_one_server() -> None:
    db = await _server()
    code, said = await db.sh("cat $PGDATA/postmaster.pid; postgres -p 5433")
    assert said.startswith(
        "1\n/var/lib/postgresql/data\n1767225600\n5432\n/var/run/postgresql\n*\n"
    )
    assert code == 1
    assert 'FATAL:  lock file "postmaster.pid" already exists\n' in said
    assert ("HINT:  Is another postmaster (PID 1) running in data directory "
            '"/var/lib/postgresql/data"?\n') in said  # fmt: skip
    assert (await db.sh("postgres -p x"))[1].endswith(
        'FATAL:  invalid value for parameter "port": "x"\n'
    )


@pytest.mark.parametrize("pid", ["1", "77", ""])
async def test_a_stale_lock_file_is_overwritten(pid: str) -> None:
    script = (f"sed -i '1s/.*/{pid}/' $PGDATA/postmaster.pid; head -n 1 $PGDATA/postmaster.pid; "
              "exec postgres")  # fmt: skip
    db = await Lab().pod("db", "postgres:16", "sh", "-c",
                         "mkdir -p $PGDATA && echo sleep; sleep 9999", env=_ENV)  # fmt: skip
    code, said = await db.sh("timeout 5 docker-entrypoint.sh postgres >/dev/null 2>&1; "
                             f"timeout 5 sh -c \"{script.replace('$', chr(92) + '$')}\"",
                             seconds=30)  # fmt: skip
    assert code != 1
    assert said.startswith(f"{pid}\n")
    assert "database system is ready to accept connections" in said


# -- names and texts -----------------------------------------------------------------------


def test_columns_have_the_names_that_postgresql_gives_them() -> None:
    db = Backend(Database())
    sql = """select 1 as "Weird Name", 2 as "a.b", 1+1 as x, count(*), sum(1), max(1)+1, 'x',
        coalesce(null,1), case when true then 1 end, 5::text, now(), now()::date"""
    assert db.run(sql).columns == [
        "Weird Name", "a.b", "x", "count", "sum", "?column?", "?column?", "coalesce", "case",
        "text", "now", "now",
    ]  # fmt: skip


def test_strings_and_comments_are_left_alone() -> None:
    db = Backend(Database())
    sql = "/* a; b */ select 'public.x', 'pg_catalog.y', 'NOW()', 'it''s; --x' -- c"
    assert [at for at, _ in statements(sql)] == [0]
    assert db.run(statements(sql)[0][1]).rows == [
        ["public.x", "pg_catalog.y", "NOW()", "it's; --x"]]  # fmt: skip
    two = "select $$a;b$$; select $x$ $$;$x$ -- c;d\n; /* a /* b; */ ; */"
    assert [s.strip() for _, s in statements(two)] == ["select $$a;b$$", "select $x$ $$;$x$"]
    assert without_comments("a -- b\nc /* d */ e") == "a     \nc         e"
    db.run("create table public.t(n int)")
    db.run("insert into public.t values (1)")
    assert db.run("select public.t.n, pg_catalog.version() from public.t").rows[0][0] == "1"
    assert db.run("truncate public.t").tag == "TRUNCATE TABLE"


async def test_psql_reads_comments_and_dollar_quotes() -> None:
    db = await _server()
    script = b'select 1; /* a;b\n; */ select 2;\nselect $x$;\n$x$ as "A;b"; select 3 -- c;d\n;\n'
    said = (await db.run("psql", "-U", "postgres", "-At", stdin=script))[1]
    assert said == "1\n2\n;\n\n3\n"


# -- errors --------------------------------------------------------------------------------

_TABLES = (
    "create table p(id int primary key, name text not null, age int constraint adult "
    "check (age > 17), price numeric(5,2) check (price > 0))",
    "create table c(id serial primary key, p int references p(id), u text unique)",
    "create table two(a int, b int, unique(a,b), check (a > b))",
    "create table v(a varchar(3), b boolean, u uuid, t timestamptz)",
    "insert into p values (1, 'a', 20, 3.5)", "insert into c(p, u) values (1, 'x')",
    "insert into two values (2, 1)", "create unique index ix on p(name)",
)  # fmt: skip
_ERRORS = [
    ("select 1/0", "division by zero", ""),
    ("update p set age = age / 0", "division by zero", ""),
    ("select mod(5, 0)", "division by zero", ""),
    ("select 'a'::int", 'invalid input syntax for type integer: "a"', ""),
    ("insert into p values ('x', 'b')", 'invalid input syntax for type integer: "x"', ""),
    ("update p set age = 'z'", 'invalid input syntax for type integer: "z"', ""),
    ("insert into p(id, name) values (99999999999, 'x')", "integer out of range", ""),
    ("insert into v values ('abcd')", "value too long for type character varying(3)", ""),
    ("insert into v(b) values ('maybe')", 'invalid input syntax for type boolean: "maybe"', ""),
    ("insert into v(u) values ('x')", 'invalid input syntax for type uuid: "x"', ""),
    ("insert into v(t) values ('foo')",
     'invalid input syntax for type timestamp with time zone: "foo"', ""),
    ("insert into p(id, name) values (1, 'b')",
     'duplicate key value violates unique constraint "p_pkey"', "Key (id)=(1) already exists."),
    ("insert into c(u) values ('q'), ('q')",
     'duplicate key value violates unique constraint "c_u_key"', "Key (u)=(q) already exists."),
    ("insert into two values (2, 1)",
     'duplicate key value violates unique constraint "two_a_b_key"',
     "Key (a, b)=(2, 1) already exists."),
    ("insert into p values (2, 'a')", 'duplicate key value violates unique constraint "ix"',
     "Key (name)=(a) already exists."),
    ("insert into p(id, age) values (2, 20)",
     'null value in column "name" of relation "p" violates not-null constraint',
     "Failing row contains (2, null, 20, null)."),
    ("insert into p values (2, 'b', 3)",
     'new row for relation "p" violates check constraint "adult"',
     "Failing row contains (2, b, 3, null)."),
    ("update p set age = 3", 'new row for relation "p" violates check constraint "adult"',
     "Failing row contains (1, a, 3, 3.50)."),
    ("insert into p(id, name, price) values (2, 'b', -3)",
     'new row for relation "p" violates check constraint "p_price_check"',
     "Failing row contains (2, b, null, -3.00)."),
    ("insert into two values (1, 2)", 'new row for relation "two" violates check constraint '
     '"two_check"', "Failing row contains (1, 2)."),
    ("insert into c(p) values (77)", 'insert or update on table "c" violates foreign key '
     'constraint "c_p_fkey"', 'Key (p)=(77) is not present in table "p".'),
    ("update c set p = 78", 'insert or update on table "c" violates foreign key constraint '
     '"c_p_fkey"', 'Key (p)=(78) is not present in table "p".'),
    ("delete from p", 'update or delete on table "p" violates foreign key constraint "c_p_fkey" '
     'on table "c"', 'Key (id)=(1) is still referenced from table "c".'),
    ("update p set id = 9", 'update or delete on table "p" violates foreign key constraint '
     '"c_p_fkey" on table "c"', 'Key (id)=(1) is still referenced from table "c".'),
    ("truncate p", "cannot truncate a table referenced in a foreign key constraint",
     'Table "c" references "p".'),
    ("drop table p", "cannot drop table p because other objects depend on it",
     "constraint c_p_fkey on table c depends on table p"),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "message", "detail"), _ERRORS)
def test_errors_have_their_details(sql: str, message: str, detail: str) -> None:
    db = Backend(Database())
    for made in _TABLES:
        db.run(made)
    state = [db.run(f"table {t}").rows for t in ("p", "c", "two")]
    for begin in ("", "begin"):
        if begin:
            db.run(begin)
        with pytest.raises(SqlError) as found:
            db.run(sql)
        assert (found.value.message, found.value.detail) == (message, detail)
        assert db.in_transaction == bool(begin)
    db.run("rollback")
    assert [db.run(f"table {t}").rows for t in ("p", "c", "two")] == state


def test_what_works_on_a_real_one_works() -> None:
    db = Backend(Database())
    db.run("create table t(id serial primary key, n text default 'x', k int)")
    db.run("insert into t values (default, 'a'), (default, 'b')")
    assert db.run("insert into t values (default, default, ' 3 ') returning *").rows == [
        ["3", "x", "3"]]  # fmt: skip
    assert db.run("select 7/2, -7/2, -7%3, 7.0/2, null/0").rows == [["3", "-3", "-1", "3.5", None]]
    assert db.run("select case when k is null then 0 else 6/k end from t").rows == [
        ["0"], ["0"], ["2"]]  # fmt: skip
    assert db.run("select '12'::int, 'yes'::text, '2024-01-01'::text").rows[0][0] == "12"
    db.run("drop table if exists nope")
    db.run("create unique index on t(k, n desc)")
    upsert = "insert into t(k, n) values (3, 'x') on conflict (k, n) do update set k = 4"
    assert db.run(f"{upsert} returning k").rows == [["4"]]


def test_tables_go_together() -> None:
    db = Backend(Database())
    for made in _TABLES:
        db.run(made)
    assert db.run("truncate p, public.c").tag == "TRUNCATE TABLE"
    db.run("insert into p values (1, 'a')")
    db.run("insert into c(p) values (1)")
    assert db.run("truncate table p restart identity cascade").tag == "TRUNCATE TABLE"
    assert db.run("select count(*) from c").rows == [["0"]]
    db.run("create view w as select 1 as one")
    assert db.run("drop view w cascade").tag == "DROP VIEW"
    db.run("insert into p values (1, 'a')")
    db.run("insert into c(p) values (1)")
    assert db.run("drop table if exists nope, p, c, public.two cascade").tag == "DROP TABLE"
    assert db.run("drop index if exists ix").tag == "DROP INDEX"
    with pytest.raises(SqlError, match='table "p" does not exist'):
        db.run("drop table v, p")
    assert db.run("select * from v").rows == []


async def test_an_error_stands_in_its_line() -> None:
    db = await _server()
    await _sql(db, "create table t(name text, n int)")
    assert await _sql(db, "select 1;\nselec 2") == (
        '1\nERROR:  syntax error at or near "selec"\nLINE 2: selec 2\n        ^\n')  # fmt: skip
    assert await _sql(db, "insert into t values ('x', 'x')") == (
        'ERROR:  invalid input syntax for type integer: "x"\n'
        "LINE 1: insert into t values ('x', 'x')\n" + " " * 35 + "^\n"
    )


# -- psql and pg_isready ---------------------------------------------------------------------

_ALL = "Superuser, Create role, Create DB, Replication, Bypass RLS"
_SHOWN = [
    ("-t", "\\du", f" alice     | \n postgres  | {_ALL}\n\n"),
    ("-x", "\\du", "List of roles\n-[ RECORD 1 ]" + "-" * 58 + "\nRole name  | alice\n"
     "Attributes | \n-[ RECORD 2 ]" + "-" * 58 + "\nRole name  | postgres\n"
     f"Attributes | {_ALL}\n\n"),
    ("-tx", "\\du", "Role name  | alice\nAttributes | \n-----------+" + "-" * 59 +
     f"\nRole name  | postgres\nAttributes | {_ALL}\n\n"),
    ("--csv", "\\du", f'Role name,Attributes\nalice,\npostgres,"{_ALL}"\n'),
    ("-A", "\\du", f"List of roles\nRole name|Attributes\nalice|\npostgres|{_ALL}\n"),
    ("-t", "\\d p", " id     | integer |           | not null | \n"
     " name   | text    |           |          | \n\n"),
    ("-x", "\\d p", '                 Table "public.p"\n'
     " Column |  Type   | Collation | Nullable | Default \n"
     "--------+---------+-----------+----------+---------\n"
     " id     | integer |           | not null | \n name   | text    |           |          | \n"
     'Indexes:\n    "p_pkey" PRIMARY KEY, btree (id)\n\n'),
    ("--csv", "\\d p", "Column,Type,Collation,Nullable,Default\nid,integer,,not null,\n"
     "name,text,,,\n"),
    ("-At", "\\d p", "id|integer||not null|\nname|text|||\n"),
    ("-xA", "select 1 a, 2 bb union select 3, 4", "a|1\nbb|2\n\na|3\nbb|4\n"),
    ("-x", "select 1 a where false", "(0 rows)\n\n"),
]  # fmt: skip


async def test_listings_keep_their_rows_in_every_format() -> None:
    db = await _server()
    await _sql(db, "create table p(id int primary key, name text)")
    await _sql(db, "create role alice login")
    for option, command, words in _SHOWN:
        assert (await db.run("psql", "-U", "postgres", option, "-c", command))[1] == words


_BAD = 'invalid integer value "x" for connection option'
_HOST = 'connection to server at "localhost" (127.0.0.1), port 5432 failed: '
_CONNECTIONS = [
    ("psql -p x", 2, f'psql: error: {_BAD} "port"\n'),
    ("psql -p 99999", 2, 'psql: error: invalid port number: "99999"\n'),
    ("PGPORT=x psql", 2, f'psql: error: {_BAD} "port"\n'),
    ("PGCONNECT_TIMEOUT=x psql -h localhost", 2,
     f'psql: error: {_HOST}{_BAD} "connect_timeout"\n'),
    ("PGCONNECT_TIMEOUT=-1 psql -U postgres -Atc 'select 1'", 0, "1\n"),
    ("psql postgres://postgres@localhost:x/postgres", 2, f'psql: error: {_BAD} "port"\n'),
    ("psql 'host=localhost port=x'", 2, f'psql: error: {_BAD} "port"\n'),
    ("psql 'host=localhost nope=x'", 2, 'psql: error: invalid connection option "nope"\n'),
    ("psql 'host=localhost nope user=x'", 2,
     'psql: error: missing "=" after "nope" in connection info string\n'),
    ("psql 'postgres://localhost/x?nope=x'", 2,
     'psql: error: invalid URI query parameter: "nope"\n'),
    ("psql 'postgres://postgres@localhost/x?connect_timeout=x'", 2,
     f'psql: error: {_HOST}{_BAD} "connect_timeout"\n'),
    ("psql 'postgres:///postgres?user=postgres' -Atc 'select 1'", 0, "1\n"),
    ("pg_isready -t x", 2, "/var/run/postgresql:5432 - no response\n"),
    ("pg_isready -t 0", 0, "/var/run/postgresql:5432 - accepting connections\n"),
    ("pg_isready -p x", 2, "/var/run/postgresql:x - no response\n"),
    ("PGPORT=x pg_isready", 2, "/var/run/postgresql:x - no response\n"),
    ("pg_isready -h nope", 2, "nope:5432 - no response\n"),
    ("pg_isready -z", 3, "pg_isready: invalid option -- 'z'\n"
     'pg_isready: hint: Try "pg_isready --help" for more information.\n'),
    ("pg_isready foo", 3, 'pg_isready: error: too many command-line arguments (first is "foo")\n'
     'pg_isready: hint: Try "pg_isready --help" for more information.\n'),
    ("pg_isready -d 'host=localhost nope=x'", 3,
     'pg_isready: error: invalid connection option "nope"\n'),
    ("pg_isready -d postgres://localhost:5432/x", 0, "localhost:5432 - accepting connections\n"),
]  # fmt: skip


async def test_bad_connection_parameters_have_their_words() -> None:
    db = await _server()
    for command, code, words in _CONNECTIONS:
        assert await db.sh(command) == (code, words)
