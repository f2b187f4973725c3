"""A superstructure as one mixed-integer programme: which option at each stage, how many units, how many people.

All feed goes one way, the same in every year. So what comes into an option is written for a unit of feed, and what it
is sized for is that times the feed of the largest year. Masses are kg, money millions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from chumbak.linear.program import Program
from chumbak.superstructure.case import Case

MILLION = 1e6


@dataclass(frozen=True, eq=False)
class Formulation:
    """The programme, its columns ``pick`` (option,), and what is sold and recovered of every column.

    The cost of a column leaves out the main product; ``sold`` and ``recovered`` (column,) are what a unit of it brings
    at the prices of the case (millions) and in kg, both as worth at the start.
    """

    program: Program
    pick: np.ndarray
    sold: np.ndarray
    recovered: np.ndarray


def formulate(case: Case) -> Formulation:
    """Return the programme of a superstructure: its cost is what is spent less what by-products fetch, at the start."""
    program = Program()
    names = [one.name for one in case.options]
    sized = [one.units is None for one in case.options]
    most = _most(case)
    pick = program.add_columns("pick", {"option": names}, "1", upper=1.0, integer=True)
    into = program.add_columns("into", {"option": names, "component": case.components}, "kg", keep=most > 0, upper=most)
    units = program.add_columns(
        "units", {"option": names}, "1", keep=~np.array(sized), upper=_most_units(case), integer=True
    )
    people = program.add_columns("people", {}, "1", upper=_most_people(case), integer=True)
    _one_a_stage(program, case, pick)
    _goes_on(program, case, into)
    _only_where_picked(program, case, pick, into, most)
    _units(program, case, pick, units)
    _people(program, case, pick, units, people)
    _equipment(program, case, pick, into)
    _running(program, case, pick, into, units, people)
    _impact(program, case, into)
    recovered, sold = np.zeros(program.width), np.zeros(program.width)
    for at in case.of_stage[-1]:
        kept = case.options[at].keeps * case.feed_worth * case.sales_worth
        there = into[at] >= 0
        recovered[into[at][there]] = kept[there]
        sold[into[at][there]] = (kept * case.options[at].price)[there] / MILLION
    return Formulation(program, pick, sold, recovered)


def _most(case: Case) -> np.ndarray:
    """Return the most that can come into each option for a unit of feed, (option, component) kg."""
    most = np.zeros((len(case.options), len(case.components)))
    most[list(case.of_stage[0])] = case.content
    for stage in range(len(case.stages) - 1):
        for at in case.of_stage[stage]:
            for follows in case.options[at].after:
                most[follows] = np.maximum(most[follows], most[at] * case.options[at].keeps)
    return most


def _most_units(case: Case) -> np.ndarray:
    return np.array([math.ceil(case.most_feed / one.units.rate) if one.units else 0.0 for one in case.options])


def _most_people(case: Case) -> float:
    each = _most_units(case) * [one.units.operators if one.units else 0.0 for one in case.options]
    each += [0.0 if one.units else one.operators for one in case.options]
    return float(sum(math.ceil(max(each[list(stage)])) for stage in case.of_stage))


def _one_a_stage(program: Program, case: Case, pick: np.ndarray) -> None:
    """One option a stage, and one that may follow it:  sum_k pick[k] = 1,   sum of after k pick >= pick[k]."""
    rows = program.add_rows("one_a_stage", {"stage": case.stages}, "1", lower=1.0, upper=1.0)
    for stage, members in enumerate(case.of_stage):
        program.add(rows[stage], pick[list(members)], 1.0)
    before = np.array([one.stage < len(case.stages) - 1 for one in case.options])
    rows = program.add_rows("follows", {"option": [one.name for one in case.options]}, "1", keep=before, lower=0.0)
    for at in np.flatnonzero(before):
        program.add(rows[at], pick[list(case.options[at].after)], 1.0)
        program.add(rows[at], pick[at], -1.0)


def _goes_on(program: Program, case: Case, into: np.ndarray) -> None:
    """What a stage hands on comes into the next:  sum_k into[k,c] = sum_before keeps[k,c] into[k,c]."""
    labels = {"stage": case.stages, "component": case.components}
    feed = np.zeros((len(case.stages), len(case.components)))
    feed[0] = case.content
    rows = program.add_rows("goes_on", labels, "kg", lower=feed, upper=feed)
    for at, one in enumerate(case.options):
        program.add(rows[one.stage], into[at], 1.0)
        if one.stage < len(case.stages) - 1:
            program.add(rows[one.stage + 1], into[at], -one.keeps)


def _only_where_picked(program: Program, case: Case, pick: np.ndarray, into: np.ndarray, most: np.ndarray) -> None:
    """Nothing comes into an option that is not picked:  into[k,c] <= most[k,c] pick[k]."""
    labels = {"option": [one.name for one in case.options], "component": case.components}
    rows = program.add_rows("only_where_picked", labels, "kg", keep=into >= 0, upper=0.0)
    program.add(rows, into, 1.0)
    program.add(rows, np.where(into >= 0, pick[:, None], -1), -most)


def _units(program: Program, case: Case, pick: np.ndarray, units: np.ndarray) -> None:
    """As many whole units as the feed of the largest year asks:  rate[k] units[k] >= feed pick[k]."""
    rate = np.array([one.units.rate if one.units else 0.0 for one in case.options])
    there = units >= 0
    rows = program.add_rows("units", {"option": [one.name for one in case.options]}, "1", keep=there, lower=0.0)
    program.add(rows, units, 1.0)
    program.add(rows, np.where(there, pick, -1), np.where(there, -case.most_feed / np.where(there, rate, 1.0), 0.0))


def _people(program: Program, case: Case, pick: np.ndarray, units: np.ndarray, people: np.ndarray) -> None:
    """A whole number of people, who share their time:  people >= sum operators[k] pick[k] + operators[k] units[k]."""
    row = program.add_rows("people", {}, "1", lower=0.0)
    program.add(row, people, 1.0)
    for at, one in enumerate(case.options):
        program.add(row, units[at] if one.units else pick[at], -(one.units.operators if one.units else one.operators))


def _equipment(program: Program, case: Case, pick: np.ndarray, into: np.ndarray) -> None:
    """Equipment by size, in straight lines between points: two neighbours share a picked option's weight.

    sum_i weight[i] = pick;   sum_i size[i] weight[i] >= feed sum_c into[c];   weight[i] <= part[i-1] + part[i],
    sum_i part[i] = pick, part whole. Of whole units: what the units cost.
    """
    for at, one in enumerate(case.options):
        if one.units is not None:
            units = program.columns["units"].at[at]
            program.pay("capital", units, case.plant_worth * one.units.capital / MILLION)
            continue
        points = {"point": range(len(one.sizes))}
        weight = program.add_columns(f"weight {one.name}", points, "1", upper=1.0)
        part = program.add_columns(
            f"part {one.name}", {"point": range(len(one.sizes) - 1)}, "1", upper=1.0, integer=True
        )
        row = program.add_rows(f"weights {one.name}", {"of": ("weight", "part")}, "1", lower=0.0, upper=0.0)
        for of, columns in zip(row, (weight, part), strict=True):
            program.add(of, columns, 1.0)
            program.add(of, pick[at], -1.0)
        rows = program.add_rows(f"neighbours {one.name}", points, "1", upper=0.0)
        program.add(rows, weight, 1.0)
        program.add(rows[1:], part, -1.0)
        program.add(rows[:-1], part, -1.0)
        scale = max(float(one.sizes[-1]), 1.0)
        row = program.add_rows(f"size {one.name}", {}, "1", lower=0.0)
        program.add(row, weight, one.sizes / scale)
        program.add(row, into[at], -case.most_feed / scale)
        program.pay("capital", weight, case.plant_worth * case.finance.lang * one.capital / MILLION)


def _running(
    program: Program, case: Case, pick: np.ndarray, into: np.ndarray, units: np.ndarray, people: np.ndarray
) -> None:
    overhead = 1 + case.finance.overhead
    for at, one in enumerate(case.options):
        program.pay("running", into[at], overhead * case.feed_worth * one.per_kg / MILLION)
        program.pay("running", pick[at], overhead * case.a_year * one.yearly / MILLION)
        if one.units is not None:
            program.pay("running", units[at], overhead * case.a_year * one.units.yearly / MILLION)
        fetched = float(case.byproduct_price @ one.byproducts) * case.sales_worth
        program.pay("by-products", into[at], -case.feed_worth * fetched / MILLION)
    program.pay("labour", people, case.labour_worth / MILLION)
    program.pay_anyway("feed", overhead * case.feed_worth * case.feed_cost / MILLION)


def _impact(program: Program, case: Case, into: np.ndarray) -> None:
    """Impact of all years at most the limit:  sum_k impact[k] sum_t feed[t] sum_c into[k,c] <= limit."""
    if not np.isfinite(case.impact_limit):
        return
    total = float(case.feed.sum())
    scale = max(1.0, *(total * one.impact for one in case.options))
    row = program.add_rows("impact", {}, "1", upper=case.impact_limit / scale)
    for at, one in enumerate(case.options):
        program.add(row, into[at], total * one.impact / scale)
