"""Draws of a shock: durations, stocks, lags, licences and demand within their ranges, each from a stream of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from chumbak.answer.weekly_case import INPUTS, PLANTS, behaviour
from chumbak.pack import Pack
from chumbak.pack.arrays import inputs
from chumbak.pack.draws import COUNTED, deviates, groups, moved
from chumbak.pack.episodes import EpisodeFile, EventForm
from chumbak.pack.forms import Amount
from chumbak.stress.case import HOME, NOBODY, Case, User
from chumbak.stress.episode import Episode, Event, Licence
from chumbak.stress.rules import Draws

WORTH = ("going_without", "sector_without")
Read = Callable[[str, Amount, float, float | None], float | np.ndarray]  # path, amount, bounds


@dataclass(frozen=True, eq=False)
class Drawn:
    """A case, an episode and draws that go together."""

    case: Case
    episode: Episode
    draws: Draws

    @property
    def count(self) -> int:
        """Return the number of draws."""
        return len(self.draws.lag)


def central(case: Case, file: EpisodeFile) -> Drawn:
    """Return the case and the episode at their central values."""
    return Drawn(case, episode_of(file, lambda path, amount, low, high: amount.value), Draws.central(case))


@dataclass(frozen=True, eq=False)
class Streams:
    """Standard normal deviates by name: ``total`` of a seed, of which those of ``part`` are given out."""

    seed: int
    total: int
    part: slice = field(default_factory=lambda: slice(None))
    known: dict[str, np.ndarray] = field(default_factory=dict)

    def from_to(self, first: int, last: int) -> Streams:
        """Return the same streams, giving out draws ``first`` to ``last``."""
        return replace(self, part=slice(first, last))

    def of(self, names: Mapping[str, str]) -> dict[str, np.ndarray]:
        """Return deviates for keys by the name of their stream, and ``COUNTED``."""
        new = {name: name for name in {*names.values()} - self.known.keys()}
        if new or COUNTED not in self.known:
            self.known.update(deviates(new, self.total, self.seed))
        return {key: self.known[name][self.part] for key, name in {**names, COUNTED: COUNTED}.items()}

    def one(self, name: str) -> np.ndarray:
        """Return the deviates of one stream."""
        return self.of({name: name})[name]

    def read(self, prefix: str) -> Read:
        """Return how amounts of a document are drawn: by their path after ``prefix``."""

        def one(path: str, amount: Amount, low: float, high: float | None) -> float | np.ndarray:
            value, least, most = amount.sides
            if least == most:
                return value
            return moved((value, least, most), self.one(f"{prefix}.{path}"), low, high)

        return one


def drawn(pack: Pack, case: Case, file: EpisodeFile, streams: Streams) -> Drawn:
    """Return the case of a pack and an episode with all their ranges drawn."""
    by_key = streams.of(groups(pack, INPUTS))
    given = {name: array.values for name, array in inputs(pack, INPUTS, by_key).items()}
    labels = {name: list(_labels(pack, name)) for name in INPUTS}
    count = len(by_key[COUNTED])

    def of(name: str, label: str) -> np.ndarray:
        return given[name][:, labels[name].index(label)]

    cover = np.ones((count, len(case.goods)))
    share, wait = (np.tile(getattr(case, name), (count, 1)) for name in ("regrade_share", "regrade_weeks"))
    for at, good in enumerate(case.goods):
        user = case.user_of[at]
        if user == NOBODY:
            held = of("stage_cover", good.holder.removesuffix(PLANTS))
        else:
            held = of("sector_cover", case.users[user].sector)
            if case.regrade_to[at] != NOBODY:
                share[:, at], wait[:, at] = of("regrade_share", good.holder), of("regrade_weeks", good.holder)
        cover[:, at] = held / case.cover[at] if case.cover[at] > 0 else 1.0
    lag = [given["home_lag"] if one == HOME else of("origin_lag", one) for one in case.origins]
    demand = [given["stress_demand"] * _demand(pack, streams, user.name) for user in case.users]
    whole = [
        np.stack([of(name, user.sector) for user in case.users], axis=1) for name in ("whole_share", "whole_weeks")
    ]
    rules = behaviour(inputs(pack, INPUTS, by_key))
    wanted = np.stack(demand, axis=1)
    case = replace(
        case, behaviour=rules, share=at_rest(case, wanted), regrade_share=share, regrade_weeks=wait,
        whole_share=whole[0], whole_weeks=whole[1],
    )  # fmt: skip
    return Drawn(
        case, episode_of(file, streams.read(f"episode.{file.name}")),
        Draws(cover, wanted, np.stack(lag, axis=1), values(pack, case, streams)),
    )  # fmt: skip


def at_rest(case: Case, demand: np.ndarray) -> np.ndarray:
    """Return where goods usually come from at a ``demand`` (draw, user) over the central one, (draw, good, origin).

    What home plants of magnets cannot make of it is bought abroad: without a shock no draw lacks anything.
    """
    plants = case.plants
    if HOME not in case.origins or not plants.makes:
        return case.share
    at = case.origins.index(HOME)
    kinds = {kind: number for number, kind in enumerate(plants.makes)}
    held = case.user_of != NOBODY
    makes = np.array([kinds.get((good.stage, good.kind), NOBODY) for good in case.goods])
    goods = np.flatnonzero(held & (makes != NOBODY) & (case.share[:, at] > 0) & (case.share[:, at] < 1))
    ordered = case.share[goods, at] * case.use[0, goods] * demand[:, case.user_of[goods]]
    load = ordered @ plants.counts[:, makes[goods]].T
    part = np.divide(plants.capacity[:, 0], load, out=np.ones_like(load), where=load > plants.capacity[:, 0])
    concerned = plants.counts[:, makes[goods]] > 0  # (group, good)
    home = np.min(np.where(concerned, part[:, :, None], 1.0), axis=1) * case.share[goods, at]
    found = np.tile(case.share, (len(demand), 1, 1))
    found[:, goods] *= ((1 - home) / (1 - case.share[goods, at]))[..., None]
    found[:, goods, at] = home
    return found


def values(pack: Pack, case: Case, streams: Streams) -> np.ndarray:
    """Return factors on what a week's output is worth to each user, (draw, user), of the ranges of going without."""
    by_key = streams.of(groups(pack, WORTH))
    found = np.ones((len(by_key[COUNTED]), len(case.users)))
    for at, user in enumerate(case.users):
        key = worth_of(pack, user)
        entry = pack.entries[key]
        central = float(entry.value.flat[0])
        if key in by_key and central > 0:
            sides = central, float(entry.low.flat[0]), float(entry.high.flat[0])
            found[:, at] = moved(sides, by_key[key], entry.attribute.minimum, entry.attribute.maximum) / central
    return found


def worth_of(pack: Pack, user: User) -> str:
    """Return the key of the figure that says what it costs a product to go without: its own, else its sector's."""
    own = f"product.{user.name}.going_without"
    return own if own in pack.entries else f"sector.{user.sector}.going_without"


def _labels(pack: Pack, name: str) -> list[str]:
    """Return the labels of an attribute over one noun."""
    array = pack.array(name)
    return [str(one) for one in array[array.dims[0]].values] if array.dims else []


def _demand(pack: Pack, streams: Streams, user: str) -> np.ndarray:
    """Return the factor on a user's own demand, of the range of ``stress.demand``, which is drawn for all alike too."""
    entry = pack.entries["stress.demand"]
    sides = tuple(float(np.asarray(getattr(entry, side))) for side in ("value", "low", "high"))
    return moved((sides[0], sides[1], sides[2]), streams.one(f"stress.demand|{user}"), 0.0, None)


def episode_of(file: EpisodeFile, read: Read) -> Episode:
    """Return an episode with its amounts as ``read`` says."""
    form = file.form
    events = tuple(event_of(one, f"{at}", read) for at, one in enumerate(form.events))
    return Episode(file.name, form.title, events, form.weight.value)


def event_of(form: EventForm, path: str, read: Read) -> Event:
    """Return one restriction with its amounts as ``read`` says."""
    licence = None
    if form.licence is not None:
        licence = Licence(
            read(f"{path}.licence.delay", form.licence.delay, 0.0, None),
            read(f"{path}.licence.otherwise", form.licence.otherwise, 0.0, 1.0),
            {sector: read(f"{path}.licence.{sector}", one, 0.0, 1.0) for sector, one in form.licence.approval.items()},
        )

    def amount(name: str, most: float | None = None) -> float | np.ndarray:
        return read(f"{path}.{name}", getattr(form, name), 0.0, most)

    return Event(
        origins=tuple(form.origins), stages=tuple(form.stages), holding=tuple(form.holding), kinds=tuple(form.grades),
        begin=amount("begin"), weeks=amount("weeks"), stopped=amount("stopped", 1.0), deepens=amount("deepens"),
        delay=amount("delay"), licence=licence,
    )  # fmt: skip
