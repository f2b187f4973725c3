"""How often honest people are stopped: a town of a year, in which nobody cheats."""

from __future__ import annotations

import random
from collections import Counter

from chumbak.exchange.desk import SYSTEM
from chumbak.exchange.people.persons import Person
from chumbak.exchange.trust import reassay
from chumbak.exchange.trust.alarms import listed
from chumbak.exchange.trust.limits import check_payment
from chumbak.exchange.trust.reports import say_received
from chumbak.exchange.trust.weighings import weighed_twice
from tests.exchange.trust.conftest import Town

HOMES, OFFICES, LOTS = 100, 2, 150
MODELS = {"smartphone": (120, 135, 150, 160, 175, 195, 210), "laptop": (1300, 1600, 1900, 2200, 2600)}


def test_honest_people_are_seldom_stopped(town: Town) -> None:
    """Of the pieces handed over, one in a hundred at most is looked at; no home, collector or plant is accused."""
    chance = random.Random(42)
    homes = [town.person() for _ in range(HOMES)]
    collectors = [town.person("collector") for _ in range(8)]
    pieces = answers = 0
    for n in chance.sample(range(HOMES), HOMES):
        for _ in range(min(6, 1 + int(chance.expovariate(0.7)))):
            kind = "smartphone" if chance.random() < 0.8 else "laptop"
            _hand_over(town, homes[n], f"serial-{pieces}", kind, chance)
            pieces += 1
            if chance.random() < 0.3:
                answers += 1
                short = chance.random() < 0.005  # a slip, or somebody who miscounted
                with town.desk.work(homes[n].id) as work:
                    say_received(
                        work, about=f"answer-{answers}", collector=chance.choice(collectors).party, promised=20_000,
                        got=18_000 if short else 20_000,
                    )  # fmt: skip
        with town.desk.work(homes[n].id) as work:
            check_payment(work, party=homes[n].party, paise=chance.randint(5_000, 200_000))
        town.later(hours=chance.randint(4, 50))
    for office in [town.person("citizen", kind="office") for _ in range(OFFICES)]:
        for _ in range(40):  # what a storeroom gives at once: several models
            _hand_over(town, office, f"serial-{pieces}", "smartphone", chance)
            pieces += 1
    _lots(town, chance)
    with town.desk.work(SYSTEM) as work:
        found = listed(work, most=10_000)
    rules = Counter(one.rule for one in found)
    print(f"{pieces} pieces, {answers} answers, {LOTS} lots: {dict(rules)}")
    assert rules["weight"] <= pieces / 100
    assert rules["blind"] + rules["bias"] <= 1
    assert set(rules) <= {"weight", "blind", "bias"}


def _hand_over(town: Town, who: Person, serial: str, kind: str, chance: random.Random) -> None:
    grams = chance.choice(MODELS[kind]) * chance.gauss(1, 0.03) * (0.85 if chance.random() < 0.15 else 1)  # no battery
    town.take(who, serial, round(grams), kind=kind)


def _lots(town: Town, chance: random.Random) -> None:
    """Settle lots among honest scales and laboratories, and end two rounds of second assays."""
    sellers = [town.person("trader") for _ in range(8)]
    buyers = [town.person("recycler") for _ in range(2)]
    lab = town.person("auditor")
    with town.desk.work(lab.id) as work:
        reassay.begin(work, "three and five")
    truth: dict[str, float] = {}
    for n in range(LOTS):
        seller, buyer = chance.choice(sellers), chance.choice(buyers)
        load, nd = chance.randint(100_000, 900_000), chance.gauss(220_000, 9_000)
        with town.desk.work(SYSTEM) as work:
            weighed_twice(
                work, about=f"lot-{n}", scale=f"scale {buyer.party}", grams=round(chance.gauss(load, 0.002 * load)),
                other=f"scale {seller.party}", other_grams=round(chance.gauss(load, 0.002 * load)), party=buyer.party,
            )  # fmt: skip
            code = reassay.draw(
                work, lot=f"lot-{n}", fixed=f"{n}", first={"Nd": (round(chance.gauss(nd, 2_000)), 4_000)},
                seller=seller.party, buyer=buyer.party,
            )  # fmt: skip
            if code:
                truth[code] = nd
    with town.desk.work(lab.id) as work:
        for code, nd in truth.items():
            reassay.enter(work, code, {"Nd": (round(chance.gauss(nd, 3_000)), 6_000)})
        reassay.close(work)
