"""The answer: what magnets the country needs, what used goods give back, who supplies it, what it could make and build.

It loads nothing: from a pack it computes the central case, the named findings and, where asked for, the draws.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import xarray as xr

from chumbak.answer.backtest import Backtest, backtest
from chumbak.answer.dependence import dependence
from chumbak.answer.element_flows import element_flows
from chumbak.answer.ensemble import Ensemble, run_draws
from chumbak.answer.everyday import catchments, devices
from chumbak.answer.exposure import exposure
from chumbak.answer.finding import Finding
from chumbak.answer.gap import gap
from chumbak.answer.model import ATTRIBUTES, compute
from chumbak.answer.planning import has_plants, planning_case
from chumbak.answer.shock import QUIET, Shock, shock
from chumbak.answer.shocks import WEEKS, Prepared, default_start, has_episodes
from chumbak.answer.supply_chain import SupplyChain, has_chain, supply_chain
from chumbak.answer.weekly_case import INPUTS as STRESS_INPUTS
from chumbak.answer.weekly_case import weekly_case
from chumbak.answer.weekly_draws import Streams, central, drawn
from chumbak.answer.who_pays import who_pays
from chumbak.pack import Pack
from chumbak.pack.backtests import list_backtests
from chumbak.pack.episodes import list_episodes, read_episode
from chumbak.pack.figures import Figure
from chumbak.pack.rule_figures import AWARD_YEAR
from chumbak.plan.case import INPUTS as PLAN_INPUTS
from chumbak.plan.result import Plan, make_plan
from chumbak.stress.rules import play

SEED = 20250404
MOST_DRAWS = 500  # of a shock in an overview: ``chumbak stress`` makes more


@dataclass(frozen=True, eq=False)
class Answer:
    """An answer: labelled numbers over the years shown, the figures used, and ranges when drawn.

    ``data`` holds the central case (variables of the engines in ``stocks``, over ``year`` from the pack's
    ``answer_from`` on); ``findings`` the named questions that the pack has figures for: ``dependence`` and
    ``exposure`` where it has records of trade, ``gap`` where it has a chain, ``devices`` and ``catchments`` where
    it knows the parts of goods and has recyclers; ``chain`` the compiled chain or None;
    ``plan`` the cheapest plan for the country as a whole, where the pack has plants; ``stress`` what each episode of
    the pack does, with central values and by rules alone; ``backtests`` those of the pack; ``ensemble`` the draws, or
    None.
    """

    pack: Pack
    data: xr.Dataset
    figures: tuple[Figure, ...]
    findings: Mapping[str, Finding]
    chain: SupplyChain | None
    plan: Plan | None
    stress: tuple[Shock, ...]
    backtests: tuple[Backtest, ...]
    ensemble: Ensemble | None

    @cached_property
    def flows(self) -> xr.Dataset | None:
        """What ``element_flows`` says, found when first asked for; None where there is no chain, or nothing flows."""
        if self.chain is None or "gap" not in self.findings:
            return None
        found = element_flows(self.pack, self.data, self.chain, self.findings["gap"].data)
        return found if found.sizes["link"] else None

    @cached_property
    def payers(self) -> dict[str, Any] | None:
        """What ``who_pays`` says, found when first asked for; None where the pack does not say who bids.

        Raises ``PackError`` for documents that cannot be played.
        """
        return who_pays(self.pack, self.ensemble.seed if self.ensemble else SEED)


def overview(
    pack: Pack, draws: int = 0, seed: int = SEED, progress: Callable[[int], None] = lambda done: None
) -> Answer:
    """Return demand in its definitions, urban mine, other metals, findings and plan; with ``draws``, ranges."""
    data = compute(pack).sel(year=slice(pack.answer_from, None))
    chain = supply_chain(pack, data) if has_chain(pack) else None
    findings = {}
    if pack.nouns.ids("records"):
        findings = {"dependence": dependence(pack), "exposure": exposure(pack)}
    if chain is not None:
        findings["gap"] = gap(pack, data, chain)
    for brief in (devices(pack), catchments(pack, data)):
        if brief.data:
            findings[brief.name] = brief
    plan: Plan | None = None
    stress: tuple[Shock, ...] = ()
    backtests: tuple[Backtest, ...] = ()
    if chain is not None and has_plants(pack):
        plan = make_plan(planning_case(pack, known=(data, chain)))
        if has_episodes(pack):
            ready = Prepared(pack, plan.case, chain)
            stress = _shocks(ready, draws, seed)
            backtests = tuple(backtest(ready, name, MOST_DRAWS) for name in list_backtests(pack))
    ensemble = run_draws(pack, draws, seed, progress) if draws else None
    used = dict.fromkeys(pack.figures((*ATTRIBUTES, *PLAN_INPUTS, AWARD_YEAR) if plan else ATTRIBUTES))
    if stress:
        used |= dict.fromkeys(pack.figures(STRESS_INPUTS))
    for finding in findings.values():
        used |= dict.fromkeys(finding.figures)
    return Answer(pack, data, tuple(used), findings, chain, plan, stress, backtests, ensemble)


def _shocks(prepared: Prepared, draws: int, seed: int) -> tuple[Shock, ...]:
    """Return what every episode of the pack does, on the projects that stand: by rules alone, which is quick.

    The one with the largest loss a year is drawn too where draws are asked for.
    """
    pack, start = prepared.pack, default_start(prepared)
    case = weekly_case(pack, prepared.ground, prepared.chain, start, WEEKS)
    files = [read_episode(pack, name) for name in list_episodes(pack)]
    quiet = play(case, QUIET)  # the same beside every episode
    found = [shock(central(case, file), file.form.title, optimum=False, quiet=quiet) for file in files]
    if draws:
        yearly = [file.form.weight.value * one.costs["rules"] for file, one in zip(files, found, strict=True)]
        at = yearly.index(max(yearly))
        file, count = files[at], min(draws, MOST_DRAWS)
        streams = Streams(seed, count)
        found[at] = shock(
            central(case, file), file.form.title,
            lambda first, last: drawn(pack, case, file, streams.from_to(first, last)), count, optimum=False,
            quiet=quiet,
        )  # fmt: skip
    return tuple(found)
