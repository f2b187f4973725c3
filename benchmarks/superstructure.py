"""Superstructures: the published instance, and one of five stages and twenty-one options, by both objectives."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from chumbak.answer.superstructure_case import superstructure_case
from chumbak.pack import load
from chumbak.pack.superstructures import read_superstructure
from chumbak.superstructure.best import OBJECTIVES, best, by_enumeration
from chumbak.superstructure.case import Case

PUBLISHED = Path(__file__).parents[1] / "tests" / "superstructure" / "published.yaml"
COUNTS = (3, 4, 4, 5, 5)
BOUND = 1.0  # seconds


def grown(case: Case) -> Case:
    """Return a case of five stages and 21 options: those of the published one with figures moved a little."""
    random = np.random.default_rng(0)
    first, middle = case.options[0], [one for one in case.options if one.stage == 1]
    last = [one for one in case.options if one.stage == 2]
    starts = np.concatenate([[0], np.cumsum(COUNTS)])
    options = []
    for stage, count in enumerate(COUNTS):
        after = range(starts[stage + 1], starts[stage + 1] + COUNTS[stage + 1]) if stage + 1 < len(COUNTS) else ()
        pool = [first] if stage == 0 else last if stage == len(COUNTS) - 1 else middle
        for at in range(count):
            one = pool[at % len(pool)]
            times = random.uniform(0.7, 1.4, 3)
            units = one.units and replace(one.units, rate=one.units.rate * times[0], capital=1e4 * at, operators=1.0)
            options.append(replace(
                one, name=f"{stage}.{at}", stage=stage, after=tuple(after), units=units, per_kg=one.per_kg * times[1],
                capital=one.capital * times[2], keeps=one.keeps * random.uniform(0.9, 1.0),
            ))  # fmt: skip
    return replace(case, options=tuple(options), stages=tuple(str(stage) for stage in range(len(COUNTS))))


def main() -> int:
    """Print times; return 1 if the bound is missed."""
    pack = load("india")
    published = superstructure_case(read_superstructure(pack, str(PUBLISHED)), pack)
    missed = False
    print("\nSuperstructures, mixed-integer, gap 0")
    for name, case in (("published, 6 options", published), ("five stages, 21 options", grown(published))):
        for objective in OBJECTIVES:
            start = time.perf_counter()
            found = best(case, objective)
            seconds = time.perf_counter() - start
            same = by_enumeration(case, objective).path == found.outcome.path
            good = seconds <= BOUND and same
            missed |= not good
            told = f"{found.rounds} programmes of {found.columns} columns; {'the' if same else 'NOT the'} best of all"
            verdict = "ok    " if good else "MISSED"
            print(f"  {verdict} {name}, {objective:16s} {seconds:.2f} s (at most {BOUND:g}), {told}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
