"""A desk with a seller, two recyclers, and lots that can be made in one line."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image

from chumbak.exchange.desk import Desk, Work
from chumbak.exchange.market import lots
from chumbak.exchange.money import holds
from chumbak.exchange.money.ledger import balance, post, wallet
from chumbak.exchange.people.persons import person, register
from tests.exchange import house

MONEY = 10**12  # paise in each wallet
PHONES = {"seller": "9876500001", "one": "9876500002", "two": "9876500003", "other": "9876500004"}


@contextmanager
def town(folder: Path, money: int = MONEY, **settings: Any) -> Iterator[tuple[Desk, dict[str, str]]]:
    """Return a desk, and the ids of persons by name: traders "seller" and "other", recyclers "one" and "two".

    Each has ``money`` paise in the wallet.
    """
    with house.desk(folder, **settings) as desk:
        with desk.work("system") as work:
            people = {
                name: register(
                    work, phone, f"The {name}", "seelampur", "trader" if name in ("seller", "other") else "recycler"
                ).id
                for name, phone in PHONES.items()
            }
            pay_in(work, people.values(), money)
        yield desk, people


def pay_in(work: Work, ids: Iterable[str], money: int = MONEY) -> None:
    """Put money into wallets: a bid needs its money."""
    for id in ids:
        party = person(work, id).party
        post(work, "sample", party, [("outside:sample", -money), (wallet(party), money)])


def purse(desk: Desk, id: str) -> tuple[int, int]:
    """Return what a person's party has free in its wallet and what is held of it, in paise."""
    with desk.read() as work:
        party = person(work, id).party
        return balance(work, wallet(party)), sum(one.paise for one in holds.of_party(work, party))


def begin(desk: Desk, seller: str, goods: str = "swarf", grams: int = 10_000, pieces: int = 0) -> str:
    """Begin a lot."""
    with desk.work(seller) as work:
        return lots.draft(
            work, goods=goods, origin="post-consumer", grams=grams, pieces=pieces, place="seelampur"
        )  # fmt: skip


def opened(desk: Desk, seller: str, way: str = "offers", hours: int = 24, **more: Any) -> str:
    """Begin a lot and open it."""
    chosen = {name: more.pop(name) for name in ("goods", "grams", "pieces") if name in more}
    id = begin(desk, seller, **chosen)
    with desk.work(seller) as work:
        shown = lots.price(work, lots.lot(work, id)).paise
        lots.open_lot(work, id, shown=shown, way=way, hours=hours, **more)
    return id


def fair(desk: Desk, id: str) -> int:
    """Return the fair price of an open lot."""
    with desk.read() as work:
        found = lots.lot(work, id).fair
        assert found is not None
        return found.paise


def picture(width: int = 640, height: int = 480, form: str = "JPEG", **more: Any) -> bytes:
    """Return a picture."""
    out = io.BytesIO()
    Image.effect_noise((width, height), 60).convert("RGB").save(out, form, **more)
    return out.getvalue()
