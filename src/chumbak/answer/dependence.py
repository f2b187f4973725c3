"""Where we stand: who supplies each stage, by origin, basis and year, from every record the pack holds.

One record is one table of numbers by origin and year from one source: imports by value, imports by mass, mine output,
shares of world capacity. They are shown side by side and never merged, since they differ in what they count.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from chumbak.answer.finding import Finding
from chumbak.pack import Pack
from chumbak.risk import concentration, shares, unit_value, warnings

TOTAL = "WLD"  # the row of a record that is the total over all origins, listed or not
FLOOR = "unit_value_floor"  # of an exposure: USD/kg below which an import is not the thing named
COLUMNS = ("name", "stage", "kind", "measure", "basis", "years", "commodity", "vintage", "complete", "note")
SHOWN = ("imports", "production", "shares")  # exports have no origin but home


def dependence(pack: Pack) -> Finding:
    """Return amounts, shares and concentration of every record by origin and year.

    Variables, over ``record``, ``year`` and, the first two, ``origin``; the columns of the table of records are
    coordinates of ``record``:

    - ``amount``: t, current US dollars or 1, as the record's ``measure`` says; NaN where an origin is not listed
    - ``share``: of the record's total, if that is known, else of the origins listed
    - ``total``: over all origins; NaN where it is not known
    - ``hhi``, ``hhi_upper``: concentration at least and at most; NaN where what is not listed is unknown
    - ``unit_value``: USD/kg of the imports of a record that has a twin by the other measure
    - ``why``: why there are no shares; ``warning``: that its tonnes are not tonnes of the thing named

    Records of exports and of home output alone are left out. A pack without records gives an empty Dataset.
    """
    known = records(pack)
    if known is None:
        return Finding("dependence", xr.Dataset(), ())
    amounts, total = known
    home = home_origin(pack)
    abroad = amounts.notnull() & (amounts["origin"] != home)
    kept = [
        record
        for record in amounts["record"].values
        if str(amounts["kind"].sel(record=record).values) in SHOWN
        and (abroad.sel(record=record).any() or total.sel(record=record).notnull().any())
    ]
    amounts, total = amounts.sel(record=kept), total.sel(record=kept)
    whole, why = _whole(amounts, total)
    share = shares(amounts, whole)
    complete = (amounts["complete"] == "yes") | total.notnull()
    index = concentration(share, complete=complete, what="supply")
    per_kilogram, warning = _guard(pack, amounts, total)
    found = xr.Dataset(
        {
            "amount": amounts,
            "share": share,
            "total": whole.where(complete),
            "hhi": index["hhi"],
            "hhi_upper": index["hhi_upper"],
            "unit_value": per_kilogram,
            "why": why,
            "warning": warning,
        }
    )
    for name, (units, long_name) in _ATTRS.items():
        found[name].attrs = {"units": units, "long_name": long_name}
    found.attrs = {
        "convention": "Calendar years; a fiscal year stands under the year it starts in (coordinate years). "
        "Shares are of the record's total, or of the origins listed where that is not known.",
        "place": pack.place,
    }
    figures = [one for one in pack.figures(("record",)) if one.key.split(".")[1] in set(kept)]
    return Finding("dependence", found, tuple(figures))


def records(pack: Pack) -> tuple[xr.DataArray, xr.DataArray] | None:
    """Return the amounts (record, origin, year) and the totals that records state (record, year); None if none.

    The columns of the table of records are coordinates. Shares have the total 1.
    """
    if not pack.nouns.ids("records"):
        return None
    found = pack.array("record")
    names = [str(name) for name in found["record"].values]
    columns = {column: ("record", [pack.nouns.cell("records", name, column) for name in names]) for column in COLUMNS}
    found = found.assign_coords(columns)
    stated = found.reindex(origin=[TOTAL]).squeeze("origin", drop=True)
    total = stated.where(stated["measure"] != "share", 1.0)
    amounts = found.drop_sel(origin=TOTAL, errors="ignore")
    return amounts, total.where(stated.notnull() | amounts.notnull().any("origin"))


def home_origin(pack: Pack) -> str:
    """Return the origin that is the country itself: the one called as the pack's place; '' if there is none."""
    called = pack.nouns.column("origins", "name")
    return next((origin for origin, name in called.items() if name == pack.place), "")


def period(year: int, years: str) -> str:
    """Return how a year is written: ``2024``, or ``FY2024-25`` of fiscal years."""
    return f"FY{year}-{(year + 1) % 100:02d}" if years == "fiscal" else str(year)


def _whole(amounts: xr.DataArray, total: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray]:
    """Return what shares are taken of, and why there is nothing to take them of.

    A single origin without a total is no share of anything; several are shares of what is listed.
    """
    count = amounts.notnull().sum("origin")
    found = amounts.sum("origin", min_count=1)
    several = (amounts["complete"] == "yes") | (count > 1)
    whole = total.where(total.notnull(), found.where(several))
    lone = whole.isnull() & (count == 1)
    only_total = total.notnull() & (count == 0)
    why = xr.where(
        lone,
        "Only one origin is listed and the total is not known.",
        xr.where(only_total, "Only the total over all origins is known.", ""),
    )
    return whole, why


def _guard(pack: Pack, amounts: xr.DataArray, total: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray]:
    """Return USD/kg (record, year) of imports that have a twin by the other measure, and warnings on tonnes.

    A twin has the same stage, commodity, vintage and kind of year. Where both state a total, that is compared;
    else the origins that both list. Every line of a stage is measured by the floor of that stage.
    """
    per_kilogram = xr.full_like(total, np.nan)
    warning = xr.full_like(total, "", dtype=object)
    floors = floors_by_stage(pack)
    twins = _twins(amounts)
    if not twins:
        return per_kilogram, warning
    plain, stated = amounts.reset_coords(drop=True), total.reset_coords(drop=True).expand_dims(origin=[TOTAL])
    masses, values = (xr.DataArray(list(side), dims="pair") for side in zip(*twins, strict=True))
    listed, whole = (
        unit_value(*(one.sel(record=side).drop_vars("record") for side in (values, masses)))["all_origins"]
        for one in (plain, stated)
    )
    for at, (name, twin) in enumerate(twins):
        each = whole.isel(pair=at).where(whole.isel(pair=at).notnull(), listed.isel(pair=at))
        per_kilogram.loc[{"record": [name, twin]}] = each
        stage = str(amounts["stage"].sel(record=name).values)
        if stage in floors:
            warning.loc[{"record": name}] = warnings(each, *floors[stage])
    return per_kilogram, warning


def _twins(amounts: xr.DataArray) -> list[tuple[str, str]]:
    """Return (record by mass, record by value) of the same imports."""
    columns = ("stage", "kind", "commodity", "vintage", "years")
    of = {
        str(name): (str(measure), cells)
        for name, measure, *cells in zip(
            *(amounts[column].values for column in ("record", "measure", *columns)), strict=True
        )
    }
    return [
        (name, twin)
        for name, (measure, cells) in of.items() if (measure, cells[1]) == ("mass", "imports")
        for twin, (other, others) in of.items() if other == "value" and others == cells
    ]  # fmt: skip


def floors_by_stage(pack: Pack) -> dict[str, tuple[float, str]]:
    """Return by stage what a kilogram of the real thing costs at least, in USD, and what the thing is."""
    found = {}
    for exposure in pack.nouns.ids("exposures"):
        entry = pack.entries.get(f"{FLOOR}.{exposure}")
        if entry is not None:
            stage, thing = (pack.nouns.cell("exposures", exposure, column) for column in ("stage", "material"))
            found[stage] = (float(entry.value), thing)
    return found


def dependence_document(finding: Finding) -> dict[str, list[dict[str, Any]]]:
    """Return the finding as plain values: by stage, one item for each record and year, the latest year first."""
    data = finding.data
    found: dict[str, list[dict[str, Any]]] = {}
    if not data:
        return found
    origins = [str(origin) for origin in data["origin"].values]
    table = {str(name): data[name].transpose("record", "year", ...).values for name in data.data_vars}
    seen = data["amount"].notnull().any("origin") | data["total"].notnull()
    for i, record in enumerate(data["record"].values):
        said = {column: str(data[column].values[i]) for column in COLUMNS}
        for j in np.flatnonzero(seen.values[i]):
            cells = {name: values[i, j] for name, values in table.items()}
            item = _item(cells, origins, str(record), int(data["year"].values[j]), said)
            found.setdefault(said["stage"], []).append(item)
    for items in found.values():
        items.sort(key=lambda item: -int(item["year"]))
    return found


def _item(cells: dict[str, Any], origins: list[str], record: str, year: int, said: dict[str, str]) -> dict[str, Any]:
    shares = {origin: rounded(share) for origin, share in zip(origins, cells["share"], strict=True) if share >= 0}
    return {
        "year": year,
        "period": period(year, said["years"]),
        "kind": said["kind"],
        "basis": said["basis"] or said["measure"],
        "measure": said["measure"],
        "record": record,
        "name": said["name"],
        "commodity": said["commodity"],
        "vintage": said["vintage"],
        "complete": said["complete"] == "yes",
        "shares": dict(sorted(shares.items(), key=lambda one: (-(one[1] or 0.0), one[0]))),
        "total": rounded(cells["total"]),
        "hhi": rounded(cells["hhi"]),
        "hhi_upper": rounded(cells["hhi_upper"]),
        "unit_value_usd_per_kg": rounded(cells["unit_value"]),
        "why": str(cells["why"]),
        "warning": str(cells["warning"]),
    }


def rounded(number: Any) -> float | None:
    """Return a number rounded to six digits after the point, None where there is none."""
    return None if np.isnan(float(number)) else round(float(number), 6) + 0.0


_ATTRS = {
    "amount": ("t, USD or 1, as measure says", "amount by origin"),
    "share": ("1", "share by origin"),
    "total": ("t, USD or 1, as measure says", "total over all origins"),
    "hhi": ("1", "concentration (HHI), at least"),
    "hhi_upper": ("1", "concentration (HHI), at most"),
    "unit_value": ("USD/kg", "value of a kilogram imported"),
    "why": ("text", "why there are no shares"),
    "warning": ("text", "warning on the tonnes"),
}
