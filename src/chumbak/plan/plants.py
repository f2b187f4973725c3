"""Plants: what can be built, what stands, and how the output of a plant follows from the decision to build it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from chumbak.chain.supply import RAMP, Numbers, run_up
from chumbak.plan.lookup import MILLION, Lookup, Setting
from chumbak.plan.network import Network
from chumbak.plan.places import Split

STANDING = ("existing", "committed")  # what the plan starts from; what is announced it may build, or not
FIGURES = (
    "plant_capital", "plant_fixed", "plant_variable", "plant_electricity", "plant_lead", "plant_life", "plant_least",
    "plant_jobs", "plant_availability", "plant_growth", "plant_step", "plant_emissions",
)  # fmt: skip
SCALE = ("plant_reference", "plant_scale", "plant_most")  # what a plan of whole plants takes beside them, if known
INPUTS = (*FIGURES, *SCALE, *RAMP, "plant_standing", "project_capacity", "project_start", "block_share", "stays_home")


@dataclass(frozen=True, eq=False)
class Plants:
    """Kinds of plant. ``use`` (plant, activity, year): t that count against the capacity per t of the activity.

    ``least`` and ``most`` are the smallest and largest single plant, ``reference`` the size at which ``capital`` holds,
    all t/year, and ``scale`` the exponent of its cost: NaN where the pack has none.
    ``standing`` and ``awarded`` (plant, region, year) are t/year of nameplate-equivalent capacity that is there without
    a decision; ``awarded_online`` is the awarded that stands, run up or not; ``blocks`` has both of each block over
    (plant, year). ``level`` (plant, decided,
    year) is the output of a plant over its capacity, ``online`` the share of the year that it stands, ``ended`` the
    share of it that its life has ended, by the year of the decision.
    """

    names: tuple[str, ...]
    stage: tuple[str, ...]
    use: np.ndarray
    capital: np.ndarray
    fixed: np.ndarray
    variable: np.ndarray
    electricity: np.ndarray
    lead: np.ndarray
    life: np.ndarray
    least: np.ndarray
    reference: np.ndarray
    scale: np.ndarray
    most: np.ndarray
    jobs: np.ndarray
    availability: np.ndarray
    growth: np.ndarray
    step: np.ndarray
    emissions: np.ndarray
    standing: np.ndarray
    awarded: np.ndarray
    awarded_online: np.ndarray
    blocks: Mapping[str, tuple[np.ndarray, np.ndarray]]
    level: np.ndarray
    online: np.ndarray
    ended: np.ndarray

    @property
    def awarded_whole(self) -> np.ndarray:
        """Return awarded capacity that costs its keep: what stands, and no less than what can be retired of it."""
        found: np.ndarray = np.maximum(self.awarded, self.awarded_online)
        return found


def make_plants(
    look: Lookup, net: Network, setting: Setting, decided: np.ndarray, apart: Split, arising: np.ndarray
) -> Plants:
    """Return the plants of the pack.

    ``decided`` are the years of a decision. What stands at no known place is spread as what takes its goods stands, if
    none of these is carried; or, if it opens used goods, as these arise in the first year, ``arising`` t (region,), in
    any measure; or else over sites, as ``apart`` says.
    """
    nouns = look.nouns
    names = tuple(nouns.ids("plants"))
    figures = {name: look.all(name, "plant", names) for name in FIGURES}
    known = {name: np.array([look.find(name, plant=plant)[0] for plant in names]) for name in SCALE}
    _check(look, names, figures)
    _check_scale(look, names, figures["plant_least"], *known.values())
    use = _use(look, net, names)
    lead, life, availability = figures["plant_lead"], figures["plant_life"], figures["plant_availability"]
    begins = decided[None, :] + lead[:, None]  # (plant, decided)
    ramps = [nouns.cell("plants", name, "ramp") for name in names]
    levels = [look.all(level, "ramp", ramps)[:, None, None] for level in RAMP]
    level = run_up(begins[..., None], levels, look.years.astype(float))
    online = run_up(begins[..., None], [], look.years.astype(float))
    ended = run_up((begins + life[:, None])[..., None], [], look.years.astype(float))
    shape = (len(names), len(apart.names), len(look.years))
    opens: Numbers = np.asarray((use[:, net.opening()] > 0).any(axis=(1, 2)))
    standing, awarded, stands = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    blocks: dict[str, tuple[Numbers, Numbers]] = {}
    chain = _by_label(setting, look.years)
    for project, cells in nouns.tables["projects"].items():
        where = _region(look, cells["place"], apart.lies, apart.unplaced)[:, None]
        capacity = _capacity(look, net, setting, chain, project, use)
        effective = capacity * chain.output[project] / np.maximum(availability, SMALL)[:, None]
        if cells["status"] in STANDING:
            standing += effective[:, None] * where
        elif cells["status"] == "announced" and cells["block"]:
            nameplate = _nameplate(look, project, cells["block"]) * capacity
            awarded += effective[:, None] * where
            stands += nameplate[:, None] * where
            before = blocks.get(cells["block"], (0.0, 0.0))
            blocks[cells["block"]] = before[0] + effective, before[1] + nameplate
    placed = standing.sum(axis=2)
    for at, name in enumerate(names):
        if look.has("plant_standing", plant=name):
            weight = arising if opens[at] else placed[_takers(net, use, at)].sum(axis=0)
            where = weight / weight.sum() if weight.any() else apart.unplaced
            standing[at] += look.find("plant_standing", plant=name) * where[:, None]
    return Plants(
        names=names, stage=tuple(nouns.cell("plants", name, "stage") for name in names), use=use,
        capital=figures["plant_capital"] / MILLION, fixed=figures["plant_fixed"],
        variable=figures["plant_variable"] / MILLION, electricity=figures["plant_electricity"],
        lead=lead, life=life, least=figures["plant_least"], reference=known["plant_reference"],
        scale=known["plant_scale"], most=known["plant_most"], jobs=figures["plant_jobs"], availability=availability,
        growth=figures["plant_growth"], step=figures["plant_step"], emissions=figures["plant_emissions"],
        standing=standing, awarded=awarded, awarded_online=stands, blocks=blocks,
        # what has ended is taken off whole: a life shorter than the run-up must not leave less than nothing
        level=np.maximum(level, ended), online=online, ended=ended,
    )  # fmt: skip


SMALL = 1e-9
HOLDS = {  # of a plant's figure: its key, what it has to be, and whether it is
    "plant_availability": ("availability", "above 0 and at most 1", lambda value: 0 < value <= 1),
    "plant_lead": ("lead", "zero years or more", lambda value: value >= 0),
    "plant_life": ("life", "more than no years", lambda value: value > 0),
}


def _check(look: Lookup, names: tuple[str, ...], figures: Mapping[str, Numbers]) -> None:
    """Note what no plant can be: one that never turns out anything, or ends before it begins."""
    for figure, (key, bound, holds) in HOLDS.items():
        for name, value in zip(names, figures[figure], strict=True):
            if not holds(value):
                what = f"plant.{name}.{key} is {value:g}; it has to be {bound}"
                look.faults.add((look.pack, 0), "key", "no-such-plant", what, "Mend the figure.")


def _check_scale(
    look: Lookup, names: tuple[str, ...], least: Numbers, reference: Numbers, scale: Numbers, most: Numbers
) -> None:
    """Note a size at which capital holds without its exponent, or the other way round, and a largest plant too small.

    A largest plant says nothing without them.
    """
    for at, name in enumerate(names):
        known = np.isfinite([reference[at], scale[at]])
        if known.any() != known.all() or (np.isfinite(most[at]) and not known.all()):
            what = f"plant.{name} has some of the figures reference, scale and most, and not both of the first two"
            look.faults.add((look.pack, 0), "key", "half-a-scale", what, "Say both of them, or none.")
        elif most[at] < least[at]:
            what = f"plant.{name}.most is {most[at]:g}, less than plant.{name}.least, {least[at]:g}"
            look.faults.add((look.pack, 0), "key", "no-such-plant", what, "Mend one of the two.")


def _use(look: Lookup, net: Network, names: tuple[str, ...]) -> np.ndarray:
    """Return what a tonne of each activity counts for against each plant, (plant, activity, year).

    Raises nothing: an activity that no plant counts runs inside the plants that do.
    """
    found = np.zeros((len(names), len(net.activities), len(look.years)))
    for cells in look.nouns.tables["uses"].values():
        counted, at = cells["counted"].split(), names.index(cells["plant"])
        for activity, (process, _) in enumerate(net.activities):
            if net.template[process] == cells["process"]:
                found[at, activity] += sum((_amount(net, activity, material) for material in counted), 0.0)
    return found


def _amount(net: Network, activity: int, template: str) -> np.ndarray:
    """Return the tonnes of a material that an activity takes or turns out, over the years."""
    amount = np.zeros(len(net.years))
    for row in np.flatnonzero(net.flow_activity == activity):
        material = net.goods[net.flow_good[row]][0]
        if template in (material, net.template[material]):
            amount = amount + np.abs(net.flow_amount[row])
    for at, material in enumerate(net.materials):
        if template in (material, net.template[material]):
            amount = amount + net.taken[activity, at] + net.turned_out[activity, at]
    return amount


def _takers(net: Network, use: np.ndarray, plant: int) -> Numbers:
    """Say which other plants take what one turns out, (plant,); none if any of that is carried from place to place."""
    counts = use.max(axis=2) > 0  # (plant, activity)
    made = net.flow_good[(net.flow_amount.max(axis=1) > 0) & counts[plant, net.flow_activity]]
    taken = np.isin(net.flow_good, made) & (net.flow_amount.min(axis=1) < 0)
    found: Numbers = counts[:, net.flow_activity[taken]].any(axis=1) & ~net.carried()[made].any()
    found[plant] = False
    return found


def _region(look: Lookup, place: str, states: Mapping[str, int], makers: np.ndarray) -> np.ndarray:
    """Return the share of a project that lies in each region."""
    if not place:
        return makers
    state = place if place in states else look.nouns.cell("places", place, "parent")
    found: np.ndarray = np.eye(len(makers))[states[state]]
    return found


def _nameplate(look: Lookup, project: str, block: str) -> np.ndarray:
    """Return the capacity of a project of an awarded block that stands in each year, t of its material."""
    figures = {name: look.number(name, "a project", project=project) for name in ("project_capacity", "stays_home")}
    share = look.number("block_share", "the block of a project", block=block)
    start = look.number("project_start", "a project", project=project)
    stands: np.ndarray = run_up(np.array(start), [], look.years.astype(float))
    capacity: np.ndarray = figures["project_capacity"] * figures["stays_home"] * share * stands
    return capacity


@dataclass(frozen=True, eq=False)
class _Chain:
    """What the capacity of projects follows from, (year,) by label: to ask labelled arrays for each takes far longer.

    ``output`` by project; ``need`` of magnets by grade, t; ``runs`` by process and grade, per t of finished magnet.
    """

    output: Mapping[str, np.ndarray]
    need: Mapping[str, np.ndarray]
    runs: Mapping[str, Mapping[str, np.ndarray]]


def _by_label(setting: Setting, years: np.ndarray) -> _Chain:
    output, runs = setting.output.sel(year=years), setting.activity.sel(year=years)
    need = setting.need.sel(year=years).sum("product")
    grades = runs["grade"].values.tolist()
    return _Chain(
        dict(zip(output["project"].values.tolist(), output.transpose("project", "year").values, strict=True)),
        dict(zip(need["grade"].values.tolist(), need.transpose("grade", "year").values, strict=True)),
        {process: dict(zip(grades, rows, strict=True)) for process, rows in zip(
            runs["process"].values.tolist(), runs.transpose("process", "grade", "year").values, strict=True)},
    )  # fmt: skip


def _capacity(look: Lookup, net: Network, setting: Setting, chain: _Chain, project: str, use: np.ndarray) -> np.ndarray:
    """Return the capacity of every plant that a project brings per tonne of its material, (plant, year).

    A project of one rung brings what makes its material; where that process is not counted itself (blending, casting
    inside a plant), what makes its inputs. An integrated project brings the plants of all rungs it covers.
    """
    cells = look.nouns.tables["projects"][project]
    mains = _mains(net, setting, cells["material"])
    found = np.zeros((len(use), len(look.years)))
    if not mains:
        return found
    grades = [net.grade[process] for process in mains]
    weight = _weights(chain, grades, len(look.years))
    for process, share in zip(mains, weight, strict=True):
        found += share * _for_one(net, process, use, 1.0)
    if not cells["from_stage"] or cells["from_stage"] == cells["stage"]:
        return found
    stages = look.nouns.ids("stages")
    covered = stages[stages.index(cells["from_stage"]) : stages.index(cells["stage"])]
    for activity, (process, colour) in enumerate(net.activities):
        if colour != "home" or net.stage[process] not in covered or process not in chain.runs:
            continue
        if cells["takes"] and not _starts_from(net, process, cells["takes"]):
            continue
        for grade, share in zip(grades, weight, strict=True):
            found += use[:, activity] * share * chain.runs[process][grade]
    return found


def _mains(net: Network, setting: Setting, material: str) -> list[str]:
    """Return the processes whose main product, or feed, is the material or of its template."""
    chain = setting.chain
    run = {process for process, _ in net.activities}
    rows = zip(chain["process"].values.tolist(), chain["process_main"].values.tolist(), strict=True)
    return [process for process, main in rows if process in run and material in (main, net.template[main])]


def _weights(chain: _Chain, grades: list[str], years: int) -> np.ndarray:
    """Return the shares in which a project makes several materials: as the grades are needed, or evenly."""
    if not all(grades):
        return np.full((len(grades), years), 1 / len(grades))
    need = np.array([chain.need[grade] for grade in grades])
    total = need.sum(axis=0)
    found: np.ndarray = np.where(total > 0, need / np.where(total > 0, total, 1.0), 1 / len(grades))
    return found


def _for_one(net: Network, process: str, use: np.ndarray, amount: float | np.ndarray) -> np.ndarray:
    """Return the capacity of every plant for ``amount`` t of a process, with what lies behind it in the same plant."""
    activity = next(at for at, (name, _) in enumerate(net.activities) if name == process)
    found: np.ndarray = use[:, activity] * amount
    if found.any():
        return found
    for row in np.flatnonzero(net.flow_activity == activity):
        if net.flow_amount[row].min() >= 0:
            continue
        for maker, made in net.makers(net.goods[net.flow_good[row]][0]):
            if net.activities[maker][1] != "foreign" and net.stage[net.activities[maker][0]] == net.stage[process]:
                per_tonne = np.abs(net.flow_amount[row]) * amount / np.maximum(made, SMALL)
                found = np.maximum(found, use[:, maker] * per_tonne)
    return found


def _starts_from(net: Network, process: str, oxide: str) -> bool:
    """Say whether a process takes in the oxide a plant starts from, or no oxide at all."""
    activity = next(at for at, (name, _) in enumerate(net.activities) if name == process)
    taken = [net.goods[net.flow_good[row]][0] for row in np.flatnonzero(net.flow_activity == activity)
             if net.flow_amount[row].min() < 0]  # fmt: skip
    return oxide in taken or all(net.stage[material] != net.stage[oxide] for material in taken)
