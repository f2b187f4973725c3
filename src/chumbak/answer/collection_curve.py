"""The loop from the exchange to the plan: which share of used goods is handed over at which price, step by step.

    cell    one product in one state and month: the share of what reaches end of life there (pack) that came in, at the
            mean cost of a counted tonne. A month without a sale between two with one is nothing at the last price.
    cost    of a counted tonne = (paid - worth of metals other than the magnets') / counted tonnes + fetching; the plan
            has it that the rest of the goods pays for itself, and earns by rare earths alone
    curve   F(cost) = sum of d(step) x ramp(step): from the cost of the step before to its own a step comes in evenly.
            d >= 0 and sum d <= 1, so that F only rises and takes no more than all.
    fit     least squares of d on cells and on the pack's own steps (a normal prior from their ranges), each cell by
            1 / (variance between cells + what chance alone does to so many pieces)
    range   5 to 95 % of fits to cells drawn anew by state (by cell where states are few) and priors drawn anew

Counted tonnes are those of the plan: magnets and metals of known parts. ``reach`` is the share of holders that the
exchange reaches at all; it is the user's, since sales alone cannot tell few who know of it from few who want to sell.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy.optimize import nnls
from scipy.stats import t as student

from chumbak.answer.catchment import spread_by_product, state_of
from chumbak.answer.model import compute
from chumbak.answer.supply_chain import magnet_elements
from chumbak.exchange.catalogue import Catalogue
from chumbak.exchange.numbers.facts import Got
from chumbak.exchange.numbers.tables_of import month
from chumbak.pack import Fault, Pack, PackError
from chumbak.pack.faults import did_you_mean
from chumbak.reconcile.calibrate import HOLDS, Z95

DRAWS = 1000
SEED = 20260401
FEW_STATES = 5  # below, cells are drawn anew one by one
FEW_CELLS = 12  # below, a row is of low confidence
MOST_ROUNDS = 20
WHOLE = 1e4  # weight of "the steps and what stays away sum to 1": as good as exact
PAISE = 100.0  # in a unit of the currency


@dataclass(frozen=True)
class Cell:
    """A share handed over (0 to 1) at a cost of a counted tonne (money of the pack), of so many pieces that arise."""

    state: str
    product: str
    month: str
    cost: float
    share: float
    pieces: float


@dataclass(frozen=True)
class Step:
    """A step of the curve: cost of a counted tonne and share, each with a range of 90 %."""

    id: str
    cost: tuple[float, float, float]
    share: tuple[float, float, float]


@dataclass(frozen=True)
class Curve:
    """What cells and the pack say together. ``steps`` are fitted, ``prior`` those of the pack, in order of cost.

    ``spread`` is the standard deviation between cells beyond chance; ``left_out`` says by sale why it was not used;
    ``over`` counts cells in which more came in than is said to arise; ``measured`` names the steps whose cost was seen.
    """

    steps: tuple[Step, ...]
    prior: tuple[Step, ...]
    cells: tuple[Cell, ...]
    spread: float
    left_out: Mapping[str, int]
    over: int = 0
    measured: tuple[str, ...] = ()


def collection_curve(
    pack: Pack, catalogue: Catalogue, sales: Sequence[Got], *, reach: float = 1.0, fetching: float = 0.0,
    sellers: Mapping[str, Sequence[str]] | None = None, data: xr.Dataset | None = None,
) -> Curve:  # fmt: skip
    """Return the collection curve that sales and the steps of a pack say together.

    ``reach`` above 0 and at most 1; ``fetching`` is money for a counted tonne. ``sellers`` names for a step the kinds
    of sellers that are this step: then its cost is measured from their sales too. ``data`` is what ``compute`` said of
    the pack, if that is known. Raises ``PackError``.
    """
    check_steps(pack, sellers or {})
    prior = steps_of(pack)
    counted = _Counted(pack, catalogue, compute(pack) if data is None else data)
    cells, seen, left_out = counted.cells(sales, reach, fetching)
    over = sum(cell.share > 1 for cell in cells)
    kept = [Cell(c.state, c.product, c.month, c.cost, min(c.share, 1.0), c.pieces) for c in cells]
    measured = {name: [one for kind in kinds for one in seen.get(kind, [])] for name, kinds in (sellers or {}).items()}
    costs = tuple(_cost(step, measured.get(step.id, [])) for step in prior)
    rising = np.maximum.accumulate([cost[0] for cost in costs])
    knots = tuple(
        Step(step.id, (float(at), min(cost[1], float(at)), max(cost[2], float(at))), step.share)
        for step, cost, at in zip(prior, costs, rising, strict=True)
    )
    steps, spread = fit(kept, knots)
    named = tuple(name for name, listed in measured.items() if len(listed) > 1)
    return Curve(steps, prior, tuple(kept), spread, left_out, over, named)


def check_steps(pack: Pack, names: Iterable[str]) -> None:
    """Raise ``PackError`` for a name that is no step of the pack, or if it has none."""
    known = [step.id for step in steps_of(pack)]
    for name in names:
        if name not in known:
            what = f"'{name}' is no step of the pack '{pack.name}'"
            raise PackError([Fault("--step", 0, "", "unknown-name", what, did_you_mean(name, known))])


def steps_of(pack: Pack) -> tuple[Step, ...]:
    """Return the steps that a pack has, in order of cost. Raises ``PackError`` for a pack without any."""
    found = []
    for name in pack.nouns.ids("steps"):
        two = []
        for key in (f"step.{name}.cost", f"step.{name}.share"):
            figure = pack.entries[key].figures[-1]
            low, high = (figure.value if end is None else end for end in (figure.low, figure.high))
            two.append((float(figure.value), float(low), float(high)))
        found.append(Step(name, two[0], two[1]))
    if not found:
        what = "the pack has no steps of collection, so there is nothing to calibrate"
        raise PackError([Fault(pack.name, 0, "steps", "no-steps", what, "Fill its table steps: see docs/packs.md.")])
    return tuple(sorted(found, key=lambda step: step.cost[0]))


def fit(
    cells: Sequence[Cell], prior: Sequence[Step], draws: int = DRAWS, seed: int = SEED
) -> tuple[tuple[Step, ...], float]:
    """Return the steps with their fitted shares and ranges, and the spread between cells beyond chance.

    The knots are the costs of ``prior``. Without cells the shares stay those of the prior.
    """
    value = np.array([step.share[0] for step in prior])
    sd = np.array([max((step.share[2] - step.share[1]) / (2 * Z95), 1e-6) for step in prior])
    knots = np.array([step.cost[0] for step in prior])
    design = ramps(np.array([cell.cost for cell in cells]), knots)
    shares = np.array([cell.share for cell in cells])
    pieces = np.array([max(cell.pieces, 1.0) for cell in cells])
    best, spread = _weighed(design, shares, pieces, value, sd)
    chance = np.random.default_rng(seed)
    groups = _groups(cells)
    found = np.empty((draws, len(prior)))
    weight = 1 / np.sqrt(_variance(design @ best, pieces, spread)) if len(cells) else np.zeros(0)
    for draw in range(draws):
        again = chance.integers(0, len(groups), len(groups)) if groups else np.zeros(0, dtype=int)
        chosen = np.array([cell for group in again for cell in groups[group]], dtype=int)
        found[draw] = _solve(
            design[chosen], shares[chosen], weight[chosen], chance.normal(value, sd), sd
        )  # fmt: skip
    low, high = np.quantile(found, ((1 - HOLDS) / 2, (1 + HOLDS) / 2), axis=0)
    wider = _wider(len(groups))
    low, high = np.maximum(best - (best - low) * wider, 0.0), np.minimum(best + (high - best) * wider, 1.0)
    steps = tuple(
        Step(step.id, step.cost, (float(best[n]), float(min(low[n], best[n])), float(max(high[n], best[n]))))
        for n, step in enumerate(prior)
    )
    return steps, spread


def ramps(costs: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """Return how far each step has come in at each cost, (cost, step): 0 at the step before, 1 at its own and above."""
    before = np.concatenate([[0.0], knots[:-1]])
    width = np.maximum(knots - before, 1e-9)
    found: np.ndarray = np.clip((costs[:, None] - before) / width, 0.0, 1.0)
    return found


def _weighed(
    design: np.ndarray, shares: np.ndarray, pieces: np.ndarray, value: np.ndarray, sd: np.ndarray
) -> tuple[np.ndarray, float]:
    """Return the best shares and the spread between cells: each from the other, until they stand."""
    spread = 0.05
    best = _solve(design, shares, np.zeros(len(shares)), value, sd)
    if not len(shares):
        return best, 0.0
    for _ in range(MOST_ROUNDS):
        weight = 1 / np.sqrt(_variance(design @ best, pieces, spread))
        best = _solve(design, shares, weight, value, sd)
        miss = (shares - design @ best) ** 2 - _variance(design @ best, pieces, 0.0)
        found = float(np.sqrt(max(miss.sum() / max(len(shares) - len(value), 1), 1e-6)))
        if abs(found - spread) < 1e-6:
            break
        spread = found
    return best, spread


def _variance(share: np.ndarray, pieces: np.ndarray, spread: float) -> np.ndarray:
    found: np.ndarray = np.maximum(share * (1 - share), 1e-4) / pieces + spread**2
    return found


def _solve(design: np.ndarray, shares: np.ndarray, weight: np.ndarray, value: np.ndarray, sd: np.ndarray) -> np.ndarray:
    """Return d >= 0 with sum <= 1 of least squares; the last column is what stays away at any cost."""
    count = len(value)
    rows = np.zeros((len(shares) + count + 1, count + 1))
    rows[: len(shares), :count] = design * weight[:, None]
    rows[len(shares) : -1, :count] = np.diag(1 / sd)
    rows[-1] = WHOLE
    found: np.ndarray = nnls(rows, np.concatenate([shares * weight, value / sd, [WHOLE]]))[0][:count]
    return found


def _groups(cells: Sequence[Cell]) -> list[list[int]]:
    """Return the numbers of cells that are drawn together: those of a state, or each alone where states are few."""
    states: dict[str, list[int]] = defaultdict(list)
    for n, cell in enumerate(cells):
        states[cell.state].append(n)
    return list(states.values()) if len(states) >= FEW_STATES else [[n] for n in range(len(cells))]


def _wider(groups: int) -> float:
    """Return by how much ranges from so few groups have to be widened: Student's t, and n - 1 in place of n."""
    if groups < 2:
        return 1.0
    return float(student.ppf((1 + HOLDS) / 2, groups - 1) / Z95 * np.sqrt(groups / (groups - 1)))


def _cost(step: Step, seen: Sequence[tuple[float, float]]) -> tuple[float, float, float]:
    """Return the cost of a step: (cost, tonnes) of its sales with the pack's own range, weighted by precision."""
    if len(seen) < 2:
        return step.cost
    costs, tonnes = (np.array(column) for column in zip(*seen, strict=True))
    mean = float(np.average(costs, weights=tonnes))
    size = tonnes.sum() ** 2 / (tonnes**2).sum()  # sales of equal size that would tell as much
    error = float(np.average((costs - mean) ** 2, weights=tonnes)) / max(size - 1, 1.0)
    before = max((step.cost[2] - step.cost[1]) / (2 * Z95), 1e-9) ** 2
    error = max(error, 1e-12)
    value = max((mean / error + step.cost[0] / before) / (1 / error + 1 / before), 0.0)
    half = Z95 * float(np.sqrt(1 / (1 / error + 1 / before)))
    return value, max(value - half, 0.0), value + half


class _Counted:
    """What the pack says of a piece of each product: counted tonnes, worth that the plan leaves out, how many arise."""

    def __init__(self, pack: Pack, catalogue: Catalogue, years: xr.Dataset) -> None:
        self.pack = pack
        data = years.sel(year=pack.base_year)
        metals = data.metal_end_of_life.rename(holder="product").sum("metal")
        used = data.end_of_life + metals.reindex(product=data["product"], fill_value=0.0)
        self.spread = spread_by_product(pack)
        products = [str(name) for name in data["product"].values]
        self.pieces = dict(zip(products, data.goods_end_of_life.sel(product=products).values.tolist(), strict=True))
        self.tonnes = {
            name: float(used.sel(product=name)) / pieces for name, pieces in self.pieces.items() if pieces > 0
        }
        counted = magnet_elements(pack)
        self.other = {
            kind.id: sum(
                triple[0] * kind.recoverable.get(element, 0.0)
                for element, triple in kind.paise.items()
                if element not in counted
            )
            for kind in catalogue.kinds
        }

    def cells(
        self, sales: Sequence[Got], reach: float, fetching: float
    ) -> tuple[list[Cell], dict[str, list[tuple[float, float]]], dict[str, int]]:
        """Return cells, (cost, tonnes) of each sale by kind of seller, and how many sales were left out by reason."""
        left_out: dict[str, int] = defaultdict(int)
        seen: dict[str, list[tuple[float, float]]] = defaultdict(list)
        months: dict[tuple[str, str], dict[str, list[tuple[float, float, int]]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for one in sales:
            why = self._why_not(one)
            if why:
                left_out[why] += 1
                continue
            tonnes = self.tonnes[one.goods] * one.pieces
            money = (one.paise - self.other.get(one.goods, 0.0) * one.pieces) / PAISE
            cost = money / tonnes + fetching
            seen[one.seller_kind].append((cost, tonnes))
            state = state_of(self.pack, one.place)
            months[state, one.goods][month(one.at_us, "UTC")].append((cost, tonnes, one.pieces))
        found = []
        for (state, product), listed in sorted(months.items()):
            share = float(self.spread.sel(product=product, place=state))
            arising = self.pieces[product] * share / 12 * reach
            cost = 0.0
            for name in _span(min(listed), max(listed)):
                sold = listed.get(name, [])
                cost = sum(c * t for c, t, _ in sold) / sum(t for _, t, _ in sold) if sold else cost
                found.append(Cell(state, product, name, cost, sum(n for _, _, n in sold) / arising, arising))
        return found, dict(seen), dict(left_out)

    def _why_not(self, one: Got) -> str:
        if not one.pieces or one.goods not in self.pieces:
            return "Sold by weight, or no product of the pack: what arises of it is not known."
        if one.goods not in self.tonnes or self.tonnes[one.goods] <= 0:
            return "By the pack nothing of it reaches end of life yet."
        if one.place not in self.pack.nouns.tables["places"]:
            return "Its place is none of the pack."
        state = state_of(self.pack, one.place)
        if state not in self.spread["place"].values or not float(self.spread.sel(product=one.goods, place=state)) > 0:
            return "By the pack nothing of it arises in its place."
        return ""


def overlay_rows(curve: Curve, pack: Pack, source: str) -> list[dict[str, str]]:
    """Return rows of an overlay (columns of a table of figures): the share of each step, its cost where it was seen."""
    states = len({cell.state for cell in curve.cells})
    note = (
        f"{len(curve.cells)} cells of product, state and month in {states} state{'s' if states != 1 else ''}, with the "
        f"pack's own range; spread between cells {curve.spread:.3g}"
    )
    if curve.over:
        note += f"; in {curve.over} cells more came in than arises by the pack, taken as all"
    confidence = "low" if len(curve.cells) < FEW_CELLS or states < FEW_STATES else "medium"
    before = {step.id: step for step in curve.prior}
    rows = []
    for step in curve.steps:
        row = {"period": "all", "then": "", "place": pack.place, "source": source, "confidence": confidence}
        old = before[step.id]
        rows.append(
            row | _values(step.share) | {"key": f"step.{step.id}.share", "unit": "1", "basis": "", "currency": "",
                                         "price_year": "", "note": f"{note}; before {old.share[0]:.6g}"}
        )  # fmt: skip
        if step.id in curve.measured:
            rows.append(
                row | _values(step.cost) | {"key": f"step.{step.id}.cost", "unit": f"{pack.currency}/t",
                                            "basis": "gross", "currency": pack.currency,
                                            "price_year": str(pack.price_year),
                                            "note": f"in money of the days of the sales; before {old.cost[0]:.6g}"}
            )  # fmt: skip
    return rows


def _values(of: tuple[float, float, float]) -> dict[str, str]:
    return {name: f"{number:.6g}" for name, number in zip(("value", "low", "high"), of, strict=True)}


def _span(first: str, last: str) -> list[str]:
    """Return the months from one to another, both included."""
    numbers = [int(name[:4]) * 12 + int(name[5:]) - 1 for name in (first, last)]
    return [f"{n // 12:04d}-{n % 12 + 1:02d}" for n in range(numbers[0], numbers[1] + 1)]
