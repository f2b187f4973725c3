"""Small cases: one user and one seller, buyers in several countries, a home chain, and random ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from chumbak.stress.case import HOME, NOBODY, Behaviour, Case, Good, Plants, User
from chumbak.stress.episode import ABROAD, Episode, Event, Licence
from chumbak.stress.rules import Draws

QUIET = Episode("quiet", "Nothing happens", ())


def user(name: str = "scooter", **how: object) -> User:
    plain = User(name, name.title(), "ev", 1, "AAA", 1000.0, "item", 5.0)
    return replace(plain, **how)  # type: ignore[arg-type]


def stop(weeks: float = 26.0, origins: tuple[str, ...] = ("BBB",), **how: object) -> Episode:
    return Episode("stop", "A stop", (Event(origins, weeks=weeks, **how),), weight=0.1)  # type: ignore[arg-type]


def case(
    users: tuple[User, ...], goods: tuple[Good, ...], user_of: list[int], use: list[float], share: list[list[float]],
    origins: tuple[str, ...] = ("BBB", "CCC"), lag: tuple[float, ...] = (4.0, 2.0), cover: float | list[float] = 3.0,
    weeks: int = 60, plants: Plants | None = None, **more: object,
) -> Case:  # fmt: skip
    count = len(goods)
    plain = Case(
        place="AAA", currency="XXX", price_year=2025, weeks=tuple(f"w{number}" for number in range(weeks)), goods=goods,
        users=users, origins=origins, user_of=np.array(user_of), use=np.tile(np.array(use, dtype=float), (weeks, 1)),
        share=np.array(share, dtype=float), can_add=np.zeros((count, len(origins))),
        cover=np.full(count, 1.0) * cover, lag=np.array(lag), regrade_to=np.full(count, NOBODY),
        regrade_share=np.zeros(count), regrade_weeks=np.zeros(count), price=np.full(count, 4.0),
        holding=np.full(count, 0.1), plants=plants or Plants.none(count, weeks), behaviour=Behaviour(surge=1.0),
    )  # fmt: skip
    return replace(plain, **more)  # type: ignore[arg-type]


def lone(share: tuple[float, float] = (1.0, 0.0), use: float = 10.0, **more: object) -> Case:
    """One user of one grade, who buys of BBB and perhaps of CCC."""
    good = Good("magnet", "SH", "scooter", ("Dy",))
    return case((user(),), (good,), [0], [use], [list(share)], **more)  # type: ignore[arg-type]


def countries() -> Case:
    """The same grade used in AAA, in its seller BBB, and in CCC: all buy of BBB, half of it at least."""
    users = (user("here"), user("there", country="BBB"), user("elsewhere", country="CCC"))
    goods = tuple(Good("magnet", "SH", one.name, ("Dy",)) for one in users)
    return case(users, goods, [0, 1, 2], [10.0, 20.0, 5.0], [[0.9, 0.1], [1.0, 0.0], [0.5, 0.5]])


def home_chain(**more: object) -> Case:
    """Magnets made at home of alloy made at home of metals bought, and magnets bought; two users, two grades."""
    users = (user("guard", sector="defence", priority=0, value=9.0), user("scooter"))
    goods = (
        Good("magnet", "SH", "guard", ("Dy", "NdPr")), Good("magnet", "SH", "scooter", ("Dy", "NdPr")),
        Good("magnet", "M", "scooter", ("NdPr",)), Good("alloy", "SH", "magnet makers", ("Dy", "NdPr")),
        Good("metal", "NdPr", "alloy makers", ("NdPr",), "contained"),
        Good("metal", "Dy", "alloy makers", ("Dy",), "contained"),
    )  # fmt: skip
    made = 0.5 * (4.0 + 10.0)
    recipe = np.zeros((2, 6))
    recipe[0, 3], recipe[1, 4], recipe[1, 5] = 1.2, 0.28, 0.04
    weeks = int(more.pop("weeks", 60))  # type: ignore[call-overload]
    plants = Plants(
        (("magnet", "SH"), ("alloy", "SH")), recipe, ("magnet", "alloy"), np.eye(2),
        np.tile([[1.3 * made], [1.5 * made]], (1, weeks)),
    )  # fmt: skip
    alloy = 1.2 * made
    return case(
        users,
        goods,
        [0, 1, 1, NOBODY, NOBODY, NOBODY],
        [4.0, 10.0, 6.0, alloy, 0.28 * alloy, 0.04 * alloy],
        [[0.5, 0.0, 0.5], [0.5, 0.0, 0.5], [0.7, 0.3, 0.0], [0.0, 0.0, 1.0], [0.8, 0.2, 0.0], [1.0, 0.0, 0.0]],
        origins=("BBB", "CCC", HOME),
        lag=(4.0, 2.0, 1.0),
        cover=[6.0, 3.0, 3.0, 2.0, 4.0, 4.0],
        weeks=weeks,
        plants=plants,
        **more,
    )  # type: ignore[arg-type]


def full_chain(**more: object) -> Case:
    """The home chain with every measure: another grade, another origin, thrift, a public stock, surging sellers."""
    weight = np.zeros((6, 3))
    weight[:, 1] = [1.0, 1.0, 0.0, 0.0, 1.0, 1.0]
    weight[:2, 2] = 1.0
    measures: dict[str, object] = {
        "regrade_to": np.array([NOBODY, 2, NOBODY, NOBODY, NOBODY, NOBODY]),
        "regrade_share": np.array([0.0, 0.4, 0.0, 0.0, 0.0, 0.0]),
        "regrade_weeks": np.array([0.0, 6.0, 0.0, 0.0, 0.0, 0.0]), "can_add": weight,
        "whole_share": np.array([0.0, 0.3]), "whole_weeks": np.array([0.0, 10.0]), "thrift_share": 0.3,
        "thrift_weeks": 5.0, "heavy": ("Dy",),
        "reserve": np.array([12.0, 12.0, 0.0, 0.0, 0.0, 0.0]),
        "behaviour": Behaviour(surge=1.5, other_weeks=8.0, other_share=0.2, other_premium=0.3),
    }  # fmt: skip
    return home_chain(**(measures | more))


def random_case(rng: np.random.Generator, weeks: int = 36) -> tuple[Case, Episode, Draws]:
    """A home chain with figures, restrictions and one draw at random."""
    plain = full_chain(weeks=weeks)
    goods = len(plain.goods)
    behaviour = Behaviour(
        restoration=rng.uniform(2, 12), trigger=rng.uniform(0.5, 1.0), slowing=rng.choice([0.0, rng.uniform(0, 0.8)]),
        surge=rng.uniform(1.0, 2.0), other_weeks=rng.uniform(0, 12), other_share=rng.uniform(0, 0.5),
        other_premium=rng.uniform(0, 1),
    )  # fmt: skip
    tight = rng.uniform(0.5, 1.5, (2, 1))
    found = replace(
        plain, behaviour=behaviour, cover=rng.uniform(0.5, 6, goods), lag=rng.uniform(0, 7, 3).round(1),
        plants=replace(plain.plants, capacity=plain.plants.capacity * tight),
        use=plain.use * np.linspace(1.0, rng.uniform(0.7, 1.4), weeks)[:, None],
        regrade_share=plain.regrade_share * rng.uniform(0, 2.5), thrift_weeks=float(rng.uniform(0, 10)),
        regrade_weeks=rng.uniform(0, 10, goods), whole_share=rng.uniform(0, 0.4, 2) * rng.integers(0, 2),
        whole_weeks=rng.uniform(0, 10, 2), reserve=np.asarray(plain.reserve) * rng.choice([0.0, rng.uniform(0, 4)]),
    )  # fmt: skip
    if rng.random() < 0.3:
        found = replace(found, on_the_way=rng.uniform(0, 1.2, (5, goods)) * found.use[0])
    if rng.random() < 0.3:
        found = replace(found, stock=rng.uniform(0, 5, goods) * found.use[0])
    events = tuple(_random_event(rng, weeks) for _ in range(rng.integers(1, 4)))
    draws = Draws(
        rng.uniform(0.5, 1.5, (1, goods)),
        rng.uniform(0.8, 1.2, (1, 2)),
        np.array(found.lag)[None] + rng.uniform(0, 1, (1, 3)),
    )
    return found, Episode("random", "At random", events), draws


def _random_event(rng: np.random.Generator, weeks: int) -> Event:
    licence = Licence(rng.uniform(0, 9), rng.uniform(0, 1), {"defence": 0.0}) if rng.random() < 0.6 else None
    origins = [("BBB",), ("CCC",), (ABROAD,), (HOME,), ("BBB", HOME)][rng.integers(5)]
    return Event(
        origins, weeks=rng.uniform(0.2, weeks), stopped=rng.choice([1.0, rng.uniform(0, 1)]),
        begin=rng.choice([0.0, rng.uniform(0, 0.6 * weeks)]), deepens=rng.choice([0.0, rng.uniform(0, 6)]),
        delay=rng.choice([0.0, rng.uniform(0, 4)]), licence=licence,
        stages=[(), ("magnet",), ("metal",), ("alloy", "metal")][rng.integers(4)],
        holding=[(), ("Dy",)][rng.integers(2)],
    )  # fmt: skip
