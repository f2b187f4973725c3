"""Many futures: a plan made anew in each, or the builds of one plan kept in all, told in a few hundred numbers.

The plan of a future is the one that ``ties`` names among all of least cost, as of any plan: so it depends on the future
alone, and not on the order in which futures are solved, on the method or on the future before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from chumbak.linear.live import Live, Solved, again, begin, go_on
from chumbak.linear.program import NONE, Matrix
from chumbak.linear.solve import NotOptimalError, Solution
from chumbak.plan import outcome
from chumbak.plan.case import Case
from chumbak.plan.conflict import any_plan
from chumbak.plan.formulate import Formulation, formulate, home_deliveries
from chumbak.plan.replay import with_builds
from chumbak.plan.requirements import Requirement, chain_share
from chumbak.plan.result import Plan
from chumbak.plan.ties import SAME, hold, tie_weights

INFEASIBLE = "Infeasible"
LEAST = 1e-6  # t/year: a need of less is none, and a build of less is rounding


@dataclass(frozen=True, eq=False)
class Asked:
    """What is asked of every future: the view, requirements, and what is kept of a plan (see ``replay.decided``)."""

    view: str
    requirements: tuple[Requirement, ...] = ()
    builds: Mapping[str, xr.DataArray] | None = None


@dataclass(frozen=True, eq=False)
class Record:
    """What is kept of the plan of one future.

    ``cost`` discounted, M, and ``terms`` of it; ``build`` (plant, region, decided) t/year of capacity decided;
    ``capacity`` (plant, year) t/year that can be used: stands, awarded and built, run up, less what is retired;
    ``lost`` t/year of builds kept that give nothing within the years of this future; of the country by year: ``need``,
    ``unmet`` and ``substitute`` t, ``chain`` the share of need made at home from oxide on (NaN without need),
    ``import_bill`` M. ``kept`` says whether the requirements hold: if not, a plan with builds kept is run without them.
    ``way`` is how it was solved.
    """

    cost: float
    terms: dict[str, float]
    build: np.ndarray
    capacity: np.ndarray
    need: np.ndarray
    unmet: np.ndarray
    substitute: np.ndarray
    chain: np.ndarray
    import_bill: np.ndarray
    lost: float
    kept: bool
    way: str


@dataclass(frozen=True, eq=False)
class First:
    """The central future, solved, from which the others start; ``loose`` is that without requirements."""

    asked: Asked
    record: Record
    live: Live
    loose: Live | None


def central(case: Case, asked: Asked) -> First:
    """Return the central future solved. Raises ``NotOptimalError`` where nothing holds what is asked in it.

    Builds that are kept may not hold the requirements even there: they are then run without them, and so it is told.
    """
    formulation, matrix, lost = _written(case, asked)
    loose = None
    if asked.builds is not None and asked.requirements:
        bare, bare_matrix, _ = _written(case, replace(asked, requirements=()))
        loose, solved = begin(bare.program, bare_matrix, "the builds in the central future")
        try:
            live, solved = begin(formulation.program, matrix, "the builds in the central future")
        except NotOptimalError as error:
            if error.status != INFEASIBLE and any_plan(matrix):
                raise
            return First(asked, _record(case, asked, bare, bare_matrix, solved, lost, kept=False), loose, loose)
        return First(asked, _record(case, asked, formulation, matrix, solved, lost), live, loose)
    live, solved = begin(formulation.program, matrix, "the plan of the central future")
    return First(asked, _record(case, asked, formulation, matrix, solved, lost), live, loose)


def future(first: First, case: Case) -> Record | None:
    """Return what is kept of the plan of a future; None where no plan holds the requirements.

    Of builds that are kept there is always a record: where they cannot hold the requirements they are run without.
    """
    asked = first.asked
    formulation, matrix, lost = _written(case, asked)
    try:
        solved = again(first.live, formulation.program, matrix, "the plan of a future")
    except NotOptimalError as error:
        # where nothing holds, simplex may end without a clear word: interior point without costs has one
        if not asked.requirements or (error.status != INFEASIBLE and any_plan(matrix)):
            raise
    else:
        return _record(case, asked, formulation, matrix, solved, lost)
    if first.loose is None:
        return None
    formulation, matrix, lost = _written(case, replace(asked, requirements=()))
    solved = again(first.loose, formulation.program, matrix, "the builds in a future")
    return _record(case, asked, formulation, matrix, solved, lost, kept=False)


def _written(case: Case, asked: Asked) -> tuple[Formulation, Matrix, float]:
    """Return the programme of a future, and t/year of the builds kept that give nothing in it."""
    if asked.builds is None:
        formulation = formulate(case, asked.requirements, asked.view)
        return formulation, formulation.program.matrix(), 0.0
    running = tuple(one for one in asked.requirements if one.kind != "budget")
    formulation = formulate(case, running, asked.view, whole="opened" in asked.builds)
    useful = {name: _useful(formulation, name, built) for name, built in asked.builds.items()}
    return (
        formulation,
        with_builds(formulation, {name: built for name, (built, _) in useful.items()}),
        useful["build"][1],
    )


def _useful(formulation: Formulation, name: str, build: xr.DataArray) -> tuple[xr.DataArray, float]:
    """Return of a decision what a future has a column for, and the sum of the rest.

    A plant that comes later than the plan ends gives nothing, and is charged nothing within it: so it is left out.
    """
    block = formulation.program.columns[name]
    known = {dim: list(members) for dim, members in block.labels.items()}
    found = build.transpose(*known).copy()
    lost = 0.0
    for place in np.argwhere(found.values > 0):
        labels = [found[dim].values[at].item() for dim, at in zip(known, place, strict=True)]
        if not all(label in known[dim] for dim, label in zip(known, labels, strict=True)):
            continue  # a plant or region that the pack has not: for ``with_builds`` to refuse
        if block.at[tuple(known[dim].index(label) for dim, label in zip(known, labels, strict=True))] == NONE:
            lost += float(found.values[tuple(place)])
            found.values[tuple(place)] = 0.0
    return found, lost


def _record(
    case: Case, asked: Asked, formulation: Formulation, matrix: Matrix, solved: Solved, lost: float, kept: bool = True
) -> Record:  # fmt: skip
    best = solved.solution
    weights = tie_weights(formulation.program, home_deliveries(case, formulation.decisions))
    hold(solved.model, matrix, best, weights)
    try:
        taken = go_on(solved.model, "the choice among plans of the same cost")
    except NotOptimalError:
        if asked.builds is None:
            raise
        taken = best.columns  # as in ``replay``: what is asked can only just be kept, and leaves nothing to choose from
    cost = _sum_of(matrix.cost, taken)
    assert abs(cost - best.cost) <= SAME * max(1.0, abs(best.cost)), "the choice among ties changed the cost"
    plan = _plan(case, asked, formulation, matrix, replace(best, columns=taken, cost=cost))
    home, needed = chain_share(case, plan.decisions)
    use = outcome.capacity_use(plan)
    program = formulation.program
    terms = {
        name: _sum_of(program.costs[name], taken) + program.offsets.get(name, 0.0) for name in sorted(program.costs)
    }
    return Record(
        cost=cost + matrix.offset, terms=terms, build=plan.decisions["build"].values,
        capacity=(use["stands"] + use["awarded"] + use["built"] - use["retired"]).values,
        need=case.need.need.sum(axis=(0, 1, 2)), unmet=plan.decisions["unmet"].values.sum(axis=(0, 1)),
        substitute=plan.decisions["substitute"].values.sum(axis=(0, 1)),
        chain=np.where(needed > LEAST, np.clip(home / np.maximum(needed, LEAST), 0, 1), np.nan),
        import_bill=np.einsum("ot,ort->t", case.market.price, plan.decisions["buy"].values), lost=lost, kept=kept,
        way=solved.way,
    )  # fmt: skip


def _sum_of(each: np.ndarray, amount: np.ndarray) -> float:
    """Return the sum of products, added up in the same order on any number of cores, as BLAS does not."""
    return float((each * amount).sum())


def _plan(case: Case, asked: Asked, formulation: Formulation, matrix: Matrix, solution: Solution) -> Plan:
    """Return a plan whose decisions have no labels: those of ``labelled`` cost more time than a future takes."""
    decisions = {}
    for name, block in formulation.program.columns.items():
        dims = [f"{name}_{dim}" if dim in ("from", "to") else dim for dim in block.labels]
        decisions[name] = (dims, formulation.program.values(name, np.maximum(solution.columns, 0.0)))
    return Plan(case, asked.view, asked.requirements, formulation, matrix, solution, xr.Dataset(decisions))
