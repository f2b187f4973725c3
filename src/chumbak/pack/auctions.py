"""Who bids under a scheme, as data in ``auctions/*.yaml``: what is unsure to them and how they bid. Reading it.

::

    title: Bidders for the magnet scheme
    description: Why these numbers.
    scheme: magnets                     of the pack
    project: magnets                    of the pack: every bidder's plant is this one at its own size
    bidders: {value: 20, ...}           how many bid
    sizes: [600, 800, 1200]             t/year, all as likely; sizes that the scheme awards
    technical: 0.9                      chance to pass the technical bid
    bears: 0.1                          a winner builds unless it is worth less than -bears x its capital
    unsure:                             figures of the project that have a range
      capital: {common: 0.5, noise: 0.5}
    behaviours:                         bidders take them in turn, each so many turns in a round (left out: 1)
      - {name: plain, turns: 2, margin: 0.05, shade: 0, at_ceiling: false}

``common`` is the share of a figure's variance that is the same for all; ``noise`` the standard deviation of the error
with which a bidder sees it, over that of the figure; ``margin`` is over capital; ``shade`` the part of what winners err
by on average that a bidder takes off. Numbers are plain, or have value, low, high, source, confidence and note, and
each needs a source, its own or from around it. Ranges say how far a number can be thought otherwise; none is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from chumbak.pack.faults import Faults, PackError, did_you_mean, short
from chumbak.pack.forms import (
    Line,
    Name,
    Number,
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
from chumbak.pack.plant_projects import PlantProjectFile, list_projects, read_project
from chumbak.pack.schemes import SchemeFile, list_schemes, read_scheme

FOLDER = "auctions"
MOST_BIDDERS = 1000.0
TINY = 1e-9

Count = Annotated[Number, AfterValidator(measured(1.0, MOST_BIDDERS, "1", bare=True))]
Size = Annotated[Number, AfterValidator(measured(1e-3, 1e7, "t/year", bare=True))]
Noise = Annotated[Number, AfterValidator(measured(0.0, 10.0, "1", bare=True))]
Margin = Annotated[Number, AfterValidator(measured(-1.0, 10.0, "1", bare=True))]


class UnsureForm(Sourced):
    """How unsure a figure of the plant is to bidders."""

    common: Share
    noise: Noise


class BehaviourForm(Sourced):
    """A way to bid."""

    name: Name
    turns: Annotated[int, Field(ge=1, le=100)] = 1
    margin: Margin
    shade: Share
    at_ceiling: bool = False


class AuctionForm(Sourced):
    """Who bids. See the head of this module."""

    title: Line
    description: Text
    scheme: Name
    project: Name
    bidders: Count
    sizes: list[Size] = Field(min_length=1, max_length=100)
    technical: Share
    bears: Margin
    unsure: dict[Name, UnsureForm] = Field(default_factory=dict)
    behaviours: list[BehaviourForm] = Field(min_length=1, max_length=20)


@dataclass(frozen=True)
class AuctionFile:
    """Who bids: the form with its name, the file it was read from, and the plant that it names."""

    name: str
    shown: str
    form: AuctionForm
    project: PlantProjectFile

    def behaviours(self) -> list[dict[str, Any]]:
        """Return a round of ways to bid as plain values: name, margin, shade, at_ceiling. Turns are spread evenly."""
        form = self.form
        most = max(one.turns for one in form.behaviours)
        return [
            {"name": one.name, "margin": one.margin.value, "shade": one.shade.value, "at_ceiling": one.at_ceiling}
            for turn in range(most)
            for one in form.behaviours
            if turn < one.turns
        ]


def list_auctions(pack: Pack) -> list[str]:
    """Return the names of a pack's auctions."""
    return list_documents(pack, FOLDER)


def read_auction(pack: Pack, name: str) -> AuctionFile:
    """Return an auction of a pack with its plant. Raises ``PackError`` with every fault of both, and of its scheme."""
    shown, faults = find_document(pack, FOLDER, name, "auction"), Faults()
    read = read_form(AuctionForm, pack.path / shown, shown, pack, faults)
    project = None
    if read is not None:
        for path, _, told in numbers(read.form):
            read.check_source(path, told, pack.place)
        _check(read)
        try:
            project = _named(read, pack)
        except PackError as error:  # faults of the scheme's or the plant's own
            raise PackError([*faults.found, *error.faults]) from None
    faults.stop_if_any()
    assert read is not None
    assert project is not None
    return AuctionFile(name, shown, read.form, project)


def _check(read: Reading[AuctionForm]) -> None:
    """Note a count that is not whole, and a size or a name that stands twice."""
    form = read.form
    if form.bidders.value != round(form.bidders.value):
        what = f"there cannot be {form.bidders.value:g} bidders"
        read.wrong(("bidders",), "not-whole", what, "Write a whole number.")
    for at, size in enumerate(form.sizes):
        if size.value in [one.value for one in form.sizes[:at]]:
            what = f"the size {size.value:g} t/year stands twice, and all sizes are as likely"
            read.wrong(("sizes", at), "duplicate-size", what, "Leave one of them out.")
    for at, one in enumerate(form.behaviours):
        if one.name in [other.name for other in form.behaviours[:at]]:
            mend = "Give each its own name."
            read.wrong(("behaviours", at, "name"), "duplicate-name", f"'{one.name}' stands twice", mend)


def _check_sizes(read: Reading[AuctionForm], scheme: SchemeFile) -> None:
    """Note a scheme without awards, and sizes that it does not award."""
    values = {name: value for row in scheme.rows for name, value in row["values"].items()}
    least, largest, step = (values.get(name) for name in ("least", "largest", "step"))
    if not (isinstance(least, float) and isinstance(largest, float) and isinstance(step, float) and step > 0):
        what = f"the scheme '{scheme.name}' does not say which sizes it awards"
        read.wrong(("scheme",), "no-awards", what, "Name one with rules of an award.")
        return
    for at, size in enumerate(read.form.sizes):
        steps = (size.value - least) / step
        if not least <= size.value <= largest or abs(steps - round(steps)) > TINY:
            what = f"the scheme '{scheme.name}' does not award {size.value:g} t/year"
            mend = f"Give one of {least:g} to {largest:g} t/year in steps of {step:g}."
            read.wrong(("sizes", at), "out-of-bounds", what, mend)


def _named(read: Reading[AuctionForm], pack: Pack) -> PlantProjectFile | None:
    """Return the plant that an auction names; notes what it names and the pack or the plant has not."""
    form = read.form
    if form.scheme not in list_schemes(pack):
        what = f"{short(form.scheme)} is none of the pack's schemes"
        read.wrong(("scheme",), "unknown-name", what, did_you_mean(form.scheme, list_schemes(pack)))
    else:
        _check_sizes(read, read_scheme(pack, form.scheme))
    if form.project not in list_projects(pack):
        what = f"{short(form.project)} is none of the pack's projects"
        read.wrong(("project",), "unknown-name", what, did_you_mean(form.project, list_projects(pack)))
        return None
    project = read_project(pack, form.project)
    if project.is_recycler:
        what = f"the plant {short(form.project)} is a recycler, and an award is for a plant with one product"
        read.wrong(("project",), "not-a-product", what, "Name another.")
    known = [one for one in project.plain()["ranges"] if one != "capacity"]  # each bidder has its own size
    for name in form.unsure:
        if name not in known:
            what = f"{short(name)} is no figure of the plant {short(form.project)} that has a range"
            read.wrong(("unsure", name), "unknown-name", what, did_you_mean(name, known))
    return project
