"""Counter-current stages whose balances are linear in the amounts, with one unknown a stage that closes them.

Solvent extraction with constant separation factors and with distribution by pH are both of this kind. On stage j the
organic holds y_i = kappa_i(s_j) x_i of element i, where s_j is the one unknown of the stage (a logarithm). With s
given, the balances of each element are a tridiagonal system with nothing above zero beside its diagonal, so no amount
can be negative, whatever s is. What is sought are the s for which each stage closes (shares that sum to one; charges
that balance).

Found in three ways, each tried where the one before stalls: Newton from a solution with half as many stages, drawn out;
Newton itself, by one block-tridiagonal system a step; and steps in time, implicit and ever longer, in which the stages
hold what they hold and fill up. The last finds sharp fronts that almost stand still, which Newton cannot place: the
balance is then met to rounding wherever they stand.

Stages are numbered from the end where the organic enters and the aqueous leaves. Arrays are (element, stage).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from chumbak.plant.components import Array

CLOSED = 1e-12  # what does not close, as a logarithm, and balances of all that is fed
ROUGH = 1e-3  # the same, of stages that only say where to begin with more of them
NEAR = 1e-4  # of the same, or of all that is fed still changing in a step of time: near enough to polish
HOLD = 1e-5  # the rate that holds what a stage holds when polishing begins, of the organic flow
STILL = 1e-12  # of all that is fed still changing in a step of time: settled, wherever a front stands
WALK = 150  # rounds of polishing
BUDGET = 1000  # rounds in all, at one number of stages
MOST, INNER, STEPS = 25, 8, 150  # rounds of Newton for the steady state, in a step of time; steps of time
FEW = 3  # stages a section where the halving stops


@dataclass(frozen=True)
class Stages:
    """Stages to be solved. Flows are of any unit; amounts in ``source`` are in it too.

    ``organic`` and ``aqueous`` (stage): the flows that leave a stage, ``aqueous`` without what returns at the first.
    ``source`` (element, stage): what enters from outside. ``bypass`` (stage): the share of the organic of a stage that
    came from the stage before and met no water (0 where stages are ideal), and ``carried`` (element, stage) the same of
    what entered from outside. ``returned`` (element): the flow of the last stage's organic that comes back as aqueous.
    ``kappa``: of s, gives kappa (element, stage) and -d ln kappa / ds. ``closure``: of y, x, s, kappa and that slope,
    gives what does not close (stage) and its slopes by y (element, stage) and by s (stage). ``low``, ``high``: where s
    lies; ``stride``: the most that it may change in a step. ``start``: s and y to begin from. ``careful``: solve the
    balances without cancellation, which takes several times as long.
    """

    organic: Array
    aqueous: Array
    source: Array
    bypass: Array
    carried: Array
    returned: Array
    kappa: Callable[[Array], tuple[Array, Array]]
    closure: Callable[[Array, Array, Array, Array, Array], tuple[Array, Array, Array]]
    low: float
    high: float
    start: tuple[Array, Array]
    stride: float = 2.0
    careful: bool = False


@dataclass(frozen=True)
class _At:
    """The stages for one s: amounts, the matrix of the balances, and what does not close."""

    s: Array
    y: Array
    x: Array
    lower: Array
    diagonal: Array
    upper: Array
    moved: Array  # dx/ds of each stage for a fixed y, element by stage
    off: Array | None  # what the balances lack, where y was given and not solved for
    gap: Array
    by_y: Array
    by_s: Array
    size: float


@dataclass(frozen=True)
class Settled:
    """What was found: the unknown s (stage), x and y (element, stage), whether it settled, and the rounds of Newton."""

    s: Array
    x: Array
    y: Array
    settled: bool
    rounds: int


def elementwise(lower: Array, diagonal: Array, upper: Array, right: Array) -> Array:
    """Return the solution (element, stage) of one tridiagonal system an element; ``lower`` and ``upper`` by row."""
    from scipy.linalg.lapack import dgtsv  # heavy to load, and most flowsheets have no cascade

    # All of them as one system, in which nothing couples the last stage of an element with the first of the next.
    above, below = upper.copy(), lower.copy()
    above[:, -1], below[:, 0] = 0.0, 0.0
    if diagonal.size == 1:  # which LAPACK's wrapper does not take
        return right / diagonal
    *_, found, failed = dgtsv(below.ravel()[1:], diagonal.ravel(), above.ravel()[:-1], right.ravel())
    if failed:
        raise np.linalg.LinAlgError("singular matrix")
    whole: Array = found.reshape(diagonal.shape)
    return whole


def _without_cancelling(stages: Stages, kappa: Array, before: Array | None, rate: float) -> tuple[Array, Array]:
    """Return y and x of the same balances, each amount to rounding: nothing of one sign is subtracted.

    As in Grassmann, Taksar and Heyman (1985, Operations Research 33:1107), so that an element which is held back
    between its neighbours, millionfold, comes out as well as any. With u what an aqueous and v what an organic carries
    away from a stage, of what comes down to it (u of the next) the share ``over`` leaves as v, ``lost`` as raffinate or
    in time; both follow from those of the stage before.
    """
    gains = (stages.organic * kappa / stages.aqueous).T
    carried, enters = (stages.organic * stages.carried).T, stages.source.T
    held = rate / stages.organic
    by = np.append(0.0, stages.bypass[1:] * stages.organic[1:] / stages.organic[:-1])
    enters = enters - (1.0 + held)[:, None] * carried
    if before is not None:
        enters = enters + rate * before.T
    u, v, pivot = np.empty_like(gains), np.empty_like(gains), np.empty_like(gains)
    over, lost, rest = np.zeros(len(kappa)), np.ones(len(kappa)), np.zeros(len(kappa))
    for at in range(len(gains)):
        onward = gains[at] + by[at] * over
        pivot[at] = (1.0 + held[at]) * onward + lost
        u[at] = (1.0 - (1.0 + held[at]) * by[at]) * rest + enters[at]
        lost = (lost + held[at] * onward) / pivot[at]
        over = onward / pivot[at]
        rest = over * u[at] + by[at] * rest + carried[at]
    back = stages.returned / stages.organic[-1]
    comes = back * rest / ((stages.organic[-1] - stages.returned) / stages.organic[-1] + back * lost)
    for at in range(len(gains) - 1, -1, -1):
        u[at] = comes = (u[at] + comes) / pivot[at]
    v[0] = gains[0] * u[0] + carried[0]
    for at in range(1, len(gains)):
        v[at] = gains[at] * u[at] + by[at] * v[at - 1] + carried[at]
    return (v / stages.organic[:, None]).T.copy(), (u / stages.aqueous[:, None]).T.copy()


def _at(stages: Stages, s: Array, before: Array | None, rate: float, y: Array | None = None) -> _At:
    """Solve the balances for s; with ``before`` (y) in a step of time of length 1 / ``rate``. Or take y as it is."""
    kappa, slope = stages.kappa(s)
    drawn = stages.aqueous / kappa  # the aqueous that leaves, by the organic of its stage
    lower, upper = np.zeros_like(kappa), np.zeros_like(kappa)
    diagonal = stages.organic + drawn + rate
    diagonal[:, :-1] += drawn[:, 1:] * stages.bypass[1:]
    diagonal[:, -1] -= stages.returned
    lower[:, 1:] = -(stages.organic[:-1] + drawn[:, 1:] * stages.bypass[1:])
    upper[:, :-1] = -drawn[:, 1:]
    right = stages.source + drawn * stages.carried
    right[:, :-1] -= drawn[:, 1:] * stages.carried[:, 1:]
    if before is not None:
        right += rate * before
    off, x = None, None
    if y is None:
        try:
            y, x = (
                _without_cancelling(stages, kappa, before, rate) if stages.careful
                else (elementwise(lower, diagonal, upper, right), None)
            )  # fmt: skip
        except np.linalg.LinAlgError:
            y = np.full_like(right, np.nan)  # so ``size`` is infinite, and the caller turns back
    else:
        off = right - diagonal * y
        off[:, 1:] -= lower[:, 1:] * y[:, :-1]
        off[:, :-1] -= upper[:, :-1] * y[:, 1:]
    if x is None:
        x = y - stages.carried
        x[:, 1:] -= stages.bypass[1:] * y[:, :-1]
        x /= kappa
    gap, by_y, by_s = stages.closure(y, x, s, kappa, slope)
    size = float(np.sqrt(np.mean(gap * gap)))
    return _At(s, y, x, lower, diagonal, upper, x * slope, off, gap, by_y, by_s, size if np.isfinite(size) else np.inf)


def _step(stages: Stages, at: _At) -> tuple[Array, Array]:
    """Return Newton's step of y (element, stage) and s (stage), by one block-tridiagonal system."""
    from scipy.linalg.lapack import dgbsv  # of LAPACK itself: what checks its inputs takes as long as it does

    n, count = at.y.shape
    m = n + 1
    width = 2 * m - 1  # of the band, to either side
    # By column and then by row, as LAPACK has it: the diagonal at ``mid``, and ``width`` rows above for what fills in.
    bands, mid, each = np.zeros((count, m, 3 * width + 1)), 2 * width, np.arange(n)
    here = stages.aqueous * at.moved
    bands[:, :n, mid] = at.diagonal.T
    bands[:-1, :n, mid + m] = at.lower[:, 1:].T
    bands[1:, :n, mid - m] = at.upper[:, :-1].T
    bands[:, n, mid - n : mid] = here.T
    bands[1:, n, mid - n - m : mid - m] = -here[:, 1:].T
    bands[:, each, mid + n - each] = at.by_y.T
    bands[:, n, mid] = at.by_s
    right = np.zeros((count, m))
    right[:, n] = -at.gap
    if at.off is not None:
        right[:, :n] = at.off.T
    *_, flat, failed = dgbsv(
        width, width, bands.reshape(-1, 3 * width + 1).T, right.ravel(), overwrite_ab=True, overwrite_b=True
    )
    if failed:
        raise np.linalg.LinAlgError("singular matrix")
    step = flat.reshape(count, m)
    return step[:, :n].T, step[:, n]


def _newton(stages: Stages, s: Array, before: Array | None, rate: float, most: int, close: float) -> tuple[_At, int]:
    """Newton with a line search from s, as far as it goes. Returns where it got to, and the rounds."""
    at = _at(stages, s, before, rate)
    sizes = [at.size]
    for rounds in range(most):
        # In the steady state give up early: below half in five rounds, or a front is being pushed along stage by stage.
        if at.size < close or (before is None and rounds > 5 and at.size > 0.5 * sizes[-6]):
            return at, rounds
        try:
            _, step = _step(stages, at)
        except np.linalg.LinAlgError:
            return at, rounds
        longest = float(np.abs(step).max())
        if not np.isfinite(longest):
            return at, rounds
        length = min(1.0, stages.stride / max(longest, 1e-300))
        for _ in range(4):
            tried = _at(stages, np.clip(at.s + length * step, stages.low, stages.high), before, rate)
            if tried.size < (1.0 - 0.05 * length) * at.size:
                break
            length /= 3.0
        else:
            return at, rounds
        at = tried
        sizes.append(at.size)
    return at, most


def _polished(stages: Stages, near: _At) -> tuple[_At | None, int]:
    """Close balances and gaps together by Newton in y and s, from near by. Returns nothing where that fails.

    Near a pinch the amounts that follow from s cannot be told to better than 1e-8 or so; together with s they can. Each
    round is a step of time, as long as nothing changes by much: a front walks to its place, or stays where it could
    stand anywhere.
    """
    whole = float(stages.source.sum())
    fastest = float(stages.organic.max())
    rate, s, y = HOLD * fastest, near.s, near.y
    full = y.sum(axis=0)  # of order one stage for a front
    for rounds in range(WALK):
        at = _at(stages, s, y, rate, y)
        assert at.off is not None
        if max(float(np.abs(at.off).max()) / whole, float(np.abs(at.gap).max())) < CLOSED:
            return at, rounds
        try:
            dy, ds = _step(stages, at)
        except np.linalg.LinAlgError:
            return None, rounds
        longest = max(float(np.abs(dy / full).max()), 0.5 * float(np.abs(ds).max()))
        if not longest < 1.0:
            rate *= 4.0
            if not rate < fastest:
                return None, rounds
            continue
        if longest < 0.3:
            rate /= 5.0
        y = np.maximum(y + dy, 1e-3 * y)
        s = np.clip(s + ds, stages.low, stages.high)
    return None, WALK


def _steady(stages: Stages, s: Array, y: Array, close: float) -> Settled:
    """Find the steady state from s, as ``close`` as asked, and where Newton stalls by steps of time from y."""
    at, rounds = _newton(stages, s, None, 0.0, MOST, close)
    if at.size < close:
        return Settled(at.s, at.x, at.y, True, rounds)
    if at.size < NEAR:
        done, used = _polished(stages, at)
        rounds += used
        if done is not None:
            return Settled(done.s, done.x, done.y, True, rounds)
    whole = float(stages.source.sum())
    rate = fastest = float(stages.organic.max())
    best, least = at, np.inf
    for number in range(STEPS):
        if rounds > BUDGET:
            break
        at, used = _newton(stages, s, y, rate, INNER, 1e-10)
        rounds += used
        if at.size > 1e-6:
            rate *= 4.0
            continue
        # What fills up is what the balance of an element lacks, all stages together.
        crept = float(np.abs(at.y - y).sum(axis=1).max()) * rate / whole
        off = max(crept, float(np.abs(at.gap).max()))
        if off < least:
            best, least = at, off
        if least < STILL:
            return Settled(best.s, best.x, best.y, True, rounds)
        # Stages that do not quite close would stay so in short steps, so the amounts are scaled until they do.
        s, y = at.s, at.y * (1.0 - np.clip(at.gap / (at.by_y * at.y).sum(axis=0), -1e-5, 1e-5))
        rate /= 10.0 if used <= 3 else 3.0 if used <= 5 else 1.3
        if number % 3 != 2 or rate * 1e3 > fastest:
            continue
        if crept < NEAR:
            done, used = _polished(stages, at)
            rounds += used
            if done is not None:
                return Settled(done.s, done.x, done.y, True, rounds)
        at, used = _newton(stages, s, None, 0.0, MOST, CLOSED)
        rounds += used
        if at.size < CLOSED:
            return Settled(at.s, at.x, at.y, True, rounds)
    return Settled(best.s, best.x, best.y, False, rounds)


def settle(
    build: Callable[[tuple[int, ...]], Stages], lengths: Sequence[int], near: Settled | None = None
) -> Settled:  # fmt: skip
    """Solve stages in sections of given ``lengths``, by way of the same with half as many, and half of that, and so on.

    Or from ``near``, a solution of as many stages that is not far off. ``build`` makes the stages for any lengths. The
    caller judges the residual of what comes back.
    """
    ladder = [tuple(lengths)]
    while near is None and max(ladder[-1]) > FEW:
        ladder.append(tuple(-(-one // 2) for one in ladder[-1]))
    rounds = 0
    found: Settled | None = None
    # Where it is enough for the fewer stages to be near, it saves half of the rounds.
    for rough in (ROUGH, CLOSED) if near is None else (CLOSED,):
        found = near
        places = np.concatenate([at + (np.arange(one) + 0.5) / one for at, one in enumerate(lengths)])
        for rung in reversed(ladder):
            stages = build(rung)
            now = np.concatenate([at + (np.arange(one) + 0.5) / one for at, one in enumerate(rung)])
            s, y = stages.start
            if found is not None:
                s = np.clip(np.interp(now, places, found.s), stages.low, stages.high)
                logs = np.log(np.maximum(found.y, 1e-300))  # amounts fall off by powers from stage to stage
                y = np.array([np.exp(np.interp(now, places, row)) for row in logs])
                y *= np.interp(now, places, found.y.sum(axis=0)) / y.sum(axis=0)
            with np.errstate(all="ignore"):  # a step too far gives infinities, and is taken back
                found = _steady(stages, s, y, CLOSED if rung is ladder[0] else rough)
            places = now
            rounds += found.rounds
        if found is not None and found.settled:
            break
    assert found is not None
    # What is nothing can come out as less than nothing by rounding.
    return Settled(found.s, np.maximum(found.x, 0.0), np.maximum(found.y, 0.0), found.settled, rounds)
