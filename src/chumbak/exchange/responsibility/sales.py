"""What a producer says that it sold: by fiscal year and item. The last word on a year and item counts; all are kept."""

from __future__ import annotations

from sqlalchemy import func, select

from chumbak.exchange.desk import Work
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.responsibility import tables as t
from chumbak.exchange.responsibility.owed import Sale
from chumbak.exchange.responsibility.rules import Duties

MOST_UNITS, MOST_GRAMS = 10**9, 10**13  # a billion pieces, ten million tonnes: more is a slip of the pen
MOST_YEARS = 40  # that goods last
EARLIEST = 1980


def say_sold(work: Work, duties: Duties, party: str, this_year: int, one: Sale) -> None:
    """Write down what a producer sold in a year of an item (0 takes back what was said). Raises ``Refusal``."""
    if not EARLIEST <= one.year <= this_year:
        raise Refusal(N_("Write a year from %(first)s to this one."), field="year", first=duties.name(EARLIEST))
    if not one.item or len(one.item) > 60:
        raise Refusal(N_("Say what was sold."), field="item")
    if one.category not in duties.categories:
        raise Refusal(N_("Choose the category."), field="category")
    if not 0 <= one.units <= MOST_UNITS:
        raise Refusal(N_("Write how many pieces, in whole numbers."), field="units")
    if not 0 <= one.grams <= MOST_GRAMS:
        raise Refusal(N_("Write what they weighed together, in kg."), field="weight")
    if not 1 <= one.life_years <= MOST_YEARS:
        raise Refusal(N_("Write how many whole years they last on average, 1 to %(most)s."), field="life",
                      most=MOST_YEARS)  # fmt: skip
    work.connection.execute(t.sale.insert().values(party=party, made_us=work.now_us, **one.__dict__))
    work.audit("sales-stated", party, year=one.year, item=one.item, units=one.units, grams=one.grams)


def sales_of(work: Work, party: str) -> list[Sale]:
    """Return what a producer sold, by year and item, as it last said."""
    last = select(func.max(t.sale.c.n)).where(t.sale.c.party == party).group_by(t.sale.c.year, t.sale.c.item)
    asked = select(t.sale).where(t.sale.c.n.in_(last)).order_by(t.sale.c.year, t.sale.c.item)
    return [
        Sale(row.year, row.item, row.category, row.units, row.grams, row.life_years)
        for row in work.connection.execute(asked)
    ]
