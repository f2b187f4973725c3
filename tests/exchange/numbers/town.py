"""Take-backs that are paid and lots that are settled, written straight into the tables."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table

from chumbak.exchange import hand_over
from chumbak.exchange.desk import Work
from chumbak.exchange.market import tables as m
from chumbak.exchange.people.persons import COLLECTOR, Person, register
from chumbak.exchange.settle import tables as s
from chumbak.exchange.takeback import tables as t


def put(work: Work, table: Table, **given: Any) -> None:
    """Write a row; columns that must have a value and that nobody asks about here are 0 or ""."""
    for column in table.c:
        if column.name not in given and not column.nullable:
            given[column.name] = 0 if column.type.python_type in (int, bool) else ""
    work.connection.execute(table.insert().values(**given))


def citizens(work: Work, count: int, place: str = "seelampur", role: str = "citizen", first: int = 0) -> list[Person]:
    """Return so many people of a place."""
    return [
        register(work, f"+9197000{first + n:05d}", f"{role.title()} {first + n}", place, role) for n in range(count)
    ]


def collector(work: Work) -> Person:
    """Return a collector."""
    return register(work, "+919611111111", "Collector", "seelampur", COLLECTOR)


def paid_device(
    work: Work,
    who: Person,
    recycler: str,
    by: Person,
    *,
    kind: str = "smartphone",
    place: str = "seelampur",
    grams: int = 180,
    paise: int = 6000,
    state: str = t.KEPT,
) -> str:
    """Have a device come in and be paid; return its id."""
    us = work.now_us
    new = work.new_id
    quote, slot, booking, device = new("quote"), new("slot"), new("booking"), new("device")
    put(
        work,
        t.quote,
        id=quote,
        made_us=us,
        until_us=us + 1,
        tariff="t",
        invented=True,
        catalogue="c",
        when_refused="return",
        answer_days=7,
        paise=paise,
    )
    put(
        work,
        t.slot,
        id=slot,
        way="home",
        place=place,
        where_text="here",
        collector=by.id,
        recycler=recycler,
        begins_us=us,
        ends_us=us + 1,
        capacity=1,
        taken=1,
    )
    put(
        work,
        t.booking,
        id=booking,
        quote=quote,
        person=who.id,
        party=who.party,
        slot=slot,
        collector=by.id,
        recycler=recycler,
        address_key="",
        how="wallet",
        state=t.PAID,
        paise=paise,
        made_us=us,
        changed_us=us,
    )
    put(
        work,
        t.device,
        id=device,
        booking=booking,
        n=1,
        kind=kind,
        quoted="works",
        seen="works",
        found="works",
        note="",
        serial_key="",
        grams=grams,
        paise=paise,
        state=state,
    )
    found = work.catalogue.kind(kind)
    assert found
    content = {element: round(triple[0]) for element, triple in found.ug.items()}
    work.record(hand_over.appears(work, work.desk.uri("device", device), content, place=work.desk.uri("place", place)))
    return device


def settled_lot(
    work: Work,
    seller: Person,
    buyer: str,
    *,
    grams: int = 100_000,
    paise: int = 2_000_000,
    fair: int = 2_500_000,
    goods: str = "swarf",
    place: str = "moradabad",
) -> str:
    """Have a lot be sold, weighed and paid; return its id."""
    us = work.now_us
    lot, contract = work.new_id("lot"), work.new_id("contract")
    put(
        work,
        m.lots,
        id=lot,
        seller=seller.party,
        person=seller.id,
        goods=goods,
        origin="pre-consumer",
        pieces=0,
        grams=grams,
        seal="",
        place=place,
        state="awarded",
        way="offers",
        reserve_paise=0,
        step_paise=0,
        made_us=us,
        fair_paise=fair,
        fair="{}",
        buyer=buyer,
        price_paise=paise,
        contract=contract,
        listed=1,
    )
    put(
        work,
        s.contract,
        id=contract,
        lot=lot,
        live_lot=lot,
        seller=seller.party,
        buyer=buyer,
        paise=paise,
        basis="lot",
        grams=grams,
        element="",
        ppm=0,
        goods="metal scrap",
        terms="{}",
        state="final",
        made_us=us,
        escrow_paise=0,
        advance_paise=0,
        seller_accepts=True,
        buyer_accepts=True,
    )
    put(
        work,
        s.proposal,
        contract=contract,
        n=1,
        made_us=us,
        price_paise=paise,
        seller_fee=0,
        buyer_fee=0,
        net_g=grams,
        ppm=0,
        body="[]",
    )
    put(work, s.contract_step, contract=contract, n=1, state="final", at_us=us, actor="", text="", said="{}")
    return lot
