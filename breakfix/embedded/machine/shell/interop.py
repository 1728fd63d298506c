"""A `View` as a file system that bashkit's shells see, by its stable C interface (version 1).

bashkit calls these functions from threads of its own; each call is short and never waits.
"""

from __future__ import annotations

import ctypes as c
import errno
import itertools
import shlex
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from breakfix.embedded.machine.file_reading import Stat
from breakfix.embedded.machine.files import View
from breakfix.embedded.machine.images.executables import program_of
from breakfix.embedded.machine.images.registry import is_native
from breakfix.embedded.machine.inodes import failed

_NAME = b"bashkit.FileSystem.v1"
_NATIVE_STUB = "#!/bin/sh\n# bashkit builtin: {name}\n"  # a file that stands for a builtin
_STUB = '#!/bin/sh\n__exec {path} "$@"\n'  # `shell` registers the command __exec
_KINDS = {
    errno.ENOENT: 1, errno.EEXIST: 2, errno.EACCES: 3, errno.EPERM: 3, errno.EROFS: 0,
    errno.EINVAL: 4, errno.EISDIR: 5, errno.ENOTDIR: 6, errno.ENOTEMPTY: 7,
}  # fmt: skip
_FILE_TYPES = {"file": 0, "char": 0, "dir": 1, "link": 2, "fifo": 3, "socket": 0}


class _Bytes(c.Structure):
    _fields_ = [("ptr", c.c_void_p), ("len", c.c_size_t)]


class _Error(c.Structure):
    _fields_ = [("kind", c.c_uint32), ("message", _Bytes)]


class _Meta(c.Structure):
    _fields_ = [
        ("file_type", c.c_uint8), ("reserved", c.c_uint8 * 7), ("size", c.c_uint64),
        ("mode", c.c_uint32), ("modified", c.c_int64), ("modified_nanos", c.c_uint32),
        ("created", c.c_int64), ("created_nanos", c.c_uint32),
    ]  # fmt: skip


class _Entry(c.Structure):
    _fields_ = [("name", _Bytes), ("meta", _Meta)]


_ERR = c.POINTER(_Error)
_OUT = c.POINTER(_Bytes)
_P, _S = c.c_void_p, _Bytes
_SIGNATURES: list[tuple[str, list[Any]]] = [
    ("read_file", [_S, _OUT, _ERR]), ("write_file", [_S, _S, _ERR]),
    ("append_file", [_S, _S, _ERR]), ("mkdir", [_S, c.c_bool, _ERR]),
    ("remove", [_S, c.c_bool, _ERR]), ("stat", [_S, c.POINTER(_Meta), _ERR]),
    ("read_dir", [_S, _OUT, _ERR]), ("exists", [_S, c.POINTER(c.c_bool), _ERR]),
    ("rename", [_S, _S, _ERR]), ("copy", [_S, _S, _ERR]), ("symlink", [_S, _S, _ERR]),
    ("read_link", [_S, _OUT, _ERR]), ("chmod", [_S, c.c_uint32, _ERR]),
]  # fmt: skip
_TYPES: dict[str, Any] = {n: c.CFUNCTYPE(c.c_uint32, _P, *args) for n, args in _SIGNATURES}
_FREE = c.CFUNCTYPE(None, _P, _Bytes)
_COUNT = c.CFUNCTYPE(None, _P)


class _VTable(c.Structure):
    _fields_ = [
        *((name, _TYPES[name]) for name, _ in _SIGNATURES),
        ("free_bytes", _FREE), ("free_dir_entries", _FREE),
    ]  # fmt: skip


class _Handle(c.Structure):
    _fields_ = [
        ("abi_version", c.c_uint32), ("reserved", c.c_uint32), ("instance", _P),
        ("retain", _COUNT), ("release", _COUNT), ("vtable", c.POINTER(_VTable)),
    ]  # fmt: skip


_keys = itertools.count(1)
_views: dict[int, View] = {}
_handles: dict[int, _Handle] = {}
_counts: dict[int, int] = {}
_kept: dict[int, list[Any]] = {}  # buffers that the other side holds, by address
_last = [0]


def moved() -> int:
    """A number that grows while shells use files."""
    return _last[0]


def _text(ref: _Bytes) -> str:
    return c.string_at(ref.ptr, ref.len).decode(errors="surrogateescape") if ref.len else ""


def _data(ref: _Bytes) -> bytes:
    return c.string_at(ref.ptr, ref.len) if ref.len else b""


def _give(data: bytes, out: Any) -> None:
    out.len, out.ptr = len(data), None
    if data:
        buffer = c.create_string_buffer(data, len(data))
        address = c.addressof(buffer)
        _kept[address] = [buffer]
        out.ptr = address


def _fail(error: OSError, err: Any) -> int:
    err.contents.kind = _KINDS.get(error.errno or 0, 0)
    _give((error.strerror or str(error)).encode(), err.contents.message)
    return 1


def _guarded(name: str, work: Callable[..., None]) -> Any:
    """A C function that does the work and tells failures."""

    def call(instance: int, *args: Any) -> int:
        _last[0] += 1
        try:
            work(_views[instance], *args[:-1])
        except OSError as error:
            return _fail(error, args[-1])
        except Exception:
            return _fail(failed(errno.EIO), args[-1])
        return 0

    return _TYPES[name](call)


def _read_file(view: View, path: _Bytes, out: Any) -> None:
    where = _text(path)
    data = view.read(where)
    if name := program_of(data):
        stub = _NATIVE_STUB if is_native(name) else _STUB
        data = stub.format(name=name, path=shlex.quote(where)).encode()
    _give(data, out.contents)


def _meta(stat: Stat, meta: _Meta) -> None:
    meta.file_type, meta.size, meta.mode = _FILE_TYPES[stat.kind], stat.size, stat.mode
    meta.modified = meta.created = int(stat.mtime)
    meta.modified_nanos = meta.created_nanos = 0


def _stat(view: View, path: _Bytes, out: Any) -> None:
    stat = view.stat(_text(path), follow=False)
    if stat.kind != "link":  # the shell looks at the bits alone: leave those that this user has
        refused = sum(want * 0o111 for want in (4, 2, 1) if not view.access(_text(path), want))
        stat = replace(stat, mode=stat.mode & ~refused)
    _meta(stat, out.contents)


def _read_dir(view: View, path: _Bytes, out: Any) -> None:
    folder = _text(path)
    names = view.list(folder)
    out.contents.len, out.contents.ptr = len(names), None
    if not names:
        return
    entries = (_Entry * len(names))()
    buffers: list[Any] = [entries]
    for entry, name in zip(entries, names, strict=True):
        raw = name.encode(errors="replace")
        buffer = c.create_string_buffer(raw, len(raw))
        buffers.append(buffer)
        entry.name.ptr, entry.name.len = c.addressof(buffer), len(raw)
        _meta(view.stat(f"{folder.rstrip('/')}/{name}", follow=False), entry.meta)
    out.contents.ptr = c.addressof(entries)
    _kept[c.addressof(entries)] = buffers


def _exists(view: View, path: _Bytes, out: Any) -> None:
    out.contents.value = view.exists(_text(path))


def _remove(view: View, path: _Bytes, recursive: bool) -> None:
    (view.remove_tree if recursive else view.remove)(_text(path))


def _copy(view: View, source: _Bytes, target: _Bytes) -> None:
    view.write(_text(target), view.read(_text(source)))
    view.chmod(_text(target), view.mode(_text(source)))


def _read_link(view: View, path: _Bytes, out: Any) -> None:
    _give(view.readlink(_text(path)).encode(), out.contents)


_WORK: dict[str, Callable[..., None]] = {
    "read_file": _read_file,
    "write_file": lambda view, path, data: view.write(_text(path), view.told(_data(data))),
    "append_file": lambda view, path, data: view.append(_text(path), view.told(_data(data))),
    "mkdir": lambda view, path, parents: view.mkdir(_text(path), parents),
    "remove": _remove,
    "stat": _stat,
    "read_dir": _read_dir,
    "exists": _exists,
    "rename": lambda view, old, new: view.rename(_text(old), _text(new)),
    "copy": _copy,
    "symlink": lambda view, target, link: view.symlink(_text(target), _text(link)),
    "read_link": _read_link,
    "chmod": lambda view, path, mode: view.chmod(_text(path), mode),
}


def _free(_instance: int, data: _Bytes) -> None:
    if data.ptr:
        _kept.pop(data.ptr, None)


def _retain(instance: int) -> None:
    _counts[instance] = _counts.get(instance, 0) + 1


def _release(instance: int) -> None:
    _counts[instance] -= 1
    if not _counts[instance]:
        for table in (_counts, _views, _handles):
            table.pop(instance, None)


_free_c = _FREE(_free)
_functions = {name: _guarded(name, work) for name, work in _WORK.items()}
_vtable = _VTable(*(_functions[name] for name, _ in _SIGNATURES), _free_c, _free_c)
_retain_c, _release_c = _COUNT(_retain), _COUNT(_release)


def capsule(view: View) -> Any:
    """For `bashkit.FileSystem.from_capsule`, which must take it at once."""
    key = next(_keys)
    handle = _Handle(1, 0, key, _retain_c, _release_c, c.pointer(_vtable))
    _views[key], _handles[key] = view, handle
    make = c.pythonapi.PyCapsule_New
    make.restype, make.argtypes = c.py_object, [_P, c.c_char_p, _P]
    return make(c.addressof(handle), _NAME, None)


def file_system(view: View) -> Any:
    """A bashkit FileSystem that is this view."""
    import bashkit

    return bashkit.FileSystem.from_capsule(capsule(view))
