"""Writes happen in memory and on disk, or in neither."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from breakfix.embedded.errors import StatusError
from breakfix.embedded.objects import Object
from breakfix.embedded.storage.sqlite import SqliteJournal, StateError
from breakfix.embedded.storage.store import Store

MAPS = "configmaps"


def item(name: str, text: str = "") -> Object:
    meta = {"name": name, "namespace": "default"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"text": text}}


def reopened(path: Path) -> Store:
    journal = SqliteJournal(path)
    store = Store(journal)
    store.load(journal.version(), journal.objects())
    journal.close()
    return store


def full(journal: SqliteJournal, pages: int) -> None:
    """No more pages than these: what a full disk says."""
    journal._db.execute(f"pragma max_page_count = {pages}")


def test_a_full_disk_changes_nothing(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "state.db")
    store = Store(journal)
    store.put(MAPS, item("kept", "before"))
    told: list[str] = []
    store.subscribe(MAPS, lambda change: told.append(change.type))
    before = store.version, store.get(MAPS, "kept", "default")
    full(journal, 1)
    for name in ("kept", "new"):
        with pytest.raises(StatusError, match="database or disk is full") as raised:
            store.put(MAPS, item(name, "x" * 50_000))
        assert raised.value.code == 500
    assert (store.version, store.get(MAPS, "kept", "default")) == before
    assert store.get(MAPS, "new", "default") is None
    assert told == []
    assert b"before" in store.encoded(MAPS, before[1] or {})
    full(journal, 1_000_000)
    store.put(MAPS, item("new", "after"))
    journal.close()
    again = reopened(tmp_path / "state.db")
    assert again.version == store.version
    assert sorted(i["data"]["text"] for i in again.list(MAPS)) == ["after", "before"]


def test_a_removal_that_fails_has_not_happened() -> None:
    class Broken:
        def put(self, *_: object) -> None:
            """Works."""

        def remove(self, *_: object) -> None:
            raise StatusError(500, "InternalError", "no")

    store = Store(Broken())
    stored = store.put(MAPS, item("kept"))
    with pytest.raises(StatusError):
        store.remove(MAPS, "kept", "default")
    assert store.get(MAPS, "kept", "default") is stored
    assert store.version == 2
    assert store.since(MAPS, 2) == []


def test_versions_go_on_and_the_past_is_gone(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "state.db")
    store = Store(journal)
    store.put(MAPS, item("one"))
    store.put(MAPS, item("two"))
    store.remove(MAPS, "one", "default")
    journal.close()
    again = reopened(tmp_path / "state.db")
    assert again.version == store.version == 4
    assert again.since(MAPS, 4) == []
    with pytest.raises(StatusError) as raised:
        again.since(MAPS, 3)
    assert raised.value.code == 410


def test_one_server_at_a_time(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "state.db")
    with pytest.raises(StateError, match=r"another server uses .*state.db: end it first"):
        SqliteJournal(tmp_path / "state.db")
    journal.put(MAPS, "default", "one", 2, orjson.dumps(item("one")))
    journal.close()
    assert reopened(tmp_path / "state.db").version == 2  # nothing is lost


@pytest.mark.parametrize("content", [b"not a database" * 100, b"SQLite format 3\0" + b"x" * 4096])
def test_a_broken_file_is_told_with_the_next_step(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "state.db").write_bytes(content)
    with pytest.raises(StateError, match=r"cannot be read .*move it away"):
        SqliteJournal(tmp_path / "state.db")


def test_a_broken_object_is_told(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "state.db")
    journal.put(MAPS, "default", "one", 2, b'{"kind":')
    with pytest.raises(StateError, match="cannot be read"):
        list(journal.objects())
    journal.close()


def test_an_object_is_as_large_as_etcd_takes() -> None:
    store = Store()
    with pytest.raises(StatusError, match="etcdserver: request is too large"):
        store.put(MAPS, item("big", "x" * 1_600_000))
    with pytest.raises(StatusError, match="trying to send message larger than max"):
        store.put(MAPS, item("big", "x" * 2_200_000))
    assert store.version == 1
    assert store.list(MAPS) == []
