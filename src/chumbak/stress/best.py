"""The same weeks at best: a linear programme with the balances and limits of the rules, for one draw.

With foresight everything is known from week 0. As it comes, the programme is solved again whenever there is news (week
0, each begin, each end), in the belief that what is on goes on for good and that nothing else will come; what was done
in the weeks before is given. Both are over the whole horizon, so that foresight never costs more. ``docs/stress.md``
states the programme line by line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from chumbak.linear.program import NONE, Labels, Program
from chumbak.linear.solve import solve
from chumbak.stress.case import NOBODY, Case
from chumbak.stress.episode import Episode, Event, Number
from chumbak.stress.rules import Draws, Played
from chumbak.stress.terms import Terms, begins, one_draw, terms

FORESIGHT, AS_IT_COMES = "foresight", "as it comes"
SOLVER = "simplex"
LATER = 1e-5  # of the value: how much more output is worth in week 0 than after the last, so that loss is put off
NEAR = 1e-8  # of the value: what a week of use over or under the target stock counts for a week; less than LATER
SELDOM = 4  # weeks between looks at the stock of what is restricted; every week takes the solver thrice as long
DOUBT = 0.01  # a week; see ``best``: enough that nothing is lost today for the sake of a loss that may never come
SLACK = 1e-6  # weeks of use: how far decisions that are given may miss a limit, from rounding
ROUNDING = 1e-9  # of a week's output
TINY = 1e-30  # t; keeps what counts nothing from being divided by nothing
CLOSES = 1e-5  # weeks of use: a miss above it is a fault of ours
COST_SCALE = 1e3  # of the mean value of a week of output: what costs are told the solver in


@dataclass(frozen=True, eq=False)
class Best:
    """The least loss: ``output`` (week, user) over what was wanted, and what it costs, M.

    ``cost`` is ``lost`` (value of output lost) and ``premium`` (paid for extra purchases). ``decisions`` in t, by week:
    ``leave``, ``licence`` and ``extra`` (week, edge), ``give`` (week, edge) of home plants, ``made`` (week, plant),
    ``released`` and ``stock`` (week, good), ``stands_in`` (week, link of ``regrading``); ``whole`` (week, user), the
    output that goes on with parts bought whole. ``worst`` is the largest excess over any balance or limit, counted
    again from the decisions, in weeks of use.
    """

    known: str
    output: np.ndarray
    lost: float
    premium: float
    decisions: dict[str, np.ndarray]
    worst: float
    solves: int

    @property
    def cost(self) -> float:
        """Return what is lost and paid, M."""
        return self.lost + self.premium


def best(
    case: Case, episode: Episode, draws: Draws | None = None, known: str = FORESIGHT, doubt: float = DOUBT
) -> Best:
    """Return the least loss of one draw, with ``FORESIGHT`` or ``AS_IT_COMES``.

    ``doubt``: as it comes, by how much less a loss counts for each week that it is ahead when it is decided, as the
    stop may be over by then; 0 is to be certain that it never ends. What is told is the loss itself.

    ``draws`` holds one draw (``one_draw`` picks). Raises ``NotOptimalError``, and ``ValueError`` of several draws.
    """
    if draws is not None and len(draws.lag) != 1:
        raise ValueError(f"the best is found of one draw at a time, not of {len(draws.lag)}: pick one with one_draw")
    case, episode, draws = one_draw(case, episode, draws)
    if known == FORESIGHT:
        found = terms(case, episode, draws)
        return _told(case, draws, found, _decide(case, draws, found, calm(case, episode)), known, 1)
    done: dict[str, np.ndarray] = {}
    weeks = news(episode, len(case.weeks))
    for week in weeks:
        belief = believed(episode, week)
        found = terms(case, belief, draws)
        done = _decide(case, draws, found, calm(case, belief, week), done, week, doubt)
    return _told(case, draws, found, done, known, len(weeks))


def cost_of(case: Case, played: Played, draws: Draws | None = None) -> np.ndarray:
    """Return what a run by rules loses and pays, (draw,) M, in the account of ``Best.cost``: no cost of holding."""
    draws = draws or Draws.central(case)
    lost = ((1 - played.output).sum(axis=0) * draws.demand) @ case.value_of_use
    found: np.ndarray = lost + case.behaviour.other_premium * (played.extra @ case.price)
    return found


def news(episode: Episode, weeks: int) -> list[int]:
    """Return the weeks in which something is learned: the first, and each in which an event begins or ends."""
    moments = [moment for event in episode.events for moment in (event.begin, event.end())]
    return sorted({0} | {_floor(moment) for moment in moments if 0 <= moment < weeks})


def believed(episode: Episode, week: int) -> Episode:
    """Return what is believed in a week: what is on goes on for good, and what has not begun never comes."""

    def as_seen(event: Event) -> Event:
        return event if event.end() < week + 1 else replace(event, weeks=np.inf)

    return replace(episode, events=tuple(as_seen(event) for event in episode.events if event.begin < week + 1))


def _floor(moment: Number) -> int:
    return int(np.floor(moment))


def calm(case: Case, episode: Episode, week: int = 0) -> np.ndarray:
    """Say of which goods no restriction is known from a week on, (G,)."""
    ahead = replace(episode, events=tuple(event for event in episode.events if event.end() > week))
    found: np.ndarray = np.isinf(begins(case, ahead))
    return found


def _decide(
    case: Case, draws: Draws, given: Terms, still: np.ndarray,
    done: Mapping[str, np.ndarray] | None = None, until: int = 0, doubt: float = 0.0,
) -> dict[str, np.ndarray]:  # fmt: skip
    """Write and solve the programme; return the decisions, in weeks before ``until`` as they were ``done``."""
    program = _written(case, draws, given, still, done or {}, until, doubt)
    columns = solve(program.matrix(), "the best that can be done", SOLVER).columns
    value = {name: program.values(name, columns) for name in program.columns}
    size = given.size
    stock = given.target + (value["over"] - value["under"]) * size
    by_edge = {name: value[name] * size[given.good] for name in ("leave", "extra", "give")}
    return by_edge | {
        "licence": given.licence, "made": value["made"] * given.made_size, "level": value["level"],
        "whole": value["whole"],
        "stands_in": value["stands_in"] * size[given.links.of], "released": value["released"] * size, "stock": stock,
    }  # fmt: skip


def _written(
    case: Case, draws: Draws, given: Terms, still: np.ndarray, done: Mapping[str, np.ndarray], until: int, doubt: float
) -> Program:
    """Write the programme. Goods count in weeks of their use (``size``), made goods likewise (``made_size``)."""
    program, size, weeks = Program(), given.size, len(case.weeks)
    week = np.arange(weeks)[:, None]
    past = week < until
    named = {"week": case.weeks, "good": [case.named(at) for at in range(len(case.goods))]}
    edges = {"week": case.weeks, "edge": [
        f"{named['good'][good]} from {case.origins[origin]}" for good, origin in zip(*case.pairs, strict=True)
    ]}  # fmt: skip
    users = {"week": case.weeks, "user": [user.name for user in case.users]}
    links = {"week": case.weeks, "for": [named["good"][at] for at in given.links.of]}
    plants = {"week": case.weeks, "plant": [" ".join(made) for made in case.plants.makes]}

    def columns(
        name: str,
        labels: Labels,
        keep: np.ndarray,
        upper: np.ndarray | float,
        unit: np.ndarray,
        lower: np.ndarray | float = 0.0,
    ) -> np.ndarray:
        """Add columns, fixed to what was done in the past (t, over ``unit``)."""
        high = np.broadcast_to(np.asarray(upper, dtype=float), keep.shape)
        was = done[name] / unit if name in done else np.zeros(keep.shape)
        return program.add_columns(
            name, labels, "weeks of use", keep, np.where(past, was, lower), np.where(past, was, high)
        )  # fmt: skip

    edge_size = size[given.good]
    in_time = given.arrives < weeks
    most = {"leave": given.most / edge_size, "extra": given.extra / edge_size}
    least = np.where(still[given.good], 0.0, most["leave"])  # of what is restricted all is taken that can be had
    inwards = {
        "leave": columns("leave", edges, in_time & (given.most > 0), most["leave"], edge_size, least),
        "extra": columns("extra", edges, in_time & (given.extra > 0), most["extra"], edge_size),
    }
    inwards["give"] = columns("give", edges, in_time & given.given, np.inf, edge_size)
    level = columns("level", users, np.ones((weeks, len(case.users)), dtype=bool), 1.0, np.ones(len(case.users)))
    whole = columns("whole", users, given.whole > 0, given.whole, np.ones(len(case.users)))
    of, by = given.links.of, given.links.by
    used = (given.base / size)[:, of]
    stands_in = columns("stands_in", links, given.ready[:, of], used * given.links.share, size[of])
    made = columns("made", plants, np.broadcast_to(week + given.home_lag < weeks, (weeks, len(case.plants.makes))),
                   np.inf, given.made_size)  # fmt: skip
    held = case.user_of != NOBODY
    given_out = np.broadcast_to(case.at_home & (given.reserve > 0), given.base.shape)
    released = columns("released", named, given_out, np.inf, size)
    over = program.add_columns("over", named, "weeks of use")
    under = program.add_columns("under", named, "weeks of use", upper=given.target / size + SLACK * past)

    rest = np.diff(given.target, axis=0, prepend=given.start[None])
    balance = program.add_rows(
        "balance", named, "weeks of use", lower=(given.coming - rest) / size, upper=(given.coming - rest) / size
    )
    for at, sign in ((over, 1.0), (under, -1.0)):
        program.add(balance, at, sign)
        program.add(balance[1:], at[:-1], -sign)
    for at in inwards.values():
        program.add(np.where(at == NONE, NONE, balance[np.minimum(given.arrives, weeks - 1), given.good]), at, -1.0)
    program.add(balance, released, -1.0)
    program.add(balance[:, held], level[:, case.user_of[held]], (given.base / size)[:, held])
    program.add(balance[:, of], stands_in, -1.0)
    program.add(balance[:, by], stands_in, size[of] / size[by])
    takes = case.plants.recipe * given.made_size[:, None] / size  # (plant, good)
    program.add(balance[:, None, :], made[:, :, None], takes * given.thrift[:, None, :])

    loose = np.where(past, SLACK, 0.0)
    limit = program.add_rows("stands_in", links, "weeks of use", given.ready[:, of], upper=loose)
    program.add(limit, stands_in, 1.0)
    program.add(limit, np.where(limit == NONE, NONE, level[:, case.user_of[of]]), -used)
    output = program.add_rows("output", users, "1", whole != NONE, upper=1.0 + loose)
    program.add(output, np.where(output == NONE, NONE, level), 1.0)
    program.add(output, whole, 1.0)
    _make(program, case, given, made, inwards["give"], loose)
    _release(program, case, given, released)

    value = case.value_of_use * draws.demand[0]
    scale = COST_SCALE / value.mean() if value.any() else 1.0
    certain = (1 - doubt) ** np.maximum(week - until, 0)
    for at in (level, whole):
        program.pay("lost", at, -scale * value * certain * (1 + LATER * (1 - week / weeks)))
    premium = float(case.behaviour.other_premium) * case.price[given.good]
    program.pay("premium", inwards["extra"], scale * premium * edge_size)
    worth = np.where(held, value[case.user_of], value.mean())
    program.pay("near", over, scale * NEAR * worth * still)
    seldom = still | (week % SELDOM == SELDOM - 1)  # stock that is not wanted yet is not to be run down meanwhile
    program.pay("near", under, scale * NEAR * worth * seldom)
    return program


def _make(program: Program, case: Case, given: Terms, made: np.ndarray, give: np.ndarray, loose: np.ndarray) -> None:
    """What home plants make goes to those who use it, and takes of the capacity that plants share."""
    plants, labels = case.plants, {"week": case.weeks, "plant": [" ".join(kind) for kind in case.plants.makes]}
    makes = {kind: plant for plant, kind in enumerate(plants.makes)}
    plant_of = np.array(
        [makes.get((case.goods[good].stage, case.goods[good].kind), 0) for good in given.good], dtype=int
    )
    rows = program.add_rows("made", labels, "weeks of use", made != NONE, lower=-loose, upper=loose)
    program.add(rows, made, 1.0)
    if len(plants.makes):
        share = given.size[given.good] / given.made_size[plant_of]
        program.add(np.where(give == NONE, NONE, rows[:, plant_of]), give, -share)
    counts = plants.counts * given.made_size  # (group, plant)
    most = np.maximum(counts.max(axis=1, initial=0.0), TINY)
    groups = {"week": case.weeks, "group": list(range(len(most)))}
    limits = program.add_rows("capacity", groups, "weeks of use", upper=given.able.T / most + loose)
    program.add(limits[:, :, None], made[:, None, :], counts / most[:, None])


def _release(program: Program, case: Case, given: Terms, released: np.ndarray) -> None:
    """Give out no more of a kind than the public stock of it holds."""
    kinds = sorted({(good.stage, good.kind) for good in case.goods})
    number = np.array([kinds.index((good.stage, good.kind)) for good in case.goods])
    there = np.array([given.reserve[number == kind].max() for kind in range(len(kinds))])
    names = {"kind": [" ".join(kind) for kind in kinds]}
    rows = program.add_rows("reserve", names, "1", there > 0, upper=1 + SLACK)
    program.add(rows[number], released, given.size / np.where(there > 0, there, 1.0)[number])


def _told(case: Case, draws: Draws, given: Terms, done: dict[str, np.ndarray], known: str, solves: int) -> Best:
    """Return what is told of the decisions, with the balances counted again."""
    level = np.clip(done.pop("level"), 0.0, 1.0)
    output = np.minimum(level + done["whole"], 1.0)
    missing = np.where(output < 1 - ROUNDING, 1 - output, 0.0)  # else what is left of rounding would be told as money
    lost = float(missing.sum(axis=0) @ (case.value_of_use * draws.demand[0]))
    premium = float(done["extra"].sum(axis=0) @ case.price[given.good]) * float(case.behaviour.other_premium)
    return Best(known, output, lost, premium, done, _worst(case, given, level, done), solves)


def _worst(case: Case, given: Terms, level: np.ndarray, done: Mapping[str, np.ndarray]) -> float:
    """Return the largest excess over a balance or limit, in weeks of use, counted without the programme."""
    weeks, plants, held = len(case.weeks), case.plants, case.user_of != NOBODY
    arriving = given.coming.copy()
    for name in ("leave", "extra", "give"):
        for week, edge in np.argwhere(done[name] > 0):
            arriving[given.arrives[week, edge], given.good[edge]] += done[name][week, edge]
    used = np.where(held, level[:, case.user_of], 0.0) * given.base
    for link, (of, by) in enumerate(zip(given.links.of, given.links.by, strict=True)):
        used[:, of] -= done["stands_in"][:, link]
        used[:, by] += done["stands_in"][:, link]
    excess, before = [-used / given.size, -done["stock"] / given.size], given.start
    for week in range(weeks):
        taken = done["made"][week] @ plants.recipe * given.thrift[week]
        after = before + arriving[week] + done["released"][week] - used[week] - taken
        excess.append(np.abs(after - done["stock"][week])[None] / given.size)
        before = done["stock"][week]
    counted = done["made"] @ plants.counts.T - given.able.T
    scale = np.maximum((plants.counts * given.made_size).max(axis=1, initial=0.0), TINY)
    excess += [counted / scale, (done["leave"] - given.most) / given.size[given.good]]
    worst = max(float(rows.max(initial=0.0)) for rows in excess)
    assert worst <= CLOSES, f"a balance or limit of the best is missed by {worst:g} weeks of use"
    return worst
