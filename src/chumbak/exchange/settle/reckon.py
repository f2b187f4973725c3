"""What is paid for a lot, line by line: from price, weight and content that count to paise that sum exactly.

Every line is rounded once, half to even, to a paisa; totals are sums of lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from chumbak.exchange.money.invoices import Line
from chumbak.exchange.refusal import N_
from chumbak.exchange.settle.assays import Settled
from chumbak.exchange.settle.terms import Terms
from chumbak.exchange.settle.weights import Weighed

LOT, KG = "lot", "kg"


@dataclass(frozen=True)
class Deal:
    """What was agreed: ``paise`` a lot or a kilogram, ``grams`` sold (0: not by weight), content sold (0: none)."""

    paise: int
    basis: str
    grams: int
    element: str = ""
    ppm: int = 0


def expected(deal: Deal) -> int:
    """Return the price that the deal comes to if everything is as sold, in paise."""
    return deal.paise if deal.basis == LOT else round(Fraction(deal.paise * deal.grams, 1000))


def price_lines(deal: Deal, weight: Weighed | None, content: Settled | None, terms: Terms) -> list[Line]:
    """Return the lines of the price without tax; they sum to the price, which is never below zero."""
    lines = [_base(deal, weight)]
    if weight is not None and deal.basis == LOT and (line := _shortfall(deal, weight, terms)):
        lines.append(line)
    if content is not None and deal.ppm:
        base = sum(line.paise for line in lines)
        if content.ppm != deal.ppm:
            more = round(Fraction(base * content.ppm, deal.ppm)) - base
            values = {"element": deal.element, "found": shown(content.ppm), "sold": shown(deal.ppm)}
            lines.append(Line(N_("%(element)s: %(found)s %% found, %(sold)s %% sold"), values, more))
        if line := _penalty(deal, content, terms, sum(line.paise for line in lines)):
            lines.append(line)
    return lines


def shown(ppm: int) -> str:
    """Return parts per million as a percentage, digit for digit."""
    text = f"{ppm // 10_000}.{ppm % 10_000:04d}".rstrip("0")
    return text.rstrip(".")


def _base(deal: Deal, weight: Weighed | None) -> Line:
    if deal.basis == LOT or weight is None:
        return Line(N_("Price of the lot as sold"), {}, expected(deal))
    grams = weight.payable_g
    paise = round(Fraction(deal.paise * grams, 1000))
    if weight.foreign_g:
        values = {"net": kilograms(weight.net_g), "foreign": kilograms(weight.foreign_g)}
        return Line(N_("%(net)s kg net, less %(foreign)s kg of foreign matter, at the price a kg"), values, paise)
    return Line(N_("%(net)s kg net at the price a kg"), {"net": kilograms(grams)}, paise)


def _shortfall(deal: Deal, weight: Weighed, terms: Terms) -> Line | None:
    if not deal.grams or weight.payable_g >= deal.grams * (1 - terms.shortfall_free):
        return None
    less = round(Fraction(deal.paise * (deal.grams - weight.payable_g), deal.grams))
    values = {"net": kilograms(weight.payable_g), "sold": kilograms(deal.grams)}
    return Line(N_("%(net)s kg came, %(sold)s kg were sold"), values, -less)


def _penalty(deal: Deal, content: Settled, terms: Terms, price: int) -> Line | None:
    short = 1 - Fraction(content.ppm, deal.ppm) - terms.penalty_free
    steps = int(short / terms.penalty_step) if short > 0 else 0
    if not steps:
        return None
    share = min(steps * terms.penalty_share, terms.penalty_most)
    values = {"element": deal.element, "share": shown(round(share * 1_000_000))}
    return Line(N_("Penalty for low %(element)s: %(share)s %%"), values, -round(share * price))


def kilograms(grams: int) -> str:
    """Return grams as kilograms, digit for digit, without trailing zeros."""
    return f"{grams // 1000}.{grams % 1000:03d}".rstrip("0").rstrip(".")
