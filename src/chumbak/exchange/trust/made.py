"""When and for which market a device was made, as the plant reads it on its label; and where it was handed over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, func, select
from sqlalchemy.exc import IntegrityError

from chumbak.exchange.digits import whole
from chumbak.exchange.people import tables as people
from chumbak.exchange.people.persons import person
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.takeback import tables as takeback
from chumbak.exchange.trust import links, tables
from chumbak.exchange.trust.alarms import alarm
from chumbak.exchange.trust.pieces import look_at_age, look_at_imports, look_at_origin
from chumbak.exchange.trust.windows import DAY_US

if TYPE_CHECKING:
    from chumbak.exchange.desk import Work

THERE = (takeback.ARRIVED, takeback.KEPT, takeback.CLEARED)
EARLIEST = 1950  # no year before it is one in which such a device was made
WINDOW_DAYS = 365


def to_read(work: Work, recycler: str, most: int = 50) -> list[Any]:
    """Return the devices at a plant of which nobody has read the label yet: rows with id, kind and booking."""
    d, b = takeback.device.c, takeback.booking.c
    query = (
        select(d.id, d.kind, d.booking)
        .select_from(takeback.device.join(takeback.booking))
        .where(b.recycler == recycler, d.state.in_(THERE), ~exists().where(tables.made.c.device == d.id))
        .order_by(b.made_us, d.n).limit(most)
    )  # fmt: skip
    return list(work.connection.execute(query))


def read_label(work: Work, device: str, year: str, elsewhere: bool) -> None:
    """Note the year on a device's label and whether it was made for another market, and look at both.

    By the plant that has it; once. Raises ``Refusal``.
    """
    d, b = takeback.device.c, takeback.booking.c
    row = work.connection.execute(
        select(d.kind, d.state, b.id, b.party, b.recycler)
        .select_from(takeback.device.join(takeback.booking)).where(d.id == device)
    ).one_or_none()  # fmt: skip
    if row is None or row.recycler != person(work, work.actor).party or row.state not in THERE:
        raise Refusal(N_("There is no such device at your plant."))
    typed = whole(year, work.now.year + 1)
    if typed is None or typed < EARLIEST:
        raise Refusal(N_("Write the year on the label, such as 2016."), field="year")
    kept = {"device": device, "party": row.party, "elsewhere": int(elsewhere), "year": typed}
    try:
        with work.connection.begin_nested():
            work.connection.execute(
                tables.made.insert().values(**kept, person=work.actor, made_us=work.now_us)
            )  # fmt: skip
    except IntegrityError:
        raise Refusal(N_("This label was read already.")) from None
    look_at_age(work, party=row.party, kind=row.kind, about=row.id, sold_year=int(year))
    m = tables.made.c
    recent = select(func.count(), func.coalesce(func.sum(m.elsewhere), 0)).where(
        m.party == row.party, m.made_us > work.now_us - WINDOW_DAYS * DAY_US
    )
    of, imported = work.connection.execute(recent).one()
    look_at_imports(work, party=row.party, imported=int(imported), of=of)


def look_at_hand_over(work: Work, party: str, about: str) -> None:
    """Raise alarms if a device is handed over far from home, or to somebody related; ``about`` is the take-back."""
    b, s = takeback.booking.c, takeback.slot.c
    handed = select(s.place, b.collector, b.recycler).select_from(takeback.booking.join(takeback.slot))
    row = work.connection.execute(handed.where(b.id == about)).one_or_none()
    if row is None:
        return
    p = people.parties.c
    home = select(people.party_about.c.place).select_from(people.parties.join(people.party_about))
    registered = work.connection.execute(home.where(p.id == party, p.kind == "household")).scalar_one_or_none()
    if registered:
        look_at_origin(work, party=party, about=about, place=row.place, registered=registered)
    collector = person(work, row.collector).party
    around = links.graph(work, party)
    for other in (collector, row.recycler):
        if steps := around.path(party, other):
            alarm(
                work, "related", about,
                N_("Who hands over and who takes it are related: they have %(by_word)s "
                   "(steps between them: %(steps)s)."),
                against=[party, other], by_word=links.said(steps), steps=len(steps),
            )  # fmt: skip
