"""Episodes of a pack: restrictions of supply, as data in ``episodes/*.yaml``. Reading and checking them.

An episode has ``title``, ``description``, ``weight`` (times a year, for stockpiles) and ``events``, each one of::

    - name: heavy               may be left out; a back-test replaces events by name
      origins: [CHN]            of the table origins; 'abroad' for all of them, 'home' for the country's own plants
      stages: [magnet]          rungs; left out: all. So too holding (elements in the goods) and grades
      begin: 0                  weeks after the start
      weeks: 26                 how long
      stopped: 1                share of the usual flow that may not leave (of home: of capacity that is lost)
      deepens: 8                weeks until so much is stopped
      licence: {delay: 9, approval: {defence: 0}, otherwise: 0.5}
      delay: 3                  weeks added to the way

Numbers are plain, or have value, low, high, unit, source, confidence and note. What is not said of a number's source
is taken from its event, and then from the episode; every number needs one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from chumbak.pack.faults import Faults
from chumbak.pack.forms import (
    HOME,
    Line,
    Name,
    Number,
    Reading,
    Share,
    Sourced,
    Text,
    Weeks,
    find_document,
    list_documents,
    measured,
    numbers,
    read_form,
    refused,
    word,
)
from chumbak.pack.pack import Pack

FOLDER = "episodes"
EVERYWHERE = "abroad"
MOST_A_YEAR = 52.0

Origin = Annotated[str, AfterValidator(word("origins", EVERYWHERE, HOME))]
Stage = Annotated[str, AfterValidator(word("stages"))]
Element = Annotated[str, AfterValidator(word("elements"))]
Grade = Annotated[str, AfterValidator(word("grades"))]
Sector = Annotated[str, AfterValidator(word("sectors"))]
Frequency = Annotated[Number, AfterValidator(measured(0.0, MOST_A_YEAR, "1/year", bare=True))]


class LicenceForm(Sourced):
    """Licences: ``delay`` in weeks, the share granted by the sector of the end user, and to all ``otherwise``."""

    delay: Weeks
    otherwise: Share
    approval: dict[Sector, Share] = Field(default_factory=dict)


class EventForm(Sourced):
    """One restriction."""

    origins: list[Origin] = Field(min_length=1)
    weeks: Weeks
    stopped: Share = Field(default=0, validate_default=True)
    name: Name | None = None
    begin: Weeks = Field(default=0, validate_default=True)
    stages: list[Stage] = Field(default_factory=list, min_length=1)  # left out: all
    holding: list[Element] = Field(default_factory=list, min_length=1)  # left out: all
    grades: list[Grade] = Field(default_factory=list, min_length=1)  # left out: all
    deepens: Weeks = Field(default=0, validate_default=True)
    delay: Weeks = Field(default=0, validate_default=True)
    licence: LicenceForm | None = None

    @model_validator(mode="after")
    def _does_something(self) -> EventForm:
        if not any(self.stopped.sides) and not any(self.delay.sides):
            what = "the event stops nothing and delays nothing"
            raise refused("nothing-stopped", what, "Say stopped: (a share) or delay: (weeks).")
        return self


class EpisodeForm(Sourced):
    """Restrictions that come together."""

    title: Line
    description: Text
    weight: Frequency
    events: list[EventForm] = Field(min_length=1)


@dataclass(frozen=True)
class EpisodeFile:
    """An episode of a pack, with its name and the file it was read from."""

    name: str
    shown: str
    form: EpisodeForm


def list_episodes(pack: Pack) -> list[str]:
    """Return the names of a pack's episodes."""
    return list_documents(pack, FOLDER)


def read_episode(pack: Pack, name: str) -> EpisodeFile:
    """Return an episode of a pack. Raises ``PackError`` with every fault."""
    shown, faults = find_document(pack, FOLDER, name, "episode"), Faults()
    read = read_form(EpisodeForm, pack.path / shown, shown, pack, faults)
    if read is not None:
        check_names(read, ("events",), read.form.events)
        for path, _, told in numbers(read.form):
            read.check_source(path, told, pack.place)
    faults.stop_if_any()
    assert read is not None
    return EpisodeFile(name, shown, read.form)


def check_names(read: Reading[EpisodeForm], path: tuple[str, ...], events: list[EventForm]) -> None:
    """Note a name that two events have."""
    for at, event in enumerate(events):
        if event.name and event.name in [one.name for one in events[:at]]:
            mend = "Give each its own name, or none."
            read.wrong((*path, at, "name"), "duplicate-name", f"'{event.name}' stands twice", mend)
