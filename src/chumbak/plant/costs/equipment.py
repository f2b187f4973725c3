"""What equipment costs to buy: one line of ``equipment.csv`` a correlation.

Power law: ``count x base cost x (size / base size) ** exponent``. Log polynomial: ``count x base cost x exp(c0 + c1 ln
S + c2 ln^2 S ...)``. Both times the ratio of cost indices and a factor of material or type. Money is of the year asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from chumbak.plant.costs.escalation import Year, escalate
from chumbak.plant.costs.measures import convert
from chumbak.plant.costs.tables import Number, known, nearest, number, rows
from chumbak.plant.errors import PlantError

FAR = 10.0  # times the base size, either way, from which a correlation of unknown range is told to be far


@dataclass(frozen=True)
class Correlation:
    """A cost correlation: what it is of, in what money, over what size, and where it comes from."""

    key: str
    name: str
    account: str
    form: str
    cost: Number  # one, or one for every draw
    currency: str
    year: str
    size: str
    unit: str
    base: float
    exponent: float | None
    coefficients: tuple[float, ...]
    low: float | None
    high: float | None
    bare_module: float | None
    source: str
    verification: str


@dataclass(frozen=True)
class Item:
    """A piece of equipment to cost.

    ``size`` is of each of ``count`` units in parallel; with ``shared`` it is of all together, and each takes its part.
    ``factor`` is for material or type, with its reason in ``why``. ``life`` in years has it replaced while the plant
    runs. ``installation`` is a bare-module factor of its own.
    """

    equipment: str
    size: Number
    unit: str
    count: Number = 1
    shared: bool = False
    factor: Number = 1.0
    why: str = ""
    life: float | None = None
    installation: float | None = None
    name: str = ""


@dataclass(frozen=True)
class Bought:
    """An item and what it costs to buy, all units together; ``warnings`` say where its correlation may not hold."""

    item: Item
    correlation: Correlation
    cost: Number
    warnings: tuple[str, ...]


def _row(row: Mapping[str, str]) -> Correlation:
    def maybe(column: str) -> float | None:
        return float(row[column]) if known(row[column]) else None

    return Correlation(
        row["key"], row["name"], row["account"], row["form"], float(row["cost"]), row["currency"], row["year"],
        row["size"], row["unit"], float(row["base"]), maybe("exponent"),
        tuple(float(one) for one in row["coefficients"].split()), maybe("low"), maybe("high"), maybe("bare_module"),
        row["source"], row["verification"],
    )  # fmt: skip


def quoted(key: str, cost: float, currency: str, year: Year, source: str) -> Correlation:
    """Return a cost line for equipment that a price is known for and that is not scaled: so much for each unit."""
    return Correlation(
        key, key, "", "power", cost, currency, str(year), "number", "1", 1.0, 1.0, (), None, None, None, source, "yours"
    )  # fmt: skip


@cache
def correlations() -> Mapping[str, Correlation]:
    """Return every correlation by its key."""
    return {row["key"]: _row(row) for row in rows("equipment.csv")}


def correlation(key: str, own: Mapping[str, Correlation] | None = None) -> Correlation:
    """Return a correlation by its key, or by the account number of its source. Raises ``PlantError``."""
    table = {**correlations(), **(own or {})}
    if key in table:
        return table[key]
    accounts = {one.account: one for one in table.values() if one.account}
    if key in accounts:
        return accounts[key]
    raise PlantError(f"no cost is known for the equipment '{key}'{nearest(key, table)}")


def purchase(
    item: Item, year: Year, own: Mapping[str, Correlation] | None = None, index: Mapping[str, float] | None = None
) -> Bought:
    """Return what an item costs to buy in money of ``year``. Raises ``PlantError`` for a size that cannot be."""
    line = correlation(item.equipment, own)
    what = f"the {line.size} of '{item.name or item.equipment}'"
    count = number(item.count, f"the number of '{item.name or item.equipment}'", 0.0)
    factor = number(item.factor, f"the cost factor of '{item.name or item.equipment}'", 0.0)
    size = convert(number(item.size, what, 0.0), item.unit, line.unit, what)
    each = size / np.maximum(count, 1.0) if item.shared else size
    if (np.asarray(each) <= 0).any() and (np.asarray(count) > 0).any():
        raise PlantError(f"{what} is nothing; give a size, or leave the equipment out")
    if line.form == "power" and line.exponent is not None:
        cost = line.cost * (each / line.base) ** line.exponent
    elif line.form == "log polynomial" and line.coefficients:
        cost = line.cost * np.exp(np.polynomial.polynomial.polyval(np.log(each / line.base), line.coefficients))
    else:
        raise PlantError(
            f"the correlation of '{line.key}' has the form '{line.form}'; a form is 'power' with an exponent, or "
            "'log polynomial' with coefficients"
        )
    money = escalate(count * factor * cost, line.year, year, index)
    return Bought(item, line, money if np.ndim(money) else float(money), _warnings(line, each, what))


def _warnings(line: Correlation, each: Number, what: str) -> tuple[str, ...]:
    smallest, largest = float(np.min(each)), float(np.max(each))
    told = f"{smallest:.6g}" if smallest == largest else f"{smallest:.6g} to {largest:.6g}"
    low, high = line.low, line.high
    if (low is not None and smallest < low) or (high is not None and largest > high):
        held = f"{'' if low is None else f'from {low:g} '}{'' if high is None else f'up to {high:g} '}{line.unit}"
        return (f"{what} is {told} {line.unit}; its cost line holds {held}: the cost is extrapolated",)
    # A line of base size one is a formula over sizes of its own, not a plant that was priced.
    far = smallest < line.base / FAR or largest > line.base * FAR
    if low is None and high is None and line.exponent is not None and line.base != 1.0 and far:
        return (
            f"{what} is {told} {line.unit}, far from the {line.base:g} that its cost was read at, and how far the line "
            "holds is not known",
        )
    return ()


def purchases(
    items: Sequence[Item],
    year: Year,
    own: Mapping[str, Correlation] | None = None,
    index: Mapping[str, float] | None = None,
) -> tuple[Bought, ...]:
    """Return what every item costs to buy. Raises one ``PlantError`` that lists all that is wrong."""
    found: list[Bought] = []
    faults: list[str] = []
    for item in items:
        try:
            found.append(purchase(item, year, own, index))
        except PlantError as error:
            faults.append(str(error))
    if faults:
        raise PlantError("\n".join(dict.fromkeys(faults)))
    return tuple(found)
