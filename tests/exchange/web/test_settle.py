from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from chumbak.exchange.desk import SYSTEM, Desk
from chumbak.exchange.money import invoices, ledger, payout, withheld
from chumbak.exchange.people.persons import register
from chumbak.exchange.settle.contract import get, open_contract
from tests.exchange.house import Client, client, sign_in
from tests.exchange.house import desk as make_desk
from tests.exchange.settle.people import RATES, People, lot_in_custody, people, rich


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    own = tmp_path / "own"
    own.mkdir()
    (own / "tax_rates.yaml").write_text(RATES)
    with make_desk(tmp_path, own=own) as made:
        yield made


def browsers(desk: Desk, who: People) -> tuple[Client, Client, Client]:
    found = client(desk), client(desk), client(desk)
    for browser, person in zip(found, (who.trader, who.plant, who.auditor), strict=True):
        sign_in(browser, person.id)
    return found


def sold(desk: Desk, who: People, lot: str = "lot-1") -> str:
    lot_in_custody(desk, lot, 10**11, 1_000_000)
    with desk.work(SYSTEM) as work:
        return open_contract(
            work, lot=lot, seller=who.trader.party, buyer=who.plant.party, paise=30_000, basis="kg", grams=1_000_000,
            element="Nd", ppm=280_000,
        )  # fmt: skip


def state(desk: Desk, id: str) -> str:
    with desk.read() as work:
        return get(work, id).state


LOAD = {"gross": "1500", "tare": "५००", "scale": "Rana", "seal": "S-1", "uncertainty": "0.1"}
ASSAY = {"content": "28", "laboratory": "Shriram", "method": "ICP-OES"}


@pytest.mark.parametrize("language", ["en", "hi"])
def test_a_lot_goes_its_way_by_forms(desk: Desk, language: str) -> None:
    who = people(desk)
    rich(desk, who.plant.party, 20_000_000)
    trader, plant, _ = browsers(desk, who)
    for browser in (trader, plant):
        browser.http.cookies.set("language", language)
    id = sold(desk, who)
    assert "/wallet/in" in plant.get(f"/contract/{id}").text
    assert plant.post(f"/contract/{id}", {"do": "fund"}).status_code == 422
    assert plant.post("/wallet/in", {"paise": "₹ 1,00,000.00", "reference": "UTR 77"}).status_code == 303
    with desk.work(SYSTEM) as work:
        admin = register(work, "9000000001", "Admin", "seelampur", "administrator")
    boss = client(desk)
    sign_in(boss, admin.id)
    shown = boss.get("/payments").text
    one = re.search(r'name="id" value="(payin-\w+)"', shown)
    assert one
    assert boss.post("/payments", {"id": one[1], "do": "there"}).status_code == 303
    assert boss.post("/payments", {"id": one[1], "do": "there"}).status_code == 422
    assert plant.post(f"/contract/{id}", {"do": "fund"}).status_code == 303
    assert trader.get(f"/contract/{id}/weigh").status_code == 200
    assert trader.post(f"/contract/{id}/weigh", LOAD).status_code == 303
    assert "S-1" in trader.get(f"/contract/{id}").text
    for path in (f"/contract/{id}", f"/contract/{id}/weigh"):
        assert "S-1" not in plant.get(path).text  # the buyer types the seal that it finds
    assert plant.post(f"/contract/{id}/weigh", {**LOAD, "whole": "yes", "foreign": ""}).status_code == 303
    assert trader.post(f"/contract/{id}/assay", {**ASSAY, "content": "28.4"}).status_code == 303
    assert "28.4" not in plant.get(f"/contract/{id}").text  # not before its own is there
    assert "28.4" in trader.get(f"/contract/{id}").text
    assert plant.post(f"/contract/{id}/assay", ASSAY).status_code == 303
    page = plant.get(f"/contract/{id}").text
    assert "28.4" in page
    assert "28.2" in page
    for browser in (trader, plant):
        assert browser.post(f"/contract/{id}", {"do": "accept"}).status_code == 303
    assert state(desk, id) == "final"
    for browser in (trader, plant):
        for path in (
            "/contracts",
            f"/contract/{id}",
            "/book",
            "/book?month=2025-12",
            "/invoices",
            "/wallet",
            "/terms",
            "/taxes",
        ):
            answer = browser.get(path)
            assert answer.status_code == 200, path
            assert len(answer.content) < 30_000
    with desk.read() as work:
        [bill] = invoices.about(work, id)
    text = trader.get(f"/invoice/{bill.id}").text
    assert "2026-27/000001" in text
    assert "IGST" in text
    table = trader.get("/book/month.csv?month=2026-04")
    assert table.headers["content-type"].startswith("text/csv")
    assert id in table.text
    assert id in trader.get("/book/lots.csv").text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"gross": "much"}, "gross"), ({"gross": "400"}, "gross"), ({"gross": "1e9"}, "gross"),
        ({"tare": "-1"}, "tare"),
        ({"gross": "1500.00001"}, "gross"), ({"seal": ""}, "seal"), ({"scale": ""}, "scale"),
        ({"uncertainty": "9999"}, "uncertainty"), ({"gross": "nan"}, "gross"), ({"tare": ""}, "tare"),
    ],
)  # fmt: skip
def test_bad_weights_get_a_sentence_beside_the_field(desk: Desk, change: dict[str, str], field: str) -> None:
    who = people(desk)
    rich(desk, who.plant.party, 30_000_000)
    trader, _, _ = browsers(desk, who)
    id = sold(desk, who)
    answer = trader.post(f"/contract/{id}/weigh", LOAD | change)
    assert answer.status_code == 422
    assert f'id="fault-{field}"' in answer.text
    assert state(desk, id) == "funded"


def test_nobody_else_sees_or_does_anything(desk: Desk) -> None:
    who, others = people(desk), people(desk)
    rich(desk, who.plant.party, 30_000_000)
    id = sold(desk, who)
    strangers = browsers(desk, others)[:2]
    for browser in strangers:
        for path in (f"/contract/{id}", f"/contract/{id}/weigh", f"/contract/{id}/assay", f"/contract/{id}/object"):
            assert browser.get(path).status_code == 404, path
            assert browser.post(path, {"do": "give-up", **LOAD, **ASSAY}).status_code in (404, 405), path
        for path in ("/disputes", "/payments", "/dispute/dispute-x"):
            assert browser.get(path).status_code == 403, path
    nobody = client(desk)
    for path in ("/contracts", f"/contract/{id}", "/wallet", "/book", "/payments", "/rounds"):
        assert nobody.get(path).status_code == 303, path
    trader, plant, auditor = browsers(desk, who)
    assert trader.get(f"/contract/{id}").status_code == auditor.get(f"/contract/{id}").status_code == 200
    assert plant.post(f"/contract/{id}/weigh", LOAD).status_code == 422  # the seller weighs first
    assert auditor.post(f"/contract/{id}", {"do": "give-up"}).status_code == 422
    assert trader.http.post(f"/contract/{id}", data={"do": "give-up"}).status_code in (403, 422)  # without the token
    assert state(desk, id) == "funded"


def test_a_dispute_is_decided_by_a_stranger(desk: Desk) -> None:
    who = people(desk)
    rich(desk, who.plant.party, 30_000_000)
    trader, plant, auditor = browsers(desk, who)
    id = sold(desk, who)
    trader.post(f"/contract/{id}/weigh", LOAD)
    plant.post(f"/contract/{id}/weigh", LOAD)
    trader.post(f"/contract/{id}/assay", {**ASSAY, "content": "30"})
    plant.post(f"/contract/{id}/assay", ASSAY)
    assert state(desk, id) == "referee"
    assert id in auditor.get("/disputes").text
    assert auditor.post(f"/contract/{id}/assay", {**ASSAY, "content": "29.5"}).status_code == 303
    assert state(desk, id) == "proposed"
    for wrong in ({"about": "goods", "reason": "", "wanted": "1"}, {"about": "goods", "reason": "x", "wanted": "?"}):
        assert plant.post(f"/contract/{id}/object", wrong).status_code == 422
    said = {"about": "goods", "reason": "<b>Half is ferrite.</b>", "wanted": "150000"}
    assert plant.post(f"/contract/{id}/object", said).status_code == 303
    page = trader.get(f"/contract/{id}").text
    assert "&lt;b&gt;Half is ferrite" in page
    assert trader.post(f"/contract/{id}", {"do": "disagree", "text": ""}).status_code == 422
    assert trader.post(f"/contract/{id}", {"do": "disagree", "text": "It was all neodymium."}).status_code == 303
    found = re.search(r'href="/(dispute/[\w-]+)"', auditor.get("/disputes").text)
    assert found
    path = "/" + found[1]
    assert "It was all neodymium." in auditor.get(path).text
    assert trader.get(path).status_code == 403
    assert auditor.post(path, {"price": "200000", "reason": ""}).status_code == 422
    assert auditor.post(path, {"price": "200000", "reason": "The film shows two thirds."}).status_code == 303
    assert state(desk, id) == "final"
    assert "The film shows two thirds." in trader.get(f"/contract/{id}").text
    assert auditor.post(f"/contract/{id}", {"do": "correct", "paise": "10", "reason": "Rounding."}).status_code == 303
    with desk.read() as work:
        assert [one.kind for one in invoices.about(work, id)] == ["self-invoice", "credit-note"]
        assert ledger.faults(work) == []


def test_money_is_paid_out_once_and_a_voucher_shown_once(desk: Desk) -> None:
    who = people(desk)
    rich(desk, who.trader.party, 1_000_00)
    trader, plant, _ = browsers(desk, who)
    once = re.search(r'name="once" value="(\w+)"', trader.get("/wallet").text)
    assert once
    form = {"paise": "100", "how": "upi", "reference": "asha@okbank", "once": once[1]}
    assert [trader.post("/wallet", form).status_code for _ in range(2)] == [303, 303]
    answer = trader.post("/wallet", form | {"paise": "200"})  # gone back to the page and typed anew
    assert answer.status_code == 422
    assert "This form was sent before" in answer.text
    for wrong in ({"paise": "x"}, {"paise": "100000"}, {"how": ""}, {"reference": "asha"}):
        answer = trader.post("/wallet", form | {"once": "other"} | wrong)
        assert answer.status_code == 422, wrong
        assert f'id="fault-{next(iter(wrong))}"' in answer.text
    answer = trader.post("/wallet", {"paise": "50", "how": "voucher", "once": "third"})
    code = re.search(r'class="code">([\w-]+)<', answer.text)
    assert code
    assert code[1] not in trader.get("/wallet").text
    assert plant.post("/voucher", {"code": "AAAA"}).status_code == 422
    assert plant.post("/voucher", {"code": code[1]}).status_code == 200
    assert plant.post("/voucher", {"code": code[1]}).status_code == 422
    # Cut off before the page with the code came: the money need not wait until the voucher runs out.
    assert trader.post("/wallet", {"paise": "30", "how": "voucher", "once": "fourth"}).status_code == 200
    back = re.search(r'action="/wallet/back">.*?name="payment" value="([\w-]+)"', trader.get("/wallet").text)
    assert back
    assert plant.post("/wallet/back", {"payment": back[1]}).status_code == 422
    assert [trader.post("/wallet/back", {"payment": back[1]}).status_code for _ in range(2)] == [303, 422]
    assert "You took the voucher back." in trader.get("/wallet").text
    with desk.read() as work:
        held = [ledger.balance(work, ledger.wallet(one.party)) for one in (who.trader, who.plant)]
        assert held == [850_00, 50_00]
        assert len(payout.of_party(work, who.trader.party)) == 3
        assert ledger.faults(work) == []


def test_a_round_is_asked_for_and_driven(desk: Desk) -> None:
    who = people(desk)
    rich(desk, who.plant.party, 30_000_000)
    trader, plant, _ = browsers(desk, who)
    id = sold(desk, who)
    asked = {"day": "2026-04-02", "first": "09:00", "until": "17:00"}
    assert trader.post(f"/contract/{id}/fetch", asked | {"day": "tomorrow"}).status_code == 422
    assert trader.post(f"/contract/{id}/fetch", asked).status_code == 303
    assert "Moradabad" in plant.get("/rounds").text
    form = {"day": "2026-04-02", "first": "05:00", "until": "23:59", "vehicles": "1", "load": "2000"}
    form["collector"] = who.plant.id
    for wrong in ({"vehicles": "0"}, {"load": "-5"}, {"collector": who.trader.id}, {"first": "x"}, {"load": "10"}):
        assert plant.post("/rounds/new", form | wrong).status_code == 422, wrong
    assert plant.post("/rounds/new", form).status_code == 303
    found = re.search(r'href="(/round/[\w-]+)"', plant.get("/rounds").text)
    assert found
    assert who.trader.phone in plant.get(found[1]).text
    other = people(desk)
    stranger = client(desk)
    sign_in(stranger, other.plant.id)
    assert stranger.get(found[1]).status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"content": ""}, "content"), ({"content": "120"}, "content"), ({"content": "27.12345"}, "content"),
        ({"uncertainty": "-1"}, "uncertainty"), ({"laboratory": ""}, "laboratory"), ({"method": "x" * 99}, "method"),
    ],
)  # fmt: skip
def test_bad_assays_get_a_sentence_beside_the_field(desk: Desk, change: dict[str, str], field: str) -> None:
    who = people(desk)
    rich(desk, who.plant.party, 30_000_000)
    trader, plant, _ = browsers(desk, who)
    id = sold(desk, who)
    trader.post(f"/contract/{id}/weigh", LOAD)
    plant.post(f"/contract/{id}/weigh", LOAD)
    answer = trader.post(f"/contract/{id}/assay", ASSAY | change)
    assert answer.status_code == 422
    assert f'id="fault-{field}"' in answer.text


def test_tax_kept_back_is_passed_on_by_an_administrator(desk: Desk) -> None:
    who = people(desk)
    rich(desk, who.plant.party, 1000)
    with desk.work(SYSTEM) as work:
        admin = register(work, "9000000002", "Admin", "seelampur", "administrator")
        account = withheld.account(who.plant.party)
        ledger.post(work, "test", "x", [(ledger.wallet(who.plant.party), -1000), (account, 1000)])
    boss = client(desk)
    sign_in(boss, admin.id)
    form = {"id": who.plant.party, "do": "passed on", "paise": "10", "text": "CPIN 5"}
    assert who.plant.party in boss.get("/payments").text
    assert boss.post("/payments", form | {"paise": "11"}).status_code == 422
    assert boss.post("/payments", form).status_code == 303
    with desk.read() as work:
        assert withheld.kept(work) == []
