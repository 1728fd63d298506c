"""curl against a server that shows what it was asked; the words are those of curl 7.88.1."""

from __future__ import annotations

from tests.embedded.programs.pods import Lab, Pod

_ECHO = (
    "755!#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\n"
    'echo "$REQUEST_METHOD $REQUEST_URI $CONTENT_TYPE"\ncat\n'
)
_AGNHOST = "registry.k8s.io/e2e-test-images/agnhost:2.53"


async def _pods(lab: Lab, **files: str) -> Pod:
    """A client with these files; `web` has CGI, `ag` is agnhost's netexec."""
    script = "755!#!/bin/sh\nprintf 'Status: {}\\r\\n{}\\r\\nbad\\n'\n"
    pages = {"/w/cgi-bin/e": _ECHO, "/w/cgi-bin/503": script.format("503 Busy", "")}
    for name, target in (
        ("foo", "foo://x/"),
        ("file", "file:///etc/x"),
        ("again", "/cgi-bin/again"),
    ):
        pages[f"/w/cgi-bin/{name}"] = script.format("302 Found", f"Location: {target}\\r\\n")
    await lab.pod("web", "busybox", "httpd", "-f", "-h", "/w", files=pages)
    given = {f"/tmp/{name}": text for name, text in files.items()}
    return await lab.pod("me", "curlimages/curl", "sleep", "99", files=given)


async def test_get_puts_the_data_into_the_query() -> None:
    me = await _pods(Lab())
    asked = "GET /cgi-bin/e?x=1&a=1&b=2 \n"
    assert await me.sh("curl -sG -d a=1 -d b=2 'http://web/cgi-bin/e?x=1'") == (0, asked)
    asked = "GET /cgi-bin/e?a=x+y \n"
    assert await me.sh("curl -s --get --data-urlencode 'a=x y' http://web/cgi-bin/e") == (0, asked)


async def test_data_come_from_files_and_standard_input() -> None:
    me = await _pods(Lab(), f="a=1\r\nb=2\n", g="x y&z\n", i="in\n")
    head = "POST /cgi-bin/e application/x-www-form-urlencoded\n"
    for options, body in (
        ("-d @/tmp/f", "a=1b=2"), ("-d @-", "in"), ("--data-raw @/tmp/f", "@/tmp/f"),
        ("--data-binary @/tmp/f", "a=1\r\nb=2\n"), ("-d a -d @/no", "a&"),
        ("--data-urlencode 'a b'", "a+b"),
        ("--data-urlencode '=a b=c'", "a+b%3Dc"), ("--data-urlencode 'n=a b'", "n=a+b"),
        ("--data-urlencode @/tmp/g", "x+y%26z%0A"), ("--data-urlencode n@/tmp/g", "n=x+y%26z%0A"),
    ):  # fmt: skip
        script = f"curl -s {options} http://web/cgi-bin/e </tmp/i"
        assert await me.sh(script) == (0, head + body), options
    missing = 'Warning: Couldn\'t read data from file "/no", this makes an empty POST.\n'
    assert await me.sh("curl -d @/no http://web/cgi-bin/e") == (0, missing + head)


async def test_an_upload_needs_its_file() -> None:
    me = await _pods(Lab(), g="hi\n")
    hint = "curl: try 'curl --help' or 'curl --manual' for more information\n"
    words = f"curl: Can't open '/no'!\n{hint}"
    failed = "curl: (26) Failed to open/read local data from file/application\n"
    assert await me.sh("curl -T /no http://web/") == (26, words + failed)
    assert await me.sh("curl -s -T /no http://web/") == (26, words)
    both = (
        "Warning: You can only select one HTTP request method! You asked for both PUT \n"
        "Warning: (-T, --upload-file) and POST (-d, --data).\n"
    )
    assert await me.sh("curl -T /tmp/g -d a http://web/") == (2, both)


async def test_redirects_have_limits() -> None:
    me = await _pods(Lab())
    many = "curl: (47) Maximum (2) redirects followed\n"
    assert await me.sh("curl -sS -L --max-redirs 2 -o /tmp/o http://web/cgi-bin/again") == (
        47,
        many,
    )
    unknown = "curl: (1) The redirect target URL could not be parsed: Unsupported URL scheme\n"
    assert await me.sh("curl -sSL -o /tmp/o http://web/cgi-bin/foo") == (1, unknown)
    other = 'curl: (1) Protocol "file" not supported or disabled in libcurl\n'
    assert await me.sh("curl -sSL -o /tmp/o http://web/cgi-bin/file") == (1, other)


async def test_write_out_tells_of_the_transfer() -> None:
    me = await _pods(Lab())
    form = "'%{scheme}|%{method}|%{errormsg}|%{exitcode}|%{http_version}|%{num_connects}'"
    code, text = await me.sh(f"curl -s -o /tmp/o -d a -w {form} http://web/cgi-bin/e")
    assert (code, text) == (0, "HTTP|POST||0|1.1|1")
    said = "Failed to connect to web port 81 after 0 ms: Couldn't connect to server"
    assert await me.sh(f"curl -s -w {form} http://web:81") == (7, f"|GET|{said}|7|0|0")


async def test_retries_say_why() -> None:
    me = await _pods(Lab())
    error = "curl: (22) The requested URL returned error: 503\n"
    again = "Warning: Problem : HTTP error. Will retry in 1 seconds. 1 retries left.\n"
    assert await me.sh("curl --retry 1 -f http://web/cgi-bin/503") == (22, error + again + error)
    refused = "curl: (7) Failed to connect to web port 81 after 0 ms: Couldn't connect to server\n"
    assert await me.sh("curl --retry 1 http://web:81") == (7, refused)
    again = (
        "Warning: Problem : connection refused. Will retry in 1 seconds. 1 retries \n"
        "Warning: left.\n"
    )
    script = "curl --retry 1 --retry-connrefused http://web:81"
    assert await me.sh(script) == (7, refused + again + refused)
    unresolved = "curl: (6) Could not resolve host: no\n"
    again = "Warning: Problem : timeout. Will retry in 1 seconds. 1 retries left.\n"
    assert await me.sh("curl --retry 1 http://no") == (6, unresolved + again + unresolved)


async def test_other_ways_to_a_server() -> None:
    me = await _pods(Lab())
    asked = "GET /cgi-bin/e \n"
    assert await me.sh("curl -s --connect-to a.b:80:web: http://a.b/cgi-bin/e") == (0, asked)
    assert (await me.sh("curl -s -D /tmp/h http://web/cgi-bin/e; head -n1 /tmp/h"))[1].startswith(
        f"{asked}HTTP/1."
    )
    gone = "curl: (5) Could not resolve proxy: no\n"
    assert await me.sh("curl -sS -x no:80 http://web/") == (5, gone)
    assert await me.sh("curl -s -x no:80 --noproxy web http://web/cgi-bin/e") == (0, asked)
    shut = "curl: (7) Failed to connect to web port 80 after 0 ms: Couldn't connect to server\n"
    assert await me.sh("curl -sS --unix-socket /no http://web/") == (7, shut)


async def test_a_proxy_gets_the_whole_address() -> None:
    lab = Lab()
    me = await _pods(lab)
    await lab.pod("ag", _AGNHOST, "/agnhost", "netexec")
    assert await me.sh("curl -s -x ag:8080 http://a.b/hostName") == (0, "ag")
