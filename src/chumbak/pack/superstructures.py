"""Superstructures of a pack: which technology at each stage, as data in ``superstructures/*.yaml``. Reading, checking.

docs/superstructure.md shows the form, field by field. Numbers are plain (in the unit of the field) or have value, low,
high, unit, source, confidence and note. What is not said of a number's source is taken from the part around it, and
at last from the superstructure; every number needs one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import AfterValidator, Field

from chumbak.pack.faults import Faults, did_you_mean
from chumbak.pack.forms import (
    Line,
    Name,
    Number,
    Path_,
    Reading,
    Share,
    Sourced,
    Text,
    find_document,
    list_documents,
    measured,
    numbers,
    read_form,
)
from chumbak.pack.pack import Pack

FOLDER = "superstructures"
MOST = 1e15
MOST_OPTIONS, MOST_POINTS = 200, 50
UPFRONT = 1e-6  # by how much what is spent may miss 1


def _amount(*units: str, least: float = 0.0) -> AfterValidator:
    return AfterValidator(measured(least, MOST, *units, bare=True))


Plain = Annotated[Number, _amount("1")]
Signed = Annotated[Number, _amount("1", least=-MOST)]
Mass = Annotated[Number, _amount("kg")]
Yearly = Annotated[Number, _amount("money/year", least=-MOST)]
PerKg = Annotated[Number, _amount("money/kg", least=-MOST)]
Money = Annotated[Number, _amount("money")]
Rise = Annotated[Number, AfterValidator(measured(-0.5, 1.0, "1", "1/year", bare=True))]
Factor = Annotated[Number, AfterValidator(measured(0.0, 100.0, "1", bare=True))]


class FeedForm(Sourced):
    """What comes in: units a year that are there, the part collected, what one costs, kg of each component in it."""

    unit: Line
    cost: Annotated[Number, _amount("money", least=-MOST)]
    collected: Share
    available: dict[int, Plain] = Field(min_length=1)
    holds: dict[Name, Mass] = Field(min_length=1)


class UnitsForm(Sourced):
    """A technology of whole units: what one takes a year (units of feed), costs, costs a year, and asks of people."""

    rate: Annotated[Number, AfterValidator(measured(1e-9, MOST, "1", "1/year", bare=True))]
    capital: Money
    yearly: Yearly
    operators: Plain


class OptionForm(Sourced):
    """A technology of a stage."""

    name: Name
    title: Line
    keeps: dict[Name, Share]
    to: list[Name] | None = None  # every option of the next stage
    units: UnitsForm | None = None
    operators: Plain | None = None
    per_kg: PerKg | None = None
    yearly: Yearly | None = None
    equipment: list[list[float]] = Field(default_factory=list, max_length=MOST_POINTS)
    prices: dict[Name, PerKg] = Field(default_factory=dict)
    byproducts: dict[Name, Plain] = Field(default_factory=dict)
    impact: Signed | None = None


class StageForm(Sourced):
    """A stage: one of its options is taken."""

    name: Name
    title: Line
    options: list[OptionForm] = Field(min_length=1)


class FinanceForm(Sourced):
    """What turns equipment, people and sales into cash."""

    lang: Factor
    financing: Factor
    other: Factor
    spent: list[Share] = Field(min_length=1, max_length=20)
    discount: Rise
    running_rise: Rise
    capital_rise: Rise
    upkeep: Factor
    taxes: Factor
    quality: Factor
    administration: Factor
    fringe: Factor
    sales: Share
    overhead: Factor


class ImpactForm(Sourced):
    """Impact of all options, in a unit, and the most of it over all years."""

    unit: Line
    most: Signed | None = None


class SuperstructureForm(Sourced):
    """Stages with their technologies, and the money of a plant."""

    title: Line
    description: Text
    price_year: int = Field(ge=1900, le=2200)
    start: int = Field(ge=1900, le=2200)
    feed: FeedForm
    stages: list[StageForm] = Field(min_length=1)
    byproducts: dict[Name, PerKg] = Field(default_factory=dict)
    wage: Yearly
    finance: FinanceForm
    impact: ImpactForm | None = None


@dataclass(frozen=True)
class SuperstructureFile:
    """A superstructure with its name and the file it was read from."""

    name: str
    shown: str
    form: SuperstructureForm


def list_superstructures(pack: Pack) -> list[str]:
    """Return the names of a pack's superstructures."""
    return list_documents(pack, FOLDER)


def read_superstructure(pack: Pack, name: str) -> SuperstructureFile:
    """Return a superstructure of a pack, or of the file of that path. Raises ``PackError`` with every fault."""
    faults, own = Faults(), Path(name)
    given = own.suffix in (".yaml", ".yml")
    shown = str(own) if given else find_document(pack, FOLDER, name, "superstructure")
    read = read_form(SuperstructureForm, own if given else pack.path / shown, shown, pack, faults)
    if read is not None:
        _check(read)
        for path, _, told in numbers(read.form):
            read.check_source(path, told, pack.place)
    faults.stop_if_any()
    assert read is not None
    return SuperstructureFile(own.stem if given else name, shown, read.form)


def _check(read: Reading[SuperstructureForm]) -> None:
    """Note what hangs together wrongly: years, names, connections, components, sizes of equipment."""
    form = read.form
    for year in form.feed.available:
        if year <= form.start:
            what = f"feed comes in {year}, and building begins in {form.start}"
            read.wrong(("feed", "available", year), "years-order", what, "A plant runs from the year after it on.")
    if not max(one.value for one in form.feed.available.values()) * form.feed.collected.value > 0:
        read.wrong(("feed",), "no-feed", "no feed comes in", "Say how much there is, and which part is collected.")
    if abs(sum(one.value for one in form.finance.spent) - 1) > UPFRONT:
        what = f"capital spent sums to {sum(one.value for one in form.finance.spent):.6g}, not to 1"
        read.wrong(("finance", "spent"), "shares-do-not-sum", what, "Mend one of them.")
    seen: list[str] = []
    for stage, one in enumerate(form.stages):
        for at, option in enumerate(one.options):
            path: Path_ = ("stages", stage, "options", at)
            if option.name in seen:
                what = f"'{option.name}' stands twice"
                read.wrong((*path, "name"), "duplicate-name", what, "Give each option its own name.")
            seen.append(option.name)
            _check_option(read, path, stage, option)
    if len(seen) > MOST_OPTIONS:
        what = f"there are {len(seen)} options"
        read.wrong(("stages",), "too-many-options", what, f"At most {MOST_OPTIONS} are taken.")
    _check_reached(read)


def _check_option(read: Reading[SuperstructureForm], path: Path_, stage: int, option: OptionForm) -> None:
    form, last = read.form, stage == len(read.form.stages) - 1
    components, byproducts = list(form.feed.holds), list(form.byproducts)
    _check_names(read, (*path, "keeps"), option.keeps, components, needed=True)
    _check_names(read, (*path, "byproducts"), option.byproducts, byproducts)
    if last:
        _check_names(read, (*path, "prices"), option.prices, components, needed=True)
        if option.to:
            read.wrong((*path, "to"), "nothing-follows", "this is the last stage", "Leave 'to' out.")
    else:
        follows = [one.name for one in form.stages[stage + 1].options]
        if option.to == []:
            mend = "Name options of the next stage, leave 'to' out for all of them, or leave this option out."
            read.wrong((*path, "to"), "nothing-follows", "'to' names nothing: a path could not go on", mend)
        for at, name in enumerate(option.to or ()):
            if name not in follows:
                what = f"'{name}' is no option of the next stage, '{form.stages[stage + 1].name}'"
                read.wrong((*path, "to", at), "unknown-name", what, did_you_mean(name, follows))
        if option.prices:
            what = "prices are of what leaves the last stage"
            read.wrong((*path, "prices"), "not-the-last", what, "Leave them out here.")
    _check_cost(read, path, option)
    if (option.impact is None) != (form.impact is None):
        what = "the impact is missing" if option.impact is None else "the superstructure counts no impact"
        mend = "Say it of every option, and 'impact:' with its unit, or of none."
        read.wrong((*path, "impact"), "impact", what, mend)


def _check_cost(read: Reading[SuperstructureForm], path: Path_, option: OptionForm) -> None:
    """Note an option that is neither whole units nor equipment by size, or both; sizes that do not rise."""
    of_size = {"operators": option.operators, "per_kg": option.per_kg, "yearly": option.yearly}
    if option.units is not None:
        stray = [name for name, one in of_size.items() if one is not None] + (["equipment"] if option.equipment else [])
        if stray:
            what = f"'{stray[0]}' is of equipment by size, and this option is of whole units"
            read.wrong((*path, stray[0]), "units-or-size", what, "Leave it out, or leave 'units' out.")
        return
    for name, one in of_size.items():
        if one is None:
            read.wrong((*path, name), "missing-field", f"'{name}' is missing", f"Add '{name}:', or say 'units:'.")
    points = option.equipment
    if len(points) < 2 or any(len(point) != 2 for point in points):
        what = "equipment is not two pairs or more of kg a year and money"
        read.wrong((*path, "equipment"), "bad-equipment", what, "Write [[0, 0], [1000, 50000], [5000, 150000]].")
        return
    sizes, costs = np.array(points).T
    if sizes[0] < 0 or np.any(np.diff(sizes) <= 0) or costs[0] < 0 or np.any(np.diff(costs) < 0):
        what = "sizes do not rise from one point to the next, or their cost falls"
        read.wrong((*path, "equipment"), "bad-equipment", what, "Order the points; larger equipment costs no less.")


def _check_names(
    read: Reading[SuperstructureForm], path: Path_, given: dict[str, Number], known: list[str], needed: bool = False
) -> None:
    for name in given:
        if name not in known:
            read.wrong((*path, name), "unknown-name", f"'{name}' is not known here", did_you_mean(name, known))
    lacking = [name for name in known if name not in given]
    if needed and lacking:
        read.wrong(path, "missing-field", f"'{lacking[0]}' is missing", f"Add '{lacking[0]}:', 0 if there is none.")


def _check_reached(read: Reading[SuperstructureForm]) -> None:
    """Note an option that none of the stage before leads to."""
    stages = read.form.stages
    for stage in range(1, len(stages)):
        before, names = stages[stage - 1].options, [each.name for each in stages[stage].options]
        led_to = {name for one in before for name in (one.to or names)}
        for at, option in enumerate(stages[stage].options):
            if option.name not in led_to:
                what = f"no option of '{stages[stage - 1].name}' leads to '{option.name}'"
                mend = "Name it in their 'to', or leave it out."
                read.wrong(("stages", stage, "options", at), "not-reached", what, mend)
