"""Quotes: what devices will earn, promised for some days, and kept as they were made.

A quote holds a card for each kind in it: what that kind earns in every condition. If a device is later seen to be in
another condition, the card says what follows; nothing else changes a price.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from sqlalchemy import exists, select

from chumbak.exchange.desk import Work, microseconds
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.takeback import tables as t
from chumbak.exchange.takeback.identity import check_named_once, columns, keys_in, keys_of
from chumbak.exchange.takeback.reward import Reward, read_reward, reward
from chumbak.exchange.takeback.tariff import ANY, Tariff, tariff_of

KEPT_DAYS = 30  # that a quote is kept after it ran out, if nobody booked it
MOST_FORGOTTEN = 500  # quotes at a time


@dataclass(frozen=True)
class Wish:
    """A device that somebody wants to give up; ``serial`` is its IMEI or serial number, "" where it is not said.

    Of a phone with two SIMs both IMEIs may be said, with a comma between.
    """

    kind: str
    condition: str
    serial: str = ""


@dataclass(frozen=True)
class Item:
    """A device in a quote, by its number from 1 on."""

    n: int
    kind: str
    condition: str
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Card:
    """What a kind earns in a condition; what becomes of its data (``DATA``) and what number it has (``SERIALS``)."""

    reward: Reward
    data: str
    serial: str


@dataclass(frozen=True)
class Quote:
    """A quote as it was made, by the tariff's ``share`` and prices of a year. ``cards`` are by kind and condition."""

    id: str
    made_us: int
    until_us: int
    tariff: str
    invented: bool
    share: Fraction
    price_year: int
    when_refused: str
    answer_days: int
    paise: int
    items: tuple[Item, ...]
    cards: Mapping[tuple[str, str], Card]

    def paise_of(self, kind: str, condition: str) -> int:
        """Return what a device earns. Raises ``Refusal`` for what the quote does not have."""
        found = self.cards.get((kind, condition))
        if found is None:
            raise Refusal(N_("Choose the condition of the device."), "condition")
        return found.reward.paise

    def rewards(self) -> list[Reward]:
        """Return the reward of each device."""
        return [self.cards[one.kind, one.condition].reward for one in self.items]

    def numbered(self, kind: str) -> bool:
        """Whether a device of a kind earns by its number alone: one has to be on record."""
        return any(card.serial != ANY for (of, _), card in self.cards.items() if of == kind)

    def data(self) -> list[str]:
        """Return what becomes of data on these devices, each way once."""
        return sorted({self.cards[one.kind, one.condition].data for one in self.items})


def forget(work: Work) -> int:
    """Remove quotes that nobody booked, some time after they ran out; return how many.

    Done in the first minute of an hour, and in parts: what is not removed now is removed the next time.
    """
    if work.now.minute:
        return 0
    q, since = t.quote.c, microseconds(work.now - timedelta(days=KEPT_DAYS))
    booked = exists().where(t.booking.c.quote == q.id)
    old = select(q.id).where(q.until_us <= since, ~booked).order_by(q.until_us).limit(MOST_FORGOTTEN)
    ids = list(work.connection.execute(old).scalars())
    for table, column in ((t.item, t.item.c.quote), (t.card, t.card.c.quote), (t.quote, q.id)):
        work.connection.execute(table.delete().where(column.in_(ids)))
    return len(ids)


def kinds_taken(work: Work) -> list[str]:
    """Return the kinds that are taken back and that the catalogue knows, in the tariff's order."""
    return [kind for kind in tariff_of(work.desk).kinds if work.catalogue.kind(kind)]


def make_quote(work: Work, wishes: Sequence[Wish]) -> str:
    """Keep a quote for some devices; return its id. Raises ``Refusal``."""
    tariff = tariff_of(work.desk)
    _check_number(tariff, wishes)
    rewards = {
        (kind, condition): reward(kind, condition, tariff, work.catalogue)
        for kind in dict.fromkeys(wish.kind for wish in wishes)
        for condition in tariff.conditions
    }
    for wish in wishes:
        if (wish.kind, wish.condition) not in rewards:
            raise Refusal(N_("Choose the condition of the device."), "condition")
    keys = {n: _keys(work, wish, n, len(wishes)) for n, wish in enumerate(wishes, 1)}
    check_named_once(keys)
    id = work.new_id("quote")
    until = microseconds(work.now + timedelta(days=tariff.quote_days))
    work.connection.execute(
        t.quote.insert().values(
            id=id, made_us=work.now_us, until_us=until, tariff=tariff.id, invented=tariff.invented,
            catalogue=work.catalogue.edition, share=str(tariff.share), price_year=work.catalogue.price_year,
            when_refused=tariff.when_refused, answer_days=tariff.answer_days,
            paise=sum(rewards[wish.kind, wish.condition].paise for wish in wishes),
        )
    )  # fmt: skip
    cards = [
        {"quote": id, "kind": kind, "condition": condition, "data": tariff.kinds[kind].data,
         "serial": tariff.kinds[kind].serial, "paise": one.paise,
         "reward": one.text()}
        for (kind, condition), one in rewards.items()
    ]  # fmt: skip
    items = [
        {"quote": id, "n": n, "kind": wish.kind, "condition": wish.condition, **columns(keys[n])}
        for n, wish in enumerate(wishes, 1)
    ]
    work.connection.execute(t.card.insert(), cards)
    work.connection.execute(t.item.insert(), items)
    return id


def _check_number(tariff: Tariff, wishes: Sequence[Wish]) -> None:
    if not wishes:
        raise Refusal(N_("Name at least one device."), "kind")
    if len(wishes) > tariff.most_devices:
        raise Refusal(
            N_("Devices: %(count)s. One quote holds %(most)s at most. Make several."), "count",
            count=len(wishes), most=tariff.most_devices,
        )  # fmt: skip


def quote(work: Work, id: str) -> Quote | None:
    """Return a quote."""
    row = work.connection.execute(select(t.quote).where(t.quote.c.id == id)).one_or_none()
    if row is None:
        return None
    items = work.connection.execute(select(t.item).where(t.item.c.quote == id).order_by(t.item.c.n))
    cards = work.connection.execute(select(t.card).where(t.card.c.quote == id))
    return Quote(
        id, row.made_us, row.until_us, row.tariff, row.invented, Fraction(row.share), row.price_year,
        row.when_refused, row.answer_days, row.paise,
        tuple(Item(one.n, one.kind, one.condition, keys_in(one)) for one in items),
        {(one.kind, one.condition): Card(read_reward(one.reward), one.data, one.serial) for one in cards},
    )  # fmt: skip


def booking_of(work: Work, quote_id: str) -> str:
    """Return the booking that was made of a quote, "" for none."""
    found = select(t.booking.c.id).where(t.booking.c.quote == quote_id)
    return work.connection.execute(found).scalar_one_or_none() or ""


def _keys(work: Work, wish: Wish, n: int, of: int) -> tuple[str, ...]:
    """Return what stands for a device's numbers; of many the fault says which device."""
    try:
        return keys_of(work, wish.serial, wish.kind)
    except Refusal as fault:
        if of == 1:
            raise
        raise Refusal(
            N_("Device %(n)s: '%(serial)s' is no number of such a device. An IMEI has 15 digits, and the last one "
               "proves the others: *#06# shows it."), fault.field, n=n, serial=wish.serial[:40],
        ) from None  # fmt: skip
