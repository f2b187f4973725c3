"""The plan for all futures of a tree, and what it is worth to have thought of them.

Beside it stand the best plan of each future for itself (had it been known), the plan made for the average of all
figures, and the plan made for good weather, each with its first decisions kept and all later ones taken anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from chumbak.linear.solve import NotOptimalError, Progress, Solution
from chumbak.plan.case import NATIONAL, Case
from chumbak.plan.certificate import Certificate, certified, rules_kept
from chumbak.plan.recheck import TONNES, Check, check
from chumbak.plan.requirements import Requirement
from chumbak.plan.result import Plan, labelled, make_plan
from chumbak.plan.tree.extensive import (
    OWN_YEAR,
    Extensive,
    Risk,
    end_cost,
    extensive,
    held_to,
    least_cost,
    name_of,
    root_states,
    tail_cost,
)
from chumbak.plan.tree.nodes import Tree
from chumbak.plan.tree.splice import averaged


@dataclass(frozen=True, eq=False)
class Outcome:
    """A plan on the tree, or one whose first decisions come from elsewhere: the plan of every end, and its costs.

    ``cost`` (end,) millions, discounted.
    """

    form: Extensive
    solution: Solution
    plans: tuple[Plan, ...]
    cost: np.ndarray

    @property
    def expected(self) -> float:
        """Return the expected cost, millions."""
        return float(self.form.tree.probability @ self.cost)

    def tail(self, tail: float) -> float:
        """Return the mean cost of the worst ``1 - tail`` of futures, millions."""
        return tail_cost(self.form.tree.probability, self.cost, tail)


@dataclass(frozen=True, eq=False)
class Hedge:
    """What a tree comes to. Costs in millions, discounted.

    ``hedged`` is the plan asked for; ``neutral`` the one of least expected cost (the same without aversion);
    ``known`` the best plan of every end by itself; ``average`` and ``calm`` are the plans whose first decisions were
    made for the average of figures and for good weather; None where these cannot keep what is asked.
    """

    tree: Tree
    risk: Risk
    hedged: Outcome
    neutral: Outcome
    known: tuple[Plan, ...]
    average: Outcome | None
    calm: Outcome | None

    @property
    def known_cost(self) -> np.ndarray:
        """Return what each end costs if it is known from the first, (end,) millions."""
        return np.array([plan.cost for plan in self.known])

    @property
    def stochastic_value(self) -> float | None:
        """Return the value of the stochastic solution: what planning for the average costs more, expected."""
        return None if self.average is None else self.average.expected - self.neutral.expected

    @property
    def information_value(self) -> float:
        """Return the expected value of perfect information: what knowing the future from the first would save."""
        return self.neutral.expected - float(self.tree.probability @ self.known_cost)

    @property
    def hedge_value(self) -> np.ndarray | None:
        """Return what the hedge saves in each end against the plan for good weather, (end,) millions."""
        return None if self.calm is None else self.calm.cost - self.hedged.cost


def make_hedge(
    tree: Tree, cases: Sequence[Case], asked: tuple[Requirement, ...] = (), view: str = NATIONAL,
    risk: Risk | None = None, progress: Progress = lambda what: None,
) -> Hedge:  # fmt: skip
    """Return the plan of a tree and what it is worth. ``cases`` are those of its ends, alike until they part.

    Raises ``RequirementError``, ``TreeError``, and ``NotOptimalError`` where no plan keeps what is asked in every end.
    """
    risk = risk or Risk()
    progress(f"the plan for {len(cases)} futures")
    neutral_form = extensive(tree, cases, asked, view, Risk())
    neutral = _solved(neutral_form, cases, asked, view)
    hedged = neutral
    if risk.aversion > 0:
        progress("the plan that spares the worst futures")
        hedged = _solved(extensive(tree, cases, asked, view, risk), cases, asked, view)
    known = []
    for at, case in enumerate(cases):
        progress(f"the best plan for '{tree.title_of(tree.ends[at])}' by itself")
        known.append(make_plan(case, asked, view))
    progress("the plan for the average")
    average = _kept(neutral_form, cases, asked, view, _average_plan(tree, cases, asked, view))
    progress("the plan for good weather, in all weathers")
    calm = _kept(neutral_form, cases, asked, view, known[tree.calm])
    return Hedge(tree, risk, hedged, neutral, tuple(known), average, calm)


def _average_plan(tree: Tree, cases: Sequence[Case], asked: tuple[Requirement, ...], view: str) -> Plan | None:
    try:
        return make_plan(averaged(cases, tree.probability), asked, view)
    except NotOptimalError:
        return None  # what each future can keep, their average need not


def _kept(
    form: Extensive, cases: Sequence[Case], asked: tuple[Requirement, ...], view: str, plan: Plan | None
) -> Outcome | None:
    """Return the best plan of the tree with another plan's first decisions; None where it cannot keep what is asked."""
    if plan is None:
        return None
    states = root_states(form, plan.formulation, plan.solution.columns)
    try:
        return _solved(held_to(form, states), cases, asked, view)
    except NotOptimalError:
        return None


def _solved(form: Extensive, cases: Sequence[Case], asked: tuple[Requirement, ...], view: str) -> Outcome:
    solution = least_cost(form, "the plan for all futures")
    plans = []
    for case, end, own, columns, rows, chance in zip(
        cases, form.ends, form.matrices, form.columns, form.rows, form.tree.probability, strict=True
    ):
        taken = solution.columns[columns]
        # shadow prices are those of the end, had it come: the tree's, over the chance that it does
        part = replace(
            solution, columns=taken, reduced=solution.reduced[columns] / chance, rows=own.A @ taken,
            duals=solution.duals[rows] / chance, cost=float(own.cost @ taken),
        )  # fmt: skip
        plans.append(Plan(case, view, asked, end, own, part, labelled(end, part)))
    return Outcome(form, solution, tuple(plans), end_cost(form, solution))


def tree_certificate(outcome: Outcome) -> Certificate:
    """Return the certificate of a plan on a tree.

    Every rule is checked on the plan of every end, what ends have to decide alike is compared year by year, and the
    programme of the tree is proved as that of any plan.
    """
    form, checks, worst = outcome.form, [], 0.0
    for plan, end in zip(outcome.plans, form.tree.ends, strict=True):
        kept, balance = rules_kept(plan)
        name = form.tree.branches[end].name
        checks += [replace(one, where=f"{name}: {one.where}" if one.where else "") for one in kept]
        worst = max(worst, balance)
    together: dict[str, Check] = {}
    for one in checks:  # a rule of all ends is one check, at the end where it is kept worst
        known = together.get(one.rule)
        worse = one if known is None or not one.worst <= known.worst else known
        together[one.rule] = replace(worse, checked=one.checked + (known.checked if known else 0))
    alike = _alike(outcome)
    rules = (*together.values(), alike)
    return certified(rules, worst, form.matrix, outcome.solution, lambda number, kind: name_of(form, number, kind))


def _alike(outcome: Outcome) -> Check:
    """Check that ends decide alike until they part: nobody acts on what is not known yet."""
    tree, plans = outcome.form.tree, outcome.plans
    found, places = [0.0], ["none"]
    for first, second in combinations(range(len(plans)), 2):
        years = plans[first].case.years
        ends = tree.ends[first], tree.ends[second]
        until = int((tree.known_in(ends[0], years) == tree.known_in(ends[1], years)).cumprod().sum())
        names = [tree.branches[end].name for end in ends]
        for name, array in plans[first].decisions.items():
            dim = next((dim for dim in array.dims if dim in OWN_YEAR), None)
            if dim is None:
                continue
            shared = array[dim].values < (years[until] if until < len(years) else np.inf)
            other = plans[second].decisions[name]
            off = np.abs(array.values - other.values).compress(shared, axis=array.dims.index(dim))
            found.append(float(off.max(initial=0.0)))
            places.append(f"{name} of {' and '.join(names)}")
    return check("decided_alike", "t", np.array(found), (places,), TONNES)
