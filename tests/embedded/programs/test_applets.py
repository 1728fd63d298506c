"""What busybox's applets print and say of what is absent, a directory or wrong."""

from __future__ import annotations

import pytest

from breakfix.embedded.machine.volumes import Mount, Volume
from tests.embedded.machine.fixture import Started, started

_MD5 = "b026324c6904b2a9cb4b88d6d61c81d1"


async def _box() -> Started:
    settings = Volume("settings")
    settings.publish({"app.conf": b"host=db\nport=5432\n", "level": b"debug"})
    box = await started("sleep", "3600", mounts={"/etc/app": Mount(settings, True)})
    await box.sh(
        "cd /tmp; echo 1 > one; printf '1\\n2' > two; mkdir d e; echo a > d/x; echo b > e/x"
    )
    return box


@pytest.mark.parametrize(
    ("script", "code", "text"),
    [
        ("md5sum /nope /tmp/one /etc", 1,
         f"md5sum: can't open '/nope': No such file or directory\n{_MD5}  /tmp/one\n"
         "md5sum: can't read '/etc': Is a directory\n"),
        ("md5sum /tmp/one > /tmp/m; echo >> /tmp/m; md5sum -c /tmp/m", 1,
         "/tmp/one: OK\nmd5sum: WARNING: 1 of 2 computed checksums did NOT match\n"),
        ("echo 1 | md5sum; busybox md5sum /tmp/one", 0, f"{_MD5}  -\n{_MD5}  /tmp/one\n"),
        ("wc /tmp/one /tmp/two; wc -l /tmp/one; wc -l < /tmp/two; wc -lc /tmp/one", 0,
         "        1         1         2 /tmp/one\n        1         2         3 /tmp/two\n"
         "        2         3         5 total\n1 /tmp/one\n1\n        1         2 /tmp/one\n"),
        ("wc -l /nope /tmp/one; wc /etc", 1,
         "wc: /nope: No such file or directory\n        1 /tmp/one\n        1 total\n"
         "wc: /etc: Is a directory\n        0         0         0 /etc\n"),
        ("realpath /etc/app/app.conf | grep -c '/etc/app/[.][.]'; realpath /nope", 1,
         "1\nrealpath: /nope: No such file or directory\n"),
        ("diff /tmp/one /nope", 2, "diff: can't stat '/nope': No such file or directory\n"),
        ("diff /tmp/one /tmp/two", 1,
         "--- /tmp/one\n+++ /tmp/two\n@@ -1 +1,2 @@\n 1\n+2\n\\ No newline at end of file\n"),
        ("cd /tmp; diff -q one two; diff -s one one; diff one - < two", 1,
         "Files one and two differ\nFiles one and one are identical\n"
         "--- one\n+++ -\n@@ -1 +1,2 @@\n 1\n+2\n\\ No newline at end of file\n"),
        ("cd /tmp; echo c > e/y; diff d e; diff -rq d e; diff d e/x >/dev/null; echo $?", 0,
         "--- d/x\n+++ e/x\n@@ -1 +1 @@\n-a\n+b\nOnly in e: y\nFiles d/x and e/x differ\n"
         "Only in e: y\n1\n"),
        ("grep -r debug /etc/app | sed 's/[.][.][0-9_.]*/VERSION/'; grep -c no /nope",
         2, "/etc/app/VERSION/level:debug\n/etc/app/level:debug\n"
         "grep: /nope: No such file or directory\n"),
        ("cd /etc/app; grep -rnh host; grep -r nosuch .; echo $?; grep -A1 -r hos . | grep -c 5432",
         0, "1:host=db\n1:host=db\n1\n2\n"),
        ("echo error | grep -v a/r/b; echo hi | grep -i HI; for i in 1; do grep -r a /tmp/d; done",
         0, "error\nhi\n/tmp/d/x:a\n"),
        ("echo hi | gzip | zcat; zcat /nope", 1,
         "hi\nzcat: /nope: No such file or directory\n"),
        ("sed s/a/b/ /nope", 1, "sed: /nope: No such file or directory\n"),
        ("sed p /etc", 0, ""),
        ("sed s/a/b /tmp/one", 1, "sed: unmatched '/'\n"),
        ("awk '{print}' /nope", 1, "awk: /nope: No such file or directory\n"),
        ("awk '{print $1' /tmp/one", 1, "awk: cmd. line:1: Unexpected token\n"),
        ("find /nope", 1, "find: /nope: No such file or directory\n"),
        ("find /tmp -name", 1, "find: -name requires an argument\n"),
        ("find /tmp -maxdepth x", 1, "find: invalid number 'x'\n"),
        ("grep -r --include=x a /etc", 2, "grep: unrecognized option '--include=x'\n"),
        ("grep -R a /tmp/d", 0, "/tmp/d/x:a\n"),
        ("grep -rx a --color=never /tmp/d", 0, "/tmp/d/x:a\n"),
        ("tail -n1 /etc /tmp/one; tail -qn1 /tmp/one /tmp/one", 0,
         "==> /etc <==\n\n==> /tmp/one <==\n1\n1\n1\ntail: read error: Is a directory\n"),
        ("tail /etc", 1, "tail: read error: Is a directory\n"),
        ("head /etc", 1, "head: /etc: Input/output error\n"),
        ("sort /etc", 0, ""),
        ("cut -c1 /etc", 0, ""),
        ("cut /tmp/one", 1, "cut: expected a list of bytes, characters, or fields\n"),
        ("uniq /nope", 1, "uniq: can't open '/nope': No such file or directory\n"),
    ],
)  # fmt: skip
async def test_applets(script: str, code: int, text: str) -> None:
    box = await _box()
    found, told = await box.sh(script)
    assert (found, sorted(told.splitlines())) == (code, sorted(text.splitlines()))


async def test_applets_by_themselves() -> None:
    box = await _box()
    said = "sed: can't create temp file '/etc/app/level"
    code, text = await box.run(["sed", "-i", "s/a/b/", "/etc/app/level"])
    assert (code, text.startswith(said)) == (1, True)
    assert text.endswith("': Read-only file system\n")
    assert await box.run(["grep", "x", "/etc"]) == (1, "")
    assert (await box.run(["grep", "-rl", "db", "/etc/app"]))[1].count("app.conf\n") == 2
    assert await box.run(["wc", "-l"], b"a\nb\n") == (0, "2\n")


async def test_other_images_have_gnus() -> None:
    box = await started("sleep", "3600", image="redis:7")
    assert await box.run(["sh", "-c", "echo 1 > /tmp/a; echo 2 > /tmp/b; diff /tmp/a /tmp/b"]) == (
        1,
        "1c1\n< 1\n---\n> 2\n",
    )
    assert (await box.run(["sed", "p", "/nope"]))[0] == 2
