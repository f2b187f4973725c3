"""What a file says of money, read into what ``estimate`` takes: rules with changes, prices, equipment, factors.

The form is a mapping; every field but ``rules`` may be left out, and every fault is told at once::

    rules: seider                       # or a whole set, as a mapping
    change: {money.rate: 0.10}
    prices: {NdPr oxide: {price: 80, unit: kg, currency: USD, year: "2024", source: a contract}}
    equipment: [{equipment: leaching.polyethylene_tank, size: 60, unit: m**3, count: 4}]
    lines: [{key: strip_caster, name: strip caster, cost: 1000000, currency: USD, year: "2022", size: throughput,
             unit: kg/hr, base: 100, exponent: 0.6, source: a quotation}]
    flows: [{item: water, kind: water, amount: 1000, unit: gal}]
    outside: [{name: first fill, amount: 200000, depreciated: true, source: a quotation}]
    factors: {electricity: {scope: 2, factor: 0.7, unit: kWh, year: "2024", source: a grid operator}}
    allocation: {rule: revenue, of: annual cost, worth: {Nd: 90, Pr: 90}}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from typing import Any, TypeVar

from chumbak.plant.costs.capital import Outside
from chumbak.plant.costs.carbon import Factor
from chumbak.plant.costs.equipment import Correlation, Item
from chumbak.plant.costs.operating import Flow, Product
from chumbak.plant.costs.prices import Price
from chumbak.plant.costs.rules import CostLine, CostRules, Position, load_rules, read_rules
from chumbak.plant.costs.tables import Number, nearest, number
from chumbak.plant.costs.whole import Costs, estimate
from chumbak.plant.errors import PlantError
from chumbak.plant.unit import Size

FIELDS = (
    "rules", "change", "positions", "cost_lines", "prices", "equipment", "lines", "flows", "outside", "other", "land",
    "index", "exchange", "factors", "not_counted", "allocation", "revenue_costs",
)  # fmt: skip
ALLOCATION = ("rule", "of", "main", "worth")
_Record = TypeVar("_Record")


@dataclass(frozen=True)
class Setting:
    """What a file says of money: see the module. ``allocation`` is empty where nothing is said of it."""

    rules: CostRules
    prices: Mapping[str, Price]
    equipment: tuple[Item, ...]
    correlations: Mapping[str, Correlation]
    flows: tuple[Flow, ...]
    outside: tuple[Outside, ...]
    other: Number
    land: Number
    index: Mapping[str, float]
    exchange: Mapping[str, Number]
    factors: Mapping[str, Factor]
    not_counted: tuple[str, ...]
    allocation: Mapping[str, Any]
    revenue_costs: str


def items_of(sizes: Sequence[Size]) -> tuple[Item, ...]:
    """Return the equipment that units of a flowsheet ask for, as items to cost: each of ``count`` units of one size.

    A size of nothing asks for nothing, and is left out.
    """
    return tuple(
        Item(one.equipment, one.size, one.unit, one.count) for one in sizes if one.size != 0 and one.count != 0
    )


def costed(
    setting: Setting, items: Sequence[Item] = (), flows: Sequence[Flow] = (), products: Sequence[Product] = ()
) -> Costs:
    """Return the costs of a plant from what a file says of money and what its flowsheet asks for."""
    return estimate(
        [*items, *setting.equipment], [*flows, *setting.flows], products, setting.rules, setting.prices,
        setting.other, setting.outside, setting.land, setting.index, setting.correlations, setting.exchange,
    )  # fmt: skip


def read_setting(given: Mapping[str, Any], where: str) -> Setting:
    """Return what a mapping says of money. Raises one ``PlantError`` that lists all faults, each with its place."""
    faults: list[str] = [
        f"{where}: there is no field '{name}'{nearest(str(name), FIELDS)}" for name in given if name not in FIELDS
    ]

    def mapping(name: str) -> Mapping[str, Any]:
        told = given.get(name) or {}
        if isinstance(told, Mapping):
            return {str(key): value for key, value in told.items()}
        faults.append(f"{where}, {name}: this is no mapping; write 'name: value'")
        return {}

    def rows_(name: str, form: type[_Record]) -> tuple[_Record, ...]:
        told = given.get(name) or []
        if not isinstance(told, list):
            faults.append(f"{where}, {name}: this is no list; write '- field: value' for each")
            return ()
        made = [_record(form, one, f"{where}, {name} {at}", faults) for at, one in enumerate(told, 1)]
        return tuple(one for one in made if one is not None)

    def named(name: str, form: type[_Record]) -> dict[str, _Record]:
        made = {}
        for key, told in mapping(name).items():
            entry = {"item": key, **told} if isinstance(told, Mapping) else told
            one = _record(form, entry, f"{where}, {name} '{key}'", faults)
            if one is not None:
                made[key] = one
        return made

    rules: CostRules | None = None
    try:
        which = given.get("rules")
        if which is None:
            raise PlantError("say which set of cost rules to use, or give one")
        rules = read_rules(which) if isinstance(which, Mapping) else load_rules(str(which))
        positions = rows_("positions", Position) if "positions" in given else None
        lines = rows_("cost_lines", CostLine) if "cost_lines" in given else None
        if not faults:
            rules = rules.with_(mapping("change"), positions, lines)
    except PlantError as error:
        faults += [f"{where}, rules: {text}" for text in str(error).splitlines()]
    prices, factors = named("prices", Price), named("factors", Factor)
    equipment, flows, outside = rows_("equipment", Item), rows_("flows", Flow), rows_("outside", Outside)
    correlations = {one.key: one for one in rows_("lines", Correlation)}
    allocation = mapping("allocation")
    faults += [f"{where}, allocation: there is no field '{one}'{nearest(one, ALLOCATION)}" for one in allocation
               if one not in ALLOCATION]  # fmt: skip
    numbers: dict[str, Number] = {}
    for name in ("other", "land"):
        try:
            numbers[name] = number(given.get(name, 0.0), f"{where}, {name}", 0.0)
        except PlantError as error:
            faults.append(str(error))
    if faults or rules is None:
        raise PlantError("\n".join(faults))
    return Setting(
        rules, prices, equipment, correlations, flows, outside, numbers["other"], numbers["land"], mapping("index"),
        mapping("exchange"), factors, tuple(str(one) for one in given.get("not_counted") or ()), allocation,
        str(given.get("revenue_costs", "follow")),
    )  # fmt: skip


# What a cost line of a file need not say: it is not there, or has no meaning in its form.
_EMPTY = {"account": "", "exponent": None, "coefficients": (), "low": None, "high": None, "bare_module": None}


def _record(form: type[_Record], given: object, place: str, faults: list[str]) -> _Record | None:
    """Return a record of a file; nothing where a fault was noted."""
    if not isinstance(given, Mapping):
        faults.append(f"{place}: this is no mapping; write 'field: value'")
        return None
    known = {one.name: one for one in fields(form)}  # type: ignore[arg-type]
    told = {str(key): value for key, value in given.items()}
    wrong = [key for key in told if key not in known]
    faults += [f"{place}: there is no field '{key}'{nearest(key, known)}" for key in wrong]
    if form is Correlation:
        told = {**_EMPTY, "form": "power", "verification": "yours", **told}
        told["coefficients"] = tuple(told["coefficients"])
        for key in ("cost", "base", "exponent", "low", "high", "bare_module"):
            try:
                if told.get(key) is not None:
                    told[key] = number(told[key], f"{place}, {key}")
            except PlantError as error:
                faults.append(str(error))
    if form is CostLine:
        told = {"share": 0.0, "of": (), "amount": 0.0, **told}
        told["of"] = tuple(told["of"])
    lacking = [
        key for key, one in known.items()
        if key not in told and one.default is MISSING and one.default_factory is MISSING
    ]  # fmt: skip
    if lacking:
        faults.append(f"{place}: {', '.join(lacking)} {'is' if len(lacking) == 1 else 'are'} missing")
    if wrong or lacking:
        return None
    if "year" in told:
        told["year"] = str(told["year"])
    return form(**told)
