"""A trader and a plant with money, an auditor, and lots in custody."""

from __future__ import annotations

from dataclasses import dataclass

from chumbak.exchange.desk import SYSTEM, Desk
from chumbak.exchange.hand_over import appears
from chumbak.exchange.money import pay_in
from chumbak.exchange.people.persons import Person, register

RATES = "set by: tests\nrates:\n  metal scrap: '0.18'\n  devices: '0.18'\n"


@dataclass
class People:
    trader: Person
    plant: Person
    auditor: Person


def people(desk: Desk, *, trader_registered: bool = False, plant_registered: bool = True) -> People:
    with desk.work(SYSTEM) as work:
        number = str(work.desk.random.randrange(10**6)).zfill(6)
        trader = register(work, f"9876{number}", "Asha", "moradabad", "trader", registered=trader_registered)
        plant = register(
            work, f"9776{number}", "Plant", "seelampur", "recycler", kind="recycler", registered=plant_registered,
            registration="07AAAAA0000A1Z5",
        )  # fmt: skip
        auditor = register(work, f"9676{number}", "Ravi", "seelampur", "auditor")
    return People(trader, plant, auditor)


def rich(desk: Desk, party: str, paise: int) -> None:
    with desk.work(SYSTEM) as work:
        pay_in.there(work, pay_in.say(work, party, paise, work.new_id("utr")))


def lot_in_custody(desk: Desk, id: str, nd_ug: int, grams: int) -> str:
    with desk.work(SYSTEM) as work:
        work.record(appears(work, desk.uri("lot", id), {"Nd": nd_ug}, step="commissioning", grams=grams))
    return id
