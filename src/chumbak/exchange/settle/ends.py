"""What both ends find: the load weighed and sealed, weighed again where it came, assays, the referee's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from chumbak.exchange.desk import Work
from chumbak.exchange.hand_over import observed
from chumbak.exchange.money.claims import pay_claims
from chumbak.exchange.money.ledger import post, wallet
from chumbak.exchange.people.persons import party_uri
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.settle import assays, counts
from chumbak.exchange.settle import tables as t
from chumbak.exchange.settle.contract import Contract, get, move, of, tell
from chumbak.exchange.settle.counts import Count
from chumbak.exchange.settle.finish import propose
from chumbak.exchange.settle.reckon import KG, Deal, expected, kilograms, shown
from chumbak.exchange.settle.weights import Weighing, fits, plain_seal
from chumbak.exchange.trust.alarms import stands

MOST_GRAMS = 10**9  # a thousand tonnes: no weighbridge takes more
TEXT = 80  # letters of a short answer


def send(work: Work, id: str, by: str, load: Weighing | Count, scale: str = "") -> None:
    """Let the load leave: weighed (or counted) and sealed by the seller, who gets the advance. Raises ``Refusal``."""
    found = of(work, id, by, "seller")
    weighing, count = _checked(found, load, scale)
    paise = _advance(work, found, weighing, count)
    # What was found is not said here: the buyer reads this and types what it finds itself.
    text = N_("The load has left, weighed and sealed.") if weighing else N_("The load has left, counted and sealed.")
    move(work, found, "sent", text, said=counts.said(count) if count else {}, advance_paise=paise)
    _keep(work, found, "sent", weighing, scale)
    if paise:
        post(work, "advance", id, [(found.escrow, -paise), (wallet(found.seller), paise)])
        pay_claims(work, found.seller)
    _observe(work, found, "departing", weighing, found.seller, found.buyer)
    weigh = N_("The load has left. Weigh it when it comes, before you break the seal.")
    look = N_("The load has left. When it comes, look at the seal, then count.")
    tell(work, found.buyer, weigh if weighing else look)


def arrive(work: Work, id: str, by: str, load: Weighing | Count, scale: str = "") -> None:
    """Note that the load came, as the buyer weighed or counted it. Raises ``Refusal``."""
    found = of(work, id, by, "buyer")
    weighing, count = _checked(found, load, scale)
    if weighing and weighing.foreign_g > weighing.net_g:
        raise Refusal(N_("Foreign matter cannot weigh more than the load."), field="foreign")
    said: Mapping[str, Any] = {"net": kilograms(weighing.net_g)} if weighing else counts.said(count) if count else {}
    text = N_("The load has come: %(net)s kg net.") if weighing else N_("The load has come. Pieces: %(pieces)s.")
    move(work, found, "arrived", text, said=said)
    _keep(work, found, "arrived", weighing, scale)
    _observe(work, found, "receiving", weighing, found.seller, found.buyer)
    tell(work, found.seller, N_("Your load has come and was weighed.") if weighing else N_("Your load has come."))
    if not found.deal.ppm:
        propose(work, get(work, id))


def give_assay(work: Work, id: str, by: str, ppm: int, u_ppm: int, laboratory: str, method: str) -> None:
    """Send a side's assay; neither sees the other's until both are there. Raises ``Refusal``."""
    found = of(work, id, by)
    if found.state != "arrived":
        raise Refusal(N_("The contract is not at this step any more. Look at its page."))
    _keep_assay(work, found, found.side(by), ppm, u_ppm, laboratory, method)
    there = assays_of(work, id)
    if {assays.SELLER, assays.BUYER} <= there.keys():
        compare(work, get(work, id))
    else:
        tell(work, found.other(by), N_("The other side has sent its assay. You see it when yours is there."))


def referee(work: Work, id: str, ppm: int, u_ppm: int, laboratory: str, method: str) -> None:
    """Enter the referee's assay. Raises ``Refusal``, also for who belongs to one of the parties."""
    from chumbak.exchange.settle.dispute import check_stranger

    found = get(work, id)
    if found.state != "referee":
        raise Refusal(N_("The contract is not at this step any more. Look at its page."))
    check_stranger(work, found)
    _keep_assay(work, found, assays.REFEREE, ppm, u_ppm, laboratory, method)
    work.audit("referee", id, ppm=ppm)
    propose(work, get(work, id))


def compare(work: Work, found: Contract) -> None:
    """Exchange the assays that are there: settle by them, or have a referee look."""
    there = assays_of(work, found.id)
    seller, buyer = there.get(assays.SELLER), there.get(assays.BUYER)
    if seller is None or buyer is None or assays.within(seller, buyer, found.terms.splitting_limit):
        propose(work, found)
        return
    said = {"seller": shown(seller), "buyer": shown(buyer), "element": found.deal.element}
    text = N_("%(element)s: the seller found %(seller)s %%, the buyer %(buyer)s %%. A referee looks.")
    move(work, found, "referee", text, said=said)
    for one in (found.seller, found.buyer):
        tell(work, one, N_("The assays are too far apart. The sample kept for the referee goes to the referee."))


def assays_of(work: Work, id: str) -> dict[str, int]:
    """Return the contents found, by side, in parts per million."""
    asked = select(t.assay.c.side, t.assay.c.ppm).where(t.assay.c.contract == id)
    return {row.side: row.ppm for row in work.connection.execute(asked)}


def _checked(found: Contract, load: Weighing | Count, scale: str) -> tuple[Weighing | None, Count | None]:
    """Return a weighing that can be, or of a lot that is counted a count."""
    if not found.deal.grams:
        if not isinstance(load, Count):
            raise Refusal(N_("Count the pieces, and type how many they are."), field="pieces")
        return None, counts.checked(load)
    if not isinstance(load, Weighing):
        raise Refusal(N_("Type what the scale showed."), field="gross")
    return _weighed(found, load, scale), None


def _weighed(found: Contract, weighing: Weighing, scale: str) -> Weighing:
    if not 0 <= weighing.tare_g < weighing.gross_g <= MOST_GRAMS:
        raise Refusal(N_("The weight with the load has to be above that of the empty vehicle."), field="gross")
    most = int(found.terms.scale_uncertainty * weighing.net_g)
    if not 0 <= weighing.u_g <= most:
        text = N_("This scale is too coarse for this load: its uncertainty is at most %(most)s kg. Use a finer scale.")
        raise Refusal(text, field="uncertainty", most=kilograms(most))
    if not weighing.seal.strip() or len(weighing.seal) > TEXT:
        raise Refusal(N_("Type the number on the seal."), field="seal")
    if not scale.strip() or len(scale) > TEXT:
        raise Refusal(N_("Say which scale it was."), field="scale")
    if weighing.foreign_g < 0:
        raise Refusal(N_("Foreign matter cannot weigh more than the load."), field="foreign")
    return weighing


def _advance(work: Work, found: Contract, weighing: Weighing | None, count: Count | None) -> int:
    """Return the advance: its share of what the deal comes to by the weight or the pieces that left.

    None while an alarm stands, none on a load that is not about what was sold, and none under another seal than that
    with which the lot was put on sale.
    """
    if stands(work, found.lot) or stands(work, found.id):
        return 0
    load = weighing or count
    listed = counts.listed_seal(work, found.lot)
    if load and listed and plain_seal(listed) != plain_seal(load.seal):
        return 0
    deal = found.deal
    if weighing and not fits(weighing.net_g, deal.grams, found.terms.load_tolerance):
        return 0
    if count and not counts.agree({"sent": count}, counts.sold(work, found.lot)):
        return 0
    worth = expected(deal)
    if weighing and deal.basis == KG:
        worth = min(worth, expected(Deal(deal.paise, KG, weighing.net_g)))
    return min(round(found.terms.advance_share * worth), found.escrow_paise)


def _keep(work: Work, found: Contract, side: str, weighing: Weighing | None, scale: str) -> None:
    if weighing is None:
        return
    work.connection.execute(
        t.weighing.insert().values(
            contract=found.id, side=side, gross_g=weighing.gross_g, tare_g=weighing.tare_g, u_g=weighing.u_g,
            scale=scale.strip(), seal=weighing.seal.strip(), seal_whole=weighing.seal_whole,
            foreign_g=weighing.foreign_g, at_us=work.now_us, actor=work.actor,
        )
    )  # fmt: skip


def _keep_assay(
    work: Work, found: Contract, side: str, ppm: int, u_ppm: int, laboratory: str, method: str
) -> None:  # fmt: skip
    if not 0 <= ppm <= 1_000_000:
        raise Refusal(N_("A content is from 0 to 100 per cent."), field="content")
    if not 0 <= u_ppm <= 1_000_000:
        raise Refusal(N_("The uncertainty is from 0 to 100 per cent."), field="uncertainty")
    for name, text in (("laboratory", laboratory), ("method", method)):
        if not text.strip() or len(text) > TEXT:
            raise Refusal(N_("Say who assayed it and how."), field=name)
    row = {"contract": found.id, "side": side, "ppm": ppm, "u_ppm": u_ppm, "at_us": work.now_us, "actor": work.actor}
    row |= {"laboratory": laboratory.strip(), "method": method.strip()}
    try:
        with work.connection.begin_nested():
            work.connection.execute(t.assay.insert().values(**row))
    except IntegrityError:
        raise Refusal(N_("Your assay is there already. It cannot be changed.")) from None


def _observe(
    work: Work, found: Contract, step: str, weighing: Weighing | None, source: str, to: str
) -> None:  # fmt: skip
    """Tell custody that the load left or came, with what the scale showed."""
    more: Mapping[str, Any] = {}
    if weighing:
        report = {"type": "Mass", "value": weighing.net_g / 1000, "uom": "KGM"}
        more = {"sensorElementList": [{"sensorReport": [report]}]}
    desk = work.desk
    uris, names = [desk.uri("lot", found.lot)], (party_uri(desk, source), party_uri(desk, to))
    work.record(observed(work, uris, step=step, source=names[0], to=names[1], **more))
