"""What `ls`, `du`, `df` and `stat` show of volumes and of the container's own files."""

from __future__ import annotations

import re

from breakfix.embedded.machine.volumes import Mount, Volume
from tests.embedded.machine.fixture import Started, started

_FILES = {"app.conf": b"host=db\n", "level": b"debug"}
_AT = 1_700_000_000.0


async def _box(gid: int = 0) -> Started:
    settings, secret = Volume("settings"), Volume("secret", memory=True, mode=0o1777)
    settings.publish(_FILES, at=_AT, gid=gid)
    secret.publish({"password": b"x"}, at=_AT, gid=gid)
    mounts = {"/etc/app": Mount(settings, True), "/etc/sec": Mount(secret, True)}
    return await started("sleep", "3600", mounts=mounts, limits={"memory": 64 << 20})


async def _told(box: Started, script: str) -> str:
    return re.sub(r"\.\.2023_[\d_]+\.\d+", "..VERSION", (await box.sh(script))[1])


async def test_ls_counts_blocks_and_links_as_a_disk_does() -> None:
    box = await _box()
    assert (await _told(box, "ls -la /etc/app | grep -v ' \\.\\.$'")) == (
        "total 12\n"
        "drwxrwxrwx    3 root     root          4096 Nov 14  2023 .\n"
        "drwxr-xr-x    2 root     root          4096 Nov 14  2023 ..VERSION\n"
        "lrwxrwxrwx    1 root     root            31 Nov 14  2023 ..data -> ..VERSION\n"
        "lrwxrwxrwx    1 root     root            15 Nov 14  2023 app.conf -> ..data/app.conf\n"
        "lrwxrwxrwx    1 root     root            12 Nov 14  2023 level -> ..data/level\n"
    ).replace("            31", "            32")
    listed = await _told(
        box, "ls -lnR /etc/sec/..data/; ls -ld /etc/sec; ls -n /tmp; ls -lh /bin/ls"
    )
    assert "-rw-r--r--    1 0        0                1 Nov 14  2023 password\n" in listed
    assert "drwxrwxrwt    3 root     root           100 Nov 14  2023 /etc/sec\ntotal 0\n" in listed
    assert re.search(r"root {10}\d\d Sep 26  2024 /bin/ls\n", listed)


async def test_a_group_of_the_pod_has_the_directories_of_a_volume() -> None:
    box = await _box(gid=2000)
    listed = await _told(box, "ls -la /etc/sec")
    assert "drwxrwsrwt    3 root     2000           100 Nov 14  2023 .\n" in listed
    assert "drwxr-sr-x    2 root     2000            60 Nov 14  2023 ..VERSION\n" in listed


async def test_du_counts_what_is_on_the_disk() -> None:
    box = await _box()
    assert await _told(box, "du -a /etc/app; du -sh /etc/app/* /etc/sec; du -d 0 /etc/app") == (
        "4\t/etc/app/..VERSION/app.conf\n4\t/etc/app/..VERSION/level\n12\t/etc/app/..VERSION\n"
        "0\t/etc/app/..data\n0\t/etc/app/app.conf\n0\t/etc/app/level\n16\t/etc/app\n"
        "0\t/etc/app/app.conf\n0\t/etc/app/level\n4.0K\t/etc/sec\n16\t/etc/app\n"
    )
    assert await _told(box, "echo a > /tmp/a; du -k /tmp/a; du /proc/1/root") == (
        "4\t/tmp/a\n0\t/proc/1/root\n"
    )


async def test_df_has_types_units_and_inodes() -> None:
    box = await _box()
    told = await _told(box, "df -hT /etc/sec; df -m /etc/app; df -i /dev/shm/; df -h | tail -1")
    assert told == (
        "Filesystem           Type            Size      Used Available Use% Mounted on\n"
        "tmpfs                tmpfs          64.0M      4.0K     64.0M   0% /etc/sec\n"
        "Filesystem           1M-blocks      Used Available Use% Mounted on\n"
        "/dev/vda1               102400         0    102399   0% /etc/app\n"
        "Filesystem              Inodes      Used Available Use% Mounted on\n"
        "shm                      20000         1     19999   0% /dev/shm\n"
        "tmpfs                     4.0G         0      4.0G   0% /sys/firmware\n"
    )
