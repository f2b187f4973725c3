"""Money: every price to the pack's currency and price year, by the pack's own rates and price index."""

from __future__ import annotations

from collections.abc import Mapping

from chumbak.pack.entries import Entry
from chumbak.pack.faults import Faults
from chumbak.pack.units import is_money


def convert_money(entries: Mapping[str, Entry], currency: str, price_year: int, faults: Faults) -> dict[str, Entry]:
    """Return the entries with money in ``currency`` of ``price_year``.

    A price in another currency is first turned into the pack's currency at the mean rate of its own price
    year, then carried to the pack's price year by the price index. A rate or index that is missing is a fault.
    """
    converted = dict(entries)
    for key, entry in entries.items():
        if not is_money(entry.attribute.unit) or entry.attribute.name == "exchange_rate":
            continue
        figure = entry.figures[0]
        assert figure.price_year is not None
        rate = 1.0
        if figure.currency != currency:
            rate_key = f"currency.{figure.currency}.rate"
            found = _in_year(entries, rate_key, figure.price_year)
            if found is None:
                what = f"there is no '{rate_key}' for {figure.price_year}"
                mend = "Add it to the pack, or give the price in the pack's currency."
                faults.add(figure.where, "currency", "missing-exchange-rate", what, mend)
                continue
            rate = found
        if figure.price_year != price_year:
            then, now = (
                _in_year(entries, "calendar.price_index", year) for year in (figure.price_year, price_year)
            )
            if then is None or now is None:
                what = f"there is no 'calendar.price_index' for {figure.price_year} and {price_year}"
                faults.add(figure.where, "price_year", "missing-price-index", what, "Add it to the pack.")
                continue
            rate *= now / then
        converted[key] = entry.scaled(rate)
    return converted


def _in_year(entries: Mapping[str, Entry], key: str, year: int) -> float | None:
    entry = entries.get(key)
    if entry is None:
        return None
    if entry.years is None:
        return float(entry.value)
    if not entry.years[0] <= year <= entry.years[-1]:
        return None
    return float(entry.value[year - entry.years[0]])
