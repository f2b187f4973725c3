"""Asking what measured lots say of a process: recoveries beside the pack's, and an overlay to plan with."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path
from typing import Any

from chumbak.answer.calibration import Calibration, calibration
from chumbak.pack import load
from chumbak.pack.schema import FIGURE_COLUMNS
from chumbak.reconcile.calibrate import HOLDS, Calibrated, overlay_rows
from chumbak.reconcile.problem import ProblemError
from chumbak.report.ask_custody import opened_store
from chumbak.report.grid import Grid
from chumbak.report.mistakes import MistakeError
from chumbak.report.screen import screen
from chumbak.report.terminal import complain


def ask_calibrate(
    name: str, database: str, process: str, site: str, scale: str, source: str | None, out: Path | None, as_json: bool
) -> None:
    """Print recoveries measured at a site beside the pack's, and write them as an overlay. Raises ``MistakeError``."""
    pack = load(name)
    with opened_store(database, read_only=True) as store:
        try:
            found = calibration(pack, store, process, site, scale)
            rows, refused = overlay_rows(found.found, place=pack.place, source=source or f"Measured lots of {site}")
        except ProblemError as error:
            raise MistakeError(str(error)) from None
    if not found.runs:
        raise MistakeError(
            f"No transformation of '{site}' is in this store. A site is the area of its events: rem:area."
        )
    if out is not None:
        if not rows:
            raise MistakeError(f"Nothing to write: {' '.join([*refused, *found.left_out.values()])}")
        out.write_text(overlay_table(rows), encoding="utf-8")
    if as_json:
        sys.stdout.write(json.dumps(_document(found, rows, refused), indent=1, ensure_ascii=False) + "\n")
    else:
        _show(found)
        if out is not None:
            complain(f"Wrote {out}. Use it: chumbak run {name} --overlay {out}")


def overlay_table(rows: list[dict[str, str]]) -> str:
    """Return rows of figures as the text of an overlay."""
    text = io.StringIO()
    writer = csv.DictWriter(text, FIGURE_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _document(found: Calibration, rows: list[dict[str, str]], refused: list[str]) -> dict[str, Any]:
    return {
        "process": found.process,
        "site": found.site,
        "unit": "recovery: element in the products over element in the inputs, 1",
        "runs": found.runs,
        "left_out": dict(found.left_out),
        "elements": {one.element: _element(one) for one in found.found},
        "overlay": rows,
        "refused": refused,
    }


def _element(one: Calibrated) -> dict[str, Any]:
    pooled, compared = one.pooled, one.compared
    low, high = (None, None) if pooled is None else pooled.range(HOLDS)
    return {
        "lots": {each.lot: {"recovery": each.value, "sd": each.sd} for each in one.recoveries},
        "aside": dict(one.aside),
        "recovery": None if pooled is None else pooled.mean,
        "sd": None if pooled is None else pooled.sd,
        "low": low,
        "high": high,
        "between_lots_variance": None if pooled is None else pooled.between,
        "in_pack": None if compared is None else compared.prior,
        "verdict": None if compared is None else compared.verdict,
    }


def _show(found: Calibration) -> None:
    rows = []
    for one in found.found:
        if one.pooled is None:
            continue
        low, high = one.pooled.range(HOLDS)
        prior = "-" if one.compared is None else f"{one.compared.prior:.3f}"
        rows.append((one.element, f"{one.pooled.mean:.4f}", f"{low:.3f} to {high:.3f}", str(one.pooled.lots), prior))
    title = f"Recovery in {found.process}, lots of {found.site} (range holds with {HOLDS:.0%})"
    screen().print(Grid(title, ("", "measured", "range", "lots", "in the pack"), rows))
    for one in found.found:
        if one.compared is not None:
            sys.stdout.write(f"{one.element}: {one.compared.verdict}\n")
        for lot, why in one.aside.items():
            sys.stdout.write(f"{one.element}, {lot} set aside: {why}.\n")
    for event, why in found.left_out.items():
        sys.stdout.write(f"{event} left out: {why}\n")
