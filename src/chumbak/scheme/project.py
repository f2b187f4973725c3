"""A plant as plain numbers: what it costs, makes and sells. No country, no pack, no file.

Money is in the project's currency, in prices of ``price_year`` (real), unless a name says otherwise. Masses sold and
bought are kg; capacity is t a year. Years are counted from the award: 0 is the year of the award.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KG = 1000.0  # in a tonne
WRITTEN_DOWN, STRAIGHT = "written down", "straight line"


class ProjectError(ValueError):
    """A project whose numbers do not go together; the message says which and how to mend them."""


@dataclass(frozen=True)
class Market:
    """The price of the metal that moves with the market (oxide of a magnet plant), money/kg.

    The logarithm of the price returns to that of ``level``: half of the gap is left after ``half_life`` years.
    ``now`` is the price in ``year``; ``volatility`` is the standard deviation of the logarithm over a year.
    """

    now: float
    year: int
    level: float
    half_life: float
    volatility: float


@dataclass(frozen=True)
class Days:
    """Days of working capital: what buyers owe, stock of inputs, what is owed to sellers, cash, support to come."""

    buyers: float = 0.0
    stock: float = 0.0
    sellers: float = 0.0
    cash: float = 0.0
    support: float = 0.0


@dataclass(frozen=True)
class Tax:
    """Tax on profit. ``rate`` of profit; ``depreciation`` a year for tax.

    ``method``: ``WRITTEN_DOWN`` (the rate of what is left) or ``STRAIGHT`` (equal parts over the plant's life; the rate
    is not used). ``first_year``: the part of a year's depreciation that the first year allows (half where a plant is
    in use for less than 180 days). ``loss_years``: for how long a loss can be set off; depreciation that found no
    profit is kept without limit. ``subsidy_lowers_base``: a capital subsidy is taken off what is depreciated.
    """

    rate: float = 0.0
    method: str = WRITTEN_DOWN
    depreciation: float = 0.0
    first_year: float = 1.0
    loss_years: int = 0
    subsidy_lowers_base: bool = True


@dataclass(frozen=True)
class Debt:
    """A loan: ``share`` of the capital spent, at a nominal ``rate`` a year.

    In the years of building, interest is added to the loan. ``grace`` years of operation bear interest alone; then the
    loan is paid back in ``tenor`` equal yearly parts.
    """

    share: float = 0.0
    rate: float = 0.0
    tenor: int = 10
    grace: int = 0


@dataclass(frozen=True)
class Money:
    """What turns real money into nominal, into dollars and into value at the award. All rates a year.

    ``discount`` is for the project, after tax and before debt; ``equity`` for what is left to the owners; both nominal.
    ``dollar`` is the price of a dollar in ``price_year``; it moves by the difference of the two inflations.
    """

    inflation: float = 0.0
    discount: float = 0.0
    equity: float = 0.0
    dollar: float = 1.0
    dollar_inflation: float = 0.0


@dataclass(frozen=True)
class PlantProject:
    """A plant that buys an input, turns it into a product and sells it.

    ``capacity`` t/year of product. ``build``: shares of the capital spent in each year from the award; the plant runs
    from the year after for ``life`` years. ``capital`` money for a t/year; ``eligible`` the share of it that a capital
    subsidy counts; ``salvage`` the share it fetches at the end. ``ramp``: output over what is usual (``availability`` x
    capacity) in the first years; ``good``: the good share in the first years over that of a plant run in. ``taken``:
    share of the output for which the market has a buyer.

    Price of the product = ``margin`` + ``pass_through`` x price of the market. Price of the input = ``input_base`` +
    ``input_link`` x price of the market; ``input_use`` kg of it for a kg of product. ``conversion`` money/kg of product
    beside input, power and labour; ``power`` kWh/kg at ``tariff`` money/kWh; ``labour`` money/year; ``fixed`` a year as
    a share of the capital. What is made and not good costs the same as what is.

    A rival's price at the border, with ``landing`` (money/kg) and ``duty`` (share of its price) on top, is the
    product's price at home.

    ``ranges``: low and high of fields that are drawn, by name (``ramp`` and ``good``: of every year).
    """

    name: str
    title: str
    currency: str
    price_year: int
    award_year: int
    capacity: float
    build: tuple[float, ...]
    life: int
    capital: float
    market: Market
    margin: float
    pass_through: float
    input_use: float
    conversion: float
    eligible: float = 1.0
    salvage: float = 0.0
    ramp: tuple[float, ...] = ()
    good: tuple[float, ...] = ()
    availability: float = 1.0
    taken: float = 1.0
    input_base: float = 0.0
    input_link: float = 1.0
    power: float = 0.0
    tariff: float = 0.0
    labour: float = 0.0
    fixed: float = 0.0
    landing: float = 0.0
    duty: float = 0.0
    days: Days = field(default_factory=Days)
    tax: Tax = field(default_factory=Tax)
    debt: Debt = field(default_factory=Debt)
    money: Money = field(default_factory=Money)
    ranges: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse numbers that do not go together. Raises ``ProjectError``."""
        faults = [
            (abs(sum(self.build) - 1) > 1e-9, "the shares of 'build' do not sum to 1", "mend one of them"),
            (self.life < 1, "'life' is less than a year", "give whole years"),
            (self.capacity <= 0, "'capacity' is not above 0", "give t/year"),
            (
                len(self.ramp) > self.life or len(self.good) > self.life,
                "'ramp' or 'good' is longer than the life",
                "leave out the last years",
            ),
            (min(self.good, default=1.0) <= 0, "a share in 'good' is not above 0", "give shares of 1"),
            (
                self.debt.share > 0 and self.debt.grace + self.debt.tenor > self.life,
                "the loan runs longer than the plant",
                "shorten 'grace' or 'tenor'",
            ),
            (self.tax.method not in (WRITTEN_DOWN, STRAIGHT), "the method of depreciation is unknown", "see 'Tax'"),
        ]
        said = [f"{what}: {mend}" for wrong, what, mend in faults if wrong]
        if said:
            raise ProjectError(f"project {self.name}: " + "; ".join(said))

    @property
    def start(self) -> int:
        """Return the year of the award in which the plant first runs."""
        return len(self.build)

    @property
    def count(self) -> int:
        """Return how many years there are, from the award to the end of the plant."""
        return self.start + self.life

    @property
    def years(self) -> tuple[int, ...]:
        """Return the calendar years."""
        return tuple(self.award_year + at for at in range(self.count))


def project_from(plain: Mapping[str, Any]) -> PlantProject:
    """Return a project from plain nested values, as a project's file gives them. Raises ``ProjectError``."""
    parts = {"market": Market, "days": Days, "tax": Tax, "debt": Debt, "money": Money}
    made = {name: parts[name](**value) if name in parts else value for name, value in plain.items()}
    return PlantProject(**made)
