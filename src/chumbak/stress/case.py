"""What a shock is played against: who uses what, from whom, with how much in store, week by week.

Everything is per good: magnets of a grade held by a user, and what home plants of a rung hold to work on. Tonnes are
gross for magnets and alloys and contained rare earth for metals and oxides, as ``basis`` says; weeks are calendar
weeks counted from the first of the case; money is millions of ``currency`` in ``price_year``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

HOME = "home"  # the origin that stands for the country's own plants
NOBODY = -1


@dataclass(frozen=True)
class Good:
    """Something held in stock: ``kind`` (a grade, or a rare earth) of a rung, in the hands of ``holder``."""

    stage: str
    kind: str
    holder: str
    holds: tuple[str, ...] = ()  # rare earths in it, by which episodes choose
    basis: str = "gross"


@dataclass(frozen=True)
class User:
    """Who uses magnets: a group of products, or a firm. ``country`` is where; licences go by ``sector``."""

    name: str
    title: str
    sector: str
    priority: int
    country: str
    units: float  # made in a week of full output; of the product's own unit
    unit: str
    value: float  # M lost for a week without any output


@dataclass(frozen=True, eq=False)
class Plants:
    """Home plants: ``makes`` (stage, kind) each, fed from goods held, within capacities that several may share.

    ``recipe`` (plant, good) t of a good taken for a tonne made; ``capacity`` (group, week) t/week, in the unit of
    ``counts`` (group, plant), t counted for a tonne made.
    """

    makes: tuple[tuple[str, str], ...]
    recipe: np.ndarray
    group_stage: tuple[str, ...]
    counts: np.ndarray
    capacity: np.ndarray

    @staticmethod
    def none(goods: int, weeks: int) -> Plants:
        """Return no plants."""
        return Plants((), np.zeros((0, goods)), (), np.zeros((0, 0)), np.zeros((0, weeks)))


@dataclass(frozen=True)
class Behaviour:
    """How makers behave. Weeks and shares; each may be one number or one a draw. What is left out changes nothing.

    ``restoration``: weeks over which a gap in the stock is ordered back; ``trigger``: stock over its target at which
    emergency measures are begun; ``slowing``: stock over its target below which output is slowed in proportion (0: run
    until empty); ``surge``: most an origin ships of its usual flow; ``other_weeks``, ``other_share``: weeks to qualify
    other origins, and what these can add as a share of use; ``other_premium``: their price over the usual, less 1.
    """

    restoration: float | np.ndarray = 1.0
    trigger: float | np.ndarray = 1.0
    slowing: float | np.ndarray = 0.0
    surge: float | np.ndarray = 1.0
    other_weeks: float | np.ndarray = 0.0
    other_share: float | np.ndarray = 0.0
    other_premium: float | np.ndarray = 0.0


@dataclass(frozen=True, eq=False)
class Case:
    """A physical chain at rest, about to be shocked. Shapes: W weeks, G goods, U users, O origins.

    Attributes:
        weeks: labels such as ``2027-W14``, W of them.
        goods, users, origins: what there is; the origin ``HOME`` means the country's own plants.
        user_of: (G,) the user that holds a good, ``NOBODY`` for what plants hold.
        use: (W, G) t/week that a user takes at full output; of what plants hold, the usual rate.
        share: ([draw], G, O) where it usually comes from; each row sums to 1.
        can_add: (G, O) weight with which an origin can step in once it is qualified.
        cover: (G,) weeks of use that are held; also the stock at the start, unless ``stock`` (G,) says otherwise.
        lag: (O,) weeks from leaving to arriving.
        on_the_way: (weeks ahead, G) t arriving in the first weeks, None for the usual flow.
        regrade_to: (G,) another good of the same user that can take its place, ``NOBODY`` for none.
        regrade_share, regrade_weeks: ([draw], G) how much of the use it can take, and the weeks until it is qualified.
        whole_share, whole_weeks: ([draw], U) how much of the output can go over to parts that are bought whole, with
            the magnets in them, and the weeks until it has.
        price: (G,) M/t. holding: (G,) M/t a year in stock, all costs together.
        reserve: (G,) a public stock at hand for each kind of magnet, t; goods of one kind share it, and each says it.

    """

    place: str
    currency: str
    price_year: int
    weeks: tuple[str, ...]
    goods: tuple[Good, ...]
    users: tuple[User, ...]
    origins: tuple[str, ...]
    user_of: np.ndarray
    use: np.ndarray
    share: np.ndarray
    can_add: np.ndarray
    cover: np.ndarray
    lag: np.ndarray
    regrade_to: np.ndarray
    regrade_share: np.ndarray
    regrade_weeks: np.ndarray
    price: np.ndarray
    holding: np.ndarray
    plants: Plants
    behaviour: Behaviour
    stock: np.ndarray | None = None
    on_the_way: np.ndarray | None = None
    reserve: np.ndarray | None = None
    whole_share: np.ndarray | float = 0.0
    whole_weeks: np.ndarray | float = 0.0
    thrift_share: float = 0.0
    thrift_weeks: float = 0.0
    heavy: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse plants that could not be told apart. Raises ``ValueError``."""
        plants = self.plants
        if len(set(plants.makes)) < len(plants.makes):
            raise ValueError("two plants make the same: let them be one")
        for group, counts in enumerate(plants.counts):
            if len({plants.makes[at][0] for at in np.flatnonzero(counts)}) > 1:
                raise ValueError(f"capacity {group} is of more than one rung: a rung needs its own")

    @cached_property
    def pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the goods and origins of all edges that are or can be used, in order of goods."""
        good, origin = np.nonzero((self.shares > 0).any(axis=0) | (self.can_add > 0))
        return good, origin

    @property
    def shares(self) -> np.ndarray:
        """Return ``share`` with draws in front, (draw or 1, G, O)."""
        return self.share.reshape(-1, *self.share.shape[-2:])

    @cached_property
    def at_home(self) -> np.ndarray:
        """Say which goods are held by users in the country, (G,)."""
        return np.array([at >= 0 and self.users[at].country == self.place for at in self.user_of], dtype=bool)

    @cached_property
    def value_of_use(self) -> np.ndarray:
        """Return M lost for a week without a user's output, (U,)."""
        return np.array([user.value for user in self.users])

    def named(self, at: int) -> str:
        """Return the name of a good: holder and kind."""
        good = self.goods[at]
        return f"{good.holder}|{good.stage}|{good.kind}"
