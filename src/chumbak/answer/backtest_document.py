"""A back-test as a plain document: the model's band beside what was observed, and where it misses."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np

from chumbak.answer.backtest import CONVENTION, OUTPUT, Backtest, Compared
from chumbak.answer.plan_document import nine
from chumbak.pack.backtests import KNOWN, BacktestForm
from chumbak.pack.forms import numbers

KNOWN_AS = {
    "before": "said before the outcome",
    "apart": "measured apart from it",
    "mixed": "told after it, of the time before or of what was done",
    "judged": "judged by the authors",
}


def backtest_document(played: Backtest) -> dict[str, Any]:
    """Return what a back-test says: ``firms`` with output by month, ``compared`` all observations, ``misses``."""
    form = played.file.form
    return {
        "name": played.file.name,
        "title": form.title,
        "description": form.description.strip(),
        "episode": form.episode,
        "start": form.start,
        "convention": f"{CONVENTION}. {_known(form)}",
        "unit": {
            "output": "1, over full output",
            "dates": "day; null: not within the weeks played",
            "width": "1 or weeks",
            "share_hit": "share of the draws in which the firm loses output",
        },
        "firms": [
            {
                "name": firm.form.name,
                "title": firm.form.title,
                "months": list(played.months),
                **{
                    side: [nine(value) for value in row]
                    for side, row in zip(("low", "middle", "high"), played.monthly[firm.form.name], strict=True)
                },
                "observed": [_seen(played, firm.form.name, month) for month in played.months],
                "share_hit": nine(played.share_hit[firm.form.name]),
            }
            for firm in played.file.firms
        ],
        "compared": [_compared(played, one) for one in played.compared],
        "inside": sum(one.inside for one in played.compared),
        "misses": [_compared(played, one) for one in played.compared if not one.inside],
    }


def _known(form: BacktestForm) -> str:
    """Say how the inputs of the document are known; what is observed is none."""
    said = [told.note.partition(":")[0] for path, _, told in numbers(form) if path[0] != "observed"]
    parts = [f"{said.count(known)} {KNOWN_AS[known]}" for known in (one.rstrip(":") for one in KNOWN)]
    listed = f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"The document has {len(said)} inputs: {listed}; the note of each says which"


def _seen(played: Backtest, firm: str, month: str) -> float | None:
    found = [one.observed[0] for one in played.compared if (one.firm, one.what, one.period) == (firm, OUTPUT, month)]
    return nine(found[0]) if found else None


def _compared(played: Backtest, one: Compared) -> dict[str, Any]:
    told = (lambda value: nine(value)) if one.what == OUTPUT else (lambda value: _day(played, value))
    low, middle, high = one.model
    return {
        "firm": one.firm,
        "what": one.what,
        "period": one.period,
        "low": told(low), "middle": told(middle), "high": told(high), "observed": told(one.observed[0]),
        "width": nine(high - low) if np.isfinite(high) else None,
        "inside": bool(one.inside),
        "held_back": one.held_back,
        "source": one.source,
    }  # fmt: skip


def _day(played: Backtest, week: float) -> str | None:
    """Return the day that lies so many weeks from the start, None where it is not within the weeks played."""
    if not np.isfinite(week):
        return None
    start = dt.date.fromisocalendar(int(played.file.form.start[:4]), int(played.file.form.start[-2:]), 1)
    return (start + dt.timedelta(days=int(week * 7))).isoformat()
