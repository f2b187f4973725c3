"""The service as processes of its own: started, asked, killed again and again."""

from __future__ import annotations

import http.client
import json
import random
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chumbak.custody.store.open import open_store
from chumbak.custody.store.replay import replay
from tests.custody.store.events import CONTEXT, appear, turn

CLIENTS = 32


def document(*events: dict[str, Any]) -> dict[str, Any]:
    """A document of events."""
    return {
        "@context": CONTEXT, "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-11-22T10:00:00Z",
        "epcisBody": {"eventList": list(events)},
    }  # fmt: skip


def one(event: dict[str, Any]) -> dict[str, Any]:
    """An event by itself, with its context."""
    return {"@context": CONTEXT, **event}


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


@contextmanager
def running(database: str, port: int, *words: str) -> Iterator[subprocess.Popen[str]]:
    """Serve a store in processes of its own until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "chumbak.cli", "serve", "--port", str(port), "--database", database, *words],
        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        wait_for(f"http://127.0.0.1:{port}/health", process)
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=30)


def wait_for(url: str, process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except (urllib.error.URLError, OSError):
            assert process.poll() is None, process.stderr.read() if process.stderr else ""
            time.sleep(0.05)
    raise AssertionError("the service did not start")


def kill_in_a_loop(folder: Path, rounds: int, seed: int) -> tuple[int, int]:
    """Kill a service under load again and again; returns how many events were acknowledged and how many are there."""
    database, chance, acknowledged = f"sqlite:///{folder}/custody.db", random.Random(seed), dict[str, int]()
    for number in range(rounds):
        port = free_port()
        with running(database, port) as process:
            threads = [
                threading.Thread(target=_client, args=(port, f"{number}-{client}", acknowledged))
                for client in range(CLIENTS)
            ]
            for thread in threads:
                thread.start()
            known = len(acknowledged)
            until = time.monotonic() + 20
            while len(acknowledged) < known + 20 and time.monotonic() < until:
                time.sleep(0.01)
            time.sleep(chance.uniform(0.0, 0.5))
            process.kill()
            process.wait()
            for thread in threads:
                thread.join()
        with open_store(database) as store:
            verdict = replay(store)
            assert verdict.sound, verdict
            kept = {record.id: record.seq for record in store.read.records(kind="event")}
        assert [id for id, seq in acknowledged.items() if kept.get(id) != seq] == []
    return len(acknowledged), len(kept)


def _client(port: int, name: str, acknowledged: dict[str, int]) -> None:
    """Send events until the service is gone; note what it acknowledged."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    step = 0
    try:
        while True:
            made = f"{name}-{step}"
            events = [appear(made, Nd=1000)] + ([turn([made], {f"m{made}": {"Nd": 999}})] if step % 3 == 2 else [])
            connection.request("POST", "/capture", json.dumps(document(*events)), {"Content-Type": "application/json"})
            reply = connection.getresponse()
            told = json.loads(reply.read())
            assert reply.status == 202, told
            acknowledged |= {event["eventID"]: event["record"] for event in told["events"]}
            step += 1
    except (OSError, http.client.HTTPException, json.JSONDecodeError):
        return
