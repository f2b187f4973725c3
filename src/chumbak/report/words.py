"""The answer in words and in four numbers: what a reader sees first, in the terminal and on the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chumbak.answer.ensemble import totals
from chumbak.answer.overview import Answer

ENOUGH_DRAWS = 20  # below this a 5th and 95th percentile mean nothing


@dataclass(frozen=True)
class Headline:
    """One of the four numbers: what it is, its value in words, and its range where drawn."""

    label: str
    value: str
    unit: str
    note: str


def rounded(number: float) -> str:
    """Return a number as a person would say it: three significant figures at most, thousands apart."""
    magnitude = abs(number)
    if magnitude >= 1000:
        return f"{float(f'{number:.3g}'):,.0f}"
    if magnitude >= 10:
        return f"{number:,.0f}"
    return "0" if number == 0 else f"{number:.2g}" if magnitude >= 0.1 else f"{number:.1g}"


def money(millions: float, currency: str) -> str:
    """Return an amount given in millions as a person would say it: ``45 billion INR``."""
    large = abs(millions) >= 1000
    return f"{rounded(millions / 1000 if large else millions)} {'billion' if large else 'million'} {currency}"


def in_a_row(parts: Sequence[str]) -> str:
    """Return parts as a list in a sentence: ``a, b and c``."""
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)


def mid_sentence(name: str) -> str:
    """Return a name as it stands inside a sentence: its first letter small, unless it is an abbreviation."""
    first = name.partition(" ")[0]
    return name[:1].lower() + name[1:] if first[1:].islower() else name


class Totals:
    """The totals of an answer by name and year, with their bands where drawn."""

    def __init__(self, answer: Answer) -> None:
        found = answer.findings.get("gap")
        self._totals = totals(answer.data, found.data if found else None)
        self._ensemble = answer.ensemble

    def at(self, name: str, year: int) -> float:
        """Return the central value, t/year."""
        return float(self._totals[name].sel(year=year))

    def range(self, name: str, year: int) -> tuple[float, float] | None:
        """Return the 5th and 95th percentile, t/year, or None where nothing was drawn."""
        if self._ensemble is None or self._ensemble.draws < ENOUGH_DRAWS:
            return None
        bands = self._ensemble.bands.sel(name=name, year=year)
        return float(bands.sel(percentile="p05")), float(bands.sel(percentile="p95"))

    def said(self, name: str, year: int) -> str:
        """Return the value with its range in words: ``4,140 t (3,250 to 5,910)``."""
        found = self.range(name, year)
        spread = f" ({rounded(found[0])} to {rounded(found[1])})" if found else ""
        return f"{rounded(self.at(name, year))} t{spread}"


def need_sentences(answer: Answer) -> list[str]:
    """Return need and urban mine in three sentences: all there is to say of a pack without a chain."""
    pack, numbers = answer.pack, Totals(answer)
    now, last = pack.base_year, pack.window.last
    if numbers.at("demand.total_t", now) == 0:
        first = f"Goods sold in {pack.place} in {now} hold no rare-earth magnets."
    else:
        home = portion(numbers.at("demand.made_at_home_t", now), numbers.at("demand.total_t", now))
        first = (
            f"Goods sold in {pack.place} in {now} hold about {numbers.said('demand.total_t', now)} of rare-earth "
            f"magnets; {percent(home)} of it, {numbers.said('demand.made_at_home_t', now)}, is built in by makers at "
            "home, whom home magnet plants could serve; the rest arrives inside imported parts and goods."
        )
    far = min(now + 15, last)
    share = portion(numbers.at("urban_mine.recoverable_full_t", far), numbers.at("demand.total_t", far))
    return [
        first,
        _path(answer, numbers, now, last),
        f"Goods thrown away in {now} take {numbers.said('urban_mine.end_of_life_t', now)} of magnets along: today’s "
        f"routes could win back {rounded(numbers.at('urban_mine.recoverable_today_t', now))} t, full collection with "
        f"the best dismantling {rounded(numbers.at('urban_mine.recoverable_full_t', now))} t, and in {far} an amount "
        f"equal to {percent(share)} of that year’s demand.",
    ]


def _path(answer: Answer, numbers: Totals, now: int, last: int) -> str:
    """Return the sentence on the years to come."""
    years = sorted({min(now + 5, last), last} - {now})
    title = answer.pack.scenario_title
    if not years:
        return f"The pack ends in {now}; scenario “{title}” says nothing of later years."
    whole = " and ".join(f"{numbers.said('demand.total_t', year)} in {year}" for year in years)
    home = " and ".join(f"{rounded(numbers.at('demand.made_at_home_t', year))} t" for year in years)
    return f"In the scenario “{title}” this becomes {whole}, of which {home} at home."


def exports_line(answer: Answer) -> str:
    """Return a sentence on the fourth line, goods made for export, which covers only products that have a figure."""
    data, year = answer.data, answer.pack.base_year
    products = [answer.pack.nouns.cell("products", str(name), "name") for name in data["product_exported"].values]
    if not products:
        return "Of goods made for export the pack has no figure."
    held = float(data.exported.sel(year=year).sum())
    return (
        f"On top of these, goods made for export held {rounded(held)} t in {year}, counting only products that have a "
        f"figure: {'; '.join(products)}."
    )


def portion(part: float, whole: float) -> float:
    """Return part over whole, and 0 of nothing."""
    return part / whole if whole else 0.0


def percent(share: float) -> str:
    """Return a share as a whole percentage, or with a figure more when it is small."""
    return f"{100 * share:.0f} %" if share >= 0.1 or share == 0 else f"{100 * share:.2g} %"


def need_headlines(answer: Answer) -> list[Headline]:
    """Return four numbers on need and urban mine."""
    pack, numbers = answer.pack, Totals(answer)
    now = pack.base_year
    later = min(now + 10, pack.window.last)
    unit = "t of magnets a year"

    def one(label: str, name: str, year: int, note: str) -> Headline:
        found = numbers.range(name, year)
        spread = f"90 % of draws: {rounded(found[0])} to {rounded(found[1])}. " if found else ""
        return Headline(label, rounded(numbers.at(name, year)), unit, spread + note)

    return [
        one(f"in goods sold, {now}", "demand.total_t", now, "Everything the country uses, bare or built in."),
        one(f"in goods made at home, {now}", "demand.made_at_home_t", now, "What home magnet plants could serve."),
        one(f"in goods thrown away, {later}", "urban_mine.end_of_life_t", later, "What the urban mine holds out."),
        one(
            f"won back by full collection, {later}", "urban_mine.recoverable_full_t", later,
            f"Today’s routes would give {rounded(numbers.at('urban_mine.recoverable_today_t', later))} t.",
        ),
    ]  # fmt: skip
