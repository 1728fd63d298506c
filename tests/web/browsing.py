"""A person with a browser: types on the page, and reads what the terminal on it shows."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import pytest
from playwright.sync_api import BrowserContext, Page, sync_playwright

PATIENCE = 60.0
LOOK = 50  # milliseconds
TRIES = 20
# textual.js keeps its terminal to itself; it can be had as it is made
HOOK = """
Object.defineProperty(Object.prototype, "websocket_url", { configurable: true, set(url) {
  window.theTerminal = this;
  Object.defineProperty(this, "websocket_url", { value: url, writable: true });
} });
"""
READ = """() => {
  const terminal = window.theTerminal?.terminal;
  if (!terminal) return "";
  const buffer = terminal.buffer.active;
  const line = (i) => buffer.getLine(buffer.viewportY + i)?.translateToString(true) ?? "";
  return Array.from({ length: terminal.rows }, (_, i) => line(i)).join("\\n");
}"""
SIZE = "() => [window.theTerminal.terminal.cols, window.theTerminal.terminal.rows]"


@dataclass
class Tab:
    """A tab with the terminal in it. `complaints` are errors of its scripts, `asked` all
    addresses that it asked for."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "console", lambda m: self.complaints.append(m.text) if m.type == "error" else None
        )
        self.page.on("request", lambda request: self.asked.append(request.url))

    @property
    def screen(self) -> str:
        """What the terminal shows."""
        return str(self.page.evaluate(READ))

    @property
    def size(self) -> list[int]:
        """Columns and rows."""
        return list(self.page.evaluate(SIZE))

    def see(self, *texts: str) -> str:
        """Wait until one of these is shown; returns which."""
        end = monotonic() + PATIENCE
        while monotonic() < end:
            shown = self.screen
            found = next((text for text in texts if text in shown), None)
            if found is not None:
                return found
            self.page.wait_for_timeout(LOOK)
        raise AssertionError(f"none of {texts} is shown, but\n{self.screen}")

    def press(self, *keys: str) -> None:
        """Press keys, named as the browser names them."""
        for key in keys:
            self.page.keyboard.press(key)

    def press_until(self, key: str, *texts: str) -> str:
        """Press a key, again where nothing came of it, until one of these is shown."""
        end = monotonic() + PATIENCE
        while monotonic() < end:
            self.press(key)
            for _ in range(TRIES):
                found = next((text for text in texts if text in self.screen), None)
                if found is not None:
                    return found
                self.page.wait_for_timeout(LOOK)
        raise AssertionError(f"{key} brings none of {texts}, but\n{self.screen}")

    def type(self, text: str) -> None:
        """Type a text."""
        self.page.keyboard.type(text)


@contextmanager
def chromium() -> Iterator[BrowserContext]:
    """A Chromium without a window; skips where there is none."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("no chromium on PATH: install the package chromium")
    alone = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium's sandbox refuses root
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=alone)
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        context.add_init_script(HOOK)
        try:
            yield context
        finally:
            browser.close()


def picture(tab: Tab, folder: Path, name: str) -> Path:
    """A picture of the page, for whoever wants to look at it."""
    path = folder / f"{name}.png"
    tab.page.screenshot(path=path)
    return path
