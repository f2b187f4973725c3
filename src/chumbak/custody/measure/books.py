"""The books of a store: what was measured of its lots, the closings of its areas, the alarms that stand, and why.

A closing is asked for by naming lots: what was there at the begin, what came in, what went out, what was found at the
end. How much each held, and how sure that is, are the measurements that events state; a lot without one is refused.
A closing and an explanation are records of kind ``period``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from chumbak.custody.ledger.content import prefix_of, read_statement
from chumbak.custody.ledger.statement import Measurement
from chumbak.custody.measure.alarms import (
    Alarm,
    Explanation,
    Standing,
    certificates_wait,
    check_explanation,
    standing_alarms,
)
from chumbak.custody.measure.amount import Amount
from chumbak.custody.measure.areas import LIMIT, close_all
from chumbak.custody.measure.assays import Calibrations, MeasureError, from_measurement
from chumbak.custody.measure.closing import Period, alarms_of, close_period
from chumbak.custody.measure.times import instant
from chumbak.custody.store.open import Store
from chumbak.custody.store.prepare import decode, one_name
from chumbak.custody.store.query import ROLES, Match, Query
from chumbak.custody.store.trace import Trace

MOST = 1_000  # events read of one lot
EXPLAINED = "#explained:"
SIDES = ("begin", "received", "shipped", "end")
NAMED = (*ROLES["MATCH_anyEPC"], *ROLES["MATCH_anyEPCClass"])


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Shared(_Form):
    """The calibration of a method of assay in a laboratory, a relative standard uncertainty."""

    laboratory: str
    method: str
    element: str
    uncertainty: Annotated[float, Field(ge=0, lt=1)]


class Closing(_Form):
    """A period of an area to be closed: lots by their URIs. ``begin`` left out: the lots at the end of the last one.

    ``scale`` weighed the lots, unless ``scales`` names another for one. Calibrations are relative standard
    uncertainties: ``scale_calibrations`` by scale, ``methods`` by laboratory, method and element.
    """

    area: str
    start: str
    end_of_period: str
    kind: Literal["bulk", "item"] = "bulk"
    begin: list[str] | None = None
    received: list[str] = Field(default_factory=list)
    shipped: list[str] = Field(default_factory=list)
    end: list[str] = Field(default_factory=list)
    scale: str = ""
    scales: dict[str, str] = Field(default_factory=dict)
    scale_calibrations: dict[str, Annotated[float, Field(ge=0, lt=1)]] = Field(default_factory=dict)
    methods: list[Shared] = Field(default_factory=list)
    elements: list[str] | None = None
    limit: Annotated[float, Field(gt=0)] = LIMIT


class Measured(NamedTuple):
    """A measurement, and the id of the event that states it."""

    said: Measurement
    event: str


def measurements(store: Store, lot: str, until: dt.datetime | None = None) -> dict[str, Measured]:
    """Return the last measurement of each element of a lot, of events up to a time; none of events declared wrong."""
    name = one_name(lot)
    found: dict[str, Measured] = {}
    query = Query(matches=(Match(NAMED, (name,)),), erroneous=False, order="event")
    token = None
    while True:
        page = store.read.events(query, MOST, token)
        for one in page.events:
            if until is not None and dt.datetime.fromisoformat(str(one.event["eventTime"])) > until:
                continue
            if store.read.declared(one.id) is not None:
                continue
            said = read_statement(one.event, prefix_of(one.context), one_name)
            found |= {m.element: Measured(m, one.id) for m in (said.measurements if said else ()) if m.lot == name}
        token = page.token
        if token is None:
            return found


def close_area(store: Store, closing: Closing) -> dict[str, Any]:
    """Close a period of an area, record it, and return its document, alarms and all.

    Raises ``MeasureError`` for lots without measurements, and ``ValueError`` for periods that are not in order.
    """
    before = closings(store, closing.area)
    begin = closing.begin
    if begin is None:
        begin = [str(lot) for lot in before[-1]["lots"]["end"]] if before else []
    lots = {"begin": begin, "received": closing.received, "shipped": closing.shipped, "end": closing.end}
    amounts = {(side, lot): _amounts(store, lot, side, closing) for side in SIDES for lot in lots[side]}
    elements = sorted(closing.elements or {element for held in amounts.values() for element in held})
    sides = {
        element: tuple([_held(amounts[side, lot], lot, element) for lot in lots[side]] for side in SIDES)
        for element in elements
    }
    closed = close_all(
        {element: (one[0], one[1], one[2], one[3]) for element, one in sides.items()}, closing.kind, closing.limit
    )
    period = Period(closing.area, closing.start, closing.end_of_period)
    document = {**close_period(period, closed, before), "lots": lots}
    store.writer.append("period", f"{closing.area}/{closing.start}/{closing.end_of_period}", document).result()
    return document


def closings(store: Store, area: str | None = None) -> list[dict[str, Any]]:
    """Return the documents of closed periods, of one area or of all, in the order they were recorded."""
    found = [decode(record.body) for record in store.read.records(kind="period") if EXPLAINED not in record.id]
    return [one for one in found if area is None or one["area"] == area]


def alarms(store: Store) -> tuple[Standing, ...]:
    """Return every alarm that any closing raised, with what was said of it."""
    explanations = [
        Explanation(one["alarm"], one["by"], one["at"], one["text"], tuple(one["evidence"]))
        for one in (decode(record.body) for record in store.read.records(kind="period") if EXPLAINED in record.id)
    ]
    return standing_alarms(_raised(store), explanations)


def explain(store: Store, explanation: Explanation) -> None:
    """Record what a person says of an alarm. Raises ``ValueError`` for an alarm that was never raised, or no words."""
    wrong = check_explanation(explanation, _raised(store))
    if wrong:
        raise ValueError(" ".join(map(str, wrong)))
    body = {
        "alarm": explanation.alarm, "by": explanation.by, "at": explanation.at, "text": explanation.text,
        "evidence": list(explanation.evidence),
    }  # fmt: skip
    store.writer.append("period", f"{explanation.alarm}{EXPLAINED}{explanation.at}", body).result()


def in_the_way(store: Store, found: Trace) -> list[str]:
    """Return a sentence for each open alarm on an area that a traced lot went through, of an element that it holds."""
    areas = set()
    for seq in found.events:
        record = store.read.record(seq)
        if record is not None and record.kind == "event":
            kept = decode(record.body)
            said = read_statement(kept["event"], prefix_of(kept["context"]), one_name)
            areas |= {said.area} if said else set()
    waits = certificates_wait(alarms(store), areas, {element for element, _ in found.held})
    return [f"{one.alarm.area}, period to {one.alarm.end}: {one.alarm.why} (alarm {one.alarm.id})." for one in waits]


def _raised(store: Store) -> Sequence[Alarm]:
    return [alarm for document in closings(store) for alarm in alarms_of(document)]


def _amounts(store: Store, lot: str, side: str, closing: Closing) -> dict[str, Amount]:
    """Return what a lot held, as measured by the begin of the period for what was there then, else by its end."""
    by = closing.start if side == "begin" else closing.end_of_period
    known = measurements(store, lot, instant(by))
    if not known:
        raise MeasureError(
            f"No event up to {by} states a measurement of '{lot}'. Record an assay of it, with its mass."
        )
    scale = closing.scales.get(lot, closing.scale)
    shared = Calibrations(
        closing.scale_calibrations,
        {(one.laboratory, one.method, one.element): one.uncertainty for one in closing.methods},
    )
    if closing.kind == "item":  # counted and sealed: what is stated is what there is
        return {element: Amount(_stated(one.said), {}, lot) for element, one in known.items()}
    return {
        element: from_measurement(one.said, scale, weighing_of(lot, one.event), shared)
        for element, one in known.items()
    }


def weighing_of(lot: str, event: str) -> str:
    """Return the name of a weighing: of a lot, for an event. Another weighing of the same lot errs on its own."""
    return f"{one_name(lot)} {event}"


def _stated(measured: Measurement) -> int:
    if measured.amount is None:
        raise MeasureError(f"The measurement of {measured.element} in {measured.lot} lacks the gross mass. Give it.")
    return measured.amount


def _held(held: Mapping[str, Amount], lot: str, element: str) -> Amount:
    if element not in held:
        raise MeasureError(f"{element} was not assayed in '{lot}'. Assay it, or name the elements to close: elements.")
    return held[element]
