"""The pages of take-back, walked without scripts by a citizen, a collector and a plant; bad input; what others see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from chumbak.exchange.takeback import tables as t
from chumbak.exchange.takeback.bookings import bookings
from tests.exchange.house import Client, client, desk, sign_in
from tests.exchange.takeback.scene import SERIAL, Scene, scene

PATHS = ["/device", "/device/smartphone", "/quote", "/quote/table"]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Scene]:
    with desk(tmp_path) as made:
        yield scene(made)


def browser(town: Scene, person: str = "") -> Client:
    found = client(town.desk)
    if person:
        sign_in(found, person)
    return found


def latest(town: Scene) -> str:
    with town.desk.read() as work:
        return bookings(work)[0].id


def rupees(paise: int) -> str:
    return f"{paise / 100:.2f}"


def booked(town: Scene, citizen: Client, **form: str) -> str:
    """Walk from the front door to a booking."""
    quote = citizen.post("/quote", {"kind": "smartphone", "condition": "works", "serial": SERIAL} | form)
    assert quote.status_code == 303, quote.text
    page = citizen.get(quote.headers["location"])
    assert "Why this price" in page.text
    citizen.get(f"{quote.headers['location']}/book")
    done = citizen.post(
        f"{quote.headers['location']}/book", {"slot": town.slot, "address": "12 Lane, Seelampur", "how": "wallet"}
    )
    assert done.status_code == 303, done.text
    assert citizen.get(done.headers["location"]).status_code == 200
    return str(done.headers["location"]).rsplit("/", 1)[-1]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("language", ["en", "hi"])
def test_the_front_door_is_open_to_everybody(town: Scene, path: str, language: str) -> None:
    answer = browser(town).get(path, headers={"accept-language": language})
    assert answer.status_code == 200
    assert f'<html lang="{language}">' in answer.text
    assert len(answer.content) < 60_000


def test_a_take_back_from_the_drawer_to_the_wallet(town: Scene) -> None:
    citizen, collector = browser(town, town.citizen.id), browser(town, town.collector.id)
    recycler = browser(town, town.recycler.id)
    id = booked(town, citizen)
    price = town.read(id).paise

    assert id in collector.get("/collect").text
    collector.get(f"/collect/{id}")
    fetch = {"do": "price", "condition1": "works", "grams1": "160", "serial1": "", "price": rupees(price)}
    assert collector.post(f"/collect/{id}", fetch).status_code == 303
    assert "own phone" in collector.get(f"/collect/{id}").text

    page = citizen.get(f"/takeback/{id}")
    assert "The collector offers" in page.text
    agreed = citizen.post(f"/takeback/{id}", {"do": "agree", "paise": str(price)})
    code = re.search(r'class="code">(\d{6})<', agreed.text)
    assert code is not None
    assert code[1] not in citizen.get(f"/takeback/{id}").text

    wrong = collector.post(f"/collect/{id}", {"do": "code", "code": "12"})
    assert wrong.status_code == 422
    assert "Tries left: 4" in wrong.text
    assert collector.post(f"/collect/{id}", {"do": "code", "code": code[1]}).status_code == 303
    assert collector.post(f"/collect/{id}", {"do": "code", "code": code[1]}).status_code == 422

    assert id in recycler.get("/plant/takeback").text
    recycler.get(f"/plant/takeback/{id}")
    assert recycler.post(f"/plant/takeback/{id}", {"do": "receive"}).status_code == 422
    assert recycler.post(f"/plant/takeback/{id}", {"do": "receive", "there1": "1"}).status_code == 303
    nothing_said = recycler.post(f"/plant/takeback/{id}", {"do": "inspect", "condition1": "broken"})
    assert nothing_said.status_code == 422
    assert "say why" in nothing_said.text
    found = {"do": "inspect", "condition1": "broken", "note1": "The screen is cracked."}
    assert recycler.post(f"/plant/takeback/{id}", found).status_code == 303

    page = citizen.get(f"/takeback/{id}")
    assert "The screen is cracked." in page.text
    assert citizen.post(f"/takeback/{id}", {"do": "accept"}).status_code == 303
    assert town.read(id).state == t.PAID

    recycler.get(f"/plant/takeback/{id}")
    assert recycler.post(f"/plant/takeback/{id}", {"do": "certify", "method1": "shred"}).status_code == 303
    page = citizen.get(f"/takeback/{id}")
    certificate = re.search(r'href="(/destroyed/[^"]+)"', page.text)
    assert certificate is not None
    anybody = browser(town)
    assert "This certificate holds" in anybody.get(certificate[1]).text
    for serial, said in (
        (SERIAL, "Yes: it is device 1"),
        ("490154203237518", "not on the certificate"),
        ("!", "no serial"),
    ):
        assert said in anybody.post(certificate[1], {"serial": serial}).text
    assert anybody.get(f"{certificate[1]}/json").json()["type"] == "DataDestructionCertificate"

    device = town.read(id).devices[0].id
    recycler.get("/plant/apart")
    lots = {"device": device, "name1": "Copper", "grams1": "20", "content1": "Cu 70", "method1": "XRF"}
    assert recycler.post("/plant/apart", lots | {"content1": "Cu 170"}).status_code == 422
    assert recycler.post("/plant/apart", lots).status_code == 303
    assert "Copper" in recycler.get("/plant/apart").text
    page = citizen.get(f"/takeback/{id}/{device}")
    assert "Taken apart" in page.text
    assert "14 g" in page.text


def test_an_office_hands_over_many_at_once(town: Scene) -> None:
    citizen, collector = browser(town, town.office.id), browser(town, town.collector.id)
    recycler = browser(town, town.recycler.id)
    citizen.get("/quote/table")
    lines = "kind,condition,serial\n" + "".join(f"laptop,works,SN{n:06d}\n" for n in range(45))
    quote = citizen.post("/quote/table", files={"file": ("devices.csv", lines)})
    assert quote.status_code == 303, quote.text
    form = {"slot": town.drop, "address": "", "how": "voucher"}
    id = citizen.post(f"{quote.headers['location']}/book", form).headers["location"].rsplit("/", 1)[-1]
    price = town.read(id).paise
    collector.get(f"/collect/{id}")
    assert collector.post(f"/collect/{id}", {"do": "price", "table": "99 left", "price": "1"}).status_code == 422
    assert collector.post(f"/collect/{id}", {"do": "price", "table": "", "price": rupees(price)}).status_code == 303
    citizen.get(f"/takeback/{id}")
    agreed = citizen.post(f"/takeback/{id}", {"do": "agree", "paise": str(price)})
    code = re.search(r'class="code">(\d{6})<', agreed.text)
    assert code is not None
    done = collector.post(f"/collect/{id}", {"do": "code", "code": code[1]})
    assert done.status_code == 303, done.text
    recycler.get(f"/plant/takeback/{id}")
    assert recycler.post(f"/plant/takeback/{id}", {"do": "receive", "missing": "3, 4"}).status_code == 303
    assert recycler.post(f"/plant/takeback/{id}", {"do": "inspect", "table": ""}).status_code == 303
    assert recycler.post(f"/plant/takeback/{id}", {"do": "certify", "methodlaptop": "erase"}).status_code == 303
    page = citizen.get(f"/takeback/{id}")
    assert len(page.content) < 60_000
    certificate = re.search(r'href="(/destroyed/[^"]+)"', page.text)
    assert certificate is not None
    assert len(browser(town).get(f"{certificate[1]}/json").json()["devices"]) == 43


@pytest.mark.parametrize(
    ("path", "form", "said"),
    [
        ("/quote", {"kind": "spoon", "condition": "works"}, "not taken back here"),
        ("/quote", {"kind": "smartphone", "condition": "as new"}, "condition of the device"),
        ("/quote", {"kind": "smartphone", "condition": "works", "count": "many"}, "number from 1 to 20"),
        ("/quote", {"kind": "smartphone", "condition": "works", "serial": "!!"}, "no serial number"),
        ("/quote", {"kind": "smartphone", "condition": "works", "count": "9" * 5000}, "number from 1 to 20"),
        ("/quote/table", {"table": ""}, "table is empty"),
        ("/quote/table", {"table": "kind,condition\nspoon,works"}, "Line 2"),
    ],
)
def test_bad_input_gets_a_sentence_and_keeps_what_was_typed(
    town: Scene, path: str, form: dict[str, str], said: str
) -> None:
    citizen = browser(town)
    citizen.get(path)
    answer = citizen.post(path, form)
    assert answer.status_code == 422
    assert said in answer.text


def test_other_peoples_take_backs_are_not_there(town: Scene) -> None:
    id = booked(town, browser(town, town.citizen.id))
    assert browser(town, town.office.id).get(f"/takeback/{id}").status_code == 404
    assert browser(town, town.office.id).post(f"/takeback/{id}", {"do": "cancel"}).status_code == 404
    assert browser(town, town.office.id).get(f"/collect/{id}").status_code == 403
    assert browser(town, town.recycler.id).get(f"/plant/takeback/{id}").status_code == 404
    assert browser(town).get(f"/takeback/{id}").status_code == 303


def test_a_plant_opens_a_time(town: Scene) -> None:
    recycler = browser(town, town.recycler.id)
    recycler.get("/plant/times")
    form = {
        "way": "drop", "place": "seelampur", "where": "Shop 9", "collector": "9810000003",
        "begins": "2026-04-05T10:00", "ends": "2026-04-05T12:00", "capacity": "3",
    }  # fmt: skip
    assert recycler.post("/plant/times", form | {"collector": "9810000001"}).status_code == 422
    assert recycler.post("/plant/times", form | {"begins": "tomorrow"}).status_code == 422
    assert recycler.post("/plant/times", form).status_code == 303
    assert "Shop 9" in recycler.get("/plant/times").text
