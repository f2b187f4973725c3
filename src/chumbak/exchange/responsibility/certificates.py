"""Certificates: made from metal that was won back and sold, sold within the price band, retired once, ended by time.

Each gram is certified once: a claim is the one row of its lot and metal, of the whole metal that custody shows in it,
and none can be made of a lot whose metal came through a lot that was claimed, or went into one. A certificate is taken,
retired or ended by the state of its row: of two who try at once, the second finds it gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from fractions import Fraction
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, and_, func, or_, select
from sqlalchemy.exc import IntegrityError

from chumbak.exchange.desk import Work, microseconds
from chumbak.exchange.hand_over import transferred
from chumbak.exchange.money.ledger import post, wallet
from chumbak.exchange.people.persons import party as known_party
from chumbak.exchange.people.persons import party_uri
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.responsibility import tables as t
from chumbak.exchange.responsibility.owed import covered, owed, split
from chumbak.exchange.responsibility.rules import Duties, duties_for
from chumbak.exchange.responsibility.sales import sales_of
from chumbak.exchange.responsibility.won import Won, is_of, sale, was_made_by, won
from chumbak.exchange.trust.alarms import stands
from chumbak.exchange.trust.plants import look_at_claims

UG = 1_000_000  # in a gram
MOST_AT_ONCE = 500  # certificates made by one claim; what is left waits for the next
LONGEST = 60  # letters of an invoice's number
INSIDE, UNCHECKED = "inside", "unchecked"


@dataclass(frozen=True)
class Claim:
    """Metal of a lot that was sold: micrograms held, claimed, and of certificate (0 for a metal without any)."""

    lot: str
    metal: str
    party: str
    invoice: str
    sale: str
    held_ug: int
    ug: int
    certificate_ug: int
    year: int
    made_us: int


@dataclass(frozen=True)
class Certificate:
    """A certificate of so many micrograms of a metal. It holds until ``ends_us``."""

    id: str
    metal: str
    ug: int
    maker: str
    owner: str
    state: str
    made_us: int
    ends_us: int
    offered_to: str | None
    offered_paise: int | None
    retired_year: int | None


@dataclass(frozen=True)
class Move:
    """What became of a certificate. ``band`` says whether a price was checked: inside, unchecked, "" for no price."""

    certificate: str
    what: str
    giver: str
    taker: str
    paise: int | None
    band: str
    made_us: int


def rules_of(work: Work) -> Duties:
    """Return the rules that hold here. Raises ``Refusal`` where there are none."""
    found = duties_for(work.catalogue.country, work.settings)
    if found is None:
        raise Refusal(N_("No rules of producer responsibility are known for this country."))
    return found


def today(work: Work) -> Any:
    """Return the day of the work, where the exchange is."""
    return work.now.astimezone(ZoneInfo(work.settings.time_zone)).date()


# From metal to certificates ------------------------------------------------------------------------------------------


def claim(work: Work, party: str, lot: str, invoice: str, buyer: str = "") -> list[Claim]:
    """Claim all metal of a lot that a recycler sold, and make certificates of it. Raises ``Refusal``.

    If custody shows no sale of the lot yet, the sale is recorded: ``buyer`` is whom it was sold to. Metals with a
    certificate and those that are only counted are claimed together.
    """
    duties, number = rules_of(work), " ".join(invoice.split())
    if not number or len(number) > LONGEST:
        raise Refusal(N_("Write the number of your invoice, at most %(most)s letters."), field="invoice", most=LONGEST)
    if waits := stands(work, party) + stands(work, lot.rsplit("/", 1)[-1]):
        raise Refusal(N_("Certificates wait until a person has looked at this: %(id)s."), id=waits[0].id)
    found = won(work.desk, lot, duties.origins)
    if not was_made_by(work.desk, lot, party):
        raise Refusal(N_("Custody does not show that your plant made this lot: only metal that you won counts."),
                      field="lot")  # fmt: skip
    event = sale(work.desk, lot, party) or _record_sale(work, party, lot, number, buyer)
    metals = [metal for metal in (*duties.metals, *duties.carried) if found.counts.get(metal)]
    if not metals:
        raise Refusal(N_("Nothing in this lot counts: no metal of the rules that users had given up."), field="lot")
    made = [_claim(work, duties, party, found, metal, number, event, buyer) for metal in metals]
    for one in made:
        issue(work, duties, party, one.metal)
    look_at_claims(work, party)
    work.audit("metal-claimed", lot, party=party, metals={one.metal: one.ug for one in made})
    return made


def issue(work: Work, duties: Duties, party: str, metal: str) -> list[str]:
    """Make certificates of what a recycler has claimed and not certified yet; return their ids."""
    sizes = duties.sizes(metal)
    listed, _ = split(stock(work, party).get(metal, 0) // UG, sizes)
    made = []
    ends = _start_of(work, duties.ends(today(work)))
    for grams in listed[:MOST_AT_ONCE]:
        id = work.new_id("certificate")
        taken = work.connection.execute(
            t.stock.update()
            .where(t.stock.c.party == party, t.stock.c.metal == metal, t.stock.c.ug >= grams * UG)
            .values(ug=t.stock.c.ug - grams * UG)
        )
        if taken.rowcount != 1:
            raise Refusal(N_("These certificates were just made. Look at the list."))
        row = {"id": id, "metal": metal, "ug": grams * UG, "maker": party, "owner": party, "state": t.HELD}
        work.connection.execute(t.certificate.insert().values(**row, made_us=work.now_us, ends_us=ends))
        _moved(work, id, t.MADE, "", party)
        made.append(id)
    return made


def stock(work: Work, party: str) -> dict[str, int]:
    """Return micrograms of certificate by metal that fill no certificate yet."""
    asked = select(t.stock.c.metal, t.stock.c.ug).where(t.stock.c.party == party).order_by(t.stock.c.metal)
    return {row.metal: row.ug for row in work.connection.execute(asked)}


def _record_sale(work: Work, party: str, lot: str, invoice: str, buyer: str) -> str:
    if not is_of(work.desk, lot, party):
        raise Refusal(N_("Custody does not show that this lot was yours to sell."), field="lot")
    if not buyer.strip():
        raise Refusal(N_("Write to whom you sold it."), field="buyer")
    desk = work.desk
    papers = {"inv": desk.uri("invoice", desk.keyed("invoice", f"{party} {invoice}"))}
    to = desk.uri("buyer", desk.keyed("buyer", buyer))
    return work.record(transferred(work, [lot], seller=party_uri(desk, party), buyer=to, papers=papers))


def _claim(
    work: Work, duties: Duties, party: str, found: Won, metal: str, invoice: str, event: str, buyer: str
) -> Claim:
    ug, made = found.counts[metal], t.came_from
    others = [found.lot, *found.before]
    through = select(t.claim.c.lot).where(t.claim.c.metal == metal, t.claim.c.lot.in_(others))
    into = select(made.c.lot).where(made.c.metal == metal, made.c.before == found.lot)
    if taken := work.connection.execute(through.union(into).limit(1)).scalar():
        raise Refusal(N_("%(metal)s of this lot was certified before, with the lot %(lot)s."), field="lot",
                      metal=metal, lot=taken)  # fmt: skip
    counted = Fraction(0) if metal in duties.carried else duties.factor(metal)
    one = Claim(
        found.lot, metal, party, invoice, event, found.held[metal], ug, int(ug * counted),
        duties.year_of(today(work)), work.now_us,
    )  # fmt: skip
    try:
        with work.connection.begin_nested():
            told = work.desk.keyed("buyer", buyer) if buyer.strip() else ""
            work.connection.execute(t.claim.insert().values(**one.__dict__, buyer=told))
    except IntegrityError:
        raise Refusal(N_("%(metal)s of this lot was certified before, with the lot %(lot)s."), field="lot",
                      metal=metal, lot=found.lot) from None  # fmt: skip
    if found.before:
        work.connection.execute(made.insert(), [{"before": b, "metal": metal, "lot": one.lot} for b in found.before])
    if one.certificate_ug:
        _add_stock(work, party, metal, one.certificate_ug)
    return one


def _add_stock(work: Work, party: str, metal: str, ug: int) -> None:
    here = (t.stock.c.party == party) & (t.stock.c.metal == metal)
    if not work.connection.execute(t.stock.update().where(here).values(ug=t.stock.c.ug + ug)).rowcount:
        work.connection.execute(t.stock.insert().values(party=party, metal=metal, ug=ug))


# From hand to hand ---------------------------------------------------------------------------------------------------


def band_of(duties: Duties, one: Certificate, paise: int, currency: str) -> str:
    """Say whether a price is inside the band. Raises ``Refusal`` outside; unchecked where no compensation is known."""
    band = duties.band(one.metal)
    if band is None:
        return UNCHECKED
    low, high = (limit * one.ug / (1000 * UG) for limit in band)
    if not low <= paise <= high:
        raise Refusal(
            N_("The price has to lie between %(least)s and %(most)s %(currency)s: the rules give a band."),
            field="price", least=_units(ceil(low)), most=_units(int(high)), currency=currency,
        )  # fmt: skip
    return INSIDE


def offer(work: Work, id: str, by: str, to: str, paise: int) -> None:
    """Offer a certificate to a producer at a price. Raises ``Refusal``."""
    one = certificate(work, id, by)
    try:
        kind = known_party(work, to).kind
    except KeyError:
        kind = ""
    if kind != "producer" or to == by:
        raise Refusal(N_("Certificates go to producers only: choose one."), field="to")
    if paise <= 0:
        raise Refusal(N_("A price has to be above zero."), field="price")
    band_of(rules_of(work), one, paise, work.catalogue.currency)
    _step(work, id, (t.HELD,), by, state=t.OFFERED, offered_to=to, offered_paise=paise)
    _moved(work, id, t.OFFER, by, to, paise)


def withdraw(work: Work, id: str, by: str) -> None:
    """Take an offer back. Raises ``Refusal``."""
    _step(work, id, (t.OFFERED,), by, state=t.HELD, offered_to=None, offered_paise=None, ended_too=True)
    _moved(work, id, t.WITHDRAWN, by, by)


def take(work: Work, id: str, by: str) -> None:
    """Buy a certificate that was offered to a producer, from its wallet, at the price offered. Raises ``Refusal``."""
    one = certificate(work, id, by)
    if one.offered_to != by or one.offered_paise is None:
        raise Refusal(N_("This certificate is not offered to you any more."))
    band = band_of(rules_of(work), one, one.offered_paise, work.catalogue.currency)
    _step(work, id, (t.OFFERED,), one.owner, state=t.HELD, owner=by, offered_to=None, offered_paise=None,
          for_paise=one.offered_paise)  # fmt: skip
    about = f"{id}/{len(history(work, id))}"
    paid = [(wallet(by), -one.offered_paise), (wallet(one.owner), one.offered_paise)]
    post(work, "certificate", about, paid)
    _moved(work, id, t.SOLD, one.owner, by, one.offered_paise, band)
    work.audit("certificate-sold", id, giver=one.owner, taker=by, paise=one.offered_paise, band=band)


def retire(work: Work, id: str, by: str, year: int) -> None:
    """Use a certificate for a producer's obligation of a fiscal year, for good. Raises ``Refusal``."""
    duties, one = rules_of(work), certificate(work, id, by)
    lines = owed(duties, sales_of(work, by), year, work.catalogue)
    found = next((c for c in covered(duties, lines, retired(work, by, year)) if c.metal == one.metal), None)
    if year > duties.year_of(today(work)) or found is None or not found.open_ug:
        raise Refusal(N_("Nothing of this metal is to be covered in this year."), field="year")
    _step(work, id, (t.HELD,), by, state=t.RETIRED, retired_year=year)
    _moved(work, id, t.RETIRED, by, by)
    work.audit("certificate-retired", id, party=by, year=year)


def end(work: Work) -> int:
    """End every certificate whose time has passed and that was not used; return how many."""
    late = and_(t.certificate.c.ends_us <= work.now_us, t.certificate.c.state.in_((t.HELD, t.OFFERED)))
    listed = work.connection.execute(select(t.certificate.c.id, t.certificate.c.owner).where(late)).all()
    for id, owner in listed:
        gone = {"state": t.ENDED, "offered_to": None, "offered_paise": None}
        work.connection.execute(t.certificate.update().where(t.certificate.c.id == id).values(**gone))
        _moved(work, id, t.ENDED, owner, owner)
    return len(listed)


def _step(
    work: Work, id: str, states: Sequence[str], whose: str, for_paise: int | None = None, ended_too: bool = False,
    **change: Any,
) -> None:  # fmt: skip
    here = and_(t.certificate.c.id == id, t.certificate.c.state.in_(states), t.certificate.c.owner == whose)
    if not ended_too:
        here = and_(here, t.certificate.c.ends_us > work.now_us)
    if for_paise is not None:
        here = and_(here, t.certificate.c.offered_paise == for_paise)
    if work.connection.execute(t.certificate.update().where(here).values(**change)).rowcount != 1:
        raise Refusal(N_("This certificate is not yours to use any more: used, offered or ended."))


def _moved(work: Work, id: str, what: str, giver: str, taker: str, paise: int | None = None, band: str = "") -> None:
    row = {"certificate": id, "what": what, "giver": giver, "taker": taker, "paise": paise, "band": band}
    work.connection.execute(t.move.insert().values(**row, made_us=work.now_us))


# Reading -------------------------------------------------------------------------------------------------------------


def certificate(work: Work, id: str, by: str) -> Certificate:
    """Return a certificate that a party made, has or is offered. Raises ``Refusal``: what is not its is not there."""
    for one in _find(work, t.certificate.c.id == id):
        if by in (one.owner, one.maker, one.offered_to):
            return one
    raise Refusal(N_("There is no such certificate."))


def any_certificate(work: Work, id: str) -> Certificate | None:
    """Return a certificate, whosever it is: for who checks."""
    return next(iter(_find(work, t.certificate.c.id == id)), None)


def of_party(work: Work, by: str, most: int = 200) -> list[Certificate]:
    """Return the certificates that a party has or is offered, the newest first."""
    here = or_(t.certificate.c.owner == by, t.certificate.c.offered_to == by)
    return sorted(_find(work, here), key=lambda one: (-one.made_us, -one.ug, one.id))[:most]


def made_by(work: Work, by: str) -> list[Certificate]:
    """Return the certificates that a recycler made, oldest first."""
    return _find(work, t.certificate.c.maker == by)


def claims_of(work: Work, by: str = "") -> list[Claim]:
    """Return the claims of a recycler, oldest first; without one, everybody's."""
    asked = select(t.claim).order_by(t.claim.c.made_us, t.claim.c.lot, t.claim.c.metal)
    asked = asked.where(t.claim.c.party == by) if by else asked
    return [
        Claim(row.lot, row.metal, row.party, row.invoice, row.sale, row.held_ug, row.ug, row.certificate_ug, row.year,
              row.made_us)
        for row in work.connection.execute(asked)
    ]  # fmt: skip


def history(work: Work, id: str) -> list[Move]:
    """Return what became of a certificate, in order."""
    return _moves(work, t.move.c.certificate == id)


def moves_of(work: Work, party: str, first_us: int, before_us: int) -> list[Move]:
    """Return the moves of certificates from or to a party in a time, in order."""
    mine = or_(t.move.c.giver == party, t.move.c.taker == party)
    return _moves(work, and_(mine, t.move.c.made_us >= first_us, t.move.c.made_us < before_us))


def retired(work: Work, party: str, year: int) -> dict[str, int]:
    """Return micrograms by metal that a producer retired for a fiscal year."""
    total = func.sum(t.certificate.c.ug)
    here = and_(t.certificate.c.owner == party, t.certificate.c.retired_year == year)
    asked = select(t.certificate.c.metal, total).where(here).group_by(t.certificate.c.metal)
    return {metal: int(ug) for metal, ug in work.connection.execute(asked)}


def unsound(work: Work) -> list[tuple[Claim, int]]:
    """Return the claims of which custody shows less today than when they were made, with the micrograms it shows.

    Custody's log is never edited, but a record can be declared erroneous later: then a person has to look.
    """
    duties, found = rules_of(work), []
    by_lot: dict[str, Won | None] = {}
    for one in claims_of(work):
        if one.lot not in by_lot:
            try:
                by_lot[one.lot] = won(work.desk, one.lot, duties.origins)
            except Refusal:
                by_lot[one.lot] = None
        shown = by_lot[one.lot]
        there = shown.counts.get(one.metal, 0) if shown else 0
        if there < one.ug:
            found.append((one, there))
    return found


def _moves(work: Work, here: Any) -> list[Move]:
    asked = select(t.move).where(here).order_by(t.move.c.n)
    return [
        Move(row.certificate, row.what, row.giver, row.taker, row.paise, row.band, row.made_us)
        for row in work.connection.execute(asked)
    ]


def _find(work: Work, here: Any) -> list[Certificate]:
    asked = (
        select(t.certificate)
        .where(here)
        .order_by(t.certificate.c.made_us, t.certificate.c.ug.desc(), t.certificate.c.id)
    )
    return [_read(row) for row in work.connection.execute(asked)]


def _read(row: Row[Any]) -> Certificate:
    return Certificate(
        row.id, row.metal, row.ug, row.maker, row.owner, row.state, row.made_us, row.ends_us, row.offered_to,
        row.offered_paise, row.retired_year,
    )  # fmt: skip


def _units(paise: int) -> str:
    """Return paise as units of the currency, digit for digit."""
    return f"{paise // 100}.{paise % 100:02d}"


def _start_of(work: Work, day: Any) -> int:
    at = datetime.combine(day, time(), ZoneInfo(work.settings.time_zone)).astimezone(UTC)
    return microseconds(at)
