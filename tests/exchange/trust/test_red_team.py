"""Each attack that a red team would try: without the check it would be paid, with it payment waits or is refused."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from chumbak.exchange.catalogue import Triple
from chumbak.exchange.desk import SYSTEM, Work
from chumbak.exchange.people.persons import Person
from chumbak.exchange.refusal import Refusal
from chumbak.exchange.responsibility.tables import claim
from chumbak.exchange.trust import links, lots, plants, reassay, tables
from chumbak.exchange.trust.alarms import against, alarm, listed, one, stands
from chumbak.exchange.trust.decisions import decide
from chumbak.exchange.trust.limits import check_payment, forget
from chumbak.exchange.trust.overrides import lift
from chumbak.exchange.trust.pieces import look_at_age, look_at_imports, look_at_origin
from chumbak.exchange.trust.reports import say_received
from chumbak.exchange.trust.spoken import spoken
from chumbak.exchange.trust.weighings import look_at_seal, weighed_twice
from chumbak.exchange.words import Words
from tests.exchange.trust.conftest import Town


def pays(work: Work, party: str, about: str = "", paise: int = 10_000) -> bool:
    """Whether a payment would go out."""
    try:
        check_payment(work, party=party, paise=paise, about=about)
    except Refusal:
        return False
    return True


def rules(work: Work, party: str) -> set[str]:
    return {found.rule for found in against(work, party)}


def usual(town: Town, parties: int = 60) -> None:
    """Have so many homes hand over a telephone each, of several models, some without a battery."""
    chance = random.Random(5)
    for n in range(parties):
        grams = chance.choice((135, 150, 160, 175, 195)) * chance.gauss(1, 0.03) * (0.85 if n % 7 == 0 else 1)
        town.take(town.person(), f"usual-{n}", round(grams))


def test_a_family_ring_with_many_sims_is_held_as_one(town: Town) -> None:
    ring, others = ([town.person() for _ in range(8)] for _ in range(2))
    with town.desk.work(SYSTEM) as work:
        for who in ring:  # eight phones, one account behind them
            links.link(work, who.party, "payee", town.desk.keyed("upi", "uncle@bank"))
    for k in range(3):
        for n, who in enumerate(ring):
            town.take(who, f"ring-{n}-{k}")
            town.take(others[n], f"other-{n}-{k}")
    with town.desk.work(SYSTEM) as work:
        assert all(pays(work, who.party) for who in others)  # the same devices of people who have nothing in common
        found = stands(work, ring[-1].party)
        assert found[0].rule == "limit"
        assert found[0].values["of"] == "group"
        assert set(found[0].against) == {who.party for who in ring}
        assert not pays(work, ring[-1].party)  # as of every one who went on above it
    for n, who in enumerate(ring):  # and hard refused as one, though each is far below its own limit
        said = ""
        try:
            for k in range(5):
                town.take(who, f"more-{n}-{k}")
        except Refusal as refusal:
            said = refusal.text
            break
    assert "share" in said


def test_one_address_with_many_names_is_looked_at(town: Town) -> None:
    people = [town.person() for _ in range(50)]
    for n, who in enumerate(people):
        town.take(who, f"hostel-{n}", address="12 Hostel Road")
    with town.desk.work(SYSTEM) as work:
        assert [pays(work, who.party) for who in people] == [True] * 25 + [False] * 25
    with pytest.raises(Refusal, match="share your address"):
        town.take(town.person(), "hostel-50", address="12 Hostel Road")


def test_a_collector_who_takes_the_code_and_pays_short_is_seen(town: Town) -> None:
    collector = town.person("collector")
    for n in range(4):
        home = town.person()
        with town.desk.work(home.id) as work:
            say_received(work, about=f"booking-{n}", collector=collector.party, promised=40_000, got=25_000)
    with town.desk.work(SYSTEM) as work:
        found = stands(work, collector.party)
        assert [hit.rule for hit in found] == ["short-pay"]
        assert found[0].values["missing_paise"] == 45_000  # three are enough to see it
        assert not pays(work, collector.party)
    with town.desk.work(town.person().id) as work, pytest.raises(Refusal):
        say_received(work, about="booking-1", collector=collector.party, promised=40_000, got=40_000)


def test_one_home_that_says_so_is_no_pattern(town: Town) -> None:
    collector = town.person("collector")
    for n in range(60):
        with town.desk.work(town.person().id) as work:
            got = 39_000 if n == 20 else 40_000
            say_received(work, about=f"booking-{n}", collector=collector.party, promised=40_000, got=got)
    with town.desk.work(SYSTEM) as work:
        assert pays(work, collector.party)


def test_junk_phones_in_bulk_are_seen_by_weight(town: Town) -> None:
    usual(town)
    farmer = town.person("trader")
    for n in range(14):  # light, but each of them within what may be
        town.take(farmer, f"junk-{n}", 112)
    with town.desk.work(SYSTEM) as work:
        assert "junk" in rules(work, farmer.party)
        assert not pays(work, farmer.party)
        words = next(hit for hit in against(work, farmer.party) if hit.rule == "junk").text
        assert "14 of 14" in words or "12 of 12" in words or "13 of 13" in words


def test_an_empty_shell_is_seen_by_weight(town: Town) -> None:
    usual(town)
    who = town.person()
    about = town.take(who, "shell", 40)
    with town.desk.work(SYSTEM) as work:
        assert stands(work, about)[0].rule == "weight"
        assert not pays(work, who.party, about)


def test_a_cloned_serial_earns_nothing(town: Town) -> None:
    town.take(town.person(), "356938035643809")
    thief = town.person()
    with pytest.raises(Refusal, match="has earned before"):
        town.take(thief, "356938-035643 809")
    with town.desk.work(SYSTEM) as work:
        assert work.connection.execute(select(tables.use).where(tables.use.c.party == thief.party)).first() is None


def test_the_same_take_back_is_counted_once(town: Town) -> None:
    from chumbak.exchange.trust.limits import Piece, check_take_back

    who = town.person()
    with town.desk.work(who.id) as work:
        for _ in range(3):
            piece = Piece("smartphone", 150, "k")
            check_take_back(work, party=who.party, address_key="", pieces=[piece, piece], about="b")
        assert len(work.connection.execute(select(tables.use)).all()) == 1


def test_limits_slide_and_are_forgotten(town: Town) -> None:
    who = town.person()
    for n in range(10):
        town.take(who, f"day-{n}")
    with pytest.raises(Refusal, match="Days to wait: 1"):
        town.take(who, "day-10")
    town.later(days=1)
    town.take(who, "day-10")
    town.later(days=366)
    with town.desk.work(SYSTEM) as work:
        forget(work)
        assert work.connection.execute(select(tables.use)).first() is None
        assert len(work.connection.execute(select(tables.device)).all()) == 11  # a device earns once for longer


def test_phones_made_for_another_market_and_from_far_away(town: Town) -> None:
    who = town.person(place="seelampur")
    with town.desk.work(SYSTEM) as work:
        look_at_imports(work, party=who.party, imported=14, of=16)
        assert not pays(work, who.party)
        look_at_origin(work, party=who.party, about="takeback-1", place="seelampur", registered="moradabad")
        assert not stands(work, "takeback-1")  # 150 km
        look_at_age(work, party=who.party, kind="smartphone", about="takeback-2", sold_year=1990)
        look_at_age(work, party=who.party, kind="smartphone", about="takeback-3", sold_year=2027)
        look_at_age(work, party=who.party, kind="smartphone", about="takeback-4", sold_year=2015)
        assert [len(stands(work, f"takeback-{n}")) for n in (2, 3, 4)] == [1, 1, 0]


def test_a_scale_that_was_tampered_with_drifts(town: Town) -> None:
    chance = random.Random(3)
    buyer = town.person("recycler")
    with town.desk.work(SYSTEM) as work:
        for n in range(40):
            load = chance.randint(300_000, 900_000)
            true = [round(chance.gauss(load, 0.001 * load)) for _ in range(2)]
            weighed_twice(
                work, about=f"lot-{n}", scale="plant", grams=round(true[0] * 0.99), other=f"seller-{n % 6}",
                other_grams=true[1], party=buyer.party,
            )  # fmt: skip
        assert [hit.rule for hit in stands(work, "plant")] == ["scale"]
        assert "less" in stands(work, "plant")[0].text
        assert not pays(work, buyer.party, "plant")
        for n in range(6):
            assert not stands(work, f"seller-{n}")  # which of two scales it is, the others tell


@pytest.mark.parametrize(("found", "score"), [("S-778", None), ("s-777", 9.0), ("", 0.0)])
def test_a_seal_or_the_load_behind_it_that_was_swapped(town: Town, found: str, score: float | None) -> None:
    seller, buyer = town.person("trader"), town.person("recycler")
    with town.desk.work(SYSTEM) as work:
        look_at_seal(
            work, about="lot-1", seal="S-777", seal_found=found, score=score, against=[seller.party, buyer.party]
        )
        assert not pays(work, seller.party, "lot-1")
        look_at_seal(work, about="lot-2", seal="S-777", seal_found="s-777", score=1.0, against=[seller.party])
        assert not stands(work, "lot-2")


def test_maker_and_checker_who_are_brothers(town: Town) -> None:
    maker, checker, stranger = town.person("recycler"), town.person("auditor"), town.person("auditor")
    seller = town.person("trader")
    with town.desk.work(SYSTEM) as work:
        for who in (maker, checker):
            links.link(work, who.party, "document", "house deed")
        held = alarm(work, "throughput", maker.party, "Too much.")
        while not (code := settle(work, len(reassay.rounds(work)) + town.n, seller, maker, 220_000)):
            town.n += 1
        assert [one_ for one_, _ in reassay.to_measure(work, stranger.party)] == [code]
        assert not reassay.to_measure(work, checker.party)
    with town.desk.work(checker.id) as work:
        with pytest.raises(Refusal, match="related"):
            decide(work, held, "dismiss", "All is well, believe me.")
        with pytest.raises(Refusal, match="related"):
            plants.set_plant(work, party=maker.party, kilograms_a_day="9000", needs={}, source="I know it")
        with pytest.raises(Refusal):
            reassay.enter(work, code, {"Nd": (220_000, 4_000)})
        assert one(work, held).stands  # type: ignore[union-attr]


def test_a_lot_sold_to_ones_own_cousin_is_flagged(town: Town) -> None:
    seller, buyer = town.person("trader"), town.person("recycler")
    with town.desk.work(SYSTEM) as work:
        lots.look_at_parties(work, "lot-1", seller.party, buyer.party)
        assert not stands(work, "lot-1")
        links.link(work, seller.party, "session", "one handset")
        links.link(work, buyer.party, "session", "one handset")
        lots.look_at_parties(work, "lot-1", seller.party, buyer.party)
        assert stands(work, "lot-1")[0].rule == "related"
        assert not pays(work, seller.party, "lot-1")


def test_an_operator_who_is_called_back_again_and_again(town: Town) -> None:
    operator, friend = town.person("administrator"), town.person()
    with town.desk.work(operator.id) as work:
        for _ in range(3):
            lift(work, party=friend.party, what="devices", more=5, days=2, reason="He rang and asked for it.")
        assert "override" in rules(work, friend.party)
        assert not pays(work, friend.party)
        with pytest.raises(Refusal, match="themselves"):
            lift(work, party=operator.party, what="devices", more=5, days=2, reason="For me, this time.")
        held = stands(work, friend.party)[0]
        with pytest.raises(Refusal, match="concerns you"):
            decide(work, held.id, "dismiss", "I know what I am doing.")
    for _ in range(6):
        with town.desk.work(operator.id) as work:
            lift(
                work, party=town_person(town, work), what="paise", more=5, days=2, reason="They rang and asked for it."
            )
    with town.desk.work(SYSTEM) as work:
        assert {hit.about for hit in against(work, operator.party)} == {operator.id, friend.party}


def town_person(town: Town, work: Work) -> str:
    from chumbak.exchange.people.persons import register

    town.n += 1
    return register(work, f"98{town.n:08d}", "Somebody", "seelampur", "citizen").party


def test_a_lifted_limit_lets_through_that_much_and_no_more(town: Town) -> None:
    operator, who = town.person("administrator"), town.person()
    with town.desk.work(operator.id) as work:
        lift(work, party=who.party, what="devices", more=2, days=1, reason="Moves house, seen by me.")
    for n in range(12):
        town.take(who, f"house-{n}")
    with pytest.raises(Refusal):
        town.take(who, "house-12")


def test_a_ghost_plant_cannot_claim(town: Town) -> None:
    ghost, auditor = town.person("recycler"), town.person("auditor")
    april = (dt.date(2026, 4, 1), dt.date(2026, 4, 30))
    with town.desk.work(SYSTEM) as work:  # nobody has ever been there
        plants.check_throughput(work, party=ghost.party, first=april[0], last=april[1], grams=350_000_000)
        assert stands(work, ghost.party)[0].rule == "throughput"
    real = town.person("recycler")
    with town.desk.work(auditor.id) as work:
        plants.set_plant(
            work,
            party=real.party,
            kilograms_a_day="2000",
            needs={"power": "1.5", "acid": "0.8"},
            source="Visit, consent",
        )
    with town.desk.work(real.id) as work:
        for input, amount in (("power", "30000"), ("acid", "20000")):
            plants.add_bill(
                work, party=real.party, input=input, first=april[0], last=april[1], amount=amount, number=f"B-{input}"
            )
        with pytest.raises(Refusal, match="shown before"):  # the neighbour's bill, again
            plants.add_bill(
                work, party=ghost.party, input="power", first=april[0], last=april[1], amount="1", number="b power"
            )
        plants.check_throughput(work, party=real.party, first=april[0], last=april[1], grams=20_900_000)
        assert not stands(work, real.party)  # 20 t by power, 5 % let pass
        plants.check_throughput(work, party=real.party, first=april[0], last=april[1], grams=21_100_000)
        found = stands(work, real.party)[0]
        assert found.values["by_word"] == "power"
        assert found.values["most_grams"] == 20_000_000


def test_metal_is_not_claimed_beyond_what_a_plant_can_win(town: Town) -> None:
    def claimed(who: Person, kilograms: int) -> list[str]:
        with town.desk.work(SYSTEM) as work:
            row = {"lot": work.new_id("lot"), "metal": "Cu", "party": who.party, "ug": kilograms * 10**9}
            kept = {"held_ug": kilograms * 10**9, "certificate_ug": 0, "year": 2026, "made_us": work.now_us}
            work.connection.execute(claim.insert().values(**row, **kept, invoice="i", sale="s", buyer=""))
            plants.look_at_claims(work, who.party)
            return [found.rule for found in stands(work, who.party)]

    ghost, real, auditor = town.person("recycler"), town.person("recycler"), town.person("auditor")
    assert claimed(ghost, 30) == []
    assert claimed(ghost, 30) == ["throughput"]
    with town.desk.work(auditor.id) as work:
        plants.set_plant(work, party=real.party, kilograms_a_day="100", needs={"power": "2"}, source="A visit")
    with town.desk.work(real.id) as work:
        first, last = dt.date(2026, 4, 1), dt.date(2026, 4, 30)
        plants.add_bill(work, party=real.party, input="power", first=first, last=last, amount="4000", number="B-1")
    assert claimed(real, 2_300) == []  # its bills have had no time to come
    town.later(days=40)
    assert claimed(real, 1) == []  # the 11th of May
    town.later(days=6)
    assert claimed(real, 1) == ["throughput"]  # 2,000 kg by power in April


def settle(work: Work, n: int, seller: Person, buyer: Person, value: int) -> str:
    return reassay.draw(
        work, lot=f"lot-{n}", fixed="digest", first={"Nd": (value, 4_000)}, seller=seller.party, buyer=buyer.party
    )


def test_assays_that_please_the_buyer_are_found_blind(town: Town) -> None:
    chance = random.Random(11)
    seller, buyer = town.person("trader"), town.person("recycler")
    lab, starter = town.person("auditor"), town.person("auditor")
    with town.desk.work(starter.id) as work:
        reassay.begin(work, "rain on the 1st of April")
    codes: dict[str, int] = {}
    with town.desk.work(SYSTEM) as work:
        for n in range(300):
            true = chance.gauss(220_000, 9_000)
            code = settle(work, n, seller, buyer, round(true * 0.985 + chance.gauss(0, 2_000)))
            assert settle(work, n, seller, buyer, 1) == code  # asked again, not drawn again
            if code:
                codes[code] = round(true)
    assert 5 <= len(codes) <= 30
    with town.desk.work(lab.id) as work:
        waiting = reassay.to_measure(work, lab.party)
        assert {code for code, _ in waiting} == set(codes)
        assert all("lot" not in code for code, _ in waiting)
        for code, true in codes.items():
            reassay.enter(work, code, {"Nd": (round(chance.gauss(true, 2_000)), 4_000)})
        assert not against(work, buyer.party)  # nobody sees anything yet
        with pytest.raises(Refusal):
            reassay.enter(work, next(iter(codes)), {"Nd": (1, 1)})
    with town.desk.work(starter.id) as work:
        reassay.close(work)
        assert "bias" in rules(work, buyer.party)
        assert not pays(work, buyer.party)
        closed = reassay.rounds(work)[0]
        assert closed.seed
        assert reassay.is_sound(work, closed)
        assert len(reassay.tickets(work, closed.id)) == 300


def test_honest_assays_raise_no_bias_and_missing_ones_are_told(town: Town) -> None:
    chance = random.Random(12)
    seller, buyer, lab = town.person("trader"), town.person("recycler"), town.person("auditor")
    codes: dict[str, float] = {}
    with town.desk.work(SYSTEM) as work:
        for n in range(200):
            true = chance.gauss(220_000, 9_000)
            if code := settle(work, n, seller, buyer, round(chance.gauss(true, 2_000))):
                codes[code] = true
    lost = sorted(codes)[0]
    with town.desk.work(lab.id) as work:
        for code in sorted(codes)[1:]:
            reassay.enter(work, code, {"Nd": (round(chance.gauss(codes[code], 2_000)), 4_000)})
        found = [one(work, id) for id in reassay.close(work)]
        lot = work.connection.execute(select(tables.blind.c.lot).where(tables.blind.c.code == lost)).scalar_one()
        assert [(hit.rule, hit.about) for hit in found if hit] == [("blind", lot)]


def test_content_that_no_such_scrap_has(town: Town) -> None:
    seller, buyer = town.person("trader"), town.person("recycler")
    one_: dict[str, Any] = {"seller": seller.party, "buyer": buyer.party, "substance": "swarf"}
    with town.desk.work(SYSTEM) as work:
        lots.look_at_content(work, lots.Settled("lot-1", **one_, assay={"Nd": (380_000, 2_000)}))
        assert stands(work, "lot-1")[0].rule == "content"
        lots.look_at_content(work, lots.Settled("lot-2", **one_, assay={"Nd": (250_000, 2_000)}))
        assert not stands(work, "lot-2")


@pytest.mark.parametrize(
    ("element", "held", "assay", "words"),
    [
        ("Sm", (220_000.0,) * 3, (250_000, 2_000), ""),  # one figure and no range: an honest assay some way off
        ("Sm", (220_000.0,) * 3, (380_000, 2_000), "220,000 are usual. How far that varies is judged, at 20% either"),
        ("Sm", (220_000.0,) * 3, (2_200_000, 2_000_000), "264,000 are usual. That is 10 times"),  # however uncertain
        ("Sm", (220_000.0, 150_000.0, 290_000.0), (400_000, 2_000), "150,000 to 290,000 are usual. That is 4.2"),
        ("Sm", (220_000.0, 100_000.0, 340_000.0), (9_000, 500_000), "100,000 to 340,000 are usual. That is 10 times"),
        ("Nd", (220_000.0,) * 3, (380_000, 2_000), "220,000 are usual. How far that varies is judged, at 20% either"),
        ("Nd", (20_000.0, 19_000.0, 21_000.0), (290_000, 2_000), ""),  # as published of some magnet
        ("Pr", (60_000.0,) * 3, (0, 500), ""),  # magnets of neodymium alone are made
        ("Pr", (60_000.0,) * 3, (300_000, 2_000), "20% either way"),
    ],
)
def test_content_of_which_the_catalogue_has_one_figure(
    town: Town, element: str, held: Triple, assay: tuple[float, float], words: str
) -> None:
    one_ = next(one for one in town.desk.catalogue.substances if one.id == "swarf")
    other = replace(one_, ug_per_g=one_.ug_per_g | {element: held})
    seller, buyer = town.person("trader"), town.person("recycler")
    desk = replace(town.desk, catalogue=replace(town.desk.catalogue, substances=(other,)))
    with desk.work(SYSTEM) as work:
        lots.look_at_content(
            work, lots.Settled("lot-1", seller.party, buyer.party, substance="swarf", assay={element: assay})
        )
        found = [spoken(Words("en"), one.reason, one.values) for one in stands(work, "lot-1")]
    assert len(found) == bool(words)
    assert not words or words in found[0]


def test_a_cloned_serial_leaves_an_alarm_that_names_nobody_to_who_typed_it(town: Town) -> None:
    first, thief = town.person(), town.person()
    about = town.take(first, "clone-1")
    for _ in range(2):
        with pytest.raises(Refusal, match="has earned before"):
            town.take(thief, "clone-1")
    with town.desk.read() as work:
        (found,) = listed(work, rule="serial")
        assert about in found.text
        assert found.against == ()
        assert not stands(work, thief.party)


def test_a_batch_is_counted_whole_or_not_at_all(town: Town) -> None:
    from chumbak.exchange.trust.limits import Piece, check_take_back

    who = town.person()
    pieces = [Piece("smartphone", 150, f"key-{n}") for n in range(11)]
    with pytest.raises(Refusal, match="alone is more"), town.desk.work(who.id) as work:
        check_take_back(work, party=who.party, address_key="", pieces=pieces, about="b")
    with town.desk.work(who.id) as work:
        assert work.connection.execute(select(tables.use)).first() is None
        for _ in range(2):
            check_take_back(work, party=who.party, address_key="", pieces=pieces[:10], about="b")
        assert len(work.connection.execute(select(tables.use)).all()) == 10
