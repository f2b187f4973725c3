"""Requirements of the user: what a plan has to hold, each from a year on, each under the words it was asked in.

--max-share CHN=0.5@2032              at every rung and for every rare earth, no more than half from one origin
--max-share CHN.magnet=0.5@2032       the same of one rung
--self-reliance magnet=0.8@2035       NdPr made at home on a rung over what is needed there, contained tonnes
--self-reliance separation.Dy=0.2@2035    the same of one element
--chain-self-reliance 0.5@2035        magnets whose oxide, metal, alloy and magnet were all made at home
--stock-weeks 8@2028                  weeks of the need of every grade in stock at the end of the year
--recycled-share 0.15@2035            NdPr won back from used goods over what the rung of oxides has to hand on
--budget 20000@2027                   most capital committed in a year, in millions of the pack's money
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from chumbak.chain.processes import STOP
from chumbak.linear.program import NONE, Program
from chumbak.pack.faults import did_you_mean, nearest
from chumbak.plan.balance import grade_share
from chumbak.plan.case import Case
from chumbak.plan.decisions import Decisions
from chumbak.plan.money import WEEKS
from chumbak.plan.network import BOUGHT, HOME, PLAIN

PAIR = ("Nd", "Pr")
NDPR = "NdPr"
KINDS = ("max-share", "self-reliance", "chain-self-reliance", "stock-weeks", "recycled-share", "budget")
AT_MOST = ("max-share", "budget")
FORM = re.compile(r"(?:(?P<target>[^=@]+)=)?(?P<value>[0-9.eE+-]+)@(?P<year>[0-9]{4})")
SHARES = ("max-share", "self-reliance", "chain-self-reliance", "recycled-share")
EXAMPLES = {  # how each is written
    "max-share": "CHN=0.5@2032", "self-reliance": "magnet=0.8@2035", "chain-self-reliance": "0.5@2035",
    "stock-weeks": "8@2028", "recycled-share": "0.15@2035", "budget": "20000@2027",
}  # fmt: skip
MOST = {"stock-weeks": 520.0, "budget": 1e12}  # ten years of need; millions of money beyond which nothing is meant
NAMES_A_TARGET = ("max-share", "self-reliance")


class RequirementError(ValueError):
    """A requirement that cannot be read, or that the case has no meaning for."""


@dataclass(frozen=True, order=True)
class Requirement:
    """One requirement: ``value`` from ``year`` on; ``target`` and ``part`` say of what."""

    kind: str
    target: str
    part: str
    value: float
    year: int

    def __str__(self) -> str:
        what = ".".join(filter(None, (self.target, self.part)))
        return f"--{self.kind} {what}{'=' if what else ''}{self.value:.12g}@{self.year}"


def read_requirement(kind: str, text: str) -> Requirement:
    """Return the requirement that a text such as ``CHN=0.5@2032`` states. Raises ``RequirementError``."""
    if kind not in KINDS:
        raise RequirementError(f"There is no requirement --{kind}. {did_you_mean(kind, KINDS)}")
    found = FORM.fullmatch(text.strip())
    example = EXAMPLES[kind]
    if found is None or bool(found["target"]) != (kind in NAMES_A_TARGET):
        raise RequirementError(f"--{kind} '{text}' cannot be read. Write it as {example}.")
    try:
        value = float(found["value"])
    except ValueError:
        raise RequirementError(f"--{kind} '{text}' has no number before the @. Write it as {example}.") from None
    most = 1.0 if kind in SHARES else MOST[kind]
    if not 0 <= value <= most:
        bound = "between 0 and 1" if kind in SHARES else f"from 0 to {most:g}"
        raise RequirementError(f"--{kind} '{text}' is {value:.12g}; it has to be {bound}.")
    target, _, part = (found["target"] or "").partition(".")
    return Requirement(kind, target, part, value, int(found["year"]))


def require(
    program: Program, case: Case, make: Decisions, asked: tuple[Requirement, ...]
) -> dict[Requirement, np.ndarray]:
    """Add the rows of every requirement and return their numbers. Raises ``RequirementError``."""
    rules = {
        "max-share": max_share, "self-reliance": self_reliance, "chain-self-reliance": chain_self_reliance,
        "stock-weeks": stock_weeks, "recycled-share": recycled_share, "budget": capital_budget,
    }  # fmt: skip
    found = {}
    for one in dict.fromkeys(asked):
        if not case.years[0] <= one.year <= case.years[-1]:
            raise RequirementError(f"{one}: the plan runs from {case.years[0]} to {case.years[-1]}.")
        found[one] = rules[one.kind](program, case, make, one).ravel()
    return found


def element_groups(case: Case) -> dict[str, tuple[str, ...]]:
    """Return the rare earths of magnets in the groups that are measured: neodymium with praseodymium, others singly."""
    held = (case.rung_need > 0).any([dim for dim in case.rung_need.dims if dim != "element"])
    elements = [str(name) for name in case.rung_need["element"].values[held.values]]
    groups = {NDPR: tuple(name for name in PAIR if name in elements)}
    return {name: members for name, members in groups.items() if members} | {
        name: (name,) for name in elements if name not in PAIR
    }


def content(case: Case, material: str, group: tuple[str, ...]) -> np.ndarray:
    """Return how much of the elements a material holds, over the years, kg/kg."""
    return sum((case.held[material, element] for element in group), np.zeros(len(case.years)))


def taken_on(case: Case, stage: str, group: tuple[str, ...]) -> np.ndarray:
    """Return what a tonne of each activity takes on from a rung, less what it returns of it as swarf, (activity, year).

    Contained t of the elements. What activities of the rung itself take from each other is not counted.
    """
    net = case.network
    found = np.zeros((len(net.activities), len(case.years)))
    for row, activity in enumerate(net.flow_activity):
        process, colour = net.activities[activity]
        material, _ = net.goods[net.flow_good[row]]
        amount = net.flow_amount[row]
        returns = amount.max() > 0 and colour != PLAIN
        if net.stage[material] == stage and net.stage[process] != stage and (amount.min() < 0 or returns):
            found[activity] -= amount * content(case, material, group)
    return found


def made_on(case: Case, stage: str, group: tuple[str, ...]) -> np.ndarray:
    """Return what a tonne of each activity hands on of a rung, (activity, year) contained t.

    What one activity of the rung takes from another is taken off. Oxide won back from swarf is not counted: what the
    rung has to hand on is net of it.
    """
    net = case.network
    found = np.zeros((len(net.activities), len(case.years)))
    for row, activity in enumerate(net.flow_activity):
        process, colour = net.activities[activity]
        material, _ = net.goods[net.flow_good[row]]
        amount = net.flow_amount[row]
        of_the_rung = net.stage[process] == stage
        if net.stage[material] == stage and (of_the_rung or (amount.max() > 0 and colour == PLAIN)):
            found[activity] += amount * content(case, material, group)
    return found


def held_by_goods(case: Case, stage: str, group: tuple[str, ...]) -> np.ndarray:
    """Return what a tonne of each good of a rung holds of the elements, (good, year); 0 of goods of other rungs."""
    net = case.network
    nothing = np.zeros(len(case.years))
    return np.array(
        [content(case, material, group) if net.stage[material] == stage else nothing for material, _ in net.goods]
    )


def held_by_offers(case: Case, stage: str, group: tuple[str, ...], origin: str) -> np.ndarray:
    """Return what a tonne of each offer of an origin on a rung holds of the elements, (offer, year); else 0."""
    nothing = np.zeros(len(case.years))
    found = [
        content(case, material, group) if (case.network.stage[material], seller) == (stage, origin) else nothing
        for _, seller, material in case.market.offers
    ]
    return np.array(found, dtype=float).reshape(len(found), len(case.years))


def used_of_rung(program: Program, case: Case, make: Decisions, rows: np.ndarray, stage: str, group: tuple[str, ...],
                 factor: float, made_at_home: bool) -> None:  # fmt: skip
    """Add to ``rows`` (year,), times ``factor``, what is used of a rung, contained t; all, or what was made at home.

        used = taken on by later rungs - returned as swarf + delivered
        made at home = used - bought goods taken on or delivered

    What is made and left over, put into stock or sold abroad is not used: it makes nobody self-reliant.
    """
    held = factor * held_by_goods(case, stage, group)[:, None]
    _fill(program, rows, make.run, factor * taken_on(case, stage, group)[:, None])
    if not made_at_home:
        _fill(program, rows, make.deliver, held)
        return
    bought = np.array([colour == BOUGHT for _, colour in case.network.goods])
    _fill(program, rows, make.deliver[~bought], held[~bought])
    _fill(program, rows, make.recolour[bought], -held[bought])


def home_share(case: Case, decisions: xr.Dataset, stage: str, group: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return what counts as home output of a rung, and what the rung has to hand on, (year,) contained t.

    It is what was made in the year, and no more than what was used in it of home make: neither what is left over or
    sold abroad counts, nor what was kept from earlier years.
    """
    held = held_by_goods(case, stage, group)
    bought = np.array([colour == BOUGHT for _, colour in case.network.goods])
    used = np.einsum("at,art->t", taken_on(case, stage, group), decisions["run"].values)
    used = used + np.einsum("gt,grt->t", held[~bought], decisions["deliver"].values[~bought])
    used = used - np.einsum("gt,grt->t", held[bought], decisions["recolour"].values[bought])
    made = np.einsum("at,art->t", made_on(case, stage, group), decisions["run"].values)
    total, saved = needed(case, stage, group)
    return np.minimum(used, made), total - np.einsum("ut,urt->t", saved, decisions["substitute"].values)


def home_magnets(case: Case) -> np.ndarray:
    """Return the finished magnets of home colour that a tonne of each activity makes, (activity, year)."""
    net = case.network
    found = np.zeros((len(net.activities), len(case.years)))
    for row, activity in enumerate(net.flow_activity):
        good = net.flow_good[row]
        if net.slot[good] and net.goods[good][1] == HOME:
            found[activity] += net.flow_amount[row]
    return found


def chain_share(case: Case, decisions: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Return magnets of home colour that count (made in the year and delivered in it), and those needed, (year,) t."""
    home = np.array([colour == HOME for _, colour in case.network.goods])
    delivered = decisions["deliver"].values[home].sum(axis=(0, 1))
    made = np.einsum("at,art->t", home_magnets(case), decisions["run"].values)
    asked: np.ndarray = case.need.need.sum(axis=(0, 1, 2)) - decisions["substitute"].values.sum(axis=(0, 1))
    return np.minimum(delivered, made), asked


def needed(case: Case, stage: str, group: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return what a rung has to hand on of the elements, (year,) contained t, and per t substituted."""
    per_tonne = case.rung_need.sel(stage=stage, element=list(group)).sum("element")
    by_grade = per_tonne.sel(grade=list(case.need.grades)).transpose("grade", "year").values
    total = np.einsum("gt,ugrt->t", by_grade, case.need.need)
    saved: np.ndarray = np.einsum("gt,ugt->ut", by_grade, grade_share(case))
    return total, saved


def max_share(program: Program, case: Case, make: Decisions, one: Requirement) -> np.ndarray:
    """An origin sells no more than a share of what is used of a rung, of each rare earth, on each rung.

    sum_o of origin,r content[o,e] buy[o,r,t]  <=  share used[s,e,t]
    """
    market, net = case.market, case.network
    origins = list(dict.fromkeys(origin for _, origin, _ in market.offers))
    if one.target not in origins:
        named = {origin: (origin,) for origin in origins}
        raise RequirementError(f"{one}: no offer comes from '{one.target}'. {which(case, one.target, named)}")
    rungs = list(dict.fromkeys(net.stage[material] for _, _, material in market.offers if net.stage[material]))
    if one.part and one.part not in rungs:
        named = {rung: (rung,) for rung in rungs}
        raise RequirementError(f"{one}: nothing is bought on a rung '{one.part}'. {which(case, one.part, named)}")
    rungs = [one.part] if one.part else rungs
    groups = element_groups(case)
    labels = {"stage": rungs, "element": list(groups), "year": case.years.tolist()}
    rows = program.add_rows(str(one), labels, "t/year", keep=case.years >= one.year, upper=0.0)
    for at, stage in enumerate(rungs):
        for element, group in enumerate(groups.values()):
            _fill(program, rows[at, element], make.buy, held_by_offers(case, stage, group, one.target)[:, None])
            used_of_rung(program, case, make, rows[at, element], stage, group, -one.value, made_at_home=False)
    return rows


def self_reliance(program: Program, case: Case, make: Decisions, one: Requirement) -> np.ndarray:
    """Of what a rung has to hand on, at least a share is made at home and used, in contained tonnes.

        used_of_home_make[s,e,t]  >=  share (need[s,e,t] - sum_u,r saved[u,e,t] substitute[u,r,t])
        made[s,e,t]               >=  the same

    Both, so that neither what is left over counts, nor what was kept for the occasion.
    """
    rungs = [str(name) for name in case.rung_need["stage"].values]
    if one.target not in rungs:
        told = f"{one}: there is no rung '{one.target}' with a need."
        raise RequirementError(f"{told} {which(case, one.target, {rung: (rung,) for rung in rungs})}")
    groups = element_groups(case)
    name = one.part or NDPR
    if name not in groups:
        raise RequirementError(f"{one}: no magnet holds '{name}'. {which(case, name, groups)}")
    total, saved = needed(case, one.target, groups[name])
    rows = _both(program, case, one, total)
    used_of_rung(program, case, make, rows[0], one.target, groups[name], 1.0, made_at_home=True)
    _fill(program, rows[1], make.run, made_on(case, one.target, groups[name])[:, None])
    for row in rows:
        _fill(program, row, make.substitute, one.value * saved[:, None])
    return rows


def _both(program: Program, case: Case, one: Requirement, total: np.ndarray) -> np.ndarray:
    """Add a row for what is used and one for what is made, (2, year): at least the share of ``total``."""
    keep = case.years >= one.year
    labels = {"of": ("used", "made"), "year": case.years.tolist()}
    return program.add_rows(str(one), labels, "t/year", keep=keep, lower=np.where(keep, one.value * total, 0))


def chain_self_reliance(program: Program, case: Case, make: Decisions, one: Requirement) -> np.ndarray:
    """At least a share of the need is met by magnets of the home colour: oxide, metal, alloy and magnet made at home.

    sum_home g,r deliver[g,r,t]      >=  share (need[t] - sum_u,r substitute[u,r,t])
    sum_a,r home_made[a] run[a,r,t]  >=  the same
    """
    rows = _both(program, case, one, case.need.need.sum(axis=(0, 1, 2)))
    home = [number for number, (_, colour) in enumerate(case.network.goods) if colour == HOME]
    _fill(program, rows[0], make.deliver[home], 1.0)
    _fill(program, rows[1], make.run, home_magnets(case)[:, None])
    for row in rows:
        _fill(program, row, make.substitute, one.value)
    return rows


def stock_weeks(program: Program, case: Case, make: Decisions, one: Requirement) -> np.ndarray:
    """At the end of each year there are magnets of every grade in stock for so many weeks of the need of the year.

    sum_g of grade,r store[g,r,t]  >=  weeks / 52 need[k,t]
    """
    return cover(program, case, make, str(one), one.value * (case.years >= one.year))


def cover(
    program: Program, case: Case, make: Decisions, name: str, weeks: np.ndarray, material: str = ""
) -> np.ndarray:
    """Add the rows that hold ``weeks`` (year,) of the need in stock, of every grade or of those of a material."""
    asked, net = case.need, case.network
    chosen = set(asked.grades)
    if material:
        chosen = {
            slot for (name, _), slot in zip(net.goods, net.slot, strict=True) if material in (name, net.template[name])
        }
    of_it = np.array([grade in chosen for grade in asked.grades], dtype=bool)[:, None]
    least = asked.need.sum(axis=(0, 2)) * weeks / WEEKS * of_it
    rows = program.add_rows(
        name, {"grade": asked.grades, "year": case.years.tolist()}, "t", keep=least > 0, lower=least
    )
    for good, slot in enumerate(net.slot):
        if slot and slot in chosen:
            _fill(program, rows[asked.grades.index(slot)], make.store[good], 1.0)
    return rows


def recycled_share(program: Program, case: Case, make: Decisions, one: Requirement) -> np.ndarray:
    """At least a share of the NdPr that the rung of oxides has to hand on is won back from used goods, and is used.

    sum_a of used goods,r won[a] run[a,r,t]  >=  share (need[t] - sum_u,r saved[u,t] substitute[u,r,t])
    used_of_home_make[t]                     >=  the same
    """
    groups = element_groups(case)
    if NDPR not in groups:
        raise RequirementError(f"{one}: no magnet of the pack holds neodymium or praseodymium.")
    total, saved = needed(case, STOP, groups[NDPR])
    rows = _both(program, case, one, total)
    used_of_rung(program, case, make, rows[0], STOP, groups[NDPR], 1.0, made_at_home=True)
    _fill(program, rows[1], make.run, won_back(case, groups[NDPR])[:, None])
    for row in rows:
        _fill(program, row, make.substitute, one.value * saved[:, None])
    return rows


def won_back(case: Case, group: tuple[str, ...]) -> np.ndarray:
    """Return the elements that a tonne of each activity wins back from used goods, (activity, year) contained t."""
    net = case.network
    found = np.zeros((len(net.activities), len(case.years)))
    for row, activity in enumerate(net.flow_activity):
        process, colour = net.activities[activity]
        material, kept = net.goods[net.flow_good[row]]
        if net.product[process] and not colour and kept and net.flow_amount[row].max() > 0:
            found[activity] += net.flow_amount[row] * content(case, material, group)
    return found


def capital_budget(program: Program, case: Case, make: Decisions, one: Requirement) -> np.ndarray:
    """No more capital, in millions, is committed in a year than asked.

    sum_k,r capital[k] build[k,r,b]  <=  most        (of whole plants, what they cost: ``whole.open_plants``)
    """
    rows = program.add_rows(
        str(one), {"decided": case.decided.tolist()}, "million", keep=case.decided >= one.year, upper=one.value
    )
    for columns, each in make.capital.paid:
        program.add(rows, np.where((rows == NONE)[None, None], NONE, columns), each[:, None, None])
    return rows


def which(case: Case, word: str, known: Mapping[str, Sequence[str]]) -> str:
    """Return a sentence with the identifier that ``word`` was meant for: in another case, by a name, or nearly.

    ``known`` are identifiers with what they stand for, whose names in the pack count too.
    """
    names = {name.lower(): one for one, members in known.items()
             for name in (one, *members, *(case.names.get(member, one) for member in members))}  # fmt: skip
    near = word.lower() if word.lower() in names else nearest(word.lower(), list(names))
    return f"Did you mean '{names[near]}'?" if near else did_you_mean(word, list(known))


def _fill(program: Program, rows: np.ndarray, columns: np.ndarray, values: np.ndarray | float) -> None:
    """Add terms where there is a row: a requirement starts in its year."""
    program.add(rows, np.where(rows == NONE, NONE, columns), values)
