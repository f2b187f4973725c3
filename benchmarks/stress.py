"""The weekly chain under a shock: its own bounds, and beside BoARIO 0.7.2.

All of the country's case (every user and grade, 104 weeks) under the full stop of half a year, from the ready pack:

- *draws*: 10,000 in two threads, a fresh process each for 1,000 and for 10,000; memory is the peak of the process.
- *at best*: the same weeks as one linear programme with foresight. *stockpile*: the stock for all episodes,
  and its curve.
- *BoARIO*: the nearest peer in what it does, on a made-up table of as many industries as we have goods, over the same
  728 days: in steps of a day, as it is meant to be run, and of a week, as ours. One run of theirs is one draw of ours;
  runs are counted by the second, without import and reading of either, ours in two threads, theirs as it is. It is no
  comparison of results: BoARIO reckons in money and cannot stop one edge alone. It runs in an environment of its own
  that ``make bench`` makes (requirements-bench-boario.lock).
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from chumbak.answer.shocks import prepare, shock_of
from chumbak.answer.weekly_case import weekly_case
from chumbak.answer.weekly_draws import central
from chumbak.pack import load
from chumbak.pack.episodes import list_episodes, read_episode
from chumbak.stress.best import FORESIGHT, best
from chumbak.stress.case import Case
from chumbak.stress.episode import Episode
from chumbak.stress.rules import Draws
from chumbak.stress.stockpile import stockpile

PEER = Path(sys.prefix) / "boario" / "bin" / "python"
EPISODE, START, WEEKS = "full-stop-6m", "2027-W14", 104
FEW, MANY = 1_000, 10_000
DRAWS_BOUND = 60.0  # seconds by the clock
FLAT = 150.0  # MB that 9,000 draws more may take: outputs kept and deviates, about 70 MB, and what sorting them takes
BEST_BOUND, STOCKPILE_BOUND = 60.0, 60.0  # seconds by the clock
FASTER = {1: 50.0, 7: 10.0}  # days a step of BoARIO: times as many runs a second
REGIONS, SECTORS, DAYS, REPEATS = 8, 12, 7 * WEEKS, 5  # 96 industries
THEIRS = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
import numpy as np, pandas as pd, pymrio
from boario import event
from boario.extended_models import ARIOPsiModel
from boario.simulation import Simulation
regions, sectors, days = {regions}, {sectors}, {days}
rng = np.random.default_rng(0)
index = pd.MultiIndex.from_product(
    [[f"r{{i:02d}}" for i in range(regions)], [f"s{{i:02d}}" for i in range(sectors)]], names=["region", "sector"])
finals = pd.MultiIndex.from_product(
    [[f"r{{i:02d}}" for i in range(regions)], ["final"]], names=["region", "category"])
size = len(index)
flows = pd.DataFrame(rng.uniform(0.2, 1.8, (size, size)), index=index, columns=index)
final = pd.DataFrame(rng.uniform(0.2, 1.8, (size, regions)) * size / regions, index=index, columns=finals)
table = pymrio.IOSystem(Z=flows, Y=final)
table.calc_all()
told = []
for days_a_step in {steps}:
    seconds = []
    for _ in range({repeats}):
        start = time.perf_counter()
        stocks = {{f"s{{i:02d}}": 30 for i in range(sectors)}}
        model = ARIOPsiModel(table, inventory_dict=stocks, temporal_units_by_step=days_a_step)
        simulation = Simulation(model, n_temporal_units_to_sim=days)
        hit = pd.Series(0.75, index=index[:1])
        simulation.add_event(event.from_series(
            hit, event_type="arbitrary", occurrence=7, duration=182, recovery_tau=30, recovery_function="linear"))
        simulation.loop()
        seconds.append(time.perf_counter() - start)
    made = simulation.production_realised.sum(axis=1)
    assert made.min() < 0.999 * made.iloc[0], "the event does nothing"
    told.append(sorted(seconds)[len(seconds) // 2])
print("\\n" + json.dumps(told))
"""


def peak() -> float:
    """Return the most memory this process held, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def draws(count: str) -> dict[str, float]:
    """Play so many draws: seconds by the clock and of the processors, MB of memory at the peak."""
    prepared = prepare(load("india"))
    shock_of(prepared, EPISODE, START, WEEKS, optimum=False)  # what is loaded once is
    clock, processors = time.perf_counter(), time.process_time()
    shock_of(prepared, EPISODE, START, WEEKS, draws=int(count), seed=1, optimum=False)
    return {
        "seconds": time.perf_counter() - clock, "processors": time.process_time() - processors, "peak": peak(),
    }  # fmt: skip


def at_best(_: str) -> dict[str, float]:
    """Solve the weeks with foresight: seconds by the clock, numbers decided."""
    case, (episode,) = _asked((EPISODE,))
    clock = time.perf_counter()
    found = best(case, episode, Draws.central(case), FORESIGHT)
    return {"seconds": time.perf_counter() - clock, "decided": sum(one.size for one in found.decisions.values())}


def stock(_: str) -> dict[str, float]:
    """Choose the stock for all episodes: seconds by the clock."""
    case, episodes = _asked()
    clock = time.perf_counter()
    found = stockpile(case, episodes)
    return {"seconds": time.perf_counter() - clock, "episodes": len(episodes), "points": found.sizes["point"]}


def _asked(names: tuple[str, ...] = ()) -> tuple[Case, list[Episode]]:
    """Return the case of the country and episodes of its pack, all if none is named."""
    prepared = prepare(load("india"))
    case = weekly_case(prepared.pack, prepared.ground, prepared.chain, START, WEEKS)
    files = [read_episode(prepared.pack, name) for name in names or list_episodes(prepared.pack)]
    return case, [central(case, file).episode for file in files]


MEASURES: dict[str, Callable[[str], dict[str, float]]] = {"draws": draws, "best": at_best, "stock": stock}


def in_fresh_process(what: str, argument: str = "") -> dict[str, float]:
    """Measure in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.stress", what, argument]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def theirs(python: Path) -> list[float]:
    """Run BoARIO in its own environment: seconds of a run, by days a step."""
    code = THEIRS.format(regions=REGIONS, sectors=SECTORS, days=DAYS, repeats=REPEATS, steps=list(FASTER))
    done = subprocess.run(
        [python, "-c", code], check=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    return [float(seconds) for seconds in json.loads(done.stdout.splitlines()[-1])]


def main(python: Path = PEER) -> int:
    """Measure and compare; return 1 if a bound is missed."""
    print(f"\nThe weekly chain: India, {EPISODE}, {WEEKS} weeks, all users and grades")
    few, many = in_fresh_process("draws", str(FEW)), in_fresh_process("draws", str(MANY))
    more = many["peak"] - few["peak"]
    told = f"{many['seconds']:6.1f} s   {many['processors']:6.1f} s of processors"
    missed = _verdict(f"{MANY:,} draws {told}", many["seconds"], DRAWS_BOUND, "s")
    told = (
        f"peak memory {few['peak']:,.0f} MB at {FEW:,} draws, {many['peak']:,.0f} MB at {MANY:,}: {more:,.0f} MB more"
    )
    missed |= _verdict(told, more, FLAT, "MB")
    best_of = in_fresh_process("best")
    told = f"with foresight {best_of['seconds']:6.1f} s   {best_of['decided']:,.0f} numbers decided"
    missed |= _verdict(told, best_of["seconds"], BEST_BOUND, "s")
    held = in_fresh_process("stock")
    told = f"stockpile {held['seconds']:6.1f} s   {held['episodes']} episodes, {held['points']} points of the curve"
    missed |= _verdict(told, held["seconds"], STOCKPILE_BOUND, "s")
    mine = MANY / many["seconds"]
    print(f"  {mine:,.0f} runs a second")
    if not python.exists():
        print(f"  SKIPPED: BoARIO is not installed in {python.parent.parent}: not compared.")
        return int(missed)
    for (days, faster), seconds in zip(FASTER.items(), theirs(python), strict=True):
        ratio = mine * seconds
        missed |= (slow := ratio < faster)
        step = "a day" if days == 1 else f"{days} days"
        told = f"BoARIO 0.7.2, {REGIONS * SECTORS} industries, {DAYS // days} steps of {step}"
        print(f"  {told}: {1 / seconds:,.1f} runs a second   {ratio:,.0f}x", end="   ")
        print(f"target {faster:g}x   {'MISSED' if slow else 'PASS'}", flush=True)
    return int(missed)


def _verdict(told: str, value: float, bound: float, unit: str) -> bool:
    """Print a line with its bound; say whether it is missed."""
    missed = value > bound
    print(f"  {told}   bound {bound:g} {unit}   {'MISSED' if missed else 'PASS'}", flush=True)
    return missed


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in MEASURES:
        print(json.dumps(MEASURES[sys.argv[1]](sys.argv[2])))
    else:
        sys.exit(main(*map(Path, sys.argv[1:])))
