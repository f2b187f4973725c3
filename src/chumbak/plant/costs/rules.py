"""How a plant is costed: a set of rules in which every parameter is named and has its source. Nothing is assumed.

A set is a YAML file: ready ones are in ``data/costs/rules``. ``set.with_(...)`` changes parameters by dotted names;
what is changed so has the source *yours*. Every number may be given as one number, or as one for every draw.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np

from chumbak.plant.costs.depreciation import schedule
from chumbak.plant.costs.tables import Number, nearest, number, text
from chumbak.plant.errors import PlantError


class Rule(NamedTuple):
    """A parameter that a set of rules says: its unit, what is possible, and what it means."""

    name: str
    unit: str
    words: str
    least: float = 0.0
    most: float = float("inf")
    choices: tuple[str, ...] = ()


RULES = (
    Rule("currency", "word", "currency of the estimate"),
    Rule("year", "word", "year whose money the estimate is in, as the cost index knows it"),
    Rule("capital.method", "choice", "how bought becomes installed", choices=("lang", "percentages", "bare module")),
    Rule("capital.lang", "number", "installed cost for each unit of money of equipment bought", 1),
    Rule("capital.percentages", "shares", "what installing adds, each a share of the equipment bought"),
    Rule("capital.contingency", "share", "contingency, of the plant cost", 0, 5),
    Rule("capital.owners", "share", "owner's costs, of the plant cost", 0, 5),
    Rule("capital.location", "number", "cost of building at the place, for each where the lines hold", 0.01),
    Rule("capital.units_built", "number", "plants of the kind built, with this one, for the learning curve", 1),
    Rule("capital.learning", "share", "how much cheaper each doubling of plants built makes one", 0, 0.99),
    Rule("capital.working", "share", "working capital, of the fixed capital", 0, 5),
    Rule("capital.stock_days", "days", "days of variable cost held as stock", 0, 3650),
    Rule("capital.receivable_days", "days", "days of revenue that buyers owe", 0, 3650),
    Rule("capital.payable_days", "days", "days of variable cost owed to suppliers", 0, 3650),
    Rule("capital.as_spent", "number", "capital as spent over construction, for each of overnight capital", 0.01),
    Rule("capital.charge", "charge", "what a year of capital costs, a share of capital as spent; or 'annuity'", 0, 2),
    Rule("operation.hours", "h/a", "hours a year that the plant runs", 1, 8784),
    Rule("labour.hours", "h/a", "hours a year for which each position of each shift is paid", 1, 8784),
    Rule("labour.shifts", "number", "crews that share a position over a year", 0.1, 20),
    Rule("labour.burden", "share", "what an employer pays on top of wages", 0, 5),
    Rule("prices.follow_index", "flag", "whether prices move with the cost index from their year to the estimate's"),
    Rule("prices.mixed", "share", "what a mixed product fetches of the price of its parts", 0, 1),
    Rule("money.method", "choice", "years one by one, or annuity factors", choices=("cash flow", "annuity")),
    Rule("money.basis", "choice", "whether the rate is above inflation or holds it", choices=("real", "nominal")),
    Rule("money.rate", "share/a", "discount rate", -0.99, 10),
    Rule("money.inflation", "share/a", "inflation, by which a real basis wears loans and depreciation down", -0.5, 10),
    Rule("money.life", "years", "years of operation", 1, 200),
    Rule("money.construction", "list", "share of the capital spent in each year of construction"),
    Rule("money.present", "choice", "moment that values are of", choices=("construction starts", "operation starts")),
    Rule("money.startup_months", "months", "months from the start of operation until it is full", 0, 120),
    Rule("money.startup_sales", "share", "sales while starting up, of full sales", 0, 1),
    Rule("money.startup_variable", "share", "variable cost while starting up, of the full one", 0, 5),
    Rule("money.startup_fixed", "share", "fixed cost while starting up, of the full one", 0, 5),
    Rule("money.capital_growth", "share/a", "growth of capital cost while building", -0.5, 10),
    Rule("money.cost_growth", "share/a", "growth of operating cost", -0.5, 10),
    Rule("money.revenue_growth", "share/a", "growth of revenue", -0.5, 10),
    Rule("money.loan", "share", "share of the capital that is borrowed", 0, 1),
    Rule("money.loan_interest", "share/a", "interest of the loan", 0, 10),
    Rule("money.loan_years", "years", "years in which the loan is paid back", 1, 100),
    Rule("money.loan_drawn", "choice", "when in a year it is drawn", choices=("start of year", "end of year")),
    Rule("money.loan_deducts", "choice", "what of a loan lowers taxable income", choices=("interest", "payment")),
    Rule("money.depreciation", "schedule", "none; macrs, straight line, sum of digits or double declining, with years"),
    Rule("money.replaced", "choice", "how replaced equipment counts for tax", choices=("expensed", "not deducted")),
    Rule("money.tax", "share", "income tax", 0, 1),
    Rule("money.losses", "choice", "what becomes of a loss for tax", choices=("lost", "carried", "used elsewhere")),
    Rule("money.salvage", "share", "what the fixed capital fetches at the end, taxed", 0, 1),
    Rule("money.royalty", "share", "royalty, of revenue", 0, 1),
    Rule("money.depletion", "share", "depletion allowance, of revenue after royalty", 0, 1),
    Rule("money.credit", "share", "production credit, of operating cost", 0, 1),
)  # fmt: skip
_RULE = {one.name: one for one in RULES}
# What a base of a cost line may be, beside the names of lines before it and 'variable <kind>'.
BASES = ("plant cost", "depreciable capital", "fixed capital", "bought", "revenue", "fixed cost")


@dataclass(frozen=True)
class Position:
    """A job that is filled in every shift: how many at a time, what an hour pays, the group it is counted in."""

    name: str
    group: str
    people: Number
    rate: Number
    source: str


@dataclass(frozen=True)
class CostLine:
    """A yearly cost as a share of what it depends on, or as an amount. ``where`` is fixed or variable."""

    name: str
    where: str
    share: Number
    of: tuple[str, ...]
    amount: Number
    source: str


@dataclass(frozen=True)
class CostRules:
    """A set of rules: values by dotted name, with the source of each; positions; and yearly cost lines in order."""

    name: str
    words: str
    values: Mapping[str, Any]
    sources: Mapping[str, str]
    positions: tuple[Position, ...]
    lines: tuple[CostLine, ...]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def with_(
        self,
        changes: Mapping[str, Any] | None = None,
        positions: tuple[Position, ...] | None = None,
        lines: tuple[CostLine, ...] | None = None,
        source: str = "yours",
    ) -> CostRules:
        """Return the set with values, all positions or all lines replaced. Raises ``PlantError``."""
        new = dict(changes or {})
        paid = (positions is None and self.positions) or (
            lines is None and any(np.any(one.amount) for one in self.lines)
        )
        if new.get("currency", self["currency"]) != self["currency"] and paid:
            raise PlantError(
                f"the positions and amounts of the cost rules '{self.name}' are in {self['currency']}; to change the "
                f"currency to {new['currency']}, give your own positions and cost lines with it"
            )
        made = replace(
            self,
            values={**self.values, **new},
            sources={**self.sources, **dict.fromkeys(new, source)},
            positions=self.positions if positions is None else positions,
            lines=self.lines if lines is None else lines,
        )
        return checked(made)


def ready() -> tuple[str, ...]:
    """Return the names of the sets of rules that come with the room."""
    folder = files("chumbak.plant").joinpath("data/costs/rules")
    return tuple(sorted(one.name.removesuffix(".yaml") for one in folder.iterdir() if one.name.endswith(".yaml")))


def load_rules(name: str) -> CostRules:
    """Return a ready set of rules. Raises ``PlantError``."""
    if name not in ready():
        raise PlantError(f"there is no set of cost rules '{name}'{nearest(name, ready())}")
    import yaml  # a reader of files is only needed here, and the room has to load fast

    return read_rules(yaml.safe_load(text(f"rules/{name}.yaml")))


def read_rules(document: Mapping[str, Any]) -> CostRules:
    """Return a set of rules from a document as YAML gives it. Raises one ``PlantError`` that lists all faults."""
    faults = [
        f"'{name}' of the cost rules is no {'mapping' if form is Mapping else 'list'}"
        for name, form in (("sources", Mapping), ("rules", Mapping), ("positions", list), ("lines", list))
        if document.get(name) and not isinstance(document[name], form)
    ]
    faults += [
        f"{name} {at} of the cost rules is no mapping; write 'field: value'"
        for name in ("positions", "lines")
        for at, entry in enumerate(document.get(name) or (), 1)
        if not isinstance(entry, Mapping)
    ]
    if faults:
        raise PlantError("\n".join(faults))
    cited = {str(key): str(value) for key, value in (document.get("sources") or {}).items()}

    def source(entry: Mapping[str, Any], what: str) -> str:
        key = str(entry.get("source") or "")
        if not key:
            faults.append(f"{what} has no source; name one of 'sources', or write it out")
        return cited.get(key, key)

    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for key, entry in (document.get("rules") or {}).items():
        if not isinstance(entry, Mapping) or "is" not in entry:
            faults.append(f"the cost rule '{key}' must say 'is' and 'source'")
            continue
        values[str(key)] = entry["is"]
        sources[str(key)] = source(entry, f"the cost rule '{key}'")
    positions, lines = [], []
    for entry in document.get("positions") or ():
        label = str(entry.get("name", "?"))
        positions.append(
            Position(
                label, str(entry.get("group", "")), entry.get("people"), entry.get("rate"),
                source(entry, f"the position '{label}'"),
            )
        )  # fmt: skip
    for entry in document.get("lines") or ():
        label = str(entry.get("name", "?"))
        lines.append(
            CostLine(
                label, str(entry.get("where", "")), entry.get("share", 0.0), tuple(entry.get("of") or ()),
                entry.get("amount", 0.0), source(entry, f"the cost line '{label}'"),
            )
        )  # fmt: skip
    if faults:
        raise PlantError("\n".join(faults))
    name, words = str(document.get("name", "")), str(document.get("words", ""))
    return checked(CostRules(name, words, values, sources, tuple(positions), tuple(lines)))


def checked(rules: CostRules) -> CostRules:
    """Return a set of rules with its values as numbers. Raises one ``PlantError`` that lists all that is wrong."""
    faults = [f"the cost rule '{key}' is not known{nearest(key, _RULE)}" for key in rules.values if key not in _RULE]
    values: dict[str, Any] = {}
    for rule in RULES:
        if rules.values.get(rule.name) is None:
            faults.append(f"the cost rule '{rule.name}' is missing: {rule.words} ({rule.unit})")
            continue
        try:
            values[rule.name] = _value(rule, rules.values[rule.name])
        except PlantError as error:
            faults.append(str(error))
    before: list[str] = [one.group for one in rules.positions] + ["labour"]
    positions, lines = [], []
    for position in rules.positions:
        try:
            people = number(position.people, f"the people of the position '{position.name}'", 0)
            rate = number(position.rate, f"the hourly rate of the position '{position.name}'", 0)
            positions.append(replace(position, people=people, rate=rate))
        except PlantError as error:
            faults.append(str(error))
    for line in rules.lines:
        bad = [one for one in line.of if one not in BASES and one not in before and not one.startswith("variable ")]
        faults += [f"the cost line '{line.name}' is a share of '{one}'{nearest(one, [*BASES, *before])}" for one in bad]
        if line.where not in ("fixed", "variable"):
            faults.append(f"the cost line '{line.name}' is in '{line.where}'; it must be in 'fixed' or 'variable'")
        if line.where == "fixed" and any(one == "fixed cost" or one.startswith("variable ") for one in line.of):
            faults.append(
                f"the fixed cost line '{line.name}' rests on variable or fixed cost in all; make it 'variable'"
            )
        try:
            share = number(line.share, f"the share of the cost line '{line.name}'", 0)
            lines.append(replace(line, share=share, amount=number(line.amount, f"the amount of '{line.name}'", 0)))
        except PlantError as error:
            faults.append(str(error))
        before.append(line.name)
    if faults:
        raise PlantError("\n".join(dict.fromkeys(faults)))
    return replace(rules, values=values, positions=tuple(positions), lines=tuple(lines))


def _value(rule: Rule, value: Any) -> Any:
    what = f"the cost rule '{rule.name}'"
    if rule.unit == "word":
        return str(value)
    if rule.unit == "flag":
        if not isinstance(value, bool):
            raise PlantError(f"{what} is {value!r}; it must be true or false")
        return value
    if rule.unit == "choice":
        if value not in rule.choices:
            raise PlantError(f"{what} is '{value}'; it must be one of {', '.join(rule.choices)}")
        return value
    if rule.unit == "shares":
        if not isinstance(value, Mapping):
            raise PlantError(f"{what} must list names with shares")
        return {str(key): number(one, f"'{key}' of {what}", 0, 10) for key, one in value.items()}
    if rule.unit == "list":
        parts = [float(number(one, what, 0, 1)) for one in value]
        if not parts or abs(sum(parts) - 1) > 1e-9:
            raise PlantError(f"{what} sums to {sum(parts):g}; the shares of all years must sum to 1")
        return tuple(parts)
    if rule.unit == "schedule":
        schedule(str(value), 1000)
        return str(value)
    if rule.unit == "charge" and value == "annuity":
        return value
    if rule.unit == "years":
        years = number(value, what, rule.least, rule.most)
        if not isinstance(years, float) or years != int(years):
            raise PlantError(f"{what} is {value!r}; it must be a whole number of years, the same for every draw")
        return int(years)
    return number(value, what, rule.least, rule.most)
