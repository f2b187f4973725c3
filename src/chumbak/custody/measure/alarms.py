"""Alarms stand until a person has explained them, and certificates wait as long as one stands unexplained.

An explanation is a record of its own: who, when, what and on what evidence. It deletes nothing; the alarm goes on
being listed, as explained. An explanation is of one alarm; the next period's is another.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from chumbak.custody.finding import Finding
from chumbak.custody.measure.times import instant

AlarmKind = Literal["balance", "item", "drift"]


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm: area, element, end of the period (ISO 8601) and what raised it; ``why`` in words."""

    area: str
    element: str
    end: str
    kind: AlarmKind
    why: str

    @property
    def id(self) -> str:
        """A name that is the same whenever it is worked out: area, element, end of the period, kind."""
        return f"{self.area}/{self.element}/{self.end}/{self.kind}"


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a person says of an alarm: the alarm's id, who, when (ISO 8601 with offset), what, and evidence (URIs)."""

    alarm: str
    by: str
    at: str
    text: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """An alarm and what was said of it: open until the first explanation, and never gone."""

    alarm: Alarm
    explanations: tuple[Explanation, ...]

    @property
    def state(self) -> Literal["open", "explained"]:
        """Whether anybody has explained it."""
        return "explained" if self.explanations else "open"


def check_explanation(explanation: Explanation, alarms: Iterable[Alarm]) -> list[Finding]:
    """Return what is wrong with an explanation before it is put into the log."""
    known = {alarm.id: alarm for alarm in alarms}
    found = []
    for field, text in (("by", explanation.by), ("text", explanation.text)):
        if not text.strip():
            found.append(
                Finding(f"/{field}", f"'{field}' is empty", "An explanation says who gives it, and what it is")
            )
    alarm = known.get(explanation.alarm)
    if alarm is None:
        found.append(
            Finding("/alarm", f"there is no alarm '{explanation.alarm}'", "Take the id from the list of alarms")
        )
    said = instant(explanation.at)
    if said is None:
        found.append(
            Finding("/at", f"'{explanation.at}' is no time with an offset", "Write it as 2026-04-02T10:00:00Z")
        )
    elif alarm is not None and (ended := instant(alarm.end)) is not None and said < ended:
        found.append(
            Finding("/at", "it was given before the period had ended", "Give the time at which it was written")
        )
    return found


def standing_alarms(alarms: Iterable[Alarm], explanations: Sequence[Explanation]) -> tuple[Standing, ...]:
    """Return every alarm there has been with what was said of it, the latest period first.

    Explanations that ``check_explanation`` would refuse are not counted.
    """
    listed = list({alarm.id: alarm for alarm in alarms}.values())
    sound = [one for one in explanations if not check_explanation(one, listed)]
    found = [Standing(alarm, tuple(one for one in sound if one.alarm == alarm.id)) for alarm in listed]
    return tuple(sorted(sorted(found, key=lambda one: one.alarm.id), key=lambda one: one.alarm.end, reverse=True))


def certificates_wait(
    standing: Iterable[Standing], areas: Iterable[str], elements: Iterable[str]
) -> tuple[Standing, ...]:
    """Return the open alarms that hold up a certificate on lots that hold these elements and passed these areas."""
    through, held = set(areas), set(elements)
    return tuple(
        one for one in standing if one.state == "open" and one.alarm.area in through and one.alarm.element in held
    )
