"""The pages of the market, as a browser without scripts uses them."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from chumbak.exchange.market import closing, lots, offers
from chumbak.exchange.people.persons import person
from tests.exchange.house import Client, client, sign_in
from tests.exchange.market.town import fair, opened, picture, town


def listed(browser: Client, way: str = "offers", **more: str) -> str:
    """List a lot by the three steps; return its id."""
    first = browser.post("/market/new", {"goods": "swarf", "weight": "12.5", "origin": "post-consumer",
                                         "place": "moradabad"})  # fmt: skip
    assert first.status_code == 303, first.text
    to = first.headers["location"]
    id = to.split("/")[3]
    assert "Number of the seal" in browser.get(to).text
    sent = browser.http.post(
        to,
        data={"csrf": browser.token, "seal": "S77", "next": "price"},
        files={"photo": ("a.jpg", picture(), "image/jpeg")},
    )
    assert sent.headers["location"] == f"/market/new/{id}/price"
    page = browser.get(sent.headers["location"]).text
    assert page.index("Fair price") < page.index("How do you want to sell?")
    shown = re.search(r'name="shown" value="(-?\d+)"', page)
    assert shown
    done = browser.post(sent.headers["location"], {"shown": shown[1], "way": way, "hours": "24", **more})
    assert done.headers["location"] == f"/market/lot/{id}"
    return id


def test_a_lot_is_listed_in_three_steps_and_sold_by_an_offer(tmp_path: Path) -> None:
    with town(tmp_path) as (desk, people):
        seller, buyer = client(desk), client(desk)
        sign_in(seller, people["seller"])
        sign_in(buyer, people["one"])
        id = listed(seller)
        page = buyer.get(f"/market/lot/{id}")
        assert "The seller" not in page.text  # no name
        assert page.text.index("Fair price") < page.text.index("Make an offer")
        assert "Sealed" in page.text
        assert "S77" not in page.text  # a number that is known can be put on another seal
        assert "Seal S77" in seller.get(f"/market/lot/{id}").text
        shown = {"shown": str(fair(desk, id)), "hours": "48"}
        assert buyer.post(f"/market/lot/{id}/offer", {"paise": "₹ 1,500.50", **shown}).status_code == 303
        assert "1,500.5" in seller.get(f"/market/lot/{id}").text
        assert "An offer waits" in seller.get("/market/mine").text
        with desk.read() as work:
            (made,) = offers.of_lot(work, id)
        assert "Fair price" in seller.get(f"/market/offer/{made.id}/counter").text
        assert seller.post(f"/market/offer/{made.id}/counter", {"paise": "2000", **shown}).status_code == 303
        with desk.read() as work:
            answer = offers.of_lot(work, id)[-1]
        assert buyer.post(f"/market/offer/{answer.id}/accept").headers["location"] == f"/market/lot/{id}"
        for browser in (seller, buyer):
            text = browser.get(f"/market/lot/{id}").text
            assert "Sold: " in text
            assert "What comes next" in text
        assert "Bought" in buyer.get("/market/mine").text
        late = buyer.post(f"/market/offer/{answer.id}/accept")
        assert late.status_code == 422


def test_anybody_sees_lots_prices_and_pictures_and_no_names(tmp_path: Path) -> None:
    with town(tmp_path) as (desk, people):
        seller, anybody = client(desk), client(desk)
        sign_in(seller, people["seller"])
        id = listed(seller)
        text = anybody.get("/market").text
        assert f"/market/lot/{id}" in text
        lot = anybody.get(f"/market/lot/{id}").text
        assert "Sign in to buy" in lot
        for page in (text, lot):
            assert "The seller" not in page
            assert "98765" not in page
        photo = re.search(r"/market/photo/(photo-\w+)/small", lot)
        assert photo
        sent = anybody.get(photo[0])
        assert (sent.status_code, sent.headers["content-type"]) == (200, "image/jpeg")
        assert sent.content[:2] == b"\xff\xd8"
        assert anybody.get(f"/market/photo/{photo[1]}/huge").status_code == 404
        assert len(lot.encode()) < 30_000
        assert "Nothing is on sale" in anybody.get("/market?area=Delhi").text
        assert f"/market/lot/{id}" in anybody.get("/market?goods=swarf&area=UP&page=x").text


def test_what_it_is_worth_without_signing_in(tmp_path: Path) -> None:
    with town(tmp_path) as (desk, _):
        anybody = client(desk)
        page = anybody.get("/market/worth?goods=swarf&weight=10")
        assert page.status_code == 200
        assert "In 9 of 10 cases" in page.text
        assert "Treating" not in page.text
        assert "Winning the metals" in page.text
        wrong = anybody.get("/market/worth?goods=swarf&weight=much")
        assert wrong.status_code == 422
        assert "such as 12 or 12.5" in wrong.text


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, "such as 12 or 12.5"),
        ({"goods": "swarf", "weight": "-3"}, "such as 12 or 12.5"),
        ({"goods": "swarf", "weight": "1e9"}, "such as 12 or 12.5"),
        ({"goods": "swarf", "weight": "5", "origin": "x"}, "Say where it comes from."),
        ({"goods": "swarf", "weight": "5", "origin": "post-consumer", "place": "x"}, "choose a place"),
        ({"goods": "smartphone", "weight": "5", "pieces": "many"}, "Write a whole number."),
    ],
)
def test_bad_input_is_told_beside_its_field_in_the_language_of_the_user(tmp_path: Path, form: dict, said: str) -> None:
    with town(tmp_path) as (desk, people):
        browser = client(desk)
        sign_in(browser, people["seller"])
        answer = browser.post("/market/new", form)
        assert answer.status_code == 422
        assert said in html.unescape(answer.text)
        browser.http.cookies.set("language", "hi")
        again = browser.post("/market/new", form)
        assert again.status_code == 422
        assert said not in again.text
        assert re.search(r'class="fault"[^>]*>[^<]*[\u0900-\u097f]', again.text)


def test_a_picture_that_is_none_is_refused(tmp_path: Path) -> None:
    with town(tmp_path) as (desk, people):
        browser = client(desk)
        sign_in(browser, people["seller"])
        to = browser.post("/market/new", {"goods": "swarf", "weight": "5", "origin": "post-consumer",
                                          "place": "moradabad"}).headers["location"]  # fmt: skip
        answer = browser.http.post(
            to, data={"csrf": browser.token}, files={"photo": ("a.jpg", b"<script>", "image/jpeg")}
        )
        assert answer.status_code == 422
        assert "no picture that can be shown" in answer.text
        kept = browser.http.post(to, data={"csrf": browser.token}, files={"photo": ("a.jpg", picture(), "image/jpeg")})
        assert kept.headers["location"] == to
        photo = re.search(r"photo-\w+", browser.get(to).text)
        assert photo
        stranger = client(desk)
        assert stranger.get(f"/market/photo/{photo[0]}/small").status_code == 404  # a draft's
        assert browser.post(to, {"remove": photo[0]}).status_code == 303
        assert "photo-" not in browser.get(to).text


def test_others_find_nothing(tmp_path: Path) -> None:
    with town(tmp_path) as (desk, people):
        seller, other, buyer = client(desk), client(desk), client(desk)
        sign_in(seller, people["seller"])
        sign_in(other, people["other"])
        sign_in(buyer, people["one"])
        to = seller.post("/market/new", {"goods": "swarf", "weight": "5", "origin": "post-consumer",
                                         "place": "moradabad"}).headers["location"]  # fmt: skip
        draft = to.split("/")[3]
        id = opened(desk, people["seller"])
        with desk.work(people["one"]) as work:
            made = offers.offer(work, id, paise=100, shown=fair(desk, id))
        for path in (to, f"/market/new/{draft}", f"/market/new/{draft}/price", f"/market/lot/{draft}",
                     f"/market/offer/{made}/counter", f"/market/offer/{made}/accept"):  # fmt: skip
            assert other.get(path).status_code == 404, path
        assert other.post(f"/market/offer/{made}/accept").status_code == 404
        assert other.post(f"/market/lot/{id}/withdraw").status_code == 404
        assert other.post(f"/market/offer/{made}/burn").status_code == 404
        assert "1 for one kg" not in other.get(f"/market/lot/{id}").text  # nobody else's offers
        for path in ("/market/lot/nothing", "/market/photo/nothing/small", "/market/offer/nothing/counter"):
            assert buyer.get(path).status_code == 404
        nobody = client(desk)
        assert nobody.get("/market/new").headers["location"].startswith("/sign-in")
        assert nobody.post(f"/market/lot/{id}/offer", {"paise": "5"}).status_code == 303


def test_a_sealed_auction_keeps_its_secrets(tmp_path: Path) -> None:
    with town(tmp_path) as (desk, people):
        browsers = {name: client(desk) for name in ("seller", "one", "two")}
        for name, browser in browsers.items():
            sign_in(browser, people[name])
        id = listed(browsers["seller"], "sealed", reserve="1234")
        shown = {"shown": str(fair(desk, id))}
        for name, price in (("one", "4321"), ("two", "5678")):
            assert browsers[name].post(f"/market/lot/{id}/bid", {"paise": price, **shown}).status_code == 303
        secret = {"one": "5,678", "two": "4,321", "seller": "5,678"}
        for name, browser in browsers.items():
            text = browser.get(f"/market/lot/{id}").text
            assert secret[name] not in text
            assert (name == "seller") or "1,234" not in text
        assert "Your bid: " in browsers["one"].get(f"/market/lot/{id}").text
        wrong = browsers["one"].post(f"/market/lot/{id}/bid", {"paise": "much", **shown})
        assert wrong.status_code == 422
        desk.clock.later(hours=25)
        with desk.work("system") as work:
            closing.close_due(work)
            assert lots.lot(work, id).buyer == person(work, people["two"]).party
        assert "Sold: " in browsers["two"].get(f"/market/lot/{id}").text
        assert "4,321" not in browsers["two"].get(f"/market/lot/{id}").text


def test_an_open_auction_says_what_to_bid(tmp_path: Path) -> None:
    with town(tmp_path) as (desk, people):
        browser, other = client(desk), client(desk)
        sign_in(browser, people["one"])
        sign_in(other, people["two"])
        id = opened(desk, people["seller"], "open", step=5_000)
        assert "Nobody has bid yet" in browser.get(f"/market/lot/{id}").text
        shown = {"shown": str(fair(desk, id))}
        assert browser.post(f"/market/lot/{id}/bid", {"paise": "700", **shown}).status_code == 303
        assert "It is yours." in browser.get(f"/market/lot/{id}").text
        assert "Bid at least ₹750 for one kg." in other.get(f"/market/lot/{id}").text
        low = other.post(f"/market/lot/{id}/bid", {"paise": "749", **shown})
        assert low.status_code == 422
        assert "Bid at least as much" in low.text


def test_a_price_for_one_kg_is_read_back_with_what_it_comes_to(tmp_path: Path) -> None:
    with town(tmp_path) as (desk, people):
        seller, buyer = client(desk), client(desk)
        sign_in(seller, people["seller"])
        sign_in(buyer, people["one"])
        id = listed(seller)  # 12.5 kg
        shown = {"shown": str(fair(desk, id)), "hours": "48"}
        assert buyer.post(f"/market/lot/{id}/offer", {"paise": "1,000", **shown}).status_code == 303
        for browser in (buyer, seller):
            assert "₹1,000 for one kg, which is ₹12,500 for all" in browser.get(f"/market/lot/{id}").text


def test_a_second_offer_is_refused_in_a_sentence_though_its_form_is_gone(tmp_path: Path) -> None:
    with town(tmp_path) as (desk, people):
        seller, buyer = client(desk), client(desk)
        sign_in(seller, people["seller"])
        sign_in(buyer, people["one"])
        id = listed(seller)
        shown = {"shown": str(fair(desk, id)), "hours": "48"}
        assert buyer.post(f"/market/lot/{id}/offer", {"paise": "1000", **shown}).status_code == 303
        answer = buyer.post(f"/market/lot/{id}/offer", {"paise": "NaN", **shown})
        assert (answer.status_code, "Write the price as a number" in answer.text) == (422, True)


def test_what_is_held_is_shown_to_the_buyer_alone(tmp_path: Path) -> None:
    with town(tmp_path, 1_000_000) as (desk, people):
        one, two, seller = client(desk), client(desk), client(desk)
        for browser, name in ((one, "one"), (two, "two"), (seller, "seller")):
            sign_in(browser, people[name])
        id, second = (opened(desk, people["seller"], "sealed") for _ in range(2))
        shown = {"shown": str(fair(desk, id))}
        assert "Free in your wallet: ₹10,000." in one.get(f"/market/lot/{id}").text
        assert one.post(f"/market/lot/{id}/bid", {"paise": "600", **shown}).status_code == 303
        page = one.get(f"/market/lot/{id}").text
        assert "Held for this lot: ₹6,000" in page
        assert "Free in your wallet: ₹4,000." in page
        wallet = one.get("/wallet").text
        assert "₹4,000" in wallet
        assert "₹6,000 are held" in wallet
        assert f'href="/market/lot/{id}"' in wallet
        few = one.post(f"/market/lot/{second}/bid", {"paise": "600", **shown})
        assert few.status_code == 422
        assert "₹2,000 more are needed in your wallet" in few.text
        for browser in (two, seller):
            assert "6,000" not in browser.get(f"/market/lot/{id}").text
        assert "Held for a lot" in one.get("/book").text


def test_a_counter_offer_without_its_money_is_told_at_the_top(tmp_path: Path) -> None:
    with town(tmp_path, 1_000_000) as (desk, people):
        buyer = client(desk)
        sign_in(buyer, people["one"])
        id = opened(desk, people["seller"])
        with desk.work(people["one"]) as work:
            first = offers.offer(work, id, paise=10_000, shown=fair(desk, id))
        with desk.work(people["seller"]) as work:
            dear = offers.counter(work, first, paise=120_000, shown=fair(desk, id))
        assert "Free in your wallet: ₹10,000." in buyer.get(f"/market/offer/{dear}/counter").text
        few = buyer.post(f"/market/offer/{dear}/accept")
        assert few.status_code == 422
        assert "₹2,000 more are needed in your wallet" in few.text


def test_the_pages_in_hindi(tmp_path: Path) -> None:
    with town(tmp_path) as (desk, people):
        browser = client(desk)
        sign_in(browser, people["seller"])
        id = listed(browser)
        browser.http.cookies.set("language", "hi")
        for path in (
            "/market",
            "/market/worth?goods=swarf&weight=3",
            "/market/new",
            f"/market/lot/{id}",
            "/market/mine",
        ):
            page = browser.get(path)
            assert page.status_code == 200
            assert "उचित" in page.text or path == "/market/new"
