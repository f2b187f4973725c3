"""How much stock is worth holding: weeks of use by user and grade, against a set of episodes that come so often a year.

The rules say what arrives in each episode. Given that, users do not depend on each other, and for each a small linear
programme weighs the cost of holding more against the value it saves. What is told of a stock is not the saving the
programme reckons with, but what the rules lose when they are played again with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from chumbak.linear.program import NONE, Program
from chumbak.linear.solve import load, run
from chumbak.stress.case import NOBODY, Case
from chumbak.stress.episode import Episode
from chumbak.stress.rules import Draws, Played, play
from chumbak.stress.terms import Terms, one_draw, pick_row, terms
from chumbak.stress.use import regrading

FACTORS = (256.0, 128.0, 64.0, 32.0, 16.0, 8.0, 4.0, 2.0, 1.0, 1 / 2, 1 / 4, 1 / 8, 1 / 16)
SOLVER = "simplex"
LOST = 1e-9  # of a week's output: less is none
COST_SCALE = 1e3  # of a week's output times how often a year: what costs are told the solver in
SAID = {
    "weeks": ("week", "extra stock, in weeks of use at the start"),
    "tonnes": ("t", "extra stock"),
    "held": ("million", "capital in the extra stock, at its price"),
    "holding": ("million/year", "what it costs a year to hold the extra stock"),
    "loss_without": ("million/year", "value expected to be lost a year, played by rules, without extra stock"),
    "loss_with": ("million/year", "value expected to be lost a year, played by rules, with the extra stock"),
    "curve_tonnes": ("t", "extra stock of all users"),
    "curve_held": ("million", "capital in the extra stock of all users"),
    "curve_holding": ("million/year", "what it costs a year to hold it"),
    "curve_loss": ("million/year", "value expected to be lost a year, played by rules, with it"),
    "curve_avoided": ("million/year", "value expected to be lost less than without it, played by rules"),
    "curve_weeks": ("week", "extra stock, in weeks of use at the start"),
}


@dataclass(frozen=True, eq=False)
class Scene:
    """One episode in one draw, played by rules: what comes (week, good), t, and how often a year.

    ``share`` (link,): how much of its use the other grade can take. ``demand`` (user,): over the central one.
    """

    given: Terms
    share: np.ndarray
    coming: np.ndarray
    output: np.ndarray
    demand: np.ndarray
    often: float


def stockpile(
    case: Case, episodes: Sequence[Episode], draws: Draws | None = None, factors: Sequence[float] = FACTORS
) -> xr.Dataset:
    """Return the extra stock of magnets that costs least, holding and expected loss together, and its curve.

    Dimensions: ``good`` (goods that users hold; coordinates ``user``, ``stage``, ``kind``), ``user``, and ``point`` of
    the curve, where ``factor`` times the cost of holding is reckoned with; the first holds nothing. Episodes come
    ``weight`` times a year, all draws being equally likely. Raises ``NotOptimalError``.
    """
    draws = draws or Draws.central(case)
    weighed = [episode for episode in episodes if episode.weight > 0]
    scenes = [scene for episode in weighed for scene in _scenes(case, episode, draws)]
    points = _stocks(case, scenes, tuple(dict.fromkeys((1.0, *factors))))
    best = points[1.0]
    curve: dict[float, np.ndarray] = {np.inf: np.zeros(len(case.goods))}
    curve |= {factor: points[factor] for factor in sorted(factors, reverse=True)}
    extra = np.array(list(curve.values()))
    *losses, with_best = _expected(case, weighed, draws, np.array([*extra, best]))
    without, loss = losses[0], np.array([found.sum() for found in losses])
    held = np.flatnonzero(case.user_of != NOBODY)
    values = {
        "weeks": ("good", _weeks(case, best)[held]),
        "tonnes": ("good", best[held]),
        "held": ("good", (best * case.price)[held]),
        "holding": ("good", (best * case.holding)[held]),
        "loss_without": ("user", without),
        "loss_with": ("user", with_best),
        "curve_tonnes": ("point", extra.sum(axis=1)),
        "curve_held": ("point", extra @ case.price),
        "curve_holding": ("point", extra @ case.holding),
        "curve_loss": ("point", loss),
        "curve_avoided": ("point", without.sum() - loss),
        "curve_weeks": (("point", "good"), np.array([_weeks(case, one)[held] for one in extra])),
    }
    found = xr.Dataset(
        {name: (*of, {"units": SAID[name][0], "long_name": SAID[name][1]}) for name, of in values.items()},
        coords={
            "good": [case.named(int(at)) for at in held], "user": [user.name for user in case.users],
            "holder": ("good", [case.users[case.user_of[at]].name for at in held]),
            "stage": ("good", [case.goods[at].stage for at in held]),
            "kind": ("good", [case.goods[at].kind for at in held]), "factor": ("point", list(curve)),
        },
        attrs={"currency": case.currency, "price_year": case.price_year},
    )  # fmt: skip
    return found


def with_stock(case: Case, extra: np.ndarray, draws: Draws | None = None) -> tuple[Case, Draws]:
    """Return case and draws with ``extra`` t more in stock and in the stock aimed at.

    ``extra`` is (good,), the same in every draw, or (draw, good); one draw goes with as many as there are rows.
    """
    draws = draws or Draws.central(case)
    count = max(len(draws.lag), len(np.atleast_2d(extra)))
    draws = Draws(*(np.broadcast_to(one, (count, one.shape[1])) for one in (draws.stock, draws.demand, draws.lag)))
    weeks = _weeks(case, extra)
    cover = case.cover + np.atleast_2d(weeks).max(axis=0)
    demand = np.where(case.user_of != NOBODY, draws.demand[:, case.user_of], 1.0)
    aimed = case.cover * draws.stock + weeks / demand
    stock = np.divide(aimed, cover, out=np.ones_like(aimed), where=cover > 0)
    start = None if case.stock is None else case.stock + extra
    return replace(case, cover=cover, stock=start), replace(draws, stock=stock)


def _weeks(case: Case, tonnes: np.ndarray) -> np.ndarray:
    first = case.use[0]
    found: np.ndarray = np.divide(tonnes, first, out=np.zeros_like(tonnes), where=first > 0)
    return found


def _lost(case: Case, played: Played, draws: Draws) -> np.ndarray:
    """Return the value lost in every draw, (draw, user) M."""
    found: np.ndarray = (1 - played.output).sum(axis=0) * draws.demand * case.value_of_use
    return found


def _expected(case: Case, episodes: Sequence[Episode], draws: Draws, extra: np.ndarray) -> np.ndarray:
    """Return the value expected to be lost a year by rules with ``extra`` (point, good) t in stock, (point, user) M.

    The points are played together, draw by draw.
    """
    found = np.zeros((len(extra), len(case.users)))
    for episode in episodes:
        for at in range(len(draws.lag)):
            one, shock, drawn = one_draw(case, episode, draws, at)
            more, points = with_stock(one, extra, drawn)
            found += episode.weight / len(draws.lag) * _lost(more, play(more, shock, points), points)
    return found


def _scenes(case: Case, episode: Episode, draws: Draws) -> list[Scene]:
    """Play an episode by rules and return what came, draw by draw."""
    played = play(case, episode, draws, keep=True)
    coming = played.trace["arrived"] + played.trace["released"]
    coming[0] += played.trace["before"][0]
    share = regrading(case).share
    return [
        Scene(terms(*one_draw(case, episode, draws, at)), pick_row(share, at), coming[:, at], played.output[:, at],
              draws.demand[at], episode.weight / len(draws.lag))
        for at in range(len(draws.lag))
    ]  # fmt: skip


def _stocks(case: Case, scenes: Sequence[Scene], factors: Sequence[float]) -> dict[float, np.ndarray]:
    """Return the extra stock, (good,) t, that is best at each factor on the cost of holding."""
    found = {factor: np.zeros(len(case.goods)) for factor in factors}
    for user in range(len(case.users)):
        hit = [scene for scene in scenes if (scene.output[:, user] < 1 - LOST).any()]
        goods = np.flatnonzero((case.user_of == user) & (case.use[0] > 0))
        if not hit or not goods.size or case.users[user].value <= 0:
            continue
        scale = COST_SCALE / (case.users[user].value * sum(scene.often for scene in hit))
        program, size = _user_program(case, user, hit, scale), hit[0].given.size
        matrix = program.matrix()
        columns = program.columns["extra"].at[goods].astype(np.int32)
        model = load(matrix, SOLVER)
        for factor in sorted(factors, reverse=True):
            cost = scale * factor * (case.holding * size)[goods]
            model.changeColsCost(len(columns), columns, cost)
            solution = run(model, f"the stock of {case.users[user].name}", SOLVER).columns
            found[factor][goods] = (program.values("extra", solution) * size)[goods]
    return found


def _user_program(case: Case, user: int, scenes: Sequence[Scene], scale: float) -> Program:
    """Write what one user can make in every scene with stock ``extra`` beside what comes, in weeks of use."""
    program, size = Program(), scenes[0].given.size
    goods = case.user_of == user
    weeks, names = list(case.weeks), [case.named(at) for at in range(len(case.goods))]
    places: dict[str, Sequence[object]] = {"scene": list(range(len(scenes))), "week": weeks}
    links = regrading(case)
    own = goods[links.of]
    of, by = links.of[own], links.by[own]
    grades = {**places, "for": [names[at] for at in of]}
    held = {**places, "good": names}
    extra = program.add_columns("extra", {"good": names}, "weeks of use", goods & (case.use[0] > 0))
    level = program.add_columns("level", places, "1", upper=1.0)
    most = np.array([scene.given.whole[:, user] for scene in scenes])
    whole = program.add_columns("whole", places, "1", most > 0, upper=most)
    ready = np.array([scene.given.ready[:, of] for scene in scenes])
    stock = program.add_columns("stock", held, "weeks of use", goods)

    base = np.array([scene.given.base for scene in scenes]) / size
    coming = np.array([scene.coming for scene in scenes]) / size
    share = np.array([scene.share[own] for scene in scenes])[:, None, :]
    stands_in = program.add_columns("stands_in", grades, "weeks of use", ready, upper=share * base[..., of])
    balance = program.add_rows("balance", held, "weeks of use", goods, coming, coming)
    program.add(balance, stock, 1.0)
    program.add(balance[:, 1:], stock[:, :-1], -1.0)
    program.add(balance[:, 0], extra, -1.0)
    program.add(balance[..., goods], level[..., None], base[..., goods])
    program.add(balance[..., of], stands_in, -1.0)
    program.add(balance[..., by], stands_in, size[of] / size[by])
    limit = program.add_rows("stands_in", grades, "weeks of use", ready, upper=0.0)
    program.add(limit, stands_in, 1.0)
    program.add(limit, np.where(limit == NONE, NONE, level[..., None]), -base[..., of])
    output = program.add_rows("output", places, "1", whole != NONE, upper=1.0)
    program.add(output, np.where(output == NONE, NONE, level), 1.0)
    program.add(output, whole, 1.0)
    worth = np.array([scene.often * case.users[user].value * scene.demand[user] for scene in scenes])
    for at in (level, whole):
        program.pay("lost", at, -scale * worth[:, None])
    return program
