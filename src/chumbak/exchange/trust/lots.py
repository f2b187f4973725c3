"""Looking at a lot: before its buyer is bound, and when it is settled."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from chumbak.exchange.market.tables import lots
from chumbak.exchange.refusal import N_
from chumbak.exchange.settle.tables import assay, contract, proposal, weighing
from chumbak.exchange.trust import links, plausible, reassay, scales
from chumbak.exchange.trust.alarms import alarm
from chumbak.exchange.trust.pieces import look_at_weight
from chumbak.exchange.trust.policy import policy_of
from chumbak.exchange.trust.weighings import look_at_seal, weighed_twice

if TYPE_CHECKING:
    from chumbak.exchange.desk import Work


@dataclass(frozen=True)
class Weighing:
    """A load on a scale, in grams with its standard deviation (0: not stated)."""

    scale: str
    grams: int
    sigma: float = 0.0


@dataclass(frozen=True)
class Settled:
    """A lot as it was settled.

    ``substance`` is the id of what it is ("" where it is counted); ``seal_found`` is None where nobody looked.
    ``assay``: element to micrograms a gram and standard deviation, as settled on.
    """

    lot: str
    seller: str
    buyer: str
    substance: str = ""
    seal: str = ""
    seal_found: str | None = None
    sent: Weighing | None = None
    came: Weighing | None = None
    assay: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """A digest of all of it: what was fixed before the lot is drawn or not."""
        return sha256(repr(self).encode()).hexdigest()


def look_at_parties(work: Work, lot: str, seller: str, buyer: str) -> None:
    """Raise an alarm about a lot that is sold among related parties."""
    steps = links.why_related(work, seller, buyer)
    if steps is None:
        return
    alarm(
        work, "related", lot,
        N_("Seller and buyer are related: they have %(by_word)s (steps between them: %(steps)s)."),
        against=[seller, buyer], by_word=links.said(steps), steps=len(steps),
    )  # fmt: skip


def look_at_content(work: Work, one: Settled) -> None:
    """Raise an alarm about the element of a lot whose assay is furthest from the catalogue, if it is too far."""
    known = work.catalogue.substance(one.substance)
    if known is None:
        return
    policy = policy_of(work.settings)
    most, times = policy.number("content", "deviations"), policy.whole("content", "times")
    tolerance = policy.number("content", "tolerance")
    held = {
        element: triple
        for element, triple in known.ug_per_g.items()
        if element in one.assay and not plausible.within(one.assay[element][0], policy.published.get(element))
    }
    ends = {element: plausible.widened(*triple, tolerance) for element, triple in held.items()}
    scores = {
        element: abs(plausible.content_score(*one.assay[element], held[element][0], *ends[element]) or 0.0)
        for element in held
    }
    far = {
        element for element in held if plausible.beyond(one.assay[element][0], held[element][0], *ends[element], times)
    }
    found = sorted(far | {element for element, score in scores.items() if score > most})
    if not found:
        return
    element = max(found, key=lambda name: (name in far, scores[name]))
    value, middle, (low, high) = one.assay[element][0], held[element][0], ends[element]
    judged = middle * (1 + tolerance if value > middle else 1 - tolerance)
    if element in far:
        reason = N_(
            "%(element)s: the assay says %(found)s µg/g; of %(substance)s %(low)s to %(high)s are usual. That is "
            "%(times)s times off or more; a person looks at that, however uncertain the assay is."
        )
    elif judged not in (low, high):
        reason = N_(
            "%(element)s: the assay says %(found)s µg/g; of %(substance)s %(low)s to %(high)s are usual. That is "
            "%(score)s standard deviations from the middle; a person looks above %(most)s."
        )
    else:
        reason = N_(
            "%(element)s: the assay says %(found)s µg/g; of %(substance)s %(middle)s are usual. How far that varies is "
            "judged, at %(tolerance_share)s either way. That is %(score)s standard deviations from the middle; a "
            "person looks above %(most)s."
        )
    alarm(
        work, "content", one.lot, reason,
        against=[one.seller, one.buyer], element=element, found=round(value), substance=known.name,
        middle=round(middle), low=round(low), high=round(high), score=round(scores[element], 1), most=most,
        times=times, tolerance_share=tolerance,
    )  # fmt: skip


def look_at_load(work: Work, one: Settled) -> None:
    """Raise an alarm if another seal came, or the same seal on another load."""
    if one.seal_found is not None:
        look_at_seal(
            work, about=one.lot, seal=one.seal, seal_found=one.seal_found, score=_difference(work, one),
            against=[one.seller, one.buyer],
        )  # fmt: skip


def check_lot(work: Work, lot_id: str) -> None:
    """Look at a lot with all that is known of it by now, and raise alarms. Asked again, it raises none twice.

    To be called when a lot is awarded, and again when its settlement is worked out: before money moves.
    """
    found = settled(work, lot_id)
    if found is None:
        return
    _look_at_pieces(work, lot_id, found.seller)
    if found.buyer:
        look_at_parties(work, found.lot, found.seller, found.buyer)
        look_at_load(work, found)
        look_at_content(work, found)


def after_settlement(work: Work, lot_id: str) -> None:
    """Look at a lot that was settled, note its weighings for both scales, and draw it for a second assay or not."""
    check_lot(work, lot_id)
    one = settled(work, lot_id)
    if one is None or not one.buyer:
        return
    if one.sent and one.came and one.sent.scale and one.came.scale and one.sent.scale != one.came.scale:
        sent, came = (_sigma(work, side) for side in (one.sent, one.came))
        weighed_twice(
            work, about=one.lot, scale=one.came.scale, grams=one.came.grams, other=one.sent.scale,
            other_grams=one.sent.grams, sigma=math.hypot(sent, came), party=one.buyer,
        )  # fmt: skip
    if one.assay:
        first = {element: (round(value), max(1, round(2 * sigma))) for element, (value, sigma) in one.assay.items()}
        reassay.draw(work, lot=one.lot, fixed=one.digest, first=first, seller=one.seller, buyer=one.buyer)


def settled(work: Work, lot_id: str) -> Settled | None:
    """Return what market and settlement know of a lot; ``buyer`` is "" before it is sold. None for no lot."""
    lot = work.connection.execute(select(lots).where(lots.c.id == lot_id)).one_or_none()
    if lot is None:
        return None
    c, w, a = contract.c, weighing.c, assay.c
    sold = work.connection.execute(select(contract).where(c.live_lot == lot_id)).one_or_none()
    if sold is None:
        return Settled(lot_id, lot.seller, "", lot.goods, lot.seal)
    sides = {row.side: row for row in work.connection.execute(select(weighing).where(w.contract == sold.id))}
    sent, came = (_weighing(sides.get(side)) for side in ("sent", "arrived"))
    seal = sides["sent"].seal if "sent" in sides else lot.seal
    found = None
    if "arrived" in sides and seal:
        found = sides["arrived"].seal if sides["arrived"].seal_whole else ""
    tests = work.connection.execute(select(assay).where(a.contract == sold.id)).all()
    result: dict[str, tuple[float, float]] = {}
    worked_out = select(proposal.c.ppm).where(proposal.c.contract == sold.id).order_by(proposal.c.n.desc()).limit(1)
    ppm = work.connection.execute(worked_out).scalar_one_or_none()  # parts per million: micrograms a gram
    if tests and sold.element and ppm:
        relative = policy_of(work.settings).number("content", "relative")
        result[sold.element] = (ppm, max(row.u_ppm for row in tests) or relative * ppm)
    return Settled(lot_id, sold.seller, sold.buyer, lot.goods, seal, found, sent, came, result)


def _look_at_pieces(work: Work, lot_id: str, seller: str) -> None:
    """Raise an alarm if the pieces of a counted lot are lighter or heavier than such pieces are."""
    lot = work.connection.execute(select(lots).where(lots.c.id == lot_id)).one()
    if lot.pieces and lot.grams and work.catalogue.kind(lot.goods):
        grams = round(lot.grams / lot.pieces)
        look_at_weight(work, policy_of(work.settings), party=seller, kind=lot.goods, grams=grams, about=lot_id)


def _weighing(row: Any) -> Weighing | None:
    """Return a net weight: two readings, so the root of two of one's uncertainty."""
    return Weighing(row.scale, row.gross_g - row.tare_g, row.u_g * 2**0.5) if row else None


def _sigma(work: Work, one: Weighing) -> float:
    return one.sigma or policy_of(work.settings).number("scale", "relative") * one.grams


def _difference(work: Work, one: Settled) -> float | None:
    if not (one.sent and one.came):
        return None
    return scales.difference_score(
        one.sent.grams, one.came.grams, _sigma(work, one.sent), _sigma(work, one.came)
    )  # fmt: skip
