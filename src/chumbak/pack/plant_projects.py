"""A plant somebody thinks of building: what it costs, makes and sells, and what it asks of a scheme. Reading a file.

The plants of a pack stand in ``projects/*.yaml``, and each of their numbers says its source; a file of the user's own
need not::

    name: our_plant
    title: A magnet plant
    award: 2027                                  the year of the award; years are counted from it
    capacity: {value: 600, unit: t/year}
    build: [0.4, 0.6]                            shares of the capital spent in each year; then it runs
    life: 20                                     years of running
    capital: {value: 80, low: 50, high: 110, unit: lakh INR*year/t}
    ramp: [0.3, {value: 0.6, low: 0.4, high: 0.8}, 0.85]      output of the first years over that of later ones
    good: [0.75]                                 good share of the first years over that of later ones
    market: {name: NdPr oxide, price: ..., year: 2025, level: ..., half_life: {value: 2, unit: year}, volatility: 0.4}
    sale: {margin: {value: 2000, unit: INR/kg}, pass_through: 0.4}     price = margin + pass_through x market
    input: {use: 0.4, link: 1}                   kg for a kg; its price = base + link x market
    conversion: {value: 1400, unit: INR/kg}      beside input, power and labour
    ...

Money is in the pack's currency and, where it is not said to be nominal, in prices of ``price_year`` (left out: the
pack's). A recycler has ``metals`` in place of ``sale``, and all by kg of feed. Without ``tax``, ``debt``, ``money`` or
``days`` there is none; a ``tax`` says its rate, method, years of losses and, written down, depreciation. The price of a
dollar is the pack's.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from chumbak.pack.faults import Faults
from chumbak.pack.forms import (
    Amount,
    Line,
    Name,
    Number,
    Path_,
    Reading,
    Share,
    Sourced,
    find_document,
    list_documents,
    numbers,
    read_form,
)
from chumbak.pack.forms import measured as within
from chumbak.pack.pack import Pack

FOLDER = "projects"
Price = Annotated[Number, AfterValidator(within(0.0, 1e9, "money/kg"))]
Margin = Annotated[Number, AfterValidator(within(-1e9, 1e9, "money/kg"))]
Tonnes = Annotated[Number, AfterValidator(within(1e-3, 1e7, "t/year"))]
MaybeTonnes = Annotated[Number, AfterValidator(within(0.0, 1e7, "t/year"))]
PerTonne = Annotated[Number, AfterValidator(within(0.0, 1e12, "money*year/t"))]
PerYear = Annotated[Number, AfterValidator(within(0.0, 1e15, "money/year"))]
Rate = Annotated[Number, AfterValidator(within(-0.5, 2.0, "1/year", bare=True))]
Discount = Annotated[Number, AfterValidator(within(0.0, 2.0, "1/year", bare=True))]
Ratio = Annotated[Number, AfterValidator(within(0.0, 1e3, "kg/kg", bare=True))]
Good = Annotated[Number, AfterValidator(within(0.01, 1.0, "1", bare=True))]
Energy = Annotated[Number, AfterValidator(within(0.0, 1e4, "kWh/kg"))]
Tariff = Annotated[Number, AfterValidator(within(0.0, 1e6, "money/kWh"))]
Days = Annotated[Number, AfterValidator(within(0.0, 365.0, "day", bare=True))]
HalfLife = Annotated[Number, AfterValidator(within(0.01, 100.0, "year"))]
Spread = Annotated[Number, AfterValidator(within(0.0, 3.0, "1", bare=True))]
Dollar = Annotated[Number, AfterValidator(within(1e-6, 1e6, "money/USD"))]
Year = Annotated[int, Field(ge=1990, le=2100)]
SUM_TOLERANCE = 1e-6


class MarketForm(Sourced):
    """The metal whose price moves the others: ``price`` in ``year``, and the ``level`` to which it returns."""

    name: Line
    price: Price
    year: Year
    level: Price
    half_life: HalfLife
    volatility: Spread


class SaleForm(Sourced):
    """The net price of the product: ``margin`` + ``pass_through`` x price of the market."""

    margin: Margin
    pass_through: Ratio


class InputForm(Sourced):
    """What the plant buys for a kg of product, at ``base`` + ``link`` x price of the market."""

    use: Ratio | None = None
    base: Margin | None = None
    link: Ratio | None = None


class MetalForm(Sourced):
    """A metal in the feed: kg of the compound that is sold; no ``price``: the market's."""

    content: Share
    recovery: Share
    price: Price | None = None
    paid: Share | None = None


class CertificatesForm(Sourced):
    """Certificates of recycling, for so many kg of product from a kg of feed."""

    price: Price
    certified: Ratio


class DaysForm(Sourced):
    """Working capital in days: what buyers owe, stock of inputs, what is owed to sellers, cash, support to come."""

    buyers: Days | None = None
    stock: Days | None = None
    sellers: Days | None = None
    cash: Days | None = None
    support: Days | None = None


class TaxForm(Sourced):
    """Tax on profit, and how capital is depreciated for it."""

    rate: Share
    method: Literal["written down", "straight line"]
    depreciation: Share | None = None
    first_year: Share | None = None
    loss_years: Annotated[int, Field(ge=0, le=50)]
    subsidy_lowers_base: bool = True


class DebtForm(Sourced):
    """A loan: ``share`` of the capital, ``rate`` a year (nominal), ``tenor`` and ``grace`` in years."""

    share: Share
    rate: Rate
    tenor: Annotated[int, Field(ge=1, le=50)]
    grace: Annotated[int, Field(ge=0, le=20)] = 0


class MoneyForm(Sourced):
    """Rates a year: ``inflation``; ``discount`` and ``equity``, nominal. The price of a dollar in the price year."""

    inflation: Rate
    discount: Discount
    equity: Discount
    dollar: Dollar | None = None
    dollar_inflation: Rate | None = None


class AskForm(Sourced):
    """What the plant asks of a scheme: a ``bid`` (nominal) on an ``award``, and input that is assured."""

    bid: Price | None = None
    award: Tonnes | None = None
    assured: MaybeTonnes | None = None
    assured_price: Price | None = None


class PlantProjectForm(Sourced):
    """A plant, as its file says it. See the head of this module."""

    name: Name
    title: Line
    award: Year
    price_year: Year | None = None
    capacity: Tonnes
    build: list[Share] = Field(min_length=1, max_length=15)
    life: Annotated[int, Field(ge=1, le=60)]
    capital: PerTonne
    eligible: Share | None = None
    salvage: Share | None = None
    ramp: list[Share] = Field(default_factory=list)
    good: list[Good] = Field(default_factory=list)
    availability: Share | None = None
    taken: Share | None = None
    market: MarketForm
    sale: SaleForm | None = None
    input: InputForm = Field(default_factory=InputForm)
    metals: dict[Name, MetalForm] | None = None
    certificates: CertificatesForm | None = None
    conversion: Price
    power: Energy | None = None
    tariff: Tariff | None = None
    labour: PerYear | None = None
    fixed: Rate | None = None
    landing: Price | None = None
    duty: Share | None = None
    days: DaysForm = Field(default_factory=DaysForm)
    tax: TaxForm | None = None
    debt: DebtForm | None = None
    money: MoneyForm
    asks: AskForm = Field(default_factory=AskForm)


WRITTEN_DOWN = "written down"
# Fields of the form that are numbers of the project under the same name.
PLAIN = (
    "capacity", "capital", "eligible", "salvage", "availability", "taken", "conversion", "power", "tariff", "labour",
    "fixed", "landing", "duty",
)  # fmt: skip
DRAWN = tuple(name for name in PLAIN if name not in ("landing", "duty"))  # those of them that may have a range


@dataclass(frozen=True)
class PlantProjectFile:
    """A plant's file: the form, and what the pack fills in."""

    shown: str
    form: PlantProjectForm
    currency: str
    price_year: int
    dollar: float

    @property
    def is_recycler(self) -> bool:
        """Say whether the plant recycles: its product is feed treated."""
        return self.form.metals is not None

    def plain(self) -> dict[str, Any]:
        """Return the plant as plain nested values, by the names that the engine uses; ranges under ``ranges``.

        Of a recycler, ``margin`` and ``pass_through`` are 0: its metals make them.
        """
        form = self.form
        given = {name: getattr(form, name) for name in PLAIN if getattr(form, name) is not None}
        if form.sale is not None:
            given |= {"margin": form.sale.margin, "pass_through": form.sale.pass_through}
        names = {"use": "input_use", "base": "input_base", "link": "input_link"}
        given |= {to: getattr(form.input, of) for of, to in names.items() if getattr(form.input, of) is not None}
        ranges: dict[str, Any] = {name: _ends(amount) for name, amount in given.items() if amount.low is not None}
        for name in ("ramp", "good"):
            listed = getattr(form, name)
            if any(amount.low is not None for amount in listed):
                ranges[name] = tuple(tuple(side) for side in zip(*map(_ends, listed), strict=True))
        market = form.market
        return {
            "name": form.name, "title": form.title, "currency": self.currency, "price_year": self.price_year,
            "award_year": form.award, "life": form.life, "margin": 0.0, "pass_through": 0.0, "input_use": 1.0,
            **{name: amount.value for name, amount in given.items()},
            **{name: tuple(amount.value for amount in getattr(form, name)) for name in ("build", "ramp", "good")},
            "market": {
                "now": market.price.value, "year": market.year, "level": market.level.value,
                "half_life": market.half_life.value, "volatility": market.volatility.value,
            },
            "days": _values(form.days),
            "tax": {} if form.tax is None else _values(form.tax),
            "debt": {} if form.debt is None else _values(form.debt),
            "money": {"dollar": self.dollar, **_values(form.money)},
            "ranges": ranges,
        }  # fmt: skip

    def metals(self) -> tuple[dict[str, Any], ...]:
        """Return the metals of a recycler's feed as plain values; ``low`` and ``high`` are those of the recovery."""
        return tuple(
            {"name": name, **_values(metal), "low": metal.recovery.low, "high": metal.recovery.high}
            for name, metal in (self.form.metals or {}).items()
        )

    def certificates(self) -> dict[str, Any] | None:
        """Return the certificates as plain values; None if there are none."""
        return None if self.form.certificates is None else _values(self.form.certificates)

    def asks(self) -> dict[str, float]:
        """Return what is asked of a scheme, by name: money/kg, t/year."""
        return _values(self.form.asks)


def list_projects(pack: Pack) -> list[str]:
    """Return the names of a pack's plants."""
    return list_documents(pack, FOLDER)


def read_project(pack: Pack, name: str) -> PlantProjectFile:
    """Return a plant of a pack by its name; every number has a source. Raises ``PackError`` with every fault."""
    shown = find_document(pack, FOLDER, name, "project")
    return _read(pack.path / shown, shown, pack, sourced=True)


def read_plant_project(path: Path, pack: Pack) -> PlantProjectFile:
    """Return a plant from a file of the user's own. Raises ``PackError`` with every fault."""
    return _read(path, str(path), pack, sourced=False)


def _read(path: Path, shown: str, pack: Pack, sourced: bool) -> PlantProjectFile:
    faults = Faults()
    read = read_form(PlantProjectForm, path, shown, pack, faults)
    dollar, price_year = 0.0, pack.price_year
    if read is not None:
        _check(read)
        if sourced:
            for at, _, told in numbers(read.form):
                read.check_source(at, told, pack.place)
        price_year = read.form.price_year or pack.price_year
        dollar = _dollar(read, pack, price_year)
    faults.stop_if_any()
    assert read is not None
    return PlantProjectFile(shown, read.form, pack.currency, price_year, dollar)


def _check(read: Reading[PlantProjectForm]) -> None:
    """Note parts of a plant's file that do not go together."""
    form = read.form
    total = sum(share.value for share in form.build)
    if abs(total - 1) > SUM_TOLERANCE:
        what = f"the shares of the capital sum to {total:.6g}, not to 1"
        read.wrong(("build",), "shares-do-not-sum", what, "Mend one of them.")
    for name in ("ramp", "good"):
        listed = getattr(form, name)
        if len(listed) > form.life:
            what = f"'{name}' has {len(listed)} years, and the plant runs for {form.life}"
            read.wrong((name,), "too-many-years", what, "Leave out the last.")
    _check_sale(read)
    for path, amount, _ in numbers(form):
        if amount.low is not None and not _is_drawn(path):
            read.wrong(path, "not-drawn", "this number is not drawn, and has a range", "Take 'low' and 'high' away.")
    if form.debt is not None and form.debt.grace + form.debt.tenor > form.life:
        what = f"the loan runs for {form.debt.grace + form.debt.tenor} years, and the plant for {form.life}"
        read.wrong(("debt",), "too-many-years", what, "Shorten 'grace' or 'tenor'.")
    if form.tax is not None and form.tax.method == WRITTEN_DOWN and form.tax.depreciation is None:
        what = "'depreciation' is missing, the rate of what is left"
        read.wrong(("tax",), "missing-field", what, "Add 'depreciation:', or say method: straight line.")
    for one, other in (("power", "tariff"), ("tariff", "power")):
        if getattr(form, one) is not None and getattr(form, other) is None:
            read.wrong((one,), "missing-field", f"'{other}' is missing beside '{one}'", f"Add '{other}:'.")
    if form.market.level.value == 0 or form.market.price.value == 0:
        mend = "Give prices above 0."
        read.wrong(("market",), "out-of-bounds", "a price of the market that is 0 cannot return to a level", mend)
    asks = form.asks
    if (asks.bid is None) != (asks.award is None):
        what = "a bid and an award go together"
        read.wrong(("asks",), "missing-field", what, "Give both 'bid' and 'award', or neither.")
    if asks.assured_price is not None and asks.assured is None:
        read.wrong(("asks",), "missing-field", "a price is assured, and no tonnes are", "Add 'assured:'.")


def _is_drawn(path: Path_) -> bool:
    """Say whether the engine draws the number at a path."""
    if path[0] == "metals":
        return path[-1] == "recovery"
    return path[0] in ("sale", "input", "ramp", "good") or path[0] in DRAWN


def _check_sale(read: Reading[PlantProjectForm]) -> None:
    """Note a plant that sells nothing, or a product and metals, or more metal than its feed holds."""
    form = read.form
    if (form.sale is None) == (form.metals is None):
        what = "neither 'sale' nor 'metals' is given" if form.sale is None else "both 'sale' and 'metals' are given"
        read.wrong((), "missing-field", what, "Give 'sale' for a plant with one product, 'metals' for a recycler.")
    if form.metals is None:
        if form.input.use is None:
            read.wrong(("input",), "missing-field", "'use' is missing", "Add 'use:', kg for a kg of product.")
        if form.certificates is not None:
            what = "certificates are of a recycler"
            read.wrong(("certificates",), "unused-field", what, "Give 'metals', or leave them out.")
        return
    total = sum(metal.content.value for metal in form.metals.values())
    if not form.metals:
        read.wrong(("metals",), "bad-field", "'metals' is empty", "Say at least one.")
    if form.input.use is not None:
        what = "a recycler takes a kg of feed for a kg of feed"
        read.wrong(("input", "use"), "unused-field", what, "Leave 'use' out.")
    if form.good:
        read.wrong(("good",), "unused-field", "'good' is not used for a recycler", "Say it in 'recovery' or 'ramp'.")
    if total > 1.5:  # oxides weigh more than the metal in the feed, at most by a half
        what = f"a kg of feed holds {total:.3g} kg of what is sold"
        read.wrong(("metals",), "out-of-bounds", what, "Check the contents.")


def _dollar(read: Reading[PlantProjectForm], pack: Pack, price_year: int) -> float:
    """Return the price of a dollar in the price year, as the file or the pack says it."""
    given = read.form.money.dollar
    if given is not None:
        return given.value
    if pack.currency == "USD":
        return 1.0
    entry = pack.entries.get("currency.USD.rate")
    years = None if entry is None else entry.years
    if entry is None or years is None or not years[0] <= price_year <= years[-1]:
        what = f"the pack has no price of a dollar for {price_year}"
        read.wrong(("money",), "missing-exchange-rate", what, f"Add 'dollar:' in {pack.currency}/USD.")
        return 1.0
    return float(entry.value[price_year - years[0]])


def _ends(amount: Amount) -> tuple[float, float]:
    """Return low and high of a number; without a range both are the number."""
    _, low, high = amount.sides
    return low, high


def _values(form: Sourced) -> dict[str, Any]:
    """Return the fields of a part that are given, numbers as plain ones, without what is said of their source."""
    found: dict[str, Any] = {}
    for name in type(form).model_fields:
        given = getattr(form, name)
        if name not in Sourced.model_fields and given is not None:
            found[name] = given.value if isinstance(given, Amount) else given
    return found
