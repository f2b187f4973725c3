"""Asking custody what measuring says: closing a period, the alarms that stand, and what was said of them."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from chumbak.custody.measure.alarms import Explanation, Standing
from chumbak.custody.measure.assays import MeasureError
from chumbak.custody.measure.books import Closing, alarms, close_area, explain
from chumbak.report.ask_custody import opened_store, read_bytes
from chumbak.report.grid import Grid
from chumbak.report.mistakes import MistakeError
from chumbak.report.screen import screen

MICRO = 1_000_000


def ask_close(file: Path, database: str, as_json: bool) -> None:
    """Close a period of an area as a file asks, record it and print it. Raises ``MistakeError`` with what is wrong."""
    try:
        closing = Closing.model_validate(json.loads(read_bytes(file)))
    except ValidationError as error:
        lines = [f"{file}:/{'/'.join(map(str, one['loc']))}: {one['msg']}." for one in error.errors()]
        raise MistakeError("\n".join(lines)) from None
    except ValueError as error:
        raise MistakeError(f"'{file}' is no JSON: {error}.") from None
    with opened_store(database) as store:
        try:
            document = close_area(store, closing)
        except (MeasureError, ValueError) as error:
            raise MistakeError(str(error)) from None
    if as_json:
        sys.stdout.write(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    else:
        _show_closing(document)


def ask_alarms(database: str, as_json: bool) -> None:
    """Print every alarm there has been, open ones first, and what was said of it."""
    with opened_store(database, read_only=True) as store:
        found = sorted(alarms(store), key=lambda one: one.state, reverse=True)
    if as_json:
        sys.stdout.write(json.dumps([_alarm(one) for one in found], indent=1, ensure_ascii=False) + "\n")
        return
    if not found:
        sys.stdout.write("No alarm was ever raised.\n")
    for one in found:
        sys.stdout.write(f"{one.state.upper()}  {one.alarm.id}\n  {one.alarm.why}.\n")
        for said in one.explanations:
            sys.stdout.write(f"  {said.at}, {said.by}: {said.text}\n")


def ask_explain(alarm: str, by: str, text: str, evidence: Sequence[str], database: str) -> None:
    """Record what a person says of an alarm. Raises ``MistakeError`` for an alarm that was never raised."""
    now = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
    with opened_store(database) as store:
        try:
            explain(store, Explanation(alarm, by, now, text, tuple(evidence)))
        except ValueError as error:
            raise MistakeError(str(error)) from None
    sys.stdout.write(f"Recorded. The alarm {alarm} is explained; it is not deleted.\n")


def _show_closing(document: dict[str, Any]) -> None:
    """Print a closed period as a table, in grams."""
    rows = [
        (element, *(_grams(one[name]) for name in ("begin", "received", "shipped", "end", "muf")),
         f"{float(one['sigma']) / MICRO:,.3f}")
        for element, one in document["elements"].items()
    ]  # fmt: skip
    title = f"{document['area']}, {document['start']} to {document['end']}: grams of contained element"
    headings = ("", "begin", "received", "shipped", "end", "unaccounted", "its sigma")
    screen().print(Grid(title, headings, rows))
    whys = [
        why
        for one in document["elements"].values()
        for why in (one["why"], one.get("drift", {}).get("why", ""))
        if why
    ]  # fmt: skip
    for why in whys:
        sys.stdout.write(f"ALARM: {why}. Certificates of lots that went through here wait until it is explained.\n")
    if not whys:
        sys.stdout.write("No alarm: measuring explains what is unaccounted for.\n")


def _grams(micrograms: str) -> str:
    return f"{int(micrograms) / MICRO:,.3f}"


def _alarm(one: Standing) -> dict[str, Any]:
    said = [{"by": s.by, "at": s.at, "text": s.text, "evidence": list(s.evidence)} for s in one.explanations]
    alarm = one.alarm
    return {"id": alarm.id, "area": alarm.area, "element": alarm.element, "end": alarm.end, "kind": alarm.kind,
            "why": alarm.why, "state": one.state, "explanations": said}  # fmt: skip
