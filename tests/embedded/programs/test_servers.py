"""nginx, redis, postgres and agnhost as pods run them."""

from __future__ import annotations

import asyncio
import json

from breakfix.embedded.network.types import Stream
from breakfix.embedded.programs.agnhost.crd_conversion import converted
from breakfix.embedded.programs.tls_pairs import own_pair
from tests.embedded.programs.pods import DNS, Lab

_FRONT = """events {}
http {
  resolver RESOLVER valid=1s;
  access_log /dev/stdout;
  server {
    listen 8080;
    location /up/ { proxy_pass http://127.0.0.1:81/x/; }
    location = /late { proxy_connect_timeout 1s; proxy_pass http://10.244.1.99; }
    location = /name { set $u web.shop.svc.cluster.local; proxy_pass http://$u:83; }
    location = /none { set $u no.shop.svc.cluster.local; proxy_pass http://$u; }
    location = /bare { proxy_pass http://10.244.1.80; }
    location ~ \\.txt$ { return 200 "$uri $args\\n"; }
  }
  server { listen 83; return 200 "$request_uri $http_connection\\n"; }
}
""".replace("RESOLVER", DNS)


async def _not_found(end: Stream) -> None:
    await end.read()
    await end.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
    end.close()


async def test_nginx_proxies_and_says_what_failed() -> None:
    lab = Lab()
    lab.fabric.listen(lab.space("bare", "10.244.1.80"), 80, _not_found)
    web = await lab.pod("web", "nginx", "nginx", "-c", "/c", "-g", "daemon off;",
                        files={"/c": _FRONT})  # fmt: skip
    code = "curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:8080"
    assert await web.sh(f"{code}/up/a") == (0, "502")
    assert await web.sh(f"{code}/late") == (0, "504")
    assert await web.sh(f"{code}/none") == (0, "502")
    bare = "curl -s -w '%{http_code} %{size_download}' http://127.0.0.1:8080/bare"
    assert await web.sh(bare) == (0, "404 0")
    assert await web.sh("curl -s http://127.0.0.1:8080/name") == (
        0,
        "/ close\n".replace("/", "/name", 1),
    )
    assert await web.sh("curl -s 'http://127.0.0.1:8080/a.txt?b'") == (0, "/a.txt b\n")
    log = web.output.text
    assert 'connect() failed (111: Connection refused) while connecting to upstream, client: ' \
        '127.0.0.1, server: , request: "GET /up/a HTTP/1.1", upstream: "http://127.0.0.1:81/x/a"' \
        in log  # fmt: skip
    assert "upstream timed out (110: Connection timed out) while connecting to upstream" in log
    assert "no.shop.svc.cluster.local could not be resolved (3: Host not found)" in log


async def test_nginx_refuses_a_bad_configuration() -> None:
    lab = Lab()
    web = await lab.pod("web", "nginx", "sleep", "99")
    for text, words in (
        ("http { server { lisen 80; } }", 'unknown directive "lisen" in /c:1'),
        ("http { server { root; } }", 'invalid number of arguments in "root" directive in /c:1'),
        ("http {\n", 'unexpected end of file, expecting "}" in /c:2'),
        ("http { server { location / { proxy_pass http://no; } } }",
         'host not found in upstream "no" in /c:1'),
        ("http { }", 'no "events" section in configuration'),
    ):  # fmt: skip
        web.container.view(web.container.spec.who).write("/c", text.encode())
        code, said = await web.sh("nginx -t -c /c")
        assert code == 1
        assert f"nginx: [emerg] {words}\n" in said


async def test_nginx_looks_at_values_and_certificates() -> None:
    web = await Lab().pod("web", "nginx", "sleep", "99")
    view = web.container.view(web.container.spec.who)
    (certificate, key), (_, other) = own_pair(("a",)), own_pair(("b",))
    for name, body in (("crt", certificate), ("key", key), ("other", other), ("text", "hi")):
        view.write(f"/{name}", body.encode() if isinstance(body, str) else body)
    tls = "listen 443 ssl; ssl_certificate {}; ssl_certificate_key {};"
    for server, words in (
        ("listen 443 ssl;", 'no "ssl_certificate" is defined for the "listen ... ssl" directive '
         "in /c:2"),
        ("ssl_certificate /crt;", 'no "ssl_certificate_key" is defined for certificate "/crt"'),
        (tls.format("/none", "/key"), 'cannot load certificate "/none": BIO_new_file() failed '
         "(SSL: error:80000002:system library::No such file or directory:calling fopen(/none, r) "
         "error:10000080:BIO routines::no such file)"),
        (tls.format("/text", "/key"), 'cannot load certificate "/text": PEM_read_bio_X509_AUX() '
         "failed (SSL: error:0480006C:PEM routines::no start line:Expecting: TRUSTED CERTIFICATE)"),
        (tls.format("/crt", "/other"), 'SSL_CTX_use_PrivateKey("/other") failed (SSL: error:'
         "05800074:x509 certificate routines::key values mismatch)"),
        ("listen 80\n server_name a;", 'invalid parameter "server_name" in /c:4'),
        ("root /a; root /b;", '"root" directive is duplicate in /c:3'),
        ("return abc;", 'invalid return code "abc" in /c:3'),
        ("client_max_body_size 10x;", '"client_max_body_size" directive invalid value in /c:3'),
        ("location ~ ( { }", 'pcre2_compile() failed: missing closing parenthesis in "(" in /c:3'),
        ("access_log /no/x.log;", 'open() "/no/x.log" failed (2: No such file or directory)'),
    ):  # fmt: skip
        view.write("/c", f"events {{}} http {{\nserver {{\n{server} }} }}".encode())
        code, said = await web.sh("nginx -t -c /c")
        assert (code, f"nginx: [emerg] {words}\n" in said) == (1, True), said
    twice = "server { listen 80; } " * 2
    view.write("/c", f"events {{}} http {{ {twice} }}".encode())
    code, said = await web.sh("nginx -t -c /c")
    assert code == 0
    assert 'nginx: [warn] conflicting server name "" on 0.0.0.0:80, ignored\n' in said


async def test_a_second_nginx_finds_its_port_taken() -> None:
    web = await Lab().pod("web", "nginx:1.27", "nginx", "-g", "daemon off;")
    code, text = await web.sh("nginx")
    taken = "nginx: [emerg] bind() to 0.0.0.0:80 failed (98: Address already in use)\n"
    assert (code, text.count(taken)) == (1, 5)
    assert text.endswith("nginx: [emerg] still could not bind()\n")


async def test_nginx_refuses_what_its_command_line_says() -> None:
    lab = Lab()
    web = await lab.pod("web", "nginx", "sleep", "99")
    for given, words in (
        ("daemon off", 'unexpected end of parameter, expecting ";" in command line'),
        ("foo;", 'unknown directive "foo" in command line'),
    ):
        code, said = await web.sh(f"nginx -g '{given}'")
        assert code == 1
        assert f"nginx: [emerg] {words}\n" in said


async def test_redis_keeps_its_data_and_its_password() -> None:
    lab = Lab()
    db = await lab.pod("db", "redis", "redis-server", "--appendonly", "yes", "--requirepass", "s")
    assert await db.sh("redis-cli get a") == (0, "NOAUTH Authentication required.\n\n")
    set_ = "redis-cli --no-auth-warning -a s set a 'b c'"
    assert await db.sh(f"{set_}; redis-cli --no-auth-warning -a s get a") == (0, "OK\nb c\n")
    kept = await db.sh("cat /data/appendonlydir/*")
    assert kept == (0, "*3\r\n$3\r\nset\r\n$1\r\na\r\n$3\r\nb c\r\n")
    second = asyncio.ensure_future(db.run("redis-server", "--port", "7000", "--appendonly", "yes"))
    await lab.quiet(1)
    assert await db.sh("redis-cli -p 7000 get a") == (0, "b c\n")
    second.cancel()
    lost = "Could not connect to Redis at 127.0.0.1:99: Connection refused\n"
    assert await db.sh("redis-cli -p 99 ping") == (1, lost)


async def test_redis_answers_of_itself_and_refuses_wrong_settings() -> None:
    db = await Lab().pod("db", "redis", "redis-server")
    for command, answer in (
        ("Nope a b", "ERR unknown command 'Nope', with args beginning with: 'a' 'b' \n\n"),
        ("EXEC", "ERR EXEC without MULTI\n\n"), ("SLOWLOG LEN", "0\n"), ("ROLE", "master\n0\n\n"),
        ("CONFIG GET dir", "dir\n/data\n"), ("INFO nonsense", "\n"),
        ("CONFIG SET maxmemory 10mb", "OK\n"), ("CONFIG GET maxmemory", "maxmemory\n10485760\n"),
        ("CONFIG SET maxmemory abc", "ERR CONFIG SET failed (possibly related to argument "
         "'maxmemory') - argument must be a memory value\n\n"),
        ("-n 99 DBSIZE", "SELECT 99 failed: ERR DB index is out of range\n0\n"),
        ("SET a 1", "OK\n"), ("--scan", "a\n"), ("--csv MGET a b", '"1",NULL\n'),
    ):  # fmt: skip
        assert (await db.sh(f"redis-cli {command}"))[1] == answer
    code, said = await db.sh("timeout 1 redis-cli SUBSCRIBE c")
    assert (code, said) == (124, "subscribe\nc\n1\n")
    code, said = await db.sh("printf 'port 1\\nappendonly maybe\\n' > /c; redis-server /c")
    assert code == 1
    assert said.endswith("at line 2\n>>> 'appendonly maybe'\nargument must be 'yes' or 'no'\n")


async def test_postgres_refuses_without_a_password_and_answers_with_one() -> None:
    lab = Lab()
    bad = await lab.pod("bad", "postgres")
    for _ in range(300):  # its entrypoint is a script, whose shell has a thread of its own
        if bad.output.text:
            break
        await asyncio.sleep(0.01)
    assert bad.output.text.startswith(
        "Error: Database is uninitialized and superuser password is not specified.\n"
    )
    db = await lab.pod("db", "postgres", env={"POSTGRES_PASSWORD": "x"})
    sql = "psql -U postgres -c"
    made = await db.sh(f"{sql} 'create table t(id serial primary key, n text)'")
    assert made == (0, "CREATE TABLE\n")
    assert await db.sh(f"{sql} \"insert into t(n) values ('a')\"") == (0, "INSERT 0 1\n")  # noqa: S608 - a test
    shown = " id | n \n----+---\n  1 | a\n(1 row)\n\n"
    assert await db.sh(f"{sql} 'select * from t'") == (0, shown)  # noqa: S608 - a test
    gone = 'ERROR:  relation "no" does not exist\nLINE 1: select * from no\n' + " " * 22 + "^\n"
    assert await db.sh(f"{sql} 'select * from no'") == (1, gone)  # noqa: S608 - a test
    me = await lab.pod("me", "postgres", "sleep", "99")
    code, said = await me.sh("PGPASSWORD=y psql -h db -U postgres -c 'select 1'")
    assert (code, said) == (2, 'psql: error: connection to server at "db" (10.244.1.6), port 5432 '
                            'failed: FATAL:  password authentication failed for user "postgres"\n')  # fmt: skip  # noqa: E501 - words
    assert await me.sh("pg_isready -h db") == (0, "db:5432 - accepting connections\n")


async def test_psql_lists_what_there_is_and_a_failed_transaction_ends() -> None:
    db = await Lab().pod("db", "postgres:16", "docker-entrypoint.sh", "postgres",
                         env={"POSTGRES_PASSWORD": "s"})  # fmt: skip
    made = "CREATE TABLE items (id serial PRIMARY KEY, name text NOT NULL UNIQUE, at timestamptz)"
    assert (await db.run("psql", "-U", "postgres", "-c", "\\dt")) == (
        0, "Did not find any relations.\n")  # fmt: skip
    await db.run("psql", "-U", "postgres", "-c", made)
    assert (await db.run("psql", "-U", "postgres", "-c", "\\dt"))[1] == (
        "         List of relations\n Schema | Name  | Type  |  Owner   \n"
        "--------+-------+-------+----------\n public | items | table | postgres\n(1 row)\n\n"
    )
    shown = (await db.run("psql", "-U", "postgres", "-c", "\\d items"))[1]
    assert " id     | integer                  |           | not null | nextval(" in shown
    assert '    "items_name_key" UNIQUE CONSTRAINT, btree (name)\n' in shown
    for command, words in (
        ("\\l", " template0 | postgres | UTF8     | libc            | en_US.utf8 "),
        ("\\du", " postgres  | Superuser, Create role, Create DB, Replication, Bypass RLS\n\n"),
        ("\\foo", "invalid command \\foo\n"), ("SHOW max_connections", " 100\n"),
        ("SHOW foo", 'ERROR:  unrecognized configuration parameter "foo"\n'),
        ("SELECT datname, state FROM pg_stat_activity", " postgres | active\n"),
        ("SELECT current_user, current_database()", " postgres     | postgres\n"),
        ("INSERT INTO items (nme) VALUES (1)", 'column "nme" of relation "items" does not exist'),
    ):  # fmt: skip
        assert words in (await db.run("psql", "-U", "postgres", "-c", command))[1]
    script = b"BEGIN;\nSELECT bad;\nSELECT 2;\nCOMMIT;\n\\echo end\n"
    assert (await db.run("psql", "-U", "postgres", stdin=script)) == (
        0, 'BEGIN\nERROR:  column "bad" does not exist\nLINE 1: SELECT bad;\n               ^\n'
        "ERROR:  current transaction is aborted, commands ignored until end of transaction block\n"
        "ROLLBACK\nend\n")  # fmt: skip


async def test_postgres_never_leaves_memory() -> None:
    lab = Lab()
    db = await lab.pod("db", "postgres", env={"POSTGRES_PASSWORD": "x"})
    for sql in ("attach database '/tmp/x' as y", "vacuum into '/tmp/x'", "pragma user_version"):
        code, said = await db.run("psql", "-U", "postgres", "-c", sql)
        assert "syntax error" in said or said == "SET\n"
        assert code == int("syntax" in said)


async def test_netexec_dials_and_runs() -> None:
    lab = Lab()
    one = await lab.pod(
        "one", "registry.k8s.io/e2e-test-images/agnhost:2.53", "/agnhost", "netexec"
    )
    get = "curl -s http://127.0.0.1:8080"
    assert await one.sh(f"{get}/echo?msg=hi") == (0, "hi")
    for protocol, port in (("http", 8080), ("udp", 8081)):
        found = await one.sh(
            f"{get}'/dial?host=one&port={port}&request=hostname&protocol={protocol}'"
        )
        assert found == (0, '{"responses":["one"]}')
    assert json.loads((await one.sh(f"{get}'/shell?cmd=exit+3'"))[1]) == {"error": "exit status 3"}
    for where, words in (("one:1", "REFUSED"), ("10.244.1.99:1 --timeout 1s", "TIMEOUT"),
                         ("no:1", f"DNS: lookup no on {DNS}:53: no such host")):  # fmt: skip
        assert await one.sh(f"/agnhost connect {where}") == (1, words + "\n")
    await one.sh(f"{get}/exit?code=7", seconds=5)
    assert await lab.until(one.container.wait(), 5) == 7


async def test_webhook_speaks_tls_with_its_certificate() -> None:
    certificate, key = own_pair(("hook",))
    lab = Lab()
    hook = await lab.pod(
        "hook", "registry.k8s.io/e2e-test-images/agnhost:2.53", "/agnhost", "webhook",
        "--tls-cert-file=/c", "--tls-private-key-file=/k",
        files={"/c": certificate.decode(), "/k": key.decode()},
    )  # fmt: skip
    assert await hook.sh("curl -sS --cacert /c https://hook/readyz") == (0, "ok")
    code, text = await hook.sh("curl -sS --cacert /c https://127.0.0.1/readyz")
    assert (code, text.splitlines()[1:3]) == (
        60, ["More details here: https://curl.se/docs/sslcerts.html", ""])  # fmt: skip
    review = json.dumps({"apiVersion": "v1", "kind": "AdmissionReview", "request": {"uid": "1"}})
    _, said = await hook.sh(
        f"curl -sSk -H 'Content-Type: application/json' -d '{review}' https://hook/always-deny"
    )
    assert json.loads(said)["response"]["allowed"] is False


def test_conversion_splits_and_joins() -> None:
    old = {"apiVersion": "stable.example.com/v1", "hostPort": "a:1"}
    new = {"apiVersion": "stable.example.com/v2", "host": "a", "port": "1"}
    assert converted(old, "stable.example.com/v2") == new
    assert converted(new, "stable.example.com/v1") == old


async def test_httpd_goes_on_in_the_background_until_it_is_killed() -> None:
    lab = Lab()
    me = await lab.pod("me", "busybox", "sleep", "99")
    assert "404" in (await me.sh("httpd; sleep 1; wget -qO- http://127.0.0.1/"))[1]
    assert "Address already in use" in (await me.sh("httpd -f"))[1]
    assert await me.sh("killall httpd; sleep 1; wget -qO- http://127.0.0.1/ 2>&1 | tail -c 19") == (
        0, "Connection refused\n"
    )  # fmt: skip
