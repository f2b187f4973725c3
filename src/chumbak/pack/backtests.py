"""Back-tests of a pack: an episode that happened, firms as they stood before it, and what was observed of them.

A document in ``backtests/*.yaml`` has ``title``, ``description``, ``episode`` (its name), ``start`` (an ISO week),
``weeks``, ``instead`` (by name of an event of the episode: the events that stand in for it where the history is known),
``firms`` (as in a firm's own file) and ``observed``, each one of::

    - {firm: chetak, what: output, period: 2025-06, value: 18479, base: 24106, base_period: 2025-05, held_back: false}
    - {firm: chetak, what: first_loss, date: 2025-06-24, earliest: 2025-06-16, latest: 2025-06-30, held_back: false}

``value`` is made in the period (a month, or a quarter such as 2025-Q3), ``base`` in as long a time of full output.
Every number of an input needs a source and a note that begins with one of ``KNOWN``: what is said of a firm because its
output had already fallen is no input. ``held_back`` observations were not looked at when inputs were chosen.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from chumbak.pack.episodes import EpisodeFile, EventForm, read_episode
from chumbak.pack.faults import Faults, PackError, did_you_mean, short
from chumbak.pack.firms import FirmFile, FirmForm, check_firm
from chumbak.pack.forms import (
    Form,
    Line,
    Name,
    Number,
    Reading,
    Sourced,
    Text,
    find_document,
    list_documents,
    measured,
    numbers,
    read_form,
    refused,
)
from chumbak.pack.pack import Pack

FOLDER = "backtests"
# How an input is known: said before the outcome; measured apart from it (customs); said after it, of the time before or
# of what was done; judged by who wrote the document.
KNOWN = ("before:", "apart:", "mixed:", "judged:")
MONTHS = {"Q1": (1, 3), "Q2": (4, 6), "Q3": (7, 9), "Q4": (10, 12)}


def _week(text: str) -> str:
    year, _, week = text.partition("-W")
    try:
        if len(text) == len("2025-W14"):
            dt.date.fromisocalendar(int(year), int(week), 1)
            return text
    except ValueError:
        pass
    raise refused("bad-week", f"{short(text)} is no week", "Write the year and the ISO week, such as 2025-W14.")


def _day(text: str) -> str:
    try:
        if len(text) == len("2025-06-30"):
            dt.date.fromisoformat(text)
            return text
    except ValueError:
        pass
    raise refused("bad-date", f"{short(text)} is no date", "Write it as 2025-06-30.")


def _period(text: str) -> str:
    try:
        span(text)
    except ValueError:
        raise refused("bad-period", f"{short(text)} is no month or quarter", "Write 2025-06 or 2025-Q3.") from None
    return text


def span(period: str) -> tuple[dt.date, dt.date]:
    """Return the first day of a month or quarter, and the first day after it. Raises ``ValueError`` for others."""
    year, _, part = period.partition("-")
    if len(period) != len("2025-06") or len(year) != 4:
        raise ValueError(period)
    first, last = MONTHS.get(part) or (int(part), int(part))
    begin = dt.date(int(year), first, 1)
    return begin, dt.date(begin.year + last // 12, last % 12 + 1, 1)


Week = Annotated[str, AfterValidator(_week)]
Day = Annotated[str, AfterValidator(_day)]
Period = Annotated[str, AfterValidator(_period)]
Units = Annotated[Number, AfterValidator(measured(0.0, 1e12, "1", bare=True))]
Count = Annotated[int, Field(ge=1, le=520)]
What = Literal["output", "first_loss", "recovery"]
NEEDED = {"output": ("period", "value", "base"), "first_loss": ("date",), "recovery": ("date",)}
ALLOWED = {"output": ("period", "value", "base", "base_period"), "": ("date", "earliest", "latest")}


class ObservedForm(Sourced):
    """Something that was seen of a firm: its output in a period over that of full output, or a date."""

    firm: Name
    what: What
    held_back: bool
    period: Period | None = None
    value: Units | None = None
    base: Units | None = None
    base_period: Period | None = None
    date: Day | None = None
    earliest: Day | None = None
    latest: Day | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> ObservedForm:
        allowed = ALLOWED.get(self.what, ALLOWED[""])
        for name in (one for each in ALLOWED.values() for one in each):
            given = getattr(self, name) is not None
            if name in NEEDED[self.what] and not given:
                raise refused("missing-field", f"'{name}' of '{self.what}' is missing", f"Add '{name}:'.")
            if given and name not in allowed:
                raise refused("unknown-field", f"'{name}' says nothing of '{self.what}'", "Take it off.")
        if self.base is not None and min(self.base.sides) <= 0:
            raise refused("out-of-bounds", "the output that is compared with is not above 0", "Mend 'base'.")
        days = [day for day in (self.earliest, self.date, self.latest) if day is not None]
        if days != sorted(days):
            raise refused("range-order", "earliest, date and latest are not in this order", "Mend them.")
        return self

    @property
    def ratio(self) -> tuple[float, float, float]:
        """Return output over that of full output: value, low and high."""
        assert self.value is not None
        assert self.base is not None
        (value, low, high), (base, base_low, base_high) = self.value.sides, self.base.sides
        return value / base, low / base_high, high / base_low

    @property
    def days(self) -> tuple[dt.date, dt.date, dt.date]:
        """Return the date, the earliest and the latest that it may have been."""
        assert self.date is not None
        day, low, high = self.date, self.earliest or self.date, self.latest or self.date
        return dt.date.fromisoformat(day), dt.date.fromisoformat(low), dt.date.fromisoformat(high)


class BacktestForm(Form):
    """An episode that happened, and what came of it."""

    title: Line
    description: Text
    episode: Line
    start: Week
    weeks: Count
    instead: dict[Name, Annotated[list[EventForm], Field(min_length=1)]] = Field(default_factory=dict)
    firms: list[FirmForm] = Field(min_length=1)
    observed: list[ObservedForm] = Field(min_length=1)


@dataclass(frozen=True)
class BacktestFile:
    """A back-test of a pack: its name, its file, its episode with the known history in it, and its firms."""

    name: str
    shown: str
    form: BacktestForm
    episode: EpisodeFile
    firms: tuple[FirmFile, ...]

    def week(self, day: dt.date) -> float:
        """Return the weeks from the start (the first day of its week) to a day."""
        start = dt.date.fromisocalendar(int(self.form.start[:4]), int(self.form.start[-2:]), 1)
        return (day - start).days / 7

    def weeks(self, period: str) -> tuple[float, float]:
        """Return begin and end of a month or quarter in weeks from the start."""
        first, after = span(period)
        return self.week(first), self.week(after)


def list_backtests(pack: Pack) -> list[str]:
    """Return the names of a pack's back-tests."""
    return list_documents(pack, FOLDER)


def read_backtest(pack: Pack, name: str) -> BacktestFile:
    """Return a back-test of a pack. Raises ``PackError`` with every fault."""
    shown, faults = find_document(pack, FOLDER, name, "back-test"), Faults()
    read = read_form(BacktestForm, pack.path / shown, shown, pack, faults)
    episode = _episode(pack, read) if read is not None else None
    if read is not None:
        _check(read, pack)
    faults.stop_if_any()
    assert read is not None
    assert episode is not None
    return BacktestFile(name, shown, read.form, episode, tuple(FirmFile(shown, firm) for firm in read.form.firms))


def _episode(pack: Pack, read: Reading[BacktestForm]) -> EpisodeFile | None:
    """Return the episode with the events that are known instead of its own; None with every fault noted."""
    try:
        file = read_episode(pack, read.form.episode)
    except PackError as error:
        for fault in error.faults:
            if fault.kind == "unknown-episode":
                read.wrong(("episode",), fault.kind, fault.what, fault.mend)
            else:
                read.faults.add((fault.file, fault.row), fault.column, fault.kind, fault.what, fault.mend)
        return None
    names = [event.name for event in file.form.events if event.name]
    for name in read.form.instead:
        if name not in names:
            what = f"{short(name)} is no event of the episode '{file.name}'"
            read.wrong(("instead", name), "unknown-name", what, did_you_mean(name, names))
    events = [one for event in file.form.events for one in read.form.instead.get(event.name or "", [event])]
    return replace(file, form=file.form.model_copy(update={"events": events}))


def _check(read: Reading[BacktestForm], pack: Pack) -> None:
    """Note what does not go together, and inputs of which it is not said how they are known."""
    form = read.form
    names = [firm.name for firm in form.firms]
    for at, firm in enumerate(form.firms):
        if firm.name in names[:at]:
            mend = "Give each firm its own name."
            read.wrong(("firms", at, "name"), "duplicate-name", f"'{firm.name}' stands twice", mend)
        check_firm(firm, ("firms", at), read)
    for at, one in enumerate(form.observed):
        if one.firm not in names:
            what = f"{short(one.firm)} is no firm of this back-test"
            read.wrong(("observed", at, "firm"), "unknown-name", what, did_you_mean(one.firm, names))
        read.check_source(("observed", at), one, pack.place)
    for path, _, told in numbers(form):
        if path[0] == "observed":
            continue
        read.check_source(path, told, pack.place)
        if not told.note.startswith(KNOWN):
            mend = f"Begin its note with one of {', '.join(KNOWN)} as docs/packs.md says."
            read.wrong(path, "how-known", "it is not said how this input is known", mend)
