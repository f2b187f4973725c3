"""The service as it is run: started, killed, ended; what it says when it cannot start."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import run_here
from tests.custody.store.events import appear

from .process import free_port, kill_in_a_loop, one, running

ROUNDS = 2


def send(port: int, method: str, path: str, body: object = None, key: str | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    reply = connection.getresponse()
    found = reply.status, reply.read()
    connection.close()
    return found


def chumbak(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "chumbak.cli", *words], capture_output=True, text=True, timeout=60)


def test_no_acknowledged_event_is_lost_by_kill_9_under_32_clients(tmp_path: Path) -> None:
    acknowledged, kept = kill_in_a_loop(tmp_path, ROUNDS, 7)
    assert 0 < acknowledged <= kept


def test_it_starts_open_takes_keys_and_ends_when_told(tmp_path: Path) -> None:
    database, port = f"sqlite:///{tmp_path}/custody.db", free_port()
    with running(database, port) as process:
        assert send(port, "POST", "/events", one(appear("a", Nd=1)))[0] == 201
        role = ("--organisation", "A", "--role", "administrator")
        made = run_here("custody", "key", "make", *role, "--database", database, cwd=tmp_path)
        assert made.returncode == 0, made.stderr
        until = time.monotonic() + 10  # a key that was made beside it is known within a second
        while send(port, "GET", "/events")[0] == 200 and time.monotonic() < until:
            time.sleep(0.1)
        assert send(port, "GET", "/events")[0] == 401
        assert send(port, "GET", "/events", key=made.stdout.strip())[0] == 200
        second = chumbak("serve", "--port", str(port), "--database", database)
        assert second.returncode == 2
        assert "Another service may run there" in second.stderr
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=30)[1]
        assert process.returncode == 0
    assert "OPEN: this store has no key" in said
    assert said.strip().endswith("all that was acknowledged is recorded.")
    assert "Traceback" not in said
    listed = run_here("custody", "key", "list", "--json", "--database", database, cwd=tmp_path)
    id = json.loads(listed.stdout)[0]["id"]
    assert run_here("custody", "key", "withdraw", id, "--database", database, cwd=tmp_path).returncode == 0
    assert "withdrawn" in run_here("custody", "key", "list", "--database", database, cwd=tmp_path).stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--host", "0.0.0.0"], "Make a key first"),
        (["--host", "256.1.1.1"], "no address"),
        (["--database", "sqlite:////nowhere/at/all.db"], "folder"),
    ],
)
def test_it_says_why_it_does_not_start(tmp_path: Path, words: list[str], said: str) -> None:
    given = ["serve", "--port", str(free_port()), "--database", f"sqlite:///{tmp_path}/custody.db", *words]
    found = run_here(*given, cwd=tmp_path)
    assert found.returncode == 2
    assert said in found.stderr
    assert "Traceback" not in found.stderr


def test_the_first_key_is_an_administrators(tmp_path: Path) -> None:
    where = ["--database", f"sqlite:///{tmp_path}/custody.db"]
    found = run_here("custody", "key", "make", "--organisation", "A", "--role", "reader", *where, cwd=tmp_path)
    assert (found.returncode, found.stdout) == (2, "")
    assert "administrator" in found.stderr
    king = run_here("custody", "key", "make", "--organisation", "A", "--role", "king", *where, cwd=tmp_path)
    assert king.returncode == 2
