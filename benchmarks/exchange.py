"""The pages of the exchange under a mixed load: 100 requests a second, sent on time whatever the answers do.

Each request has its moment, and what it waited is counted from that moment to the last byte, so that a slow answer
makes those behind it late too. Eight in ten read pages (front page, devices, the market, a lot, a quote, the public
page), two in ten send forms: a quote is made and kept, with its token, in a transaction on disk. The town is that of
``chumbak serve --demo``, on SQLite with ``synchronous=FULL``. Pages are asked for as a browser does, compressed, and
the largest is told with its style, script and pictures.
"""

from __future__ import annotations

import http.client
import random
import re
import statistics
import sys
import threading
import time
from dataclasses import dataclass, field
from queue import SimpleQueue
from urllib.parse import urlencode, urlsplit

from tests.exchange.town_served import served_town

RATE, SECONDS, BOUND = 100, 30, 0.3  # requests a second; of load; of the 99th percentile
SENDERS = 32  # connections
LARGEST = 60_000  # bytes of a page on the wire, with all that it loads
READS = (
    "/",
    "/device",
    "/device/smartphone",
    "/market",
    "/market/worth",
    "/public",
    "/help",
    "/sign-in",
    "/duty/rules",
)
SHARED = ("/static/style.css", "/static/htmx.min.js", "/static/pictures.svg")


@dataclass
class Sender:
    """One browser: its connection, its cookie and the token of its forms."""

    host: str
    connection: http.client.HTTPConnection = field(init=False)
    cookie: str = ""
    token: str = ""

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection(self.host, timeout=30)

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, bytes]:
        """Ask once; return the status and the body as it came over the wire."""
        headers = {"Accept-Encoding": "gzip", **({"Cookie": self.cookie} if self.cookie else {})}
        body = None
        if form is not None:
            body = urlencode({"csrf": self.token, **form})
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        if cookie := answer.getheader("set-cookie"):
            self.cookie = cookie.partition(";")[0]
        return answer.status, answer.read()

    def begin(self) -> None:
        """Take a cookie and a token, as a browser that opens a form does."""
        self.connection.request("GET", "/device/smartphone", headers={"Accept-Encoding": "identity"})
        answer = self.connection.getresponse()
        self.cookie = (answer.getheader("set-cookie") or "").partition(";")[0]
        found = re.search(r'name="csrf" value="([^"]+)"', answer.read().decode())
        self.token = found[1] if found else ""


def load(host: str, lots: list[str], rate: int, seconds: int) -> tuple[list[float], int]:
    """Send requests on time; return how long each waited, and how many failed."""
    waits: list[float] = []
    failed = 0
    todo: SimpleQueue[tuple[float, str, dict[str, str] | None] | None] = SimpleQueue()
    lock = threading.Lock()

    def send() -> None:
        nonlocal failed
        sender = Sender(host)
        sender.begin()
        ready.release()
        while (one := todo.get()) is not None:
            due, path, form = one
            status, _ = sender.ask("GET" if form is None else "POST", path, form)
            with lock:
                waits.append(time.perf_counter() - due)
                failed += status not in (200, 303)

    ready = threading.Semaphore(0)
    threads = [threading.Thread(target=send, daemon=True) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    for _ in threads:
        ready.acquire()
    chance = random.Random(1)
    begin = time.perf_counter() + 0.1
    for number in range(rate * seconds):
        due = begin + number / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        if chance.random() < 0.2:
            todo.put((due, "/quote", {"kind": "smartphone", "condition": "broken"}))
        else:
            todo.put((due, chance.choice([*READS, *lots, *lots]), None))
    for _ in threads:
        todo.put(None)
    for thread in threads:
        thread.join()
    return waits, failed


def weights(host: str, lots: list[str]) -> dict[str, int]:
    """Return the bytes on the wire of each page with what it loads."""
    sender = Sender(host)
    shared = sum(len(sender.ask("GET", path)[1]) for path in SHARED)
    return {path: shared + len(sender.ask("GET", path)[1]) for path in (*READS, *lots)}


def main() -> int:
    """Serve a town, load it, say whether it is fast enough."""
    print("exchange: pages under a mixed load")
    with served_town() as address:
        host = urlsplit(address).netloc
        sender = Sender(host)
        sender.connection.request("GET", "/market")
        lots = sorted(set(re.findall(r'href="(/market/lot/[^"]+)"', sender.connection.getresponse().read().decode())))
        heavy = weights(host, lots)
        load(host, lots, 20, 3)
        waits, failed = load(host, lots, RATE, SECONDS)
    last = statistics.quantiles(waits, n=100)
    slow = last[98] >= BOUND or failed > 0
    told = f"median {1e3 * last[49]:.0f} ms, 95 % within {1e3 * last[94]:.0f}, 99 % within {1e3 * last[98]:.0f} ms"
    verdict = f"(bound {1e3 * BOUND:.0f}), {failed} failed   {'MISSED' if slow else 'PASS'}"
    print(f"  {RATE} requests a second for {SECONDS} s: {told} {verdict}")
    page = max(heavy, key=lambda path: heavy[path])
    large = heavy[page] >= LARGEST
    print(f"  largest page on the wire, with style, script and pictures: {page} {heavy[page]:,} bytes "
          f"(bound {LARGEST:,})   {'MISSED' if large else 'PASS'}")  # fmt: skip
    return int(slow or large)


if __name__ == "__main__":
    sys.exit(main())
