"""The pages of take-back, walked without scripts by a citizen, a collector and a plant; bad input; what others see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from chumbak.exchange.desk import SYSTEM
from chumbak.exchange.people.persons import register
from chumbak.exchange.takeback import tables as t
from chumbak.exchange.takeback.bookings import bookings
from chumbak.exchange.web.upkeep import once
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

    wrong = collector.post(f"/collect/{id}", {"do": "code", "code": str(int(code[1]) ^ 1).zfill(6)})
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


def test_a_device_without_a_number_waits_and_its_owner_reads_why(town: Scene) -> None:
    citizen, collector = browser(town, town.citizen.id), browser(town, town.collector.id)
    recycler = browser(town, town.recycler.id)
    quote = citizen.post("/quote", {"kind": "smartphone", "condition": "works", "count": "2"}).headers["location"]
    page = citizen.get(quote).text
    assert "the number is still needed: 2" in page
    assert "No reward is paid before the number is on record" in page
    assert 'name="serial2"' in citizen.get(f"{quote}/book").text
    form = {"slot": town.slot, "address": "12 Lane, Seelampur", "how": "wallet"}
    wrong = citizen.post(f"{quote}/book", form | {"serial2": SERIAL[:-1] + "1"})
    assert wrong.status_code == 422
    assert "last digit does not fit" in wrong.text
    made = citizen.post(
        f"{quote}/book", form | {"serial2": f"{SERIAL}, 490154203237518", "serial9": "x", "serial-": "1"}
    )
    id = made.headers["location"].rsplit("/", 1)[-1]
    assert "reads the number of each device" in citizen.get(f"/takeback/{id}").text

    page = collector.get(f"/collect/{id}").text
    assert ('name="unread1"' in page, 'name="unread2"' in page) == (True, False)
    price = town.read(id).paise
    seen = {f"{name}{n}": value for n in "12" for name, value in (("condition", "works"), ("grams", "160"))}
    fetch = {"do": "price", "price": rupees(price)} | seen
    none = collector.post(f"/collect/{id}", fetch)
    assert none.status_code == 422
    assert "say why it cannot be read" in none.text
    assert collector.post(f"/collect/{id}", fetch | {"unread1": "dead"}).status_code == 303
    page = citizen.get(f"/takeback/{id}").text
    assert "Number not read: It does not switch on" in page
    assert "waits until a person has decided" in page
    agreed = citizen.post(f"/takeback/{id}", {"do": "agree", "paise": str(price)})
    code = re.search(r'class="code">(\d{6})<', agreed.text)
    assert code is not None
    collector.post(f"/collect/{id}", {"do": "code", "code": code[1]})

    recycler.get(f"/plant/takeback/{id}")
    recycler.post(f"/plant/takeback/{id}", {"do": "receive", "there1": "1", "there2": "1"})
    page = recycler.get(f"/plant/takeback/{id}").text
    assert "The collector said: It does not switch on" in page
    look = {"do": "inspect", "condition1": "works", "condition2": "works"}
    assert recycler.post(f"/plant/takeback/{id}", look).status_code == 422
    assert recycler.post(f"/plant/takeback/{id}", look | {"unread1": "gone"}).status_code == 303
    assert [one.state for one in town.read(id).devices] == [t.WAITING, t.KEPT]
    page = citizen.get(f"/takeback/{id}").text
    assert f'class="big">₹{price // 200}<' in page
    assert "Its reward waits until a person has decided" in page
    assert 'href="/against-me"' in page
    assert "nobody could read its number" in citizen.get("/against-me").text

    with town.desk.work(SYSTEM) as work:
        judge = register(work, "9810000005", "Auditor", "moradabad", "auditor")
    auditor = browser(town, judge.id)
    alarm = re.search(r"/trust/alarm/[^\"]+", auditor.get("/trust").text)
    assert alarm is not None
    auditor.get(alarm[0])
    said = {"what": "dismiss", "reason": "The bill of the shop shows the number."}
    assert auditor.post(alarm[0], said).status_code == 303
    once(town.desk)
    assert [one.state for one in town.read(id).devices] == [t.KEPT, t.KEPT]
    page = citizen.get(f"/takeback/{id}").text
    assert "The reward of a device that waited is paid" in page
    assert f'class="big">₹{price // 100}<' in page


def test_a_school_pastes_the_numbers_of_its_phones(town: Scene) -> None:
    school = browser(town, town.office.id)
    assert 'name="serials"' in school.get("/quote/table").text
    form = {"by": "numbers", "kind": "smartphone", "condition": "broken"}
    for serials, said in (
        ("", "one device a line"),
        (f"{SERIAL}\n490154203237518\n{SERIAL[:14]}07", "of device 1 and device 3"),
        (f"imei\n{SERIAL}\n490154203237519", "Device 2: &#39;490154203237519&#39; is no number"),
    ):
        answer = school.post("/quote/table", form | {"serials": serials})
        assert answer.status_code == 422
        assert said in answer.text
        assert serials in answer.text
    done = school.post("/quote/table", form | {"serials": f"{SERIAL}\r\n49-015420-323751-8\r\n"})
    assert done.status_code == 303
    page = school.get(done.headers["location"]).text
    assert "Devices: 2." in page
    assert "You have given the numbers." in page
    assert 'name="serial1"' not in school.get(f"{done.headers['location']}/book").text


def test_many_devices_are_read_by_a_table(town: Scene) -> None:
    school, collector = browser(town, town.office.id), browser(town, town.collector.id)
    recycler = browser(town, town.recycler.id)
    quote = school.post("/quote/table", {"table": "kind,condition,count\nlaptop,works,25"}).headers["location"]
    assert "reads them" in school.get(f"{quote}/book").text
    form = {"slot": town.drop, "address": "", "how": "wallet"}
    id = school.post(f"{quote}/book", form).headers["location"].rsplit("/", 1)[-1]
    price = town.read(id).paise
    assert "Needed of devices 1, 2, 3" in collector.get(f"/collect/{id}").text
    lines = [f"{n},works,2000,SN-44{n:02d}" for n in range(2, 26)]
    fetch = {"do": "price", "price": rupees(price)}
    short = collector.post(f"/collect/{id}", fetch | {"table": "\n".join(lines)})
    assert short.status_code == 422
    assert "Device 1: type its number" in short.text
    table = "\n".join(["1,works,2000,,worn", *lines])
    assert collector.post(f"/collect/{id}", fetch | {"table": table}).status_code == 303
    school.get(f"/takeback/{id}")
    agreed = school.post(f"/takeback/{id}", {"do": "agree", "paise": str(price)})
    code = re.search(r'class="code">(\d{6})<', agreed.text)
    assert code is not None
    collector.post(f"/collect/{id}", {"do": "code", "code": code[1]})
    recycler.post(f"/plant/takeback/{id}", {"do": "receive", "missing": ""})
    assert "Needed of devices 1:" in recycler.get(f"/plant/takeback/{id}").text
    assert recycler.post(f"/plant/takeback/{id}", {"do": "inspect", "table": ""}).status_code == 422
    wrong = recycler.post(f"/plant/takeback/{id}", {"do": "inspect", "table": "1,works,,SN-4402"})
    assert "of device 1 and device 2" in wrong.text
    found = {"do": "inspect", "table": "1,works,,SN-4401"}
    assert recycler.post(f"/plant/takeback/{id}", found).status_code == 303
    assert town.read(id).state == t.PAID
