"""A flowsheet: feeds, steps, and which stream goes from where to where. Plain records; ``reading`` reads them.

A stream is known by its name. It comes from one place (a feed, or an outlet of a step) and goes to one place at most;
one that goes nowhere leaves the plant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from chumbak.plant.errors import PlantError
from chumbak.plant.stream import Stream
from chumbak.plant.unit import Kind

if TYPE_CHECKING:
    from chumbak.plant.terms import Terms


@dataclass(frozen=True)
class Figure:
    """A value that a flowsheet rests on: where it is used, its range if one is known, its source and how sure it is."""

    step: str
    parameter: str
    of: str  # the element or component it is for, or nothing
    value: float
    low: float | None
    high: float | None
    unit: str
    source: str
    verification: str


@dataclass(frozen=True)
class Step:
    """A unit in its place: its kind, the streams at its ports, its parameters (see ``unit.Values``)."""

    name: str
    kind: Kind
    inlets: Mapping[str, tuple[str, ...]]
    outlets: Mapping[str, str]
    values: Mapping[str, Any]
    words: str = ""


@dataclass(frozen=True)
class Target:
    """A flow that the feeds are scaled to: streams together, their component (or all of it), kg/h."""

    streams: tuple[str, ...]
    component: str
    flow: float


@dataclass(frozen=True)
class Recipe:
    """What of a plant is a process of a country's chain: which streams go into it, and which are its products."""

    process: str
    comes: tuple[str, ...]
    goes: tuple[str, ...]


@dataclass(frozen=True)
class Flowsheet:
    """A plant on paper. ``hours`` a year that it runs; ``target`` scales the feeds named in ``scaled``."""

    name: str
    title: str
    hours: float
    feeds: Mapping[str, Stream]
    steps: tuple[Step, ...]
    target: Target | None = None
    scaled: tuple[str, ...] = ()
    products: Mapping[str, str] = field(default_factory=dict)  # streams that are sold, and what they are
    wastes: Mapping[str, str] = field(default_factory=dict)  # streams that are got rid of, and how
    figures: tuple[Figure, ...] = ()
    terms: Terms | None = None  # what the file says of money
    notes: tuple[str, ...] = ()
    recipes: Mapping[str, Recipe] = field(default_factory=dict)
    told: Mapping[str, Any] = field(default_factory=dict)  # the file itself, so that it can be read again with draws
    where: str = ""

    def step(self, name: str) -> Step:
        """Return a step by its name. Raises ``PlantError``."""
        for one in self.steps:
            if one.name == name:
                return one
        raise PlantError(f"there is no step '{name}'{nearest(name, [one.name for one in self.steps])}")


def nearest(name: str, known: list[str]) -> str:
    """Return a hint: the nearest of the names known, or all of them."""
    near = get_close_matches(name, known, 1)
    return f"; did you mean '{near[0]}'?" if near else f"; there are {', '.join(sorted(known)) or 'none'}"


def faults_of(sheet: Flowsheet) -> list[str]:
    """Return what is wrong with how streams are connected, a sentence each: none in a flowsheet that can be solved."""
    faults: list[str] = []
    made: dict[str, str] = dict.fromkeys(sheet.feeds, "a feed")
    for step in sheet.steps:
        for port, name in step.outlets.items():
            if name in made:
                faults.append(
                    f"stream '{name}' comes from {made[name]} and from '{step.name}.{port}'; give one of them another "
                    "name, and mix them in the step that takes both"
                )
            made[name] = f"'{step.name}'"
    taken: dict[str, str] = {}
    for step in sheet.steps:
        for port, names in step.inlets.items():
            for name in names:
                if name not in made:
                    faults.append(
                        f"'{step.name}.{port}' takes the stream '{name}', which comes from nowhere: the loop or line "
                        f"is open{nearest(name, list(made))}"
                    )
                elif name in taken:
                    faults.append(
                        f"stream '{name}' goes to '{taken[name]}' and to '{step.name}.{port}'; split it first"
                    )
                taken[name] = f"{step.name}.{port}"
    for name in sheet.feeds:
        if name not in taken:
            faults.append(f"the feed '{name}' goes nowhere; connect it to a step, or take it out")
    ends = [name for name in made if name not in taken]
    for name in sheet.target.streams if sheet.target else ():
        if name not in made:
            faults.append(
                f"the feeds are to be scaled to the stream '{name}', which there is not{nearest(name, list(made))}"
            )
    for recipe in sheet.recipes.values():
        for name in (*recipe.comes, *recipe.goes):
            if name not in made:
                faults.append(f"the recipe '{recipe.process}' names the stream '{name}', which there is not"
                              f"{nearest(name, list(made))}")  # fmt: skip
    for word, leaving in (("product", sheet.products), ("waste", sheet.wastes)):
        for name in leaving:
            if name not in ends:
                why = f"it is taken by {taken[name]}" if name in taken else f"there is none{nearest(name, ends)}"
                faults.append(f"the {word} '{name}' does not leave the plant: {why}")
    for name in sheet.products:
        if name in sheet.wastes:
            faults.append(f"the stream '{name}' is both a product and a waste; name it once")
    return faults
