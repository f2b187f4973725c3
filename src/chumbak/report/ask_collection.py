"""Asking what sales of an exchange say of collection: the steps of the planner's curve, as an overlay to plan with."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path
from typing import Any, cast

from chumbak.answer.collection_curve import Curve, check_steps, collection_curve, overlay_rows
from chumbak.answer.exchange_catalogue import exchange_catalogue
from chumbak.custody.store.faults import StoreError
from chumbak.exchange.catalogue import Catalogue
from chumbak.exchange.desk import Custodian, Desk
from chumbak.exchange.numbers.facts import Got, got
from chumbak.exchange.people.tables import KINDS
from chumbak.exchange.store.open import open_exchange
from chumbak.pack import load
from chumbak.pack.schema import FIGURE_COLUMNS
from chumbak.reconcile.calibrate import HOLDS
from chumbak.report.ask_exchange_store import check_there
from chumbak.report.grid import Grid
from chumbak.report.mistakes import MistakeError
from chumbak.report.screen import screen
from chumbak.report.terminal import complain


def ask_collection(
    name: str, database: str, reach: float, fetching: float, steps: list[str], source: str | None, out: Path | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Print the collection curve that sales and the pack say together, and write it as an overlay.

    Raises ``MistakeError``.
    """
    if not 0 < reach <= 1:
        raise MistakeError(f"--reach {reach:g} is no share of holders: say one above 0, at most 1.")
    sellers = dict(_sellers(one) for one in steps)
    check_there(database)
    pack = load(name)
    check_steps(pack, sellers)
    catalogue = exchange_catalogue(pack)
    sales = sales_of(database, catalogue)
    curve = collection_curve(pack, catalogue, sales, reach=reach, fetching=fetching, sellers=sellers)
    if not curve.cells:
        why = " ".join(f"{count}: {reason}" for reason, count in curve.left_out.items())
        raise MistakeError(f"No sale in {database} can be used. {why or 'None is settled yet.'}")
    rows = overlay_rows(curve, pack, source or "Settled sales and take-backs of an exchange")
    if out is not None:
        out.write_text(_table(rows), encoding="utf-8")
    if as_json:
        sys.stdout.write(json.dumps(_document(curve, rows, reach, fetching), indent=1, ensure_ascii=False) + "\n")
        return
    _show(curve, pack.currency, reach)
    if out is not None:
        complain(f"Wrote {out}. Use it: chumbak plan {name} --overlay {out}")


def sales_of(database: str, catalogue: Catalogue) -> list[Got]:
    """Return what came in by the database of an exchange. Raises ``MistakeError`` where there is none."""
    try:
        found = open_exchange(database)
    except StoreError as error:
        raise MistakeError(str(error)) from None
    try:
        # Sales are read from the exchange's own tables; nothing is asked of custody.
        desk = Desk(found.engine, found.secret, catalogue, cast("Custodian", None))
        with desk.read() as work:
            return got(work)
    finally:
        found.engine.dispose()


def _sellers(text: str) -> tuple[str, list[str]]:
    step, _, kinds = text.partition("=")
    listed = [kind.strip() for kind in kinds.split(",") if kind.strip()]
    if not step or not listed or not set(listed) <= set(KINDS):
        raise MistakeError(
            f"--step {text} does not say whose sales a step is: write STEP=KIND, with kinds of sellers among "
            f"{', '.join(KINDS)}; such as households=household,office."
        )
    return step, listed


def _table(rows: list[dict[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, FIGURE_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _document(curve: Curve, rows: list[dict[str, str]], reach: float, fetching: float) -> dict[str, Any]:
    return {
        "share": "of used goods of a year, 1", "cost": "money of the pack a counted tonne", "holds": HOLDS,
        "reach": reach, "fetching": fetching, "spread_between_cells": curve.spread,
        "steps": {
            step.id: {"share": step.share, "cost": step.cost, "share_in_pack": old.share, "cost_in_pack": old.cost}
            for step, old in zip(curve.steps, curve.prior, strict=True)
        },
        "cells": [cell.__dict__ for cell in curve.cells], "cells_over": curve.over, "left_out": dict(curve.left_out),
        "overlay": rows,
    }  # fmt: skip


def _show(curve: Curve, currency: str, reach: float) -> None:
    rows = [
        (
            step.id, f"{step.cost[0]:,.0f}", f"{step.share[0]:.3f}", f"{step.share[1]:.3f} to {step.share[2]:.3f}",
            f"{old.share[0]:.3f}",
        )
        for step, old in zip(curve.steps, curve.prior, strict=True)
    ]  # fmt: skip
    title = f"Share of used goods by step of collection (range holds with {HOLDS:.0%})"
    screen().print(Grid(title, ("step", f"{currency}/t", "share", "range", "in the pack"), rows))
    states = len({cell.state for cell in curve.cells})
    count = "1 cell" if len(curve.cells) == 1 else f"{len(curve.cells)} cells"
    where = "1 state" if states == 1 else f"{states} states"
    sys.stdout.write(f"From {count} of product, state and month in {where}. ")
    costs = [cell.cost for cell in curve.cells]
    sys.stdout.write(
        f"Seen at {min(costs):,.0f} to {max(costs):,.0f} {currency} a counted tonne, less what other metals are worth. "
        "Sales above the cost of several steps tell only their sum: how it splits follows the pack.\n"
    )
    if reach == 1:
        sys.stdout.write("Everybody is taken to know of the exchange. If few do, say which share: --reach 0.05\n")
    if curve.over:
        sys.stdout.write(f"In {curve.over} cells more came in than the pack says arises. It was taken as all of it.\n")
    for reason, number in curve.left_out.items():
        sys.stdout.write(f"{number} sales left out: {reason}\n")
