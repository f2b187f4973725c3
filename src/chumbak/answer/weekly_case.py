"""From a pack, and a plan if there is one, to the weekly chain that a shock is played against.

Users are the products of the pack, with the magnets that their makers at home need in the year of the start; what is
made at home comes from existing and committed projects, or from what a plan has standing that year. Use and capacity
are held at that year for all weeks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from chumbak.answer.supply_chain import SupplyChain
from chumbak.answer.weekly_plants import HomeChain, Year, home_chain
from chumbak.pack import Pack
from chumbak.pack.arrays import inputs
from chumbak.plan.case import NATIONAL
from chumbak.plan.case import Case as Ground
from chumbak.plan.lookup import Lookup
from chumbak.stress.case import HOME, NOBODY, Behaviour, Case, Good, Plants, User
from chumbak.stress.weeks import WEEKS_A_YEAR, week_labels, year_of

PARAMETERS = (
    "stress_surge", "stress_restoration", "stress_trigger", "stress_slowing", "stress_other_weeks",
    "stress_other_share", "stress_other_premium", "stress_thrift_share", "stress_thrift_weeks", "stress_demand",
    "home_lag",
)  # fmt: skip
INPUTS = (
    *PARAMETERS, "sector_cover", "stage_cover", "origin_lag", "supplier_share", "regrade_share", "regrade_weeks",
    "whole_share", "whole_weeks",
)  # fmt: skip
WHY = "a shock is played week by week"
LEAST = 1e-9  # t/week
PLANTS = " plants"  # ends the name of a holder that is a rung of plants
HEAVY = "heavy"  # the kind of the elements that can be left out of a weaker grade starts so


@dataclass(eq=False)
class _Rows:
    """Goods while they are gathered."""

    goods: list[Good] = field(default_factory=list)
    user: list[int] = field(default_factory=list)
    use: list[float] = field(default_factory=list)
    share: list[dict[str, float]] = field(default_factory=list)
    sellers: list[set[str]] = field(default_factory=list)
    cover: list[float] = field(default_factory=list)
    price: list[float] = field(default_factory=list)
    regrade: list[tuple[str, float, float]] = field(default_factory=list)

    def add(
        self, good: Good, user: int, use: float, share: dict[str, float], sellers: set[str], cover: float, price: float,
        regrade: tuple[str, float, float] = ("", 0.0, 0.0),
    ) -> None:  # fmt: skip
        """Add a good."""
        for name, value in zip(
            ("goods", "user", "use", "share", "sellers", "cover", "price", "regrade"),
            (good, user, use, share, sellers, cover, price, regrade), strict=True,
        ):  # fmt: skip
            getattr(self, name).append(value)


def weekly_case(
    pack: Pack, ground: Ground, chain: SupplyChain, start: str, weeks: int, decisions: xr.Dataset | None = None
) -> Case:
    """Return the weekly chain of the year in which ``start`` (such as ``2027-W14``) lies, for so many weeks.

    ``ground`` is the planning case and ``chain`` the supply chain of the pack; ``decisions`` those of a plan made for
    the whole country, None for the projects alone. Raises ``PackError`` with every figure that is missing.
    """
    year = Year(pack, ground, chain, int(np.argmax(ground.years == year_of(start))), decisions)
    given = inputs(pack, INPUTS)
    look = Lookup(pack.nouns, given, ground.years, pack.name)
    number = {name: look.number(name, WHY) for name in PARAMETERS}
    home = home_chain(year)
    suppliers = _suppliers(given, look, year.rungs)
    users, rows = _users(year, look, suppliers, home)
    _held_by_plants(year, look, suppliers, home, rows)
    origins = _origins(rows)
    lag = [number["home_lag"] if name == HOME else look.number("origin_lag", WHY, origin=name) for name in origins]
    whole = {name: _of_sectors(look, name, users) for name in ("whole_share", "whole_weeks")}
    look.faults.stop_if_any()
    use = np.array(rows.use)
    of = {(good.holder, good.kind): row for row, good in enumerate(rows.goods)}
    to = [of.get((good.holder, kind), NOBODY) for good, (kind, _, _) in zip(rows.goods, rows.regrade, strict=True)]
    price = np.array(rows.price)
    return Case(
        place=pack.place, currency=pack.currency, price_year=pack.price_year, weeks=week_labels(start, weeks),
        goods=tuple(rows.goods), users=users, origins=tuple(origins), user_of=np.array(rows.user),
        use=np.tile(use, (weeks, 1)), share=_matrix(rows.share, origins),
        can_add=np.array([[float(one in sellers) for one in origins] for sellers in rows.sellers]),
        cover=np.array(rows.cover), lag=np.array(lag), regrade_to=np.array(to),
        regrade_share=np.array([share for _, share, _ in rows.regrade]),
        regrade_weeks=np.array([wait for _, _, wait in rows.regrade]),
        price=price, holding=price * (ground.holding + ground.discount[NATIONAL]),
        plants=_plants(rows.goods, home, weeks),
        behaviour=behaviour(given), thrift_share=number["stress_thrift_share"],
        whole_share=whole["whole_share"], whole_weeks=whole["whole_weeks"],
        thrift_weeks=number["stress_thrift_weeks"], heavy=heavy_elements(pack),
    )  # fmt: skip


def _of_sectors(look: Lookup, name: str, users: tuple[User, ...]) -> np.ndarray:
    return np.array([look.number(name, WHY, sector=user.sector) for user in users])


BEHAVIOUR = ("restoration", "trigger", "slowing", "surge", "other_weeks", "other_share", "other_premium")


def behaviour(given: Mapping[str, xr.DataArray]) -> Behaviour:
    """Return how makers behave, by the figures of the pack (``INPUTS``): one number each, or one a draw."""
    found = {name: given[f"stress_{name}"].values for name in BEHAVIOUR}
    return Behaviour(**(found | {"other_premium": found["other_premium"] - 1}))


def heavy_elements(pack: Pack) -> tuple[str, ...]:
    """Return the heavy rare earths of the pack."""
    return tuple(name for name, kind in pack.nouns.column("elements", "kind").items() if kind.startswith(HEAVY))


def _users(year: Year, look: Lookup, suppliers: Suppliers, home: HomeChain) -> tuple[tuple[User, ...], _Rows]:
    """Return the users, and what they hold: every grade they need, and the one that can stand in for others."""
    pack, need, rows = year.pack, year.ground.need, _Rows()
    users: list[User] = []
    mass = pack.array("magnet_mass").sel(year=int(year.ground.years[year.at]))
    heavy = set(heavy_elements(pack))
    for product, name in enumerate(need.products):
        asked = dict(zip(need.grades, need.need[product].sum(axis=1)[:, year.at] / WEEKS_A_YEAR, strict=True))
        total = sum(asked.values())
        if total < LEAST:
            continue
        cells, sector = pack.nouns.tables["products"][name], need.sectors[product]
        cover = look.number("sector_cover", WHY, sector=sector)
        share, wait = 0.0, 0.0
        if look.has("regrade_share", product=name):
            share = look.number("regrade_share", WHY, product=name)
            wait = look.number("regrade_weeks", "the product can take other grades", product=name)
        needed = [grade for grade, t in asked.items() if t > LEAST and grade in year.final]
        light = {grade: _light(year, grade, heavy) for grade in needed if share > 0}
        light = {grade: one for grade, one in light.items() if one}
        for grade in [one for one in need.grades if one in needed or one in light.values()]:
            material = year.final[grade]
            rows.add(
                Good("magnet", grade, name, year.holds(material)), len(users), asked[grade],
                sources(year, suppliers, material, home.share.get(grade, 0.0)), sellers(year, home, material), cover,
                year.price(material), (light.get(grade, ""), share if grade in light else 0.0, wait),
            )  # fmt: skip
        users.append(
            User(
                name, cells["name"], sector, int(pack.nouns.cell("sectors", sector, "priority")), pack.place,
                total / float(mass.sel(product=name)), cells["counted_in"],
                total * float(need.without[product, year.at]),
            )
        )  # fmt: skip
    return tuple(users), rows


def _light(year: Year, grade: str, heavy: set[str]) -> str:
    """Return the strongest grade of the same family without heavy rare earths, "" where the grade itself has none."""
    if not heavy & set(year.holds(year.final[grade])):
        return ""
    nouns = year.pack.nouns
    family = nouns.column("grades", "family")
    alike = [one for one in family if one in year.final and family[one] == family[grade]]
    return next((one for one in reversed(alike) if not heavy & set(year.holds(year.final[one]))), "")


def _held_by_plants(year: Year, look: Lookup, suppliers: Suppliers, home: HomeChain, rows: _Rows) -> None:
    """Add what home plants hold to work on, from alloys back to oxides."""
    for feed in home.feeds:
        contained = feed.kind in year.groups
        rows.add(
            Good(feed.stage, feed.kind, f"{feed.holder}{PLANTS}", year.holds(feed.material),
                 "contained" if contained else "gross"),
            NOBODY, feed.use, sources(year, suppliers, feed.material, feed.home), sellers(year, home, feed.material),
            look.number("stage_cover", WHY, stage=feed.holder), year.price(feed.material),
        )  # fmt: skip


def sources(year: Year, suppliers: Suppliers, material: str, home: float) -> dict[str, float]:
    """Return where a material usually comes from, shares that sum to 1: of a plan as it buys, else by figures."""
    abroad = year.bought(material) or suppliers.get(year.ground.network.stage[material], {})
    total = sum(abroad.values())
    found = {origin: (1 - home) * share / total for origin, share in abroad.items()} if total else {}
    found[HOME] = home if found else 1.0
    return {origin: share for origin, share in found.items() if share > 0}


Suppliers = Mapping[str, Mapping[str, float]]  # rung -> origin -> share


def _suppliers(given: Mapping[str, xr.DataArray], look: Lookup, rungs: tuple[str, ...]) -> Suppliers:
    """Return who supplies what is bought abroad on each rung, by the figures of the pack; none may be without."""
    shares = given["supplier_share"]
    found: dict[str, dict[str, float]] = {}
    for stage in rungs:
        of = shares.sel(stage=stage) if stage in shares["stage"].values else shares.isel(stage=[])
        named = zip(shares["origin"].values.tolist(), np.ravel(of.values).tolist(), strict=False)
        found[stage] = {origin: share for origin, share in named if share > 0}
        if not found[stage]:
            look.need("supplier_share", WHY, stage=stage, origin=look.nouns.ids("origins")[0])
    return found


def sellers(year: Year, home: HomeChain, material: str) -> set[str]:
    """Return who could sell a material: origins with an offer, and home plants of its rung."""
    found = {origin for _, origin, name in year.ground.market.offers if name == material}
    stage = year.ground.network.stage[material]
    return found | ({HOME} if any(made[0] == stage for made in home.makes) else set())


def _origins(rows: _Rows) -> list[str]:
    named = {one for share, sellers in zip(rows.share, rows.sellers, strict=True) for one in (*share, *sellers)}
    return [*sorted(named - {HOME}), HOME]


def _matrix(shares: list[dict[str, float]], origins: list[str]) -> np.ndarray:
    found = np.array([[share.get(one, 0.0) for one in origins] for share in shares])
    whole: np.ndarray = found / found.sum(axis=1, keepdims=True)
    return whole


def _plants(goods: list[Good], home: HomeChain, weeks: int) -> Plants:
    """Return the home plants over the goods that are held."""
    recipe = np.zeros((len(home.makes), len(goods)))
    place = {(good.stage, good.kind): row for row, good in enumerate(goods) if good.holder.endswith(PLANTS)}
    for plant, takes in enumerate(home.takes):
        for feed, amount in takes.items():
            if feed in place:
                recipe[plant, place[feed]] = amount
    capacity = np.repeat(home.capacity[:, None], weeks, axis=1)
    return Plants(home.makes, recipe, home.group_stage, home.counts, capacity)
