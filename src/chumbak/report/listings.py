"""Lists of the page: projects with what counts of them, and the records of trade and production, a line each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from chumbak.answer.overview import Answer
from chumbak.chain.supply import COUNTED
from chumbak.pack import Pack
from chumbak.pack.entries import Entry
from chumbak.pack.figures import Figure
from chumbak.pack.schema import attributes
from chumbak.report.question_terminal import mass, two_figures
from chumbak.report.words import percent, portion, rounded

RECORDED = ("record", "stability", "governance")  # thousands of rows: a line for each record in the page
PROJECT_STATUS = {"existing": "existing", "committed": "being built", "announced": "announced", "claimed": "claimed"}


@dataclass(frozen=True)
class Recorded:
    """The rows of one record, or of one indicator, in a line."""

    name: str
    edition: str
    years: str
    rows: int
    source: str


def projects(pack: Pack) -> list[dict[str, Any]]:
    """Return the projects in words, the surest first and claims last; ``capacity`` in t/year, ``start`` as a year."""
    found = []
    for name, cells in pack.nouns.tables["projects"].items():
        capacity, start, block = (pack.entries.get(key) for key in _keys(name, cells["block"]))
        if cells["status"] not in COUNTED:
            counted = "nowhere: it is a claim, not a plant"
        elif block is not None and (share := _number(block)) < 1:
            called, note = (pack.nouns.cell("blocks", cells["block"], column) for column in ("name", "note"))
            part = "nowhere" if share == 0 else f"at {percent(share)}"
            counted = f"{part}: as this scenario counts “{called}”. {note}"
        else:
            counted = "yes"
        found.append(
            {
                "name": cells["name"],
                "owner": cells["owner"],
                "rung": _rungs(pack, cells),
                "capacity": None if capacity is None else _number(capacity),
                "start": None if start is None else _number(start),
                "status": PROJECT_STATUS[cells["status"]],
                "place": _place(pack, cells["place"]),
                "counted": counted,
                "source": "; ".join(dict.fromkeys(figure.source for figure in capacity.figures)) if capacity else "",
                "note": cells["note"],
            }
        )
    return sorted(found, key=lambda row: list(PROJECT_STATUS.values()).index(row["status"]))


def _number(entry: Entry) -> float:
    """Return the number of an entry; of one that a scenario changes over the years, the last."""
    return float(np.ravel(entry.value)[-1])


def _keys(project: str, block: str) -> tuple[str, str, str]:
    return f"project.{project}.capacity", f"project.{project}.start", f"block.{block}.share"


def _rungs(pack: Pack, cells: Mapping[str, str]) -> str:
    last = pack.nouns.cell("stages", cells["stage"], "name")
    if not cells["from_stage"] or cells["from_stage"] == cells["stage"]:
        return last
    return f"{pack.nouns.cell('stages', cells['from_stage'], 'name')} to {last.lower()}"


def _place(pack: Pack, place: str) -> str:
    return pack.nouns.cell("places", place, "name") if place in pack.nouns.tables["places"] else place or "not said"


def devices(answer: Answer) -> list[dict[str, str]]:
    """Return, for goods of a household whose parts are known, magnets, worth, and what is won back, in words."""
    if "devices" not in answer.findings:
        return []
    data, pack = answer.findings["devices"].data, answer.pack
    return [
        {
            "name": pack.nouns.cell("products", product, "name"),
            "magnet": _range(one, "magnet", "magnet_low", "magnet_high", mass),
            "worth": _range(one, "worth_total", "worth_low", "worth_high", two_figures),
            "today": percent(portion(float(one.worth_today), float(one.worth_total))),
            "best": percent(portion(float(one.worth_best), float(one.worth_total))),
        }
        for product, one in ((str(name), data.sel(product=name)) for name in data["product"].values)
    ]


def _range(one: xr.Dataset, name: str, low: str, high: str, said: Callable[[float], str]) -> str:
    ends = [said(float(one[end])) for end in (low, high) if not np.isnan(float(one[end]))]
    return said(float(one[name])) + (f" ({ends[0]} to {ends[1]})" if len(set(ends)) == 2 else "")


def recyclers(answer: Answer) -> list[dict[str, Any]]:
    """Return, for each recycler with a place, its neighbourhood's feed and capacity, and what fills it, by year."""
    if "catchments" not in answer.findings:
        return []
    data, rows = answer.findings["catchments"].data, answer.pack.nouns.tables["projects"]
    return [
        {
            "name": rows[project]["name"],
            "owner": rows[project]["owner"],
            "place": _place(answer.pack, rows[project]["place"]),
            "years": [
                {
                    "year": int(year),
                    "capacity": rounded(float(one.capacity)),
                    "today": f"{rounded(float(one.today))} t, {_fills(one.today, one.capacity)}",
                    "full": f"{rounded(float(one.full))} t, {_fills(one.full, one.capacity)}",
                }
                for year, one in ((year, data.sel(project=project, year=year)) for year in data["year"].values)
            ],
        }
        for project in data["project"].values.tolist()
    ]


def _fills(feed: xr.DataArray, capacity: xr.DataArray) -> str:
    return percent(float(feed) / float(capacity)) if float(capacity) else "no plant yet"


def recorded(answer: Answer) -> list[Recorded]:
    """Return a line for each record of trade or production, and for each indicator of origins."""
    groups: dict[str, list[Figure]] = {}
    for figure in answer.figures:
        attribute = attribute_of(figure)
        if attribute in RECORDED:
            groups.setdefault(figure.key.split(".")[1] if attribute == "record" else attribute, []).append(figure)
    return [_recorded(answer.pack, name, rows) for name, rows in groups.items()]


def _recorded(pack: Pack, name: str, rows: Sequence[Figure]) -> Recorded:
    known = pack.nouns.tables["records"].get(name)
    years = sorted(figure.year for figure in rows if figure.year is not None)
    span = "" if not years else f"{years[0]}" if years[0] == years[-1] else f"{years[0]} to {years[-1]}"
    sources = list(dict.fromkeys(figure.source for figure in rows))
    more = f" and {len(sources) - 2} more" if len(sources) > 2 else ""
    return Recorded(
        name=known["name"] if known else attributes()[name].long_name,
        edition=known["vintage"] if known else "as given by origin",
        years=span,
        rows=len(rows),
        source="; ".join(sources[:2]) + more,
    )


def attribute_of(figure: Figure) -> str:
    """Return the attribute that a figure is of."""
    return figure.key.split(".")[0]
