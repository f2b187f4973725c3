"""Counter-current cascades with constant separation factors: any number of elements, stages and feeds, with reflux.

Stages are numbered from the raffinate end (1) to the product end. The extractant is full of rare earth on every stage,
as a saponified one is, so an ion goes over only where another comes back: along a section the flows of rare earth are
constant, organic S towards the product end and aqueous towards the raffinate end, and on every stage

    y_i = beta_i x_i / sum_k beta_k x_k

with x and y the shares of element i among the rare earths of the two phases. The organic arrives saponified and is
loaded from the raffinate (raffinate reflux); part of the stripped product returns as scrub (product reflux). It is the
same whether the organic loads itself in stage 1 or before it, and whether acid strips the scrub out in the last stage
or in the strip section. Either end may be given a composition of its own instead.

Where stages are not ideal, a share 1 - E of the organic passes by (Murphree efficiency E of the organic phase). Where
the strip section leaves something on the organic, it comes back into stage 1.

With y_i = beta_i x_i exp(-s), one s a stage, the balances of each element are linear and give shares that are never
negative; what is sought are the s for which the shares of every stage sum to one (``stages``). A solution carries its
residual; without one there is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from chumbak.plant.components import Array
from chumbak.plant.errors import NotConvergedError, PlantError
from chumbak.plant.extraction.stages import Settled, Stages, settle

TOLERANCE = 1e-9  # of all that is fed: the worst balance of any element on any stage
WELL = 1e-10  # the same, where no other way is tried
FLOORS = (1e-2, 1e-3, 1e-4, 1e-6, 1e-8)  # least share of an element in a feed, on the way to a trace
LOOPS = 100  # rounds of the organic from the strip section back to stage 1
DEEP = 5  # of them that say what to try next


@dataclass(frozen=True)
class Feed:
    """What is fed to a stage: mol of each element in a time (element), in the aqueous or the organic phase."""

    stage: int
    amounts: Array
    organic: bool = False


@dataclass(frozen=True)
class Cascade:
    """A solved cascade. Flows are in the unit of its feeds (mol in a time).

    ``aqueous`` and ``organic`` (stage, element) are shares among the rare earths of each phase; ``aqueous_flow`` and
    ``organic_flow`` (stage) what leaves each stage; ``raffinate`` and ``product`` (element) what is withdrawn;
    ``loaded`` what the saponified organic takes up anew from the raffinate, ``stripped`` what the strip section takes
    off, ``scrub`` what of it returns; ``left`` (element) what stays on the organic. The ``residual`` is the worst
    balance of any element on any stage, of all that is fed.
    """

    aqueous: Array
    organic: Array
    aqueous_flow: Array
    organic_flow: Array
    organic_in: float
    scrub: float
    loaded: float
    stripped: float
    left: Array
    raffinate: Array
    product: Array
    residual: float
    rounds: int

    def purity(self, elements: Sequence[int], product: bool = True) -> float:
        """Return the share of some elements in the product, or else in the raffinate, mol/mol."""
        held = self.product if product else self.raffinate
        return float(held[list(elements)].sum() / held.sum())

    def recovery(self, elements: Sequence[int], product: bool = True) -> float:
        """Return the share of some elements that goes to the product, or else to the raffinate, mol/mol."""
        at = list(elements)
        held = self.product if product else self.raffinate
        return float(held[at].sum() / (self.product[at].sum() + self.raffinate[at].sum()))


def two_sections(
    feed: Sequence[float] | Array, factors: Sequence[float] | Array, extract: int, scrub: int, organic: float,
    product: float, feed_organic: bool = False, efficiency: float = 1.0, left: Sequence[float] | Array | None = None,
) -> Cascade:  # fmt: skip
    """Return a cascade with one feed between ``extract`` stages of extraction and ``scrub`` stages of scrubbing.

    ``feed`` is mol of each element, ``organic`` the rare earth in the organic of the extraction section, ``product``
    how much is withdrawn as product (both mol, in the time of the feed). The feed enters the last stage of extraction.
    """
    if extract < 1 or scrub < 0:
        raise PlantError(f"a cascade of {extract} stages of extraction and {scrub} of scrubbing cannot be built")
    amounts = np.asarray(feed, dtype=float)
    fed = [Feed(extract, amounts, feed_organic)]
    return solve_cascade(fed, factors, extract + scrub, organic, product, efficiency=efficiency, left=left)


def solve_cascade(
    feeds: Sequence[Feed],
    factors: Sequence[float] | Array,
    stages: int,
    organic: float,
    product: float,
    loaded: Sequence[float] | Array | None = None,
    scrub: Sequence[float] | Array | None = None,
    efficiency: float = 1.0,
    left: Sequence[float] | Array | None = None,
) -> Cascade:
    """Solve a cascade of ``stages`` with feeds anywhere.

    ``factors`` (element) are separation factors against any one element; ``organic`` is the rare earth that the organic
    carries into stage 1, ``product`` what of it is withdrawn after the last stage: the rest returns as scrub.
    ``loaded`` gives the organic at stage 1 a composition (shares) instead of loading it from the raffinate, ``scrub``
    the aqueous at the last stage instead of stripped product. ``efficiency`` is that of the stages, above 0 up to 1;
    ``left`` (element) the share of what reaches the strip section that it leaves on the organic
    (``kremser.left_by_strip``). Raises ``PlantError`` for what cannot be and ``NotConvergedError``.
    """
    beta = np.asarray(factors, dtype=float)
    n = len(beta)
    _check(feeds, beta, stages, organic, product, efficiency)
    remain = np.zeros(n) if left is None else np.asarray(left, dtype=float)
    if remain.shape != (n,) or not ((remain >= 0) & (remain < 1)).all():
        raise PlantError(f"'left' must be {n} shares of 0 or more and below 1: what the strip section leaves behind")
    if remain.any() and loaded is not None:
        raise PlantError(
            "the organic is given a load at stage 1 and also what the strip section left; give one of them"
        )
    whole = float(sum(one.amounts.sum() for one in feeds))
    top = organic + float(sum(one.amounts.sum() for one in feeds if one.organic))
    water = float(sum(one.amounts.sum() for one in feeds if not one.organic))
    back = top - product  # what returns, or is given, as scrub, when all is stripped
    if back < 0:
        raise PlantError(
            f"the organic carries {top:.4g} and {product:.4g} is to be withdrawn as product; withdraw less, or raise "
            "the organic flow"
        )
    if back <= 1e-9 * whole and max(one.stage for one in feeds) < stages:
        raise PlantError(
            "nothing returns as scrub, so the stages beyond the feed are an open loop; raise the organic flow, "
            "withdraw less, or leave those stages out"
        )
    if water + back <= organic and loaded is None:
        raise PlantError(
            f"the organic is to be loaded with {organic:.4g} from a raffinate of {water + back:.4g}; withdraw less as "
            "product"
        )
    ends = _shares(loaded, n, "loaded"), _shares(scrub, n, "scrub")
    base = _Case(feeds, beta, stages, organic, top, back, whole, efficiency, ends[0], np.zeros(n), 1.0, np.zeros(n))
    if ends[1] is not None:
        base = replace(base, returned=0.0, given=ends[1])
    case, found, rounds = base, None, 0
    thought: Array | None = None  # shares that reach the strip section; found are those of the last stage
    tried: list[tuple[Array, Array]] = []
    for _ in range(LOOPS):
        found = _solved(case, found)
        rounds += found.rounds
        x, y = _of_phases(found)
        if not remain.any():
            break
        if thought is not None:
            off = float((remain * np.abs(y[-1] - thought)).max()) * top / whole
            if off <= 1e-13 * max(1.0, top / whole):
                break
            tried = [*tried[-DEEP:], (thought, y[-1])]
        thought = y[-1] if thought is None else _mixed(tried)
        case = _stripped(base, remain, thought)
    else:
        raise NotConvergedError(
            f"what the strip section leaves behind did not settle: it is off by {off:.2g} of the feed", off
        )
    residual, flows = _residual(case, x, y)
    if not residual < TOLERANCE:
        raise NotConvergedError(
            f"a cascade of {stages} stages and {n} elements did not settle: it is off by {residual:.2g} of what is fed",
            residual,
        )
    taken = (1.0 - remain) * y[-1] * top
    out = taken - case.back * case.returned * y[-1]
    if scrub is None:
        out -= case.back * case.given
    bottom = flows.aqueous[0] * x[0]
    fed = np.asarray(sum(one.amounts for one in feeds), dtype=float)
    for share, flow in ((ends[0], organic), (ends[1], case.back)):
        fed = fed if share is None else fed + flow * share
    bottom, out = _closed(fed, bottom, out)
    return Cascade(
        x, y, flows.aqueous + np.append(case.free, np.zeros(stages - 1)), flows.organic, float(organic),
        float(case.back), case.free, float(taken.sum()), case.kept, bottom, out, residual, rounds,
    )  # fmt: skip


def _closed(fed: Array, bottom: Array, out: Array) -> tuple[Array, Array]:
    """Return raffinate and product as they are, but that together they are what was fed, element by element.

    Of a trace that piles up between its neighbours, thousandfold in the stages, rounding there is more than 1e-9 of
    what is fed of it. Within the residual, which is told, it goes to both products as they hold it.
    """
    bottom, out = np.maximum(bottom, 0.0), np.maximum(out, 0.0)
    leaves = bottom + out
    share = np.divide(fed, leaves, out=np.zeros_like(fed), where=leaves > 0)
    return bottom * share, out * share


@dataclass(frozen=True)
class _Case:
    """What is solved: see ``solve_cascade``. ``kept`` comes back on the organic.

    The scrub, ``back``, is as the organic of the last stage by the share ``returned``; the rest of it is ``given``.
    """

    feeds: Sequence[Feed]
    beta: Array
    stages: int
    organic: float
    top: float
    back: float
    whole: float
    efficiency: float
    loaded: Array | None
    kept: Array
    returned: float
    given: Array

    @property
    def free(self) -> float:
        """What the organic loads from the raffinate."""
        return 0.0 if self.loaded is not None else float(self.organic - self.kept.sum())


@dataclass(frozen=True)
class _Flows:
    """What leaves each stage (stage; aqueous less what loads the organic) and what enters it (stage, element)."""

    organic: Array
    aqueous: Array
    in_water: Array
    in_organic: Array


def _flows(case: _Case, places: Sequence[int], stages: int) -> _Flows:
    """Return the flows with the feeds in given stages (from 1), for any number of stages."""
    n = len(case.beta)
    organic, aqueous = np.full(stages, case.organic), np.full(stages, case.back)
    in_water, in_organic = np.zeros((stages, n)), np.zeros((stages, n))
    for one, place in zip(case.feeds, places, strict=True):
        if one.organic:
            organic[place - 1 :] += one.amounts.sum()
            in_organic[place - 1] += one.amounts
        else:
            aqueous[:place] += one.amounts.sum()
            in_water[place - 1] += one.amounts
    aqueous[0] -= case.free
    in_organic[0] += case.kept if case.loaded is None else case.organic * case.loaded
    in_water[-1] += case.back * case.given
    return _Flows(organic, aqueous, in_water, in_organic)


def _stages(case: _Case, careful: bool = False) -> Callable[[tuple[int, ...]], Stages]:
    """Return what makes the stages of a case, for any lengths of its sections."""
    ends = sorted({one.stage for one in case.feeds} | {case.stages})
    section = [ends.index(one.stage) for one in case.feeds]
    fed = np.asarray(sum(one.amounts for one in case.feeds)) / case.whole
    logs = np.log(case.beta)
    bypassed = 1.0 - case.efficiency

    def build(rung: tuple[int, ...]) -> Stages:
        last = np.cumsum(rung)
        flows = _flows(case, [int(last[at]) for at in section], int(last[-1]))
        organic = flows.organic / case.whole
        before = np.append(0.0, organic[:-1])
        first = bypassed * case.free / case.whole / organic[0]

        def kappa(s: Array) -> tuple[Array, Array]:
            ideal = case.efficiency * np.exp(logs[:, None] - s)
            real = ideal.copy()
            real[:, 0] += first
            return real, ideal / real

        return Stages(
            organic=organic,
            aqueous=flows.aqueous / case.whole,
            source=(flows.in_water + flows.in_organic).T / case.whole,
            bypass=bypassed * before / organic,
            carried=bypassed * flows.in_organic.T / flows.organic,
            returned=np.full(len(fed), case.back / case.whole * case.returned),
            kappa=kappa,
            closure=_sums,
            low=float(logs.min()),
            high=float(logs.max()),
            start=(
                np.full(len(organic), -np.log(np.sum(fed / case.beta))),
                np.repeat(fed[:, None], len(organic), axis=1),
            ),
            careful=careful,
        )

    return build


def _by_floors(case: _Case, lengths: Sequence[int]) -> Settled:
    """Settle a cascade with traces by way of the same with more of them, ever less: each begins where the last was."""
    near: Settled | None = None
    rounds = 0
    for floor in (*FLOORS, 0.0, 0.0):  # once more from where it got to
        feeds = [replace(one, amounts=_floored(one.amounts, floor)) for one in case.feeds]
        near = settle(_stages(replace(case, feeds=feeds), careful=True), lengths, near)
        rounds += near.rounds
    assert near is not None
    return replace(near, rounds=rounds)


def _floored(amounts: Array, floor: float) -> Array:
    """Return amounts none of which is less than a share of their sum, with the same sum."""
    raised: Array = np.maximum(amounts, floor * amounts.sum())
    return raised * (amounts.sum() / raised.sum()) if raised.sum() > 0 else raised


def _stripped(base: _Case, remain: Array, reaches: Array) -> _Case:
    """Return a case whose strip section leaves its share of what reaches it (shares) on the organic.

    The scrub is then a little poorer in what is left. What it and the last stage's organic have alike stays with the
    organic, as much of it as can, and only the rest is given, so that a thought a little off still balances.
    """
    kept = base.top * remain * reaches
    back = base.back - float(kept.sum())
    if back < 0:
        raise PlantError(
            f"the strip section leaves {kept.sum():.4g} of {base.top:.4g} on the organic, so "
            f"{base.top - base.back:.4g} cannot be withdrawn; strip better, or withdraw less"
        )
    if kept.sum() > base.organic:
        raise PlantError(
            f"the strip section leaves {kept.sum():.4g} on the organic, which carries {base.organic:.4g} into stage 1; "
            "strip better, or raise the organic flow"
        )
    if not base.returned:
        return replace(base, kept=kept, back=back)
    by_share = (1.0 - remain) / (1.0 - remain @ reaches)  # in the scrub, by what is in the organic
    alike = float(by_share.min())
    return replace(base, kept=kept, back=back, returned=alike, given=(by_share - alike) * reaches)


def _mixed(tried: Sequence[tuple[Array, Array]]) -> Array:
    """Return what to think next, from what was thought and what was found (Anderson 1965, J. ACM 12:547)."""
    thought, found = (np.array(one) for one in zip(*tried, strict=True))
    gaps = found - thought
    if len(tried) > 1:
        part = np.linalg.lstsq(np.diff(gaps, axis=0).T, gaps[-1], rcond=1e-10)[0]
        mixed: Array = found[-1] - part @ np.diff(found, axis=0)
        if (mixed >= 0).all():
            return mixed
    last: Array = found[-1]
    return last


def _solved(case: _Case, near: Settled | None) -> Settled:
    """Return the stages as they settled, in the way that is quickest to balance; or as well as any way has."""
    ends = sorted({one.stage for one in case.feeds} | {case.stages})
    lengths = [int(one) for one in np.diff([0, *ends])]
    ways: list[Callable[[Settled | None], Settled]] = [
        lambda _: settle(_stages(case), lengths, near),
        lambda _: settle(_stages(case), lengths),
        lambda best: settle(_stages(case, careful=True), lengths, best),
        lambda _: settle(_stages(case, careful=True), lengths),
        lambda _: _by_floors(case, lengths),
    ]
    best, least, rounds = near, np.inf, 0
    for way in ways if near is not None else ways[1:]:
        found = way(best)
        rounds += found.rounds
        residual = _residual(case, *_of_phases(found))[0]
        if residual < least or not np.isfinite(least):
            best, least = found, residual
        if least < WELL:
            break
    assert best is not None
    return replace(best, rounds=rounds)


def _of_phases(found: Settled) -> tuple[Array, Array]:
    """Return the shares in aqueous and organic (stage, element), each summing to one."""
    x, y = found.x.T, found.y.T
    return x / x.sum(axis=1, keepdims=True), y / y.sum(axis=1, keepdims=True)


def _sums(y: Array, _x: Array, _s: Array, _kappa: Array, _slope: Array) -> tuple[Array, Array, Array]:
    """Close where the shares in the organic sum to one; those in the aqueous do so then too."""
    sums = y.sum(axis=0)
    return np.log(sums), np.broadcast_to(1.0 / sums, y.shape), np.zeros_like(sums)


def _residual(case: _Case, x: Array, y: Array) -> tuple[float, _Flows]:
    """Return the worst balance or equilibrium of any element on any stage, of all that is fed: plain equations."""
    flows = _flows(case, [one.stage for one in case.feeds], case.stages)
    enters = flows.in_organic.copy()
    enters[1:] += flows.organic[:-1, None] * y[:-1]
    enters[0] += case.free * x[0]
    equal = x * case.beta
    equal /= equal.sum(axis=1, keepdims=True)
    met = case.efficiency * flows.organic[:, None] * equal + (1.0 - case.efficiency) * enters
    gap = flows.in_water + enters - flows.organic[:, None] * y - flows.aqueous[:, None] * x
    gap[0] -= case.free * x[0]
    gap[:-1] += flows.aqueous[1:, None] * x[1:]
    gap[-1] += case.back * case.returned * y[-1]
    worst = max(np.abs(gap).max(), np.abs(met - flows.organic[:, None] * y).max())
    return float(worst / case.whole), flows


def _shares(given: Sequence[float] | Array | None, n: int, what: str) -> Array | None:
    if given is None:
        return None
    shares = np.asarray(given, dtype=float)
    if shares.shape != (n,) or (shares < 0).any() or abs(shares.sum() - 1) > 1e-9:
        raise PlantError(f"'{what}' must be {n} shares, none below 0, that sum to 1")
    return shares


def _check(feeds: Sequence[Feed], beta: Array, stages: int, organic: float, product: float, efficiency: float) -> None:
    n = len(beta)
    if n < 2:
        raise PlantError("a cascade parts at least two elements")
    if not np.isfinite(beta).all() or (beta <= 0).any():
        raise PlantError("separation factors must be above 0, one for each element")
    if np.ptp(beta) <= 1e-9 * beta.max():
        raise PlantError("all separation factors are the same (beta = 1): no number of stages parts these elements")
    if stages < 1:
        raise PlantError(f"a cascade of {stages} stages cannot be built")
    if not feeds:
        raise PlantError("nothing is fed to the cascade")
    for one in feeds:
        if one.amounts.shape != (n,):
            raise PlantError(f"a feed holds {len(one.amounts)} elements and there are {n} separation factors")
        if not np.isfinite(one.amounts).all() or (one.amounts < 0).any() or one.amounts.sum() <= 0:
            raise PlantError("a feed is negative, or empty: give mol of each element in a time")
        if not 1 <= one.stage <= stages:
            raise PlantError(f"a feed enters stage {one.stage}, and there are stages 1 to {stages}")
    if not (np.isfinite(organic) and organic > 0):
        raise PlantError(f"the organic flow is {organic:g}; it must be above 0")
    if not (np.isfinite(product) and product >= 0):
        raise PlantError(f"the product withdrawn is {product:g}; it must not be negative")
    if not 0 < efficiency <= 1:
        raise PlantError(f"the efficiency of the stages is {efficiency:g}; it lies above 0, up to 1")
