"""Trees of a pack: futures that part from one another, as data in ``trees/*.yaml``. Reading and checking them.

A tree has ``title``, ``description`` and ``branches``. Until a branch begins nobody knows whether it comes. Each is::

    - name: stop                 a name of its own in the tree
      title: Exports are stopped
      from: 2029                 first year in which decisions know of it
      probability: 0.25          given that what it branches from has come; those of brothers sum to 1
      stops:                     of what origins sell
        - origins: [CHN]         of the table origins; 'abroad' for all of them
          stages: [magnet]       rungs; left out: all. So too grades, and holding (elements in the goods)
          years: [2029, 2030]    or one year; within the branch
          stopped: 1             share of what could be bought
      changes: []                as in a scenario, from the branch's year on
      branches: []               further ones that begin later

``calm`` may name the end that is taken for good weather; without it, it is the most probable one. Numbers are plain, or
have value, low, high, unit, source, confidence and note. What is not said of a number's source is taken from its
branch, and then from the tree; every number needs one.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from chumbak.pack.episodes import Element, Grade, Origin, Stage
from chumbak.pack.faults import Faults, did_you_mean
from chumbak.pack.forms import (
    HOME,
    SUM_TOLERANCE,
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
from chumbak.pack.pack import Pack, load
from chumbak.pack.scenarios import Add, Change, Scenario, ScenarioFile, Set, Years

FOLDER = "trees"
MOST_ENDS = 64  # futures: each is a plan of its own in the programme
Stopped = Annotated[Number, AfterValidator(measured(1e-9, 1.0, "1", bare=True))]


class StopForm(Sourced):
    """A stop of what origins sell, in years of its branch."""

    origins: list[Origin] = Field(min_length=1)
    years: Years
    stopped: Stopped
    stages: list[Stage] = Field(default_factory=list, min_length=1)  # left out: all
    grades: list[Grade] = Field(default_factory=list, min_length=1)  # left out: all
    holding: list[Element] = Field(default_factory=list, min_length=1)  # left out: all

    @property
    def span(self) -> tuple[int, int]:
        """Return the first and last year."""
        return (self.years, self.years) if isinstance(self.years, int) else (self.years[0], self.years[1])


class BranchForm(Sourced):
    """What may come from a year on, and what may come after it."""

    name: Name
    title: Line
    begins: int = Field(alias="from")
    probability: Share
    stops: list[StopForm] = Field(default_factory=list)
    changes: list[Change] = Field(default_factory=list)
    branches: list[BranchForm] = Field(default_factory=list)


class TreeForm(Sourced):
    """Futures that part from one another."""

    title: Line
    description: Text
    branches: list[BranchForm] = Field(min_length=2)
    calm: Name | None = None


@dataclass(frozen=True)
class Step:
    """A branch on the way to an end: the form, and where it stands in the document."""

    form: BranchForm
    path: Path_


@dataclass(frozen=True)
class TreeFile:
    """A tree of a pack: its ends, each as the branches that lead to it, the first first."""

    name: str
    shown: str
    form: TreeForm
    ends: tuple[tuple[Step, ...], ...]
    reading: Reading[TreeForm]


def list_trees(pack: Pack) -> list[str]:
    """Return the names of a pack's trees."""
    return list_documents(pack, FOLDER)


def read_tree(pack: Pack, name: str) -> TreeFile:
    """Return a tree of a pack, or of the file of that path. Raises ``PackError`` with every fault."""
    faults, own = Faults(), Path(name)
    given = own.suffix in (".yaml", ".yml")
    shown = str(own) if given else find_document(pack, FOLDER, name, "tree")
    read = read_form(TreeForm, own if given else pack.path / shown, shown, pack, faults)
    if read is None:
        faults.stop_if_any()
        raise AssertionError("a tree that cannot be read has faults")
    ends = tuple(_ends(read.form.branches, ("branches",), ()))
    _check(read, ends, pack)
    for path, _, told in numbers(read.form):
        read.check_source(path, told, pack.place)
    faults.stop_if_any()
    return TreeFile(own.stem if given else name, shown, read.form, ends, read)


def pack_of_path(pack: Pack, tree: TreeFile, steps: tuple[Step, ...]) -> Pack:
    """Return the pack as it is where these branches have come: their changes made, each from its year on.

    A change that says no years begins with its branch. Raises ``PackError`` with every fault.
    """
    more = tuple(_as_scenario(pack, tree, step) for step in steps if step.form.changes)
    return load(pack.path, pack.scenario, pack.overlays, more) if more else pack


def _ends(branches: list[BranchForm], at: Path_, before: tuple[Step, ...]) -> list[tuple[Step, ...]]:
    found: list[tuple[Step, ...]] = []
    for number, branch in enumerate(branches):
        path = (*at, number)
        here = (*before, Step(branch, path))
        found += _ends(branch.branches, (*path, "branches"), here) if branch.branches else [here]
    return found


def _check(read: Reading[TreeForm], ends: tuple[tuple[Step, ...], ...], pack: Pack) -> None:
    """Note branches that cannot be: names that stand twice, years out of order, probabilities that do not sum to 1."""
    steps = list({step.path: step for end in ends for step in end}.values())
    names = [step.form.name for step in steps]
    for at, step in enumerate(steps):
        if step.form.name in names[:at]:
            what = f"'{step.form.name}' stands twice"
            read.wrong((*step.path, "name"), "duplicate-name", what, "Give each branch its own name.")
    if len(ends) > MOST_ENDS:
        what = f"the tree has {len(ends)} ends"
        read.wrong(("branches",), "too-many-ends", what, f"At most {MOST_ENDS} are planned for together.")
    _check_sums(read, read.form.branches, ("branches",))
    for end in ends:
        for before, step in zip((None, *end), end, strict=False):
            _check_years(read, before, step, pack)
    if read.form.calm and read.form.calm not in (names_of_ends := [end[-1].form.name for end in ends]):
        what = f"'{read.form.calm}' is no end of the tree"
        read.wrong(("calm",), "unknown-name", what, did_you_mean(read.form.calm, names_of_ends))


def _check_sums(read: Reading[TreeForm], branches: list[BranchForm], path: Path_) -> None:
    total = sum(one.probability.value for one in branches)
    if abs(total - 1) > SUM_TOLERANCE:
        what = f"the probabilities of these branches sum to {total:.6g}, not to 1"
        mend = "Mend them, or add the branch in which nothing of this comes."
        read.wrong(path, "probabilities-do-not-sum", what, mend)
    for at, one in enumerate(branches):
        if not one.probability.value > 0:
            what = f"'{one.name}' cannot come: its probability is 0"
            read.wrong((*path, at, "probability"), "never-comes", what, "Give it one above 0, or leave it out.")
        if one.branches:
            _check_sums(read, one.branches, (*path, at, "branches"))


def _check_years(read: Reading[TreeForm], before: Step | None, step: Step, pack: Pack) -> None:
    first, last = step.form.begins, pack.window.last
    after = before.form.begins if before else pack.base_year
    if not after < first <= last:
        what = f"'{step.form.name}' begins in {first}"
        why = f"What it branches from begins in {after}" if before else f"The base year is {after}"
        read.wrong((*step.path, "from"), "years-outside", what, f"{why}: name a later year, up to {last}.")
    for at, stop in enumerate(step.form.stops):
        begins, ends = stop.span
        if not first <= begins <= ends <= last:
            what = f"the years {begins} to {ends} are not within '{step.form.name}'"
            read.wrong((*step.path, "stops", at, "years"), "years-outside", what, f"Name years from {first} to {last}.")
        if HOME in stop.origins:
            what = "a plan buys nothing of home"
            mend = "Name origins of what is bought, or change figures of plants."
            read.wrong((*step.path, "stops", at, "origins"), "unknown-name", what, mend)
    for at, change in enumerate(step.form.changes):
        years = getattr(change, "years", None)
        begins = years if isinstance(years, int) else years[0] if years else first
        if begins < first:
            what = f"the years begin in {begins}, before '{step.form.name}' does ({first})"
            mend = "Nobody knows of a branch before its year: begin there."
            read.wrong((*step.path, "changes", at, "years"), "years-outside", what, mend)


def _as_scenario(pack: Pack, tree: TreeFile, step: Step) -> ScenarioFile:
    """Return the changes of a branch as a scenario, those without years of a series from the branch's year on."""
    form = step.form
    own = {name: getattr(form, name) or getattr(tree.form, name) for name in ("source", "confidence", "note")}
    changes = [_from_year(change, pack, form.begins) for change in form.changes]
    scenario = Scenario.model_construct(title=form.title, description=form.title, changes=changes, **own)
    return ScenarioFile(tree.shown, scenario, tree.reading.document, step.path)


def _from_year(change: Change, pack: Pack, first: int) -> Change:
    if isinstance(change, Add) or change.years is not None:
        return change
    pattern = change.set if isinstance(change, Set) else getattr(change, "scale", "")
    kinds = {entry.attribute.kind for key, entry in pack.entries.items() if fnmatchcase(key, pattern)}
    return change.model_copy(update={"years": [first, pack.window.last]}) if "series" in kinds else change


BranchForm.model_rebuild()
