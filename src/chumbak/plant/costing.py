"""From a solved plant to what it costs: its sizes, reagents, power, heat, wastes and products, by the terms it states.

Given one solution the numbers are plain; given one for every draw they are arrays, and costs are reckoned for all at
once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import fields as dataclass_fields
from pathlib import Path
from typing import Any

import numpy as np

from chumbak.plant.components import RARE_EARTHS
from chumbak.plant.costs import (
    Allocation,
    Correlation,
    Costs,
    Factor,
    Flow,
    Footprint,
    Item,
    LowestPrice,
    Outside,
    Position,
    Price,
    Product,
    Used,
    by_element,
    correlations,
    estimate,
    footprint,
    load_rules,
    lowest_price,
    read_rules,
)
from chumbak.plant.costs.carbon import factors
from chumbak.plant.costs.prices import prices
from chumbak.plant.costs.rules import CostRules
from chumbak.plant.costs.rules import ready as ready_rules
from chumbak.plant.costs.tables import Number
from chumbak.plant.errors import PlantError
from chumbak.plant.flowsheet import Flowsheet, nearest
from chumbak.plant.quantities import Quantities, quantities
from chumbak.plant.solving import Solution
from chumbak.plant.terms import Terms

AIRBORNE = {
    "carbon_dioxide": "carbon dioxide", "tetrafluoromethane": "tetrafluoromethane",
    "hexafluoroethane": "hexafluoroethane",
}  # fmt: skip


@dataclass(frozen=True)
class PlantCosts:
    """What a plant costs, at which price it pays, what each element costs, and its greenhouse gas.

    ``left_out`` says what is knowingly not in it.
    """

    costs: Costs
    lowest: LowestPrice
    allocation: Allocation | None
    footprint: Footprint | None
    left_out: tuple[str, ...]


PIPES = ("mix", "split", "sort")  # kinds of unit that are no equipment


def cost(solutions: Sequence[Solution]) -> PlantCosts:
    """Return what a plant costs, from its solution, or from one for every draw. Raises ``PlantError``."""
    return cost_of(solutions[0].flowsheet, [quantities(one) for one in solutions])


def cost_of(sheet: Flowsheet, every: Sequence[Quantities]) -> PlantCosts:
    """Return what a plant costs, from its quantities, or from those of every draw. Raises ``PlantError``."""
    over = _Over(sheet, every)
    terms = every[0].terms
    rules = _rules(over)
    costs = estimate(
        _items(over), _flows(over), _products(over), rules, _prices(over, rules),
        outside=[
            Outside(
                str(told.fields.get("name")), _together([one.outside[at].value for one in over.terms]),
                bool(told.fields.get("depreciated", True)), told.source,
            )
            for at, told in enumerate(terms.outside)
        ],
        correlations={**correlations(), **{key: _correlation(key, over) for key in terms.correlations}},
        exchange={
            currency: _together([one.exchange[currency].value for one in over.terms]) for currency in terms.exchange
        },
    )  # fmt: skip
    lowest = lowest_price(costs, terms.revenue_costs)
    return PlantCosts(costs, lowest, _allocation(over, costs, lowest), _footprint(over), _left_out(over))


@dataclass(frozen=True)
class _Over:
    """A flowsheet with its quantities: one, or one for every draw."""

    sheet: Flowsheet
    every: Sequence[Quantities]

    @property
    def terms(self) -> list[Terms]:
        """What the flowsheet states of money, in every draw."""
        return [one.terms for one in self.every]

    def flow(self, stream: str, component: str = "") -> Number:
        """Return the flow of a stream, or of a component in it, kg/h."""
        return _together([one.streams[stream].of(component) for one in self.every])


def _together(found: Sequence[float]) -> Number:
    """Return a number of every draw: one where there is one draw, or all are the same."""
    if len(found) == 1 or all(one == found[0] for one in found):
        return found[0]
    return np.array(found)


def _rules(over: _Over) -> CostRules:
    terms = over.terms[0]
    if terms.rules.endswith((".yaml", ".yml")):
        from chumbak.yaml_text import file_of  # only where somebody has rules of their own

        rules = read_rules(file_of(Path(terms.rules), PlantError))
    elif terms.rules in ready_rules():
        rules = load_rules(terms.rules)
    else:
        raise PlantError(f"there is no set of cost rules '{terms.rules}'{nearest(terms.rules, list(ready_rules()))}")
    hours = _together([one.hours for one in over.every])
    rules = rules.with_({"operation.hours": hours}, source="the flowsheet")
    for name, value in terms.settings.items():
        drawn = _together([one.settings[name] for one in over.terms]) if isinstance(value, float) else value
        rules = rules.with_({name: drawn}, source=terms.sources[name])
    if terms.positions:
        rules = rules.with_(positions=tuple(
            Position(
                str(told.fields.get("name")), str(told.fields.get("group", "operating labour")),
                told.fields.get("people", 0), _together([one.positions[at].value for one in over.terms]),
                told.source,
            )
            for at, told in enumerate(terms.positions)
        ))  # fmt: skip
    return rules


def _correlation(key: str, over: _Over) -> Correlation:
    told = over.terms[0].correlations[key]
    said = told.fields
    lacking = [name for name in ("currency", "year", "unit", "base", "exponent") if name not in said]
    if lacking:
        raise PlantError(f"the cost line '{key}' lacks {', '.join(lacking)}")
    amounts: dict[str, float | None] = {}
    for name in ("base", "exponent", "least", "most"):
        try:
            amounts[name] = None if said.get(name) is None else float(said[name])
        except (TypeError, ValueError):
            raise PlantError(f"the cost line '{key}': {name} is '{said[name]}'; write a number") from None
    base, exponent = amounts["base"], amounts["exponent"]
    if base is None or base <= 0 or exponent is None:
        raise PlantError(f"the cost line '{key}' needs a base above 0 and an exponent")
    return Correlation(
        key, str(said.get("name", key)), "", "power", _together([one.correlations[key].value for one in over.terms]),
        str(said["currency"]), str(said["year"]), str(said.get("size", "size")), str(said["unit"]), base, exponent, (),
        amounts["least"], amounts["most"], None, told.source, told.verification,
    )  # fmt: skip


def _items(over: _Over) -> list[Item]:
    terms = over.terms[0]
    known = {**correlations(), **terms.correlations}
    found, unknown = [], []
    for step in over.sheet.steps:
        units = {size.equipment: size.unit for one in over.every for size in one.sizes[step.name]}
        for equipment, unit in units.items():
            if equipment in terms.not_costed:
                continue
            key = terms.known_as.get(equipment, equipment)
            if key not in known:
                unknown.append(f"'{equipment}' of step '{step.name}'")
                continue
            sizes, counts = _sizes(over, step.name, equipment)
            found.append(Item(key, sizes, unit, counts, name=f"{step.name}: {key.replace('_', ' ')}"))
    for one in terms.known_as.values():
        if one not in known:
            raise PlantError(f"costs, 'as': there is no cost line '{one}'{nearest(one, sorted(known))}")
    if unknown:
        raise PlantError(
            f"no cost line is known for {', '.join(unknown)}; give one under 'correlations', say under 'as' which it "
            "is like, or name it in 'not_costed'"
        )
    return [*found, *(_stated(told, over) for told in terms.equipment)]


def _stated(told: Mapping[str, Any], over: _Over) -> Item:
    """Return equipment that the file states: of a size, or of the size that the flow of streams gives it."""
    fields = {one.name for one in dataclass_fields(Item)} | {"stream"}
    unknown = [str(key) for key in told if key not in fields]
    if unknown:
        raise PlantError(f"costs, 'equipment': there is no field '{unknown[0]}'{nearest(unknown[0], sorted(fields))}")
    if "equipment" not in told or ("stream" not in told and not {"size", "unit"} <= told.keys()):
        raise PlantError("costs, 'equipment': every entry needs 'equipment', and 'size' with 'unit', or a 'stream'")
    said: dict[str, Any] = {str(key): value for key, value in told.items() if key != "stream"}
    if "stream" in told:
        names = told["stream"] if isinstance(told["stream"], list) else [told["stream"]]
        known = sorted(over.every[0].streams)
        for name in names:
            if name not in known:
                raise PlantError(f"costs, 'equipment': there is no stream '{name}'{nearest(str(name), known)}")
        said |= {"size": sum(over.flow(name) for name in names), "unit": "kg/hr"}
    return Item(**said)


def _sizes(over: _Over, step: str, equipment: str) -> tuple[Number, Number]:
    """Return size and count of a piece of equipment of a step; of draws that need none of it, a count of none."""
    sizes, counts = [], []
    for one in over.every:
        held = next((size for size in one.sizes[step] if size.equipment == equipment), None)
        sizes.append(np.nan if held is None else held.size)
        counts.append(0.0 if held is None else float(held.count))
    some = next(size for size in sizes if not np.isnan(size))
    return _together([some if np.isnan(size) else size for size in sizes]), _together(counts)


def _flows(over: _Over) -> list[Flow]:
    terms, sheet = over.terms[0], over.sheet
    drawn = {name for one in over.every for name in one.drawn}
    flows = [
        Flow(name, "reagent", _together([one.drawn.get(name, 0.0) for one in over.every]), "kg")
        for name in sorted(drawn)
        if name not in terms.free
    ]
    for stream, item in terms.feeds.items():
        if stream not in sheet.feeds:
            raise PlantError(f"costs, 'feeds': there is no feed '{stream}'{nearest(stream, list(sheet.feeds))}")
        flows.append(Flow(item, "feed", over.flow(stream), "kg", stream))
    unpriced = [name for name in sheet.feeds if name not in terms.feeds and name not in terms.free]
    if unpriced:
        raise PlantError(f"costs: say what the feeds {', '.join(unpriced)} are bought as, or name them under 'free'")
    known = {*drawn, *sheet.feeds, *sheet.wastes}
    strange = [name for name in terms.free if name not in known]
    if strange:
        near = nearest(strange[0], sorted(known))
        raise PlantError(f"costs, 'free': the plant neither takes nor leaves '{strange[0]}'{near}")
    for stream, item in terms.wastes.items():
        if stream not in over.every[0].streams:
            raise PlantError(f"costs, 'wastes': there is no stream '{stream}'")
        flows.append(Flow(item, "waste", over.flow(stream), "kg", stream))
    unpaid = [name for name in sheet.wastes if name not in terms.wastes and name not in terms.free]
    if unpaid:
        raise PlantError(
            f"costs: say what getting rid of the wastes {', '.join(unpaid)} is paid as, under 'wastes', or name them "
            "under 'free'"
        )
    flows.append(Flow(terms.electricity, "power", _together([one.power for one in over.every]), "kWh"))
    heat = _together([one.heat for one in over.every])
    if np.any(np.asarray(heat) > 0):
        if terms.heat is None:
            raise PlantError("costs: say what the heat is made with: 'heat' with 'item', 'unit' and 'kWh_per_unit'")
        burnt = heat / _together([one.heat.value for one in over.terms if one.heat])
        flows.append(Flow(str(terms.heat.fields["item"]), "fuel", burnt, str(terms.heat.fields["unit"])))
    return flows


def _products(over: _Over) -> list[Product]:
    terms, sheet = over.terms[0], over.sheet
    found = []
    for stream, told in terms.products.items():
        if stream not in sheet.products:
            raise PlantError(
                f"costs, 'products': the flowsheet sells no stream '{stream}'{nearest(stream, list(sheet.products))}"
            )
        part = str(told.get("component") or "")
        amount = over.flow(stream, part)
        flows = [one.streams[stream] for one in over.every]
        held = {
            name: _together([one.elements.get(name, 0.0) for one in flows])
            for name in RARE_EARTHS
            if any(one.elements.get(name, 0.0) > 1e-4 * one.total for one in flows)
        }
        found.append(
            Product(
                str(told["item"]), amount, "kg", bool(told.get("mixed", False)), held,
                bool(told.get("co_product", False)), stream,
            )
        )  # fmt: skip
    return found


def _prices(over: _Over, rules: CostRules) -> dict[str, Price]:
    found = {}
    for item, told in over.terms[0].prices.items():
        value = _together([one.prices[item].value for one in over.terms])
        said = told.fields
        if "as" in said:
            known = prices().get(str(said["as"]))
            if known is None:
                raise PlantError(
                    f"the price of '{item}' is to be as of '{said['as']}'{nearest(str(said['as']), list(prices()))}"
                )
            found[item] = replace(
                known, item=item, price=known.price * value,
                source=f"a share of the price of {known.item}: {known.source}",
            )  # fmt: skip
            continue
        lacking = [name for name in ("unit", "currency", "year") if name not in said]
        if lacking:
            raise PlantError(f"the price of '{item}' lacks {', '.join(lacking)}")
        found[item] = Price(
            item,
            value,
            str(said["unit"]),
            str(said["currency"]),
            str(said["year"]),
            told.source,
            told.verification,
        )
    return found


def _allocation(over: _Over, costs: Costs, lowest: LowestPrice) -> Allocation | None:
    said = over.terms[0].allocation
    if not said:
        return None
    worth = {str(key): float(value) for key, value in (said.get("worth") or {}).items()} or None
    return by_element(
        costs, str(said.get("rule") or ""), str(said.get("of") or ""), said.get("main"), worth, lowest
    )  # fmt: skip


def _footprint(over: _Over) -> Footprint | None:
    terms = over.terms[0]
    if not terms.factors and not terms.not_counted:
        return None
    used = [Used(one.item, one.amount, one.unit) for one in _flows(over) if one.kind != "waste"]
    for component, item in AIRBORNE.items():
        let_out = _together([sum(one.streams[name].of(component) for name in one.leaving) for one in over.every])
        if np.any(np.asarray(let_out) > 0):
            used.append(Used(item, let_out, "kg"))
    streams = [terms.per] if terms.per else list(terms.products)
    made = _together([sum(one.streams[stream].total for stream in streams) for one in over.every])
    own = {
        item: Factor(
            item, int(told.fields.get("scope", 3)), _together([one.factors[item].value for one in over.terms]),
            str(told.fields.get("unit", "kg")), str(told.fields.get("year", "")), told.source, told.verification,
        )
        for item, told in terms.factors.items()
    }  # fmt: skip
    left = [name for name in terms.not_counted if name not in factors() and name not in own]
    return footprint(used, made, own, left)


def _left_out(over: _Over) -> tuple[str, ...]:
    said, terms = [], over.terms[0]
    without = [step.name for step in over.sheet.steps
               if not any(one.sizes[step.name] for one in over.every) and step.kind.name not in PIPES]  # fmt: skip
    if without and not terms.equipment:  # equipment that is stated may be a whole plant, which holds theirs
        said.append(f"equipment of the steps {', '.join(without)}: no cost line is known for them")
    if terms.not_costed:
        names = "; ".join(name.replace(".", ": ").replace("_", " ") for name in terms.not_costed)
        said.append(f"a cost of their own for these pieces, which a plant costed whole holds: {names}")
    if terms.free:
        said.append(f"taken as free: {', '.join(terms.free)}")
    return tuple(said)
