"""Asking for a shock: from a pack to what one of its episodes does, to the country or to one firm."""

from __future__ import annotations

from dataclasses import dataclass

import xarray as xr

from chumbak.answer.firm_case import firm_case, firm_drawn
from chumbak.answer.model import ATTRIBUTES, compute
from chumbak.answer.planning import has_plants, planning_case
from chumbak.answer.shock import Progress, Shock, shock
from chumbak.answer.shock_reach import Standing, standing
from chumbak.answer.supply_chain import INPUTS as CHAIN_INPUTS
from chumbak.answer.supply_chain import SupplyChain, supply_chain
from chumbak.answer.weekly_case import INPUTS, PARAMETERS, weekly_case
from chumbak.answer.weekly_draws import Drawn, Streams, central, drawn, episode_of
from chumbak.answer.weekly_plants import Year
from chumbak.pack import Fault, Pack, PackError
from chumbak.pack.episodes import list_episodes, read_episode
from chumbak.pack.firms import FirmFile
from chumbak.plan.case import INPUTS as PLAN_INPUTS
from chumbak.plan.case import Case as Ground
from chumbak.stress.weeks import week_labels, year_of

WEEKS = 104
MOST_AT_BEST = 208  # weeks for which the best is worked out: the time it takes grows much faster than they
SPRING = 14  # the ISO week of early April, in which licences began in 2025 and from which a shock is asked for
USED = (*ATTRIBUTES, *CHAIN_INPUTS, *PLAN_INPUTS, *INPUTS)  # figures that a shock rests on


@dataclass(frozen=True, eq=False)
class Prepared:
    """What every shock of a pack is played on: its planning case and its chain."""

    pack: Pack
    ground: Ground
    chain: SupplyChain


def has_episodes(pack: Pack) -> bool:
    """Say whether shocks can be asked of a pack: it has plants, episodes, and how makers behave."""
    known = {entry.attribute.name for entry in pack.entries.values()}
    return has_plants(pack) and bool(list_episodes(pack)) and set(PARAMETERS) <= known


def prepare(pack: Pack, known: tuple[xr.Dataset, SupplyChain] | None = None) -> Prepared:
    """Return what shocks are played on; ``known`` is what ``compute`` and ``supply_chain`` said of the pack already.

    Raises ``PackError`` for a pack without plants.
    """
    if known is None:
        data = compute(pack).sel(year=slice(pack.answer_from, None))
        known = data, supply_chain(pack, data)
    return Prepared(pack, planning_case(pack, known=known), known[1])


def default_start(prepared: Prepared) -> str:
    """Return the week from which a shock is asked for: April of the first year in which something can be decided."""
    return f"{int(prepared.ground.decided[0])}-W{SPRING:02d}"


def shock_of(
    prepared: Prepared, episode: str, start: str | None = None, weeks: int = WEEKS, *,
    decisions: xr.Dataset | None = None, firm: FirmFile | None = None, draws: int = 0, seed: int = 0,
    by_priority: bool = True, optimum: bool = True, progress: Progress = lambda what: None,
) -> Shock:  # fmt: skip
    """Return what an episode of the pack does from ``start`` on.

    ``decisions`` are those of a national plan, whose plants then stand; ``firm`` a firm's own case instead of the
    country's. Raises ``PackError`` for an unknown episode, a week outside the plan's years, and missing figures.
    """
    pack, file = prepared.pack, read_episode(prepared.pack, episode)
    start = default_start(prepared) if start is None else start
    check_start(prepared, start)
    if optimum and weeks > MOST_AT_BEST:
        what = f"the best that could be done is worked out for at most {MOST_AT_BEST} weeks"
        raise PackError([Fault("--weeks", 0, "", "too-many-weeks", what, "Say fewer, or --no-optimum.")])
    streams = Streams(seed, max(draws, 1))
    if firm is None:
        case = weekly_case(pack, prepared.ground, prepared.chain, start, weeks, decisions)
        middle = central(case, file)

        def part(first: int, last: int) -> Drawn:
            return drawn(pack, case, file, streams.from_to(first, last))
    else:
        case = firm_case(pack, firm, start, weeks, holds(prepared, start))
        middle = central(case, file)
        own = firm

        def part(first: int, last: int) -> Drawn:
            some = streams.from_to(first, last)
            one, given = firm_drawn(pack, case, own, some)
            return Drawn(one, episode_of(file, some.read(f"episode.{file.name}")), given)

    return shock(middle, file.form.title, part, draws, by_priority=by_priority, optimum=optimum, progress=progress)


def stands_in(prepared: Prepared, start: str, decisions: xr.Dataset | None) -> Standing:
    """Return the home plants that stand in the year of a week, of a plan if ``decisions`` are given."""
    at = int((prepared.ground.years == year_of(start)).argmax())
    return standing(Year(prepared.pack, prepared.ground, prepared.chain, at, decisions))


def holds(prepared: Prepared, start: str) -> dict[str, tuple[str, ...]]:
    """Return the rare earths that the magnets of each grade hold in the year of a week."""
    at = int((prepared.ground.years == year_of(start)).argmax())
    year = Year(prepared.pack, prepared.ground, prepared.chain, at, None)
    return {grade: year.holds(material) for grade, material in year.final.items()}


def check_start(prepared: Prepared, start: str) -> None:
    """Raise ``PackError`` for what is no week, or one outside the years of the plan."""
    years = prepared.ground.years
    try:
        week_labels(start, 1)
    except ValueError as error:
        what, mend = str(error).split(": ")
        raise PackError([Fault("--start", 0, "", "bad-week", what, f"{mend}.")]) from None
    if year_of(start) not in years:
        what = f"{start} lies outside the years of the plan"
        raise PackError([Fault("--start", 0, "", "week-outside", what, f"They run from {years[0]} to {years[-1]}.")])
