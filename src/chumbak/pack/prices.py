"""Money: every price to the pack's currency and price year, by the pack's own rates and price index."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from chumbak.pack.entries import Entry
from chumbak.pack.faults import Faults
from chumbak.pack.figures import Figure, money_unit
from chumbak.pack.units import is_priced

INDEX = "calendar.price_index"
Lacking = dict[tuple[str, str], list[Figure]]  # prices that lack a rate or index, by its key and the years it lacks


def convert_money(entries: Mapping[str, Entry], currency: str, price_year: int, faults: Faults) -> dict[str, Entry]:
    """Return the entries with money in ``currency`` of ``price_year``, which their ``unit`` then says.

    A price in another currency is first turned into the pack's currency at the mean rate of its own price
    year, then carried to the pack's price year by the price index. A rate or index that is missing is a fault.
    """
    converted = dict(entries)
    lacking: Lacking = {}
    for key, entry in entries.items():
        if entry.attribute.name == "exchange_rate":
            _check_rate(entry, currency, faults)
        if not is_priced(entry.attribute.unit):
            continue
        rate = _rate(entries, entry.figures[0], currency, lacking)
        growth = _growth(entries, entry.figures[0], price_year, lacking)
        if rate is not None and growth is not None:
            unit = money_unit(entry.attribute.unit, currency, price_year)
            converted[key] = replace(entry.scaled(rate * growth), unit=unit)
    for (key, years), figures in lacking.items():
        if not _is_lost(key, faults):
            _note_lacking(key, years, figures, currency, price_year, faults)
    return converted


def _note_lacking(
    key: str, years: str, figures: list[Figure], currency: str, price_year: int, faults: Faults
) -> None:  # fmt: skip
    """Note a rate or index that is missing, once, at the first of the prices that need it."""
    more = f" and {len(figures) - 1} more" if len(figures) > 1 else ""
    what = f"the pack has no '{key}' for {years} to convert this price{more}"
    is_index = key == INDEX
    column, kind = ("price_year", "missing-price-index") if is_index else ("currency", "missing-exchange-rate")
    wanted = f"in prices of {price_year}" if is_index else f"in {currency}"
    faults.add(figures[0].where, column, kind, what, f"Add it to the pack, or give the price {wanted}.")


def _check_rate(entry: Entry, currency: str, faults: Faults) -> None:
    """Note a rate that is not one from the key's currency into the pack's."""
    for figure in entry.figures:
        wanted = f"{currency}/{entry.indices['currency']}"
        if figure.unit not in (wanted, "1"):
            what = f"the rate is in {figure.unit}, and the pack's currency is {currency}"
            faults.add(figure.where, "unit", "wrong-rate", what, f"Give it in {wanted}.")


def _rate(entries: Mapping[str, Entry], figure: Figure, currency: str, lacking: Lacking) -> float | None:
    """Return units of ``currency`` for one of the figure's own, in its price year; None where ``lacking``."""
    assert figure.price_year is not None
    if figure.currency == currency:
        return 1.0
    key = f"currency.{figure.currency}.rate"
    rate = _in_year(entries, key, figure.price_year)
    if rate is None:
        lacking.setdefault((key, str(figure.price_year)), []).append(figure)
    return rate


def _growth(entries: Mapping[str, Entry], figure: Figure, price_year: int, lacking: Lacking) -> float | None:
    """Return what the figure's price is multiplied by to be in prices of ``price_year``; None where ``lacking``."""
    assert figure.price_year is not None
    if figure.price_year == price_year:
        return 1.0
    index = {year: _in_year(entries, INDEX, year) for year in (figure.price_year, price_year)}
    then, now = index.values()
    if then is None or now is None:
        missing = " and ".join(str(year) for year, number in index.items() if number is None)
        lacking.setdefault((INDEX, missing), []).append(figure)
        return None
    return now / then


def _is_lost(key: str, faults: Faults) -> bool:
    return key in faults.lost_keys or "figures" in faults.lost_tables


def _in_year(entries: Mapping[str, Entry], key: str, year: int) -> float | None:
    entry = entries.get(key)
    if entry is None:
        return None
    if entry.years is None:
        return float(entry.value)
    if not entry.years[0] <= year <= entry.years[-1]:
        return None
    return float(entry.value[year - entry.years[0]])
