"""The pages of the scrap market: what scrap is worth, lots on sale, a lot with its offers, listing in three steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from chumbak.exchange.desk import Work
from chumbak.exchange.market import auction, auctions, browse, lots, offers, serials
from chumbak.exchange.market.lots import SELLERS, Lot, named
from chumbak.exchange.market.offers import BUYERS
from chumbak.exchange.market.photos import MOST_BYTES, photo
from chumbak.exchange.market.tables import ORIGINS, photos
from chumbak.exchange.market.typed import count_of, grams_of, paise_of
from chumbak.exchange.money import holds
from chumbak.exchange.money.ledger import balance, wallet
from chumbak.exchange.people.persons import party
from chumbak.exchange.price.fair import about, fair_price
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.web.asked import Asked, Fault, Page, form_page, go, missing, text_of, view
from chumbak.exchange.web.takeback_shared import element_name, picture_of

WAYS = {
    "offers": N_("Buyers make offers, I choose"),
    "sealed": N_("Sealed auction: nobody sees a bid before the end"),
    "open": N_("Open auction: everybody sees the highest bid"),
}
COMING_FROM = {"post-consumer": N_("Out of used goods"), "pre-consumer": N_("Left over from making")}
STATES = {
    "draft": N_("Not open yet"), "open": N_("On sale"), "awarded": N_("It is sold"), "unsold": N_("Not sold in time"),
    "withdrawn": N_("Taken off"),
}  # fmt: skip
OFFER_STATES = {
    "open": N_("Waits for an answer"), "countered": N_("Answered by another price"), "accepted": N_("Accepted"),
    "refused": N_("Refused"), "withdrawn": N_("Withdrawn"), "lost": N_("Went to somebody else"),
    "expired": N_("Too old"),
}  # fmt: skip
STEPS = {
    "collecting": N_("Collecting"), "dismantling": N_("Taking apart"), "treating": N_("Winning the metals"),
    "smelting": N_("Smelting and refining"),
}  # fmt: skip
OPEN_FOR = {1: N_("1 hour"), 24: N_("1 day"), 72: N_("3 days"), 168: N_("7 days"), 336: N_("14 days")}
STANDS_FOR = {24: N_("1 day"), 48: N_("2 days"), 168: N_("7 days")}


def routes() -> list[Page]:
    """Return these pages."""
    return [
        Page("/market", market),
        Page("/market/worth", worth),
        Page("/market/mine", mine, roles=(*SELLERS, *BUYERS)),
        form_page("/market/new", show_what, act_what, SELLERS),
        form_page("/market/new/{lot}", show_what, act_what, SELLERS),
        form_page("/market/new/{lot}/photos", show_photos, act_photos, SELLERS),
        form_page("/market/new/{lot}/price", show_price, act_price, SELLERS),
        Page("/market/lot/{lot}", lambda asked: show_lot(asked, {}, None)),
        form_page("/market/lot/{lot}/offer", show_lot, act_offer, BUYERS),
        form_page("/market/lot/{lot}/bid", show_lot, act_bid, BUYERS),
        form_page("/market/lot/{lot}/withdraw", show_lot, act_withdraw, SELLERS),
        form_page("/market/offer/{offer}/counter", show_counter, act_counter, (*SELLERS, *BUYERS)),
        form_page("/market/offer/{offer}/{answer}", show_offer, act_answer, (*SELLERS, *BUYERS)),
        Page("/market/photo/{photo}/{size}", picture),
    ]


def market(asked: Asked) -> Response:
    """Show the lots that are on sale."""
    goods, area = asked.query.get("goods", ""), asked.query.get("area", "")
    text = asked.query.get("page", "1")
    with asked.desk.read() as work:
        found, pages = browse.open_lots(
            work, goods=goods, area=area, page=int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1
        )
        on_sale = sorted(
            ((one, named(work.catalogue, one)) for one in browse.goods_on_sale(work)), key=lambda one: one[1]
        )
    areas = sorted({place.state for place in asked.desk.catalogue.places}, key=asked.say)
    page = min(max(int(text), 1), pages) if text.isascii() and text.isdigit() and len(text) < 7 else 1
    values = {"goods": goods, "area": area}
    return _view(asked, "list", lots=found, page=page, pages=pages, on_sale=on_sale, areas=areas, values=values)


def worth(asked: Asked) -> Response:
    """Show what something would be worth, to anybody."""
    values, fair, seen, fault = asked.query, None, None, None
    if values.get("goods"):
        try:
            pieces = count_of(values.get("pieces", ""), empty=0)
            grams = grams_of(values.get("weight", ""), empty=0)
            fair = fair_price(asked.desk.catalogue, values["goods"], grams=grams, pieces=pieces)
            with asked.desk.read() as work:
                seen = browse.paid(work, fair.of, "")
        except Refusal as refusal:
            fault = asked.fault(refusal)
    answer = _view(asked, "worth", values=values, fair=fair, seen=seen, fault=fault)
    answer.status_code = 422 if fault else 200
    return answer


def mine(asked: Asked) -> Response:
    """Show the lots and offers of the person's party."""
    assert asked.person is not None
    with asked.desk.read(asked.actor) as work:
        ours = asked.person.party
        found, made = browse.of_party(work, ours), offers.of_party(work, ours)
        other = {one.lot: lots.lot(work, one.lot) for one in made}
        waiting = {one.id for one in found if one.seller == ours and one.state == "open" and _waits(work, one.id)}
    return _view(asked, "mine", lots=found, offers=made, other=other, ours=ours, waiting=waiting)


def show_what(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    """Show step 1: what it is, what it weighs, where it lies."""
    begun = _draft(asked) if "lot" in asked.params else None
    if begun is None and "place" not in values:
        values = {"place": _own_place(asked), **values}
    if begun is not None and fault is None:
        weight = f"{begun.grams / 1000:.3f}".rstrip("0").rstrip(".")
        values = {"goods": begun.goods, "origin": begun.origin, "weight": weight, "place": begun.place}
        values |= {"pieces": str(begun.pieces or "")}
    return _view(asked, "new", values=values, fault=fault, begun=begun, origins=ORIGINS)


def act_what(asked: Asked) -> Response:
    """Begin a lot, or change its draft."""
    form, kind = asked.form, asked.desk.catalogue.kind(asked.form.get("goods", ""))
    with asked.desk.work(asked.actor) as work:
        id = _found(
            lambda: lots.draft(
                work, goods=form.get("goods", ""), origin=form.get("origin", ""),
                grams=grams_of(form.get("weight", "")),
                pieces=count_of(form.get("pieces", ""), empty=0) if kind else 0,
                place=form.get("place", ""), into=asked.params.get("lot", ""),
            )
        )  # fmt: skip
    return go(asked, f"/market/new/{id}/photos")


def show_photos(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    """Show step 2: photographs and the seal."""
    begun = _draft(asked)
    with asked.desk.read(asked.actor) as work:
        listed = serials.count(work, begun.id)
    given = {"lot": begun, "listed": listed, "steps_of": 3}
    return _view(asked, "photos", values=values or {"seal": begun.seal}, fault=fault, **given)


def act_photos(asked: Asked) -> Response:
    """Add or remove photographs, note the seal; go on."""
    id = asked.params["lot"]
    here = f"/market/new/{id}/photos"
    pictures = asked.files.get("photo", ())
    with asked.desk.work(asked.actor) as work:
        if asked.form.get("remove"):
            _found(lambda: lots.remove_photo(work, id, asked.form["remove"]))
            return go(asked, here)
        if asked.form.get("forget"):
            _found(lambda: lots.list_serials(work, id, ""))
            return go(asked, here)
        if listed := text_of(asked, "serials", "list"):
            _found(lambda: lots.list_serials(work, id, listed))
        _found(lambda: lots.set_seal(work, id, asked.form.get("seal", "")))
        _found(lambda: lots.check_room(work, id, len(pictures)))
    for one in pictures:
        drawn = photo(one.file.read(MOST_BYTES + 1))  # outside a transaction: nobody waits until it is drawn
        with asked.desk.work(asked.actor) as work:  # one each: those before one that is refused are kept
            lots.add_photo(work, id, drawn)
    return go(asked, here if pictures and asked.form.get("next") != "price" else f"/market/new/{id}/price")


def show_price(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    """Show step 3: the fair price, then how to sell."""
    with asked.desk.read(asked.actor) as work:
        begun = _found(lambda: lots.mine(work, asked.params["lot"]))
        if not lots.can_open(work, begun):
            raise missing()
        fair = lots.price(work, begun)
        seen = browse.paid(work, begun.goods, begun.place)
    return _view(
        asked, "price", values=values or {"way": "offers", "hours": "72"}, fault=fault, lot=begun, fair=fair, seen=seen
    )


def act_price(asked: Asked) -> Response:
    """Open the lot."""
    form = asked.form
    with asked.desk.work(asked.actor) as work:
        _found(
            lambda: lots.open_lot(
                work, asked.params["lot"], shown=_shown(asked), way=form.get("way", ""),
                hours=count_of(form.get("hours", ""), "hours"), reserve=paise_of(form.get("reserve", ""), "reserve", 0),
                step=paise_of(form.get("step", ""), "step", 0),
            )
        )  # fmt: skip
    return go(asked, f"/market/lot/{asked.params['lot']}")


def show_lot(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    """Show a lot: to everybody what it is and is worth; to those who deal in it what stands between them."""
    with asked.desk.read(asked.actor) as work:
        found = _found(lambda: lots.lot(work, asked.params["lot"]))
        ours = asked.person.party if asked.person else ""
        if found.state == "draft":
            raise missing()
        side = (
            "seller" if ours == found.seller else "buyer" if asked.person and asked.person.roles & set(BUYERS) else ""
        )
        made = offers.of_lot(work, found.id, "" if side == "seller" else ours) if ours else []
        given = {
            "lot": found, "fair": found.fair, "side": side, "ours": ours, "now_us": work.now_us,
            "again": lots.can_open(work, found), "threads": _threads(work, made, side),
            "seen": browse.paid(work, found.goods, found.place, found.id),
            "standing": next((one for one in reversed(made) if one.stands(work.now_us)), None),
            **_bidding(work, found, ours), **_purse(work, found, ours),
        }  # fmt: skip
    return _view(asked, "lot", values=values, fault=fault, **given)


def act_offer(asked: Asked) -> Response:
    """Make an offer."""
    hours = count_of(asked.form.get("hours", "48"), "hours")
    with asked.desk.work(asked.actor) as work:
        paise = paise_of(asked.form.get("paise", ""))
        _found(lambda: offers.offer(work, asked.params["lot"], paise=paise, shown=_shown(asked), hours=hours))
    return go(asked, f"/market/lot/{asked.params['lot']}")


def act_bid(asked: Asked) -> Response:
    """Bid in an auction."""
    with asked.desk.work(asked.actor) as work:
        paise = paise_of(asked.form.get("paise", ""))
        _found(lambda: auctions.bid(work, asked.params["lot"], paise=paise, shown=_shown(asked)))
    return go(asked, f"/market/lot/{asked.params['lot']}")


def act_withdraw(asked: Asked) -> Response:
    """Take a lot off the market."""
    with asked.desk.work(asked.actor) as work:
        _found(lambda: lots.withdraw(work, asked.params["lot"]))
    return go(asked, "/market/mine")


def show_counter(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    """Show an offer of the other side beside the fair price, and ask for another price."""
    with asked.desk.read(asked.actor) as work:
        before = _found(lambda: offers.one(work, asked.params["offer"]))
        side = _found(lambda: offers.side_of(work, before))
        found = lots.lot(work, before.lot)
        seen = browse.paid(work, found.goods, found.place, found.id)
        purse = _purse(work, found, before.buyer)
    given = {"lot": found, "fair": found.fair, "seen": seen, "offer": before, "side": side, **purse}
    return _view(asked, "counter", values=values, fault=fault, **given)


def act_counter(asked: Asked) -> Response:
    """Answer an offer by another price."""
    hours = count_of(asked.form.get("hours", "48"), "hours")
    with asked.desk.work(asked.actor) as work:
        paise = paise_of(asked.form.get("paise", ""))
        made = _found(
            lambda: offers.counter(work, asked.params["offer"], paise=paise, shown=_shown(asked), hours=hours)
        )
        lot_id = offers.one(work, made).lot
    return go(asked, f"/market/lot/{lot_id}")


def show_offer(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    """Show the lot of an offer, to those between whom it stands."""
    with asked.desk.read(asked.actor) as work:
        before = _found(lambda: offers.one(work, asked.params["offer"]))
        _found(lambda: offers.side_of(work, before))
    asked.params = {**asked.params, "lot": before.lot}
    return show_lot(asked, values, fault)


def act_answer(asked: Asked) -> Response:
    """Accept or refuse an offer, or take one's own back."""
    acts: dict[str, Any] = {"accept": offers.accept, "refuse": offers.refuse, "withdraw": offers.take_back}
    if asked.params["answer"] not in acts:
        raise missing()
    with asked.desk.work(asked.actor) as work:
        lot_id = _found(lambda: offers.one(work, asked.params["offer"])).lot
        _found(lambda: acts[asked.params["answer"]](work, asked.params["offer"]))
    return go(asked, f"/market/lot/{lot_id}")


def picture(asked: Asked) -> Response:
    """Send a photograph, of a draft to its seller only."""
    column = {"small": photos.c.small, "large": photos.c.body}.get(asked.params["size"])
    if column is None:
        raise missing()
    with asked.desk.read(asked.actor) as work:
        chosen = photos.select().with_only_columns(photos.c.lot, column).where(photos.c.id == asked.params["photo"])
        row = work.connection.execute(chosen).one_or_none()
        if row is None:
            raise missing()
        found = lots.lot(work, row.lot)
        if found.state == "draft" and not (asked.person and asked.person.party == found.seller):
            raise missing()
    return Response(row[1], media_type="image/jpeg", headers={"Cache-Control": "private, max-age=86400, immutable"})


def _view(asked: Asked, name: str, **values: Any) -> Response:
    one = asked.desk.catalogue
    known = {
        "catalogue": one, "ways": WAYS, "coming_from": COMING_FROM, "states": STATES, "offer_states": OFFER_STATES,
        "about": about, "cost_steps": STEPS, "open_for": OPEN_FOR, "stands_for": STANDS_FOR,
        "goods_of": lambda goods: asked.say(named(one, goods)),
        "drawn": lambda goods: drawn(goods, one.kind(goods) is not None),
        "element": lambda name: element_name(asked, name),
        "place_of": lambda place: _place(asked, place),
        "may_sell": bool(asked.person and asked.person.roles & set(SELLERS)),
        "may_deal": bool(asked.person and asked.person.roles & {*SELLERS, *BUYERS}),
    }  # fmt: skip
    return view(asked, f"market/{name}.html", **(known | {"fault": None} | values))


def drawn(goods: str, counted: bool) -> str:
    """Return the picture of a class."""
    if counted:
        return picture_of(goods)
    return "swarf" if "swarf" in goods else "magnet" if "magnet" in goods else "box"


def _place(asked: Asked, place: str) -> str:
    found = asked.desk.catalogue.place(place)
    if found is None:
        return place
    name, state = asked.say(found.name), asked.say(found.state)
    return name if found.name == found.state else f"{name}, {state}"


def _own_place(asked: Asked) -> str:
    assert asked.person is not None
    with asked.desk.read(asked.actor) as work:
        return party(work, asked.person.party).place


def _draft(asked: Asked) -> Lot:
    with asked.desk.read(asked.actor) as work:
        found: Lot = _found(lambda: lots.mine(work, asked.params["lot"]))
    if found.state != "draft":
        raise missing()
    return found


def _shown(asked: Asked) -> int:
    text = asked.form.get("shown", "")
    plain = text.removeprefix("-")
    return int(text) if plain.isascii() and plain.isdigit() and len(plain) < 16 else -1


def _found(act: Any) -> Any:
    """Do something; what is not there, or not this person's, is missing."""
    try:
        return act()
    except KeyError:
        raise missing() from None


def _waits(work: Work, lot_id: str) -> bool:
    """Whether an offer of a buyer waits for the seller's answer."""
    return any(one.side == "buyer" and one.stands(work.now_us) for one in offers.of_lot(work, lot_id))


def _threads(work: Work, made: list[offers.Offer], side: str) -> list[tuple[str, list[offers.Offer]]]:
    """Return offers by buyer: the seller is told who it is, a buyer sees his own."""
    found: dict[str, list[offers.Offer]] = {}
    for one in made:
        found.setdefault(one.buyer, []).append(one)
    return [(party(work, buyer).name if side == "seller" else "", listed) for buyer, listed in found.items()]


def _bidding(work: Work, found: Lot, ours: str) -> dict[str, Any]:
    """Return what may be shown of bids: of a sealed auction one's own, of an open one the highest."""
    if found.way == "offers":
        return {"best": None, "least": 0, "own": None, "bids": 0}
    made = auctions.bids(work, found)
    best = next(iter(auction.standing(made)), None) if found.way == "open" else None
    own = auctions.my_bid(work, found, ours) if ours else None
    least = auction.least_next(made, found.step_paise) if found.way == "open" else 0
    return {"best": best, "least": least, "own": own, "bids": len(made) if found.way == "open" else 0}


def _purse(work: Work, found: Lot, ours: str) -> dict[str, int]:
    """Return what a party has free in its wallet and what of it is held for a lot, in paise; 0 for nobody."""
    return {"free": balance(work, wallet(ours)), "held": holds.held(work, ours, found.id)}
