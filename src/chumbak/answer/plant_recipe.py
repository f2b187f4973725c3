"""From a plant to the chain of a pack: recoveries by element of the processes that a flowsheet stands for.

What the chain takes from a plant is what share of each element that goes into a process leaves in its products; from
those and its compositions the chain derives the whole recipe itself (``chain/recipes.py``). Where the pack has a figure
of its own the two stand side by side.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from chumbak.answer.plant_draws import plant_draws, processes
from chumbak.answer.prior import prior_recovery
from chumbak.pack import Fault, Pack, PackError
from chumbak.pack.faults import did_you_mean
from chumbak.plant.components import RARE_EARTHS
from chumbak.plant.errors import PlantError
from chumbak.plant.flowsheet import Flowsheet
from chumbak.plant.ready import names, ready
from chumbak.plant.recipe import recoveries
from chumbak.plant.solving import Solution, solve

TELLS = 1e-6  # a share of the element's input below this is a trace that no recipe is written for
CONVENTION = (
    "recovery: share of an element's input that leaves in the products of the process, kg/kg; low and high are the 5th "
    "and 95th percentile of the draws"
)


def plant_recipes(sheet: Flowsheet, pack: Pack, draws: int, seed: int) -> dict[str, Any]:
    """Return the recipes that a flowsheet gives a pack's chain, beside the pack's own figures, and rows of an overlay.

    ``draws`` of none leaves out the ranges. Raises ``PlantError`` for a flowsheet that names no recipe, ``PackError``
    for a process that the pack does not have.
    """
    if not sheet.recipes:
        raise PlantError(f"the flowsheet '{sheet.name}' names no process of a chain; say which under 'recipes'")
    known = pack.nouns.ids("processes")
    for process in sheet.recipes:
        if process not in known:
            what = f"'{process}' is no process of the pack '{pack.name}'"
            raise PackError([Fault(sheet.where, 0, "recipes", "unknown-name", what, did_you_mean(process, known))])
    found = all_recoveries(solve(sheet))
    spread: dict[tuple[str, str], list[float]] = {}
    failed: list[str] = []
    with processes(draws) as executor:
        for draw in plant_draws(sheet, draws, seed, all_recoveries, executor) if draws else ():
            if draw.found is None:
                failed.append(f"draw {draw.number}: {draw.why_not}")
                continue
            for process, shares in draw.found.items():
                for element, share in shares.items():
                    spread.setdefault((process, element), []).append(share)
    told = {
        process: {
            element: _beside(pack, process, element, share, spread.get((process, element)))
            for element, share in shares.items()
            if element in won_by(pack, process) and share > TELLS
        }
        for process, shares in found.items()
    }
    return {
        "kind": "recipes of a plant",
        "flowsheet": sheet.name,
        "pack": pack.name,
        "convention": CONVENTION,
        "draws": draws,
        "seed": seed,
        "draws_that_cannot_be": failed,
        "recipes": told,
        "overlay": [
            _row(pack, sheet, process, element, one) for process, by in told.items() for element, one in by.items()
        ],
    }


def all_recoveries(solution: Solution) -> dict[str, dict[str, float]]:
    """Return the recovery (kg/kg) by process that the flowsheet names and by element."""
    return {process: recoveries(solution, process) for process in solution.flowsheet.recipes}


def won_by(pack: Pack, process: str) -> set[str]:
    """Return the elements that a process of a pack is there to win; what else its products hold is a trace in them.

    Where a process works up what it is fed, they are the key elements of what it turns out; elsewhere, all.
    """
    nouns = pack.nouns
    if nouns.cell("processes", process, "driven") != "feed":
        return set(nouns.ids("elements"))
    flows = [one for one in nouns.ids("flows") if nouns.cell("flows", one, "process") == process]
    return {
        key for one in flows if nouns.cell("flows", one, "way") == "out"
        for key in nouns.cell("flows", one, "keys").split()
    }  # fmt: skip


def _beside(pack: Pack, process: str, element: str, share: float, drawn: list[float] | None) -> dict[str, Any]:
    low, high = (None, None) if not drawn else (float(one) for one in np.percentile(drawn, [5, 95]))
    if low is not None and high is not None:  # the middle of the draws need not be the central case
        low, high = min(low, share), max(high, share)
    prior = prior_recovery(pack, process, element)
    told: dict[str, Any] = {"recovery": share, "low": low, "high": high, "in_pack": None, "verdict": "not in the pack"}
    if prior is not None:
        value, least, most = prior
        told["in_pack"] = {"recovery": value, "low": least, "high": most}
        told["verdict"] = _verdict((share, low, high), (value, least, most))
    return told


Range = tuple[float, float | None, float | None]


def _verdict(ours: Range, theirs: Range) -> str:
    (value, low, high), (other, least, most) = ours, theirs
    low, high = value if low is None else low, value if high is None else high
    least, most = other if least is None else least, other if most is None else most
    if high < least:
        return "below the pack's range"
    if low > most:
        return "above the pack's range"
    return "agrees with the pack's range"


def _row(pack: Pack, sheet: Flowsheet, process: str, element: str, one: Mapping[str, Any]) -> dict[str, str]:
    text = {key: "" if one[key] is None else f"{one[key]:.6g}" for key in ("recovery", "low", "high")}
    return {
        "key": f"process.{process}.recovery.{element}", "period": "all", "value": text["recovery"], "low": text["low"],
        "high": text["high"], "unit": "1", "basis": "", "then": "", "currency": "", "price_year": "",
        "place": pack.place, "source": f"Flowsheet '{sheet.name}', solved (chumbak plant recipe)",
        "confidence": "low", "note": "derived from the figures of that flowsheet, which name their sources",
    }  # fmt: skip


def plants_beside(pack: Pack) -> list[dict[str, Any]]:
    """Return what the flowsheets that come along recover in processes of a pack, beside the pack's figures.

    A row for each flowsheet and process: the lowest and the highest recovery of a rare earth, the pack's figure for
    neodymium (or another, where there is none) with its verdict, and the elements whose verdict is another. Flowsheets
    that recover the same, being alike but for their size, count once. Nothing is drawn.
    """
    known = pack.nouns.ids("processes")
    rows: list[dict[str, Any]] = []
    for name in sorted(names() if known else (), key=len):  # of plants alike, the smaller first
        sheet = ready(name)
        mine = [process for process in sheet.recipes if process in known]
        if not mine:
            continue
        solution = solve(sheet)
        for process in mine:
            priors = {
                element: (share, prior)
                for element, share in recoveries(solution, process).items()
                if element in RARE_EARTHS
                and element in won_by(pack, process)
                and (prior := prior_recovery(pack, process, element)) is not None
            }
            row = _process_row(sheet, process, priors) if priors else None
            if row is not None and not any(_alike(row, other) for other in rows):
                rows.append(row)
    return rows


def _process_row(sheet: Flowsheet, process: str, priors: Mapping[str, tuple[float, Range]]) -> dict[str, Any]:
    shares = {element: share for element, (share, _) in priors.items()}
    verdicts = {element: _verdict((share, None, None), prior) for element, (share, prior) in priors.items()}
    main = max(priors, key=lambda element: (element == "Nd", element))
    value, low, high = priors[main][1]
    return {
        "flowsheet": sheet.name,
        "title": sheet.title,
        "process": process,
        "lowest": min(shares.values()),
        "highest": max(shares.values()),
        "of": main,
        "in_pack": {"recovery": value, "low": low, "high": high},
        "verdict": verdicts[main],
        "others": sorted(element for element, verdict in verdicts.items() if verdict != verdicts[main]),
    }


def _alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return one["process"] == other["process"] and all(
        abs(one[key] - other[key]) < 1e-6 for key in ("lowest", "highest")
    )
