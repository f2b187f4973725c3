"""What a flowsheet says of money: rules, prices, what is bought, sold and got rid of. Read with the rest of the file.

Nothing is assumed: what has no price, no cost line or no emission factor is an error, or is named under ``free``,
``not_costed`` or ``not_counted``. Numbers here are figures like all others: with a range they are drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chumbak.plant.faults import Faults, figure, mapping, records
from chumbak.plant.flowsheet import Figure

FIELDS = (
    "rules", "set", "positions", "equipment", "correlations", "as", "not_costed", "outside", "prices", "products",
    "wastes", "feeds", "free", "electricity", "heat", "allocation", "revenue_costs", "carbon", "exchange",
)  # fmt: skip
_PRICE = ("price", "unit", "currency", "year", "as", "share")
_CORRELATION = ("name", "cost", "currency", "year", "size", "unit", "base", "exponent", "least", "most")
STEP = "costs"  # the step that figures of money are of


@dataclass(frozen=True)
class Told:
    """A number with what it needs to be understood: its fields as the file has them, and its source."""

    value: float
    fields: Mapping[str, Any]
    source: str
    verification: str


@dataclass(frozen=True)
class Terms:
    """What a flowsheet says of money. Mappings are by the item, stream or key that they are about."""

    rules: str
    settings: Mapping[str, Any]
    sources: Mapping[str, str]  # of the settings
    positions: tuple[Told, ...]  # none: those of the rules
    equipment: tuple[Mapping[str, Any], ...]
    correlations: Mapping[str, Told]
    known_as: Mapping[str, str]
    not_costed: tuple[str, ...]
    outside: tuple[Told, ...]
    prices: Mapping[str, Told]
    products: Mapping[str, Mapping[str, Any]]
    wastes: Mapping[str, str]
    feeds: Mapping[str, str]
    free: tuple[str, ...]
    electricity: str
    heat: Told | None
    allocation: Mapping[str, Any]
    revenue_costs: str
    factors: Mapping[str, Told] = field(default_factory=dict)
    not_counted: tuple[str, ...] = ()
    exchange: Mapping[str, Told] = field(default_factory=dict)
    per: str = ""  # the product stream that carbon is reckoned per kg of; all products if none is named


def read_terms(given: object, figures: list[Figure], faults: Faults) -> Terms | None:
    """Return what the file says under ``costs``, or nothing; numbers are added to ``figures``, faults to ``faults``."""
    told = mapping(given, STEP, faults)
    if not told:
        return None
    faults.known(told, FIELDS, STEP)
    reader = _Reader(figures, faults)
    settings: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for name, value in mapping(told.get("set"), "costs, 'set'", faults).items():
        record = value if isinstance(value, Mapping) and "value" in value else {"value": value}
        plain = record["value"]
        if isinstance(plain, int | float) and not isinstance(plain, bool):
            one = reader.number(record, "set", str(name))
            settings[str(name)], sources[str(name)] = one.value, one.source
        else:
            settings[str(name)], sources[str(name)] = plain, str(record.get("source") or faults.where)
    carbon = mapping(told.get("carbon"), "costs, 'carbon'", faults)
    faults.known(carbon, ("factors", "not_counted", "per"), "costs, 'carbon'")
    heat = told.get("heat")
    allocation = mapping(told.get("allocation"), "costs, 'allocation'", faults)
    faults.known(allocation, ("rule", "of", "main", "worth"), "costs, 'allocation'")
    _numbers(allocation.get("worth"), "costs, 'allocation', 'worth'", faults)
    for item, one in mapping(carbon.get("factors"), "costs, 'carbon', 'factors'", faults).items():
        if isinstance(one, Mapping) and one.get("scope", 3) not in (1, 2, 3):
            faults.add(f"costs, factor of '{item}'", f"scope is '{one['scope']}'; it is 1, 2 or 3")
    if isinstance(heat, Mapping) and heat.get("kWh_per_unit") == 0:
        faults.add("costs, 'heat'", "kWh_per_unit is 0: nothing would be made with it")
    lacking = [key for key in ("item", "unit") if isinstance(heat, Mapping) and not heat.get(key)]
    if lacking:
        faults.add("costs, 'heat'", f"say what it is made with: {' and '.join(lacking)}")
    if not told.get("rules"):
        faults.add(STEP, "say which 'rules' it is costed by: qgess, seider, or a file of yours")
    return Terms(
        str(told.get("rules") or ""),
        settings,
        sources,
        tuple(
            reader.record(one, "rate", ("name", "group", "people"), str(mapping(one, "position", faults).get("name")))
            for one in records(told.get("positions"), "costs, 'positions'", faults)
        ),
        tuple(_piece(one, faults) for one in records(told.get("equipment"), "costs, 'equipment'", faults)),
        {
            str(key): reader.record(one, "cost", _CORRELATION, str(key))
            for key, one in mapping(told.get("correlations"), "costs, 'correlations'", faults).items()
        },
        _words(told, "as", faults),
        _names(told, "not_costed", faults),
        tuple(
            reader.record(one, "amount", ("name", "depreciated"), str(mapping(one, "outside", faults).get("name")))
            for one in records(told.get("outside"), "costs, 'outside'", faults)
        ),
        {
            str(item): reader.record(
                one, "share" if "as" in mapping(one, "price", faults) else "price", _PRICE, str(item)
            )
            for item, one in mapping(told.get("prices"), "costs, 'prices'", faults).items()
        },
        {
            str(stream): _product(one, str(stream), faults)
            for stream, one in mapping(told.get("products"), "costs, 'products'", faults).items()
        },
        _words(told, "wastes", faults),
        _words(told, "feeds", faults),
        _names(told, "free", faults),
        str(told.get("electricity") or "electricity"),
        None if heat is None else reader.record(heat, "kWh_per_unit", ("item", "unit"), "heat"),
        allocation,
        str(told.get("revenue_costs") or "follow"),
        {
            str(item): reader.record(one, "factor", ("scope", "unit", "year"), str(item))
            for item, one in mapping(carbon.get("factors"), "costs, 'carbon', 'factors'", faults).items()
        },
        _names(carbon, "not_counted", faults),
        {
            str(currency): reader.record(one, "rate", (), str(currency))
            for currency, one in mapping(told.get("exchange"), "costs, 'exchange'", faults).items()
        },
        str(carbon.get("per") or ""),
    )


@dataclass(frozen=True)
class _Reader:
    figures: list[Figure]
    faults: Faults

    def number(self, record: Mapping[str, Any], parameter: str, of: str, unit: str = "") -> Told:
        form = Figure(STEP, parameter, of, 0.0, None, None, unit, "", "")
        one = figure(record, form, self.faults)
        if one is None:
            return Told(0.0, {}, "", "")
        self.figures.append(one)
        return Told(one.value, {}, one.source, one.verification)

    def record(self, given: object, main: str, fields: tuple[str, ...], of: str) -> Told:
        """Read a record of which one field, ``main``, is the figure; it may have a range, ``low`` and ``high``."""
        place = f"costs, {main} of '{of}'"
        told = mapping(given, place, self.faults)
        self.faults.known(told, (main, *fields, "low", "high", "source", "verification"), place)
        if main not in told:
            self.faults.add(place, f"'{main}' is missing")
            return Told(0.0, told, "", "")
        about = {key: told[key] for key in ("low", "high", "source", "verification") if key in told}
        one = self.number({"value": told[main], **about}, main, of, str(told.get("unit") or ""))
        return Told(one.value, told, one.source, one.verification)


def _main(price: object) -> str:
    """Return which field of a price is the figure: its share of another price, or the price."""
    return "share" if isinstance(price, Mapping) and "as" in price else "price"


def _product(given: object, stream: str, faults: Faults) -> Mapping[str, Any]:
    told = {"item": given} if isinstance(given, str) else mapping(given, f"costs, product '{stream}'", faults)
    faults.known(told, ("item", "component", "co_product", "mixed"), f"costs, product '{stream}'")
    if not told.get("item"):
        faults.add(f"costs, product '{stream}'", "say what it is sold as: 'item', with its price under 'prices'")
    return told


def _piece(given: object, faults: Faults) -> Mapping[str, Any]:
    told = mapping(given, "costs, 'equipment'", faults)
    if "equipment" in told and not isinstance(told["equipment"], str):
        faults.add("costs, 'equipment'", f"'equipment' is '{told['equipment']}'; write the name of a cost line")
    return told


def _words(given: Mapping[str, Any], name: str, faults: Faults) -> dict[str, str]:
    return {str(key): str(value) for key, value in mapping(given.get(name), f"costs, '{name}'", faults).items()}


def _numbers(given: object, place: str, faults: Faults) -> None:
    """Note what is no number above 0 in a mapping of numbers."""
    for name, value in mapping(given, place, faults).items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
            faults.add(place, f"'{name}' is '{value}'; write a number above 0")


def _names(given: Mapping[str, Any], name: str, faults: Faults) -> tuple[str, ...]:
    told = given.get(name) or ()
    if not isinstance(told, list | tuple):
        faults.add(STEP, f"'{name}' is a list of names")
        return ()
    return tuple(str(one) for one in told)
