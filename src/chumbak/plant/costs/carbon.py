"""Greenhouse gas by scope: factor x amount a line, with source and year. What has no factor is an error, or is named.

Scope 1 leaves the plant itself, scope 2 the makers of its electricity and heat, scope 3 the makers of what it buys.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from chumbak.plant.costs.measures import convert
from chumbak.plant.costs.tables import Number, number, rows, total
from chumbak.plant.errors import PlantError

SCOPES = (1, 2, 3)


@dataclass(frozen=True)
class Factor:
    """kg CO2e for each ``unit`` of an item, with its scope, year and source."""

    item: str
    scope: int
    factor: Number
    unit: str
    year: str
    source: str
    verification: str = "yours"


@dataclass(frozen=True)
class Used:
    """An amount of what is used or let out, in the time that the product is made in."""

    item: str
    amount: Number
    unit: str


@dataclass(frozen=True)
class Emission:
    """A line: kg CO2e of an item in its scope, and what it rests on."""

    item: str
    scope: int
    amount: Number
    words: str
    source: str


@dataclass(frozen=True)
class Footprint:
    """kg CO2e by line and by scope, for each kg of product; what is not counted; and a sentence that says so."""

    lines: tuple[Emission, ...]
    by_scope: Mapping[int, Number]
    per_kg: Number
    per_kg_by_scope: Mapping[int, Number]
    not_counted: tuple[str, ...]
    words: str


@cache
def factors() -> Mapping[str, Factor]:
    """Return the emission factors of ``carbon.csv`` by item. Electricity is not among them: it depends on the place."""
    return {
        row["item"]: Factor(
            row["item"], int(row["scope"]), float(row["factor"]), row["unit"], row["year"], row["source"],
            row["verification"],
        )
        for row in rows("carbon.csv")
    }  # fmt: skip


def footprint(
    used: Sequence[Used],
    product: Number,
    own: Mapping[str, Factor] | None = None,
    not_counted: Sequence[str] = (),
) -> Footprint:
    """Return the greenhouse gas of ``product`` kg made with what is ``used``.

    ``own`` factors come before the table's. ``not_counted`` names items that are left out knowingly. Raises one
    ``PlantError`` that lists every item without a factor.
    """
    made = number(product, "the amount of product", 0.0)
    if (np.asarray(made) <= 0).any():
        raise PlantError(
            "there is no product to reckon greenhouse gas for; give kg made in the time that amounts are of"
        )
    table = {**factors(), **(own or {})}
    missing = sorted({one.item for one in used if one.item not in table and one.item not in not_counted})
    if missing:
        raise PlantError(
            f"no emission factor is known for {', '.join(repr(one) for one in missing)}; give a factor with its "
            "source, or name them in 'not_counted'"
        )
    lines = []
    for one in used:
        if one.item in not_counted:
            continue
        factor = table[one.item]
        if factor.scope not in SCOPES:
            raise PlantError(f"the emission factor of '{one.item}' is of scope {factor.scope}; a scope is 1, 2 or 3")
        amount = number(one.amount, f"the amount of '{one.item}'", 0.0)
        each = number(factor.factor, f"the emission factor of '{one.item}'")
        kilograms = convert(amount, one.unit, factor.unit, f"the amount of '{one.item}'") * each
        words = f"{float(np.mean(each)):.6g} kg CO2e/{factor.unit}{f', {factor.year}' if factor.year else ''}"
        lines.append(
            Emission(one.item, factor.scope, kilograms, words, f"{factor.source} ({factor.verification})")
        )  # fmt: skip
    by_scope = {scope: total(line.amount for line in lines if line.scope == scope) for scope in SCOPES}
    left = tuple(sorted({one.item for one in used if one.item in not_counted}))
    words = "kg CO2e per kg of product, scopes 1, 2 and 3 of what is listed"
    words += f"; not counted: {', '.join(left)}" if left else "; nothing listed is left out"
    return Footprint(
        tuple(lines), by_scope, total(by_scope.values()) / made, {key: one / made for key, one in by_scope.items()},
        left, words,
    )  # fmt: skip
