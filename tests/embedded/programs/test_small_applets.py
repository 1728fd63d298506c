"""Small programs that show or refuse something."""

from __future__ import annotations

import pytest

from tests.embedded.machine.fixture import started


@pytest.mark.parametrize(
    ("script", "code", "text"),
    [
        ("dmesg", 1, "dmesg: klogctl: Operation not permitted\n"),
        ("hostname -d", 0, ""),
        ("mount -t tmpfs none /nope", 255,
         "mount: mounting none on /nope failed: No such file or directory\n"),
        ("mount -t tmpfs none /tmp", 1, "mount: permission denied (are you root?)\n"),
        ("umount /nope", 1, "umount: can't unmount /nope: No such file or directory\n"),
        ("ifconfig eth0 down", 1, "ifconfig: SIOCSIFFLAGS: Operation not permitted\n"),
        ("free -h | head -2 | tail -1 | cut -c1-20", 0, "Mem:           8.0G \n"),
        ("nslookup -type=xx a", 1, 'nslookup: invalid query type "xx"\n'),
        ("cd /tmp; echo a > a; chmod 640 a; tar cf - a | tar tvf - | sed 's/ 20.*:.. / AT /'", 0,
         "-rw-r----- root/root         2 AT a\n"),
    ],
)  # fmt: skip
async def test_applets(script: str, code: int, text: str) -> None:
    box = await started("sleep", "3600")
    assert await box.sh(script) == (code, text)
