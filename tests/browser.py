"""The browser of this machine, for the tests that look at pages in one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

WHOLE = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
# The shell is Chromium without windows and passkeys: the same pages, in two thirds of the time.
BROWSER = shutil.which("chromium-headless-shell") or WHOLE
in_a_browser = pytest.mark.skipif(
    not BROWSER, reason="NO BROWSER: NOBODY LOOKED AT THE PAGES. Get one with: apt-get install chromium"
)


@contextmanager
def browser(path: str = BROWSER) -> Iterator[Any]:
    """Return a browser without a screen, driven by Playwright."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        made = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield made
        made.close()
