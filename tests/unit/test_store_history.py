"""The history: what is written is there; what cannot be written is said, and nothing lost."""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from breakfix.errors import StoreError
from breakfix.store.history import SCHEMA_VERSION, Event, History, Kept, RoundRow

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def row(name: str = "r1", scenario: str = "lost", seconds: float = 0) -> RoundRow:
    at = NOW + timedelta(seconds=seconds)
    return RoundRow(name, scenario, "7F3K", "kind:a", at, False)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "history.sqlite3"


@pytest.fixture
def history(path: Path) -> History:
    found = History(path)
    found.create_round(row(), {"par": 60})
    return found


# -- what it keeps ----------------------------------------------------------------------


def test_a_new_round_has_its_first_event(history: History) -> None:
    assert history.rounds() == [row()]
    assert history.events("r1") == [Event(1, NOW, "created", {"par": 60})]


def test_events_come_back_in_order_with_their_data(history: History) -> None:
    data = {"text": "ä\n\x00", "list": [1, None, {"a": True}]}
    history.append("r1", NOW + timedelta(microseconds=1), "verify", data)
    history.append("r1", NOW, "solved", {})
    assert [(e.kind, e.data) for e in history.events("r1")[1:]] == [
        ("verify", data),
        ("solved", {}),
    ]


def test_rounds_come_newest_first_of_one_scenario_or_all(history: History) -> None:
    history.create_round(row("r2", "other", 1), {})
    history.create_round(row("r3", "lost", 2), {})
    assert [r.id for r in history.rounds()] == ["r3", "r2", "r1"]
    assert [r.id for r in history.rounds("lost")] == ["r3", "r1"]


def test_rounds_of_the_same_moment_come_in_the_order_of_their_creation(history: History) -> None:
    history.create_round(row("r0"), {})
    assert [r.id for r in history.rounds()] == ["r0", "r1"]


def test_a_round_is_open_until_it_is_closed(history: History) -> None:
    assert history.open_round() == row()
    history.close_round("r1", NOW, {"left": []})
    assert history.open_round() is None
    found = history.find("r1")
    assert found is not None
    assert found.closed
    assert history.events("r1")[-1].kind == "ended"


def test_an_unknown_round_is_none_and_has_no_events(history: History) -> None:
    assert history.find("r9") is None
    assert history.events("r9") == []


def test_snapshots_are_kept_until_the_round_is_closed(history: History) -> None:
    history.save_snapshot("r1", "before", b"\x00one")
    history.save_snapshot("r1", "before", b"\x00two")
    assert history.snapshot("r1", "before") == b"\x00two"
    assert history.snapshot("r1", "after") is None
    history.close_round("r1", NOW, {})
    assert history.snapshot("r1", "before") is None


def test_the_kept_base_of_a_cluster_is_replaced_and_forgotten(history: History) -> None:
    history.keep("kind:a#1", Kept("old", b"1", b"2"))
    history.keep("kind:a#1", Kept("new", b"3", b"4"))
    assert history.kept("kind:a#1") == Kept("new", b"3", b"4")
    assert history.kept("kind:b#1") is None
    history.keep("kind:a#1", None)
    assert history.kept("kind:a#1") is None


def test_everything_is_there_after_opening_the_file_again(history: History, path: Path) -> None:
    history.append("r1", NOW, "baseline", {})
    history.save_snapshot("r1", "bare", b"1")
    again = History(path)
    assert [e.kind for e in again.events("r1")] == ["created", "baseline"]
    assert again.snapshot("r1", "bare") == b"1"


def test_nothing_is_lost_when_the_process_is_killed_after_a_write(path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from datetime import datetime, UTC\n"
        "from breakfix.store.history import History, RoundRow\n"
        "h = History(Path(sys.argv[1])); now = datetime(2026, 1, 1, tzinfo=UTC)\n"
        "h.create_round(RoundRow('r1', 's', '1', 'c', now, False), {})\n"
        "h.append('r1', now, 'baseline', {}); os._exit(9)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert done.returncode == 9
    assert [e.kind for e in History(path).events("r1")] == ["created", "baseline"]


def test_the_file_and_its_folder_are_private(history: History, path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_closing_twice_is_harmless_and_it_opens_again(history: History) -> None:
    history.close()
    history.close()
    assert history.open_round() == row()


# -- all or nothing ---------------------------------------------------------------------


def test_a_round_that_is_there_already_is_not_written_twice(history: History) -> None:
    with pytest.raises(StoreError):
        history.create_round(row(), {"par": 1})
    assert [e.data for e in history.events("r1")] == [{"par": 60}]


def test_a_write_that_fails_half_way_leaves_nothing(history: History) -> None:
    """Closing is three statements; the last one fails here."""
    history.save_snapshot("r1", "before", b"1")
    raw = sqlite3.connect(history.path)
    raw.execute("CREATE TRIGGER no BEFORE DELETE ON snapshots BEGIN SELECT RAISE(ABORT, 'no'); END")
    raw.commit()
    with pytest.raises(StoreError):
        history.close_round("r1", NOW, {})
    assert history.open_round() == row()
    assert [e.kind for e in history.events("r1")] == ["created"]


# -- what goes wrong --------------------------------------------------------------------


def test_a_full_disk_is_said_and_nothing_is_lost(history: History) -> None:
    history.append("r1", NOW, "baseline", {})
    db = history._open()
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match=r"the disk with .* is full") as caught:
        history.save_snapshot("r1", "before", b"x" * 100_000)
    assert caught.value.hint.startswith("Free some space")
    assert caught.value.exit_code == 3
    assert [e.kind for e in history.events("r1")] == ["created", "baseline"]
    db.execute(f"PRAGMA max_page_count = {pages + 100}")
    history.save_snapshot("r1", "before", b"x" * 100_000)
    assert history.snapshot("r1", "before") == b"x" * 100_000


def test_reading_a_history_writes_nothing_so_that_it_works_on_a_full_disk(
    history: History, path: Path
) -> None:
    other = sqlite3.connect(path)
    before = other.execute("PRAGMA data_version").fetchone()
    assert History(path).rounds() == [row()]
    assert other.execute("PRAGMA data_version").fetchone() == before


@pytest.mark.parametrize("damage", ["not a database", "a torn page"])
def test_a_damaged_file_is_said_with_what_to_do(history: History, path: Path, damage: str) -> None:
    for number in range(200):
        history.append("r1", NOW, "baseline", {"number": number, "text": "x" * 200})
    history._open().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    history.close()
    data = path.read_bytes()
    if damage == "not a database":
        path.write_bytes(b"nonsense" + data[8:])
    else:
        path.write_bytes(data[:4096] + b"\xff" * (len(data) - 8192) + data[-4096:])
    with pytest.raises(StoreError, match="is damaged") as caught:
        History(path).events("r1")
    assert caught.value.hint == f"Move it away and start a new one: mv {path} {path}.damaged"


def test_a_history_of_a_newer_breakfix_is_left_alone(path: Path, history: History) -> None:
    history.close()
    raw = sqlite3.connect(path)
    raw.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    raw.close()
    with pytest.raises(StoreError, match="was written by a newer breakfix") as caught:
        History(path).rounds()
    assert "BREAKFIX_HOME" in caught.value.hint


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "history.sqlite3"
    with pytest.raises(StoreError, match="cannot be kept in") as caught:
        History(path).rounds()
    assert "Make the folder writable" in caught.value.hint


def test_a_folder_that_may_not_be_written_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object) -> int:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(StoreError, match=r"cannot be kept in .*: Read-only file system"):
        History(tmp_path / "history.sqlite3").rounds()


def test_a_file_that_may_only_be_read_is_said_when_it_is_written(history: History) -> None:
    history._open().execute("PRAGMA query_only = 1")
    with pytest.raises(StoreError, match=r"cannot be used: .*readonly") as caught:
        history.append("r1", NOW, "baseline", {})
    assert "Is it writable" in caught.value.hint


def test_a_history_that_another_process_locks_is_said(history: History, path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    history._open().execute("PRAGMA busy_timeout = 1")
    with pytest.raises(StoreError, match="database is locked") as caught:
        history.append("r1", NOW, "baseline", {})
    assert "no other breakfix busy" in caught.value.hint
    other.execute("ROLLBACK")
    history.append("r1", NOW, "baseline", {})


def test_reading_goes_on_while_another_process_writes(history: History, path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert history.open_round() == row()


def test_two_processes_at_once_lose_nothing(history: History, path: Path) -> None:
    def write(name: str) -> None:
        mine = History(path)
        for number in range(25):
            mine.append("r1", NOW, name, {"number": number})
        mine.close()

    names = ("one", "two", "three")
    threads = [threading.Thread(target=write, args=(n,), name=n) for n in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    events = history.events("r1")
    assert len({e.seq for e in events}) == 76
    for name in names:
        assert [e.data["number"] for e in events if e.kind == name] == list(range(25))
