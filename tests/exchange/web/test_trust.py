"""Pages of trust, as a browser without scripts sees them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chumbak.exchange.desk import SYSTEM, Desk
from chumbak.exchange.people.persons import Person
from chumbak.exchange.takeback import tables as takeback
from chumbak.exchange.trust import reassay
from chumbak.exchange.trust.alarms import alarm, one
from tests.exchange import house
from tests.exchange.house import Client, client, sign_in
from tests.exchange.trust.conftest import Town
from tests.exchange.trust.test_seams import take_back

REASON = "Looked at it, with care."


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with house.desk(tmp_path) as made:
        yield Town(made)


def browser(town: Town, who: Person | None) -> Client:
    made = client(town.desk)
    if who is not None:
        sign_in(made, who.id)
    return made


def raised(desk: Desk, who: Person) -> str:
    with desk.work(SYSTEM) as work:
        return alarm(
            work, "weight", "takeback-1", "%(piece_grams)s for one piece of '%(kind)s'; usual are %(low_grams)s to "
            "%(high_grams)s (from %(parties)s others; 0: as the policy says).",
            against=[who.party], piece_grams=40, kind="Smartphone", low_grams=110, high_grams=1900, parties=25,
        )  # fmt: skip


def test_an_alarm_from_its_sentence_to_the_last_word(town: Town) -> None:
    who, first, second = town.person(), town.person("auditor"), town.person("administrator")
    held = raised(town.desk, who)
    judge, mine, other = browser(town, first), browser(town, who), browser(town, second)
    page = judge.get("/trust")
    assert page.status_code == 200
    assert "40 g for one piece" in page.text
    assert "1.9 kg" in page.text
    path = f"/trust/alarm/{held}"
    assert judge.get(path).status_code == 200
    short = judge.post(path, {"what": "uphold", "reason": "no"})
    assert short.status_code == 422
    assert "at least 10 letters" in short.text
    assert judge.post(path, {"what": "uphold", "reason": REASON}).status_code == 303
    shown = mine.get(f"/against-me/{held}")
    assert REASON in shown.text
    assert first.id not in shown.text
    assert mine.post(f"/against-me/{held}", {"what": "appeal", "reason": "It had no battery."}).status_code == 303
    assert '<form method="post">' not in judge.get(path).text, "who decided is not asked to decide the appeal"
    assert '<form method="post">' in other.get(path).text
    refused = judge.post(path, {"what": "dismiss", "reason": REASON})
    assert refused.status_code == 422
    assert "Another person decides the appeal" in refused.text
    assert "It had no battery." in other.get(path).text
    assert other.post(path, {"what": "dismiss", "reason": REASON}).status_code == 303
    with town.desk.read() as work:
        assert not one(work, held).stands  # type: ignore[union-attr]
    assert "Cleared" in mine.get("/against-me").text


def test_the_same_in_the_other_language(town: Town) -> None:
    who = town.person(language="hi")
    held = raised(town.desk, who)
    mine = browser(town, who)
    text = mine.get(f"/against-me/{held}").text
    assert 'lang="hi"' in text
    assert "के एक नग का वज़न 40" in text
    assert "Nobody has decided" not in text


def test_what_is_anothers_is_not_there(town: Town) -> None:
    who, stranger = town.person(), town.person()
    held = raised(town.desk, who)
    other, nobody = browser(town, stranger), browser(town, None)
    assert other.get(f"/against-me/{held}").status_code == 404
    assert other.post(f"/against-me/{held}", {"what": "answer", "reason": REASON}).status_code == 404
    assert other.get("/trust").status_code == 403
    assert other.post(f"/trust/alarm/{held}", {"what": "dismiss", "reason": REASON}).status_code == 403
    assert nobody.get(f"/against-me/{held}").status_code == 404
    assert nobody.get("/against-me").status_code == 303
    assert nobody.get("/trust").status_code in (302, 303)


def test_a_round_of_second_assays_on_pages(town: Town) -> None:
    auditor, lab = town.person("auditor"), town.person("auditor")
    seller, buyer = town.person("trader"), town.person("recycler")
    pages, bench, nobody = browser(town, auditor), browser(town, lab), browser(town, None)
    assert pages.post("/trust/draws/change", {"what": "begin", "word": " "}).status_code == 422
    assert pages.post("/trust/draws/change", {"what": "begin", "word": "3 5 6 1"}).status_code == 303
    with town.desk.work(SYSTEM) as work:
        for n in range(60):
            reassay.draw(
                work, lot=f"lot-{n}", fixed="f", first={"Nd": (220_000, 4_000)}, seller=seller.party, buyer=buyer.party
            )
        codes = [code for code, _ in reassay.to_measure(work, lab.party)]
    assert codes
    public = nobody.get("/trust/draws").text
    assert "The round is open" in public
    assert not any(code in public for code in codes)
    assert "lot-" not in bench.get("/trust/samples").text
    for code in codes:
        assert bench.post(f"/trust/samples/{code}", {"found-Nd": "a lot"}).status_code == 422
        assert bench.post(f"/trust/samples/{code}", {"found-Nd": "221000", "expanded-Nd": "4000"}).status_code == 303
    assert bench.get(f"/trust/samples/{codes[0]}").status_code == 404
    with town.desk.read() as work:
        current = reassay.open_round(work)
    assert current
    assert nobody.get(f"/trust/draws/{current.id}").status_code == 404
    assert pages.post("/trust/draws/change", {"what": "close"}).status_code == 303
    shown = nobody.get(f"/trust/draws/{current.id}").text
    assert "Every ticket follows" in shown
    assert "lot-59" in shown


def test_a_plant_and_its_bills_on_pages(town: Town) -> None:
    plant, auditor = town.person("recycler"), town.person("auditor")
    own, seen = browser(town, plant), browser(town, auditor)
    assert "No auditor has said" in own.get("/trust/plant").text
    path = f"/trust/plant/{plant.party}"
    assert path in seen.get("/trust/plants").text
    form = {"what": "set", "kilograms_a_day": "500", "power": "2", "source": "A visit"}
    assert seen.post(path, form | {"kilograms_a_day": "many"}).status_code == 422
    assert seen.post(path, form).status_code == 303
    bill = {"input": "power", "amount": "3000", "first": "2026-03-03", "last": "2026-04-01", "number": "77/A"}
    assert own.post("/trust/plant", bill | {"first": "last week"}).status_code == 422
    assert own.post("/trust/plant", bill).status_code == 303
    again = own.post("/trust/plant", bill)
    assert again.status_code == 422
    assert "shown before" in again.text
    assert "1,500 kg" in own.get("/trust/plant").text
    check = {"what": "check", "kilograms": "1600", "first": "2026-03-03", "last": "2026-04-01"}
    assert seen.post(path, check).status_code == 303
    assert "power allows 1,500 kg at most" in own.get("/against-me").text
    assert seen.get("/trust/plant/party-nobody").status_code == 404


def test_limits_are_lifted_on_a_page(town: Town) -> None:
    operator, who = town.person("administrator"), town.person()
    page = browser(town, operator)
    form = {"party": who.party, "what": "devices", "more": "3", "days": "2", "reason": "Moves house, seen by me."}
    assert page.post("/trust/lift", form).status_code == 303
    for wrong in ({"more": "-1"}, {"days": "90"}, {"party": "party-x"}, {"what": "gold"}, {"reason": "so"}):
        assert page.post("/trust/lift", form | wrong).status_code == 422
    assert page.get("/trust/policy").status_code == 200


def test_a_label_is_read_and_a_home_says_what_it_got(town: Town) -> None:
    recycler, collector, who, other = (town.person(role) for role in ("recycler", "collector", "citizen", "citizen"))
    with town.desk.work(SYSTEM) as work:
        take_back(work, "takeback-1", who, collector, recycler, "seelampur")
    plant, home, stranger = browser(town, recycler), browser(town, who), browser(town, other)
    assert "device-takeback-1" in plant.get("/trust/labels").text
    path = "/trust/labels/device-takeback-1"
    assert plant.get(path).status_code == 200
    assert plant.post(path, {"year": "long ago", "elsewhere": "no"}).status_code == 422
    assert plant.post(path, {"year": "2019", "elsewhere": "no"}).status_code == 303
    assert "device-takeback-1" not in plant.get("/trust/labels").text
    assert stranger.get("/received/takeback-1").status_code == 404
    assert home.get("/received/takeback-nothing").status_code == 404
    assert home.get("/received/takeback-1").status_code == 404, "it is not paid yet"
    with town.desk.work(SYSTEM) as work:
        paid = takeback.booking.update().where(takeback.booking.c.id == "takeback-1")
        work.connection.execute(paid.values(state=takeback.PAID))
    assert stranger.get("/received/takeback-1").status_code == 404
    assert "₹1" in home.get("/received/takeback-1").text
    assert home.post("/received/takeback-1", {"got": "some"}).status_code == 422
    assert home.post("/received/takeback-1", {"got": "1"}).status_code == 303
    assert home.post("/received/takeback-1", {"got": "1"}).status_code == 422


def test_a_long_list_is_a_light_page(town: Town) -> None:
    who, auditor = town.person(), town.person("auditor")
    with town.desk.work(SYSTEM) as work:
        for n in range(60):
            text = "%(used)s devices in %(days)s days from one party. A person looks above %(watch)s."
            alarm(work, "limit", f"takeback-{n}", text, against=[who.party], used=n, days=30, watch=15)
    answer = browser(town, auditor).get("/trust?state=all")
    assert int(answer.headers["content-length"]) < 20_000  # on the wire
    assert "Older" in answer.text
    for wrong in ("?state=what", "?before=yesterday", "?rule=none"):
        assert browser(town, auditor).get(f"/trust{wrong}").status_code == 200
