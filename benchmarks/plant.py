"""Plants: a cascade of 144 stages, every ready flowsheet with its recycles, 1,000 draws with costs, the import.

- *cascade*: two products, 72 + 72 stages, separation factor 1.4, 5 % more organic than the least.
- *flowsheet*: each that comes along, read before and solved here; what a first solve keeps (a designed cut) is kept.
- *draws*: every figure with a range drawn, each draw solved as the central case is, and costed; on all cores.
- *import*: a fresh process that loads what solving and reading need.
"""

from __future__ import annotations

import subprocess
import sys
import time

from benchmarks.magnet import median
from chumbak.answer.plant_draws import plant_draws, processes
from chumbak.plant.costing import cost_of
from chumbak.plant.extraction.cascade import two_sections
from chumbak.plant.quantities import quantities
from chumbak.plant.ready import names, ready
from chumbak.plant.solving import solve

CASCADE_BOUND, SOLVE_BOUND, DRAWS_BOUND, IMPORT_BOUND = 10.0, 50.0, 60.0, 0.5  # ms, ms, s, s
DRAWS, BETA, HEAVY, OVER_LEAST = 1_000, 1.4, 0.75, 1.05
DRAWN = ("magnets_to_oxides_1t_day", "monazite_chloride_to_oxides")
LOAD = (
    "import time; t = time.perf_counter()\n"
    "import chumbak.plant.solving, chumbak.plant.reading, chumbak.plant.costing\n"
    "print(time.perf_counter() - t)"
)


def main() -> int:
    """Measure and say; return 1 if a target is missed."""
    organic = OVER_LEAST * (HEAVY + 1.0 / (BETA - 1.0))
    stages = 1e3 * median(lambda: two_sections([1 - HEAVY, HEAVY], [1.0, BETA], 72, 72, organic, HEAVY))
    missed = stages > CASCADE_BOUND
    print(f"plant: a cascade of 144 stages in {stages:.1f} ms (at most {CASCADE_BOUND:g})")
    for name in names():
        sheet = ready(name)
        solved = 1e3 * median(lambda sheet=sheet: solve(sheet), 5)  # type: ignore[misc]
        missed |= solved > SOLVE_BOUND
        print(f"plant: {name}, {len(sheet.steps)} steps, in {solved:.0f} ms (at most {SOLVE_BOUND:g})")
    for name in DRAWN:
        began = time.perf_counter()
        sheet = ready(name)
        with processes(DRAWS) as executor:
            every = [one.found for one in plant_draws(sheet, DRAWS, 0, quantities, executor)]
        cost_of(sheet, [one for one in every if one is not None])
        taken = time.perf_counter() - began
        missed |= taken > DRAWS_BOUND
        print(
            f"plant: {DRAWS:,} draws of {name} with costs in {taken:.0f} s (at most {DRAWS_BOUND:g}); "
            f"{sum(one is None for one in every)} of them cannot be"
        )
    loads = [
        float(subprocess.run([sys.executable, "-c", LOAD], capture_output=True, text=True, check=True).stdout)
        for _ in range(5)
    ]
    missed |= min(loads) > IMPORT_BOUND
    print(f"plant: imported in {min(loads):.2f} s, best of {len(loads)} (at most {IMPORT_BOUND:g})")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
