"""The closing of a period as a document for the log, and back: everything an auditor needs to work it out again.

Masses are strings of whole micrograms. Errors are strings of micrograms by name, each number written so that it
reads back as the same one; sigma, CUMUF and Page's test follow from them and from the closings before, and
``check_closing`` does just that.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chumbak.custody.finding import Finding
from chumbak.custody.measure.alarms import Alarm, AlarmKind
from chumbak.custody.measure.amount import Amount
from chumbak.custody.measure.areas import LIMIT, Closed, Kind, reason
from chumbak.custody.measure.drift import Step, follow
from chumbak.custody.measure.page import DECISION, REFERENCE, run_length
from chumbak.custody.measure.times import instant

FORM = "chumbak-period-1"
SELDOM = 1000  # periods
BESIDE = ("lots",)  # what a document may hold beside the closing itself: which lots were counted
_MASSES = ("begin", "received", "shipped", "end")


@dataclass(frozen=True, slots=True)
class Period:
    """A period of an area; ``start`` and ``end`` are ISO 8601 with an offset, or dates (midnight in UTC)."""

    area: str
    start: str
    end: str


def close_period(
    period: Period, closed: Sequence[Closed], before: Sequence[Mapping[str, Any]] = (), *, k: float = REFERENCE,
    h: float = DECISION,
) -> dict[str, Any]:  # fmt: skip
    """Return the document of a period; ``before`` are the documents of the same area's earlier periods, in their order.

    A period begins when the last one ended, and with what was found then: anything else would let material vanish, or
    appear, between two closings. Raises ``ValueError`` where that is not so, where an element is closed twice or none
    is, or where k and h would raise a false alarm less than once in ``SELDOM`` periods and so find nothing either.
    """
    elements = [one.element for one in closed]
    if not elements or len(set(elements)) < len(elements):
        raise ValueError("A period closes each of its elements once, and at least one.")
    if not run_length(k, h) / 2 <= SELDOM:
        raise ValueError(f"Page's test with k = {k:g} and h = {h:g} finds no drift. Take a smaller h.")
    _check_order(period, before)
    _check_stocks(period, {one.element: one.begin for one in closed}, before)
    found: dict[str, Any] = {}
    for one in sorted(closed, key=lambda one: one.element):
        entry = {
            "kind": one.kind,
            **{name: str(getattr(one, name)) for name in _MASSES},
            "muf": str(one.muf.micrograms),
            "errors": {name: repr(one.muf.effects[name]) for name in sorted(one.muf.effects)},
            "sigma": _shown(one.muf.sigma),
            "limit": repr(one.limit),
            "detectable": _shown(one.detectable),
            "why": one.why,
        }
        if one.kind == "bulk":
            history = [_muf(document, one.element) for document in before if one.element in document["elements"]]
            entry["drift"] = _drift(follow([*history, one.muf], k, h)[-1], one.element, k, h)
        found[one.element] = entry
    return {"form": FORM, "area": period.area, "start": period.start, "end": period.end, "elements": found}


def alarms_of(document: Mapping[str, Any]) -> tuple[Alarm, ...]:
    """Return the alarms of a closed period; that its document is sound is for ``check_closing`` to say."""
    found = []
    for element, entry in document["elements"].items():
        if entry["why"]:
            raised: AlarmKind = "item" if entry["kind"] == "item" else "balance"
            found.append(Alarm(document["area"], element, document["end"], raised, entry["why"]))
        if entry.get("drift", {}).get("why"):
            found.append(Alarm(document["area"], element, document["end"], "drift", entry["drift"]["why"]))
    return tuple(found)


def check_closing(document: Mapping[str, Any], before: Sequence[Mapping[str, Any]] = ()) -> list[Finding]:
    """Return what a closing says that does not follow from its own masses and errors and from the closings before.

    Which lots were counted (``BESIDE``) is for the events to bear out, and not looked at here.
    """
    try:
        closed = []
        for element, entry in document["elements"].items():
            begin, received, shipped, end = (int(entry[name]) for name in _MASSES)
            effects = {name: float(effect) for name, effect in entry["errors"].items()}
            muf = Amount(begin + received - shipped - end, effects, f"MUF of {element}")
            kind: Kind = "item" if entry["kind"] == "item" else "bulk"
            limit = float(entry["limit"])
            if not (0 < limit <= LIMIT and math.isfinite(muf.sigma)):
                raise ValueError(f"the limit or the errors of {element} are out of bounds")
            closed.append(Closed(element, kind, begin, received, shipped, end, muf, limit,
                                 reason(element, kind, muf, limit)))  # fmt: skip
        tests = [entry["drift"] for entry in document["elements"].values() if "drift" in entry]
        k, h = (float(tests[0]["k"]), float(tests[0]["h"])) if tests else (REFERENCE, DECISION)
        period = Period(document["area"], document["start"], document["end"])
        again = close_period(period, closed, before, k=k, h=h)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return [Finding("", f"this is no closing of a period ({type(error).__name__}: {error})", "Write it anew")]
    return list(_differences("", again, {name: part for name, part in document.items() if name not in BESIDE}))


def _drift(step: Step, element: str, k: float, h: float) -> dict[str, str]:
    why = ""
    if step.lost or step.gained:
        way, sum_of_test = ("is lost little by little", step.loss) if step.lost else ("comes from nowhere", step.gain)
        why = (
            f"{element} {way}: Page's sum is {_shown(sum_of_test)}, above {h:g}; "
            f"CUMUF {step.cumuf.micrograms} micrograms, its sigma {_shown(step.cumuf.sigma)}"
        )
    return {
        "cumuf": str(step.cumuf.micrograms),
        "sigma": _shown(step.cumuf.sigma),
        "news": _shown(step.news),
        "page_loss": _shown(step.loss),
        "page_gain": _shown(step.gain),
        "k": repr(k),
        "h": repr(h),
        "false_alarm_once_in": f"{run_length(k, h) / 2:.0f}",
        "why": why,
    }


def _muf(document: Mapping[str, Any], element: str) -> Amount:
    entry = document["elements"][element]
    return Amount(int(entry["muf"]), {name: float(effect) for name, effect in entry["errors"].items()})


def _check_order(period: Period, before: Sequence[Mapping[str, Any]]) -> None:
    stretches = [(one["area"], one["start"], one["end"]) for one in before]
    ends = None
    for area, start, end in [*stretches, (period.area, period.start, period.end)]:
        first, last = instant(start), instant(end)
        if area != period.area:
            raise ValueError(f"A closing of {area} stands among those of {period.area}.")
        if first is None or last is None or not first < last:
            raise ValueError(
                f"A period of {area} from '{start}' to '{end}': write two dates, or times with an offset, "
                "the earlier one first."
            )
        if ends is not None and first != ends:
            raise ValueError(f"The period of {area} from {start} does not begin when the one before it ended.")
        ends = last


def _check_stocks(period: Period, begin: Mapping[str, int], before: Sequence[Mapping[str, Any]]) -> None:
    """Raise where a period does not begin with what the last one found; an element new to the area is free to."""
    if not before:
        return
    found = {element: int(entry["end"]) for element, entry in before[-1]["elements"].items()}
    known = {element for document in before for element in document["elements"]}
    for element in sorted(known | set(begin)):
        ended = found.get(element, 0)
        if element in known and begin.get(element, 0) != ended:
            raise ValueError(
                f"{period.area} ended the last period with {ended} micrograms of {element} and begins this one with "
                f"{begin.get(element, 0)}. Begin with what was found, and close the element as long as any is there."
            )


def _shown(number: float) -> str:
    """Return six digits: what is derived is the same on every machine."""
    return f"{number:.6g}" if math.isfinite(number) else ("inf" if number > 0 else "-inf")


def _differences(pointer: str, again: Any, said: Any) -> list[Finding]:
    if isinstance(again, dict) and isinstance(said, Mapping):
        found = []
        for key in dict.fromkeys([*again, *said]):
            at = f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"
            if key not in again or key not in said:
                missing = "is missing" if key not in said else "does not belong here"
                found.append(Finding(at, f"'{key}' {missing}"))
            else:
                found += _differences(at, again[key], said[key])
        return found
    return [] if again == said else [Finding(pointer, f"it says {said!r}, and {again!r} follows from the rest")]
