"""Whether other threads work: what simulated time asks before it jumps."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from breakfix.embedded.machine.shell import threads

pytestmark = pytest.mark.skipif(not threads.known(), reason="this system does not tell of threads")


def rested() -> bool:
    """Do all come to rest within a second? Those of other tests may still be on their way."""
    until = time.monotonic() + 1
    while threads.work() and time.monotonic() < until:
        time.sleep(0.001)
    return not threads.work()


@pytest.fixture
def end() -> Iterator[threading.Event]:
    """Ends the threads of a test."""
    event = threading.Event()
    yield event
    event.set()


def test_who_waits_does_not_work(end: threading.Event) -> None:
    for _ in range(5):
        threading.Thread(target=end.wait).start()
    assert rested()


def test_who_computes_works(end: threading.Event) -> None:
    def compute() -> None:
        while not end.is_set():
            pass

    threading.Thread(target=compute).start()
    time.sleep(0.01)
    assert all(threads.work() for _ in range(200))


def test_work_that_is_handed_on_is_never_missed() -> None:
    """Of two threads that wake each other one is always awake, or about to be."""
    done = threading.Event()
    there: queue.SimpleQueue[int] = queue.SimpleQueue()
    back: queue.SimpleQueue[int] = queue.SimpleQueue()

    def first() -> None:
        for number in range(3000):
            there.put(number)
            back.get()
        done.set()

    def second() -> None:
        for _ in range(3000):
            back.put(there.get())

    assert rested()
    both = [threading.Thread(target=first), threading.Thread(target=second)]
    for thread in both:
        thread.start()
    missed = looks = 0
    while not done.is_set():
        looks += 1
        missed += not threads.work() and not done.is_set()
    for thread in both:
        thread.join()
    assert (missed, looks > 50) == (0, True)


def test_ended_threads_leave_no_handle_open() -> None:
    assert rested()
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    for _ in range(20):
        end = threading.Event()
        thread = threading.Thread(target=end.wait)
        thread.start()
        assert rested()
        assert len(os.listdir("/proc/self/fd")) > before  # noqa: PTH208
        end.set()
        thread.join()
    assert rested()
    assert len(os.listdir("/proc/self/fd")) <= before  # noqa: PTH208


def test_a_long_name_of_a_thread_hides_nothing(end: threading.Event) -> None:
    """Its name stands before its state, in brackets, and may hold brackets too."""

    def named() -> None:
        with open(f"/proc/self/task/{threading.get_native_id()}/comm", "w") as file:  # noqa: PTH123
            file.write("a) R (b")
        end.wait()

    threading.Thread(target=named).start()
    assert rested()


def test_a_process_ends_well_while_shells_are_cancelled() -> None:
    """The library's threads come back to it; Python would be gone by then and the process die."""
    script = """
import asyncio
from tests.embedded.machine.fixture import started

async def main():
    boxes = [await started("sh", "-c", "while :; do echo a | cat; done") for _ in range(3)]
    await asyncio.sleep(0.05)
    for box in boxes:
        box.container.main.end()

asyncio.run(main())
"""
    for _ in range(5):
        ran = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
        assert ran.returncode == 0, ran.stderr  # that the loop is closed may be said
