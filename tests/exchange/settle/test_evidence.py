"""What sides put forward in a dispute: bounded, drawn anew, seen by those it concerns, gone with who gave it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select

from chumbak.exchange.desk import SYSTEM, Desk
from chumbak.exchange.market.photos import SIDE
from chumbak.exchange.money import claims, ledger
from chumbak.exchange.people import personal
from chumbak.exchange.people.persons import register
from chumbak.exchange.refusal import Refusal
from chumbak.exchange.settle import dispute, ends, evidence, finish
from chumbak.exchange.settle.contract import get, history, open_contract
from chumbak.exchange.settle.counts import Count
from chumbak.exchange.settle.tables import dispute_file
from tests.exchange.house import Client, client, sign_in
from tests.exchange.house import desk as make_desk
from tests.exchange.market.town import picture
from tests.exchange.people.helper import messages
from tests.exchange.settle.people import RATES, People, lot_in_custody, people, rich

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    own = tmp_path / "own"
    own.mkdir()
    (own / "tax_rates.yaml").write_text(RATES)
    with make_desk(tmp_path, own=own) as made:
        yield made


def proposed(desk: Desk, who: People, lot: str = "lot-1") -> str:
    """Return a contract of a counted lot whose settlement is worked out."""
    rich(desk, who.plant.party, 10_000_000)
    lot_in_custody(desk, lot, 10**9, 1_000)
    with desk.work(SYSTEM) as work:
        id = open_contract(
            work, lot=lot, seller=who.trader.party, buyer=who.plant.party, paise=100_000, basis="lot", grams=0,
            goods="devices",
        )  # fmt: skip
        ends.send(work, id, who.trader.party, Count(8, "S-1"))
        ends.arrive(work, id, who.plant.party, Count(8, "S-1"))
    return id


def disputed(desk: Desk, who: People) -> tuple[str, str]:
    """Return a contract in dispute, the buyer having objected, and the dispute."""
    id = proposed(desk, who)
    with desk.work(who.plant.id) as work:
        return id, dispute.object_to(work, id, who.plant.party, "goods", "Half is ferrite.", 50_000)


def shown(desk: Desk, contract: str) -> list[evidence.Shown]:
    with desk.read() as work:
        return [one for files in evidence.of_contract(work, contract).values() for one in files]


def test_a_picture_is_drawn_anew_and_a_pdf_kept() -> None:
    with_place = Image.Exif()
    with_place[0x010F] = "Camera of Asha"
    drawn = evidence.read(picture(2000, 1500, exif=with_place))
    assert drawn.media == "image/jpeg"
    assert b"Asha" not in drawn.body
    assert max(Image.open(io.BytesIO(drawn.body)).size) == SIDE
    assert evidence.read(PDF) == evidence.File("application/pdf", PDF)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no picture"), (b"MZ\x90\x00 a programme", "no picture"), (picture(50, 50), "too small"),
        (b"\xff\xd8\xff" + b"0" * 6_000_000, "too large: 6 MB"), (PDF + b"0" * 2_000_000, "PDF is too large: 2 MB"),
        (b"<html>" + PDF, "no picture"),
    ],
)  # fmt: skip
def test_what_is_neither_or_too_large_is_refused_beside_its_field(data: bytes, said: str) -> None:
    with pytest.raises(Refusal, match=said) as refusal:
        evidence.read(data)
    assert refusal.value.field == "evidence"


def test_each_side_adds_a_few_while_it_is_open(desk: Desk) -> None:
    who = people(desk)
    id, one = disputed(desk, who)
    files = [evidence.File("application/pdf", PDF + bytes([n])) for n in range(5)]
    with desk.work(who.plant.id) as work:
        evidence.add(work, one, who.plant.party, files[:3])
        evidence.add(work, one, who.plant.party, [files[0], files[3], files[3]])  # those known count once
        with pytest.raises(Refusal, match="at most 4"):
            evidence.add(work, one, who.plant.party, files[4:])
    with desk.work(who.trader.id) as work:
        evidence.add(work, one, who.trader.party, files[4:])
    with desk.work(who.auditor.id) as work, pytest.raises(Refusal, match="no such contract"):
        evidence.add(work, one, who.auditor.party, files[:1])
    assert [one.party for one in shown(desk, id)].count(who.plant.party) == 4
    with desk.read() as work:
        assert [row.text for row in history(work, id)][-1] == "The seller added pictures or papers."
    assert messages(desk)[-1].startswith("The other side added pictures or papers")
    with desk.work(who.trader.id) as work:
        dispute.answer(work, one, who.trader.party, True, "")
        with pytest.raises(Refusal, match="has ended"):
            evidence.add(work, one, who.trader.party, files[:1])


def send(browser: Client, path: str, form: dict[str, str], *bodies: bytes) -> int:
    if not browser.token:
        browser.get("/me")
    files = [("evidence", (f"{n}.jpg", body, "image/jpeg")) for n, body in enumerate(bodies)]
    sent = browser.http.post(path, data={"csrf": browser.token, **form}, files=files)
    return int(sent.status_code)


def test_sides_and_who_checks_see_it_and_nobody_else(desk: Desk) -> None:
    who, others = people(desk), people(desk)
    id = proposed(desk, who)
    browsers = {}
    for name, person in {"trader": who.trader, "plant": who.plant, "auditor": who.auditor, "other": others.plant,
                         "stranger": others.trader}.items():  # fmt: skip
        browsers[name] = client(desk)
        sign_in(browsers[name], person.id)
    said = {"about": "goods", "reason": "Half is ferrite.", "wanted": "500"}
    assert send(browsers["plant"], f"/contract/{id}/object", said, b"nothing") == 422
    assert send(browsers["plant"], f"/contract/{id}/object", said, picture(), PDF) == 303
    with desk.read() as work:
        found = dispute.standing(work, id)
        assert found
    assert f"/dispute/{found.id}/add" in browsers["trader"].get(f"/contract/{id}").text
    assert send(browsers["trader"], f"/dispute/{found.id}/add", {}) == 422
    assert send(browsers["trader"], f"/dispute/{found.id}/add", {}, picture(300, 300)) == 303
    assert browsers["auditor"].get(f"/dispute/{found.id}/add").status_code == 403
    for name in ("other", "stranger"):
        assert browsers[name].get(f"/dispute/{found.id}/add").status_code == 404
        assert send(browsers[name], f"/dispute/{found.id}/add", {}, picture(310, 310)) == 404
    files = shown(desk, id)
    assert sorted(one.media for one in files) == ["application/pdf", "image/jpeg", "image/jpeg"]
    for one in files:
        for name in ("trader", "plant", "auditor"):
            assert f"/dispute/file/{one.id}" in browsers[name].get(f"/contract/{id}").text
            answer = browsers[name].get(f"/dispute/file/{one.id}")
            assert answer.status_code == 200
            assert answer.headers["content-type"] == one.media
            assert ("attachment" in answer.headers.get("content-disposition", "")) == (one.media == evidence.PAPER)
        for name in ("other", "stranger"):
            assert browsers[name].get(f"/dispute/file/{one.id}").status_code == 404
        assert client(desk).get(f"/dispute/file/{one.id}").status_code != 200
    assert browsers["plant"].get("/dispute/file/file-none").status_code == 404


def test_it_goes_with_who_gave_it_and_its_hash_stays(desk: Desk) -> None:
    who = people(desk)
    id, one = disputed(desk, who)
    with desk.work(who.trader.id) as work:
        evidence.add(work, one, who.trader.party, [evidence.File(evidence.PAPER, PDF)])
        evidence.add(work, one, who.trader.party, [evidence.read(picture())])
        dispute.answer(work, one, who.trader.party, True, "")
    with desk.work(SYSTEM) as work:
        assert get(work, id).state == "final"
        assert finish.held_by(work, get(work, id)) == []
        assert claims.against(work, who.trader.party) == []
        mine = ledger.wallet(who.trader.party)
        left = ledger.balance(work, mine)
        ledger.post(work, "test", "out", [(mine, -left), ("outside:bank", left)])
    with desk.read() as work:
        known = personal.export_person(work, who.trader.id)["rows"]["dispute_file"]
        assert [row["body"].split(",")[0] for row in known if row["media"] == evidence.PAPER] == [f"{len(PDF)} bytes"]
    with desk.work(who.trader.id) as work:
        personal.erase_person(work, who.trader.id)
    assert [one.there for one in shown(desk, id)] == [False, False]
    with desk.read() as work:
        assert list(work.connection.execute(select(dispute_file.c.body)).scalars()) == [None, None]
        with pytest.raises(KeyError):
            evidence.file(work, shown(desk, id)[0].id)
    with desk.work(SYSTEM) as work:
        auditor = register(work, "9111111111", "Check", "seelampur", "auditor")
    browser = client(desk)
    sign_in(browser, auditor.id)
    assert "Removed with the account" in browser.get(f"/contract/{id}").text
