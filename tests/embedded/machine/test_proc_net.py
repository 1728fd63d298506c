"""What /proc/net, /sys/class/net and the other files tell that a debugging person reads."""

from __future__ import annotations

from tests.embedded.machine.fixture import Started, started


async def _box() -> Started:
    box = await started("sleep", "3600")
    listeners = box.container.host.space.listeners
    listeners[("TCP", "0.0.0.0", 8080)] = listeners[("TCP", "127.0.0.1", 53)] = object()  # noqa: S104
    listeners[("TCP", "::", 80)] = object()
    return box


async def _told(box: Started, script: str) -> str:
    code, text = await box.sh(script)
    assert code == 0, text
    return text


async def test_sockets_that_listen() -> None:
    lines = (await _told(await _box(), "cat /proc/net/tcp")).splitlines()
    assert {len(line) for line in lines} == {149}
    assert lines[0].split()[:4] == ["sl", "local_address", "rem_address", "st"]
    assert [line[:36] for line in lines[1:]] == [
        "   0: 00000000:1F90 00000000:0000 0A",
        "   1: 0100007F:0035 00000000:0000 0A",
    ]
    six = await _told(await _box(), "tail -n 1 /proc/net/tcp6")
    assert six.startswith(f"   0: {'0' * 32}:0050 {'0' * 32}:0000 0A 00000000:00000000 00:")


async def test_routes_and_cards() -> None:
    box = await _box()
    box.container.host.space.pod = ("default", "web")
    rows = (await _told(box, "cat /proc/1/net/route")).splitlines()[1:]
    assert [" ".join(row.split()) for row in rows] == [
        "eth0 00000000 0100F40A 0003 0 0 0 00000000 0 0 0",
        "eth0 0000F40A 0100F40A 0003 0 0 0 00FFFFFF 0 0 0",
        "eth0 0100F40A 00000000 0005 0 0 0 FFFFFFFF 0 0 0",
    ]
    names = "eth0/mtu eth0/operstate lo/operstate eth0/statistics/rx_bytes"
    told = await _told(box, f"cd /sys/class/net; ls; cat {names} /sys/fs/cgroup/memory.max")
    assert told == "eth0\nlo\n1500\nup\nunknown\n0\nmax\n"
    address = await _told(box, "cat /sys/class/net/eth0/address")
    assert address in (await _told(box, "ip link")).replace(" brd", "\n")


async def test_a_process_tells_its_limits_and_its_program() -> None:
    box = await _box()
    limits = await _told(box, "grep -E 'Limit|open files|stack' /proc/1/limits")
    assert limits == (
        "Limit                     Soft Limit           Hard Limit           Units     \n"
        "Max stack size            8388608              unlimited            bytes     \n"
        "Max open files            1048576              1048576              files     \n"
    )
    assert await _told(box, "cd /proc/1; readlink exe; readlink root; ls /proc/1/root/etc/hosts;"
                            " find /proc -maxdepth 4 -name hosts") == (
        "/bin/sleep\n/\n/proc/1/root/etc/hosts\n"
    )  # fmt: skip


async def test_sys_is_read_only_and_no_row_of_df() -> None:
    box = await _box()
    assert (await box.sh("df | grep -c ' /sys$'; mount | grep -c ' on /sys '"))[1] == "0\n1\n"
    assert (await box.sh("echo 1 > /sys/class/net/eth0/mtu"))[0] == 1
