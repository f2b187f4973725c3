"""Trade walked at 320 pixels with scripts off: auctions, a round of loads, and a dispute to its decision and appeal."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chumbak.exchange.desk import Desk
from chumbak.exchange.market.closing import close_due
from chumbak.exchange.web import security
from chumbak.exchange.web.app import create_app
from tests.browser import in_a_browser
from tests.exchange.market.town import town as market_town
from tests.exchange.served import served
from tests.exchange.walks.handset import Hands, Handset, hands
from tests.exchange.walks.trade import SWARF_KG, listed, paise, refused, weighed

pytest.importorskip("playwright.sync_api")
pytestmark = in_a_browser
PAID_IN = 20_000_000  # paise in each wallet


@pytest.fixture
def auction(window: Any, tmp_path: Path) -> Iterator[tuple[Desk, dict[str, Handset]]]:
    """Return a desk of its own, whose clock the test moves, and handsets of a seller and two buyers."""
    with (
        market_town(tmp_path, PAID_IN) as (desk, people),
        served(create_app(desk)) as base,
        hands(window, base, False) as made,
    ):
        held = {name: made.handset() for name in ("seller", "one", "two")}
        for name, hand in held.items():
            token = security.new_session(desk, people[name])
            hand.page.context.add_cookies([{"name": security.COOKIE, "value": token, "url": base}])
        yield desk, held


def ended(desk: Desk) -> None:
    """Let the time of auctions pass."""
    desk.clock.later(hours=2)  # type: ignore[attr-defined]
    with desk.work("system") as work:
        close_due(work)


def free(hand: Handset) -> int:
    """Return what a wallet has free, in paise."""
    return paise(hand.go("/wallet").page.locator(".big").inner_text())


def test_a_sealed_auction_has_one_winner(auction: tuple[Desk, dict[str, Handset]]) -> None:
    desk, held = auction
    seller, low, high = held["seller"], held["one"], held["two"]
    lot = listed(seller, SWARF_KG, "sealed", hours="1", goods="swarf", reserve="1900")
    unsold = listed(seller, SWARF_KG, "sealed", hours="1", goods="swarf", reserve="2000")
    low.go("/market").press(f"a[href='/market/lot/{lot}']")
    assert "1,900" not in low.text, "the reserve is shown"
    low.send(status=422, paise="9000")
    assert low.fault, "more than the wallet has"
    low.send(paise="2000")
    high.go(f"/market/lot/{lot}").send(paise="1950")
    high.send(paise="2050")
    high.go(f"/market/lot/{unsold}").send(paise="1500")
    assert free(low) == PAID_IN - 2000 * SWARF_KG * 100
    for hand in (seller, low):
        assert "2,050" not in hand.go(f"/market/lot/{lot}").text, "a sealed bid is shown"
    assert not seller.page.locator("a[href^='/contract/']").count()

    ended(desk)
    assert not low.go(f"/market/lot/{lot}").page.locator("a[href^='/contract/']").count()
    assert free(low) == PAID_IN
    high.go(f"/market/lot/{lot}").press("main a[href^='/contract/']")
    assert "Load to leave" in high.text, "the money is laid down: it was held"
    assert free(high) == PAID_IN - 2050 * SWARF_KG * 100
    assert "2,050" in seller.go(f"/market/lot/{lot}").text
    seller.press("main a[href^='/contract/']")
    weighed(seller, seller.id, SWARF_KG, "Invented bridge", "S-1")
    assert "On its way" in seller.text
    assert refused(high, f"/market/lot/{lot}/bid", paise="2100", shown="1")
    assert "1,500" not in seller.go(f"/market/lot/{unsold}").text
    seller.press(f"a[href='/market/new/{unsold}/price']")


def test_who_is_outbid_has_the_money_back(plain: Hands) -> None:
    leads, other = plain.handset("other_recycler"), plain.handset("recycler")
    leads.go("/market/mine")
    had = free(leads)
    other.go("/market").press(".card:has-text('Desktop') a[href^='/market/lot/']")
    lot = other.id
    least = paise(re.search(r"Bid at least (\S+)", other.text)[1])  # type: ignore[index]
    other.send(status=422, paise=f"{least / 100 - 1:.2f}")
    assert "Somebody has bid" in other.fault
    other.send(paise=f"{least / 100:.2f}")
    assert "It is yours." in other.text
    assert free(leads) > had
    assert "Somebody bid more than you" in leads.go("/phone").text
    leads.go(f"/market/lot/{lot}").send(paise=f"{least / 100 + 200:.2f}")
    assert "It is yours." in leads.text
    assert free(leads) < had
    assert "It is yours." not in other.go(f"/market/lot/{lot}").text


def test_a_round_is_planned_and_its_loads_are_weighed_at_each_stop(plain: Hands) -> None:
    recycler, collector = plain.handset("recycler"), plain.handset("collector")
    loads = recycler.go("/rounds").page.locator("ul.path a[href^='/contract/']")
    contracts = [str(one.get_attribute("href")).rsplit("/", 1)[1] for one in loads.all()]
    assert len(contracts) == 2
    day = dt.datetime.strptime(re.findall(r"\d+ \w+ \d{4}(?=, )", recycler.text)[0], "%d %b %Y").date()
    recycler.press("a[href='/rounds/new']")
    driver = recycler.page.locator("[name=collector] option:has-text('collector')").get_attribute("value")
    typed = {"day": day.isoformat(), "vehicles": "1", "first": "08:00", "until": "18:00", "collector": driver}
    recycler.send(status=422, load="20", **typed)
    assert "No vehicle" in recycler.fault
    recycler.send(load="500", **typed)
    assert recycler.page.locator(f"a[href='/contract/{contracts[0]}']").count() == 0, "it waits no more"
    assert recycler.page.locator("main a[href^='/round/']").count() == 2, "that of today, and that of tomorrow"

    collector.go("/rounds").press("main a[href^='/round/']")  # the newest: that of tomorrow
    trip = collector.path
    assert collector.text.count("Load to leave") == 2
    assert collector.page.locator("a[href^='tel:']").count() == 2
    stops = re.findall(r"(Third|Fourth) invented trader", collector.text)
    assert sorted(stops) == ["Fourth", "Third"]
    for left, stop in enumerate(stops):
        seller = plain.handset(f"{stop.lower()}_trader")
        seller.go("/contracts")
        (contract,) = [one for one in contracts if seller.page.locator(f"a[href='/contract/{one}']").count()]
        kg = {"Third": 30, "Fourth": 40}[stop]
        weighed(seller, contract, kg, "Scale of the lorry", f"R-{left}")
        collector.go(trip)
        assert collector.text.count("On its way") == left + 1
        assert "came" not in collector.text, "what the seller's scale showed is not told"
        weighed(recycler, contract, kg, "Bridge of the plant", f"R-{left}") if left else None
    assert f"came: {kg} kg" in recycler.go(trip).text
    assert recycler.page.locator(f"main a[href='/contract/{contract}']").count() == 1


def test_a_dispute_is_answered_and_decided(plain: Hands) -> None:
    trader, auditor = plain.handset("trader"), plain.handset("auditor")
    trader.go("/contracts").press("a[href^='/contract/']:has-text('In dispute')")
    contract = trader.id
    trader.send(status=422, text="")
    assert trader.fault
    trader.send(text="All were whole when they left.")
    auditor.go("/disputes")
    for link in [str(one.get_attribute("href")) for one in auditor.page.locator("main a[href^='/dispute/']").all()]:
        if "All were whole when they left." in auditor.go(link).text:
            break
    asked_for = paise(re.search(r"Price asked for: (\S+)", auditor.text)[1])  # type: ignore[index]
    auditor.send(status=422, price="999999", reason="More than both ask.")
    assert auditor.fault
    auditor.send(price=f"{asked_for / 100:.2f}", reason="Two of the pictures show empty cases.")
    assert "Settled and paid" in trader.go(f"/contract/{contract}").text
    assert "Two of the pictures show empty cases." in trader.text


def test_a_changed_seal_is_decided_and_the_alarm_about_it_appealed(plain: Hands) -> None:
    trader, auditor, administrator = (plain.handset(one) for one in ("second_trader", "auditor", "administrator"))
    auditor.go("/disputes").press("main a[href^='/dispute/']:has-text('the seal')")
    worked_out = paise(re.search(r"Price asked for: (\S+)", auditor.text)[1])  # type: ignore[index]
    auditor.send(price=f"{worked_out / 100:.2f}", reason="The weight is as it was sold.")
    contract = auditor.id
    assert "Payment waits" in auditor.text

    auditor.go("/trust").press(auditor.page.locator("main a:has-text('The seal, or the load behind it')").last)
    alarm = auditor.id
    auditor.send(status=422, what="uphold", reason="Too short")
    assert auditor.fault
    auditor.send(what="uphold", reason="Nobody says why there was another seal.")
    trader.go(f"/against-me/{alarm}").send(reason="The first one broke at the gate, before witnesses.")
    auditor.go(f"/trust/alarm/{alarm}")
    assert "Another person decides" in auditor.text
    assert not auditor.page.locator("main form").count(), "who decided first is not asked again"
    assert "Another person decides" in refused(
        auditor, f"/trust/alarm/{alarm}", what="dismiss", reason="I decide again."
    )
    administrator.go("/trust?state=appealed").press(f"main a[href='/trust/alarm/{alarm}']")
    administrator.send(what="dismiss", reason="Both sides' drivers tell the same.")
    assert trader.go(f"/against-me/{alarm}").page.locator("p.good").count()
    assert "Payment waits" not in trader.go(f"/contract/{contract}").text
    for path in ("/trust/policy", "/trust/draws", "/trust/samples", "/trust/plants", "/audit", "/missing"):
        auditor.go(path)
