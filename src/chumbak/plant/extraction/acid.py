"""Counter-current extraction by an acid extractant: distribution by pH, charges balanced in every cell.

Cells are numbered from the one that the aqueous feed enters (1), as usual in the trade; the organic enters the last. An
ion of charge z goes into the organic for z protons that come out, so the charge in the aqueous is the same in every
cell:

    log10 D_i = a_i pH + b_i        D_i = organic / aqueous concentration of element i, mol/L in each
    H + sum z_i x_i = H of the feed + sum z_i (feed)_i

A saponified organic carries base (Na+ or NH4+ in place of protons). It gives all of it up in the last cell, which it
enters and whose aqueous leaves, so that only there the charge to be had is less:

    H + sum z_i x_i = H of the feed + sum z_i (feed)_i - base organic / aqueous

A base of 0 is the plain case. Volumes do not change, and the extractant is not used up: where it is nearly full, ratios
measured at that loading must be given. With a single cell both sides of the charge balance grow with H only, so there
is one solution; for more cells the one found is the one with no negative concentration that Newton reaches from cells
filled with feed, and it is unique in every case that was tried (``tests/plant/extraction``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from chumbak.plant.components import Array
from chumbak.plant.errors import NotConvergedError, PlantError
from chumbak.plant.extraction.stages import Stages, settle

TOLERANCE = 1e-9  # relative: of the charge of the feed and of all that is fed
LN10 = float(np.log(10.0))
STRONGEST, WEAKEST = -2.0, 14.0  # pH where H is sought
PRECIPITATES = 6.5  # pH above which hydroxides of rare earths are to be expected in chloride


@dataclass(frozen=True)
class AcidCascade:
    """A solved cascade: concentrations by (cell, element), mol/L, and the pH of each cell.

    ``raffinate`` (element) is the aqueous of the last cell, ``loaded`` the organic of the first, mol/L of its phase;
    ``extracted`` the share of what was fed that leaves with the organic. ``protons`` (mol/L of aqueous) is what the
    ions have released on balance, ``residual`` the worst of all balances, relative. ``warnings`` are sentences.
    """

    aqueous: Array
    organic: Array
    distribution: Array
    ph: Array
    raffinate: Array
    loaded: Array
    extracted: Array
    protons: float
    residual: float
    rounds: int
    warnings: tuple[str, ...]


def solve_acid_cascade(
    feed: Sequence[float] | Array,
    feed_pH: float,
    a: Sequence[float] | Array,
    b: Sequence[float] | Array,
    aqueous_to_organic: float,
    cells: int,
    organic: Sequence[float] | Array | None = None,
    base: float = 0.0,
    valency: float | Sequence[float] | Array = 3.0,
) -> AcidCascade:
    """Solve ``cells`` in counter-current.

    ``feed`` and ``organic`` (element): concentrations in the aqueous feed and in the organic that enters, mol/L;
    ``feed_pH`` is of the feed, ``a`` and ``b`` (element) give log10 D = a pH + b; ``aqueous_to_organic``: by volume;
    ``base``: what a saponified organic carries, mol/L of organic; ``valency``: the charge of each ion. For scrub or
    strip give the loaded organic, and acid as the feed. Raises ``PlantError`` for what cannot be and
    ``NotConvergedError``.
    """
    fed, slope, shift = (np.asarray(one, dtype=float) for one in (feed, a, b))
    n = len(fed)
    came = np.zeros(n) if organic is None else np.asarray(organic, dtype=float)
    charge = np.broadcast_to(np.asarray(valency, dtype=float), (n,))
    _check(fed, slope, shift, came, charge, feed_pH, aqueous_to_organic, cells, base)
    acid = 10.0**-feed_pH
    held = acid + float(charge @ fed)
    total = np.full(cells, held)
    total[-1] -= base / aqueous_to_organic
    if total[-1] <= 0:
        raise PlantError(
            f"the organic brings {base / aqueous_to_organic:.4g} mol of base a litre of aqueous, and the feed "
            f"holds only {held:.4g} mol of charge: nothing acid is left; saponify less"
        )
    ratio = float(aqueous_to_organic)
    whole = float(ratio * fed.sum() + came.sum())
    if whole == 0:
        raise PlantError("nothing is fed: give the aqueous feed or the organic some rare earth")

    def build(rung: tuple[int, ...], begin: float) -> Stages:
        # Within ``stages`` the organic enters at the first stage, so cells are taken from the last.
        count = rung[0]
        charged = np.full(count, total[0])
        charged[0] = total[-1]
        source = np.zeros((n, count))
        source[:, -1] += ratio * fed
        source[:, 0] += came

        def kappa(s: Array) -> tuple[Array, Array]:
            return np.exp(LN10 * shift[:, None] - slope[:, None] * s), np.broadcast_to(slope[:, None], (n, count))

        def closure(y: Array, x: Array, s: Array, k: Array, slopes: Array) -> tuple[Array, Array, Array]:
            acid_now = np.exp(s)
            ions = charge[:, None] * x
            held = acid_now + ions.sum(axis=0)
            return np.log(held / charged), charge[:, None] / k / held, (acid_now + (ions * slopes).sum(axis=0)) / held

        return Stages(
            organic=np.ones(count), aqueous=np.full(count, ratio), source=source, bypass=np.zeros(count),
            carried=np.zeros((n, count)), returned=np.zeros(n), kappa=kappa, closure=closure,
            low=-LN10 * WEAKEST, high=-LN10 * STRONGEST,
            start=(np.full(count, -LN10 * begin), np.repeat(came[:, None], count, axis=1)), stride=8.0,
        )  # fmt: skip

    # Where much comes off the organic, acid and ions hardly tell of pH from the acid side: then begin from the other.
    rounds = 0
    for begin in (-float(np.log10(max(acid, 1e-3 * total[-1]))), 5.0, 9.0, 13.0):
        found = settle(partial(build, begin=begin), [cells])
        rounds += found.rounds
        x, y, s = found.x.T[::-1], found.y.T[::-1], found.s[::-1]
        at = -s / LN10
        distribution = 10.0 ** (slope * at[:, None] + shift)
        residual = _residual(x, y, s, distribution, fed, came, charge, total, ratio, whole)
        if residual < TOLERANCE:
            break
    if not residual < TOLERANCE:
        if at.max() > WEAKEST - 2.0:
            raise PlantError(
                f"cell {int(at.argmax()) + 1} would have to be above pH {WEAKEST - 2:g}: too little acid for the "
                "rare earth that comes off the organic; more acid in the feed, more aqueous, less base or load"
            )
        raise NotConvergedError(
            f"{cells} cells at a feed of pH {feed_pH:g} did not settle: their balances are off by {residual:.2g}",
            residual,
        )
    taken = ratio * fed + came
    share = np.divide(y[0], taken, out=np.zeros(n), where=taken > 0)
    return AcidCascade(
        x, y, distribution, at, x[-1].copy(), y[0].copy(), share, float(charge @ (fed - x[-1])), residual, rounds,
        _warnings(at),
    )  # fmt: skip


def acid_residual(
    aqueous: Array, ph: Array, feed: Sequence[float] | Array, feed_pH: float, a: Sequence[float] | Array,
    b: Sequence[float] | Array, aqueous_to_organic: float, organic: Sequence[float] | Array | None = None,
    base: float = 0.0, valency: float | Sequence[float] | Array = 3.0,
) -> float:  # fmt: skip
    """Return the worst relative balance of what was found elsewhere: ``aqueous`` (cell, element) and ``ph`` (cell)."""
    fed, slope, shift, x = (np.asarray(one, dtype=float) for one in (feed, a, b, aqueous))
    came = np.zeros(len(fed)) if organic is None else np.asarray(organic, dtype=float)
    charge = np.broadcast_to(np.asarray(valency, dtype=float), fed.shape)
    total = np.full(len(x), 10.0**-feed_pH + float(charge @ fed))
    total[-1] -= base / aqueous_to_organic
    distribution = 10.0 ** (slope * np.asarray(ph)[:, None] + shift)
    whole = float(aqueous_to_organic * fed.sum() + came.sum())
    s = -LN10 * np.asarray(ph, dtype=float)
    return _residual(x, distribution * x, s, distribution, fed, came, charge, total, float(aqueous_to_organic), whole)


def _residual(
    x: Array, y: Array, s: Array, distribution: Array, fed: Array, came: Array, charge: Array, total: Array,
    ratio: float, whole: float,
) -> float:  # fmt: skip
    """Return the worst of the balances of elements and charges, and of the distribution, relative."""
    before = np.vstack((fed, x[:-1]))
    after = np.vstack((y[1:], came))
    elements = np.abs(ratio * (before - x) + after - y).max() / whole
    charges = np.abs((np.exp(s) + x @ charge) / total - 1.0).max()
    spread = np.abs(y - distribution * x).max() / whole
    return float(max(elements, charges, spread))


def _warnings(ph: Array) -> tuple[str, ...]:
    worst = int(ph.argmax())
    if ph[worst] <= PRECIPITATES:
        return ()
    return (
        f"cell {worst + 1} is at pH {ph[worst]:.1f}, where hydroxides of rare earths precipitate: less base, or more "
        "acid in the feed",
    )


def _check(
    fed: Array, slope: Array, shift: Array, came: Array, charge: Array, feed_pH: float, ratio: float, cells: int,
    base: float,
) -> None:  # fmt: skip
    n = len(fed)
    for what, one in (("a", slope), ("b", shift), ("organic", came)):
        if one.shape != (n,):
            raise PlantError(f"the feed holds {n} elements and '{what}' has {one.size}; give one for each")
        if not np.isfinite(one).all():
            raise PlantError(f"'{what}' is not a number everywhere")
    if n < 1 or not np.isfinite(fed).all() or (fed < 0).any() or (came < 0).any():
        raise PlantError("a concentration is negative or missing; give mol/L of each element, 0 or more")
    if (slope < 0).any():
        raise PlantError("'a' is negative: an acid extractant takes more at a higher pH, so log D rises with pH")
    if (charge <= 0).any():
        raise PlantError("the valency must be above 0: it is the number of protons that an ion sets free")
    if not STRONGEST <= feed_pH <= 14:
        raise PlantError(f"the feed is at pH {feed_pH:g}; it lies from {STRONGEST:g} to 14")
    if not (np.isfinite(ratio) and ratio > 0):
        raise PlantError(f"the ratio of aqueous to organic is {ratio:g}; it must be above 0")
    if cells < 1:
        raise PlantError(f"a cascade of {cells} cells cannot be built")
    if not (np.isfinite(base) and base >= 0):
        raise PlantError(f"the base on the organic is {base:g} mol/L; it must not be negative")
