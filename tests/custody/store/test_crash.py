"""Killed at any moment: what was acknowledged is there, what is there is whole."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

from chumbak.custody.store.open import open_store
from chumbak.custody.store.replay import replay

CLIENTS, ROUNDS = 32, 3
# Clients send events and print an id as soon as, and only when, the store has answered.
WRITER = """
import os, sys, threading
from chumbak.custody.store.open import open_store
from tests.custody.store.events import appear, ready, turn
url, round, clients = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
store = open_store(url)
lock = threading.Lock()
def client(number):
    step = 0
    while True:
        name = f"{round}-{number}-{step}"
        events = [appear(name, Nd=1000)]
        if step % 3 == 2:
            events.append(turn([name, f"{round}-{number}-{step - 1}"], {f"m{name}": {"Nd": 1999}}, hour=step % 24))
        for result in store.writer.capture(ready(*events), wait=60).result():
            with lock:
                os.write(1, f"{result.id} {result.seq}\\n".encode())
        step += 1
for number in range(clients):
    threading.Thread(target=client, args=(number,), daemon=True).start()
threading.Event().wait()
"""


def kill_in_a_loop(url: str, rounds: int, seed: int) -> tuple[int, int]:
    """Kill a writing process again and again; returns how many events were acknowledged and how many are there."""
    chance = random.Random(seed)
    acknowledged: dict[str, int] = {}
    for number in range(rounds):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, url, str(number), str(CLIENTS)],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[3],
        )
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(chance.uniform(0.05, 0.6))
        process.kill()
        lines = (first + process.stdout.read()).decode()
        process.stdout.close()
        process.wait()
        for line in lines[: lines.rfind("\n") + 1].splitlines():
            id, seq = line.split()
            acknowledged[id] = int(seq)
        with open_store(url) as store:
            verdict = replay(store)
            assert verdict.sound, verdict
            kept = {record.id: record.seq for record in store.read.records(kind="event")}
        lost = [id for id, seq in acknowledged.items() if kept.get(id) != seq]
        assert lost == []
    return len(acknowledged), len(kept)


def test_no_acknowledged_event_is_lost_by_kill_9(tmp_path: Path) -> None:
    acknowledged, kept = kill_in_a_loop(f"sqlite:///{tmp_path}/custody.db", ROUNDS, 3)
    assert 0 < acknowledged <= kept
