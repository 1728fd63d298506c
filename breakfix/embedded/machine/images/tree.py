"""The files of an image, made when the first container of it starts."""

from __future__ import annotations

import posixpath
from functools import lru_cache, partial

from breakfix.embedded.machine.images.executables import executable
from breakfix.embedded.machine.images.program_table import APPLETS
from breakfix.embedded.machine.images.registry import APPLET
from breakfix.embedded.machine.inodes import Inode, directory, put_path
from breakfix.embedded.machine.types import Image

_FOLDERS = {
    "/bin": 0o755, "/dev": 0o755, "/etc": 0o755, "/home": 0o755, "/proc": 0o555, "/root": 0o700,
    "/run": 0o755, "/sys": 0o555, "/tmp": 0o1777, "/usr/bin": 0o755, "/usr/sbin": 0o755,  # noqa: S108
    "/usr/local/bin": 0o755, "/var/tmp": 0o1777, "/var/log": 0o755, "/var/lib": 0o755,  # noqa: S108
}  # fmt: skip
_BUILT = 1_727_386_302.0  # busybox 1.37's moment, for every image
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_USERS = """root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/bin/false
bin:x:2:2:bin:/bin:/bin/false
sys:x:3:3:sys:/dev:/bin/false
www-data:x:33:33:www-data:/var/www:/bin/false
nobody:x:65534:65534:nobody:/home:/bin/false
"""
_GROUP = """root:x:0:
daemon:x:1:
bin:x:2:
sys:x:3:
tty:x:5:
www-data:x:33:
users:x:100:
nogroup:x:65534:
"""


@lru_cache(maxsize=256)
def _tree(_name: str, programs: tuple[str, ...], files: tuple[tuple[str, str], ...],
          links: bool) -> Inode:  # fmt: skip
    root = directory()
    for path, mode in _FOLDERS.items():
        put_path(root, path, directory(mode))
    if links:
        put_path(root, "/bin", Inode("link", 0o777, data=b"usr/bin"))
        put_path(root, "/sbin", Inode("link", 0o777, data=b"usr/sbin"))
    for device in _DEVICES:
        put_path(root, f"/dev/{device}", Inode("char", 0o666, device=device))
    for number, stream in enumerate(("stdin", "stdout", "stderr")):
        target = f"/proc/self/fd/{number}".encode()
        put_path(root, f"/dev/{stream}", Inode("link", 0o777, data=target))
    put_path(root, "/dev/fd", Inode("link", 0o777, data=b"/proc/self/fd"))
    put_path(root, "/dev/shm", directory(0o1777))  # noqa: S108
    put_path(root, "/etc/passwd", Inode(data=_USERS.encode()))
    put_path(root, "/etc/group", Inode(data=_GROUP.encode()))
    for program in programs:
        applet = program if "busybox" in programs and program in APPLETS else ""
        _put_program(root, program, "/usr/bin" if links else "/bin", applet)
    for path, text in files:
        _put_file(root, path, text)
    _build(root)
    return root


def _build(root: Inode) -> None:
    """All of it was made when the image was."""
    waiting = [root]
    while waiting:
        inode = waiting.pop()
        inode.mtime = _BUILT
        waiting += (inode.children or {}).values()


def _put_program(root: Inode, program: str, folder: str, applet: str) -> None:
    path = program if program.startswith("/") else f"{folder}/{program}"
    for link in ("bin", "sbin"):
        if path.startswith(f"/{link}/") and folder == "/usr/bin":
            path = "/usr" + path
    name = APPLET + applet if applet else posixpath.basename(program)
    put_path(root, path, Inode("file", 0o755, data=executable(name)))


def _put_file(root: Inode, path: str, text: str) -> None:
    """`PATH/` is a directory; `-> TARGET` a link; `MODE[:UID[:GID]]!TEXT` sets the rest;
    `pem: certificate|key NAME` a pair that the image brings along."""
    mode, uid, gid = None, 0, 0
    head, mark, rest = text.partition("!")
    if mark and head.replace(":", "").isdigit():
        parts = head.split(":")
        mode, text = int(parts[0], 8), rest
        uid = int(parts[1]) if len(parts) > 1 else 0
        gid = int(parts[2]) if len(parts) > 2 else uid  # noqa: PLR2004
    if path.endswith("/"):
        inode = directory(mode or 0o755)
    elif text.startswith("pem: "):
        inode = Inode("file", mode or 0o644, make=partial(_pem, *text.split()[1:]))
    elif text.startswith("-> "):
        inode = Inode("link", 0o777, data=text[3:].strip().encode())
    else:
        inode = Inode("file", mode or 0o644, data=text.encode())
    inode.uid, inode.gid = uid, gid
    put_path(root, path, inode)


def _pem(part: str, name: str) -> bytes:
    from breakfix.embedded.programs.tls_pairs import own_pair

    certificate, key = own_pair((name,), ("127.0.0.1", "::1"))
    return certificate if part == "certificate" else key


def image_tree(image: Image) -> Inode:
    """Shared by all its containers; never changed."""
    links = not image.name.endswith(("busybox", "alpine"))
    return _tree(image.name, image.programs, tuple(image.files.items()), links)
