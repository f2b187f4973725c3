"""What a producer owes for what it sold: by item, weight and metal, from its sales and the rules. Pure arithmetic.

    owed weight (item, Y)   = target(Y) x weight sold in fiscal year Y - average life of the item
    owed metal (metal, Y)   = target(Y) x phase(metal, Y) x metal in those goods, rounded up to a microgram

Metal in goods is by the rules' table where it has the item (kg for a kg), else by the catalogue of the exchange (by
unit), else not known: then nobody can tell the obligation, and it is not taken for zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from chumbak.exchange.catalogue import Catalogue
from chumbak.exchange.responsibility.rules import Duties

BY_RULES, BY_CATALOGUE, UNKNOWN = "rules", "catalogue", "unknown"


@dataclass(frozen=True)
class Sale:
    """Goods of one item sold in a fiscal year: pieces, grams, average life in whole years."""

    year: int
    item: str
    category: str
    units: int
    grams: int
    life_years: int


@dataclass(frozen=True)
class Owed:
    """The obligation of one item: grams of goods, micrograms of each metal (None: nobody can tell), and on what basis.

    ``ug`` has the metals with certificates, ``carried_ug`` those that are counted without.
    """

    sale: Sale
    share: Fraction
    grams: int
    basis: str
    ug: Mapping[str, int | None]
    carried_ug: Mapping[str, int | None]


@dataclass(frozen=True)
class Covered:
    """A metal of a year: micrograms owed (of the items of which it can be told) and retired.

    ``whole`` if it could be told of all items, ``told`` if of any.
    """

    metal: str
    owed_ug: int
    retired_ug: int
    whole: bool
    told: bool

    @property
    def open_ug(self) -> int:
        """Return what is still to be covered."""
        return max(self.owed_ug - self.retired_ug, 0)


def owed(duties: Duties, sales: Sequence[Sale], year: int, catalogue: Catalogue) -> list[Owed]:
    """Return what is owed in a fiscal year for each item; none where no rule gives a target for it."""
    share = duties.target(year)
    if share is None:
        return []
    found = []
    for one in sorted(sales, key=lambda sale: (sale.category, sale.item, sale.year)):
        if one.year + one.life_years != year or not (one.grams or one.units):
            continue
        basis, held = _held(duties, one, catalogue)
        ug = {metal: _part(held.get(metal) if held is not None else None, share, duties.phase(metal, year))
              for metal in duties.metals}  # fmt: skip
        carried = {metal: _part(held.get(metal) if held is not None else None, share, Fraction(1))
                   for metal in duties.carried if held is None or metal in held}  # fmt: skip
        found.append(Owed(one, share, ceil(share * one.grams), basis, ug, carried))
    return found


def covered(duties: Duties, lines: Sequence[Owed], retired: Mapping[str, int]) -> list[Covered]:
    """Return each metal with certificates: owed against retired, in micrograms."""
    return [
        Covered(
            metal, sum(line.ug[metal] or 0 for line in lines), retired.get(metal, 0),
            all(line.ug[metal] is not None for line in lines), any(line.ug[metal] is not None for line in lines),
        )
        for metal in duties.metals
    ]  # fmt: skip


def sold_lately(sales: Sequence[Sale], year: int) -> list[str]:
    """Return items that have been sold for less than an average life: of them the rules that are known say nothing."""
    first: dict[str, Sale] = {}
    for one in sales:
        if one.grams or one.units:
            first[one.item] = min(first.get(one.item, one), one, key=lambda sale: sale.year)
    return sorted(item for item, one in first.items() if one.year + one.life_years > year >= one.year)


def split(grams: int, sizes: Sequence[int]) -> tuple[list[int], int]:
    """Return grams as certificates of given sizes, the fewest by taking the largest first, and what fills none."""
    found = []
    for size in sorted(sizes, reverse=True):
        count, grams = divmod(grams, size)
        found += [size] * count
    return found, grams


def _held(duties: Duties, one: Sale, catalogue: Catalogue) -> tuple[str, Mapping[str, Fraction] | None]:
    """Return micrograms of each metal in goods sold, and on what basis."""
    by_rules = duties.content(one.item)
    if by_rules is not None:
        return BY_RULES, {metal: share * one.grams * 1_000_000 for metal, share in by_rules.items()}
    kind = catalogue.kind(one.item)
    if kind is not None and one.units:
        return BY_CATALOGUE, {metal: Fraction(triple[0]) * one.units for metal, triple in kind.ug.items()}
    return UNKNOWN, None


def _part(held: Fraction | None, share: Fraction, phase: Fraction | None) -> int | None:
    return None if held is None or phase is None else ceil(held * share * phase)
