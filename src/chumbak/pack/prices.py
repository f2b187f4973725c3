"""Money: every price to the pack's currency and price year, by the pack's own rates and price index."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from chumbak.pack.entries import Entry
from chumbak.pack.faults import Faults
from chumbak.pack.figures import Figure, money_unit
from chumbak.pack.units import is_priced

INDEX = "calendar.price_index"


def convert_money(entries: Mapping[str, Entry], currency: str, price_year: int, faults: Faults) -> dict[str, Entry]:
    """Return the entries with money in ``currency`` of ``price_year``, which their ``unit`` then says.

    A price in another currency is first turned into the pack's currency at the mean rate of its own price
    year, then carried to the pack's price year by the price index. A rate or index that is missing is a fault.
    """
    converted = dict(entries)
    for key, entry in entries.items():
        if entry.attribute.name == "exchange_rate":
            _check_rate(entry, currency, faults)
        if not is_priced(entry.attribute.unit):
            continue
        rate = _rate(entries, entry.figures[0], currency, faults)
        growth = _growth(entries, entry.figures[0], price_year, faults)
        if rate is not None and growth is not None:
            unit = money_unit(entry.attribute.unit, currency, price_year)
            converted[key] = replace(entry.scaled(rate * growth), unit=unit)
    return converted


def _check_rate(entry: Entry, currency: str, faults: Faults) -> None:
    """Note a rate that is not one from the key's currency into the pack's."""
    for figure in entry.figures:
        wanted = f"{currency}/{entry.indices['currency']}"
        if figure.unit not in (wanted, "1"):
            what = f"the rate is in {figure.unit}, and the pack's currency is {currency}"
            faults.add(figure.where, "unit", "wrong-rate", what, f"Give it in {wanted}.")


def _rate(entries: Mapping[str, Entry], figure: Figure, currency: str, faults: Faults) -> float | None:
    """Return units of ``currency`` for one of the figure's own, in its price year."""
    assert figure.price_year is not None
    if figure.currency == currency:
        return 1.0
    key = f"currency.{figure.currency}.rate"
    rate = _in_year(entries, key, figure.price_year)
    if rate is None and not _is_lost(key, faults):
        what = f"the pack has no '{key}' for {figure.price_year} to convert this price"
        mend = f"Add it to the pack, or give the price in {currency}."
        faults.add(figure.where, "currency", "missing-exchange-rate", what, mend)
    return rate


def _growth(entries: Mapping[str, Entry], figure: Figure, price_year: int, faults: Faults) -> float | None:
    """Return what the figure's price is multiplied by to be in prices of ``price_year``."""
    assert figure.price_year is not None
    if figure.price_year == price_year:
        return 1.0
    index = {year: _in_year(entries, INDEX, year) for year in (figure.price_year, price_year)}
    then, now = index.values()
    if then is None or now is None:
        if not _is_lost(INDEX, faults):
            missing = " and ".join(str(year) for year, number in index.items() if number is None)
            what = f"the pack has no '{INDEX}' for {missing} to convert this price"
            mend = f"Add it to the pack, or give the price in prices of {price_year}."
            faults.add(figure.where, "price_year", "missing-price-index", what, mend)
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
