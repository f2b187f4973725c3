"""What waits in the town for somebody to do it: something for every role, at each step that is worth seeing."""

from __future__ import annotations

import datetime as dt
import io
from functools import partial

from PIL import Image, ImageDraw

from chumbak.exchange.desk import Work
from chumbak.exchange.money import pay_in, payout
from chumbak.exchange.people import consent, documents
from chumbak.exchange.settle import dispute, fetching
from chumbak.exchange.town import deeds
from chumbak.exchange.town.lived import Town
from chumbak.exchange.trust import alarms, decisions

SWARF = "swarf_sh"
SEEN = "INVENTED-2"  # the number on a seal where another one was put on
MANY_PHONES = 8  # more in a day than a home hands over without somebody looking
DAY_ENDS = dt.time(23, 59)
LATEST = dt.time(20)  # a round that is under way went out no later: its loads are fetched on the same day


def leave_waiting(town: Town) -> None:
    """Leave something half done for everybody, begun long enough before visitors come for an auction of a day."""
    ended = _sealed_auction(town)
    _alarms(town)
    _disputes(town)
    town.before_it_opens(hours=6)
    deeds.close(town)
    _papers_and_money(town)
    _begun(town)
    _rounds(town, deeds.contract_of(town, ended))


def _sealed_auction(town: Town) -> str:
    """Have a sealed auction of a day with two bids and a reserve; return the lot."""
    lot = deeds.list_lot(town, "third_trader", SWARF, 0, 30_000, "sealed", hours=24, reserve=0.8)
    deeds.bid(town, "other_recycler", lot, 0.9)
    deeds.bid(town, "recycler", lot, 0.97)
    return lot.id


def _alarms(town: Town) -> None:
    """Leave one alarm upheld, which can be appealed, and one appeal, which another than its first judge decides.

    The alarm that nobody has decided is of the load whose seal was changed (``_disputes``).
    """
    lot = deeds.list_lot(town, "second_trader", "smartphone", 40, 7_200, "offers")
    deeds.sell(town, lot, "second_trader", "recycler", 0.2)
    _upheld(town, lot.id, "Far below what it is worth, and neither side says why.")

    id = deeds.book(town, "cousins", (("smartphone", "broken"),) * MANY_PHONES)
    deeds.hand_over(town, "cousins", id)
    deeds.receive(town, id)
    alarm = _upheld(town, town.party("cousins"), "So many phones at once do not come from one home.")
    town.do("cousins", partial(decisions.appeal, alarm=alarm, text="They are of four homes: ours and our neighbours'."))


def _upheld(town: Town, about: str, reason: str) -> str:
    """Have the auditor uphold the alarm that stands about a lot or a party; return it."""
    with town.desk.read() as work:
        (found,) = alarms.stands(work, about)
    town.do("auditor", partial(decisions.decide, alarm=found.id, what="uphold", reason=reason))
    return found.id


def _disputes(town: Town) -> None:
    """Leave an objection to answer, one to decide, a load whose seal was changed, and assays for a referee."""
    _objected(town, "trader", "other_recycler", "laptop", 12)
    id = _objected(town, "registered_trader", "recycler", "desktop", 10)
    with town.desk.read() as work:
        found = dispute.standing(work, id)
    assert found is not None
    said = "They were whole when they left: the pictures of the lot show it."
    town.do("registered_trader", lambda work: dispute.answer(
        work, found.id, town.party("registered_trader"), agree=False, text=said
    ))  # fmt: skip

    for seller, buyer, came, (sellers, buyers) in (
        ("second_trader", "other_recycler", SEEN, (1.0, 1.0)),
        ("trader", "recycler", "INVENTED-1", (1.03, 0.96)),
    ):
        lot = deeds.list_lot(town, seller, SWARF, 0, 25_000, "offers")
        id = deeds.sell(town, lot, seller, buyer, 0.9)
        deeds.load_leaves(town, id)
        deeds.load_comes(town, id, seal=came)
        deeds.assays(town, id, sellers, buyers)


def _objected(town: Town, seller: str, buyer: str, goods: str, pieces: int) -> str:
    """Have a lot sold, brought and objected to by its buyer; return the contract."""
    lot = deeds.list_lot(town, seller, goods, pieces, pieces * deeds.PIECE_G[goods], "offers")
    id = deeds.sell(town, lot, seller, buyer, 0.95)
    deeds.load_leaves(town, id)
    deeds.load_comes(town, id)
    town.do(buyer, lambda work: dispute.object_to(
        work, id, town.party(buyer), "goods", "Two of them are empty cases.", deeds.price_of(lot, 0.8)
    ))  # fmt: skip
    return id


def _papers_and_money(town: Town) -> None:
    """Leave a paper to look at, money that is said to be paid in, and a payment to carry out."""

    def show(work: Work) -> None:
        consent.agree(work, town.be("trader"), consent.DOCUMENTS)
        documents.show(work, town.who(work, "trader"), "identity", "INVENTED0001", _picture())

    town.do("trader", show)
    town.do("other_recycler", partial(
        pay_in.say, party=town.party("other_recycler"), paise=10_000_000, reference="INVENTED9"
    ))  # fmt: skip
    town.do("trader", lambda work: payout.payout(work, town.party("trader"), 50_000, "upi", "invented@bank"))


def _picture() -> bytes:
    """Return a picture of a paper that says that it is none."""
    paper = Image.new("L", (320, 200), 235)
    drawn = ImageDraw.Draw(paper)
    drawn.rectangle((8, 8, 311, 191), outline=90, width=2)
    drawn.text((24, 90), "INVENTED: THIS IS NO PAPER", fill=40)
    out = io.BytesIO()
    paper.save(out, "PNG", optimize=True)
    return out.getvalue()


def _begun(town: Town) -> None:
    """Leave a home's device to be fetched, and lots on sale in each of the ways; the auctions have bids."""
    deeds.book(town, "family", (("smartphone", "broken"),))
    deeds.list_lot(town, "trader", "laptop", 8, 17_600, "offers")
    sealed = deeds.list_lot(town, "second_trader", "smartphone", 60, 10_800, "sealed")
    opened = deeds.list_lot(town, "registered_trader", "desktop", 12, 96_000, "open")
    deeds.bid(town, "recycler", sealed, 0.93)
    deeds.bid(town, "other_recycler", sealed, 0.88)
    deeds.bid(town, "other_recycler", opened, 0.7)


def _rounds(town: Town, ended: str) -> None:
    """Have a round go out for two loads, of which the first has left; leave two more to be planned for tomorrow."""
    here = town.here(town.now)
    out = min((here - dt.timedelta(hours=1)).time(), LATEST) if here.hour else dt.time()
    today = [_asked(town, seller, here.date(), out, DAY_ENDS) for seller in ("fourth_trader", "third_trader")]
    made: list[str] = town.do("recycler", lambda work: fetching.make_rounds(
        work, town.party("recycler"), here.date(), [("1", 1_000_000)], out, DAY_ENDS, town.be("collector")
    ))  # fmt: skip
    assert len(made) == 1, today
    with town.desk.read() as work:
        _, stops = fetching.trip(work, made[0])
    tomorrow = here.date() + dt.timedelta(days=1)
    _asked(town, "fourth_trader", tomorrow, dt.time(10), dt.time(15))
    town.do("third_trader", partial(
        fetching.ask, contract=ended, by=town.party("third_trader"), day=tomorrow, first=dt.time(9), last=dt.time(13)
    ))  # fmt: skip
    town.before_it_opens(minutes=20)
    deeds.load_leaves(town, stops[0].contract)


def _asked(town: Town, seller: str, day: dt.date, first: dt.time, last: dt.time) -> str:
    """Have a lot of swarf sold to the recycler and asked to be fetched; return the contract."""
    lot = deeds.list_lot(town, seller, SWARF, 0, 40_000, "offers")
    id = deeds.sell(town, lot, seller, "recycler", 0.98)
    town.do(seller, partial(fetching.ask, contract=id, by=town.party(seller), day=day, first=first, last=last))
    return id
