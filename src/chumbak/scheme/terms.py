"""Terms: the plain numbers that awards and plants go by, compiled from the rules of a scheme.

Every term remembers which rules it uses, and which of them are only inferred or unknown. A rule that the engines know
only one way to play (that the lowest bid wins, say) is looked at too: told otherwise, they refuse.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from chumbak.scheme.rules import UNSURE, Scheme, SchemeError, Steps, at_step

LAST_FIT = ("refuse", "cut", "rebid")
TIES = ("larger", "smaller", "earlier", "lot")
SPLITS = ("award", "equal")
KG = 1000.0  # in a tonne
MONEY = ("million", 1e6)


@dataclass(frozen=True)
class AwardTerms:
    """How awards are made.

    Tonnes are t/year of capacity; ``ceiling`` is money/kg, ``net_worth`` and ``investment`` the least money by tonnes
    bid for, ``lead_share`` the least share of the lead member. ``last_fit`` says what happens to a bid that only partly
    fits, ``tie`` who goes first of equal rates. ``assured_tonnes`` (t/year) go to the ``assured_to`` lowest winners, by
    ``assured_split``. ``outlay_*`` are money over all years. ``by`` names the rule of each term.
    """

    most_awards: int
    most_tonnes: float
    least: float
    largest: float
    step: float
    ceiling: float
    net_worth: Steps
    investment: Steps
    lead_share: float
    last_fit: str
    match_lowest: bool
    tie: str
    assured_tonnes: float
    assured_to: int
    outlay_incentive: float
    outlay_capital: float
    assured_split: str = "award"
    currency: str = ""
    money: tuple[str, float] = MONEY
    by: Mapping[str, str] = field(default_factory=dict)
    rests_on: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()


@dataclass(frozen=True)
class SupportTerms:
    """What a plant with an award is given.

    ``ceiling`` is money/kg; ``sales_share`` the most of net sales a year; ``total_per_t`` the most incentive over all
    years, money for a t/year awarded. With ``early_sales``, sales within ``build_years`` earn too, beyond the
    ``incentive_years``. ``capital_caps`` are money by t/year awarded. With ``above_award``, output above the award
    earns too.
    """

    ceiling: float
    sales_share: float
    build_years: float
    incentive_years: float
    early_sales: bool
    capital_share: float
    capital_caps: Steps
    total_per_t: float
    above_award: bool
    by: Mapping[str, str] = field(default_factory=dict)
    rests_on: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()

    def most_incentive(self, tonnes: float, rate: float) -> float:
        """Return the most incentive over all years, money, of an award of ``tonnes`` t/year at ``rate`` money/kg.

        Early sales, and sales beyond the award where they earn, add to it, up to the ceiling over all years.
        """
        if not self.sales_share:
            return 0.0
        if self.above_award:
            return self.total_per_t * tonnes
        years = self.incentive_years + (self.build_years if self.early_sales else 0.0)
        return min(min(rate, self.ceiling) * KG * years, self.total_per_t) * tonnes

    def most_capital(self, tonnes: float, investment: float) -> float:
        """Return the capital subsidy, money, on an eligible ``investment``. Raises ``SchemeError`` beyond the steps."""
        cap = at_step(self.capital_caps, tonnes)
        if cap is None:
            last = self.capital_caps[-1][0]
            raise SchemeError(f"No ceiling of the capital subsidy is given above {last:,.0f} t/year. Add a step.")
        return min(self.capital_share * investment, cap)


@dataclass(frozen=True)
class PenaltyTerms:
    """What a winner that does not build loses: its ``guarantee``, money for an award of any size.

    ``rests_on`` names the rules of penalties too: where they are not known, who gives up is taken to lose no more.
    """

    guarantee: float = 0.0
    by: Mapping[str, str] = field(default_factory=dict)
    rests_on: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()


class _Reading:
    """Values taken out of a scheme, with the rules that said them."""

    def __init__(self, scheme: Scheme) -> None:
        self.scheme = scheme
        self.by: dict[str, str] = {}

    def number(self, name: str) -> float:
        found = self._value(name)
        if isinstance(found, bool) or not isinstance(found, float | int):
            raise SchemeError(f"'{self.by[name]}.{name}' is not a number. Give it one.")
        return float(found)

    def flag(self, name: str) -> bool:
        found = self._value(name)
        if not isinstance(found, bool):
            raise SchemeError(f"'{self.by[name]}.{name}' is neither true nor false. Say which.")
        return found

    def word(self, name: str, known: Sequence[str]) -> str:
        found = self._value(name)
        if not isinstance(found, str) or found not in known:
            raise SchemeError(f"'{self.by[name]}.{name}' is {found!r}; what can be played is: {', '.join(known)}.")
        return found

    def steps(self, name: str) -> Steps:
        found = self._value(name)
        if not isinstance(found, tuple):
            raise SchemeError(f"'{self.by[name]}.{name}' has no steps. Give them: up to how much, which value.")
        return found

    def uses(self) -> tuple[str, ...]:
        used = set(self.by.values())
        return tuple(rule.id for rule in self.scheme.rules if rule.id in used)

    def rests_on(self) -> tuple[str, ...]:
        return self.scheme.of_standing(*UNSURE, among=self.by.values())

    def _value(self, name: str) -> object:
        rule = self.scheme.holder(name)
        self.by[name] = rule.id
        return rule.values[name]


def award_terms(scheme: Scheme) -> AwardTerms:
    """Return how a scheme makes its awards. Raises ``SchemeError`` for what it lacks, or what cannot be played."""
    read = _Reading(scheme)
    for name, way in (
        ("selection", "least_cost"),
        ("bid", "incentive_per_kg"),
        ("fill", "lowest_first"),
        ("technical", "pass_or_fail"),
    ):
        read.word(name, (way,))
    terms = AwardTerms(
        most_awards=_whole(read, "most_awards"), most_tonnes=read.number("most_tonnes"), least=read.number("least"),
        largest=read.number("largest"), step=read.number("step"), ceiling=read.number("ceiling"),
        net_worth=read.steps("net_worth"), investment=read.steps("investment"), lead_share=read.number("lead_share"),
        last_fit=read.word("last_fit", LAST_FIT), match_lowest=read.flag("match_lowest"), tie=read.word("tie", TIES),
        assured_tonnes=read.number("assured_tonnes"), assured_to=_whole(read, "assured_to"),
        outlay_incentive=read.number("outlay_incentive"), outlay_capital=read.number("outlay_capital"),
        assured_split=read.word("assured_split", SPLITS), currency=scheme.currency, money=scheme.money,
    )  # fmt: skip
    if not (terms.step > 0 and 0 < terms.least <= terms.largest):
        sizes = f"least {terms.least:g}, largest {terms.largest:g}, step {terms.step:g}"
        raise SchemeError(f"The sizes of an award are not in order: {sizes}. Mend them.")
    return replace(terms, by=dict(read.by), rests_on=read.rests_on(), uses=read.uses())


def support_terms(scheme: Scheme) -> SupportTerms:
    """Return what a scheme gives to a plant. Raises ``SchemeError`` for what it lacks, or what cannot be played."""
    read = _Reading(scheme)
    _check_incentive(read)
    _after(read, "capital_after_commissioning")
    terms = SupportTerms(
        ceiling=read.number("ceiling"), sales_share=read.number("sales_share"), build_years=read.number("build_years"),
        incentive_years=read.number("incentive_years"), early_sales=read.flag("early_sales"),
        capital_share=read.number("capital_share"), capital_caps=read.steps("capital_caps"),
        total_per_t=read.number("total_per_t"), above_award=read.flag("above_award"),
    )  # fmt: skip
    return replace(terms, by=dict(read.by), rests_on=read.rests_on(), uses=read.uses())


def penalty_terms(scheme: Scheme) -> PenaltyTerms:
    """Return what a scheme takes from a winner that does not build; nothing where no rule says so."""
    read, name = _Reading(scheme), "performance_guarantee"
    said = any(name in rule.values for rule in scheme.rules)
    guarantee = read.number(name) if said else 0.0
    silent = [rule.id for rule in scheme.rules if rule.instrument == "penalty"]
    rests = scheme.of_standing(*UNSURE, among=[*read.by.values(), *silent])
    return PenaltyTerms(guarantee, dict(read.by), rests, read.uses())


def _check_incentive(read: _Reading) -> None:
    """Look at the rules of an incentive that can be played in one way only."""
    read.word("paid", ("bid",))
    read.word("sales_share_over", ("year",))
    _after(read, "paid_after_commissioning")


def _after(read: _Reading, name: str) -> None:
    if not read.flag(name):
        raise SchemeError(f"'{read.by[name]}.{name}' is false; only support after commissioning can be played.")


def _whole(read: _Reading, name: str) -> int:
    found = read.number(name)
    if found != round(found) or found < 0:
        raise SchemeError(f"'{read.by[name]}.{name}' is {found:g}, not a whole number. Mend it.")
    return round(found)
