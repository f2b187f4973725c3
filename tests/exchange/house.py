"""What the tests of the exchange share: a desk on real stores with a tiny catalogue, and a browser without a screen."""

from __future__ import annotations

import atexit
import datetime as dt
import random
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from chumbak.custody.store.open import open_store
from chumbak.exchange.catalogue import Catalogue, Cost, Kind, Metal, Place, Substance
from chumbak.exchange.custodians import Direct
from chumbak.exchange.desk import Desk, Settings
from chumbak.exchange.store.open import open_exchange
from chumbak.exchange.web.app import create_app

START = dt.datetime(2026, 4, 1, 6, tzinfo=dt.UTC)


def catalogue() -> Catalogue:
    """Return two devices, one substance and four metals; every number is made up for tests."""

    def about(value: float) -> tuple[float, float, float]:
        return value, value * 0.8, value * 1.2

    metals = {"Nd": 900.0, "Pr": 950.0, "Cu": 80.0, "Au": 600_000.0}
    phone = {"Nd": about(160_000), "Pr": about(30_000), "Cu": about(16_000_000), "Au": about(34_000)}
    laptop = {"Nd": about(2_000_000), "Cu": about(100_000_000), "Au": about(200_000)}
    return Catalogue(
        source="tests", country="India", currency="INR", price_year=2025,
        kinds=tuple(
            Kind(
                id, name, "electronics", held,
                {element: about(ug / 1e6 * metals[element]) for element, (ug, _, _) in held.items()},
                dict.fromkeys(held, 0.9), dict.fromkeys(held, 0.0), life, about(held["Nd"][0] * 3.5), ("made up",),
            )
            for id, name, held, life in (("smartphone", "Smartphone", phone, 5.0), ("laptop", "Laptop", laptop, 6.0))
        ),
        substances=(
            Substance("swarf", "Magnet swarf", {"Nd": about(220_000), "Pr": about(50_000)}, {"Nd": 0.95, "Pr": 0.95},
                      ("made up",)),
        ),
        metals={element: Metal(element, about(price), "made up") for element, price in metals.items()},
        costs=(Cost("", "collecting", (500.0, 400.0, 700.0), "unit", "made up"),
               Cost("swarf", "treating", (20_000.0, 15_000.0, 30_000.0), "kg", "made up")),
        places=(Place("seelampur", "Seelampur", "Delhi", 28.66, 77.27),
                Place("moradabad", "Moradabad", "UP", 28.84, 78.77)),
    )  # fmt: skip


@dataclass
class Clock:
    """A clock that the test moves."""

    at: dt.datetime = START

    def __call__(self) -> dt.datetime:
        return self.at

    def later(self, **span: float) -> None:
        self.at += dt.timedelta(**span)


@cache
def _new_stores() -> Path:
    """Make both stores of a desk, empty, once in a process: their hundred tables take longer than most tests."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    open_exchange(f"sqlite:///{folder / 'exchange.db'}").engine.dispose()
    open_store(f"sqlite:///{folder / 'custody.db'}").close()
    return folder


@contextmanager
def desk(folder: Path, **settings: Any) -> Iterator[Desk]:
    """Return a desk on files of a folder; its clock is a ``Clock``, its chance is seeded, its texts are kept."""
    chosen = {"base": "https://t.example", "time_zone": "Asia/Kolkata", "show_messages": True, "secure_cookies": False}
    if not (folder / "exchange.db").exists():
        for path in _new_stores().iterdir():
            shutil.copy(path, folder)
    database = open_exchange(f"sqlite:///{folder / 'exchange.db'}")
    with open_store(f"sqlite:///{folder / 'custody.db'}") as store:
        yield Desk(
            database.engine, database.secret, catalogue(), Direct(store), Settings(**(chosen | settings)),
            random=random.Random(7), clock=Clock(),
        )  # fmt: skip
    database.engine.dispose()


@dataclass
class Client:
    """A browser without scripts: forms carry the token of the page, redirects are followed by hand."""

    desk: Desk
    http: TestClient
    token: str = field(default="")

    def get(self, path: str, **more: Any) -> Any:
        answer = self.http.get(path, **more)
        self._remember(answer)
        return answer

    def post(self, path: str, form: Mapping[str, Any] | None = None, **more: Any) -> Any:
        """Send a form; the token is that of the last page that had one (the first page, if none yet)."""
        if not self.token:
            self.get("/sign-in")
        answer = self.http.post(path, data={"csrf": self.token, **(form or {})}, **more)
        self._remember(answer)
        return answer

    def _remember(self, answer: Any) -> None:
        if "text/html" in answer.headers.get("content-type", "") and (
            found := re.search(r'name="csrf" value="([^"]+)"', answer.text)
        ):
            self.token = found[1]


def client(desk: Desk) -> Client:
    """Return a browser on the pages of a desk."""
    return Client(desk, TestClient(create_app(desk), base_url="http://t.example", follow_redirects=False))


def sign_in(browser: Client, person: str) -> None:
    """Have a browser be a person's, without a code."""
    from chumbak.exchange.web import security

    browser.http.cookies.set(security.COOKIE, security.new_session(browser.desk, person))
    browser.token = ""
    browser.get("/me")
