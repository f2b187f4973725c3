"""Solvent extraction as a step: one cut with its organic loop inside, and a train of cuts for every element."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from chumbak.plant.components import ELEMENTS, MASS, RARE_EARTHS, RE, Array, element, of_formula
from chumbak.plant.errors import PlantError
from chumbak.plant.extraction.cascade import Cascade, two_sections
from chumbak.plant.extraction.design import Design, design
from chumbak.plant.extraction.inventory import locked_up
from chumbak.plant.extraction.limits import least_organic
from chumbak.plant.stream import Stream, empty, fixed, of
from chumbak.plant.unit import Inlets, Kind, Parameter, Port, Result, Size, Values
from chumbak.plant.units._common import (
    DENSITY,
    acid_kmol,
    known,
    liquid_of,
    read_salt,
    salt,
    salts_in,
    solid_of,
    solution,
    volume,
    water_of,
)
from chumbak.plant.units.liquor import neutral

_POISON = ("Fe", "Al", "Zn", "Ga", "Sn", "Ti", "Zr", "Th", "U")  # what the extractant takes before rare earths
_BOUGHT = {"caustic_soda": "caustic soda", "ammonia": "ammonia"}
_HYDROCHLORIC = float(of_formula("HCl").sum())


@dataclass(frozen=True)
class Parted:
    """How one cut parts rare earths: kmol/h by element in each product, the organic flow, stages, how good it is."""

    light: Array
    heavy: Array
    organic: float  # kmol/h of rare earths that the organic carries
    extract: int
    scrub: int
    residual: float
    least: float  # the least organic flow, kmol/h
    held: float  # rare earths in the stages of extraction and scrubbing, kg


# One cut is asked for again and again while a loop settles, so it is kept.
@lru_cache(maxsize=256)
def cut(
    feed: tuple[float, ...], factors: tuple[float, ...], extract: int, scrub: int, organic: float, product: float
) -> Cascade:
    """Return a cut of one mol of feed: see ``extraction.cascade.two_sections``."""
    if organic <= product:
        raise PlantError(
            f"an organic flow of {organic:.4g} mol a mol of feed cannot carry {product:.4g} mol of product and be "
            "scrubbed; raise 'organic_over_least'"
        )
    return two_sections(feed, factors, extract, scrub, organic, product)


_least = lru_cache(maxsize=256)(least_organic)


@lru_cache(maxsize=256)
def designed(feed: tuple[float, ...], factors: tuple[float, ...], heavy: int, over: float, purity: float) -> Design:
    """Return the cascade with the fewest stages that brings both products of one mol of feed to a purity.

    ``heavy`` is how many of the elements, the last ones, are the product; of each side the same share at least goes
    where it belongs. With H heavy and L light fed, q of the other side allowed for one of the own in the product and p
    in the raffinate, the product has to hold the share r = (H - L p) / (H (1 - p q)) of the heavy. Raises
    ``PlantError``.
    """
    own, other = sum(feed[-heavy:]), sum(feed[:-heavy])
    allowed = (1.0 - purity) / purity
    q, p = min(allowed, (1.0 - purity) * other / own), min(allowed, (1.0 - purity) * own / other)
    recovery = (own - other * p) / (own * (1.0 - p * q))
    return design(feed, factors, len(feed) - heavy, 1.0 / (1.0 + q), recovery, over)


def _part(rare: Array, factors: Array, lightest: str, values: Values) -> Parted | None:
    """Part rare earths (kmol/h, element) at the lightest element of the heavy product; nothing if one side is empty."""
    present = [int(at) for at in RE if rare[at] > 0]
    border = factors[element(lightest)]
    alike = [ELEMENTS[at] for at in present if at != element(lightest) and abs(factors[at] / border - 1.0) < 1e-9]
    if alike:
        raise PlantError(
            f"{lightest} and {', '.join(alike)} have the same separation factor, so no cascade parts them; choose "
            "another 'cut' or extractant"
        )
    present.sort(key=lambda at: float(factors[at]))
    heavy = [at for at in present if factors[at] >= border]
    if not heavy or len(heavy) == len(present):
        return None
    light = present[: -len(heavy)]
    total = float(rare.sum())
    # To thirteen places, so that the same liquor in another amount is found again in what is kept of cuts.
    feed = tuple(round(float(rare[at] / total), 13) for at in present)
    relative = tuple(float(factors[at] / factors[present[0]]) for at in present)
    least = _least(feed, relative, len(light))
    organic = least * values["organic_over_least"]
    stages = values["extract_stages"], values["scrub_stages"]
    if stages[0] is None or stages[1] is None:
        made = designed(feed, relative, len(heavy), values["organic_over_least"], values["purity"])
        extract, scrub, solved = made.extract, made.scrub, made.solved
    else:
        extract, scrub = round(stages[0]), round(stages[1])
        solved = cut(feed, relative, extract, scrub, organic, float(sum(feed[-len(heavy) :])))
    rows = np.zeros(len(ELEMENTS)), np.zeros(len(ELEMENTS))
    rows[1][present] = np.minimum(solved.product * total, rare[present])
    # What the product does not hold is the raffinate: every element balances whatever the residual.
    rows[0][present] = rare[present] - rows[1][present]
    held = float(locked_up(solved, values["mixer_time"], values["settler_time"]) @ MASS[present]) * total
    return Parted(rows[0], rows[1], organic * total, extract, scrub, solved.residual, least * total, held)


def _cut(feed: Stream, lightest: str, values: Values) -> Result:
    """Part one liquor; see ``separate``."""
    name = salts_in(feed)
    if name != "chloride":
        raise PlantError(f"this liquor holds {name}s; solvent extraction is carried in chlorides here")
    metals, charge = read_salt(feed, "chloride")
    rare = np.zeros(len(ELEMENTS))
    rare[RE] = metals[RE]
    total = float(rare.sum())
    parted = _part(rare, known(values["factor"], rare, "factor"), lightest, values) if total > 0 else None
    if parted is None:
        border = values["factor"][element(lightest)]
        heavier = total > 0 and bool((values["factor"][rare > 0] >= border).all())
        ports = ("light", "heavy") if not heavier else ("heavy", "light")
        told = () if total <= 0 else (f"nothing is to part at {lightest}: all rare earths are on one side",)
        return Result({ports[0]: feed, ports[1]: empty(feed.temperature)}, warnings=told)
    taken = float(parted.heavy.sum())
    scrub = parted.organic - taken
    beyond = values["strip_acid"] - 3.0
    free = acid_kmol("hydrochloric_acid", feed["hydrochloric_acid"])
    base = 3.0 * parted.organic + free + beyond * scrub
    acid = values["strip_acid"] * parted.organic
    light = liquid_of(feed)
    light["chloride"][:] = salt("chloride", metals - parted.heavy, charge - 3.0 * taken)
    light["hydrochloric_acid"][:] = 0.0
    alkali = values["base"]
    lye = solution(alkali, neutral(light, alkali, "chloride", base), values["base_strength"])
    bought = solution("hydrochloric_acid", acid, values["acid_strength"])
    liquid = acid / values["strip_strength"] * DENSITY - acid * _HYDROCHLORIC  # kg/h of water in the strip acid
    fresh = max(liquid - bought.total("water"), 0.0)
    strip_water = bought["water"] + water_of(fresh)
    share = taken / parted.organic
    light["water"][:] += lye["water"] + strip_water * (1.0 - share)
    if alkali == "caustic_soda":
        light["water"][:] += fixed("water", base)
    heavy = of({"chloride": salt("chloride", parted.heavy, 3.0 * taken),
                "hydrochloric_acid": fixed("hydrochloric_acid", beyond * taken),
                "water": strip_water * share}, feed.temperature)  # fmt: skip
    drawn = {_BOUGHT[alkali]: lye, "hydrochloric acid": bought}
    if fresh > 0:
        drawn["water"] = of({"water": water_of(fresh)})
    lost = values["extractant_loss"]
    if lost:
        make_up = fixed("extractant", lost * volume(light) / float(of_formula("C16H35O3P").sum()))
        light["extractant"][:] += make_up
        drawn["extractant"] = of({"extractant": make_up})
    sizes, figures = _design(parted, feed, strip_water, share, values)
    rest = solid_of(feed)
    light = Stream(light.flow + rest.flow, feed.temperature)
    poison = float(sum(metals[element(one)] for one in _POISON))
    told = (
        (
            "iron, aluminium and their like are more than 1 % of the rare earths: they load the extractant and do not "
            "strip; remove them first",
        )
        if poison > 0.01 * total
        else ()
    )
    return Result({"light": light, "heavy": heavy}, drawn, sizes=sizes, figures=figures, warnings=told)


def _design(
    parted: Parted, feed: Stream, strip_water: Array, share: float, values: Values
) -> tuple[tuple[Size, ...], dict[str, tuple[float, str]]]:
    """Return the mixer-settlers of a cut and what a reader wants to see of it."""
    stages = parted.extract + parted.scrub + round(values["strip_stages"])
    organic = parted.organic / values["loading"]  # m3/h
    aqueous = volume(feed) + float(strip_water.sum()) * (1.0 - share) / DENSITY
    hold = (values["mixer_time"] + values["settler_time"]) / 60.0
    total = float((parted.light + parted.heavy).sum())
    reagent = 3.0 * parted.organic
    size = Size("rougher_extraction.mixer_settler", (organic + aqueous) * hold, "m**3", stages)
    figures = {
        "stages of extraction": (float(parted.extract), "1"),
        "stages of scrubbing": (float(parted.scrub), "1"),
        "organic over least": (parted.organic / parted.least, "mol/mol"),
        "purity of the heavy product": (_purity(parted.heavy, parted.light), "mol/mol"),
        "purity of the light product": (_purity(parted.light, parted.heavy), "mol/mol"),
        "base for rare earths": (reagent / total, "mol/mol"),
        "organic in the stages": (organic * hold * stages, "m3"),
        "rare earths locked up": (parted.held, "kg"),
        "residual": (parted.residual, "mol/mol"),
    }
    return (size,), figures


def _purity(row: Array, other: Array) -> float:
    """Return the share of a product that belongs there: elements of which it holds the greater part."""
    return float(row[row > other].sum() / row.sum())


def separate(inlets: Inlets, values: Values) -> Result:
    """Part rare earths in two by solvent extraction, with the organic going round inside.

    RECl3 + 3 NaA = REA3 + 3 NaCl loads the saponified extractant (NaOH + HA = NaA + H2O), REA3 + 3 HCl = RECl3 + 3 HA
    strips it: 3 mol of base and of acid for a mol of rare earth that the organic carries, each time. The light product
    is the raffinate with its salt, the heavy one the strip liquor less what goes back as scrub. Separation factors are
    constant, amounts of rare earths too along each section; the least organic is Underwood's
    (``extraction.limits.least_organic``). Free acid of the feed and what the scrub brings back of it cost base as well.
    Stages are those given, or the fewest that bring both products to the purity, and that
    share of each where it belongs (``extraction.design``).
    """
    return _cut(inlets["feed"], values["cut"], values)


def separate_all(inlets: Inlets, values: Values) -> Result:
    """Part rare earths by cuts until each has a stream of its own, the lightest first; each cut is as ``separate``.

    Elements below ``least_share`` of the rare earths have no stream and go where the cuts send them. Salt and all other
    metals leave with the lightest.
    """
    feed = inlets["feed"]
    metals, _ = read_salt(feed, "chloride")
    factors = known(values["factor"], np.where(np.isin(np.arange(len(ELEMENTS)), RE), metals, 0.0), "factor")
    total = float(metals[RE].sum())
    kept = [name for name in RARE_EARTHS if total > 0 and metals[element(name)] >= values["least_share"] * total]
    kept.sort(key=lambda name: float(factors[element(name)]))
    outlets: dict[str, Stream] = dict.fromkeys(RARE_EARTHS, empty(feed.temperature))
    if not kept:
        outlets[RARE_EARTHS[0]] = feed
        return Result(outlets)
    drawn: dict[str, Stream] = {}
    sizes: tuple[Size, ...] = ()
    figures: dict[str, tuple[float, str]] = {}
    warnings: tuple[str, ...] = ()
    rest = feed
    for light, heavy in pairwise(kept):
        one = _cut(rest, heavy, values)
        outlets[light], rest = one.outlets["light"], one.outlets["heavy"]
        drawn = _added(drawn, one.drawn)
        sizes += one.sizes
        figures |= {f"{light}/{heavy}: {what}": told for what, told in one.figures.items()}
        warnings += one.warnings
    outlets[kept[-1]] = rest
    return Result(outlets, drawn, sizes=sizes, figures=figures, warnings=warnings)


def _added(one: Mapping[str, Stream], other: Mapping[str, Stream]) -> dict[str, Stream]:
    both = dict(one)
    for name, stream in other.items():
        both[name] = Stream(both[name].flow + stream.flow, stream.temperature) if name in both else stream
    return both


_IN = (Port("feed", "chloride liquor of rare earths, without iron and aluminium"),)
_PARAMETERS = (
    Parameter("factor", "1", "separation factor to lanthanum, for the extractant", form="by_element", least=1e-6),
    Parameter("organic_over_least", "mol/mol", "organic flow over the least that parts the pair at the cut", least=0.5,
              most=20.0),
    Parameter("purity", "mol/mol", "purity and recovery of both products, if stages are not given", least=0.5,
              most=0.9999999),
    Parameter("extract_stages", "1", "stages of extraction", least=1.0, most=1000.0, needed=False),
    Parameter("scrub_stages", "1", "stages of scrubbing", least=1.0, most=1000.0, needed=False),
    Parameter("strip_stages", "1", "stages of stripping", least=1.0, most=100.0),
    Parameter("strip_acid", "mol/mol", "hydrochloric acid to strip a mol of rare earth", least=3.0, most=20.0),
    Parameter("strip_strength", "kmol/m3", "strength of the strip acid", least=0.5, most=10.0),
    Parameter("acid_strength", "kg/kg", "mass share of acid in what is bought", least=0.01, most=1.0),
    Parameter("base", "", "what the extractant is saponified with", form="choice", choices=tuple(_BOUGHT)),
    Parameter("base_strength", "kg/kg", "mass share of base in what is bought", least=0.01, most=1.0),
    Parameter("loading", "kmol/m3", "rare earths in a m3 of organic", least=0.001, most=2.0),
    Parameter("mixer_time", "min", "time in a mixer", least=0.1),
    Parameter("settler_time", "min", "time in a settler", least=0.1),
    Parameter("extractant_loss", "kg/m3", "extractant that a m3 of raffinate carries off", needed=False),
)  # fmt: skip
_CASCADE = "counter-current cascade with constant separation factors, solved to its residual"
KINDS = (
    Kind("separate", "solvent extraction, one cut", separate, _IN,
         (Port("light", "raffinate: lighter elements, with the salt"), Port("heavy", "strip liquor: heavier elements")),
         (Parameter("cut", "", "lightest element of the heavy product", form="choice", choices=RARE_EARTHS),
          *_PARAMETERS), _CASCADE),
    Kind("separate_all", "solvent extraction, a train of cuts", separate_all, _IN,
         tuple(Port(name, f"liquor of {name}") for name in RARE_EARTHS),
         (Parameter("least_share", "mol/mol", "share of the rare earths from which an element gets its own stream",
                    most=1.0), *_PARAMETERS), _CASCADE),
)  # fmt: skip
