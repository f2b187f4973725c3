"""A series of measured lots read from a table, its chart and capability, as a document."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from chumbak.magnet.capability import capability_of, check_confidence
from chumbak.magnet.chart import KINDS, RULES, Control, control
from chumbak.magnet.fields import number
from chumbak.magnet.grades import COLUMNS, find_grade
from chumbak.magnet.metrology import check_method, method_flag
from chumbak.magnet.table import column_factor, read_rows
from chumbak.magnet.units import KINDS as QUANTITIES
from chumbak.magnet.units import UNIT, MagnetError, check_bounds

SETTINGS = (
    ("weight", "lambda", "ewma"),
    ("width", "L", "ewma"),
    ("reference", "k", "cusum"),
    ("decision", "h", "cusum"),
)


@dataclass(frozen=True)
class Series:
    """Values in subgroups, shape (groups, size), a label for each group, the unit, the methods of measurement."""

    quantity: str
    unit: str
    groups: np.ndarray
    labels: tuple[str, ...]
    methods: tuple[str, ...]


def read_series(path: Path, quantity: str | None = None) -> Series:
    """Return a column of a table: rows of one 'lot' in a row are a subgroup. Raises ``MagnetError``.

    Br, Hcb, Hcj and BHmax are turned into T, kA/m and kJ/m3; any other column keeps its own unit.
    """
    rows = read_rows(path, "value", "lot,Hcj (kA/m),method")
    headings = rows[0]
    plain = [heading.partition("(")[0].strip() for heading in headings]
    among = [name for name in plain if name not in ("lot", "method", "time", "note")]
    name = quantity or (among[0] if among else "")
    if name not in among:
        raise MagnetError(f"{path.name} has no column '{name}' to chart. There are {', '.join(among) or 'none'}.")
    at = plain.index(name)
    unit = headings[at].partition("(")[2].strip(") ")
    if not unit:
        raise MagnetError(f"{path.name}: the column '{name}' has no unit. Write it in the heading: '{name} (kA/m)'.")
    size, given = 1.0, unit
    if name in QUANTITIES:
        size, unit = column_factor(headings[at], name, unit, QUANTITIES[name], path.name), UNIT[QUANTITIES[name]]
    groups: list[tuple[str, list[float]]] = []
    methods = []
    for line, row in enumerate(rows[1:], start=2):
        if len(row) <= at:
            raise MagnetError(f"{path.name}, row {line} has {len(row)} cells; the column '{name}' is number {at + 1}.")
        value = number(row[at], f"{path.name}, row {line}: {name}") * size
        if name in QUANTITIES:
            check_bounds(name, value, f"{path.name}, row {line}", given)
        lot = row[plain.index("lot")].strip() if "lot" in plain else str(line - 1)
        if groups and groups[-1][0] == lot:
            groups[-1][1].append(value)
        else:
            groups.append((lot, [value]))
        if "method" in plain and len(row) > plain.index("method"):
            methods.append(_method(row[plain.index("method")], f"{path.name}, row {line}"))
    sizes = Counter(len(values) for _, values in groups)
    if len(sizes) > 1:
        usual = sizes.most_common(1)[0][0]
        odd = ", ".join(lot for lot, values in groups if len(values) != usual)
        raise MagnetError(f"{path.name}: lots have {usual} values, but not {odd}. Give each lot as many.")
    return Series(name, unit, np.array([values for _, values in groups]), tuple(lot for lot, _ in groups),
                  tuple(sorted(set(methods))))  # fmt: skip


def chart_document(
    series: Series, kind: str | None = None, rules: str = "western-electric", baseline: int | None = None,
    grade: str | None = None, lower: float | None = None, upper: float | None = None, confidence: float = 0.95,
    **settings: float,
) -> dict[str, Any]:  # fmt: skip
    """Return the chart of a series, its signals and its capability where there are limits.

    ``settings`` are those of ``control``: mean and sigma that are known, weight and width of an EWMA, reference and
    decision of a CUSUM. Raises ``MagnetError``.
    """
    check_confidence(confidence)
    size = series.groups.shape[1]
    if kind is not None and kind not in KINDS:
        raise MagnetError(f"'{kind}' is no chart. Use one of {', '.join(KINDS)}.")
    chosen = kind or ("individuals" if size == 1 else "xbar-r" if size <= 10 else "xbar-s")
    for name, symbol, of in SETTINGS:
        if name in settings and chosen != of:
            raise MagnetError(f"A {symbol} is of a chart {of}; this is one of {chosen}. Leave it out, or ask for {of}.")
    found = control(series.groups, chosen, rules, baseline, **settings)
    source = None
    if grade is not None:
        row = find_grade(grade)
        if series.quantity not in row.floors:
            raise MagnetError(f"{row.name} has no floor of {series.quantity}. Charted can be {', '.join(COLUMNS)}.")
        if lower is not None:
            raise MagnetError(f"Both a floor and {row.name} are given. Give one of them.")
        lower, source = row.floors[series.quantity], f"{row.name} of {row.vendor}"
    index = None
    if lower is not None or upper is not None:
        index = capability_of(series.groups, lower, upper, found.sigma, confidence)
    notes = list(index.notes) if index else []
    if series.quantity == "Hcj":
        worst = float(series.groups.max())
        flags = [method_flag(worst, method) for method in series.methods or ("",)]
        notes += [flag for flag in flags if flag]
    if len(series.methods) > 1:
        notes.append(f"Measured by {', '.join(filter(None, series.methods))}: a step may be the method's. Chart each.")
    return {
        "kind": "chart", "chart": chosen, "quantity": series.quantity, "unit": series.unit, "subgroup": size,
        "methods": list(series.methods), "mean": round(found.mean, 6), "sigma_within": round(found.sigma, 6),
        "sigma_from": found.estimate, "rules": rules if chosen not in ("ewma", "cusum") else None,
        "settings": dict(found.settings),
        "panels": [_panel(found, at) for at in range(len(found.panels))], "labels": list(series.labels),
        "signals": [{"at": series.labels[one.at], "number": one.at + 1, "chart": one.chart, "rule": one.rule,
                     "meaning": RULES.get(one.rule, one.rule)} for one in found.signals],
        "limits": {"floor": lower, "ceiling": upper, "source": source},
        "capability": None if index is None else {
            "confidence": confidence, "values": index.values, "share_below_floor": round(index.below, 6),
            "share_above_ceiling": round(index.above, 6),
            "indices": {name: {"value": round(one.value, 4), "low": round(one.low, 4), "high": round(one.high, 4)}
                        for name, one in index.indices.items()},
        },
        "notes": notes,
    }  # fmt: skip


def _method(said: str, where: str) -> str:
    try:
        return check_method(said)
    except MagnetError as error:
        raise MagnetError(f"{where}: {error}") from None


def _panel(found: Control, at: int) -> dict[str, Any]:
    panel = found.panels[at]
    return {"name": panel.name, "centre": round(panel.centre, 6),
            "points": [round(float(one), 6) for one in panel.points],
            "lower": [round(float(one), 6) for one in panel.lower],
            "upper": [round(float(one), 6) for one in panel.upper]}  # fmt: skip
