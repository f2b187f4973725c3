"""Solve a flowsheet: its recycles by fixed-point passes with Anderson mixing, and proof that every unit balances.

Steps are taken in an order in which, loops apart, every inlet is known; inside a loop, in the order in which the file
tells them, and the streams that run against that order are guessed (torn) and iterated. A solve is returned with its
residual, or it raises: there is no third way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from chumbak.plant.components import COMPONENTS, ELEMENTS, Array
from chumbak.plant.errors import NotConvergedError, PlantError
from chumbak.plant.flowsheet import Flowsheet, Step, faults_of
from chumbak.plant.stream import SHAPE, Stream, empty, mixed
from chumbak.plant.unit import Result, imbalance

CLOSED = 1e-9  # relative: what a balance may be off by, of the element's own flow
TEAR = 1e-10  # relative: what a torn stream may differ by from what comes back, of what enters the loop
PASSES = 400
_MOST_ROUND = 1e6  # times what enters a loop: what goes round in it, beyond which nothing is said to leave
_MEMORY = 8  # earlier passes that Anderson mixing looks at


@dataclass(frozen=True)
class Solution:
    """A solved flowsheet: every stream (kg/h), what each step did, and how well it closes.

    ``residual`` is the largest mismatch of a torn stream, relative to what it holds of that element or to what enters
    its loop, whichever is less, and ``imbalance`` the largest of any unit or of the whole plant, relative to what it
    takes in of that element; ``passes`` counts passes through loops; ``scale`` is what the feeds were multiplied by.
    """

    flowsheet: Flowsheet
    streams: Mapping[str, Stream]
    results: Mapping[str, Result]
    residual: float
    imbalance: float
    passes: int
    scale: float = 1.0

    def drawn(self) -> dict[str, Stream]:
        """Return what the plant takes from outside beside its feeds, by what is bought, kg/h."""
        bought: dict[str, Stream] = {}
        for result in self.results.values():
            for name, stream in result.drawn.items():
                bought[name] = mixed((bought[name], stream)) if name in bought else stream
        return bought

    def leaving(self) -> dict[str, Stream]:
        """Return the streams that leave the plant, kg/h."""
        taken = {name for step in self.flowsheet.steps for names in step.inlets.values() for name in names}
        return {name: stream for name, stream in self.streams.items() if name not in taken}


def solve(sheet: Flowsheet) -> Solution:
    """Solve a flowsheet, with its feeds scaled to its target if it has one.

    Raises ``PlantError`` where it cannot be and ``NotConvergedError`` where a loop or the scaling does not settle.
    """
    if not isinstance(sheet, Flowsheet):
        raise PlantError(f"{sheet!r:.60} is no flowsheet; make one with load(FILE.yaml), ready(NAME) or read(mapping)")
    faults = faults_of(sheet)
    if faults:
        raise PlantError("; ".join(faults))
    if sheet.target is None:
        return _pass_through(sheet, sheet.feeds, 1.0)
    target, scale = sheet.target, 1.0
    streams = "', '".join(target.streams)
    before: Mapping[str, Stream] = {}
    passes = 0
    for _ in range(30):
        solved = _pass_through(sheet, _scaled(sheet, scale), scale, before)
        passes += solved.passes
        made = sum(solved.streams[name].total(target.component) for name in target.streams)
        if made <= 0:
            what = f"'{target.component}' in the stream" if target.component else "the stream"
            raise PlantError(f"the feeds cannot be scaled: {what} '{streams}' is empty")
        if abs(made / target.flow - 1.0) < CLOSED:
            return replace(solved, passes=passes)
        by = target.flow / made
        scale *= by
        # Most plants are linear in their feeds, so the loops of the scaled plant start next to where they settle.
        before = {name: replace(one, flow=one.flow * by) for name, one in solved.streams.items()}
    raise NotConvergedError(
        f"the feeds could not be scaled to {target.flow:g} kg/h of '{streams}': it stays at {made:g} kg/h",
        abs(made / target.flow - 1.0),
    )


def _scaled(sheet: Flowsheet, scale: float) -> dict[str, Stream]:
    return {
        name: replace(feed, flow=feed.flow * scale) if name in sheet.scaled else feed
        for name, feed in sheet.feeds.items()
    }


def groups(sheet: Flowsheet) -> list[list[Step]]:
    """Return the steps in the order of solving: alone, or together where they are in one loop."""
    made = {name: at for at, step in enumerate(sheet.steps) for name in step.outlets.values()}
    edges = [
        (made[name], at)
        for at, step in enumerate(sheet.steps)
        for names in step.inlets.values()
        for name in names
        if name in made
    ]
    size = len(sheet.steps)
    graph = coo_array((np.ones(len(edges)), tuple(np.array(edges, dtype=int).reshape(-1, 2).T)), shape=(size, size))
    _, label = connected_components(graph, directed=True, connection="strong")
    order: TopologicalSorter[int] = TopologicalSorter({int(one): set() for one in label})
    for before, after in edges:
        if label[before] != label[after]:
            order.add(int(label[after]), int(label[before]))
    members: dict[int, list[Step]] = {int(one): [] for one in label}
    for at, step in enumerate(sheet.steps):
        members[int(label[at])].append(step)
    return [members[one] for one in order.static_order()]


def torn(group: list[Step]) -> list[str]:
    """Return the streams that run against the order of a group: what has to be guessed."""
    after = {name: at for at, step in enumerate(group) for name in step.outlets.values()}
    return [
        name
        for at, step in enumerate(group)
        for names in step.inlets.values()
        for name in names
        if after.get(name, -1) >= at
    ]


def _pass_through(
    sheet: Flowsheet, feeds: Mapping[str, Stream], scale: float, before: Mapping[str, Stream] | None = None
) -> Solution:
    """Solve a flowsheet for its feeds. ``before`` are streams that its loops may start from."""
    streams: dict[str, Stream] = {**(before or {}), **feeds}
    results: dict[str, Result] = {}
    residual, passes = 0.0, 0
    for group in groups(sheet):
        tears = torn(group)
        if not tears:
            _run(group, streams, results)
            continue
        off, count = _settle(group, tears, streams, results)
        residual, passes = max(residual, off), passes + count
    solution = Solution(sheet, streams, results, residual, 0.0, passes, scale)
    return replace(solution, imbalance=_proof(solution))


def _run(group: list[Step], streams: dict[str, Stream], results: dict[str, Result]) -> None:
    for step in group:
        inlets = {
            port: streams[names[0]] if len(names) == 1 else mixed(streams[name] for name in names)
            for port, names in step.inlets.items()
        }
        try:
            result = step.kind.run(inlets, step.values)
        except NotConvergedError as error:
            raise NotConvergedError(f"step '{step.name}' ({step.kind.words}): {error}", error.residual) from error
        except PlantError as error:
            raise PlantError(f"step '{step.name}' ({step.kind.words}): {error}") from error
        results[step.name] = result
        for port, name in step.outlets.items():
            streams[name] = result.outlets[port]


def _settle(
    group: list[Step], tears: list[str], streams: dict[str, Stream], results: dict[str, Result]
) -> tuple[float, int]:
    """Pass through a loop until what comes back is what was guessed. Returns the residual and the passes it took.

    Anderson mixing, over the flows that are not zero: a pass is nearly linear in them, and a loop that returns 95 % of
    what enters it would take hundreds of plain passes.
    """
    size = SHAPE[0] * SHAPE[1]
    starts = [streams.get(name, empty()) for name in tears]
    guess = np.concatenate([one.flow.ravel() for one in starts])
    warmth = {name: one.temperature for name, one in zip(tears, starts, strict=True)}
    xs: list[Array] = []
    fs: list[Array] = []
    growing, off, grown = np.zeros_like(guess), np.inf, 0.0
    for count in range(1, PASSES + 1):
        for at, name in enumerate(tears):
            streams[name] = Stream(guess[at * size : (at + 1) * size].reshape(SHAPE), warmth[name])
        _run(group, streams, results)
        back = np.concatenate([streams[name].flow.ravel() for name in tears])
        warmer = {name: streams[name].temperature for name in tears}
        step = back - guess
        entering = _entering(group, streams, results)
        off = _mismatch(step.reshape(-1, *SHAPE), back.reshape(-1, *SHAPE), entering)
        if count == 2:  # a plain pass: what still grows in it is what has no way out
            growing, grown = step, off
        if not np.isfinite(off) or back.sum() > _MOST_ROUND * entering.sum():
            off = max(off, grown)  # at such flows rounding hides the mismatch
            break
        if off < TEAR and all(abs(warmer[name] - warmth[name]) < 1e-6 for name in tears):
            return off, count
        warmth = warmer
        xs, fs = [*xs[-_MEMORY:], guess], [*fs[-_MEMORY:], step]
        guess = np.maximum(_mixed_step(xs, fs), 0.0)
    raise NotConvergedError(_growing(group, growing.reshape(-1, *SHAPE), off), float(off))


def _mixed_step(xs: list[Array], fs: list[Array]) -> Array:
    best: Array = xs[-1] + fs[-1]
    if len(xs) < 3:  # plain passes first: they fill the loop
        return best
    live = np.flatnonzero(np.any(np.array(fs) != 0.0, axis=0))
    changes = np.array([(f - fs[-1])[live] for f in fs[:-1]]).T
    moves = np.array([(x - xs[-1])[live] for x in xs[:-1]]).T
    weight = 1.0 / np.maximum(np.abs(xs[-1][live]), 1e-12 * np.abs(xs[-1][live]).max(initial=1.0))
    share, *_ = np.linalg.lstsq(changes * weight[:, None], -fs[-1][live] * weight, rcond=1e-12)
    best[live] += (moves + changes) @ share
    return best


def _entering(group: list[Step], streams: Mapping[str, Stream], results: Mapping[str, Result]) -> Array:
    """Return what enters a loop from outside it, kg/h (element)."""
    inside = {name for step in group for name in step.outlets.values()}
    entering = [
        streams[name] for step in group for names in step.inlets.values() for name in names if name not in inside
    ]
    entering += [stream for step in group for stream in results[step.name].drawn.values()]
    return mixed(entering).elements()


def _mismatch(steps: Array, back: Array, entering: Array) -> float:
    """Return the largest mismatch of torn streams (stream, component, element), relative by element.

    That is to what enters the loop (element), or to what comes back where that is less: a step that takes it must
    balance too.
    """
    worst = np.abs(steps).sum(axis=1)
    floor = CLOSED * entering.sum() if entering.sum() > 0 else 1.0
    return float((worst / np.maximum(np.minimum(entering, back.sum(axis=1)), floor)).max())


def _growing(group: list[Step], steps: Array, off: float) -> str:
    loop = " -> ".join(f"'{step.name}'" for step in group)
    text = f"the loop {loop} does not settle (residual {off:.2g})"
    gain = steps.sum(axis=0)
    at = np.unravel_index(int(np.argmax(gain)), SHAPE)
    if gain[at] > 0:
        text += (
            f": {ELEMENTS[at[1]]} in '{COMPONENTS[at[0]]}' grows by {gain[at]:.3g} kg/h in a pass; what comes round "
            "must leave somewhere, so add a bleed or a step that takes it out"
        )
    return text


def _proof(solution: Solution) -> float:
    """Check every unit and the whole plant, by element. Returns the worst, relative. Raises ``PlantError``."""
    worst = 0.0
    sheet = solution.flowsheet
    for step in sheet.steps:
        inlets = {f"{port}.{name}": solution.streams[name] for port, names in step.inlets.items() for name in names}
        result = solution.results[step.name]
        worst = max(worst, _off(f"step '{step.name}' ({step.kind.words})", inlets, result))
        through = sum(one.total() for one in (*inlets.values(), *result.drawn.values()))
        for port, stream in (*result.outlets.items(), *result.drawn.items()):
            _nothing_negative(f"step '{step.name}', '{port}'", stream, through)
    whole = Result(solution.leaving(), solution.drawn())
    return max(worst, _off("the plant as a whole", {name: solution.streams[name] for name in sheet.feeds}, whole))


def _off(where: str, inlets: Mapping[str, Stream], result: Result) -> float:
    gone = np.abs(imbalance(inlets, result))
    through = sum((one.elements() for one in (*inlets.values(), *result.drawn.values())), start=np.zeros(len(ELEMENTS)))
    total = through.sum()
    if total <= 0:
        return 0.0
    relative = gone / np.maximum(through, 1e-9 * total)
    at = int(np.argmax(relative))
    if not relative[at] <= CLOSED:
        raise PlantError(
            f"{where} does not balance: {gone[at]:.3g} kg/h of {ELEMENTS[at]} out of {through[at]:.6g} is lost or made"
        )
    return float(relative[at])


def _nothing_negative(where: str, stream: Stream, through: float) -> None:
    """Refuse a flow below zero by more than rounding, of the stream or of what passes ``through`` its step, kg/h."""
    least = float(stream.flow.min())
    if least < -1e-9 * max(stream.flow.sum(), 1e-300) and least < -1e-13 * through:
        at = np.unravel_index(int(np.argmin(stream.flow)), SHAPE)
        raise PlantError(
            f"{where}: {least:.3g} kg/h of {ELEMENTS[at[1]]} in '{COMPONENTS[at[0]]}' is negative: the step is asked "
            "to take out more than comes in"
        )
