"""Pages of numbers and of producer responsibility: who sees what, what is hidden, a certificate's whole way, files."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from chumbak.exchange.desk import Desk
from chumbak.exchange.money.ledger import balance, wallet
from chumbak.exchange.people.persons import AUDITOR, Person, register
from chumbak.exchange.takeback import tables as t
from tests.exchange.house import Client, client, desk, sign_in
from tests.exchange.numbers.town import citizens, collector, paid_device, settled_lot
from tests.exchange.responsibility.mill import join, melt, pay_in

G = 1_000_000


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as made:
        yield made


@pytest.fixture
def people(town: Desk) -> dict[str, Person]:
    with town.work("system") as work:
        found = {who: join(work, who) for who in ("recycler", "producer", "other")}
        found["auditor"] = register(work, "+919800000009", "Auditor", "seelampur", AUDITOR)
    return found


def as_(town: Desk, who: Person) -> Client:
    browser = client(town)
    sign_in(browser, who.id)
    return browser


def table_of(answer: object) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.text)))  # type: ignore[attr-defined]


def feed(town: Desk, recycler: str, homes: int = 6) -> None:
    with town.work("system") as work:
        by = collector(work)
        for n, one in enumerate(citizens(work, homes)):
            paid_device(work, one, recycler, by, place="seelampur" if n else "moradabad")
        (trader,) = citizens(work, 1, "moradabad", "trader", first=100)
        settled_lot(work, trader, recycler)


def test_a_recycler_sees_its_feed_and_nobody_else_s(town: Desk, people: dict[str, Person]) -> None:
    feed(town, people["recycler"].party)
    answer = as_(town, people["recycler"]).get("/plant/feed")
    assert answer.status_code == 200
    assert "101.08 kg" in answer.text
    assert "Collector" in answer.text
    rows = table_of(as_(town, people["recycler"]).get("/plant/feed/class.csv"))
    assert {row["key"]: (row["kilograms"], row["paid"]) for row in rows} == {
        "Magnet swarf": ("100.000", "20000.00"), "Smartphone": ("1.080", "360.00")
    }  # fmt: skip
    assert next(row for row in rows if row["key"] == "Magnet swarf")["paid_over_fair"] == "0.8000"
    assert as_(town, people["producer"]).get("/plant/feed").status_code == 403
    assert client(town).get("/plant/feed").status_code == 303
    assert as_(town, people["recycler"]).get("/plant/feed/none.csv").status_code == 404
    with town.work("system") as work:
        second = register(work, "+919800000004", "Another", "moradabad", "recycler")
    assert "101.08" not in as_(town, second).get("/plant/feed").text


def test_a_recycler_s_return_says_what_was_received_in_the_period(town: Desk, people: dict[str, Person]) -> None:
    feed(town, people["recycler"].party)
    browser = as_(town, people["recycler"])
    assert table_of(browser.get("/duty/return/recycler/2026-27/q1/received.csv")) == [
        {"item": "swarf", "pieces": "0", "kg": "100", "givers": "1"},
        {"item": "smartphone", "pieces": "6", "kg": "1.08", "givers": "6"},
    ]
    assert table_of(browser.get("/duty/return/recycler/2025-26/year/received.csv")) == []


def test_recovery_stands_against_the_promise(town: Desk, people: dict[str, Person]) -> None:
    recycler = people["recycler"].party
    with town.work("system") as work:
        (who,), by = citizens(work, 1), collector(work)
        device = paid_device(work, who, recycler, by, state=t.APART)
        from chumbak.exchange import hand_over

        work.record(
            hand_over.transformed(
                work, [town.uri("device", device)], {town.uri("lot", "x"): {"Nd": 72_000}},
                place=town.uri("plant", recycler),
            )
        )  # fmt: skip
    rows = {row["element"]: row for row in table_of(as_(town, people["recycler"]).get("/plant/feed/recovery.csv"))}
    assert (rows["Nd"]["promised_g"], rows["Nd"]["won_over_promised"]) == ("0.144000", "0.5000")


def test_everybody_sees_sums_and_no_cell_of_few(town: Desk, people: dict[str, Person]) -> None:
    assert "Too few have taken part" in client(town).get("/public").text
    feed(town, people["recycler"].party)
    assert "Too few have taken part" in client(town).get("/public").text  # worked out once a minute
    town.clock.later(minutes=1)  # type: ignore[attr-defined]
    answer = client(town).get("/public")
    assert answer.status_code == 200
    assert "101.08 kg" in answer.text  # seven givers together
    rows = table_of(client(town).get("/public/class.csv"))
    assert rows == []  # one trader's swarf is hidden, and with it what would give it away
    assert "Rows left out, so that nobody can be known by them: 2." in answer.text
    assert "Citizen" not in answer.text
    with town.work("system") as work:
        for one in citizens(work, 5, "moradabad", "trader", first=200):
            settled_lot(work, one, people["recycler"].party)
    town.clock.later(minutes=1)  # type: ignore[attr-defined]
    rows = table_of(client(town).get("/public/class.csv"))
    assert {row["key"]: row["parties"] for row in rows} == {"Magnet swarf": "6", "Smartphone": "6"}
    said = re.search(r"for which ₹([0-9,.]+) was paid", client(town).get("/public").text)
    assert said, "the sum of the tables is told apart from the sum further up"
    assert float(said[1].replace(",", "")) == sum(float(row["paid"]) for row in rows)
    assert client(town).get("/public/collector.csv").status_code == 404


def test_a_certificate_goes_its_whole_way_by_pages(town: Desk, people: dict[str, Person]) -> None:
    recycler, producer = people["recycler"], people["producer"]
    with town.work("system") as work:
        lot = melt(town, work, recycler.party, "copper", {"Cu": 3000 * G})
        pay_in(work, producer.party, 100_000)
    plant, buyer = as_(town, recycler), as_(town, producer)
    sold = {
        "year": "2021-22",
        "item": "smartphone",
        "category": "ITEW",
        "units": "10,00,000",
        "weight": "180000",
        "life": "5",
    }
    assert buyer.post("/duty/sold", sold).status_code == 303
    assert "11,200 kg" in buyer.get("/duty").text  # 0.7 x 16 g x 1,000,000
    assert "copper" in plant.get("/duty/metal").text
    for form, said in (
        ({"lot": lot, "invoice": "", "buyer": "X"}, "number of your invoice"),
        ({"lot": "urn:x:none", "invoice": "1", "buyer": "X"}, "no lot of this name"),
        ({"lot": lot, "invoice": "1", "buyer": ""}, "to whom"),
    ):
        answer = plant.post("/duty/metal", form)
        assert answer.status_code == 422
        assert said in answer.text
    form = {"lot": lot, "invoice": "INV/7", "buyer": "A smelter"}
    assert plant.post("/duty/metal", form).status_code == 303
    assert "certified before" in plant.post("/duty/metal", form).text
    ids = re.findall(r"/duty/certificate/([\w-]+)", plant.get("/duty").text)
    at = f"/duty/certificate/{ids[0]}"
    assert buyer.get(at).status_code == 404  # not its, not there
    answer = plant.post(f"{at}/offer", {"to": producer.party, "price": "none"})
    assert answer.status_code == 422
    assert "as a number" in answer.text
    assert plant.post(f"{at}/offer", {"to": producer.party, "price": "500.50"}).status_code == 303
    assert as_(town, people["other"]).post(f"{at}/take").status_code == 404
    assert plant.post(f"{at}/take").status_code == 403
    assert buyer.post(f"{at}/take").status_code == 303
    assert buyer.post(f"{at}/take").status_code == 422
    assert buyer.post(f"{at}/retire", {"year": "2026-27"}).status_code == 303
    assert buyer.post(f"{at}/retire", {"year": "2026-27"}).status_code == 422
    with town.read() as work:
        assert balance(work, wallet(recycler.party)) == 50_050
    owed = table_of(buyer.get("/duty/return/producer/2026-27/year/owed.csv"))
    assert next(row for row in owed if row["metal"] == "Cu") == {
        "metal": "Cu", "fiscal_year": "2026-27", "owed_kg": "11200", "retired_kg": "2", "open_kg": "11198",
        "told_for_all_items": "yes",
    }  # fmt: skip
    bought = table_of(buyer.get("/duty/return/producer/2026-27/q1/bought.csv"))
    assert [(row["kg"], row["price"], row["price_checked"]) for row in bought] == [("2", "500.50", "no")]
    assert table_of(buyer.get("/duty/return/producer/2026-27/q2/bought.csv")) == []
    whole = json.loads(plant.get("/duty/return/recycler/2026-27/year/all.json").text)
    assert [row["kg"] for row in whole["tables"]["metal_sold"]] == ["3"]
    assert [row["kg"] for row in whole["tables"]["made"]] == ["2", "1"]
    assert len(whole["tables"]["transferred"]) == 1
    for path in ("producer/2026-27/q5/owed.csv", "recycler/2026-27/year/made.csv", "producer/x/year/owed.csv"):
        assert buyer.get(f"/duty/return/{path}").status_code == 404
    assert "Custody still shows all" in as_(town, people["auditor"]).get("/duty").text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"year": "1"}, "Write a year from"),
        ({"year": "2026-28"}, "Choose the year"),
        ({"item": ""}, "Say what was sold"),
        ({"category": "none"}, "Choose the category"),
        ({"units": "many"}, "whole number"),
        ({"weight": "-1"}, "in kilograms"),
        ({"life": "0"}, "whole years"),
        ({"life": "99"}, "whole years"),
    ],
)
def test_bad_sales_get_a_sentence_beside_their_field(
    town: Desk, people: dict[str, Person], change: dict[str, str], said: str
) -> None:
    good = {"year": "2021-22", "item": "smartphone", "category": "ITEW", "units": "1", "weight": "1", "life": "5"}
    answer = as_(town, people["producer"]).post("/duty/sold", good | change)
    assert answer.status_code == 422
    assert said in answer.text


def test_every_page_is_small_and_is_there_in_hindi(town: Desk, people: dict[str, Person]) -> None:
    feed(town, people["recycler"].party)
    pages = {"recycler": ("/plant/feed", "/duty", "/duty/metal", "/duty/return"), "producer": ("/duty", "/duty/sold"),
             "auditor": ("/duty",), "": ("/plant", "/public", "/duty/rules")}  # fmt: skip
    for who, paths in pages.items():
        browser = as_(town, people[who]) if who else client(town)
        for path in paths:
            answer = browser.get(path)
            assert answer.status_code == 200, path
            assert len(gzip.compress(answer.content)) < 20_000
            assert "style=" not in answer.text
            browser.http.cookies.set("language", "hi")
            hindi = browser.get(path)
            browser.http.cookies.delete("language")
            assert hindi.status_code == 200
            assert re.search("[\u0900-\u097f]", hindi.text.split("<main", 1)[1])
