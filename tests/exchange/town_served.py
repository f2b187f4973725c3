"""The invented town served in a process of its own, as ``chumbak serve --demo`` does."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.error import URLError

from tests.custody.web.process import free_port

PATIENCE = 180.0  # seconds that filling it may take on a busy machine


@contextmanager
def served_town() -> Iterator[str]:
    """Return the address of a town; it is gone afterwards."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "chumbak.cli", "serve", "--demo", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            _wait(address, process)
            yield address
        finally:
            process.terminate()
            try:
                process.communicate(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()


def _wait(address: str, process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"The town did not start:\n{process.communicate()[0]}")
        try:
            urllib.request.urlopen(f"{address}/town", timeout=5).close()
            return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise RuntimeError("The town did not start in time.")
